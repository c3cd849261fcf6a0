// All voices of one channel as one sound, a buffer for each. It knows no browser either.
import { Buffer } from "./buffer.js";

const OVER = 48_000 * 10; // samples without a piece: whoever spoke has ended
const FADE = 240; // samples in which it falls silent: 5 ms

export class Mix {
  #voices = new Map();
  #underruns = 0; // of voices that are gone
  #gain = 1;
  #hushed = false;

  put(source, time, samples, now) {
    if (this.#hushed) return;
    if (!this.#voices.has(source)) this.#voices.set(source, new Buffer());
    this.#voices.get(source).put(time, samples, now);
  }

  /** Fill `out` with what is to be heard next. */
  pull(out, now) {
    out.fill(0);
    for (const [source, voice] of this.#voices) {
      voice.pull(out, now);
      if (now - voice.heard > OVER) this.end(source);
    }
    if (!this.#hushed) return;
    for (let n = 0; n < out.length; n++) out[n] *= this.#gain = Math.max(0, this.#gain - 1 / FADE);
    if (this.#gain === 0) for (const source of [...this.#voices.keys()]) this.end(source);
  }

  /** Silent from now on, and what waits is thrown away; or open again, for what comes. */
  hush(hushed) {
    if (!hushed) for (const source of this.#hushed ? [...this.#voices.keys()] : []) this.end(source);
    this.#hushed = hushed;
    if (!hushed) this.#gain = 1;
  }

  end(source) {
    this.#underruns += this.#voices.get(source)?.underruns ?? 0;
    this.#voices.delete(source);
  }

  /** {underruns, buffered}: how often it ran dry, and how many ms wait. */
  stats() {
    const voices = [...this.#voices.values()];
    return {
      underruns: voices.reduce((sum, { underruns }) => sum + underruns, this.#underruns),
      buffered: Math.max(0, ...voices.map(({ depth }) => depth)) / 48,
      sources: [...this.#voices.keys()],
    };
  }
}
