// The moderator's keys.
import { html, Live } from "../element.js";
import { letter } from "../letters.js";
import { may } from "../store.js";
import { _ } from "../texts.js";
import { first, press } from "./acts.js";
import { inOrder, running } from "./agenda.js";
import { note, undo } from "./desk.js";
import { callNext } from "./hands-control.js";
import { place, shift } from "./ordering.js";
import { pause, turn } from "./running.js";
import { desk, open, redraw, rowOf, step } from "./selection.js";
import "./conduct.js";
import "./lateness.js";
import "./moderation.js";
import "./people-control.js";
import "./poll-control.js";
import "./slots.js";
import "./slide-control.js";
import "./channel-control.js";
import "./recording-control.js";
import "./voice.js";

/** The list is loaded when somebody asks for it. */
async function help() {
  await import("./key-list.js");
  document.querySelector("key-list dialog").showModal();
}

customElements.define("key-help", class extends Live {
  static watches = ["you"];
  view() { return html`<button class="plain" type="button" @click=${help}>${_("Keys")} <kbd>?</kbd></button><key-list></key-list>`; }
});

function leave() {
  if (desk.form) { open(""); return; }
  desk.chosen.clear();
  redraw();
}
function find() {
  const lists = [...document.querySelectorAll("question-inbox, question-queue, published-list")].filter((list) => list.offsetParent !== null);
  const list = lists.find((each) => each.querySelector("[aria-current]")) ?? lists[0];
  const field = list?.querySelector("input[type=search]");
  if (field) field.focus(); else note(_("The search comes with more questions."));
}
const next = () => inOrder().find(({ state }) => state === "waiting");
const DO = {
  j: () => step(1),
  k: () => step(-1),
  J: () => shift(1),
  K: () => shift(-1),
  n: () => may("agenda.start") && next() && turn("start", next(), _("Started")),
  f: () => may("agenda.finish") && running() && turn("finish", running(), _("Finished")),
  e: () => document.querySelector("extend-form")?.toggle(),
  r: pause,
  h: callNext,
  z: undo,
  "?": help,
};

/** Keys that are no letters: true where one of them was meant. */
function other(event) {
  if (event.altKey) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by) shift(by);
    return Boolean(by);
  }
  if (event.key === "Escape") { if (!event.repeat && !document.querySelector(".choice[open]")) leave(); } // a list that is open closes first
  else if (event.key === "Enter" && event.repeat) return true;
  else if (event.key === "Enter" && event.target.matches("[aria-current] .pick")) first();
  else if (event.key === "/") find();
  else return false;
  return true;
}

/** Whether a form was opened that is still being loaded: what is typed meanwhile is no key, and stands in it then. */
const awaited = () => desk.form && rowOf(desk.selected)?.querySelector(":not(:defined)");
let typed = "";
const loading = new MutationObserver(() => {
  if (awaited()) return;
  loading.disconnect();
  const field = rowOf(desk.selected)?.querySelector("form :is(textarea, input)");
  field?.setRangeText(typed, field.value.length, field.value.length, "end");
  field?.dispatchEvent(new Event("input", { bubbles: true }));
  typed = "";
});
function hold(key) {
  if (key.length > 1) return;
  if (!typed) loading.observe(document.body, { childList: true, subtree: true });
  typed += key;
}

let acted = ""; // the key that is held and has done something: what it repeats is not typed either, where it has opened a form
addEventListener("keyup", () => { acted = ""; });

/** J and K go through all questions, letters act on the selected one, or on all that are chosen; nothing while somebody types. */
export function listen() {
  addEventListener("keydown", (event) => {
    if (event.repeat && event.code === acted) { event.preventDefault(); return; }
    if (event.ctrlKey || event.metaKey || event.target.matches("input:not([type=checkbox]), textarea, select")) return;
    if (document.querySelector("dialog[open]")) return;
    if (awaited() && event.key !== "Escape") { event.preventDefault(); if (!event.repeat) hold(event.key); return; }
    if (other(event)) { event.preventDefault(); return; }
    const key = event.altKey ? "" : letter(event);
    if (event.repeat && !/^[jk]$/i.test(key)) return; // a key that is held goes on, and does nothing else
    if (/^[1-9]$/.test(key) && !event.shiftKey) { place(desk.selected, Number(key) - 1); return; }
    const done = DO[key] ?? DO[key.toLowerCase()];
    if (done) done();
    if (!done && !press(key.toLowerCase())) return;
    event.preventDefault();
    if (!/^[jk]$/i.test(key)) acted = event.code;
  });
}
