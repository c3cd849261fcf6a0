// What a moderator is told without looking: new questions, counted and not too often; a point of order and lateness at once.
import { html, Live, nothing } from "../element.js";
import { list, one } from "../store.js";
import { _, ngettext } from "../texts.js";
import { lateness } from "./lateness.js";

const COUNTED = 10_000; // ms between two counts of what came in
const LATER = 5; // minutes of delay after which it is said again
let words = "";

/** Has a screen reader say something when it is free to; whoever reads the page later does not find it. */
export function announce(text) {
  say(text);
  document.querySelector("desk-voice")?.draw();
}

function say(text) {
  words = text;
  if (text) setTimeout(() => { if (words === text) announce(""); }, COUNTED);
}

customElements.define("desk-voice", class extends Live {
  static watches = ["questions", "hands", "room", "agenda"];
  known = null; // ids of the questions that have been counted
  told = { orders: new Set(), late: 0 };
  timer = 0;
  view() { return html`<span aria-live="polite">${words || nothing}</span>`; }
  draw() {
    this.listen();
    super.draw();
  }
  listen() {
    if (!one("room", "room")) return;
    const waiting = list("questions").filter(({ state }) => state === "submitted").map(({ id }) => id);
    this.known ??= new Set(waiting);
    if (waiting.some((id) => !this.known.has(id))) this.timer ||= setTimeout(() => this.count(), COUNTED);
    const orders = list("hands").filter((hand) => hand.point_of_order && hand.state === "waiting");
    for (const { id, by } of orders) if (!this.told.orders.has(id)) say(_("Point of order: {name}.", { name: by.name }));
    this.told.orders = new Set(orders.map(({ id }) => id));
    const late = lateness();
    if (late >= (this.told.late ? this.told.late + LATER : 1)) {
      say(ngettext("{num} minute late.", "{num} minutes late.", late));
      this.told.late = late;
    }
  }
  count() {
    this.timer = 0;
    const waiting = list("questions").filter(({ state }) => state === "submitted").map(({ id }) => id), fresh = waiting.filter((id) => !this.known.has(id));
    this.known = new Set(waiting);
    if (fresh.length) announce(`${ngettext("{num} new question.", "{num} new questions.", fresh.length)} ${_("{number} wait to be screened.", { number: waiting.length })}`);
  }
});
