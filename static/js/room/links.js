// Links within what people write: https alone, and only what can be read as what it is. Everything else stays text.
import { html } from "../../vendor/lit-html/lit-html.js";

const ADDRESS = /https:\/\/[^\s<>"'“”„«»]+/g;
const AFTER = /[.,;:!?)\]}…،؛؟]+$/; // ends a sentence, not an address
const TURNING = /[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/; // what shows an address as another

function safe(address) {
  if (TURNING.test(address) || !URL.canParse(address)) return false;
  const { protocol, hostname, username, password } = new URL(address);
  return protocol === "https:" && hostname.includes(".") && !username && !password;
}

/** A text in pieces, its links as links that tell the other side nothing of us. */
export function linked(text) {
  const pieces = [];
  let end = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const address = found[0].replace(AFTER, "");
    if (!safe(address)) continue;
    pieces.push(text.slice(end, found.index), html`<a href=${address} dir="ltr" target="_blank" rel="noopener noreferrer nofollow">${address}</a>`);
    end = found.index + address.length;
  }
  return [...pieces, text.slice(end)];
}
