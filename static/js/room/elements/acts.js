// What a moderator does with a question, by button or key. Some steps open a form first.
import { writing } from "../element.js";
import { list, may, one } from "../store.js";
import { _ } from "../texts.js";
import { command, note, waitFor } from "./desk.js";
import { mine } from "./others.js";
import { choose, desk, open, rowOf, select } from "./selection.js";

const INBOX = ["submitted", "screened"], EARLY = [...INBOX, "published", "queued"], OVER = ["answered", "answered_in_writing", "deferred"];
export const ACTIONS = { // key, from which states, and whether it asks something first
  publish: { key: "p", words: () => _("Publish"), from: INBOX, done: () => _("Published") },
  screen: { key: "s", words: () => _("Screened"), from: ["submitted"], done: () => _("Screened") },
  queue: { key: "q", words: () => _("To the queue"), from: [...INBOX, "published"], done: () => _("Queued") },
  air: { key: "a", words: () => _("Put on air"), from: EARLY, done: () => _("On air") },
  answered: { key: "x", words: () => _("Answered"), from: ["on_air", "queued", "published"], done: () => _("Answered") },
  merge: { key: "m", words: () => _("Merge"), from: EARLY, asks: true, done: () => _("Merged") },
  decline: { key: "d", words: () => _("Decline"), from: EARLY, asks: true, done: () => _("Declined") },
  defer: { key: "t", words: () => _("Put off"), from: EARLY, asks: true, quiet: true, done: () => _("Put off till later") },
  write: { key: "w", words: () => _("Answer in writing"), from: ["published", "queued", "on_air", ...OVER], asks: true, quiet: true, done: () => _("Answered in writing") },
  translate: { key: "l", words: () => _("Translate"), from: [...EARLY, "on_air", ...OVER], asks: true, quiet: true, done: () => _("Translated") },
};
export const TO = { publish: "published", screen: "screened", queue: "queued", air: "on_air", answered: "answered", merge: "merged", decline: "declined", defer: "deferred" };
const AFTER = ["answered", "decline", "write", "translate"]; // what a closed room still takes
export const closed = () => one("room", "room")?.state === "closed";

const possible = (name, question) => (!closed() || AFTER.includes(name)) && may(`question.${name}`) && ACTIONS[name].from.includes(question.state);

/** What a question's row offers: without what would publish it on the way. */
export const offered = (question) => Object.entries(ACTIONS).filter(([name]) => possible(name, question) && !(INBOX.includes(question.state) && ["queue", "air"].includes(name)));

export const state = (...states) => list("questions").filter((question) => states.includes(question.state));

const busy = new Map(); // question that an answer is awaited for → where it goes: a key pressed twice is pressed once, unless it is seen there

/** Does it, and goes on to the next question of the same list; to line up or to air a question publishes it first. */
export const act = (...given) => waitFor(steps(...given));
async function steps(action, question, facts = {}) {
  if (busy.has(question.id) && busy.get(question.id) !== question.state) return false;
  busy.set(question.id, TO[action]);
  const { form } = desk;
  mine(question.id);
  const rows = [...document.querySelectorAll("[data-question]")], row = rowOf(question.id), list = row?.closest("section");
  const beside = rows.filter((each) => each.closest("section") === list), place = beside.indexOf(row);
  const next = (beside[place + 1] ?? beside[place - 1])?.dataset.question ?? null;
  const focused = row?.contains(document.activeElement), before = action === "air" ? state("on_air")[0] : null;
  const first = INBOX.includes(question.state) && ["queue", "air"].includes(action);
  const back = () => restore(question, first ? 2 : 1, before, TO[action]);
  const words = _("{what}: “{text}”", { what: ACTIONS[action].done(), text: question.text });
  const published = !first || await command("question.publish", { question: question.id, was: question.state }, words, false);
  const was = first ? "published" : question.state;
  const done = published && await command(`question.${action}`, { question: question.id, ...(facts.was === null ? {} : { was }), ...(action === "air" && { on_air: before?.id ?? null }), ...facts }, words, back);
  mine(question.id);
  if (busy.get(question.id) === TO[action]) busy.delete(question.id);
  desk.chosen.delete(question.id);
  const there = rowOf(question.id), followed = there && there.closest("section") !== list && there.contains(document.activeElement);
  if (done && desk.selected === question.id && desk.form === form && !followed) select(next, focused); // else one has gone on with it where it is now
  return done;
}

/** Takes a question some steps back from where it `was`, and has the one that was on air before it return there. */
export async function restore(question, steps = 1, before = null, was = null) {
  mine(question.id);
  for (let step = 0; step < steps; step++) if (!await command("question.restore", { question: question.id, was: step ? null : was }, _("Undone."))) return;
  if (before) await command("question.restore", { question: before.id, was: "answered" }, _("Undone."));
  mine(question.id);
  if (!desk.form) select(question.id, true);
  else if (!writing()) rowOf(desk.selected)?.querySelector("form :is(input, textarea, select)")?.focus();
}

/** Does a step, or asks first what it needs. */
export const begin = (name, question) => ACTIONS[name].asks ? open(name, question.id) : act(name, question);

const chosen = (id) => id && one("questions", id) ? { id, ...one("questions", id) } : null;

/** Does what a letter stands for: with all that are chosen beside the selected one; X with what is on air, if anything is. */
export function press(key) {
  const name = Object.keys(ACTIONS).find((each) => ACTIONS[each].key === key), selected = chosen(desk.selected);
  const tick = selected && rowOf(selected.id)?.querySelector("[type=checkbox]");
  if (key === "c" && tick) { choose(selected.id); return true; }
  if (!name) return false;
  const many = (rowOf(selected?.id)?.closest("section") ?? document).querySelector(".bulk");
  if (many) {
    const button = many.querySelector(`[aria-keyshortcuts=${key}]`);
    if (button) button.click(); else note(_("That cannot be done with all that are chosen. Esc chooses none."));
    return true;
  }
  const question = key === "x" ? state("on_air")[0] ?? selected : selected;
  if (!question) note(_("No question is selected. J goes to the first."));
  else if (!possible(name, question)) note(_("That cannot be done with this question now."));
  else begin(name, question);
  return true;
}

/** What Enter does with the selected question: its filled button. */
export function first() {
  const question = chosen(desk.selected), [found] = question ? offered(question) : [];
  if (found) begin(found[0], question);
}
