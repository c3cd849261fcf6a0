// Where a question, an item or a hand stands, in words: what a moderator reads who came second.
import { list, one } from "../store.js";
import { _, pick } from "../texts.js";

const QUESTIONS = () => ({
  submitted: _("It waits to be screened."),
  screened: _("It is screened and not published yet."),
  published: _("It is published."),
  queued: _("It is in the queue."),
  on_air: _("It is on air."),
  answered: _("It is answered."),
  answered_in_writing: _("It is answered in writing."),
  deferred: _("It is put off to another time."),
  declined: _("It is declined."),
  merged: _("It is merged with another question."),
  withdrawn: _("Its asker has withdrawn it."),
});
const ITEMS = () => ({ waiting: _("It waits."), running: _("It runs now."), done: _("It is done."), skipped: _("It was skipped.") });

/** What is so now of whatever a command was about; nothing where that is not known. */
export function standing({ question, item, person, on_air: seen }) {
  const onAir = seen !== undefined && list("questions").find(({ id, state }) => state === "on_air" && id !== seen && id !== question);
  if (onAir) return `“${onAir.text}”: ${QUESTIONS().on_air}`;
  const asked = question && one("questions", question), planned = item && one("agenda", item), hand = person && one("hands", person);
  if (asked) return QUESTIONS()[asked.state] ?? "";
  if (planned) return `“${pick(planned.titles).text}”: ${ITEMS()[planned.state] ?? ""}`;
  if (person) return hand?.state === "called" ? _("{name} has the floor.", { name: hand.by.name }) : hand ? "" : _("This hand is down.");
  return "";
}
