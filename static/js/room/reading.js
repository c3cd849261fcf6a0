// A question as its reader sees it: in their own language where somebody has approved a translation, and always as it was asked.
import { html, nothing } from "./element.js";
import { one } from "./store.js";
import { _, directionOf, language, languageName, pick } from "./texts.js";

const LONG = 420; // characters: what is longer is folded

const base = (tag) => tag.split("-")[0];

/** A name or a title within a sentence, whatever its direction is. */
const apart = (text) => `\u2068${text}\u2069`;

/** The text in the reader's language, or another: {text, lang, origin}; `origin` says whose translation it is, null for the original. */
export function reading({ text, language: asked, translations }, into = language) {
  const own = base(asked) === base(into) ? null : Object.keys(translations ?? {}).find((tag) => base(tag) === base(into) && translations[tag].state === "approved");
  if (!own) return { text: text ?? "", lang: asked, origin: null };
  const { text: words, by, source } = translations[own];
  return { text: words, lang: own, origin: source === "machine" ? _("machine translation, approved") : by?.name ? _("translated by {name}", { name: apart(by.name) }) : _("translated") };
}

/** A text of any length; a long one shows its first lines and a button for the rest. */
export function passage(text, lang) {
  const whole = html`<span class="text" lang=${lang} dir=${directionOf(text, lang)}>${text}</span>`;
  if (text.length <= LONG && text.split("\n").length <= 8) return whole;
  return html`<span class="folds">${whole}<button class="plain" type="button" aria-expanded="false" @click=${unfold}>${_("Read all of it")}</button></span>`;
}

function unfold({ currentTarget }) {
  const open = currentTarget.parentElement.classList.toggle("open");
  currentTarget.setAttribute("aria-expanded", open);
  currentTarget.textContent = open ? _("Show less") : _("Read all of it");
}

/** The original beneath a translation, one tap away. */
export const original = ({ text, language: asked }) => html`<details class="original"><summary>${_("Original, {language}", { language: languageName(asked) })}</summary><p>${passage(text ?? "", asked)}</p></details>`;

export const votes = (id) => one("scores", id)?.votes ?? 0;

/** Who asked, for everybody's eyes: a moderator's screen is often the one on the wall. */
export const asker = (question) => question.by && !question.anonymous ? html`<bdi>${question.by.name}</bdi>` : _("Without a name");

/** Whom a question is for, in words: an expert or a part of the agenda; empty for the room. */
export function addressee(id) {
  const slot = id && one("contributions", id), item = id && one("agenda", id);
  return slot ? _("To {name}", { name: apart(slot.expert.name) }) : item ? _("On {title}", { title: apart(pick(item.titles).text) }) : "";
}

/** A written answer. */
export const written = (answer) => answer ? html`<div class="answer"><p class="meta">${_("Answer in writing")}${answer.by?.name ? html`${_(", ")}<bdi>${answer.by.name}</bdi>` : nothing}</p><p>${passage(answer.text ?? "", answer.language)}</p></div>` : nothing;
