// Another moderator's hand: a question that leaves a list by it stays in its place for some seconds and says what became of
// it, longer where it is selected. So nobody's place is lost, and no key meets a question that has slipped into it.
import { all, watch } from "../store.js";
import { _ } from "../texts.js";
import { desk, redraw } from "./selection.js";

const SHOWN = 8_000; // ms that it stays
const OWN = 5_000; // ms within which what happens to a question is our own doing
const LISTED = { submitted: "inbox", screened: "inbox", published: "published", queued: "queue" };
const before = new Map(); // id → {state, order} as last seen
const own = new Map(); // id → since when
export const moved = new Map(); // id → {state, order} that it had in the list it left

/** Takes note that what will now happen to a question is done here. */
export const mine = (id) => own.set(id, Date.now());

watch(["questions"], () => {
  const first = !before.size;
  for (const [id, { state, order }] of Object.entries(all("questions"))) {
    const was = before.get(id);
    before.set(id, { state, order });
    if (first || !was || was.state === state) continue;
    const here = Date.now() - (own.get(id) ?? 0) < OWN;
    if (here || !LISTED[was.state] || LISTED[was.state] === LISTED[state]) { forget(id); continue; }
    moved.set(id, was);
    if (desk.selected === id) desk.held = true;
    setTimeout(fade, SHOWN, id);
  }
});

function forget(id) {
  moved.delete(id);
  if (desk.selected === id) desk.held = false;
}

function fade(id) {
  if (desk.selected === id && desk.held) { setTimeout(fade, SHOWN, id); return; }
  forget(id);
  redraw();
}

/** What became of it, by somebody else. */
export const became = (state) => ({
  submitted: _("Taken back to be screened by somebody else just now"),
  screened: _("Screened by somebody else just now"),
  published: _("Published by somebody else just now"),
  queued: _("Put in the queue by somebody else just now"),
  on_air: _("Put on air by somebody else just now"),
  answered: _("Answered just now"),
  answered_in_writing: _("Answered in writing just now"),
  deferred: _("Put off by somebody else just now"),
  declined: _("Declined by somebody else just now"),
  merged: _("Merged with another question by somebody else just now"),
  withdrawn: _("Withdrawn by its asker just now"),
}[state] ?? "");
