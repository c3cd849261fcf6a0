// Declining, one question or many: with a reason from the list, or in words of one's own, which the asker reads.
import { html } from "../element.js";
import { _ } from "../texts.js";
import { keep, kept } from "./drafts.js";

export const REASONS = () => ({
  off_topic: _("Does not fit this session"),
  answered_already: _("Already answered"),
  unclear: _("Not clear what is asked"),
  no_time: _("No time left"),
  not_public: _("Not for the public"),
});

/** A reason as people read it: a code of the list, or what was typed. */
export const reasonOf = (question) => REASONS()[question.reason] ?? question.reason ?? "";

/** The form; `then` gets the reason. */
export function declining(key, then, cancel) {
  const typed = (event) => keep(`decline:${key}`, event.target.value);
  const submit = (event) => {
    event.preventDefault();
    const reason = event.currentTarget.elements.reason.value.trim();
    if (reason) then(reason);
  };
  return html`<form class="small" @submit=${submit} @keydown=${(event) => { if (event.key === "Escape") { event.stopPropagation(); cancel(); } }}>
    <p class="meta">${_("The asker reads the reason. Choose one, or write your own:")}</p>
    <p class="acts reasons">${Object.entries(REASONS()).map(([code, words]) => html`<button type="button" @click=${() => then(code)}>${words}</button>`)}</p>
    <label for="reason">${_("Reason in your own words")}</label>
    <input id="reason" name="reason" type="text" dir="auto" maxlength="500" autocomplete="off" .value=${kept(`decline:${key}`)} @input=${typed}>
    <p class="acts"><button class="first">${_("Decline")}</button><button class="plain" type="button" @click=${cancel}>${_("Cancel")}</button></p></form>`;
}
