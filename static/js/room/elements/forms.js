// The form that is open beneath a question.
import { html, nothing } from "../element.js";
import { act } from "./acts.js";
import { declining } from "./declining.js";
import { deferring } from "./deferring.js";
import { load } from "./desk.js";
import { desk, open } from "./selection.js";

/** A form that does not come is closed again. */
const loaded = async (form, name) => await load(form) || desk.form !== name || open("");

export const formOf = (name, question) => ({
  merge: () => loaded(import("./merging.js"), name) && html`<merge-choice data-of=${question.id}></merge-choice>`,
  decline: () => declining(question.id, (reason) => act("decline", question, { reason }), () => open("")),
  defer: () => deferring(question),
  write: () => loaded(import("./answering.js"), name) && html`<question-answer data-of=${question.id}></question-answer>`,
  translate: () => loaded(import("./translating.js"), name) && html`<question-translation data-of=${question.id}></question-translation>`,
}[name]?.() ?? nothing);
