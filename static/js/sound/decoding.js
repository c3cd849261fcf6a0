// Opus to samples, by the browser's own decoder or, where it has none, by the one that is vendored. One for each voice.
import { RATE } from "./context.js";

const MICRO = 1_000_000 / RATE; // of a sample
const native = async () => {
  if (!globalThis.AudioDecoder) return false;
  return (await AudioDecoder.isConfigSupported(CONFIG).catch(() => null))?.supported ?? false;
};
const CONFIG = { codec: "opus", sampleRate: RATE, numberOfChannels: 1 };
const has = native();

/** Decodes one voice; `give(seq, time, samples)` gets what comes out, in order. */
export async function decoder(give) {
  return await has ? new Own(give) : vendored(give);
}

class Own {
  constructor(give) {
    this.give = give;
    this.waiting = new Map(); // the seq of what is being decoded, by its time
    this.begin();
  }
  begin() {
    this.decoder = new AudioDecoder({ output: (data) => this.out(data), error: () => {} });
    this.decoder.configure(CONFIG);
  }
  decode(seq, time, opus) {
    if (this.decoder.state === "closed") this.begin(); // after bytes that are no Opus
    this.waiting.set(time, seq);
    if (this.waiting.size > 100) this.waiting.delete(this.waiting.keys().next().value);
    this.decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: Math.round(time * MICRO), duration: 20_000, data: opus }));
  }
  out(data) {
    const time = Math.round(data.timestamp / MICRO), seq = this.waiting.get(time), samples = new Float32Array(data.numberOfFrames);
    data.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
    data.close();
    this.waiting.delete(time);
    if (seq !== undefined) this.give(seq, time, samples);
  }
  close() { if (this.decoder.state !== "closed") this.decoder.close(); }
}

async function vendored(give) {
  await import("../../vendor/opus-decoder/dist/opus-decoder.min.js"); // puts itself there
  const { OpusDecoder } = globalThis["opus-decoder"];
  const decoding = new OpusDecoder({ sampleRate: RATE, channels: 1, streamCount: 1, coupledStreamCount: 0, channelMappingTable: [0] });
  await decoding.ready;
  return {
    decode(seq, time, opus) {
      const { channelData: [samples], samplesDecoded } = decoding.decodeFrame(opus);
      if (samplesDecoded) give(seq, time, samples);
    },
    close: () => decoding.free(),
  };
}
