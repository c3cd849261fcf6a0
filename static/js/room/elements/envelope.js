// What a question carries besides its text: whom it is for, its language, whether it stands there without a name.
import { html, nothing } from "../element.js";
import { list, one } from "../store.js";
import { _, language, languageName, pick } from "../texts.js";
import { inOrder } from "./agenda.js";

const ARABIC = /\p{Script=Arabic}/gu, LETTERS = /\p{L}/gu, ARABIC_TAGS = ["ar", "fa", "ps", "ur"];

/** The language of a text: the chosen one; while nobody has chosen, Arabic where the letters say so. */
export function tongue({ text = "", language: chosen, by_hand: byHand }, room) {
  if (byHand && chosen) return chosen;
  const arabic = (text.match(ARABIC)?.length ?? 0) * 2 > (text.match(LETTERS)?.length ?? 0);
  if (!arabic) return language === "ar" && /\p{Script=Latin}{3}/u.test(text) ? room.languages.find((tag) => !ARABIC_TAGS.includes(tag)) ?? "en" : language;
  return ARABIC_TAGS.includes(language) ? language : "ar";
}

const titled = ({ titles }) => pick(titles).text;
const short = (text) => text.length > 60 ? `${text.slice(0, 58)}…` : text;

/** Who can be asked: experts whose turn is not long over by name, parts of the agenda by title. */
function whom() {
  const slots = list("contributions").filter(({ state }) => !["declined", "no_show"].includes(state)).sort((a, b) => a.order - b.order);
  const items = inOrder().filter(({ kind, state, contribution }) => !contribution && kind !== "break" && state !== "skipped");
  return [...slots.map((slot) => [slot.id, _("{name}: {title}", { name: slot.expert.name, title: short(titled(slot)) })]), ...items.map((item) => [item.id, short(titled(item))])];
}

/** The fields beneath the box, as they were left. */
export function envelope(kept, room) {
  const spoken = [...new Set([kept.language, language, ...room.languages, ...navigator.languages.map((tag) => tag.split("-")[0]), "en", "ar", "de", "es", "fr", "pt", "ru"])].filter(Boolean);
  const chosen = tongue(kept, room), choices = whom(), to = choices.some(([id]) => id === kept.to) ? kept.to : "";
  return html`${choices.length ? html`<label class="option"><span>${_("To")}</span> <select name="to"><option value="" .selected=${!to}>${_("Everybody in the room")}</option>${choices.map(([id, words]) => html`<option value=${id} .selected=${id === to}>${words}</option>`)}</select></label>` : nothing}
    <label class="option"><span>${_("Language")}</span> <select name="language">${spoken.map((tag) => html`<option value=${tag} .selected=${tag === chosen}>${languageName(tag)}</option>`)}</select></label>
    <label class="option unnamed"><input type="checkbox" name="anonymous" .checked=${kept.anonymous ?? false}> <span>${_("without my name")} <span class="meta">${one("room", "room").anonymous === "everybody" ? _("nobody sees it, moderators neither") : _("only moderators see it")}</span></span></label>`;
}
