// One microphone: cut into pieces, encoded, and given away as packets while it is not muted.
import { audio, worklet } from "./context.js";
import { Encoding } from "./encoding.js";

/** `send(seq, time, chunk)` gets the packets; `broken` hears that the encoder has given up. */
export class Speaking {
  muted = false;
  source = 0; // as the server numbers it
  open = false; // whether it passes there
  level = 0; // of the last piece, 0 to 1
  sent = 0; // packets

  constructor(channel, capture, input, onopen) {
    Object.assign(this, { channel, capture, input, onopen });
    capture.port.onmessage = ({ data }) => this.take(data);
  }

  static async begin(channel, stream, onopen = () => {}) {
    const capture = await worklet("./capture-worklet.js", "capture", { numberOfOutputs: 1, outputChannelCount: [1], channelCount: 1, channelCountMode: "explicit" });
    const input = audio().createMediaStreamSource(stream);
    input.connect(capture).connect(audio().destination); // puts out nothing, but what is connected runs in every browser
    return new Speaking(channel, capture, input, onopen);
  }

  /** Begins anew with another number, as on a new line. */
  as(source, send, broken = () => {}) {
    this.encoding?.close();
    this.source = source;
    this.encoding = new Encoding((seq, time, chunk) => { this.sent += 1; send(seq, time, chunk); }, broken);
  }

  take(samples) {
    this.level = Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
    if (!this.encoding) return;
    if (this.muted) this.encoding.skip(samples.length);
    else this.encoding.encode(samples);
  }

  mute(muted) { this.muted = muted; }

  told(open) {
    this.open = open;
    this.onopen(open);
  }

  stats() { return { level: this.level, sent: this.sent, open: this.open }; }

  close() {
    this.capture.port.onmessage = null;
    this.input.disconnect();
    this.capture.disconnect();
    this.encoding?.close();
    this.encoding = null;
  }
}
