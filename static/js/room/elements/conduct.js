// What the moderator conducts: the room's state, opening, pausing and closing it, and the line that says so on a phone.
import { html, Live, nothing, Ticking } from "../element.js";
import { list, one } from "../store.js";
import { _, ngettext } from "../texts.js";
import { countdown } from "../times.js";
import { over, running } from "./agenda.js";
import { command, note, once, takeBack } from "./desk.js";
import { lateness } from "./lateness.js";

const press = (verb, words) => once(() => command(`room.${verb}`, {}, words));

/** Whether closing deletes what has been written: the one thing of it that has no way back. */
const deletes = () => !one("room", "room").chat_kept && list("chat").length > 0;

/** Closing ends what runs: the way back opens the room and has it run on. */
function close() {
  const item = running(), lost = deletes(), words = lost ? _("The room is open. The chat stays deleted.") : _("The room is open.");
  const reopen = async () => { if (await command("room.open", {}, words) && item && await takeBack() && lost) note(words); };
  return command("room.close", {}, lost ? _("The room is closed and its chat deleted. The room can be reopened.") : _("The room is closed. It can be reopened."), reopen);
}

customElements.define("room-state", class extends Live {
  static watches = ["room", "people"];
  view() {
    const room = one("room", "room");
    if (!room) return nothing;
    document.body.toggleAttribute("data-closed", room.state === "closed");
    const words = { planned: _("Not open yet"), open: _("Room open"), paused: _("Paused"), closed: _("Ended") }[room.state];
    const present = one("people", "people")?.present ?? 0;
    return html`<strong class=${room.state === "open" ? "good" : "warn"}>${words}</strong> <span class="meta">${ngettext("{num} person present", "{num} people present", present)}</span>`;
  }
});

/* Opening stands first while there is nothing else to do; pausing and going on are one place. */
customElements.define("room-opening", class extends Live {
  static watches = ["room"];
  view() {
    const words = { planned: _("Open the room"), closed: _("Reopen the room") }[one("room", "room")?.state];
    return words ? html`<p class="acts part"><button class="first" type="button" @click=${press("open", _("The room is open."))}>${words}</button></p>` : nothing;
  }
});
customElements.define("room-closing", class extends Live {
  static watches = ["room", "chat"];
  view() {
    const state = one("room", "room")?.state;
    this.asking &&= ["open", "paused"].includes(state) && deletes();
    if (!["open", "paused"].includes(state)) return nothing;
    if (this.asking) return html`<div class="part"><p class="attention" role="alert"><strong>${_("Close the room? Its chat is deleted for good.")}</strong></p><p class="acts"><button type="button" @click=${() => { close(); this.ask(false); }}>${_("Close the room")}</button> <button type="button" class="stay" @click=${() => this.ask(false)}>${_("Stay open")}</button></p></div>`;
    const turn = state === "open" ? html`<button type="button" @click=${press("pause", _("Paused. Only the crew can act."))}>${_("Pause")}</button>` : html`<button class="first" type="button" @click=${press("open", _("The room is open."))}>${_("Go on")}</button>`;
    return html`<p class="acts part">${turn} <button type="button" class="close" @click=${() => deletes() ? this.ask(true) : close()}>${_("Close the room")}</button></p>`;
  }
  ask(asking) {
    this.asking = asking;
    this.draw();
    const button = this.querySelector(asking ? ".stay" : ".close");
    button?.focus();
    button?.scrollIntoView({ block: "center" }); // else the bars at the foot would cover it
  }
});

customElements.define("room-pulse", class extends Ticking {
  static watches = ["room", "agenda"];
  view() {
    const room = one("room", "room"), item = running(), late = lateness();
    if (!room || !item) return nothing;
    return html`<span class="count">${countdown(item.ends_at)}</span> <span>${over() ? _("over time") : _("left")}</span>${late ? html`<strong>${ngettext("{num} minute late", "{num} minutes late", late)}</strong>` : nothing}`;
  }
});
