// Cuts what a microphone hears into pieces of 20 ms, and says how loud each is.
const PIECE = 960; // samples, at 48 kHz

registerProcessor("capture", class extends AudioWorkletProcessor {
  piece = new Float32Array(PIECE);
  at = 0;

  process([[heard]]) {
    for (let i = 0; i < (heard?.length ?? 128); i++) {
      this.piece[this.at++] = heard ? heard[i] : 0;
      if (this.at === PIECE) {
        this.port.postMessage(this.piece, [this.piece.buffer]);
        this.piece = new Float32Array(PIECE);
        this.at = 0;
      }
    }
    return true;
  }
});
