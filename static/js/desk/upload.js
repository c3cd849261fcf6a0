// The box to send slides from: choose or drop a file, see how far it is, pause, go on after a reload.
import { html, Live, nothing } from "../room/element.js";
import { _, language, ngettext } from "../room/texts.js";
import { renew } from "./fresh.js";
import { Rejected, Upload } from "./tus.js";

const number = new Intl.NumberFormat(`${language}-u-nu-latn`, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
const megabytes = (bytes) => number.format(bytes / 1_048_576);

/** About how long the rest takes, in words. */
function left({ file, sent, rate }) {
  if (!rate) return "";
  const seconds = (file.size - sent) / rate / 1000;
  return seconds < 60 ? _("less than a minute left") : ngettext("about {num} minute left", "about {num} minutes left", Math.ceil(seconds / 60));
}

customElements.define("deck-upload", class extends Live {
  upload = null;
  words = "";

  connectedCallback() {
    super.connectedCallback();
    this.draw();
  }
  view() {
    return html`${this.words ? html`<p class="attention" role="alert"><strong>${this.words}</strong></p>` : nothing}${this.upload ? this.sending(this.upload) : this.choosing()}`;
  }
  choosing() {
    return html`<div class="drop" @dragover=${this.over} @dragleave=${this.out} @drop=${this.drop}>
      <label class="button" for="file">${_("Choose a PDF file")}</label><input class="hidden" id="file" type="file" accept="application/pdf,.pdf" @change=${({ target }) => this.begin(target.files[0])}>
      <span class="meta">${_("or drop it here")}</span></div>`;
  }
  sending(upload) {
    const { file, sent, state } = upload;
    const words = { waiting: _("The line is lost. What was sent is kept; it goes on by itself."), paused: _("Paused. What was sent is kept for a day."), sending: left(upload) }[state];
    return html`<div class="sending">
      <p class="name" dir="auto">${file.name}</p>
      <progress max=${file.size} .value=${sent} aria-label=${_("Sent of {name}", { name: file.name })}></progress>
      <p class="facts"><span class="count">${Math.floor(100 * sent / (file.size || 1))} %</span><span>${_("{sent} of {all} MB", { sent: megabytes(sent), all: megabytes(file.size) })}</span></p>
      <p class=${state === "waiting" ? "warn" : "meta"} role="status">${words}</p>
      <p class="acts">${state === "paused" ? html`<button class="first" type="button" @click=${() => upload.release()}>${_("Go on")}</button>` : html`<button type="button" @click=${() => upload.hold()}>${_("Pause")}</button>`}
      <button class="plain" type="button" @click=${() => this.discard()}>${_("Discard")}</button></p></div>`;
  }
  over(event) {
    event.preventDefault();
    event.currentTarget.classList.add("over");
  }
  out(event) {
    event.currentTarget.classList.remove("over");
  }
  drop(event) {
    event.preventDefault();
    this.out(event);
    this.closest("deck-upload").begin(event.dataTransfer.files[0]);
  }
  async begin(file) {
    if (!file) return;
    const upload = this.upload = new Upload(file, document.body.dataset.contribution, () => this.draw());
    this.words = "";
    this.draw();
    this.querySelector(".acts button").focus();
    await this.forget(upload);
    try {
      await upload.run();
    } catch (broken) {
      if (!(broken instanceof Rejected)) throw broken;
      this.words = broken.message || _("Please sign in again; what was sent is kept.");
    } finally {
      this.upload = null;
      this.draw();
    }
    renew();
  }
  /** One file at a time: another that is half here, sent from this desk, makes room. */
  async forget(upload) {
    const { deck, state } = document.getElementById("coming").dataset;
    if (state !== "receiving" || upload.address?.endsWith(deck)) return;
    await fetch(`/files/${deck}`, { method: "DELETE", headers: { "Tus-Resumable": "1.0.0" } }).catch(() => {});
  }
  async discard() {
    await this.upload.discard();
    renew();
  }
});
