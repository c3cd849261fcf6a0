// What one hears: the floor or a channel, said in words, one tap away; and where its sound is, until it comes from here.
import { send } from "../connection.js";
import { html, Live, nothing } from "../element.js";
import { list, one } from "../store.js";
import { _, languageName, ownName } from "../texts.js";
import "../choices.js";

const FLOOR = "floor";
export const channels = () => list("channels").sort((a, b) => a.order - b.order);
const chosen = () => one("mine", "channel") ?? FLOOR;
const floor = () => one("room", "room")?.floor;

/** What the floor speaks, in words. */
export const floorNow = () => floor() ? _("{language} now", { language: languageName(floor()) }) : "";

/** A channel's state, beside its name. */
function stateOf({ language, state, relay_of: of }) {
  if (state === "silent" && language === floor()) return _("spoken on the floor now");
  return { live: () => _("interpreted"), relay: () => _("interpreted from {language}", { language: languageName(of) }), silent: () => _("silent: you hear the floor"), closed: () => _("closed") }[state]();
}

/** What one hears, as a sentence of its own; what reads on after “You hear” is marked so. */
function heard(tag) {
  const channel = one("channels", tag), language = languageName(tag === FLOOR ? floor() ?? "und" : tag);
  if (tag === FLOOR) return { words: floor() ? _("Floor ({language} now)", { language }) : _("Floor") };
  if (channel?.state === "live") return { after: true, words: _("{language}, interpreted", { language }) };
  if (channel?.state === "relay") return { after: true, words: _("{language}, interpreted from {source}", { language, source: languageName(channel.relay_of) }) };
  if (tag === floor()) return { words: _("Floor, in {language}", { language }) };
  return { words: channel?.state === "silent" ? _("{language} is silent: you hear the floor", { language }) : _("{language} is closed: you hear the floor", { language }) };
}

customElements.define("sound-choice", class extends Live {
  static watches = ["channels", "mine", "room"];
  words = "";

  view() {
    const room = one("room", "room"), { after, words } = heard(chosen());
    if (!room || room.state === "closed") return nothing;
    return html`<details class="choice">
      <summary><span>${after ? html`<span class="wide">${_("You hear")} </span>` : nothing}<strong>${words}</strong></span></summary>
      <form @change=${this.choose}><fieldset><legend>${_("What do you want to hear?")}</legend>
        ${this.option(FLOOR, html`<span>${_("Floor")}</span>`, floorNow())}
        ${channels().map((channel) => this.option(channel.language, html`<span lang=${channel.language} dir="auto">${ownName(channel.language)}</span>`, stateOf(channel), channel.state === "closed"))}
      </fieldset><p class="warn" role="status">${this.words}</p></form></details>`;
  }

  option(tag, name, words, closed = false) {
    return html`<label class="option"><input type="radio" name="hear" value=${tag} .checked=${tag === chosen()} ?disabled=${closed}>${name}<span class="meta">${words}</span></label>`;
  }

  choose = async ({ target }) => {
    const { no } = await send("channel.choose", { language: target.value });
    this.words = no?.text ?? "";
    if (no) for (const each of this.querySelectorAll("input")) each.checked = each.value === chosen();
    this.draw();
  };
});

const opens = (link, words) => html`<a href=${link} target="_blank" rel="noopener noreferrer">${words}<span class="hidden"> ${_("opens beside this page")}</span></a>`;

customElements.define("sound-link", class extends Live {
  static watches = ["channels", "mine", "room"];
  view() {
    const room = one("room", "room"), channel = one("channels", chosen()), language = languageName(chosen());
    if (!room || room.state === "closed") return nothing;
    const speaking = ["live", "relay"].includes(channel?.state);
    const missing = (words) => room.state === "planned" ? nothing : html`<span>${words}</span>`;
    if (speaking) return channel.link ? opens(channel.link, _("Listen to {language}", { language })) : missing(_("No sound link has been set for {language} yet.", { language }));
    return room.stream ? opens(room.stream, _("Listen to the floor")) : missing(_("No sound link has been set for the floor yet.")); // a silent channel has nothing to listen to
  }
});
