// The agenda as the moderator runs it: expected times, start, finish and skip; what is further off is changed in its place.
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { html, nothing, Ticking, writing } from "../element.js";
import { may } from "../store.js";
import { _, ngettext, pick } from "../texts.js";
import { clock, minutesBetween } from "../times.js";
import { closed } from "./acts.js";
import { inOrder, running, starts } from "./agenda.js";
import { command, load } from "./desk.js";
import { turn } from "./running.js";

let form = null, editing = null; // an item's id, or "new"
const MINUTE = 60; // seconds

/** Planned against expected, budget against spoken, where they differ. */
function times(item) {
  const later = item.state === "waiting" ? minutesBetween(item.planned_start, starts(item)) : 0, spoken = Math.round((item.spoken ?? 0) / MINUTE);
  return html`<span>${ngettext("{num} minute", "{num} minutes", item.minutes)}</span>${item.budget && item.budget !== item.minutes ? html`<span>${_("planned: {minutes}", { minutes: item.budget })}</span>` : nothing}${later ? html`<span class=${later > 0 ? "warn" : ""}>${_("planned for {time}", { time: clock(item.planned_start) })}</span>` : nothing}${item.state === "done" && spoken ? html`<span>${ngettext("spoken: {num} minute", "spoken: {num} minutes", spoken)}</span>` : nothing}`;
}

function hide({ id: item, hidden }) {
  const set = (value, undo) => command("agenda.edit", { item, hidden: value }, value ? _("Only the team sees it now.") : _("Everybody sees it now."), undo);
  return set(!hidden, () => set(hidden));
}

customElements.define("agenda-control", class extends Ticking {
  static watches = ["agenda", "room", "you"];
  view() {
    if (!may("agenda.start")) return nothing;
    const items = inOrder(), next = items.find((item) => item.state === "waiting");
    return html`<h3 class="meta">${_("Agenda")}</h3><ol class="agenda">${repeat(items, (item) => item.id, (item, place) => this.row(item, place, items, item === next))}</ol>
      ${closed() ? nothing : editing === "new" ? form({ id: "new", minutes: 10, kind: "discussion" }, { close: () => this.edit(null) }) : html`<p class="acts"><button type="button" @click=${() => this.edit("new")}>${_("Add an item")}</button></p>`}`;
  }
  row(item, place, items, next) {
    const { text, lang } = pick(item.titles), was = item.state;
    const button = (words, act, kind = "plain") => html`<button class=${kind} type="button" @click=${act}>${words}<span class="hidden">: ${text}</span></button>`;
    const step = (verb, done) => () => turn(verb, item, done);
    return html`<li class="${was} ${item.hidden ? "inside" : ""}" aria-current=${was === "running" ? "step" : nothing}>
      <p class="count">${clock(starts(item))}</p>
      <div>
        <p lang=${lang || nothing} dir="auto">${was === "skipped" ? html`<s>${text}</s>` : text}</p>
        <p class="facts meta">${times(item)}${item.speaker ? html`<bdi>${item.speaker.name}</bdi>` : nothing}${was === "done" ? html`<span>${_("done")}</span>` : nothing}${item.hidden ? html`<strong>${_("only the team sees this")}</strong>` : nothing}</p>
        ${closed() ? nothing : editing === item.id ? form(item, { items, place, close: () => this.edit(null) }) : html`<p class="acts">
          ${was === "running" ? button(_("Finish"), step("finish", _("Finished"))) : was === "done" && running() ? nothing : button(was === "done" ? _("Start again") : _("Start"), step("start", _("Started")), next ? "" : "plain")}
          ${was === "waiting" || was === "running" ? button(_("Skip"), step("skip", _("Skipped"))) : nothing}
          ${was === "done" ? nothing : button(_("Edit"), () => this.edit(item.id))}
          ${Object.hasOwn(item, "hidden") && was !== "done" ? button(item.hidden ? _("Show to all") : _("Hide"), () => hide(item)) : nothing}</p>`}
      </div>
    </li>`;
  }
  async edit(id) {
    if (id && !(form ??= (await load(import("./agenda-form.js")))?.itemForm)) return;
    editing = id;
    this.draw();
    if (!writing(this)) this.querySelector("form input")?.focus();
  }
});
