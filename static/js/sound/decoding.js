// Opus to samples, by the browser's own decoder or, where it has none, by the one that is vendored. One for each voice.
import { RATE } from "./context.js";

const PACKET = 20_000; // microseconds
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
    this.begin();
  }
  /** Packets are numbered as they go in: where some are lost, Chromium's decoder goes on counting as if there were none missing. */
  begin() {
    this.count = 0;
    this.waiting = new Map(); // {seq, time} of what is being decoded, by its number
    this.decoder = new AudioDecoder({ output: (data) => this.out(data), error: () => {} });
    this.decoder.configure(CONFIG);
  }
  decode(seq, time, opus) {
    if (this.decoder.state === "closed") this.begin(); // after bytes that are no Opus
    this.waiting.set(this.count, { seq, time });
    this.waiting.delete(this.count - 100);
    this.decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: PACKET * this.count++, duration: PACKET, data: opus }));
  }
  out(data) {
    const number = Math.round(data.timestamp / PACKET), packet = this.waiting.get(number), samples = new Float32Array(data.numberOfFrames);
    data.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
    data.close();
    this.waiting.delete(number);
    if (packet) this.give(packet.seq, packet.time, samples);
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
