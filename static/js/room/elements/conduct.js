// What the moderator conducts: the room's state, opening, pausing and closing it, and the line that says so on a phone.
import { html, Live, nothing, Ticking } from "../element.js";
import { one } from "../store.js";
import { _, ngettext } from "../texts.js";
import { countdown } from "../times.js";
import { over, running } from "./agenda.js";
import { command, takeBack } from "./desk.js";
import { lateness } from "./lateness.js";

const press = (verb, words) => () => command(`room.${verb}`, {}, words);

/** Closing ends what runs: the way back opens the room and has it run on. */
function close() {
  const item = running();
  const reopen = async () => { if (await command("room.open", {}, _("The room is open.")) && item) await takeBack(); };
  return command("room.close", {}, _("The room is closed. It can be reopened."), reopen);
}

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

/* Opening stands first while there is nothing else to do; pausing and going on are one place. */
customElements.define("room-opening", class extends Live {
  static watches = ["room"];
  view() {
    const words = { planned: _("Open the room"), closed: _("Reopen the room") }[one("room", "room")?.state];
    return words ? html`<p class="acts part"><button class="first" type="button" @click=${press("open", _("The room is open."))}>${words}</button></p>` : nothing;
  }
});
customElements.define("room-closing", class extends Live {
  static watches = ["room"];
  view() {
    const state = one("room", "room")?.state;
    if (!["open", "paused"].includes(state)) return nothing;
    const turn = state === "open" ? html`<button type="button" @click=${press("pause", _("Paused. Only the crew can act."))}>${_("Pause")}</button>` : html`<button class="first" type="button" @click=${press("open", _("The room is open."))}>${_("Go on")}</button>`;
    return html`<p class="acts part">${turn} <button type="button" @click=${close}>${_("Close the room")}</button></p>`;
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
