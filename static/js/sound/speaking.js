// One microphone at one channel: a stream's sound, encoded, in packets.
import { Encoding } from "./encoding.js";
import { packed } from "./packets.js";

export class Speaking {
  number = null; // of the channel, and of the source, in the heads of packets; null: no right to speak now
  source = null;
  #encoding = null;
  #seq = 0;
  #base = null;
  #sent = 0;
  #dropped = 0;
  #closed = false;

  /** `send(bytes)` answers whether a packet went; `onclose()` when it is closed; `muted`: it begins so. */
  static async of(channel, stream, { onopen, onend, onclose, send, muted = false }) {
    const made = Object.assign(new Speaking(), { channel, onopen, onend, onclose, send });
    made.#encoding = await Encoding.of(stream, (chunk, time) => made.#packet(chunk, time), muted);
    return made;
  }

  /** From now on it is this source, or none. A new source begins at 0. */
  as(number, source) {
    Object.assign(this, { number, source });
    this.#seq = 0;
    this.#base = null;
  }

  #packet(chunk, time) {
    if (this.source === null || this.muted) return;
    this.#base ??= time;
    const bytes = packed({ channel: this.number, source: this.source, seq: this.#seq++, time: time - this.#base }, chunk.byteLength);
    chunk.copyTo(bytes.subarray(bytes.length - chunk.byteLength));
    if (this.send(bytes)) this.#sent++;
    else this.#dropped++;
  }

  get muted() { return this.#encoding.muted; }

  /** Muted, nothing is sent at all. */
  mute(muted) { this.#encoding.muted = muted; }

  /** Packets that went and that the line did not take; `level`: how loud the microphone is, 0 to 1, muted too. */
  stats() { return { sent: this.#sent, dropped: this.#dropped, level: this.#encoding.level }; }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#encoding.close();
    this.onclose();
  }
}
