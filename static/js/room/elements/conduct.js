// The moderator's right column: the room's state, what runs and what is left of it, the agenda's controls, undo, keys.
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { send } from "../connection.js";
import { html, Live, nothing } from "../element.js";
import { list, may, one } from "../store.js";
import { _, ngettext, pick } from "../texts.js";
import { clock, countdown, minutesBetween, now } from "../times.js";
import { inOrder } from "./agenda.js";

let last = "", undoable = 0, editing = null;

/** Says at the foot what just happened. */
export function note(words, undo = false) {
  last = words;
  undoable = undo ? now() + 60_000 : 0;
  document.querySelector("undo-line")?.draw();
}
async function command(name, facts, words, undo = false) {
  const { no } = await send(name, facts);
  note(no ? no.text : words, undo && !no);
  return !no;
}
const running = () => one("agenda", one("room", "room")?.now);
const late = (room) => Math.max(0, minutesBetween(room.ends, room.expected_ends));

customElements.define("undo-line", class extends Live {
  view() {
    return last ? html`<span>${last}</span>${undoable > now() ? html` <button class="plain" type="button" @click=${undo}>${_("Undo")} <kbd>Z</kbd></button>` : nothing}` : nothing;
  }
});
const undo = () => command("agenda.undo", {}, _("Undone."));

customElements.define("room-controls", class extends Live {
  static watches = ["room", "people", "you"];
  view() {
    const room = one("room", "room");
    if (!room) return nothing;
    const words = { planned: _("Not open yet"), open: _("Room open"), paused: _("Paused"), closed: _("Ended") }[room.state];
    const present = one("people", "people")?.present ?? 0;
    const press = (verb, said) => () => command(`room.${verb}`, {}, said);
    return html`<p><strong class=${room.state === "open" ? "good" : "warn"}>${words}</strong>, ${ngettext("{num} person present", "{num} people present", present)}</p>
      <p class="acts">
        ${room.state !== "open" ? html`<button class="first" type="button" @click=${press("open", _("The room is open."))}>${room.state === "closed" ? _("Reopen the room") : room.state === "paused" ? _("Go on") : _("Open the room")}</button>` : nothing}
        ${room.state === "open" ? html`<button type="button" @click=${press("pause", _("Paused. Only the crew can act."))}>${_("Pause")}</button>` : nothing}
        ${["open", "paused"].includes(room.state) ? html`<button type="button" @click=${press("close", _("The room is closed. It can be reopened."))}>${_("Close the room")}</button>` : nothing}
      </p>`;
  }
});

class Ticking extends Live {
  static watches = ["room", "agenda", "questions"];
  connectedCallback() { super.connectedCallback(); this.timer = setInterval(() => this.drawn && this.draw(), 1000); }
  disconnectedCallback() { super.disconnectedCallback(); clearInterval(this.timer); }
}

customElements.define("room-pulse", class extends Ticking {
  view() {
    const room = one("room", "room"), item = running();
    if (!room || !item) return nothing;
    return html`<span class="count">${countdown(item.ends_at)}</span> <span>${_("left")}</span>${late(room) ? html`<strong>${ngettext("{num} minute late", "{num} minutes late", late(room))}</strong>` : nothing}`;
  }
});

customElements.define("running-item", class extends Ticking {
  view() {
    const room = one("room", "room"), item = running(), question = list("questions").find((each) => each.state === "on_air");
    if (!room) return nothing;
    return html`${item ? html`
      <p><span class="on-air">${_("On air")}</span> <span class="meta" dir="auto">${pick(item.titles).text}</span></p>
      <p class="left"><time class="count" datetime=${item.ends_at}>${countdown(item.ends_at)}</time> <span class="meta">${ngettext("left of {num} minute", "left of {num} minutes", item.minutes)}</span></p>` : html`<p class="empty">${_("Nothing runs. Start an item below.")}</p>`}
      ${late(room) && room.state !== "closed" ? html`<div class="attention late"><p><strong>${ngettext("{num} minute late.", "{num} minutes late.", late(room))}</strong> ${_("The session will end at {time}.", { time: clock(room.expected_ends) })}</p></div>` : nothing}
      ${question ? html`<div class="part"><h3 class="meta">${_("The question")}</h3><p class="name" lang=${question.language} dir="auto">${question.text}</p>
        <p class="facts meta"><span>${question.by ? html`<bdi>${question.by.name}</bdi>` : nothing}</span></p>
        <p class="acts"><button type="button" @click=${() => command("question.answered", { question: question.id, was: "on_air" }, _("Answered"))}>${_("Answered")} <kbd>X</kbd></button></p></div>` : nothing}`;
  }
});

customElements.define("agenda-control", class extends Live {
  static watches = ["agenda", "room", "you"];
  view() {
    if (!may("agenda.start")) return nothing;
    const items = inOrder();
    return html`<h3 class="meta">${_("Agenda")}</h3><ol class="agenda">${repeat(items, (item) => item.id, (item, place) => this.row(item, place, items))}</ol>
      ${editing === "new" ? this.form({ id: "new", minutes: 10, kind: "discussion" }) : html`<p class="acts"><button type="button" @click=${() => this.edit("new")}>${_("Add an item")}</button></p>`}`;
  }
  row(item, place, items) {
    const { text, lang } = pick(item.titles), live = item.state === "running", was = item.state;
    const turn = (verb, words) => () => command(`agenda.${verb}`, { item: item.id, was }, `${words}: “${text}”`, true);
    return html`<li aria-current=${live ? "step" : nothing}>
      <p><span class="count">${clock(item.started_at ?? item.expected_start)}</span> <span class=${live ? "name" : ""} lang=${lang || nothing} dir="auto">${was === "skipped" ? html`<s>${text}</s>` : text}</span> <span class="meta">${ngettext("{num} minute", "{num} minutes", item.minutes)}${was === "done" ? `, ${_("done")}` : ""}</span></p>
      ${editing === item.id ? this.form(item) : html`<p class="acts">
        ${["waiting", "skipped"].includes(was) ? html`<button type="button" @click=${turn("start", _("Started"))}>${_("Start")}<span class="hidden">: ${text}</span></button>` : nothing}
        ${live ? html`<button class="first" type="button" @click=${turn("finish", _("Finished"))}>${_("Finish")}</button>${[5, 10].map((minutes) => html`<button type="button" @click=${() => command("agenda.extend", { item: item.id, minutes, how: "shift" }, _("{minutes} minutes more; what follows moves.", { minutes }))}>+${minutes}</button>`)}<button type="button" @click=${() => command("agenda.extend", { item: item.id, minutes: 5, how: "cut" }, _("5 minutes more, taken from what follows."))}>${_("+5 from what follows")}</button>` : nothing}
        ${was === "waiting" ? html`<button class="plain" type="button" @click=${turn("skip", _("Skipped"))}>${_("Skip")}<span class="hidden">: ${text}</span></button><button class="plain" type="button" @click=${() => this.edit(item.id)}>${_("Edit")}<span class="hidden">: ${text}</span></button>` : nothing}
        ${was === "waiting" && place > 0 ? html`<button class="plain" type="button" @click=${() => command("agenda.move", { item: item.id, after: items[place - 2]?.id ?? null }, _("Moved up"))}>${_("Move up")}<span class="hidden">: ${text}</span></button>` : nothing}</p>`}
    </li>`;
  }
  form(item) {
    return html`<form class="small" @submit=${(event) => this.save(event, item)}>
      <label>${_("Title")}<input name="title" type="text" maxlength="200" required .value=${item.titles ? pick(item.titles).text : ""}></label>
      <div class="pair"><label>${_("Minutes")}<input name="minutes" type="number" min="1" max="600" required .value=${String(item.minutes)}></label>
      <label>${_("Kind")}<select name="kind">${[["discussion", _("Discussion")], ["contribution", _("Contribution")], ["break", _("Break")], ["other", _("Other")]].map(([value, words]) => html`<option value=${value} ?selected=${value === item.kind}>${words}</option>`)}</select></label></div>
      <p class="acts"><button class="first">${_("Save")}</button><button class="plain" type="button" @click=${() => this.edit(null)}>${_("Cancel")}</button>
      ${item.id !== "new" ? html`<button class="plain" type="button" @click=${() => command("agenda.remove", { item: item.id }, _("Removed"))}>${_("Remove")}</button>` : nothing}</p></form>`;
  }
  edit(id) { editing = id; this.draw(); this.querySelector("form input")?.focus(); }
  async save(event, item) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const facts = { title: data.get("title"), kind: data.get("kind"), minutes: Number(data.get("minutes")) };
    const saved = await (item.id === "new" ? command("agenda.add", facts, _("Added")) : command("agenda.edit", { item: item.id, ...facts }, _("Changed")));
    if (saved) this.edit(null);
  }
});

customElements.define("key-help", class extends Live {
  static watches = ["you"];
  view() {
    const keys = [["J K", _("next, previous question")], ["P", _("Publish")], ["S", _("Keep for later")], ["Q", _("Queue")], ["A", _("Put on air")], ["X", _("Answered")], ["D", _("Decline")], ["Z", _("Undo start, finish or skip")], ["?", _("this list")]];
    return html`<button class="plain" type="button" @click=${() => this.querySelector("dialog").showModal()}>${_("Keys")} <kbd>?</kbd></button>
      <dialog class="keys" aria-label=${_("Keys")}><form method="dialog"><dl>${keys.map(([key, words]) => html`<dt><kbd>${key}</kbd></dt><dd>${words}</dd>`)}</dl><button>${_("Close")}</button></form></dialog>`;
  }
});

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
  if (event.key === "?") document.querySelector("key-help dialog")?.showModal();
  if (event.key.toLowerCase() === "z" && undoable > now()) undo();
});
