// The microphone of a page: one button, whether one is heard in words, mute, and a cough for as long as it is held.
import { html, Live, nothing } from "../element.js";
import { audible, close, cough, goOn, inWords, level, mic, mute, open, passes } from "../microphone.js";
import { styled } from "../styles.js";
import { _ } from "../texts.js";
import "./level-meter.js";

await styled("microphone"); // a booth always has it

const key = (letter) => document.body.dataset.page === "booth" ? html` <kbd>${letter}</kbd>` : nothing;
const place = () => document.querySelector("mic-control").dataset.channel;

/** Opens the page's microphone at the channel of its control, unless it is open. */
export const begin = () => mic.state === "off" && open(place());
export const turnMute = () => { if (mic.state !== "off") mute(!mic.muted); };

/** What a test needs is loaded when somebody wants one. */
export async function test() {
  await import("./mic-check.js");
  document.querySelector("mic-check").begin();
}

customElements.define("mic-control", class extends Live {
  static watches = ["microphone"];
  connectedCallback() {
    super.connectedCallback();
    this.draw();
    new ResizeObserver(() => document.body.style.setProperty("--mic", `${this.offsetHeight}px`)).observe(this);
    if (document.body.dataset.page !== "booth") goOn(place()); // a booth must know first that one is still inside
  }
  view() {
    const { state, trouble, muted, held, device } = mic, on = !["off", "opening"].includes(state);
    this.dataset.state = audible() ? "heard" : state;
    return html`<p class="told" role="status"><strong class=${audible() ? "on-air" : ""}>${inWords()}</strong></p>
      ${trouble ? html`<p class="warn" role="alert">${trouble}</p>` : nothing}
      ${on ? html`<level-meter .measure=${level} .judges=${passes}></level-meter>
      <p class="acts"><button type="button" class="cough" aria-pressed=${held} @pointerdown=${() => cough(true)} @pointerup=${this.over} @pointerleave=${this.over} @pointercancel=${this.over} @contextmenu=${(event) => event.preventDefault()} @keydown=${this.press} @keyup=${this.press} @blur=${this.over}>${_("Cough (hold)")}${key("C")}</button>
      <button type="button" aria-label=${muted ? _("Unmute the microphone") : _("Mute the microphone")} @click=${turnMute}>${muted ? _("Unmute") : _("Mute")}${key("M")}</button></p>
      <p class="acts quiet"><button class="plain" type="button" aria-label=${_("Close the microphone")} @click=${close}>${_("Close")}</button> <button class="plain" type="button" aria-label=${_("Microphone: {name}", { name: device.label })} @click=${test}>${device.label}</button></p>` : html`
      <p class="acts"><button type="button" class="first" aria-disabled=${state === "opening"} @click=${begin}>${_("Open the microphone")}</button>
      <button class="plain" type="button" @click=${test}>${_("Test the microphone")}</button></p>`}<mic-check></mic-check>`;
  }
  over = () => cough(false);
  press = (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
    cough(event.type === "keydown");
  };
});
