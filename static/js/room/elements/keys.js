// The moderator's keys, and the list of them.
import { html, Live } from "../element.js";
import { _ } from "../texts.js";
import { press, step } from "./acts.js";
import { undo } from "./conduct.js";
import "./moderation.js";

customElements.define("key-help", class extends Live {
  static watches = ["you"];
  view() {
    const keys = [["J K", _("next, previous question")], ["P", _("Publish")], ["S", _("Keep for later")], ["Q", _("To the queue")], ["A", _("Put on air")], ["X", _("Answered")], ["D", _("Decline")], ["Z", _("Undo start, finish or skip")], ["?", _("this list")]];
    return html`<button class="plain" type="button" @click=${() => this.querySelector("dialog").showModal()}>${_("Keys")} <kbd>?</kbd></button>
      <dialog class="keys" aria-label=${_("Keys")}><form method="dialog"><dl>${keys.map(([key, words]) => html`<dt><kbd>${key}</kbd></dt><dd>${words}</dd>`)}</dl><button>${_("Close")}</button></form></dialog>`;
  }
});

/** J and K go through all questions, letters act on the selected one; nothing while somebody types. */
export function listen() {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
    if (document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    const done = { j: () => step(1), k: () => step(-1), z: undo, "?": () => document.querySelector("key-help dialog").showModal() }[key];
    if (done) done();
    if (done || press(key)) event.preventDefault();
  });
}
