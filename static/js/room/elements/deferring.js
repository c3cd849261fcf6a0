// Putting a question off: to a later session of the series, or to a follow-up of this exchange. The page knows which there are.
import { html } from "../element.js";
import { _, language, pick } from "../texts.js";
import { act } from "./acts.js";
import { open } from "./selection.js";

const places = JSON.parse(document.getElementById("places")?.textContent || "[]"); // [{kind, to, titles, when}]
const dayFormat = new Intl.DateTimeFormat(`${language === "en" ? "en-GB" : language}-u-nu-latn-hc-h23`, { dateStyle: "medium", timeStyle: "short" });
const monthFormat = new Intl.DateTimeFormat(`${language}-u-nu-latn`, { year: "numeric", month: "long", timeZone: "UTC" });
const when = (place) => (place.kind === "session" ? dayFormat : monthFormat).format(new Date(place.when));

/** The name of a room or a follow-up that a question was put off to. */
export const placeName = (to) => pick(places.find((place) => place.to === (to?.room ?? to?.follow_up ?? to))?.titles).text;

export function deferring(question) {
  const escape = (event) => { if (event.key === "Escape") { event.stopPropagation(); open(""); } };
  const submit = (event) => {
    event.preventDefault();
    act("defer", question, { to: new FormData(event.currentTarget).get("to") });
  };
  const group = (kind, label) => {
    const found = places.filter((place) => place.kind === kind);
    return found.length ? html`<optgroup label=${label}>${found.map((place) => html`<option value=${place.to}>${when(place)}${_(", ")}${pick(place.titles).text}</option>`)}</optgroup>` : "";
  };
  if (!places.length) return html`<p class="empty">${_("No later session and no follow-up is planned to which it could be put off.")}</p><p class="acts"><button class="plain" type="button" @click=${() => open("")}>${_("Cancel")}</button></p>`;
  return html`<form class="small" @submit=${submit} @keydown=${escape}>
    <label>${_("To which session or follow-up?")}<select name="to">${group("session", _("Later sessions"))}${group("follow-up", _("Follow-ups"))}</select></label>
    <p class="meta">${_("It appears there, screened already, with its asker. The asker is told.")}</p>
    <p class="acts"><button class="first">${_("Put off")}</button><button class="plain" type="button" @click=${() => open("")}>${_("Cancel")}</button></p></form>`;
}
