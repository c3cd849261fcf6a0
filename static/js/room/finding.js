// Finding one's way in many questions: what is searched of them, the orders, and places that are kept, not sorted anew.
import { language } from "./texts.js";

const ALONE = { ß: "ss", ı: "i", ø: "o", ł: "l", đ: "d", æ: "ae", œ: "oe", ى: "ي", ة: "ه", ـ: "" }; // letters that do not fall into a base and its marks

/** A text without what people leave out when they search: case, accents, vowel signs, the forms of one letter. */
export const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[ßıøłđæœىةـ]/g, (letter) => ALONE[letter]);

/** What is searched of a question: its text, its translations, its answer, who asked. */
export const searched = ({ text, translations, answer, by }) => folded([text, ...Object.values(translations ?? {}).map((each) => each.text), answer?.text, by?.name].filter(Boolean).join("\n"));

/** Whether a folded text has all the words. */
export const holds = (text, words) => words.every((word) => text.includes(word));

const over = ({ item }) => ["answered", "answered_in_writing", "deferred"].includes(item.state);
const earlier = (a, b) => a.item.asked_at < b.item.asked_at ? -1 : a.item.asked_at > b.item.asked_at ? 1 : a.id < b.id ? -1 : 1;
const byVotes = (a, b) => over(a) - over(b) || b.votes - a.votes || earlier(a, b);
const base = (tag) => tag.split("-")[0];
const mine = ({ item }) => base(item.language) === language || Object.keys(item.translations ?? {}).some((tag) => base(tag) === language);

/** Orders of rows {id, item, votes}: which of two stands before the other. */
export const ORDERS = {
  votes: byVotes,
  newest: (a, b) => earlier(b, a),
  oldest: earlier,
  mine: (a, b) => mine(b) - mine(a) || byVotes(a, b),
};

/** An order with the changed rows at their new places; those that are no longer `listed` are out. Others are not compared with each other. */
export function placed(rows, changed, before) {
  const coming = [...changed].filter((row) => row.listed).sort(before), result = [];
  let next = 0;
  for (const row of rows) {
    if (changed.has(row)) continue;
    while (next < coming.length && before(coming[next], row) < 0) result.push(coming[next++]);
    result.push(row);
  }
  return result.concat(coming.slice(next));
}

/** Brings the children of an element into an order, moving none but the rows that may have moved. */
export function arrange(parent, rows, moved) {
  const stay = new Set(rows.map(({ li }) => li)), may = new Set([...moved].map(({ li }) => li));
  for (const li of [...parent.children]) if (!stay.has(li)) li.remove();
  let at = parent.firstElementChild;
  for (const { li } of rows) {
    while (at && at !== li && may.has(at)) at = at.nextElementSibling;
    if (at === li) at = at.nextElementSibling;
    else if (li.isConnected && parent.moveBefore) parent.moveBefore(li, at); // keeps the focus and what is open
    else parent.insertBefore(li, at);
  }
}
