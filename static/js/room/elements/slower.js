// A booth asks whoever speaks to slow down: which booth and not who, calmly, and gone by itself.
import { html, nothing, Ticking } from "../element.js";
import { list } from "../store.js";
import { _, languageName } from "../texts.js";
import { now } from "../times.js";

const SHOWN = 20_000; // ms for which a booth's wish is shown

customElements.define("slower-please", class extends Ticking {
  static watches = ["channels"];
  view() {
    const slow = list("channels").filter(({ slower_at }) => slower_at && now() - Date.parse(slower_at) < SHOWN);
    return slow.length ? html`<p class="slow">${_("Slower, please: {languages}", { languages: slow.map(({ language }) => languageName(language)).join(_(", ")) })}</p>` : nothing;
  }
});
