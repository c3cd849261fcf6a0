// Plays one channel: pieces come from the page by messages, and go out mixed. In the thread of sound, where nothing may wait.
import { Mix } from "./mix.js";

const TOLD = 9_600; // samples between two reports: 200 ms

registerProcessor("player", class extends AudioWorkletProcessor {
  mix = new Mix();
  closed = false;
  told = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data: { source, time, samples, end, hushed, close } }) => {
      if (samples) this.mix.put(source, time, samples, currentFrame);
      if (end !== undefined) this.mix.end(end);
      if (hushed !== undefined) this.mix.hush(hushed);
      if (close) this.closed = true;
    };
  }

  process(inputs, [[out]]) {
    this.mix.pull(out, currentFrame);
    if (currentFrame - this.told >= TOLD) {
      this.told = currentFrame;
      this.port.postMessage(this.mix.stats());
    }
    return !this.closed;
  }
});
