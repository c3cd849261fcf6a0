// The queue in one's own order: dragged by its number with a mouse or a finger, or moved by key. Where it will land is shown.
import { _ } from "../texts.js";
import { announce } from "./voice.js";
import { state } from "./acts.js";
import { command } from "./desk.js";
import { desk } from "./selection.js";

const EDGE = 48; // px from the end of the list's window where it scrolls by itself
const queue = () => state("queued").sort((a, b) => a.order - b.order);

/** Moves a question to a place of the queue, counted from 0, and says where it is now. */
export async function place(id, to) {
  const others = queue().filter((question) => question.id !== id), from = queue().findIndex((question) => question.id === id);
  const at = Math.max(0, Math.min(others.length, to));
  if (from < 0 || from === at) return;
  const back = () => place(id, from);
  if (await command("question.queue", { question: id, after: others[at - 1]?.id ?? null, was: "queued" }, _("Moved: now number {place} of {count}.", { place: at + 1, count: others.length + 1 }), back)) {
    announce(_("Now number {place} of {count}.", { place: at + 1, count: others.length + 1 }));
  }
}

/** Moves the selected question up (-1) or down (1). */
export function shift(by) {
  const at = queue().findIndex((question) => question.id === desk.selected);
  if (at >= 0) place(desk.selected, at + by);
}

/** Drags by the handle on which a pointer went down; Escape leaves everything as it was. */
export function drag(event, id) {
  if (event.button) return;
  const handle = event.currentTarget, row = handle.closest("li"), rows = [...row.parentElement.children], from = rows.indexOf(row);
  const scroller = row.closest(".column"), began = event.clientY, over = new AbortController();
  let to = from;
  event.preventDefault();
  handle.setPointerCapture(event.pointerId);
  row.dataset.lifted = "";
  const mark = () => {
    for (const [n, each] of rows.entries()) {
      if (to !== from && n === to) each.dataset.landing = to < from ? "before" : "after"; else delete each.dataset.landing;
    }
  };
  const move = ({ clientY }) => {
    row.style.translate = `0 ${clientY - began}px`;
    to = rows.reduce((found, each, n) => {
      const { top, height } = each.getBoundingClientRect();
      return n !== from && (n < from ? clientY < top + height / 2 && found > n : clientY > top + height / 2) ? n : found;
    }, from);
    const window = scroller.getBoundingClientRect();
    scroller.scrollBy(0, clientY < window.top + EDGE ? -8 : clientY > window.bottom - EDGE ? 8 : 0);
    mark();
  };
  const end = (drop) => {
    over.abort();
    const goal = to;
    to = from;
    mark();
    delete row.dataset.lifted;
    row.style.translate = "";
    if (drop) place(id, goal);
  };
  const { signal } = over;
  handle.addEventListener("pointermove", move, { signal });
  handle.addEventListener("pointerup", () => end(true), { signal });
  handle.addEventListener("pointercancel", () => end(false), { signal });
  addEventListener("keydown", (pressed) => { if (pressed.key === "Escape") { pressed.stopPropagation(); end(false); } }, { signal, capture: true });
}
