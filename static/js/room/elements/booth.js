// The booth's one switch: whether one is on air, in words; who is here is in the log, who hears is counted by the server.
import { line, send } from "../connection.js";
import { html, nothing, Ticking } from "../element.js";
import { audible, inWords, open } from "../microphone.js";
import { list, may, one, state, touch, watch } from "../store.js";
import { _, languageName, ngettext } from "../texts.js";

export const booth = document.body.dataset.language;
const place = document.title, icon = document.querySelector("link[rel=icon]"), quiet = icon.href;
const busy = new Set(); // what an answer is awaited for: a key pressed twice is pressed once
const CALM = ["off_air", "withdraw", "leave"]; // what may happen late: nobody is heard by it
const YET = 30_000; // ms in which what was given up as the line had died may still happen
const LEASE = 10_000; // ms without a line, after which the server takes one off air
let said = "", downSince = 0, givenUp = -Infinity;

export const channel = () => one("channels", booth);
const me = () => state.you?.id;
export const inside = () => channel()?.booth?.some(({ id }) => id === me()) ?? false;
export const onAir = () => inside() && channel().interpreter?.id === me();
export const partners = () => (channel()?.booth ?? []).filter(({ id }) => id !== me());
export const elsewhere = () => list("channels").find(({ id, interpreter }) => id !== booth && interpreter && interpreter.id === me());

/** Does something in this booth; what refused it is said beside the switch. False: refused, or not sent, for what waits for a line comes as a surprise. */
export async function act(verb, facts = {}) {
  const asked = `${verb} ${facts.of ?? ""}`;
  if (busy.has(asked) || !may(`booth.${verb}`)) return true;
  const down = { text: _("The line is down: nothing can be switched now.") };
  if (!line.well) { say(down.text); return false; }
  busy.add(asked);
  say("");
  givenUp = -Infinity;
  const { no } = await send(`booth.${verb}`, { language: booth, ...facts }, undefined, CALM.includes(verb) ? null : { no: down });
  busy.delete(asked);
  if (no === down && (verb === "on_air" || verb === "accept")) givenUp = Date.now();
  say(no?.text ?? "");
  return !no;
}
/* The network had it all the same: whoever was told that nothing was switched has turned away. */
watch(["channels", "line"], () => { if (line.well && onAir() && Date.now() - givenUp < YET) act("off_air"); });
export function say(words) {
  said = words;
  touch("booth");
}
/* Whoever leaves the page while on air is asked: a partner would wait, and listeners would hear nothing. */
addEventListener("beforeunload", (event) => { if (onAir()) event.preventDefault(); });
/** Whether the sound of this channel goes through this page. */
export const ours = () => !channel().link;
/** Opens the microphone of whoever is about to be on air, in the same moment. */
export function getReady() { if (inside() && ours()) open(booth); }
export const enterable = () => may("booth.enter") && !inside() && channel()?.state !== "closed" && one("room", "room")?.state !== "closed";
let stopped = () => false;
/** Asks first, before the switch is pressed, whether that was meant. */
export const ask = (by) => { stopped = by; };
export function toggle() {
  if (stopped()) return;
  if (!onAir()) getReady();
  return act(onAir() ? "off_air" : "on_air");
}

/** On air, and nobody hears it. */
const unheard = () => onAir() && ours() && !audible();

/** The state in words: the word, what it means, and what one can do about it. In a pause whoever is on air is heard, and nobody else goes on air. */
function words() {
  const chosen = one("listeners", booth)?.number ?? 0, { state: now, interpreter } = channel(), language = languageName(booth), { state: room } = one("room", "room") ?? {}, paused = room === "paused";
  if (room === "closed") return [_("The session has ended."), nothing];
  if (now === "closed") return [_("Closed"), _("This channel is closed. A moderator opens it.")];
  const waiting = ngettext("{num} person has chosen {language}", "{num} people have chosen {language}", chosen).replace("{language}", language);
  if (!line.well && onAir()) return [_("The line is down"), Date.now() - downSince < LEASE ? _("After 10 seconds you are off air.") : _("You are off air by now. It is being mended.")];
  if (!line.well) return [_("The line is down"), _("It is being mended. Nothing can be switched now.")];
  if (onAir()) return [paused ? _("Paused, on air") : _("On air"), unheard() ? html`<strong>${inWords()}</strong>` : paused ? _("The session is paused; your microphone is still on air.") : waiting, paused ? _("Space takes you off air until the session goes on") : _("Space takes you off air")];
  if (paused) return [_("Paused"), interpreter ? html`<bdi class="name">${interpreter.name}</bdi> ${_("is here, on air")}` : _("The session is paused."), _("Space puts nobody on air until the session goes on")];
  if (interpreter) return [inside() ? _("Somebody else is on air") : _("On air"), html`<bdi class="name">${interpreter.name}</bdi>`, waiting];
  const other = elsewhere();
  return [_("Off air"), other ? _("You are on air in the booth: {language}.", { language: languageName(other.id) }) : waiting, inside() ? _("Space puts you on air") : nothing];
}

/** While the floor speaks the booth's own language nobody needs an interpretation: off air, its listeners hear the floor. */
function original() {
  if (!inside() || one("room", "room")?.floor !== booth || ["planned", "closed"].includes(one("room", "room").state) || channel().state === "closed") return nothing;
  const language = languageName(booth);
  return onAir() ? _("The floor speaks {language} now: you may go off air. Your listeners hear the floor then.", { language }) : channel().interpreter ? nothing : _("The floor speaks {language}: your listeners hear the floor.", { language });
}

customElements.define("booth-switch", class extends Ticking {
  static watches = ["channels", "listeners", "you", "line", "booth", "room", "microphone"];

  view() {
    if (!channel()) return html`<p class="empty">${_("There is no such channel here.")}</p>`;
    const [word, meaning, hint = nothing] = words(), live = onAir() && line.well;
    this.heed(live);
    const face = html`<span class="word ${word.length > 11 ? "long" : ""}">${word}</span><span>${meaning}</span>${line.well ? html`<span class="hint">${hint}</span>` : nothing}`;
    return html`${inside() ? html`<button class="switch ${this.lost ? "lost" : live && unheard() ? "unheard" : ""}" id="switch" type="button" role="switch" aria-checked=${live} @click=${toggle}>${face}</button>` : html`
      <div class="switch" id="switch" tabindex="-1" data-state=${channel().interpreter && line.well ? "on" : "off"}>${face}</div>
      ${enterable() ? html`<button class="first enter" type="button" @click=${() => act("enter")}>${_("Enter the booth")} <kbd>E</kbd></button>` : nothing}`}
      <p class="original" aria-live="polite">${original()}</p><p class="warn" role="status">${said}</p>`;
  }

  /** Says without a sound, in title and icon, whether one is on air; and that one no longer is, after a broken line. What refused something is over with what was. */
  heed(live) {
    const now = [one("room", "room")?.state, channel().state, channel().interpreter?.id, inside()].join();
    if (now !== this.was) said = "";
    this.was = now;
    if (this.down && line.well) said = this.lost && !live ? _("The line was down for too long: you are off air.") : "";
    if (!line.well && !this.down) downSince = Date.now();
    this.down = !line.well;
    this.lost = this.down && onAir();
    document.title = live ? (unheard() ? _("● ON AIR, NOT HEARD: {language}", { language: languageName(booth) }) : _("● ON AIR: {language}", { language: languageName(booth) })) : this.lost ? _("Line down: {language}", { language: languageName(booth) }) : place;
    icon.href = live ? this.dataset.icon : quiet;
  }
});
