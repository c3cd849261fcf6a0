// Ways from the room to the booths, for interpreters.
import { channels } from "../channels.js";
import { html, Live, nothing } from "../element.js";
import { may, state } from "../store.js";
import { _, languageName } from "../texts.js";

customElements.define("booth-links", class extends Live {
  static watches = ["channels", "you"];
  view() {
    if (!may("booth.enter")) return nothing;
    return channels().filter((each) => each.state !== "closed").map(({ language, interpreter }) => html`<a href="/rooms/${document.body.dataset.room}/booth/${language}" class=${interpreter && interpreter.id === state.you?.id ? "on-air" : ""}>${interpreter && interpreter.id === state.you?.id ? _("You are on air: {language}", { language: languageName(language) }) : _("Booth: {language}", { language: languageName(language) })}</a> `);
  }
});
