// The words of the scripts, in the page's language. English is the source; the catalog is JSON in the page.
const catalog = JSON.parse(document.getElementById("texts")?.textContent || "{}");
export const language = document.documentElement.lang || "en";
const plurals = new Intl.PluralRules(language);
const forms = { ar: ["zero", "one", "two", "few", "many", "other"] }[language] ?? ["one", "other"];

const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (whole, name) => facts[name] ?? whole);

/** A sentence in the page's language, with {facts} filled in. */
export function _(text, facts = {}) {
  return fill(catalog[text] || text, facts);
}

/** A sentence that counts: one form per plural category of the language; {num} is the count. */
export function ngettext(one, many, count) {
  const known = catalog[one];
  const form = Array.isArray(known) ? known[forms.indexOf(plurals.select(count))] : null;
  return fill(form || (count === 1 ? one : many), { num: count });
}

/** The text of an item in the page's language, else English, else what there is; with its language tag. */
export function pick(texts) {
  const tag = [language, "en", ...Object.keys(texts ?? {})].find((each) => texts?.[each]);
  return { text: texts?.[tag] ?? "", lang: tag === "und" ? "" : tag };
}

const names = new Intl.DisplayNames([language], { type: "language" });

const RIGHT_TO_LEFT = ["ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"];

/** The direction in which a language is written. */
export const direction = (tag) => RIGHT_TO_LEFT.includes(tag.split("-")[0]) ? "rtl" : "ltr";

const RTL_LETTER = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** The direction of a text that people typed: as it begins, but an Arabic sentence that begins with a Latin name stays Arabic. */
export const directionOf = (text, tag) => direction(tag ?? "") === "rtl" && RTL_LETTER.test(text) ? "rtl" : "auto";

/** A language's name in the page's language; the tag itself where the browser has none. */
export function languageName(tag) {
  try { return names.of(tag); } catch { return tag; }
}

/** A language's name in that language, as it begins an entry of a list; in the page's where the browser has none. */
export function ownName(tag) {
  try {
    const [first, ...rest] = new Intl.DisplayNames([tag, language], { type: "language" }).of(tag);
    return first.toLocaleUpperCase(tag) + rest.join("");
  } catch { return tag; }
}
