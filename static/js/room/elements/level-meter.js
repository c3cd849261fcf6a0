// How loud a microphone is: a bar, and a word where it is too quiet or too loud.
import { _ } from "../texts.js";

const FAINT = 0.35, LOUD = 0.96; // of the bar, see loudness in microphone.js
const PACE = 100; // ms between two looks
const FALL = 0.85; // of the bar, from one look to the next
const SPAN = 20; // looks that are judged together

/** `measure()` gives how loud it is, `judges()` whether that is judged; set them before the element stands in the page. */
customElements.define("level-meter", class extends HTMLElement {
  seen = [];
  connectedCallback() {
    this.bar ??= Object.assign(document.createElement("meter"), { min: 0, max: 1, low: FAINT, high: LOUD, optimum: 0.7 });
    this.bar.setAttribute("aria-label", _("How loud the microphone is"));
    this.word ??= Object.assign(document.createElement("span"), { className: "meta" });
    this.replaceChildren(this.bar, this.word);
    this.timer = setInterval(() => this.look(), PACE);
  }
  disconnectedCallback() { clearInterval(this.timer); }
  look() {
    const now = this.measure(), judged = this.judges?.() ?? true;
    this.bar.value = Math.max(now, this.bar.value * FALL); // a bar that jumps cannot be read
    this.seen = judged ? [...this.seen.slice(1 - SPAN), now] : [];
    if (judged && this.seen.length < SPAN) return;
    const most = Math.max(...this.seen), word = !judged ? "" : most === 0 ? _("Nothing is heard.") : most < FAINT ? _("Very quiet. Come closer.") : most > LOUD ? _("Too loud. Move back a little.") : _("Good");
    if (this.word.textContent !== word) this.word.textContent = word;
  }
});
