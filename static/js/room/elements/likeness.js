// Which questions are likely the same: those that share their words. A suggestion, nothing more.
import { all } from "../store.js";

const OPEN = ["submitted", "screened", "published", "queued", "on_air"];
const LIKELY = .5; // share of the shorter one's words that both have
const SHORT = 3; // letters of a word that says little
const known = new WeakMap();

/** The words of a question, read in each of its languages. */
function words(question) {
  if (!known.has(question)) {
    const texts = [question.text, ...Object.values(question.translations ?? {}).map(({ text }) => text)];
    known.set(question, new Set(texts.join(" ").toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((word) => word.length > SHORT)));
  }
  return known.get(question);
}

function likeness(a, b) {
  const [few, many] = [words(a), words(b)].sort((x, y) => x.size - y.size);
  let shared = 0;
  for (const word of few) if (many.has(word)) shared++;
  return shared < 2 ? 0 : shared / few.size;
}

/** The open questions that a question could be united with, as [id, item, likely], the likeliest first, then by age. */
export function candidates(id) {
  const own = all("questions")[id];
  return own ? Object.entries(all("questions")).filter(([other, { state }]) => other !== id && OPEN.includes(state))
    .map(([other, item]) => [other, item, likeness(own, item)])
    .sort(([, a, x], [, b, y]) => y - x || (a.asked_at < b.asked_at ? -1 : 1))
    .map(([other, item, like]) => [other, item, like >= LIKELY]) : [];
}

/** The likeliest of them, if one is likely. */
export function twin(id) {
  const [first] = candidates(id);
  return first?.[2] ? { id: first[0], ...first[1] } : null;
}
