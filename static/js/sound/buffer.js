// The jitter buffer of one voice: takes decoded pieces as they come, and gives samples at an even pace. It knows no browser:
// times are samples of two clocks, `now` the listener's and `time` the speaker's, which never run quite alike.
//
// How far it plays behind what comes follows from how late pieces have come, more than once, within the last seconds. It changes by playing
// a little faster or slower, by leaving out what is quiet, and only above the limit by leaving out what is not.

const MS = 48; // samples
const SIZE = 65_536; // samples that are kept, a power of two
const START = 50 * MS, WAIT = 30 * MS; // it begins with so much, or so long after the first piece
const MARGIN = 30 * MS; // by which it plays later than a line without jitter would need
const SAFE = 10 * MS; // by which it plays later than the latest piece of the last seconds would need
const CAP = 300 * MS; // of which no more waits to be played
const SPAN = 500 * MS, SPANS = 16; // eight seconds in which lateness is remembered
const FADE = 5 * MS; // of every beginning, end and cut
const LOOSE = 8 * MS, CLOSE = 2 * MS; // off by more it is corrected, until it is off by less
const FASTER = 0.02, SLOWER = 0.01; // at most: a third of a semitone
const PIECE = 10 * MS, QUIET = 0.003; // what is left out at once, where the loudness (RMS) is below –50 dB
const ASTRAY = 10_000 * MS; // a clock that jumps so far is another clock

export class Buffer {
  underruns = 0;
  #ring = new Float32Array(SIZE);
  #tail = new Float32Array(FADE);

  constructor() { this.#begin(0, 0); }

  #begin(time, now) {
    this.origin = time; // the speaker's clock; all below count from here
    this.at = this.end = 0; // what is played next, and what follows the newest sample
    this.spans = []; // what there is to be played: [from, to], in order
    this.dry = 0; // since when there is nothing, on the listener's clock; null: there is something
    this.since = null; // when it began to fill again
    this.late = []; // lateness of pieces: {span, most, least}
    this.rate = 1;
    this.gain = 0;
    this.faded = FADE; // how much of the tail of a cut has been played
    this.heard = now;
    this.lateness = null;
  }

  /** Samples that wait. */
  get depth() { return this.dry === null ? Math.max(0, this.end - this.at) : this.since === null ? 0 : this.end - this.at; }

  /** Take a piece: `samples` that begin at `time`. */
  put(time, samples, now) {
    let start = time - this.origin;
    if (this.lateness === null || Math.abs(now - start - this.lateness) > ASTRAY) {
      this.#begin(time, now);
      start = 0;
    }
    this.lateness = now - start;
    this.heard = now;
    this.#remember(now);
    const end = start + samples.length;
    if (end <= this.at) return; // too late
    if (this.dry !== null && this.since === null) this.#refill(start, now);
    if (end - this.at > CAP) this.#cut(end - CAP);
    this.#keep(start, end, samples);
    this.#steer(now);
  }

  /** There is something again. What did not go on in time, though the speaker went on, ran dry; a speaker who paused did not. */
  #refill(start, now) {
    if (start - this.end < (now - this.dry) / 2 && this.end) this.underruns++;
    this.since = now;
    this.at = Math.max(this.at, start);
  }

  #keep(start, end, samples) {
    for (let gap = Math.max(this.end, end - SIZE); gap < start; gap++) this.#ring[gap & (SIZE - 1)] = 0;
    for (let n = 0; n < samples.length; n++) this.#ring[(start + n) & (SIZE - 1)] = samples[n];
    this.end = Math.max(this.end, end);
    const spans = [...this.spans.filter(([, to]) => to > this.at - FADE), [start, end]].sort(([one], [other]) => one - other);
    this.spans = [];
    for (const span of spans) {
      const last = this.spans.at(-1);
      if (last && span[0] <= last[1]) last[1] = Math.max(last[1], span[1]);
      else this.spans.push(span);
    }
  }

  #remember(now) {
    const span = Math.floor(now / SPAN), last = this.late.at(-1);
    if (last?.span === span) {
      last.most = Math.max(last.most, this.lateness);
      last.least = Math.min(last.least, this.lateness);
    } else this.late.push({ span, most: this.lateness, least: this.lateness });
    while (this.late[0].span <= span - SPANS) this.late.shift();
  }

  /** Where it should play: behind the latest of the last seconds, not too far behind the earliest of the last moment.
   * What was late once may have been chance; twice, it is the line. */
  #wanted() {
    const most = (spans) => Math.max(...spans.map((span) => span.most)), worst = this.late.find((span) => span.most === most(this.late));
    const others = this.late.filter(({ span }) => Math.abs(span - worst.span) > 1), recent = this.late.slice(-2);
    const least = Math.min(...recent.map((span) => span.least));
    const wanted = Math.min(Math.max(most(others) + SAFE, least + MARGIN), least + CAP - 2 * SAFE);
    return Math.max(wanted, most(recent) + SAFE);
  }

  #steer(now) {
    if (this.dry !== null) return;
    let surplus = now - this.at - this.#wanted();
    if (surplus > 2 * PIECE && this.#quiet()) {
      this.#cut(this.at + PIECE);
      surplus -= PIECE;
    }
    const off = Math.abs(surplus);
    if (off < CLOSE || (this.rate === 1 && off < LOOSE)) this.rate = 1;
    else this.rate = 1 + Math.max(-SLOWER, Math.min(FASTER, surplus / (1000 * MS)));
  }

  #quiet() {
    const from = Math.floor(this.at), to = from + 2 * PIECE;
    if (to > this.end || !this.#has(from) || !this.#has(to - 1)) return false;
    let power = 0;
    for (let n = from; n < to; n++) power += this.#ring[n & (SIZE - 1)] ** 2;
    return power / (to - from) < QUIET ** 2;
  }

  /** Go on elsewhere, with a short cross-fade. */
  #cut(to) {
    for (let n = 0; n < FADE; n++) this.#tail[n] = this.gain * this.#sample(this.at + n);
    this.faded = 0;
    this.at = to;
  }

  #has(time) {
    for (const [from, to] of this.spans) if (time < to) return time >= from;
    return false;
  }

  /** The sample at a time between samples: cubic, as a straight line would be heard. */
  #sample(time) {
    const ring = this.#ring, whole = Math.floor(time), part = time - whole;
    const b = ring[whole & (SIZE - 1)];
    if (part === 0) return b;
    const a = ring[(whole - 1) & (SIZE - 1)], c = ring[(whole + 1) & (SIZE - 1)], d = ring[(whole + 2) & (SIZE - 1)];
    return b + 0.5 * part * (c - a + part * (2 * a - 5 * b + 4 * c - d + part * (3 * (b - c) + d - a)));
  }

  /** Add what is to be heard next to `out`. Fades before what is missing, and in after it. */
  pull(out, now) {
    if (this.dry !== null) {
      if (this.since === null || (this.end - this.at < START && now - this.since < WAIT)) return;
      this.dry = this.since = null;
    }
    for (let n = 0; n < out.length; n++) {
      if (this.at >= this.end) {
        this.dry = now + n;
        this.gain = 0;
        this.rate = 1;
        return;
      }
      const there = this.#has(this.at) && this.#has(this.at + FADE);
      this.gain = there ? Math.min(1, this.gain + 1 / FADE) : Math.max(0, this.gain - 1 / FADE);
      let sample = this.gain * this.#sample(this.at);
      if (this.faded < FADE) {
        const part = this.faded / FADE;
        sample = part * sample + (1 - part) * this.#tail[this.faded++];
      }
      out[n] += sample;
      this.at += this.rate;
    }
  }
}
