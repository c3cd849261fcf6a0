// A stream's sound as Opus: packets of 20 ms, mono, 24 kbit/s. Needs WebCodecs; there is nothing else that encodes.
import { audio, RATE, worklet } from "./context.js";

const FRAME = 960; // samples
const FRAME_US = 20_000; // the same in microseconds, as WebCodecs count
const AGAIN = 1_000; // ms after which a broken encoder is replaced
const OPUS = { codec: "opus", sampleRate: RATE, numberOfChannels: 1, bitrate: 24_000, opus: { frameDuration: FRAME_US, application: "voip", signal: "voice" } };

export class Encoding {
  level = 0; // of the last 20 ms, 0 to 1
  #muted = false;
  #from = 0; // samples of the context's time: what was said before this was said while muted, however late it comes here
  #silent = 0; // samples that were not encoded, while it was muted
  #frames = 0;
  #closed = false;
  #encoder = null;

  /** Encode what a stream gives: `take(chunk, time)` with an EncodedAudioChunk, and samples since the beginning. */
  static async of(stream, take, muted) {
    const made = Object.assign(new Encoding(), { take, muted });
    made.capture = await worklet("capture", { numberOfInputs: 1, numberOfOutputs: 1, channelCount: 1, channelCountMode: "explicit" });
    made.capture.port.onmessage = ({ data }) => made.#encode(data);
    made.microphone = audio().createMediaStreamSource(stream);
    made.microphone.connect(made.capture).connect(audio().destination); // it gives silence; what leads nowhere is not run everywhere
    made.#renew();
    return made;
  }

  #renew() {
    if (this.#closed) return;
    this.#silent += this.#frames * FRAME; // what an encoder that broke had made: time goes on
    this.#frames = 0;
    this.#encoder = new AudioEncoder({
      output: (chunk) => this.take(chunk, Math.max(0, Math.round(chunk.timestamp / FRAME_US)) * FRAME + this.#silent),
      error: () => { this.#encoder = null; setTimeout(() => this.#renew(), AGAIN); },
    });
    this.#encoder.configure(OPUS);
  }

  get muted() { return this.#muted; }

  set muted(muted) {
    if (this.#muted && !muted) this.#from = audio().currentTime * RATE;
    this.#muted = muted;
  }

  #encode({ samples, at }) {
    this.level = Math.sqrt(samples.reduce((sum, sample) => sum + sample ** 2, 0) / FRAME);
    if (this.#muted || at < this.#from || this.#encoder?.state !== "configured") { this.#silent += FRAME; return; }
    const data = new AudioData({ format: "f32", sampleRate: RATE, numberOfFrames: FRAME, numberOfChannels: 1, timestamp: this.#frames++ * FRAME_US, data: samples });
    this.#encoder.encode(data);
    data.close();
  }

  close() {
    this.#closed = true;
    this.microphone.disconnect();
    this.capture.disconnect();
    this.capture.port.postMessage("close");
    if (this.#encoder && this.#encoder.state !== "closed") this.#encoder.close();
    this.#encoder = null;
  }
}
