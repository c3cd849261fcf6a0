// Uniting a question with another: the likely ones first, the others by typing.
import { html, Live, nothing } from "../element.js";
import { votes } from "../reading.js";
import { one } from "../store.js";
import { _, languageName, ngettext } from "../texts.js";
import { act } from "./acts.js";
import { candidates } from "./likeness.js";
import { open } from "./selection.js";

const SHOWN = 6; // choices at once: typing finds the others

customElements.define("merge-choice", class extends Live {
  static watches = ["questions", "scores"];
  words = "";
  connectedCallback() {
    super.connectedCallback();
    this.draw();
    this.querySelector("input")?.focus({ preventScroll: true }); // the form was opened before this was loaded, or just now
  }
  found() {
    const asked = this.words.toLowerCase();
    return candidates(this.dataset.of).filter(([, { text, by }, likely]) => asked ? `${text} ${by?.name ?? ""}`.toLowerCase().includes(asked) : true).slice(0, SHOWN);
  }
  view() {
    const found = this.found();
    return html`<form class="small" @submit=${(event) => { event.preventDefault(); if (found[0] && (this.words || found[0][2])) this.into(found[0][0]); }} @keydown=${this.key}>
      <label>${_("Merge with which question? Type to find it.")}<input type="text" dir="auto" autocomplete="off" @input=${({ target }) => { this.words = target.value.trim(); this.draw(); }}></label>
      ${found.length ? html`<ul class="choices">${found.map(([id, { text, language, state }, likely]) => html`<li><button type="button" @click=${() => this.into(id)}>
        <span lang=${language} dir="auto">${text}</span><span class="facts meta">${likely ? html`<strong class="warn">${_("Much alike")}</strong>` : nothing}<span>${languageName(language)}</span><span>${ngettext("{num} vote", "{num} votes", votes(id))}</span>${["submitted", "screened"].includes(state) ? html`<span>${_("not published")}</span>` : nothing}</span></button></li>`)}</ul>` : html`<p class="empty">${_("No open question has these words.")}</p>`}
      <p class="meta">${_("The votes unite by voter: whoever voted for both counts once. The asker is told where the question went.")}</p>
      <p class="acts"><button class="plain" type="button" @click=${() => open("")}>${_("Cancel")}</button></p></form>`;
  }
  key = (event) => {
    if (event.key === "Escape") { event.stopPropagation(); open(""); return; }
    if (!["ArrowDown", "ArrowUp"].includes(event.key)) return;
    const stops = [...this.querySelectorAll("input, .choices button")], at = stops.indexOf(document.activeElement);
    event.preventDefault();
    stops[Math.max(0, Math.min(stops.length - 1, at + (event.key === "ArrowDown" ? 1 : -1)))].focus();
  };
  into(target) {
    const id = this.dataset.of, question = one("questions", id);
    if (question) act("merge", { id, ...question }, { into: target });
  }
});
