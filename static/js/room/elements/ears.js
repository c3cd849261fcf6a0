// Listening beside one's work: the floor or a channel, as in the room. One's own voice is not heard on the page that one speaks from.
import { html, Live, nothing } from "../element.js";
import { goOn, hearing, listen, mute, sounding } from "../hearing.js";
import { mic } from "../microphone.js";
import { styled } from "../styles.js";
import { _ } from "../texts.js";
import "./sound.js";

await styled("ears");

/** Begins or ends; whoever writes captions goes on writing. */
export function act(does = listen) {
  document.querySelector("caption-box textarea")?.focus();
  return does();
}

customElements.define("room-ears", class extends Live {
  static watches = ["hearing", "room", "microphone"];
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
      <button class="plain" type="button" @click=${() => act(on ? mute : listen)}>${on ? _("Stop listening") : hearing.held ? _("Go on listening") : _("Listen")}</button>
      ${on && ["ready", "heard"].includes(mic.state) ? html`<p class="meta">${_("With headphones, or your listeners hear twice.")}</p>` : nothing}<sound-note class="meta"></sound-note>`;
  }
});
