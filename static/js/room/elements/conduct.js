// What the moderator conducts: the room's state, what runs and what is left of it, what just happened.
import { send } from "../connection.js";
import { html, Live, nothing } from "../element.js";
import { list, one } from "../store.js";
import { _, ngettext, pick } from "../texts.js";
import { clock, countdown, minutesBetween, now } from "../times.js";
import { asker } from "./questions.js";

let last = "", undoable = 0;

/** Says at the foot what just happened. */
export function note(words, undo = false) {
  last = words;
  undoable = undo ? now() + 60_000 : 0;
  document.querySelector("undo-line")?.draw();
}
/** Sends a command and says at the foot what came of it; true if it was carried out. */
export async function command(name, facts, words, undo = false) {
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
export function undo() {
  if (undoable > now()) command("agenda.undo", {}, _("Undone."));
}

const press = (verb, words) => () => command(`room.${verb}`, {}, words);

customElements.define("room-state", class extends Live {
  static watches = ["room", "people"];
  view() {
    const room = one("room", "room");
    if (!room) return nothing;
    const words = { planned: _("Not open yet"), open: _("Room open"), paused: _("Paused"), closed: _("Ended") }[room.state];
    const present = one("people", "people")?.present ?? 0;
    return html`<strong class=${room.state === "open" ? "good" : "warn"}>${words}</strong> <span class="meta">${ngettext("{num} person present", "{num} people present", present)}</span>`;
  }
});

/* Opening stands first while the room is not open; closing, once it is, stands last, where no hurried hand is. */
customElements.define("room-opening", class extends Live {
  static watches = ["room"];
  view() {
    const state = one("room", "room")?.state;
    if (!state || state === "open") return nothing;
    const words = { planned: _("Open the room"), paused: _("Go on"), closed: _("Reopen the room") }[state];
    return html`<p class="acts part"><button class="first" type="button" @click=${press("open", _("The room is open."))}>${words}</button></p>`;
  }
});
customElements.define("room-closing", class extends Live {
  static watches = ["room"];
  view() {
    const state = one("room", "room")?.state;
    if (!["open", "paused"].includes(state)) return nothing;
    return html`<p class="acts part">${state === "open" ? html`<button type="button" @click=${press("pause", _("Paused. Only the crew can act."))}>${_("Pause")}</button>` : nothing}
      <button type="button" @click=${press("close", _("The room is closed. It can be reopened."))}>${_("Close the room")}</button></p>`;
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
        <p class="facts meta"><span>${asker(question)}</span></p>
        <p class="acts"><button type="button" @click=${() => command("question.answered", { question: question.id, was: "on_air" }, _("Answered"))}>${_("Answered")} <kbd>X</kbd></button></p></div>` : nothing}`;
  }
});
