// The form that is open beneath a question.
import { html, nothing } from "../element.js";
import { act } from "./acts.js";
import { declining } from "./declining.js";
import { deferring } from "./deferring.js";
import { open } from "./selection.js";

export const formOf = (name, question) => ({
  merge: () => import("./merging.js") && html`<merge-choice data-of=${question.id}></merge-choice>`,
  decline: () => declining(question.id, (reason) => act("decline", question, { reason }), () => open("")),
  defer: () => deferring(question),
  write: () => import("./answering.js") && html`<question-answer data-of=${question.id}></question-answer>`,
  translate: () => import("./translating.js") && html`<question-translation data-of=${question.id}></question-translation>`,
}[name]?.() ?? nothing);
