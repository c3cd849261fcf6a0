// Channels as the moderator sees them: folded, with the number of those that are silent and should not be. What is spoken.
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { html, Live, nothing } from "../element.js";
import { list, may, one } from "../store.js";
import { _, languageName, ngettext } from "../texts.js";
import { command, once } from "./desk.js";
import "./listeners.js";

export const COMMON = ["ar", "de", "en", "es", "fr", "pt", "ru", "sq", "sr", "tr", "uk", "ka", "sw"];

/** Closing empties a booth: it can be opened again, its people enter anew. */
function turn(language, open) {
  const verb = open ? "open" : "close", words = open ? _("Channel open: {language}", { language: languageName(language) }) : _("Channel closed: {language}", { language: languageName(language) });
  return command(`channel.${verb}`, { language }, words, () => turn(language, !open));
}

async function speak(language) {
  const before = one("room", "room").floor;
  if (language === before) return true;
  return command("channel.floor", { language }, _("Spoken now: {language}", { language: languageName(language) }), before ? () => speak(before) : null);
}

customElements.define("channel-control", class extends Live {
  static watches = ["channels", "listeners", "room", "you"];
  view() {
    const room = one("room", "room");
    if (!may("channel.open") || !room || room.state === "closed") return nothing;
    const channels = list("channels").sort((a, b) => a.order - b.order), open = channels.filter(({ state }) => state !== "closed");
    const silent = room.state === "open" ? open.filter(({ state, language }) => state === "silent" && language !== room.floor) : [];
    const spoken = [...new Set([room.floor, ...room.languages, ...channels.map(({ language }) => language)])].filter(Boolean);
    return html`<details><summary><h3>${_("Languages")}</h3> <span class="meta">${room.floor ? _("spoken: {language}", { language: languageName(room.floor) }) : nothing}${_(", ")}${ngettext("{num} channel", "{num} channels", open.length)}</span>${silent.length ? html` <span class="warn">${ngettext("{num} silent", "{num} silent", silent.length)}</span>` : nothing}</summary>
      ${silent.length ? html`<p class="attention">${_("Silent: {languages}. Who listens there hears the floor.", { languages: silent.map(({ language }) => languageName(language)).join(_(", ")) })}</p>` : nothing}
      <ul class="channels">${repeat(channels, ({ id }) => id, (channel) => this.row(channel))}</ul>
      <div class="small"><label>${_("What is spoken now")}<select @change=${async ({ target }) => await speak(target.value) || (target.value = one("room", "room").floor)}>${spoken.map((tag) => html`<option value=${tag} ?selected=${tag === room.floor} .selected=${tag === room.floor}>${languageName(tag)}</option>`)}</select></label>
      <form class="pair" @submit=${this.add}><label>${_("A further channel")}<select name="language">${COMMON.filter((tag) => !channels.some(({ language }) => language === tag)).map((tag) => html`<option value=${tag}>${languageName(tag)}</option>`)}</select></label><button>${_("Open the channel")}</button></form></div><listener-lines></listener-lines></details>`;
  }
  row({ language, state, relay_of: relay, interpreter, booth }) {
    const name = languageName(language), ears = one("listeners", language)?.number ?? 0;
    const words = { closed: _("Closed"), silent: _("Silent"), live: _("Interpreted"), relay: _("By relay from {language}", { language: languageName(relay ?? language) }) }[state];
    return html`<li><div><p class="name">${name}</p><p class="facts meta"><span class=${state === "live" || state === "relay" ? "good" : ""}>${words}</span>${interpreter ? html`<bdi>${interpreter.name}</bdi>` : booth?.length ? html`<span>${_("in the booth:")} ${booth.map((each) => html`<bdi>${each.name}</bdi> `)}</span>` : nothing}<span>${ngettext("{num} listens", "{num} listen", ears)}</span></p></div>
      <p class="acts">${state === "closed" ? nothing : html`<a class="button plain" href="/rooms/${document.body.dataset.room}/booth/${language}">${_("Booth")}<span class="hidden">: ${name}</span></a>`}<button class="plain" type="button" @click=${once(() => turn(language, state === "closed"))}>${state === "closed" ? _("Open the channel") : _("Close the channel")}<span class="hidden">: ${name}</span></button></p></li>`;
  }
  add(event) {
    event.preventDefault();
    turn(new FormData(event.currentTarget).get("language"), true);
  }
});
