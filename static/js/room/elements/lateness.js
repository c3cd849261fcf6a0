// How late a session is, with what follows from it, and where the time can be found again.
import { html, nothing, Ticking } from "../element.js";
import { may, one } from "../store.js";
import { _, ngettext, pick } from "../texts.js";
import { clock, later, minutesBetween } from "../times.js";
import { inOrder, slip, starts } from "./agenda.js";
import { command } from "./desk.js";

export const ends = (room) => later(room.expected_ends, slip());

/** Whole minutes by which the session is expected to end after its planned end. */
export function lateness() {
  const room = one("room", "room");
  return !room || room.state === "closed" ? 0 : Math.max(0, minutesBetween(room.ends, ends(room)));
}

/** The discussion that waits and is long enough to give the time back. */
const giver = (late) => inOrder().find(({ state, kind, minutes }) => state === "waiting" && kind === "discussion" && minutes > late);

function shorten({ id: item, minutes, titles }, by) {
  const edit = (length, words, undo) => command("agenda.edit", { item, minutes: length }, words, undo);
  return edit(minutes - by, _("“{text}” has {minutes} minutes now.", { text: pick(titles).text, minutes: minutes - by }), () => edit(minutes, _("Undone.")));
}

customElements.define("late-notice", class extends Ticking {
  static watches = ["agenda", "room", "you"];
  view() {
    const late = lateness(), room = one("room", "room");
    if (!late) return nothing;
    const pause = inOrder().find(({ state, kind }) => state === "waiting" && kind === "break"), gives = may("agenda.edit") && giver(late);
    return html`<div class="attention late"><p><strong>${ngettext("{num} minute late:", "{num} minutes late:", late)}</strong> ${_("the session is expected to end at {time}, planned was {planned}.", { time: clock(ends(room)), planned: clock(room.ends) })}
      ${pause ? _("The break begins at {time} and has {minutes} minutes.", { time: clock(starts(pause)), minutes: pause.minutes }) : nothing}</p>
      ${gives ? html`<p class="acts"><button type="button" @click=${() => shorten(gives, late)}>${_("Catch up in “{text}”", { text: pick(gives.titles).text })}</button> <span class="meta">${_("shortens it to {minutes} minutes", { minutes: gives.minutes - late })}</span></p>` : nothing}</div>`;
  }
});
