// One channel that is heard: its packets decoded voice by voice, and played through a node of the page's context.
import { worklet } from "./context.js";
import { decoder } from "./decoding.js";

const FAINT = 8; // bytes of Opus up to which a packet is silence
const QUIET = 5000; // ms without sound after which a channel is quiet
const OVER = 5000; // ms without packets after which a voice's decoder is let go

/** Fires "sound" when there is sound again, "quiet" when there has been none for QUIET. */
export class Listening extends EventTarget {
  lastSound = 0; // performance.now() of the newest packet that was not silence
  heard = false; // whether the server is asked to send it
  #told = { received: 0, lost: 0, underruns: 0, buffered: 0, level: 0, sources: [] };
  #voices = new Map(); // by source
  #timer = 0;
  #sounding = false;

  constructor(channel, node) {
    super();
    this.channel = channel;
    this.node = node;
    node.port.onmessage = ({ data }) => { this.#told = data; };
  }

  static async begin(channel) {
    const node = await worklet("./player-worklet.js", "voices", { numberOfInputs: 0, outputChannelCount: [1] });
    node.port.postMessage({ silent: true });
    return new Listening(channel, node);
  }

  /** Counts of packets, `buffered` ms in hand, `level` 0 to 1, the numbers of its voices. */
  stats() { return this.#told; }

  /** Heard from now on, or not at all from now on. */
  set(heard) {
    if (heard === this.heard) return;
    this.heard = heard;
    this.node.port.postMessage({ silent: !heard });
    if (!heard) this.#forget(() => true);
  }

  /** Takes a packet of one of its voices. */
  take({ source, seq, time, opus }) {
    if (!this.heard) return;
    if (opus.byteLength > FAINT) this.#sound();
    if (!this.#voices.has(source)) this.#add(source);
    const voice = this.#voices.get(source);
    voice.at = performance.now();
    if (voice.decoder) voice.decoder.decode(seq, time, opus);
    else voice.ready.then(({ decode }) => decode?.(seq, time, opus));
  }

  #add(source) {
    const voice = { at: 0, decoder: null, over: false };
    const give = (seq, time, samples) => { if (!voice.over) this.node.port.postMessage({ source, seq, time, samples }, [samples.buffer]); };
    voice.ready = decoder(give).then((made) => {
      if (voice.over) { made.close(); return {}; }
      queueMicrotask(() => { voice.decoder = made; }); // after what has waited
      return { decode: (...packet) => { if (!voice.over) made.decode(...packet); } };
    });
    this.#voices.set(source, voice);
    const now = performance.now();
    this.#forget(({ at }) => at && now - at > OVER);
  }

  #forget(which) {
    for (const [source, voice] of this.#voices) {
      if (!which(voice)) continue;
      voice.over = true;
      voice.decoder?.close();
      this.#voices.delete(source);
    }
  }

  #sound() {
    this.lastSound = performance.now();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => { this.#sounding = false; this.dispatchEvent(new Event("quiet")); }, QUIET);
    if (this.#sounding) return;
    this.#sounding = true;
    this.dispatchEvent(new Event("sound"));
  }

  close() {
    clearTimeout(this.#timer);
    this.#forget(() => true);
    this.node.port.postMessage({ silent: true });
    this.node.disconnect();
  }
}

