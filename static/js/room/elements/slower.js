// A booth tells whoever speaks that it hears nothing, or asks to slow down: which booth and not who, gone by itself.
import { html, nothing, Ticking } from "../element.js";
import { list } from "../store.js";
import { _, languageName } from "../texts.js";
import { now } from "../times.js";

const SHOWN = 20_000; // ms for which a booth's wish is shown

function asking(since) {
  const fresh = list("channels").filter((channel) => channel[since] && now() - Date.parse(channel[since]) < SHOWN);
  return fresh.map(({ language }) => languageName(language)).join(_(", "));
}

customElements.define("slower-please", class extends Ticking {
  static watches = ["channels"];
  view() {
    const deaf = asking("no_sound_at"), slow = asking("slower_at");
    return [
      deaf ? html`<p class="slow">${_("No sound in the booth: {languages}", { languages: deaf })}</p>` : nothing,
      slow ? html`<p class="slow">${_("Slower, please: {languages}", { languages: slow })}</p>` : nothing,
    ];
  }
});
