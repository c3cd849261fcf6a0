// The last lines of the language one writes in, the newest beside the box; each that is kept can be corrected.
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { send } from "../connection.js";
import { html, Live, nothing, writing } from "../element.js";
import { sending } from "../outbox.js";
import { may, one } from "../store.js";
import { _, direction } from "../texts.js";
import { clock } from "../times.js";
import { lines, speaker } from "./captions.js";
import { written } from "./writing.js";

customElements.define("caption-log", class extends Live {
  static watches = ["captions", "channels", "contributions", "room", "you"];
  open = null; // the id of the line that is being corrected
  words = "";

  view() {
    const language = written();
    if (!language) return nothing;
    const shown = lines(language).reverse(), way = sending.filter((entry) => entry.language === language).reverse();
    if (!shown.length && !way.length) return html`<p class="empty">${_("No line in this language yet. What you send stands here, the newest line first.")}</p>`;
    return html`<ol class="lines">
      ${way.map(({ text }) => html`<li dir=${direction(language)}><span class="meta">${_("Sending")}</span><p class="meta" lang=${language} dir="auto">${text}</p></li>`)}
      ${repeat(shown, ({ id }) => id, (line) => this.row(line, language))}</ol>`;
  }

  row(line, language) {
    const { id, text, kept } = line;
    return html`<li data-caption=${id} dir=${direction(language)}><time class="meta" datetime=${line.at}>${clock(line.at)}</time>
      ${this.open === id ? this.form(line, language) : html`<div>
        ${line.speaker ? html`<p class="meta"><bdi>${speaker(line)}</bdi></p>` : nothing}
        <p lang=${language} dir="auto">${text}</p>
        <p class="meta facts">${line.source === "corrected" ? html`<span>${_("corrected")}</span>` : nothing}${kept === false ? html`<span>${_("not kept")}</span>` : may("caption.correct") ? html`<button class="plain" type="button" @click=${() => this.correct(id)}>${_("Correct")}<span class="hidden">: ${text}</span></button>` : nothing}</p></div>`}</li>`;
  }

  form({ id, text }, language) {
    return html`<form class="correct" @submit=${(event) => this.submit(event, id)} @keydown=${(event) => { if (event.key === "Escape") this.close(); }}>
      <label class="hidden" for="correction">${_("Correct")}</label>
      <input id="correction" name="text" type="text" lang=${language} dir="auto" autocomplete="off" .defaultValue=${text}>
      <p class="acts"><button class="first">${_("Save")} <kbd>↵</kbd></button><button class="plain" type="button" @click=${() => this.close()}>${_("Cancel")} <kbd>Esc</kbd></button></p>
      <p class="warn" role="status">${this.words}</p></form>`;
  }

  correct(id) {
    Object.assign(this, { open: id, words: "" });
    this.draw();
    const input = this.querySelector("#correction");
    input?.focus();
    input?.setSelectionRange(input.value.length, input.value.length);
  }

  /** Opens the last line, never one before it; says why where it cannot be corrected. */
  correctLast() {
    const last = lines(written()).at(-1);
    if (sending.some(({ language }) => language === written())) return _("The last line is still being sent.");
    if (last?.kept === false) return _("The last line is not kept and cannot be corrected.");
    if (last && may("caption.correct")) this.correct(last.id);
    return "";
  }

  close() {
    this.open = null;
    this.draw();
    if (!writing(this)) document.getElementById("text")?.focus();
  }

  async submit(event, id) {
    event.preventDefault();
    const form = event.currentTarget, text = new FormData(form).get("text").trim();
    if (!text) { this.words = _("A line cannot be empty."); this.draw(); return; }
    const { no } = text === one("captions", id)?.text ? {} : await send("caption.correct", { caption: id, text });
    if (!form.isConnected) { if (no) document.querySelector("caption-box").say(no.text); return; } // another is open by now, or none
    if (!no) { this.close(); return; }
    this.words = no.text;
    this.draw();
  }
});
