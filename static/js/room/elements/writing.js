// Where captions are typed: Enter sends a line. What is typed survives a reload; a line that is refused comes back with the reason.
import { line, mention } from "../connection.js";
import { html, Live, nothing } from "../element.js";
import { all, list, may, one, state, touch } from "../store.js";
import { _, languageName } from "../texts.js";
import { give, sending } from "../outbox.js";
import { running } from "./agenda.js";
import { captionable, kept } from "./captions.js";

const { room } = document.body.dataset, DRAFT = `captions:${room}`, WRITES = "writes"; // in the tab's and the device's storage
const INTERIM = 1000; // ms between two states of an unfinished line
const LONG = 160; // characters that two lines on a screen hold
const draft = JSON.parse(sessionStorage.getItem(DRAFT) ?? "{}"); // text, language; speaker as typed while `beside` was on air

/** The language of the lines: as chosen in this tab, else of one's booth, else as last on this device, else the floor's. */
export function written() {
  const booth = list("channels").find(({ booth }) => booth?.some(({ id }) => id === state.you?.id))?.id, possible = captionable();
  return [draft.language, booth, localStorage.getItem(WRITES), one("room", "room")?.floor].find((tag) => possible.includes(tag)) ?? possible[0];
}

const experts = () => Object.entries(all("contributions")).map(([id, { expert }]) => [id, expert]);
/** Whoever speaks, as the server knows them: an expert of this session by their contribution. */
const speakerId = (name) => experts().find(([, expert]) => expert.name === name)?.[0] ?? (name || undefined);

const onAir = () => running()?.speaker?.name ?? "";
/** Who speaks: as typed here, as long as the same expert is on air; else whoever is. */
const voice = () => draft.beside === onAir() ? draft.speaker ?? onAir() : onAir();

function keep(facts) {
  Object.assign(draft, facts);
  sessionStorage.setItem(DRAFT, JSON.stringify(draft));
}

let told = "", timer = 0;
/** Shows everybody the unfinished line, at most once a second; not what waits for a line, as it will be old by then. */
function tell(text, language) {
  clearTimeout(timer);
  timer = 0;
  if (sending.length) { timer = setTimeout(tellLater, INTERIM); return; } // what is typed comes after what was sent
  if (text === told || !line.well) return;
  told = text;
  mention("caption.interim", { language, text });
}
function tellLater() {
  timer = 0;
  tellSoon();
}
function tellSoon() {
  if (!draft.text?.trim()) { tell("", written()); return; }
  timer ||= setTimeout(() => tell(draft.text.trim(), written()), INTERIM);
}

customElements.define("caption-box", class extends Live {
  static watches = ["room", "agenda", "channels", "contributions", "you"];
  words = "";

  view() {
    const here = one("room", "room");
    if (!here || !may("caption.add")) return nothing;
    if (here.state === "closed") return html`<p class="empty">${_("The session has ended. Lines can no longer be added; moderators correct those below.")}</p>${draft.text ? html`<p><span class="warn">${_("Not sent:")}</span> <q dir="auto">${draft.text}</q></p>` : nothing}`;
    const language = written();
    return html`<form class="write" @submit=${this.submit}>
      <div class="pair">
        <p><label for="language">${_("Language")}</label><select id="language" name="language" @change=${this.choose}>${captionable().map((tag) => html`<option value=${tag} .selected=${tag === language}>${languageName(tag)}</option>`)}</select></p>
        <p><label for="speaker">${_("Who speaks")}</label><input id="speaker" name="speaker" type="text" dir="auto" maxlength="80" list="speakers" autocomplete="off" .value=${voice()} @input=${({ target }) => keep({ speaker: target.value, beside: onAir() })} @keydown=${this.onward}></p>
        <datalist id="speakers"><option value=${_("Moderator")}></option>${experts().map(([, { name, city }]) => html`<option value=${name}>${city}</option>`)}</datalist>
      </div>
      <label for="text">${_("What is said, in {language}", { language: languageName(language) })} <span class="meta">${_("Enter sends the line, ↑ corrects the last one")}</span></label>
      <textarea id="text" name="text" rows="2" lang=${language} dir="auto" autocomplete="off" .value=${draft.text ?? ""} @input=${this.typed} @keydown=${this.key}></textarea>
      <p class="foot"><span class="warn" role="status">${this.words}</span><span class="meta long"></span><button class="first" type="submit">${_("Send")} <kbd>↵</kbd></button></p>
      <p class="meta">${kept()}</p>
    </form>`;
  }

  /** The box is where one types on arrival, unless one is somewhere else already. */
  draw() {
    super.draw();
    const box = this.querySelector("#text");
    if (box && !this.arrived && document.activeElement === document.body) box.focus({ preventScroll: true });
    this.arrived ||= Boolean(box);
    this.measure();
  }
  /** Quiet words beside a line that readers will not see whole. */
  measure() {
    const long = this.querySelector(".long"), length = [...draft.text?.trim() ?? ""].length;
    if (long) long.textContent = length > LONG ? _("{number} characters, longer than two lines: readers see only its end", { number: length }) : "";
  }
  onward = (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    this.querySelector("#text").focus();
  };
  say(words) {
    this.words = words;
    this.draw();
  }
  put(text) {
    keep({ text });
    const box = this.querySelector("textarea");
    if (box) box.value = text;
    this.measure();
  }
  choose = ({ target }) => {
    tell("", written());
    localStorage.setItem(WRITES, target.value);
    keep({ language: target.value });
    touch("captions");
    this.draw();
  };
  typed = ({ target }) => {
    keep({ text: target.value.replace(/\s*\n\s*/g, " ") }); // pasted, perhaps: a line is one line
    if (this.words) this.say("");
    this.measure();
    tellSoon();
  };
  key = (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter") { event.preventDefault(); if (!event.shiftKey) event.target.form.requestSubmit(); }
    if (event.key === "ArrowUp" && !event.target.value) { event.preventDefault(); this.say(document.querySelector("caption-log").correctLast()); }
  };

  submit = (event) => {
    event.preventDefault();
    const text = draft.text?.trim(), language = written(), speaker = speakerId(voice().trim());
    if (!text) return;
    clearTimeout(timer);
    timer = 0;
    told = "";
    this.put("");
    this.say("");
    give({ language, text, ...(speaker && { speaker }) });
  };

  comeBack = ({ detail: { text, words } }) => {
    this.put([text, draft.text?.trim()].filter(Boolean).join(" ")); // back into the box, before what was typed since
    this.say(words);
  };
  connectedCallback() {
    super.connectedCallback();
    addEventListener("lines refused", this.comeBack);
  }
});
