// The word list in the booth: found by any of its languages while one types; a new term is one line.
import { html, Live, nothing, writing } from "../element.js";
import { one } from "../store.js";
import { _, languageName, ngettext } from "../texts.js";

const SHOWN = 60; // terms; more is scrolled past
const AGE = 60_000; // ms after which it is fetched again when it is opened
const { room, language: booth } = document.body.dataset;
const page = `/rooms/${room}/words`;

/** A word as it is compared: without case and accents. */
const alike = (word) => word.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

customElements.define("word-list", class extends Live {
  static watches = ["room"];
  found = null; // what the server has
  at = 0;
  asked = "";
  said = "";
  connectedCallback() {
    super.connectedCallback();
    this.draw();
    this.opened();
  }
  /** It is opened, for the first time or again: the search is at hand, and others may have changed the list. */
  async opened() {
    this.querySelector("input")?.focus();
    if (Date.now() - this.at > AGE) await this.load();
  }
  async load() {
    this.at = Date.now();
    const answer = await fetch(`/api${page}`).catch(() => null);
    if (answer?.ok) Object.assign(this, { found: await answer.json(), said: "" });
    else Object.assign(this, { at: 0, said: _("The word list cannot be had just now.") });
    this.draw();
  }
  /** What one listens to, then what one speaks; for captioners all that there is. */
  pair() {
    const floor = one("room", "room")?.floor, every = this.found.languages;
    if (!booth) return every;
    return [floor !== booth && every.includes(floor) ? floor : every.find((tag) => tag !== booth), booth].filter(Boolean);
  }
  view() {
    const search = html`<label class="hidden" for="word">${_("Search in all languages")}</label><input id="word" type="text" autocomplete="off" dir="auto" placeholder=${_("Search in all languages")} @input=${({ target }) => this.search(target.value)} @keydown=${(event) => event.key === "Escape" && this.clear(event.target)}>`;
    if (!this.found) return html`${search}<p class="meta" role="status">${this.said || _("One moment …")}</p>`;
    const pair = this.pair(), asked = alike(this.asked), terms = this.found.terms.filter(({ words }) => Object.values(words).some((word) => alike(word).includes(asked)));
    return html`${search}
      <p class="meta" role="status">${this.said || (this.asked ? ngettext("{num} term", "{num} terms", terms.length) : nothing)}</p>
      ${terms.length ? html`<ul class="words">${terms.slice(0, SHOWN).map(({ words }) => this.row(words, pair))}</ul>` : this.asked ? nothing : html`<p class="empty">${_("The list is empty.")}</p>`}
      ${terms.length > SHOWN ? html`<p class="meta">${ngettext("{num} more term: please search.", "{num} more terms: please search.", terms.length - SHOWN)}</p>` : nothing}
      ${this.found.changes ? this.adding(pair) : nothing}
      <p class="meta"><a href=${page} target="_blank">${this.found.changes ? _("Change the list, paste one in") : _("The whole list")}<span class="hidden"> ${_("opens beside this page")}</span></a></p>`;
  }
  row(words, pair) {
    const [from, ...to] = pair.filter((tag) => words[tag]), others = Object.keys(words).filter((tag) => !pair.includes(tag));
    const word = (tag, kind = nothing) => tag ? html`<span lang=${tag} dir="auto" class=${kind}>${words[tag]}</span>` : nothing;
    return html`<li>${word(from)} ${to.map((tag) => word(tag, "name"))} ${others.map((tag) => html`<span class="meta">${languageName(tag)}: ${word(tag)}</span>`)}</li>`;
  }
  adding(pair) {
    return html`<details class="new"><summary>${_("Add a term")}</summary><form @submit=${(event) => this.add(event)}>
      ${pair.map((tag) => html`<label>${languageName(tag)} <input name="word.${tag}" type="text" maxlength="200" lang=${tag} dir="auto" autocomplete="off"></label>`)}<button>${_("Add")}</button></form></details>`;
  }
  async add(event) {
    event.preventDefault();
    const form = event.target, body = new URLSearchParams(new FormData(form));
    if (![...body.values()].some((word) => word.trim())) return;
    body.set("do", "term");
    const answer = await fetch(page, { method: "POST", body }).catch(() => null);
    if (answer?.ok) {
      const inputs = [...form.querySelectorAll("input")];
      for (const input of inputs) if (input.value === body.get(input.name)) input.value = ""; // else it is of the next term
      if (!writing(form) && !inputs.some(({ value }) => value)) inputs[0].focus();
      await this.load();
    }
    this.said = answer?.ok ? _("Added.") : _("Not added. Please try again.");
    this.draw();
  }
  search(text) {
    this.asked = text.trim();
    this.said = "";
    this.draw();
  }
  clear(input) {
    input.value = "";
    this.search("");
  }
});
