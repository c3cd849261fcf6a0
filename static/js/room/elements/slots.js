// The contributions as the moderator sees them: what blocks the next one first, the others folded. Nothing here refuses.
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { html, Live, nothing } from "../element.js";
import { list, may, one } from "../store.js";
import { _, languageName, ngettext, pick } from "../texts.js";
import { closed } from "./acts.js";
import { inOrder } from "./agenda.js";
import { command, takeBack } from "./desk.js";

export const STATES = () => ({ invited: _("Invited"), confirmed: _("Confirmed"), checked_in: _("Checked in"), ready: _("Ready"), on_air: _("On air"), done: _("Done"), declined: _("Declined by the expert"), no_show: _("Did not come") });
export const MATERIALS = () => ({ none: _("No slides yet"), submitted: _("Slides wait for review"), accepted: _("Slides accepted"), needs_changes: _("Slides need changes") });
const TO_COME = ["invited", "confirmed", "checked_in", "ready"];

/** The contribution that the agenda has next, if it has any. */
const next = (slots) => {
  const open = slots.filter(({ state }) => TO_COME.includes(state)), items = inOrder();
  const item = items.find((each) => each.state === "waiting" && open.some(({ id }) => id === each.contribution));
  return open.find(({ id }) => item ? id === item.contribution : !items.some(({ contribution }) => contribution === id));
};

/** What stands in the way of a contribution, in words; it can go on air all the same. */
function blocks({ state, material, expert: { name } }) {
  const found = { invited: _("{name} has not confirmed", { name }), confirmed: _("{name} has not checked in", { name }), checked_in: _("{name} is here, and not ready yet", { name }) };
  const slides = { none: _("No slides: they can speak without"), submitted: _("The slides are not looked at yet"), needs_changes: _("The slides need changes") };
  return [found[state], slides[material]].filter(Boolean);
}

const STEPS = { air: ["waiting", "skipped"], finish: ["running"] };

/** Whether a step also is one of the agenda, which can be taken back. */
const moves = (verb, id) => inOrder().some(({ contribution, state }) => contribution === id && STEPS[verb]?.includes(state));

function act(slot, verb, words) {
  const back = moves(verb, slot.id) ? takeBack : null;
  return command(`contribution.${verb}`, { contribution: slot.id, was: slot.state }, _("{what}: “{text}”", { what: words, text: pick(slot.titles).text }), back);
}

customElements.define("slot-list", class extends Live {
  static watches = ["contributions", "agenda", "you", "room"];
  view() {
    if (!may("contribution.air")) return nothing;
    const slots = list("contributions").sort((a, b) => a.order - b.order);
    if (!slots.length) return nothing;
    const coming = next(slots), first = slots.filter((slot) => slot === coming || slot.state === "on_air" || slot.material === "submitted");
    const rest = slots.filter((slot) => !first.includes(slot));
    return html`<h3 class="meta">${_("Contributions")}</h3>
      <ul>${repeat(first, ({ id }) => id, (slot) => this.row(slot, slot === coming))}</ul>
      ${rest.length ? html`<details><summary>${ngettext("{num} more contribution", "{num} more contributions", rest.length)}</summary><ul>${repeat(rest, ({ id }) => id, (slot) => this.row(slot, false))}</ul></details>` : nothing}
      <slide-review></slide-review>`;
  }
  row(slot, coming) {
    const { state, material, expert, titles, language } = slot, { text, lang } = pick(titles);
    const waits = material === "submitted", blocked = coming && !closed() ? blocks(slot) : [];
    const button = (verb, words, done, kind = "") => html`<button class=${kind} type="button" @click=${() => act(slot, verb, done)}>${words}<span class="hidden">: ${text}</span></button>`;
    return html`<li class="slot">
      <p class="name"><bdi>${expert.name}</bdi>${expert.city ? html`<span class="meta">${_(", ")}<bdi>${expert.city}</bdi></span>` : nothing}</p>
      <p lang=${lang || nothing} dir="auto">${text}</p>
      <p class="facts meta"><span class=${state === "on_air" ? "on-air" : state === "ready" ? "good" : ""}>${STATES()[state]}</span><span class=${material === "needs_changes" ? "warn" : ""}>${MATERIALS()[material]}</span>${language ? html`<span>${languageName(language)}</span>` : nothing}</p>
      ${blocked.length ? html`<div class="attention">${blocked.map((words) => html`<p>${words}</p>`)}</div>` : nothing}
      <p class="acts">
        ${closed() ? nothing : html`${slot.presentation ? html`<button class=${waits ? "first" : ""} type="button" @click=${async () => (await import("./review.js")).review(slot.id)}>${waits ? _("Look at the slides") : _("Slides")}<span class="hidden">: ${text}</span></button>` : nothing}
        ${state === "on_air" ? button("finish", _("Finish"), _("Finished")) : state === "declined" || one("room", "room")?.state === "planned" ? nothing : button("air", state === "done" ? _("On air again") : _("Put on air"), _("On air"), coming && state === "ready" && !waits ? "first" : state === "done" ? "plain" : "")}
        ${TO_COME.includes(state) ? button("no_show", _("Did not come"), _("Noted as absent; they can still check in"), "plain") : nothing}`}
      </p></li>`;
  }
});
