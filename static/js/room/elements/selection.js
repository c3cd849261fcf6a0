// Which question the keys act on, which form is open beneath it, and which are chosen to be treated together.
import { writing } from "../element.js";

export const desk = { selected: null, held: false, form: "", chosen: new Set() }; // held: seen where another hand took it from
const LISTS = "question-inbox, question-queue, published-list, done-list, running-item";

export function redraw() {
  for (const each of document.querySelectorAll(LISTS)) if (each.drawn) each.draw();
}

let pressed = false; // while a pointer is down nothing moves from under it: what was pressed is selected when it was clicked
for (const [name, on] of [["pointerdown", true], ["pointerup", false], ["pointercancel", false]]) addEventListener(name, () => { pressed = on; }, true);

/** Selects what the focus comes to by key. */
export function come(id) {
  if (!pressed) select(id);
}

/** The row of a question: where it is selected, if it stands in two lists. */
export const rowOf = (id) => document.querySelector(`[data-question="${id}"][aria-current]`) ?? document.querySelector(`[data-question="${id}"]:not(.held)`);

export function select(id, focus = false) {
  if (desk.selected !== id || desk.held) {
    Object.assign(desk, { selected: id, held: false, form: "" });
    redraw();
  }
  if (focus && id) pick(rowOf(id));
}

function pick(row) {
  if (!writing(row)) row?.querySelector(".pick")?.focus({ preventScroll: true });
}

/** Opens a form beneath the selected question, where its first field awaits what is typed; "" closes it, back to the question. */
export function open(form, id = desk.selected) {
  if (id !== desk.selected || desk.held) select(id);
  desk.form = form;
  redraw();
  const row = rowOf(id);
  if (form) (row?.querySelector("form :is(input, textarea)") ?? row?.querySelector("form select"))?.focus(); else pick(row);
  row?.scrollIntoView({ block: "nearest" });
}

/** What one can go to: on a phone not the other lists; what another hand took only from where one stood on it. */
const shown = (row) => row.offsetParent !== null && (!row.matches(".held") || row.hasAttribute("aria-current"));

/** Goes to the next (1) or previous (-1) question of all lists that are in sight. */
export function step(by) {
  const rows = [...document.querySelectorAll("[data-question]")].filter(shown);
  const place = rows.findIndex((row) => row.hasAttribute("aria-current"));
  if (by > 0 && place >= 0) rows[place].closest(LISTS).reach?.(rows[place].dataset.question);
  const after = [...document.querySelectorAll("[data-question]")].filter(shown);
  const row = after[Math.max(0, Math.min(after.length - 1, place + by))];
  if (!row) return;
  select(row.dataset.question, true);
  row.scrollIntoView({ block: "nearest" });
}

/** Chooses a question, or no longer. */
export function choose(id, on = !desk.chosen.has(id)) {
  if (on) desk.chosen.add(id); else desk.chosen.delete(id);
  redraw();
}

let anchor = null; // the last one chosen by itself
/** Chooses by a click: with Shift all from the last one on, among those that are listed. */
export function chooseTo(id, on, ids, shift) {
  const from = ids.indexOf(anchor), to = ids.indexOf(id);
  anchor = id;
  for (const each of shift && from >= 0 ? ids.slice(Math.min(from, to), Math.max(from, to) + 1) : [id]) {
    if (on) desk.chosen.add(each); else desk.chosen.delete(each);
  }
  redraw();
}
