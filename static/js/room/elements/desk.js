// What a moderator's desk does: a command, what came of it, and for a minute the way back.
import { send } from "../connection.js";
import { html, Live, nothing } from "../element.js";
import { _ } from "../texts.js";
import { now } from "../times.js";
import { standing } from "./standing.js";

const UNDO = 60_000; // ms
const words = { said: "", refused: null, facts: {} };
let way = null, until = 0, timer = 0, latest = null;

const redraw = () => document.querySelector("undo-line")?.draw();

/** Says at the foot what just happened, and for a minute offers a way back. */
export function note(said, undo = null) {
  Object.assign(words, { said, refused: null });
  way = undo;
  until = now() + UNDO;
  clearTimeout(timer);
  timer = setTimeout(redraw, UNDO + 1000);
  redraw();
}

/** Says that something was not possible, and, where somebody else was first, how it stands; an earlier way back remains. */
export function refuse(no, facts = {}) {
  Object.assign(words, { said: "", refused: no, facts });
  redraw();
}

/** Sends a command and says at the foot what came of it; true if it was carried out. */
export async function command(name, facts, said, undo = null) {
  const answer = latest = send(name, facts);
  const { no } = await answer;
  if (no) refuse(no, facts); else note(said, undo);
  return !no;
}
export const takeBack = () => command("agenda.undo", {}, _("Undone."));

customElements.define("undo-line", class extends Live {
  static watches = ["questions", "agenda", "hands"]; // how it stands may come after the refusal
  view() {
    const { said, refused, facts } = words, back = way && until > now();
    return html`<span role="status">${said}</span><span class="warn" role="alert">${refused ? `${refused.text} ${refused.code === "state.changed" ? standing(facts) : ""}`.trim() : nothing}</span>${back ? html`<button class="plain" type="button" @click=${undo}>${_("Undo")} <kbd>Z</kbd></button>` : nothing}`;
  }
  catchFocus() {} // the button that is gone was pressed
});

/** Takes back what was done last: the screen may show it before its answer is here, so that is waited for. */
export async function undo() {
  await latest;
  const back = until > now() ? way : null;
  way = null;
  redraw();
  back?.();
}
