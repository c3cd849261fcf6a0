// Before one speaks: which microphone, how loud it is, and how one sounds to others.
import { html, Live, nothing } from "../element.js";
import { choose, devices, loudness, mic, record, sound, why } from "../microphone.js";
import { _ } from "../texts.js";
import "./level-meter.js";

customElements.define("mic-check", class extends Live {
  static watches = ["microphone"];
  all = [];
  trying = null; // {stream, back, gain}: a microphone that is tried
  words = "";
  connectedCallback() {
    super.connectedCallback();
    this.draw();
  }
  disconnectedCallback() {
    super.disconnectedCallback();
    this.end();
  }

  view() {
    return html`<dialog class="check" aria-labelledby="check-title" @close=${() => this.end()}><h2 id="check-title">${_("Test the microphone")}</h2>
      <p class="meta">${_("Nobody else hears this. Headphones keep others from hearing themselves.")}</p>
      ${this.all.length ? html`<label>${_("Microphone")}<select @change=${({ target }) => this.take(target.value)}>${this.all.map(({ id, label }) => html`<option value=${id} .selected=${id === mic.device}>${label}</option>`)}</select></label>` : nothing}
      ${this.trying ? html`<p><level-meter .measure=${() => loudness(this.trying?.back?.stats().level ?? 0)}></level-meter></p>
      <p><button type="button" aria-pressed=${this.hearing} @click=${this.hear}>${this.hearing ? _("Stop hearing myself") : _("Hear myself")}</button> <span class="meta">${_("Through the server and back, as others hear you.")}</span></p>` : nothing}
      <p class="warn" role="alert">${this.words}</p>
      <form method="dialog"><button class="first">${_("Done")}</button></form></dialog>`;
  }
  get hearing() { return Boolean(this.trying?.heard); }

  /** Opens the test, from a click. */
  async begin() {
    this.querySelector("dialog").showModal();
    await this.start();
  }
  async start() {
    this.words = "";
    try {
      const { audio, echo, unlock } = await sound();
      await unlock();
      const stream = await record(), gain = audio().createGain();
      const back = await echo(stream);
      gain.gain.value = 0;
      back.node.connect(gain).connect(audio().destination);
      this.trying = { stream, back, gain, heard: false };
      this.all = await devices();
    } catch (error) {
      this.words = why(error);
    }
    this.draw();
  }
  async take(device) {
    this.end();
    await choose(device);
    await this.start();
  }
  hear = () => {
    this.trying.heard = !this.trying.heard;
    const { gain, heard } = this.trying;
    gain.gain.setTargetAtTime(heard ? 1 : 0, gain.context.currentTime, 0.02);
    this.draw();
  };
  end() {
    this.trying?.back.close();
    this.trying?.gain.disconnect();
    for (const track of this.trying?.stream.getTracks() ?? []) track.stop();
    this.trying = null;
  }
});
