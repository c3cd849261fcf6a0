// Looking at handed-in slides: all pages small, then accepted, or returned with a note that the expert reads.
import { html, Live, nothing } from "../element.js";
import { one } from "../store.js";
import { _, ngettext, pick } from "../texts.js";
import { command } from "./desk.js";

let chosen = null, returning = false;

/** Opens the pages of a contribution. */
export function review(id) {
  chosen = id;
  returning = false;
  const element = document.querySelector("slide-review");
  element.draw();
  const dialog = element.querySelector("dialog");
  if (!dialog.open) dialog.showModal();
}

customElements.define("slide-review", class extends Live {
  static watches = ["contributions"];
  connectedCallback() {
    super.connectedCallback();
    this.draw();
  }
  view() {
    const slot = chosen && one("contributions", chosen);
    return html`<dialog class="review" aria-labelledby="review-title" @close=${() => { chosen = null; this.draw(); }}>${slot?.presentation ? this.pages(slot) : nothing}</dialog>`;
  }
  pages({ titles, expert, presentation, pages, material, note }) {
    const { text, lang } = pick(titles), at = (n, width) => `/presentations/${presentation}/pages/${n}.webp?w=${width}`;
    return html`<h2 id="review-title" lang=${lang || nothing} dir="auto">${text}</h2>
      <p class="facts meta"><bdi>${expert.name}</bdi><span>${ngettext("{num} page", "{num} pages", pages)}</span><a href="/presentations/${presentation}/original">${_("Download")}</a></p>
      ${note ? html`<p class="attention" dir="auto">${note}</p>` : nothing}
      <ol class="pages">${Array.from({ length: pages }, (_page, n) => html`<li><a href=${at(n + 1, 1920)} target="_blank"><img src=${at(n + 1, 480)} alt=${_("Page {page}", { page: n + 1 })} width="480" height="270" loading="lazy"></a></li>`)}</ol>
      ${returning ? this.note(presentation) : html`<p class="acts">
        ${material === "accepted" ? html`<span class="good">${_("Slides accepted")}</span>` : html`<button class="first" type="button" @click=${() => this.accept(presentation)}>${material === "needs_changes" ? _("Accept after all") : _("Accept")}</button>`}
        ${material === "needs_changes" ? nothing : html`<button type="button" @click=${() => this.ask()}>${_("Return with a note")}</button>`}
        <button class="plain" type="button" @click=${() => this.shut()}>${_("Close")}</button></p>`}`;
  }
  note(presentation) {
    return html`<form class="small" @submit=${(event) => this.giveBack(event, presentation)}>
      <label for="review-note">${_("What should change? The expert reads this.")}</label>
      <textarea id="review-note" name="note" maxlength="2000" rows="3" dir="auto" required></textarea>
      <p class="acts"><button class="first">${_("Return")}</button><button class="plain" type="button" @click=${() => { returning = false; this.draw(); }}>${_("Cancel")}</button></p></form>`;
  }
  ask() {
    returning = true;
    this.draw();
    this.querySelector("textarea").focus();
  }
  shut() {
    this.querySelector("dialog").close();
  }
  async accept(presentation) {
    const contribution = chosen;
    this.shut();
    await command("contribution.accept", { contribution, presentation }, _("The slides are accepted."));
  }
  async giveBack(event, presentation) {
    event.preventDefault();
    const note = new FormData(event.currentTarget).get("note"), contribution = chosen;
    this.shut();
    if (!await command("contribution.return", { contribution, presentation, note }, _("The slides are returned; the expert reads your note."))) keep(contribution, note);
  }
});

/* Refused: the words are not lost. */
function keep(contribution, note) {
  review(contribution);
  const element = document.querySelector("slide-review");
  element.ask();
  element.querySelector("textarea").value = note;
}
