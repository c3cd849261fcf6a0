// Samples to Opus: 48 kHz mono in pieces of 20 ms, about 24 kbit/s.
import { RATE } from "./context.js";

const CONFIG = { codec: "opus", sampleRate: RATE, numberOfChannels: 1, bitrate: 24_000, opus: { frameDuration: 20_000, application: "voip", signal: "voice" } };
const MICRO = 1_000_000 / RATE; // of a sample

/** Whether this browser can make sound that others hear. */
export async function encodes() {
  if (!globalThis.AudioEncoder || !globalThis.AudioWorkletNode) return false;
  return (await AudioEncoder.isConfigSupported(CONFIG).catch(() => null))?.supported ?? false;
}

/** Encodes pieces; `give(seq, time, chunk)` gets each, `broken` once if it cannot go on. */
export class Encoding {
  constructor(give, broken) {
    this.seq = 0;
    this.time = 0; // samples taken in
    this.encoder = new AudioEncoder({ output: (chunk) => give(this.seq++, Math.round(chunk.timestamp / MICRO), chunk), error: broken });
    this.encoder.configure(CONFIG);
  }
  /** Takes the next samples in. */
  encode(samples) {
    if (this.encoder.state !== "configured") return;
    const data = new AudioData({ format: "f32-planar", sampleRate: RATE, numberOfFrames: samples.length, numberOfChannels: 1, timestamp: Math.round(this.time * MICRO), data: samples });
    this.time += samples.length;
    this.encoder.encode(data);
    data.close();
  }
  /** Lets time pass in which nothing is sent. */
  skip(samples) { this.time += samples; }
  close() { if (this.encoder.state !== "closed") this.encoder.close(); }
}
