// The moderator's keys, and the list of them.
import { html, Live } from "../element.js";
import { letter } from "../letters.js";
import { _, pick } from "../texts.js";
import { press, shift, step } from "./acts.js";
import { inOrder } from "./agenda.js";
import { command, takeBack, undo } from "./desk.js";
import "./conduct.js";
import "./moderation.js";
import "./slots.js";
import "./slide-control.js";
import "./channel-control.js";
import "./recording-control.js";

const help = () => document.querySelector("key-help dialog").showModal();

customElements.define("key-help", class extends Live {
  static watches = ["you"];
  view() {
    const keys = [["J K", _("next, previous question")], ["P", _("Publish")], ["S", _("Keep for later")], ["Q", _("To the queue")], ["A", _("Put on air")], ["X", _("Answered: the question on air, else the selected one")], ["D", _("Decline")], ["⇧J ⇧K", _("move down, up in the queue")], ["N", _("start the next item")], ["F", _("finish what runs")], ["Z", _("Undo")], ["?", _("this list")]];
    return html`<button class="plain" type="button" @click=${help}>${_("Keys")} <kbd>?</kbd></button>
      <dialog class="keys" aria-labelledby="keys-title"><form method="dialog"><h2 id="keys-title">${_("Keys")}</h2><dl>${keys.map(([key, words]) => html`<dt><kbd>${key}</kbd></dt><dd>${words}</dd>`)}</dl><button>${_("Close")}</button></form></dialog>`;
  }
});

function turn(verb, from, words) {
  const item = inOrder().find((each) => each.state === from);
  if (item) command(`agenda.${verb}`, { item: item.id, was: from }, _("{what}: “{text}”", { what: words, text: pick(item.titles).text }), takeBack);
}
const DO = {
  j: () => step(1),
  k: () => step(-1),
  J: () => shift(1),
  K: () => shift(-1),
  n: () => turn("start", "waiting", _("Started")),
  f: () => turn("finish", "running", _("Finished")),
  z: undo,
  "?": help,
};

/** J and K go through all questions, letters act on the selected one; nothing while somebody types. */
export function listen() {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
    if (document.querySelector("dialog[open]")) return;
    const key = letter(event), done = DO[key] ?? DO[key.toLowerCase()];
    if (done) done();
    if (done || press(key.toLowerCase())) event.preventDefault();
  });
}
