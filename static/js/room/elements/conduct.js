// What the moderator conducts: the room's state, what runs and what is left of it.
import { html, Live, nothing, Ticking } from "../element.js";
import { list, one } from "../store.js";
import { _, ngettext, pick } from "../texts.js";
import { clock, countdown, later, minutesBetween } from "../times.js";
import { act } from "./acts.js";
import { over, running, slip } from "./agenda.js";
import { command, takeBack } from "./desk.js";
import { asker } from "./questions.js";

const ends = (room) => later(room.expected_ends, slip());
const late = (room) => room.state === "closed" ? 0 : Math.max(0, minutesBetween(room.ends, ends(room)));

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
    const room = one("room", "room"), item = running();
    if (!room || !item) return nothing;
    return html`<span class="count">${countdown(item.ends_at)}</span> <span>${over() ? _("over time") : _("left")}</span>${late(room) ? html`<strong>${ngettext("{num} minute late", "{num} minutes late", late(room))}</strong>` : nothing}`;
  }
});

customElements.define("running-item", class extends Ticking {
  static watches = ["room", "agenda", "questions"];
  view() {
    const room = one("room", "room"), item = running(), question = list("questions").find((each) => each.state === "on_air");
    if (!room) return nothing;
    return html`${item ? html`
      <p><span class="on-air">${_("On air")}</span> <span class="meta" dir="auto">${pick(item.titles).text}</span></p>
      <p class="left"><time class="count" datetime=${item.ends_at}>${countdown(item.ends_at)}</time> <span class="meta ${over() ? "warn" : ""}">${over() ? ngettext("over {num} minute", "over {num} minutes", item.minutes) : ngettext("left of {num} minute", "left of {num} minutes", item.minutes)}</span></p>` : room.state === "closed" ? html`<p class="name">${_("The session has ended.")}</p><p><a href="/archive/${document.body.dataset.room}">${_("Archive")}</a></p>` : html`<p class="empty">${_("Nothing runs. Start an item below.")}</p>`}
      ${late(room) ? html`<div class="attention late"><p><strong>${ngettext("{num} minute late.", "{num} minutes late.", late(room))}</strong> ${_("The session will end at {time}.", { time: clock(ends(room)) })}</p></div>` : nothing}
      ${question ? html`<div class="part"><h3 class="meta">${_("The question")}</h3><p class="name" lang=${question.language} dir="auto">${question.text}</p>
        <p class="facts meta"><span>${asker(question)}</span></p>
        <p class="acts"><button type="button" @click=${() => act("answered", question)}>${_("Answered")} <kbd>X</kbd></button></p></div>` : nothing}`;
  }
});
