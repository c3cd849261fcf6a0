// The list of the moderator's keys.
import { html, Live } from "../element.js";
import { _ } from "../texts.js";

const LISTED = () => [
  [_("Questions"), [["J K", _("next, previous question")], ["↵", _("the filled button of the question")], ["P", _("Publish")], ["S", _("Screened")], ["Q", _("To the queue")], ["A", _("Put on air")], ["X", _("Answered: the question on air, else the selected one")], ["C", _("choose it with others: P, S, Q, D then do it with all that are chosen")], ["D", _("Decline")], ["M", _("Merge")], ["T", _("Put off")], ["W", _("Answer in writing")], ["L", _("Translate")], ["/", _("search")]]],
  [_("Queue"), [["⇧J ⇧K", _("move down, up in the queue")], ["Alt ↑ ↓", _("the same")], ["1–9", _("to this place in the queue")]]],
  [_("Session"), [["N", _("start the next item")], ["F", _("finish what runs")], ["E", _("more time for it")], ["R", _("stop its time, let it run on")], ["H", _("call the next hand")]]],
  [_("Always"), [["Z", _("Undo")], ["Esc", _("leave a form, choose none")], ["?", _("this list")]]],
];

customElements.define("key-list", class extends Live {
  static watches = [];
  connectedCallback() {
    super.connectedCallback();
    this.draw();
  }
  view() {
    return html`<dialog class="keys" aria-labelledby="keys-title"><form method="dialog"><h2 id="keys-title">${_("Keys")}</h2><div class="groups">${LISTED().map(([title, keys]) => html`<section><h3>${title}</h3><dl>${keys.map(([key, words]) => html`<dt><kbd>${key}</kbd></dt><dd>${words}</dd>`)}</dl></section>`)}</div><button>${_("Close")}</button></form></dialog>`;
  }
});
