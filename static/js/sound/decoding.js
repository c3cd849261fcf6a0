// Decoders of Opus, one for each voice: the browser's, or where it has none libopus in WebAssembly, fetched when it is needed.
import { RATE } from "./context.js";

const MICROSECOND = RATE / 1e6; // in samples
let wasm = null;

/** A decoder: {decode(opus, time), close()}; gives `take(time, samples)`, times in samples. */
export const decoder = (take) => "AudioDecoder" in globalThis ? new Native(take) : new Vendored(take);

class Native {
  #decoder = null;
  constructor(take) { this.take = take; }

  decode(opus, time) {
    if (this.#decoder?.state !== "configured") this.#renew();
    this.#decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: Math.round(time / MICROSECOND), data: opus }));
  }

  /** Bytes that are no Opus close a decoder; the next packet gets another. */
  #renew() {
    this.#decoder = new AudioDecoder({ output: (data) => this.#give(data), error: () => {} });
    this.#decoder.configure({ codec: "opus", sampleRate: RATE, numberOfChannels: 1 });
  }

  #give(data) {
    const samples = new Float32Array(data.numberOfFrames);
    data.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
    this.take(Math.round(data.timestamp * MICROSECOND), samples);
    data.close();
  }

  close() { if (this.#decoder && this.#decoder.state !== "closed") this.#decoder.close(); }
}

class Vendored {
  #decoder = null;
  #closed = false;

  constructor(take) {
    this.take = take;
    this.#open();
  }

  async #open() {
    wasm ??= import("../../vendor/opus-decoder/dist/opus-decoder.min.js");
    await wasm;
    const { OpusDecoder } = globalThis["opus-decoder"], opened = new OpusDecoder({ sampleRate: RATE, channels: 1, streamCount: 1, coupledStreamCount: 0, channelMappingTable: [0] });
    await opened.ready;
    if (this.#closed) opened.free();
    else this.#decoder = opened;
  }

  /** What comes before it is loaded is not heard. */
  decode(opus, time) {
    const { channelData: [samples], samplesDecoded } = this.#decoder?.decodeFrame(opus) ?? { channelData: [], samplesDecoded: 0 };
    if (samplesDecoded) this.take(time, samples.slice(0, samplesDecoded));
  }

  close() {
    this.#closed = true;
    this.#decoder?.free();
  }
}
