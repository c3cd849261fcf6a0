// What a moderator's desk does: a command, what came of it, and for a minute the way back.
import { send } from "../connection.js";
import { html, Live, nothing } from "../element.js";
import { _ } from "../texts.js";
import { now } from "../times.js";

const UNDO = 60_000; // ms
let last = "", way = null, until = 0;

/** Says at the foot what just happened, and for a minute offers a way back. */
export function note(words, undo = null) {
  last = words;
  way = undo;
  until = now() + UNDO;
  document.querySelector("undo-line")?.draw();
}
/** Sends a command and says at the foot what came of it; true if it was carried out. */
export async function command(name, facts, words, undo = null) {
  const { no } = await send(name, facts);
  note(no ? no.text : words, no ? null : undo);
  return !no;
}
export const takeBack = () => command("agenda.undo", {}, _("Undone."));

customElements.define("undo-line", class extends Live {
  view() {
    return last ? html`<span>${last}</span>${way && until > now() ? html` <button class="plain" type="button" @click=${undo}>${_("Undo")} <kbd>Z</kbd></button>` : nothing}` : nothing;
  }
});
export function undo() {
  const back = until > now() ? way : null;
  way = null;
  back?.();
}
