// What is loaded on a thin line: one plain choice of this device, beneath the choice of what one hears.
import { html, Live } from "../element.js";
import { mute } from "../hearing.js";
import { _ } from "../texts.js";
import { load, loads, mode } from "../thrift.js";
import { read } from "./captions.js";

const MODES = () => ({ all: _("everything"), sound: _("the sound only: no slides, no stream"), captions: _("captions only"), text: _("text only: captions and the text of the slides") });

customElements.define("thrift-choice", class extends Live {
  connectedCallback() {
    super.connectedCallback();
    this.draw();
  }
  view() {
    return html`<label class="thrift"><span>${_("Load on this device")}</span> <select @change=${this.choose}>
      ${Object.entries(MODES()).map(([each, meaning]) => html`<option value=${each} ?selected=${each === mode()}>${meaning}</option>`)}</select></label>`;
  }
  choose({ target }) {
    load(target.value);
    if (loads("sound")) return;
    mute();
    read();
  }
});
