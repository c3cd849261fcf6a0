// The published questions: found, put in order, voted for. Rows are drawn one by one, each only when its own items change,
// and only moved when their place does: a vote among a thousand costs one row.
import { render } from "../../../vendor/lit-html/lit-html.js";
import { html, nothing } from "../element.js";
import { arrange, folded, holds, ORDERS, placed, searched } from "../finding.js";
import { votes } from "../reading.js";
import { all, one, watch } from "../store.js";
import { _, ngettext } from "../texts.js";
import { row } from "./question-row.js";

const listed = ["published", "queued", "answered", "answered_in_writing", "deferred"];

const FEW = 6; // questions that need no search
const AT_ONCE = 60, STEP = 100, MOST = 1000; // rows drawn in the first frame, in each later one, and without being asked for more

customElements.define("question-list", class extends HTMLElement {
  rows = new Map();
  order = []; // all that are listed
  words = [];
  sort = sessionStorage.getItem("sort") in ORDERS ? sessionStorage.getItem("sort") : "votes";
  most = MOST;
  drawn = AT_ONCE;

  connectedCallback() {
    this.stop = watch(["questions", "scores", "mine", "you", "contributions", "agenda"], (changed) => this.take(changed));
  }
  disconnectedCallback() {
    this.stop();
    clearTimeout(this.later);
  }

  /** Which rows a change concerns: those whose item, votes, or own vote it names. */
  take(changed) {
    const ids = new Set(), add = (some) => { for (const id of some ?? [...Object.keys(all("questions")), ...this.rows.keys()]) ids.add(id); };
    if (changed.has("questions")) add(changed.get("questions"));
    if (changed.has("scores")) add(changed.get("scores"));
    if (["you", "contributions", "agenda"].some((each) => changed.get(each) === null)) add(null);
    const voted = new Set(one("mine", "votes") ?? []), own = new Set(Object.keys(one("mine", "questions") ?? {}));
    add([...voted.symmetricDifference(this.voted ?? new Set()), ...own.symmetricDifference(this.own ?? new Set())]);
    Object.assign(this, { voted, own });
    const touched = new Set();
    for (const id of ids) this.renew(id, touched);
    if (!touched.size && this.order.length) return;
    this.order = placed(this.order, touched, ORDERS[this.sort]);
    this.place(touched);
  }

  /** Takes over what there is now of one question. */
  renew(id, touched) {
    const item = one("questions", id), known = this.rows.get(id);
    if (!item || !listed.includes(item.state)) {
      if (known) { known.listed = false; touched.add(known); this.rows.delete(id); }
      return;
    }
    const kept = known ?? { id, li: null, listed: true };
    if (kept.item !== item) kept.folded = null;
    Object.assign(kept, { item, votes: votes(id), voted: this.voted.has(id), own: this.own.has(id), stale: true });
    this.rows.set(id, kept);
    touched.add(kept);
  }

  /** Draws the rows that are to be seen and are not as they are drawn, and puts them in their places. */
  place(moved) {
    if (!this.ol) this.build();
    const found = this.words.length ? this.order.filter((each) => holds(each.folded ??= searched(each.item), this.words)) : this.order;
    const shown = found.slice(0, Math.min(this.drawn, this.most));
    for (const each of shown) {
      if (!each.stale && each.li) continue;
      each.li ??= document.createElement("li");
      each.stale = false;
      row(each);
    }
    arrange(this.ol, shown, moved);
    this.frame(found.length, shown.length);
    if (shown.length === this.drawn && this.drawn < this.most) this.grow();
  }
  grow() {
    clearTimeout(this.later);
    this.later = setTimeout(() => { this.drawn += STEP; this.place(new Set()); });
  }
  build() {
    this.replaceChildren(...["div", "ol", "div"].map((name) => document.createElement(name)));
    [this.head, this.ol, this.foot] = this.children;
  }

  /** What stands around the rows: search, order, how many, more. */
  frame(found, shown) {
    const number = this.order.length, count = document.getElementById("question-count"), more = shown === this.most ? found - shown : 0;
    if (count && count.textContent !== String(number)) count.textContent = number;
    const aired = !number && Object.values(all("questions")).some(({ state }) => state === "on_air"), key = [number >= FEW, found, this.words, more, aired].join();
    if (this.key === key) return;
    this.key = key;
    render(number < FEW && !this.words.length ? nothing : html`<div class="finding" role="search">
      <input type="search" id="find" dir="auto" aria-label=${_("Search the questions")} placeholder=${_("Search")} autocomplete="off" @input=${(event) => this.find(event.target.value)}>
      <select aria-label=${_("Order")} @change=${(event) => this.sortBy(event.target.value)}>${Object.entries({ votes: _("Most votes"), newest: _("Newest"), oldest: _("Oldest"), mine: _("My language first") }).map(([name, words]) => html`<option value=${name} ?selected=${name === this.sort}>${words}</option>`)}</select>
      <p class="meta" role="status">${this.words.length ? (found ? ngettext("{num} question found", "{num} questions found", found) : _("Nothing found. Try fewer or other words.")) : nothing}</p></div>`, this.head);
    render(number ? more > 0 ? html`<p class="more-rows"><button type="button" @click=${() => this.enlarge()}>${_("Show more")}</button> <span class="meta">${ngettext("{num} question is not shown yet.", "{num} questions are not shown yet.", more)}</span></p>` : nothing
      : aired ? nothing : html`<p class="empty">${_("No question yet. Ask in your language.")}</p>`, this.foot);
  }
  find(text) {
    this.words = folded(text).split(/\s+/).filter(Boolean);
    this.restart();
  }
  sortBy(name) {
    this.sort = name;
    sessionStorage.setItem("sort", name);
    this.order.sort(ORDERS[name]);
    this.ol.replaceChildren(); // else they would be moved one by one
    this.restart();
  }
  restart() {
    Object.assign(this, { drawn: AT_ONCE, most: MOST });
    cancelAnimationFrame(this.soon);
    this.soon = requestAnimationFrame(() => this.place(new Set()));
  }
  enlarge() {
    this.most += MOST;
    this.place(new Set());
  }
});
