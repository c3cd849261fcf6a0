// The jitter buffer of one voice: its packets' samples in, a steady stream out. Knows no clock but the samples it is asked for.
// It begins with START in hand, waits longer after it ran dry, and comes back by leaving out a few milliseconds at a time.

const RATE = 48_000; // samples a second
const ms = (milliseconds) => Math.round(milliseconds * RATE / 1000);

export const START = 50; // ms in hand before a voice begins
export const CAP = 300; // ms that may wait; what is older is left out
const GROW = 20; // ms more in hand after it ran dry
const CALM = ms(8000); // played without running dry, after which a little less in hand is tried
const WINDOW = ms(500); // played between two looks at what was always in hand
const SLACK = ms(8); // more or less than wanted in hand that is left alone
const PIECE = ms(20); // of a packet: what is in hand goes up and down by that
const STEP = ms(60); // played between two small cuts
const SHORT = ms(4), LONG = ms(12); // a cut, so as to fit a voice's own period
const BLEND = ms(4); // of a cut's edges
const GONE = ms(1000); // played as silence, after which the next packet is a new beginning and not a late one
const LOST = ms(200); // a gap in sample times that is filled; a longer one is a new beginning

/** Samples of one source. `aim`: ms it wants in hand when it begins; `level`: of what was played last, 0 to 1. */
export class Buffer {
  received = 0; // packets
  lost = 0; // packets that never came
  underruns = 0; // how often it ran dry while the voice went on
  cuts = 0; // samples left out, or, below zero, put in
  level = 0;
  aim = START;
  #store = new Float32Array(ms(2 * CAP + 1000)); // what is in hand, from #from to #to
  #from = 0;
  #to = 0;
  #seq = null; // of the newest packet
  #time = null; // the sample time that would follow it
  #playing = false;
  #dry = 0; // samples of silence since it ran dry
  #fade = 0; // samples until a beginning is at full level
  #last = 0; // the sample played last, from which it fades where there is nothing
  #low = Infinity; // the least in hand since the last look
  #looked = 0;
  #calm = 0;
  #cut = 0; // samples played since the last cut
  #wanted = 0; // samples too many in hand

  get held() { return this.#to - this.#from; }
  /** What is in hand, in ms. */
  get buffered() { return this.held * 1000 / RATE; }
  /** Whether nothing has come for so long that the voice is over, as far as one can tell. */
  get over() { return this.#dry > GONE && !this.held; }

  /** Takes the samples of one packet; one that came before, or too late, is left out. */
  push(seq, time, samples) {
    if (this.#seq !== null && seq <= this.#seq) return;
    this.received += 1;
    const missing = this.#seq === null ? 0 : seq - this.#seq - 1, gap = this.#time === null ? 0 : time - this.#time;
    this.lost += missing;
    this.#seq = seq;
    this.#time = time + samples.length;
    if (this.#dry && this.#dry < GONE && !this.held) { // it ran dry, and the voice goes on
      this.underruns += 1;
      this.aim = Math.min(CAP / 2, this.aim + GROW);
      this.#calm = 0;
    }
    this.#add(gap > 0 && gap <= LOST && this.#playing ? this.#bridge(gap, samples) : samples);
    if (this.held > ms(CAP)) this.#drop(this.held - ms(this.aim));
  }
  #add(samples) {
    if (this.#to + samples.length > this.#store.length) {
      this.#store.copyWithin(0, this.#from, this.#to);
      this.#to -= this.#from;
      this.#from = 0;
    }
    const kept = samples.subarray(0, this.#store.length - this.#to);
    this.#store.set(kept, this.#to);
    this.#to += kept.length;
  }

  /** Silence for what was lost, with soft edges. */
  #bridge(gap, samples) {
    const joined = new Float32Array(gap + samples.length), edge = Math.min(BLEND, this.held);
    for (let i = 0; i < edge; i++) this.#store[this.#to - 1 - i] *= i / BLEND;
    joined.set(samples, gap);
    for (let i = 0; i < BLEND; i++) joined[gap + i] *= i / BLEND;
    return joined;
  }

  /** Leaves out the oldest, softly. */
  #drop(count) {
    const store = this.#store, from = this.#from, blend = Math.min(BLEND, this.held - count);
    for (let i = 0; i < blend; i++) store[from + count + i] = store[from + i] * (1 - i / blend) + store[from + count + i] * (i / blend);
    this.#from += count;
    this.cuts += count;
  }

  /** Adds the next samples to `out`. */
  pull(out) {
    if (!this.#playing && this.held >= ms(this.aim)) this.#begin();
    if (!this.#playing) { this.#rest(out); return; }
    if (this.held < out.length) { this.#end(out); return; }
    this.#adjust();
    let sum = 0;
    for (let i = 0; i < out.length; i++) {
      let value = this.#store[this.#from++];
      sum += value * value;
      if (this.#fade) value *= 1 - this.#fade-- / BLEND;
      out[i] += value;
      this.#last = value;
    }
    this.level = Math.sqrt(sum / out.length);
    this.#low = Math.min(this.#low, this.held);
    this.#looked += out.length;
    this.#cut += out.length;
    this.#calm += out.length;
    if (this.#calm > CALM && this.aim > START) { this.aim = Math.max(START, this.aim - GROW / 2); this.#calm = 0; }
  }

  #begin() {
    this.#playing = true;
    this.#dry = 0;
    this.#fade = BLEND;
    this.#low = Infinity;
    this.#looked = 0;
  }

  /** Plays the rest, and fades into silence. */
  #end(out) {
    const left = this.held;
    for (let i = 0; i < out.length; i++) {
      this.#last = i < left ? this.#store[this.#from++] : this.#last * 0.97;
      out[i] += this.#last;
    }
    this.#playing = false;
    this.#dry = 1;
    this.level = 0;
  }

  #rest(out) {
    for (let i = 0; i < out.length && Math.abs(this.#last) > 1e-4; i++) out[i] += this.#last *= 0.97;
    if (this.#dry) this.#dry += out.length;
    this.level = 0;
  }

  /** Once in a while: what was in hand all the time is more than wanted, or less: leaves out a period of the voice, or repeats one. */
  #adjust() {
    if (this.#looked >= WINDOW) { this.#wanted = this.#low - (ms(this.aim) - PIECE); this.#low = Infinity; this.#looked = 0; }
    if (Math.abs(this.#wanted) <= SLACK || this.#cut < STEP || this.held < LONG + 2 * BLEND) return;
    this.#cut = 0;
    const lag = this.#period();
    if (this.#wanted > 0) { this.#drop(lag); this.#wanted = Math.max(0, this.#wanted - lag); }
    else { this.#repeat(lag); this.#wanted = Math.min(0, this.#wanted + lag); }
  }

  /** The shift at which what comes next is most like itself. */
  #period() {
    const store = this.#store, from = this.#from;
    let best = SHORT, most = -Infinity;
    for (let lag = SHORT; lag <= LONG; lag += 4) {
      let product = 0, power = 1e-9;
      for (let i = 0; i < BLEND; i += 2) { product += store[from + i] * store[from + lag + i]; power += store[from + lag + i] ** 2; }
      const like = product / Math.sqrt(power);
      if (like > most) { most = like; best = lag; }
    }
    return best;
  }

  #repeat(lag) {
    const store = this.#store;
    if (this.#from < lag) { // make room before it
      store.copyWithin(lag, this.#from, this.#to);
      this.#to += lag - this.#from;
      this.#from = lag;
    }
    const from = this.#from;
    for (let i = 0; i < lag; i++) store[from - lag + i] = store[from + i];
    for (let i = 0; i < BLEND; i++) store[from + i] = store[from + lag + i < this.#to ? from + lag + i : from + i] * (1 - i / BLEND) + store[from + i] * (i / BLEND);
    this.#from -= lag;
    this.cuts -= lag;
  }
}
