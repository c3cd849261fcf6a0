// Several questions at once: chosen by tick, Shift and a click, C, or all that are listed; one after the other, with one reason.
import { send } from "../connection.js";
import { html, nothing } from "../element.js";
import { one } from "../store.js";
import { _, ngettext } from "../texts.js";
import { ACTIONS, closed, TO } from "./acts.js";
import { declining } from "./declining.js";
import { note, refuse, waitFor } from "./desk.js";
import { mine } from "./others.js";
import { desk, redraw } from "./selection.js";

const work = { verb: "", done: 0, of: 0, asking: null };
const BULK = ["publish", "screen", "queue", "decline"];
const DONE = (verb, number) => ({
  publish: ngettext("{num} question published.", "{num} questions published.", number),
  screen: ngettext("{num} question screened.", "{num} questions screened.", number),
  queue: ngettext("{num} question queued.", "{num} questions queued.", number),
  decline: ngettext("{num} question declined.", "{num} questions declined.", number),
}[verb]);

/** Gives one command after the other; what somebody else was faster with is left as it is, and counted. */
const treat = (...given) => waitFor(each(...given));
async function each(verb, ids, facts = {}) {
  Object.assign(work, { verb, done: 0, of: ids.length, asking: null });
  const done = [], was = new Map(ids.map((id) => [id, one("questions", id)?.state]));
  let refused = null;
  for (const id of ids) {
    mine(id);
    const { no } = await send(`question.${verb}`, { question: id, was: was.get(id), ...facts });
    mine(id);
    if (no) refused = no; else done.push(id);
    desk.chosen.delete(id);
    work.done++;
    redraw();
  }
  work.verb = "";
  const left = ids.length - done.length;
  const words = left ? `${DONE(verb, done.length)} ${ngettext("{num} was not:", "{num} were not:", left)} ${refused.text}` : DONE(verb, done.length);
  note(words, done.length ? () => back(done, TO[verb]) : null);
  redraw();
}

async function back(ids, was) {
  let refused = null;
  for (const id of ids) {
    mine(id);
    refused = (await send("question.restore", { question: id, was })).no ?? refused;
    mine(id);
  }
  if (refused) refuse(refused); else note(_("Undone."));
}

/** What stands above a list while some of it are chosen; `list` is the element. */
export function bulk(list, shown) {
  if (work.verb) return html`<div class="bulk" role="status"><p>${_("{done} of {of} done", { done: work.done, of: work.of })}</p><progress max=${work.of} value=${work.done}></progress></div>`;
  const here = shown.filter(({ id }) => !list.left(id)), chosen = here.filter(({ id }) => desk.chosen.has(id)), ids = chosen.map(({ id }) => id);
  if (!chosen.length) return nothing;
  const possible = closed() ? ["decline"] : BULK.filter((verb) => chosen.every(({ state }) => ACTIONS[verb].from.includes(state)) && !(verb === "queue" && list.states.includes("submitted")));
  const each = (on) => () => {
    for (const { id } of here) if (on) desk.chosen.add(id); else desk.chosen.delete(id);
    redraw();
  };
  const press = (verb) => () => {
    if (verb !== "decline") { treat(verb, ids); return; }
    work.asking = list;
    redraw();
    list.querySelector(".bulk #reason")?.focus();
  };
  return html`<div class="bulk" role="group" aria-label=${_("Chosen questions")}>
    <p class="acts"><strong>${ngettext("{num} chosen", "{num} chosen", chosen.length)}</strong>
    ${chosen.length < here.length ? html`<button class="plain" type="button" @click=${each(true)}>${ngettext("All {num} shown", "All {num} shown", here.length)}</button>` : nothing}<button class="plain" type="button" @click=${each(false)}>${_("None")}</button></p>
    ${work.asking === list ? declining("bulk", (reason) => treat("decline", ids, { reason }), () => { work.asking = null; redraw(); }) : html`<p class="acts">${possible.map((verb, number) => html`<button class=${number ? "" : "first"} type="button" aria-keyshortcuts=${ACTIONS[verb].key} @click=${press(verb)}>${ACTIONS[verb].words()} <kbd>${ACTIONS[verb].key.toUpperCase()}</kbd></button>`)}</p>`}</div>`;
}
