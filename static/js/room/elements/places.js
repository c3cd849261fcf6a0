// Ways from the room to the booths, for interpreters.
import { html, Live, nothing } from "../element.js";
import { may } from "../store.js";
import { _, languageName } from "../texts.js";
import { channels } from "./sound.js";

customElements.define("booth-links", class extends Live {
  static watches = ["channels", "you"];
  view() {
    if (!may("booth.enter")) return nothing;
    return channels().filter(({ state }) => state !== "closed").map(({ language }) => html`<a href="/rooms/${document.body.dataset.room}/booth/${language}">${_("Booth: {language}", { language: languageName(language) })}</a> `);
  }
});
