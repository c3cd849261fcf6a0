// Before one speaks: which microphone, how loud it is, and how one sounds to others.
import { deviceOf, devices, record, sound, stop, why } from "../devices.js";
import { html, Live, nothing } from "../element.js";
import { audible, choose, loudness } from "../microphone.js";
import { _ } from "../texts.js";
import "./level-meter.js";

customElements.define("mic-check", class extends Live {
  static watches = ["microphone"];
  all = [];
  trying = null; // {stream, device, back, gain, heard}: a microphone that is tried
  turn = 0; // how often a test has begun or ended
  words = "";
  waiting = false; // for the browser, which may ask whether it may
  connectedCallback() {
    super.connectedCallback();
    this.draw();
    document.addEventListener("soundline", this.told);
    navigator.mediaDevices?.addEventListener("devicechange", this.look);
  }
  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("soundline", this.told);
    navigator.mediaDevices?.removeEventListener("devicechange", this.look);
    this.end();
  }

  view() {
    const { trying, waiting } = this;
    return html`<dialog class="check" aria-labelledby="check-title" @close=${() => this.end()}><h2 id="check-title">${_("Test the microphone")}</h2>
      <p class="meta">${audible() ? html`<strong>${_("You are heard while you test.")}</strong>` : _("Nobody else hears this.")}</p>
      ${waiting ? html`<p role="status">${_("The browser asks whether this page may use the microphone: allow it.")}</p>` : nothing}
      ${this.all.length ? html`<label class="device"><span>${_("Microphone")}</span> <select @change=${({ target }) => this.take(target.value)}>${this.all.map(({ id, label }) => html`<option value=${id} .selected=${id === trying?.device.id}>${label}</option>`)}</select></label>` : nothing}
      ${trying ? html`<div><p class="meta">${_("Say something:")}</p><level-meter .measure=${() => loudness(this.trying?.back.stats().level ?? 0)}></level-meter></div>
      <div><button type="button" @click=${this.hear}>${trying.heard ? _("Stop hearing myself") : _("Hear myself")}</button><p class="meta">${_("Through the server and back, as others hear you. With headphones.")}</p></div>` : nothing}
      <p class="warn" role="alert">${this.words}</p>
      <form method="dialog" class="acts">${trying || waiting ? nothing : html`<button type="button" @click=${this.start}>${_("Try again")}</button>`}<button class="first">${_("Close")}</button></form></dialog>`;
  }

  /** Opens the test, from a click. */
  begin() {
    this.querySelector("dialog").showModal();
    return this.start();
  }
  start = async () => {
    this.end();
    const mine = this.turn;
    Object.assign(this, { words: "", waiting: true });
    this.draw();
    let stream = null;
    try {
      const { audio, echo, unlock } = await sound();
      [stream] = await Promise.all([record(), unlock()]);
      if (mine !== this.turn) { stop(stream); return; }
      const back = await echo(stream), gain = new GainNode(audio(), { gain: 0 });
      back.node.connect(gain).connect(audio().destination);
      if (mine !== this.turn) { back.close(); stop(stream); return; }
      this.trying = { stream, device: deviceOf(stream), back, gain, heard: false };
      stream.getAudioTracks()[0].onended = () => { this.end(); this.say(_("The microphone was unplugged.")); };
      this.all = await devices();
    } catch (error) {
      stop(stream);
      if (mine !== this.turn) return;
      this.words = why(error);
    }
    this.waiting = false;
    this.draw();
  };
  async take(device) {
    await choose(device);
    await this.start();
  }
  hear = () => {
    const { gain, heard } = this.trying;
    this.trying.heard = !heard;
    gain.gain.setTargetAtTime(heard ? 0 : 1, gain.context.currentTime, 0.02);
    this.draw();
  };
  say(words) { this.words = words; this.draw(); }
  told = ({ detail: { well, words } }) => { if (this.trying) this.say(well ? "" : words || _("The line to the server is down. It is tried again.")); };
  look = async () => { if (this.trying) { this.all = await devices(); this.draw(); } };
  end() {
    this.turn += 1;
    this.trying?.back.close();
    this.trying?.gain.disconnect();
    stop(this.trying?.stream);
    Object.assign(this, { trying: null, waiting: false });
  }
});
