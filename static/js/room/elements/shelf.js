// The decks of the session, as soon as they are handed in: to be read before their expert is on air.
import { html, Live, nothing } from "../element.js";
import { list } from "../store.js";
import { _ } from "../texts.js";

customElements.define("deck-shelf", class extends Live {
  static watches = ["contributions"];
  chosen = ""; // a contribution; none yet: whoever is on air
  page = 1;
  connectedCallback() {
    super.connectedCallback();
    this.draw();
  }
  view() {
    const decks = list("contributions").filter(({ presentation, pages }) => presentation && pages).sort((a, b) => a.order - b.order);
    if (!decks.length) return html`<p class="empty">${_("No slides have been handed in yet.")}</p>`;
    const deck = decks.find(({ id }) => id === this.chosen) ?? decks.find(({ state }) => state === "on_air") ?? decks[0];
    const page = Math.min(this.page, deck.pages), base = `/presentations/${encodeURIComponent(deck.presentation)}`, address = `${base}/pages/${page}`;
    return html`
      <label>${_("Slides of")} <select @change=${({ target }) => this.turn(target.value, 1)}>${decks.map(({ id, expert }) => html`<option value=${id} ?selected=${id === deck.id}>${expert.name}</option>`)}</select></label>
      <figure><img src="${address}.webp?w=480" srcset="${address}.webp?w=480 480w, ${address}.webp?w=1920 1920w" sizes="(width >= 60rem) 50vw, 100vw" alt=${_("Page {page} of {pages}", { page, pages: deck.pages })}></figure>
      <p class="acts"><button type="button" ?disabled=${page <= 1} @click=${() => this.turn(deck.id, page - 1)}>${_("Back")}</button>
        <span role="status">${_("Page {page} of {pages}", { page, pages: deck.pages })}</span>
        <button type="button" ?disabled=${page >= deck.pages} @click=${() => this.turn(deck.id, page + 1)}>${_("Next page")}</button>
        <a href="${address}.txt" target="_blank">${_("Text of the page")}<span class="hidden"> ${_("opens beside this page")}</span></a></p>`;
  }
  turn(deck, page) {
    Object.assign(this, { chosen: deck, page });
    this.draw();
  }
});
