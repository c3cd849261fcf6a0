// How loud: all of it, and the floor under an interpretation. On this device.
import { html, Live } from "../element.js";
import { levels, readyAll, setLevel } from "../listening.js";
import { styled } from "../styles.js";
import { _ } from "../texts.js";

await styled("levels");

customElements.define("sound-levels", class extends Live {
  static watches = ["hearing"];
  connectedCallback() {
    super.connectedCallback();
    this.draw();
    readyAll(); // whoever opens the list is about to choose
  }
  view() {
    return html`${this.slider("volume", _("Volume"))}${this.slider("floor", _("Floor under the interpretation"))}`;
  }
  slider(name, words) {
    const percent = Math.round(levels[name] * 100);
    return html`<label class="how-loud"><span>${words}</span><span class="meta" aria-hidden="true">${_("{percent} %", { percent })}</span>
      <input type="range" name=${name} min="0" max="100" step="5" .value=${percent} aria-valuetext=${_("{percent} %", { percent })} @input=${({ target }) => setLevel(name, target.value / 100)}></label>`;
  }
});
