// What a moderator does with the selected question, by button or key.
import { list, one } from "../store.js";
import { _ } from "../texts.js";
import { command, note } from "./desk.js";

export const ACTIONS = {
  publish: { key: "p", words: () => _("Publish"), from: ["submitted", "screened"], done: () => _("Published") },
  screen: { key: "s", words: () => _("Keep for later"), from: ["submitted"], done: () => _("Kept for later") },
  queue: { key: "q", words: () => _("To the queue"), from: ["submitted", "screened", "published"], done: () => _("Queued") },
  air: { key: "a", words: () => _("Put on air"), from: ["submitted", "screened", "queued", "published"], done: () => _("On air") },
  decline: { key: "d", words: () => _("Decline"), from: ["submitted", "screened", "published", "queued"], done: () => _("Declined") },
  answered: { key: "x", words: () => _("Answered"), from: ["on_air", "queued", "published"], done: () => _("Answered") },
};
const hidden = ["submitted", "screened"];

const AFTER = ["answered", "decline"]; // what a closed room still takes
export const closed = () => one("room", "room")?.state === "closed";

/** What a question's row offers: on its own, without what would publish it on the way. */
export const offered = (question) => Object.entries(ACTIONS).filter(([name, { from }]) => (!closed() || AFTER.includes(name)) && name !== "decline" && from.includes(question.state) && !(hidden.includes(question.state) && ["queue", "air"].includes(name)));

export const desk = { selected: null, declining: null };
const busy = new Set(); // questions that an answer is awaited for: a key pressed twice is pressed once

/** Does it, and goes on to the next question of the same list; to line up or to air a question publishes it first. */
export async function act(action, question, facts = {}) {
  if (busy.has(question.id)) return false;
  busy.add(question.id);
  const row = document.querySelector(`[data-question="${question.id}"]`);
  const next = (row?.nextElementSibling ?? row?.previousElementSibling)?.dataset.question ?? null;
  const focused = row?.contains(document.activeElement), before = action === "air" ? state("on_air")[0] : null;
  const first = hidden.includes(question.state) && ["queue", "air"].includes(action);
  const back = () => restore(question, first ? 2 : 1, before);
  const words = _("{what}: “{text}”", { what: ACTIONS[action].done(), text: question.text });
  const published = !first || await command("question.publish", { question: question.id, was: question.state }, words);
  const done = published && await command(`question.${action}`, { question: question.id, was: first ? "published" : question.state, ...facts }, words, back);
  busy.delete(question.id);
  if (done && desk.selected === question.id) select(next, focused);
  return done;
}

/** Takes a question some steps back, and has the one that was on air before it return there. */
export async function restore(question, steps = 1, before = null) {
  for (let step = 0; step < steps; step++) if (!await command("question.restore", { question: question.id }, _("Undone."))) return;
  if (before) await command("question.restore", { question: before.id, was: "answered" }, _("Undone."));
  select(question.id, true);
}

function redraw() {
  for (const name of ["question-inbox", "question-queue", "published-list", "done-list"]) document.querySelector(name)?.draw();
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

/** Moves the selected question up (-1) or down (1) in the queue. */
export function shift(by) {
  const queue = state("queued").sort((a, b) => a.order - b.order);
  const place = queue.findIndex((question) => question.id === desk.selected), to = place + by;
  if (place < 0 || to < 0 || to >= queue.length) return;
  const after = by > 0 ? queue[to].id : queue[to - 1]?.id ?? null;
  command("question.queue", { question: desk.selected, after, was: "queued" }, _("Moved"));
}

/** Does what a letter stands for: X to the question on air, if there is one, the others to the selected one. */
export function press(key) {
  const chosen = key === "x" ? state("on_air")[0]?.id ?? desk.selected : desk.selected;
  const question = chosen && one("questions", chosen) ? { id: chosen, ...one("questions", chosen) } : null;
  const found = Object.keys(ACTIONS).find((name) => ACTIONS[name].key === key);
  if (!found) return false;
  if (!question) note(_("No question is selected. J goes to the first."));
  else if (!ACTIONS[found].from.includes(question.state)) note(_("That cannot be done with this question now."));
  else if (found === "decline") decline(question.id);
  else act(found, question);
  return true;
}
