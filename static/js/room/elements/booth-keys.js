// The booth's keys, and the list of them. Space is the switch wherever one is, so that no other button is pressed by mistake.
import { html, Live } from "../element.js";
import { letter } from "../letters.js";
import { _ } from "../texts.js";
import { ahead, close, cough, goOn, mic } from "../microphone.js";
import { watch } from "../store.js";
import { act, booth, channel, enterable, inside, ours, say, toggle } from "./booth.js";
import { turnMute } from "./mic-control.js";
import { lookUp } from "./material.js";
import { accept, hand, withdraw } from "./partner.js";
import { listenTo } from "./source.js";
import { turnEars } from "./booth-ears.js";

const help = () => document.querySelector("booth-help dialog").showModal();

customElements.define("booth-help", class extends Live {
  static watches = ["you"];
  view() {
    const keys = [[_("Space"), _("on air, off air, wherever you are")], ["E", _("enter the booth")], ["1–9", _("what you listen to")], ["U", _("offer the microphone, or ask for it")], ["A", _("take it, or hand it over")], ["Z", _("take back what you have offered or asked for")], ["C", _("cough: silent for as long as you hold it")], ["M", _("mute, unmute")], ["H", _("listen, stop listening")], ["L", _("Slower please")], ["N", _("No sound")], ["W", _("Word list")], [_("Enter"), _("presses the button you are on")], ["Esc", _("out of a text field")], ["?", _("this list")]];
    return html`<button class="plain" type="button" @click=${help}>${_("Keys")} <kbd>?</kbd></button>
      <dialog class="keys" aria-labelledby="keys-title"><form method="dialog"><h2 id="keys-title">${_("Keys")}</h2><dl>${keys.map(([key, words]) => html`<dt><kbd>${key}</kbd></dt><dd>${words}</dd>`)}</dl><button>${_("Close")}</button></form></dialog>`;
  }
});

const DO = { " ": toggle, e: () => inside() || act("enter"), u: hand, a: accept, z: withdraw, w: lookUp, l: () => act("slower"), n: () => act("no_sound"), m: turnMute, h: turnEars, "?": help };

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest?.("textarea, select, input:not([type=radio], [type=range])")) { // somebody writes, or searches
    if (event.key === "Escape" && !event.isComposing) document.querySelector("#switch")?.focus();
    return;
  }
  if (mic.state !== "off" && !mic.runs) { event.preventDefault(); return; } // after a reload any key has the sound run, and does nothing else
  const key = letter(event).toLowerCase();
  if (key === "c" && mic.state !== "off") { cough(true); return; }
  if (key === " " && !inside()) { // there is no switch: Space is what it is elsewhere
    if (!enterable() || event.target.closest?.("a, button, summary, input")) return;
    event.preventDefault();
    if (event.type === "keydown") say(_("Enter the booth first (E)."));
    return;
  }
  const done = DO[key] ?? (/^[1-9]$/.test(key) && (() => listenTo(Number(key))));
  if (!done) return;
  event.preventDefault();
  if (event.type === "keydown" && !event.repeat) done();
}
addEventListener("keydown", press);
addEventListener("keyup", (event) => {
  if (event.key === " ") press(event); // where a button acts when the key is let go
  if (event.key === "Meta" || letter(event).toLowerCase() === "c") cough(false); // whatever else is held, wherever one is by then; a Mac tells of no key let go beneath ⌘
});
addEventListener("blur", () => cough(false));

/* A microphone is for whoever is inside, where the sound goes through this page. */
const control = document.querySelector("mic-control");
let before = false; // whether it was for them when this was looked at last
watch(["channels", "you", "room"], () => {
  const now = inside() && ours();
  if (inside()) import("./booth-calls.js").catch(() => {}); // tried again with the next change
  control.hidden = !now;
  if (now && !before) goOn(booth);
  else if (!now && before) close();
  before = now;
  ahead(now && Boolean(channel().offer));
});
