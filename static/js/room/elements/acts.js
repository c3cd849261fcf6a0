// What a moderator does with the selected question, by button or key.
import { list, one } from "../store.js";
import { _ } from "../texts.js";
import { command } from "./conduct.js";

export const ACTIONS = {
  publish: { key: "p", words: () => _("Publish"), from: ["submitted", "screened"], done: () => _("Published") },
  screen: { key: "s", words: () => _("Keep for later"), from: ["submitted"], done: () => _("Kept for later") },
  queue: { key: "q", words: () => _("To the queue"), from: ["published"], done: () => _("Queued") },
  air: { key: "a", words: () => _("Put on air"), from: ["queued", "published"], done: () => _("On air") },
  decline: { key: "d", words: () => _("Decline"), from: ["submitted", "screened", "published", "queued"], done: () => _("Declined") },
  answered: { key: "x", words: () => _("Answered"), from: ["on_air", "queued", "published"], done: () => _("Answered") },
};

export const desk = { selected: null, declining: null };
const busy = new Set(); // questions that an answer is awaited for: a key pressed twice is pressed once

/** Does it, and goes on to the next question of the same list. */
export async function act(action, question, facts = {}) {
  if (busy.has(question.id)) return false;
  busy.add(question.id);
  const row = document.querySelector(`[data-question="${question.id}"]`);
  const next = (row?.nextElementSibling ?? row?.previousElementSibling)?.dataset.question ?? null;
  const focused = row?.contains(document.activeElement);
  const done = await command(`question.${action}`, { question: question.id, was: question.state, ...facts }, `${ACTIONS[action].done()}: “${question.text}”`);
  busy.delete(question.id);
  if (done && desk.selected === question.id) select(next, focused);
  return done;
}

function redraw() {
  for (const name of ["question-inbox", "question-queue", "published-list"]) document.querySelector(name)?.draw();
}
export function select(id, focus = false) {
  if (desk.selected !== id) {
    desk.selected = id;
    redraw();
  }
  if (focus && id) document.querySelector(`[data-question="${id}"] .pick`)?.focus({ preventScroll: true });
}
export function decline(id) {
  desk.declining = id;
  redraw();
  document.getElementById("reason")?.focus();
}

export const state = (...states) => list("questions").filter((question) => states.includes(question.state));

/** Goes to the next (1) or previous (-1) question of all three lists. */
export function step(by) {
  const rows = [...document.querySelectorAll("[data-question]")];
  const place = rows.findIndex((row) => row.dataset.question === desk.selected);
  const row = rows[Math.max(0, Math.min(rows.length - 1, place + by))];
  if (!row) return;
  select(row.dataset.question, true);
  row.scrollIntoView({ block: "nearest" });
}

/** Does what a letter stands for to the selected question (X: to the one on air); whether there was anything to do. */
export function press(key) {
  const question = desk.selected && one("questions", desk.selected) ? { id: desk.selected, ...one("questions", desk.selected) } : null;
  const found = Object.keys(ACTIONS).find((name) => ACTIONS[name].key === key && question && ACTIONS[name].from.includes(question.state));
  const onAir = state("on_air")[0];
  if (found === "decline") decline(desk.selected);
  else if (found) act(found, question);
  else if (key === "x" && onAir) act("answered", onAir);
  else return false;
  return true;
}
