// Reactions: a word and a shape each, and for a moment how many have come. Nobody is read out; nothing is kept.
import { mention } from "../connection.js";
import { html, Live, nothing } from "../element.js";
import { may, one } from "../store.js";
import { _ } from "../texts.js";

const PAUSE = 700; // ms between two of one person: their other commands share the measure
const SHOWN = 2_500; // ms that a count stands, unless more come
const KINDS = () => ({
  applause: [_("Applause"), "M8 15 5 9M12 14V7M16 15l3-6M7 19h10"],
  agree: [_("Agree"), "m4 13 5 5L20 6"],
  thanks: [_("Thank you"), "M12 20 4.5 12.5a4.5 4.5 0 0 1 7.5-5 4.5 4.5 0 0 1 7.5 5Z"],
  laugh: [_("Laugh"), "M5 12a7 7 0 0 0 14 0ZM8 7v1M16 7v1"],
  wonder: [_("Wonder"), "M12 4v4M12 16v4M4 12h4M16 12h4M6.5 6.5 9 9M15 15l2.5 2.5M17.5 6.5 15 9M9 15l-2.5 2.5"],
});

customElements.define("reaction-bar", class extends Live {
  static watches = ["reactions", "room", "you"];
  given = 0;
  counts = {};

  draw() {
    const frame = one("reactions", "reactions");
    if (frame && frame !== this.frame) {
      this.counts = frame;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => { this.counts = {}; this.draw(); }, SHOWN);
    }
    this.frame = frame;
    super.draw();
  }
  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  view() {
    if (one("room", "room")?.state !== "open" || !may("react")) return nothing;
    return html`<ul aria-label=${_("React")}>${Object.entries(KINDS()).map(([kind, [words, shape]]) => html`<li><button class="plain" type="button" @click=${() => this.react(kind)}>
      <svg viewBox="0 0 24 24" aria-hidden="true"><path d=${shape}/></svg><span>${words}</span><span class="count" aria-hidden="true" ?data-new=${this.counts[kind]}>${this.counts[kind] ? `+${this.counts[kind]}` : ""}</span></button></li>`)}</ul>`;
  }

  react(kind) {
    const now = performance.now();
    if (now - this.given < PAUSE && this.given) return;
    this.given = now;
    mention("react", { with: kind });
  }
});
