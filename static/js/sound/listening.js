// One channel that somebody listens to: a node that gives its sound, made of as many voices as speak there.
import { audio, worklet } from "./context.js";
import { decoder } from "./decoding.js";

const DTX = 8; // bytes of Opus, of which a packet of silence has no more
const QUIET = 1_000; // ms without sound until it is quiet
const OVER = 15_000; // ms without a packet: whoever spoke has ended
const LOOK = 250; // ms
const VOICES = 12; // at once: more are not understood
const LISTED = 100; // packets that may still come, of those that have not

export class Listening extends EventTarget {
  engine = "embedded";
  lastSound = 0;
  #voices = new Map(); // by source: {decoder, newest, missing, at}
  #received = 0;
  #lost = 0;
  #told = { underruns: 0, buffered: 0, sources: [] };
  #sounding = false;
  #age = 0; // how often all voices have begun anew

  /** A channel's listening, silent until it is opened. `onclose()` when it is closed. */
  static async of(channel, onclose) {
    const made = new Listening();
    Object.assign(made, { channel, onclose, open: false, closed: false });
    made.node = await worklet("player", { numberOfInputs: 0, numberOfOutputs: 1, outputChannelCount: [1] });
    made.node.port.onmessage = ({ data }) => { made.#told = data; };
    made.looking = setInterval(() => made.#look(), LOOK);
    return made;
  }

  /** Let sound through, or fall silent at once and throw away what waits. */
  let(open) {
    if (open === this.open || (open && this.closed)) return;
    this.open = open;
    this.forget();
    this.node.port.postMessage({ hushed: !open });
  }

  take({ source, seq, time, opus }) {
    if (!this.open) return; // it was on its way when another channel was chosen
    this.#received++;
    if (opus.length > DTX) this.#sound();
    if (audio().state !== "running") { this.forget(); return; }
    const voice = this.#voices.get(source) ?? this.#begin(source, seq);
    voice.at = performance.now();
    if (this.#fresh(voice, seq)) voice.decoder.decode(opus, time);
  }

  #begin(source, seq) {
    const name = `${this.#age}:${source}`;
    const give = (time, samples) => { if (this.open) this.node.port.postMessage({ source: name, time, samples }, [samples.buffer]); };
    const voice = { name, decoder: decoder(give), newest: (seq - 1) >>> 0, missing: new Set(), at: performance.now() };
    this.#voices.set(source, voice);
    if (this.#voices.size > VOICES) this.#end([...this.#voices].sort(([, one], [, other]) => one.at - other.at)[0][0]);
    return voice;
  }

  /** Whether a packet has not come before; numbers begin anew after 2³². */
  #fresh(voice, seq) {
    const ahead = (seq - voice.newest) | 0;
    if (ahead <= 0) {
      const missing = voice.missing.delete(seq);
      if (missing) this.#lost--;
      return missing;
    }
    this.#lost += ahead - 1;
    for (let n = Math.min(ahead - 1, LISTED); n > 0; n--) voice.missing.add((seq - n) >>> 0);
    for (const old of voice.missing) if (voice.missing.size > LISTED) voice.missing.delete(old);
    voice.newest = seq;
    return true;
  }

  #sound() {
    this.lastSound = performance.now();
    if (this.#sounding) return;
    this.#sounding = true;
    this.dispatchEvent(new Event("sound"));
  }

  #look() {
    const now = performance.now();
    for (const [source, voice] of this.#voices) if (now - voice.at > OVER) this.#end(source);
    if (!this.#sounding || now - this.lastSound < QUIET) return;
    this.#sounding = false;
    this.dispatchEvent(new Event("quiet"));
  }

  #end(source) {
    const { name, decoder } = this.#voices.get(source);
    decoder.close();
    this.#voices.delete(source);
    this.node.port.postMessage({ end: name });
  }

  /** All voices begin anew: behind another socket the same number may be another voice. What waits is played. */
  forget() {
    for (const { decoder } of this.#voices.values()) decoder.close();
    this.#voices.clear();
    this.#age++;
  }

  stats() {
    return { received: this.#received, lost: this.#lost, ...this.#told, sources: [...this.#voices.keys()] };
  }

  close() {
    if (this.closed) return;
    this.closed = true;
    this.let(false);
    clearInterval(this.looking);
    this.node.port.postMessage({ close: true });
    this.node.disconnect();
    this.onclose();
  }
}
