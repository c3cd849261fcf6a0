// What a moderator's desk does: a command, what came of it, and for a minute the way back, step by step.
import { send } from "../connection.js";
import { html, Live, nothing } from "../element.js";
import { _ } from "../texts.js";
import { now } from "../times.js";
import { standing } from "./standing.js";

const UNDO = 60_000; // ms
const words = { said: "", refused: null, facts: {} };
const ways = []; // { said, until, back }: the latest last
let timer = 0, latest = null, undoing = false, before = Promise.resolve();

const redraw = () => document.querySelector("undo-line")?.draw();

const way = () => ways.at(-1)?.until > now() ? ways.at(-1) : null;

/** Says at the foot what just happened, and for a minute offers a way back. */
export function note(said, back = null) {
  Object.assign(words, { said, refused: null });
  if (back) ways.push({ said, until: now() + UNDO, back });
  clearTimeout(timer);
  timer = setTimeout(redraw, UNDO + 1000);
  redraw();
}

/** Says that something was not possible, and, where somebody else was first, how it stands; an earlier way back remains. */
export function refuse(no, facts = {}) {
  Object.assign(words, { said: "", refused: no, facts });
  redraw();
}

/** Loads what is needed only now; says it where that does not come, and gives nothing then. */
export const load = (part) => part.catch(() => refuse({ text: _("The line is lost. Please try again.") }));

/** Has Z wait for an answer, or for all of a step. */
export function waitFor(step) {
  latest = Promise.allSettled([latest, step]).then(() => {});
  return step;
}

/** Sends a command and says at the foot what came of it; true if it was carried out. `undo`: false where the next command has it. */
export async function command(name, facts, said, undo = null) {
  const { no } = await waitFor(send(name, facts));
  if (!no && undo === null && !undoing) ways.length = 0; // nobody goes back past what cannot be taken back
  if (no) refuse(no, facts); else note(said, undo);
  return !no;
}

/** A double click is one press where the next would do the opposite. */
export const once = (press) => ({ detail }) => detail > 1 || press();
export const takeBack = () => command("agenda.undo", {}, _("Undone."));

customElements.define("undo-line", class extends Live {
  static watches = ["questions", "agenda", "hands"]; // how it stands may come after the refusal
  view() {
    const { said, refused, facts } = words, back = way();
    return html`<span role="status">${said}</span><span class="warn" role="alert">${refused ? `${refused.text} ${refused.code === "state.changed" ? standing(facts) : ""}`.trim() : nothing}</span>${back ? html`<button class="plain" type="button" @click=${undo}>${_("Undo")}${back.said === said ? "" : html` <span dir="auto">${back.said}</span>`} <kbd>Z</kbd></button>` : nothing}`;
  }
  catchFocus() {} // the button that is gone was pressed
});

/** Takes back what was done last, then what was before it: the screen may show it before its answer is here, so that is waited for. */
export function undo() {
  return before = before.then(back, back);
}

async function back() {
  await latest;
  const last = way();
  ways.pop();
  if (!last) { note(_("There is nothing to undo.")); return; }
  redraw();
  undoing = true;
  try { await last.back(); } finally { undoing = false; }
}
