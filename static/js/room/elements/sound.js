// What one hears: the floor or a channel, said in words, one tap away; the one button from silence to sound; and where else it is.
import { channels, floor, floorNow } from "../channels.js";
import { html, Live, nothing } from "../element.js";
import { FLOOR, heard } from "../heard.js";
import { choose, chosen, goOn, hearing, listen, mute, sounding } from "../hearing.js";
import { one } from "../store.js";
import { _, languageName, ownName } from "../texts.js";
import { loads, mode, ours } from "../thrift.js";
import "../choices.js";

const PAUSE = 2_000; // ms for which something holds before it is read out: a breath is no news

/** A channel's state, beside its name. */
function stateOf({ language, state, relay_of: of }) {
  if (state !== "closed" && language === floor()) return _("spoken on the floor now");
  return { live: () => _("interpreted"), relay: () => _("interpreted from {language}", { language: languageName(of) }), silent: () => _("silent: you hear the floor"), closed: () => _("closed") }[state]();
}

/** Whether one speaks on the floor from this page. */
const heardHere = () => document.querySelector("mic-control")?.dataset.state === "heard";

/** What one hears, or would, as a sentence of its own; what reads on after “You hear” is marked so. */
function words() {
  const tag = chosen(), channel = one("channels", tag), language = languageName(tag === FLOOR ? floor() ?? "und" : tag);
  const known = hearing.now?.tag === tag, { why, nobody } = known ? hearing.now : heard({ chosen: tag, channel });
  if (nobody && !one("room", "room")?.stream) return { words: why === FLOOR || tag === floor() ? heardHere() ? _("Floor: nobody else speaks now") : _("Floor: nobody speaks now") : _("{language} is silent, and so is the floor", { language }) };
  if (why === FLOOR) return { words: floor() ? _("Floor ({language} now)", { language }) : _("Floor") };
  if (tag === floor() && !known) return { words: _("Floor, in {language}", { language }) }; // nobody interprets what is spoken, or should
  if (why === "live") return { after: true, words: _("{language}, interpreted", { language }) };
  if (why === "relay") return { after: true, words: _("{language}, interpreted from {source}", { language, source: languageName(channel.relay_of) }) };
  if (tag === floor()) return { words: _("Floor, in {language}", { language }) };
  return { words: why === "silent" ? _("{language} is silent: you hear the floor", { language }) : _("{language} is closed: you hear the floor", { language }) };
}

customElements.define("sound-switch", class extends Live {
  static watches = ["hearing", "room"];
  view() {
    if (sounding() && !this.begun) { this.begun = true; goOn(); }
    if (!sounding()) return nothing;
    if (hearing.on && !hearing.held) return html`<button type="button" @click=${mute}>${_("Mute")}</button>`;
    return html`<button class="first" type="button" @click=${listen}>${this.dataset.words ?? (hearing.held ? _("Go on listening") : _("Listen"))}</button>`;
  }
});

customElements.define("sound-choice", class extends Live {
  static watches = ["channels", "mine", "room", "hearing", "microphone"];

  view() {
    const room = one("room", "room"), { after, words: said } = words();
    if (!room || room.state === "closed") return nothing;
    return html`<details class="choice" @toggle=${() => ours && import("./thrift.js")}>
      <summary><span>${after && hearing.on ? html`<span class="wide">${_("You hear")} </span>` : nothing}<strong>${loads("sound") ? said : mode() === "text" ? _("No sound: text only") : _("No sound: captions only")}</strong></span></summary>
      <form><fieldset @change=${this.choose}><legend>${_("What do you want to hear?")}</legend>
        ${this.option(FLOOR, html`<span>${_("Floor")}</span>`, floorNow())}
        ${channels().map((channel) => this.option(channel.language, html`<span lang=${channel.language} dir="auto">${ownName(channel.language)}</span>`, stateOf(channel), channel.state === "closed"))}
      </fieldset><p class="warn">${hearing.words}</p>
      ${hearing.on && !hearing.held && loads("sound") ? html`<sound-levels></sound-levels>` : nothing}
      ${ours ? html`<thrift-choice></thrift-choice>` : nothing}</form></details>`;
  }

  option(tag, name, words, closed = false) {
    return html`<label class="option"><input type="radio" name="hear" value=${tag} .checked=${tag === chosen()} ?disabled=${closed}>${name}<span class="meta">${words}</span></label>`;
  }

  choose = async ({ target }) => {
    await choose(target.value);
    for (const each of this.querySelectorAll("[name=hear]")) each.checked = each.value === chosen();
  };
});

const opens = (link, words) => html`<a href=${link} target="_blank" rel="noopener noreferrer">${words}<span class="hidden"> ${_("opens beside this page")}</span></a>`;

/* What is the matter with the sound, and where else it is; read out once it has held for a moment. */
customElements.define("sound-note", class extends Live {
  static watches = ["channels", "mine", "room", "hearing", "microphone"];
  said = "";

  view() {
    const room = one("room", "room"), link = this.link(), note = this.note();
    if (!room || room.state === "closed" || !loads("sound")) return nothing;
    this.aloud(hearing.on ? note || words().words : this.said && _("The sound is off."));
    return html`${note ? html`<span>${note}</span>` : nothing}${link}<span class="hidden" role="status">${this.said}</span>`;
  }

  note() {
    if (hearing.held) return _("Your browser lets sound begin at a click only.");
    if (hearing.on && !hearing.well) return hearing.why || _("The sound is interrupted. It comes back by itself.");
    return hearing.words;
  }

  /** A channel elsewhere, as long as nothing is heard from here; the floor's stream has its link on the stage. */
  link() {
    const channel = one("channels", chosen()), language = languageName(chosen()), own = hearing.now && !hearing.now.nobody;
    return ["live", "relay"].includes(channel?.state) && channel.link && !(own && hearing.now.why !== "silent") ? opens(channel.link, _("Listen to {language} elsewhere", { language })) : nothing;
  }

  aloud(sentence) {
    if (sentence === this.next) return;
    this.next = sentence;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.said = sentence; this.draw(); }, PAUSE);
  }
});
