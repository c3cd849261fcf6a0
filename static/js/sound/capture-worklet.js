// Takes a microphone's sound as frames of 20 ms, mono, and hands them to the page with the time at which each began.

const FRAME = 960; // samples at 48 kHz

registerProcessor("capture", class extends AudioWorkletProcessor {
  frame = new Float32Array(FRAME);
  filled = 0;
  closed = false;

  constructor() {
    super();
    this.port.onmessage = () => { this.closed = true; };
  }

  process([[samples]]) {
    if (samples) for (const sample of samples) {
      this.frame[this.filled++] = sample;
      if (this.filled === FRAME) this.#give();
    }
    return !this.closed;
  }

  #give() {
    this.port.postMessage({ samples: this.frame, at: currentFrame - FRAME }, [this.frame.buffer]);
    this.frame = new Float32Array(FRAME);
    this.filled = 0;
  }
});
