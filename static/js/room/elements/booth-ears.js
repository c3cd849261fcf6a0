// What a booth hears: its source, which is the floor where a relay is silent, and the partner who is on air. Never oneself.
import { html, Live, nothing } from "../element.js";
import { sound } from "../devices.js";
import { may, one, state } from "../store.js";
import { _, languageName } from "../texts.js";
import { booth, channel, inside, onAir } from "./booth.js";

const FLOOR = "floor", RAMP = 0.03; // seconds
const KEPT = "booth-ears"; // whether one listens in booths, in this browser
const levels = { source: 1, booth: 0.8 };
const ears = new Map(); // by channel: {listening, gain}, as promises
let on = false, words = "", heard = "", gone = !localStorage.getItem(KEPT); // gone on with what was chosen before

const speaks = (language) => ["live", "relay"].includes(one("channels", language)?.state) && one("channels", language).interpreter?.id !== state.you?.id;
const source = () => { const of = channel()?.relay_of; return of && speaks(of) ? of : FLOOR; };
const partner = () => inside() && channel().interpreter && !onAir();
const wanted = () => [source(), ...(partner() ? [booth] : [])];
const levelOf = (name) => name === booth ? levels.booth : levels.source;

async function bring(name) {
  const { audio, listen, tickets } = await sound(), [ticket] = await tickets({ listen: [name] }), listening = await listen(ticket), gain = audio().createGain();
  gain.gain.value = levelOf(name);
  listening.node.connect(gain).connect(audio().destination);
  listening.addEventListener("revoked", () => { // closed; opened again, it takes a new ticket
    gain.disconnect();
    ears.delete(name);
    heard = "";
  });
  return { listening, gain };
}

/** Hears what is wanted now, and nothing else. */
async function follow() {
  if (!on) return;
  const names = wanted();
  if (heard === names.join()) return;
  heard = names.join();
  try {
    for (const name of names) if (!ears.has(name)) ears.set(name, bring(name).catch((no) => { ears.delete(name); throw no; }));
    const all = await Promise.all(names.map((name) => ears.get(name)));
    if (heard === names.join()) (await sound()).hear(all.map(({ listening }) => listening));
  } catch (no) {
    heard = "";
    words = no.text || _("The line is lost. Please try again.");
    on = false;
  }
}

async function turn(name, value) {
  levels[name] = value;
  const here = await ears.get(name === "booth" ? booth : source());
  here?.gain.gain.setTargetAtTime(value, here.gain.context.currentTime, RAMP);
}

/** Begins to listen, or stops. */
export const turnEars = () => document.querySelector("booth-ears button")?.click();

customElements.define("booth-ears", class extends Live {
  static watches = ["channels", "room", "you"];
  view() {
    if (!channel() || !may("booth.enter") || one("room", "room")?.state === "closed") return nothing;
    if (!gone) { gone = true; this.begin(); }
    const before = words;
    follow().then(() => { if (words !== before) this.draw(); });
    if (!on) return html`<button type="button" @click=${this.begin}>${_("Listen")} <kbd>H</kbd></button><p class="meta">${_("With headphones, or your listeners hear twice.")}</p><p class="warn" role="alert">${words}</p>`;
    return html`${this.slider("source", source() === FLOOR ? _("Floor") : _("Relay {language}", { language: languageName(source()) }))}
      ${partner() ? this.slider("booth", _("This booth")) : nothing}
      <button class="plain" type="button" @click=${this.end}>${_("Stop listening")} <kbd>H</kbd></button>`;
  }
  slider(name, label) {
    return html`<label class="level"><span>${label}</span><input type="range" min="0" max="1" step="0.05" .value=${String(levels[name])} @input=${({ target }) => turn(name, Number(target.value))}></label>`;
  }
  begin = async () => {
    words = "";
    try { on = await (await sound()).unlock(); } catch { words = _("The line is lost. Please try again."); }
    if (on) localStorage.setItem(KEPT, "on");
    await follow();
    this.draw();
  };
  end = async () => {
    on = false;
    heard = "";
    localStorage.removeItem(KEPT);
    (await sound()).hear([]);
    this.draw();
  };
});
