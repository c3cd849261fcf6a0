// The microphone of a page: one button, whether one is heard in words, mute, and a cough for as long as it is held.
import { html, Live, nothing } from "../element.js";
import { close, cough, level, mic, mute, open } from "../microphone.js";
import { _ } from "../texts.js";
import "./level-meter.js";

const STATE = () => ({
  opening: _("The microphone is being opened…"),
  ready: _("Ready. You are not heard yet."),
  heard: mic.held ? _("Silent while you hold it.") : mic.muted ? _("Muted. Nobody hears you.") : _("You are heard."),
});

const key = (letter) => document.body.dataset.page === "booth" ? html` <kbd>${letter}</kbd>` : nothing;

/** Turns the page's microphone on at the channel of its control, or off. */
export const turn = () => mic.state === "off" ? open(document.querySelector("mic-control").dataset.channel) : close();
export const turnMute = () => { if (mic.state !== "off") mute(!mic.muted); };

customElements.define("mic-control", class extends Live {
  static watches = ["microphone"];
  connectedCallback() {
    super.connectedCallback();
    this.draw();
  }
  view() {
    const on = !["off", "opening"].includes(mic.state), live = mic.state === "heard" && !mic.muted && !mic.held;
    this.dataset.state = live ? "heard" : mic.state;
    return html`${on ? html`<p class="told" role="status"><strong class=${live ? "on-air" : ""}>${STATE()[mic.state]}</strong></p>
      <level-meter .measure=${level}></level-meter>
      <p class="acts"><button type="button" aria-pressed=${mic.muted} @click=${turnMute}>${mic.muted ? _("Unmute") : _("Mute")}${key("M")}</button>
      <button type="button" aria-pressed=${mic.held} @pointerdown=${() => cough(true)} @pointerup=${() => cough(false)} @pointerleave=${() => cough(false)} @keydown=${this.press} @keyup=${this.press} @blur=${() => cough(false)}>${_("Cough (hold)")}${key("C")}</button>
      <button class="plain" type="button" @click=${close}>${_("Close the microphone")}</button></p>` : html`
      <p class="acts"><button type="button" class="first" aria-disabled=${mic.state === "opening"} @click=${turn}>${mic.state === "opening" ? STATE().opening : _("Open the microphone")}</button>
      <button class="plain" type="button" @click=${this.test}>${_("Test the microphone")}</button></p>`}
      ${mic.trouble ? html`<p class="warn" role="alert">${mic.trouble}</p>` : nothing}<mic-check></mic-check>`;
  }
  test = async () => {
    await import("./mic-check.js");
    this.querySelector("mic-check").begin();
  };
  press = (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
    cough(event.type === "keydown");
  };
});
