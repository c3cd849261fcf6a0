// Listening beside one's work: the floor or a channel, as in the room. One's own voice is not heard on the page that one speaks from.
import { html, Live, nothing } from "../element.js";
import { goOn, hearing, listen, mute, sounding } from "../hearing.js";
import { styled } from "../styles.js";
import { _ } from "../texts.js";
import "./sound.js";

export { listen };
await styled("ears");

customElements.define("room-ears", class extends Live {
  static watches = ["hearing", "room"];
  connectedCallback() {
    super.connectedCallback();
    this.draw();
    goOn();
  }
  view() {
    this.dataset.state = hearing.on ? "on" : "off";
    if (!sounding()) return nothing;
    const on = hearing.on && !hearing.held;
    return html`${on ? html`<sound-choice></sound-choice>` : nothing}
      <button class="plain" type="button" @click=${on ? mute : listen}>${on ? _("Stop listening") : hearing.held ? _("Go on listening") : _("Listen")}</button>
      <sound-note class="meta"></sound-note>`;
  }
});
