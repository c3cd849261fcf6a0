// What runs: the time that is left, largest; the question on air; what comes next.
import { html, nothing, Ticking } from "../element.js";
import { asker } from "../reading.js";
import { list, may, one } from "../store.js";
import { _, languageName, ngettext, pick } from "../texts.js";
import { clock, countdown } from "../times.js";
import { begin, closed, offered } from "./acts.js";
import { inOrder, over, running, starts } from "./agenda.js";
import { command, once, takeBack } from "./desk.js";
import { formOf } from "./forms.js";
import { named } from "./person-menu.js";
import "./extending.js";
import { come, desk } from "./selection.js";


/** A step of an item as it is seen here: refused, if it is no longer so. */
export function turn(verb, item, what) {
  return command(`agenda.${verb}`, { item: item.id, was: item.state }, _("{what}: “{text}”", { what, text: pick(item.titles).text }), takeBack);
}

/** Speaking time stands still, or goes on. */
export function pause() {
  const item = running();
  if (!item || !may("agenda.pause")) return;
  const set = (verb, words, other) => command(`agenda.${verb}`, { item: item.id }, words, other);
  const stop = () => set("pause", _("The time stands still."), go), go = () => set("resume", _("The time runs on."), stop);
  if (item.paused_at) go(); else stop();
}

customElements.define("running-item", class extends Ticking {
  static watches = ["room", "agenda", "questions", "you"];
  view() {
    const room = one("room", "room"), item = running();
    if (!room) return nothing;
    if (!item) return html`${room.state === "closed" ? html`<p class="name">${_("The session has ended.")}</p><p><a href="/archive/${document.body.dataset.room}">${_("Archive")}</a></p>` : html`<p class="empty">${_("Nothing runs. Start an item below.")}</p>`}${this.asked()}`;
    const { text, lang } = pick(item.titles), still = Boolean(item.paused_at), gone = over() > 0;
    return html`<p><span class="on-air">${_("On air")}</span> <span class="meta" lang=${lang || nothing} dir="auto">${text}</span>${item.hidden ? html` <span class="meta">${_("Only the team sees this.")}</span>` : nothing}</p>
      <p class="left"><time class="count ${still ? "still" : ""}">${countdown(item.ends_at)}</time> <span class="meta ${gone || still ? "warn" : ""}">${still ? _("stands still") : gone ? ngettext("over {num} minute", "over {num} minutes", item.minutes) : ngettext("left of {num} minute", "left of {num} minutes", item.minutes)}</span></p>
      <div class="acts">${may("agenda.finish") ? html`<button type="button" @click=${() => turn("finish", item, _("Finished"))}>${_("Finish")} <kbd>F</kbd></button>` : nothing}${may("agenda.pause") ? html`<button type="button" aria-pressed=${still} @click=${once(pause)}>${still ? _("Time runs on") : _("Stop the time")} <kbd>R</kbd></button>` : nothing}<extend-form></extend-form></div>
      ${this.asked()}`;
  }
  /** The question on air, with what can be done with it. */
  asked() {
    const question = list("questions").find(({ state }) => state === "on_air");
    if (!question) return nothing;
    const current = desk.selected === question.id && !desk.held;
    return html`<div class="part asked" data-question=${question.id} aria-current=${current ? "true" : nothing} @focusin=${() => come(question.id)}><h3 class="meta">${_("The question")}</h3>
      <p class="name" lang=${question.language} dir="auto">${question.text}</p>
      <p class="facts meta"><span>${question.by && !question.anonymous ? named(question.by) : asker(question)}</span><span>${languageName(question.language)}</span></p>
      ${current && desk.form ? formOf(desk.form, question) : html`<p class="acts">${offered(question).map(([name, { key, words, quiet }]) => html`<button class=${quiet ? "plain" : ""} type="button" @click=${() => begin(name, question)}>${words()} <kbd>${key.toUpperCase()}</kbd></button>`)}</p>`}</div>`;
  }
});

customElements.define("next-item", class extends Ticking {
  static watches = ["room", "agenda", "you"];
  view() {
    const item = inOrder().find(({ state }) => state === "waiting");
    if (!item || closed()) return nothing;
    const { text, lang } = pick(item.titles), open = one("room", "room")?.state === "open";
    return html`<h3 class="meta">${_("Next, {time}", { time: clock(starts(item)) })}</h3>
      <p>${item.speaker ? html`<bdi class="name">${item.speaker.name}</bdi>${_(", ")}<bdi>${item.speaker.city}</bdi>: ` : nothing}<span class=${item.speaker ? "" : "name"} lang=${lang || nothing} dir="auto">${text}</span> <span class="meta">${ngettext("{num} minute", "{num} minutes", item.minutes)}</span></p>
      ${open && may("agenda.start") ? html`<p class="acts"><button class=${running() ? "" : "first"} type="button" @click=${() => turn("start", item, _("Started"))}>${_("Start")} <kbd>N</kbd></button></p>` : nothing}`;
  }
});
