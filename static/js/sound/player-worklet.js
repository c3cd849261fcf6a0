// Plays one channel: a buffer for each voice, added up. Hears of packets by messages, and says four times a second how it is.
import { Buffer } from "./buffer.js";

const REPORT = 0.25; // seconds
const RAMP = 0.005; // seconds, for silence at once without a click
const VOICES = 12; // at once; more is an accident

registerProcessor("voices", class extends AudioWorkletProcessor {
  buffers = new Map(); // by source
  past = { received: 0, lost: 0, underruns: 0 }; // of voices that are over
  gain = 1; // 0 while nothing shall be heard
  target = 1;
  told = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => this.take(data);
  }

  take({ source, seq, time, samples, silent }) {
    if (silent !== undefined) { this.target = silent ? 0 : 1; return; }
    if (!this.target) return;
    if (!this.buffers.has(source) && this.buffers.size < VOICES) this.buffers.set(source, new Buffer());
    this.buffers.get(source)?.push(seq, time, samples);
  }

  process(_inputs, [[out]]) {
    for (const buffer of this.buffers.values()) buffer.pull(out);
    if (this.gain !== this.target || this.gain !== 1) this.fade(out);
    if (!this.target && !this.gain) for (const source of this.buffers.keys()) this.forget(source); // what is left of before
    for (const [source, buffer] of this.buffers) if (buffer.over) this.forget(source);
    if (currentTime - this.told >= REPORT) this.report();
    return true;
  }

  fade(out) {
    const step = 1 / (RAMP * sampleRate);
    for (let i = 0; i < out.length; i++) {
      this.gain = this.gain < this.target ? Math.min(1, this.gain + step) : Math.max(this.target, this.gain - step);
      out[i] *= this.gain;
    }
  }

  forget(source) {
    const { received, lost, underruns } = this.buffers.get(source);
    this.past = { received: this.past.received + received, lost: this.past.lost + lost, underruns: this.past.underruns + underruns };
    this.buffers.delete(source);
  }

  report() {
    this.told = currentTime;
    const all = [...this.buffers.values()], sum = (name) => all.reduce((total, each) => total + each[name], this.past[name]);
    this.port.postMessage({
      received: sum("received"), lost: sum("lost"), underruns: sum("underruns"), sources: [...this.buffers.keys()],
      buffered: Math.max(0, ...all.map(({ buffered }) => buffered)), level: Math.max(0, ...all.map(({ level }) => level)),
    });
  }
});
