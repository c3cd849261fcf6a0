// Beside the page: the next one, one's note to this one; and, from its own file, whether a booth needs it slower.
import { html, Live, nothing } from "../room/element.js";
import { _ } from "../room/texts.js";
import "../room/elements/slower.js";
import { address, count, deck, view } from "./turning.js";

const REST = 600; // ms without a key, after which a note is kept
const PATIENCE = 10_000; // ms until an answer
const AGAIN = 3_000; // ms until what could not be kept is tried again

customElements.define("page-next", class extends Live {
  static watches = ["turning", "room"];
  view() {
    const next = view.page + 1;
    return html`<h2>${next > count ? _("This is the last page.") : _("Next: page {page}", { page: next })}</h2>${next > count ? nothing : html`<img src=${address(next, 480)} alt=${_("Page {page}", { page: next })}>`}`;
  }
});

const notes = JSON.parse(document.getElementById("notes")?.textContent ?? "{}");
const unkept = new Map(); // page → text, until the server has it

customElements.define("page-note", class extends Live {
  static watches = ["turning", "room"];
  words = "";
  view() {
    const { page } = view;
    return html`<label for="note">${_("My note to page {page}, for my eyes only", { page })}</label>
      <textarea id="note" dir="auto" maxlength="2000" rows="4" .value=${notes[page] ?? ""} @input=${({ target }) => this.write(page, target.value)}></textarea>
      <p class="meta" role="status">${this.words}</p>`;
  }
  write(page, text) {
    notes[page] = text;
    unkept.set(page, text);
    this.words = ""; // of what was kept before
    this.draw(); // else the words would stay when the page is turned at once
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), REST);
  }
  async keep(leaving = false) {
    if (this.keeping && !leaving) return; // one after the other, that the latest is the last
    this.keeping = true;
    let ok = true;
    for (const [page, text] of unkept) {
      const body = new URLSearchParams({ presentation: deck, page, text });
      ({ ok } = await fetch(`${location.pathname.replace("/present", "/notes")}`, { method: "POST", body, keepalive: true, signal: AbortSignal.timeout(PATIENCE) }).catch(() => ({})));
      if (ok && unkept.get(page) === text) unkept.delete(page);
      this.words = !ok ? _("Not kept yet. It is tried again.") : unkept.size ? "" : _("Kept.");
      if (!ok) break;
    }
    this.keeping = false;
    clearTimeout(this.timer);
    if (unkept.size) this.timer = setTimeout(() => this.keep(), ok ? REST : AGAIN);
    this.draw();
  }
});
addEventListener("pagehide", () => { if (unkept.size) document.querySelector("page-note").keep(true); });
