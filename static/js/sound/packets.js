// Packets of sound as hosting/packets.py says them: a head of 16 bytes, then Opus.

export const HEAD = 16; // bytes
export const ECHO = 255; // the channel that comes back to whoever sent it
const PACKET = 0x11, BUNDLE = 0x12;
const HIGH = 2 ** 32;

/** A packet with room for so many bytes of Opus after its head. */
export function packed({ channel, source, seq, time }, length) {
  const bytes = new Uint8Array(HEAD + length), view = new DataView(bytes.buffer);
  view.setUint8(0, PACKET);
  view.setUint8(1, channel);
  view.setUint16(2, source);
  view.setUint32(4, seq);
  view.setUint32(8, Math.floor(time / HIGH));
  view.setUint32(12, time % HIGH);
  return bytes;
}

function packet(buffer, at, length) {
  const view = new DataView(buffer, at, length);
  return {
    channel: view.getUint8(1),
    source: view.getUint16(2),
    seq: view.getUint32(4),
    time: view.getUint32(8) * HIGH + view.getUint32(12),
    opus: new Uint8Array(buffer, at + HEAD, length - HEAD),
  };
}

/** The packets of one message. */
export function unpacked(buffer) {
  const view = new DataView(buffer), found = [];
  if (view.getUint8(0) === PACKET) return [packet(buffer, 0, buffer.byteLength)];
  if (view.getUint8(0) !== BUNDLE) return found; // of a newer server
  for (let at = 2, left = view.getUint8(1); left; left--) {
    const length = view.getUint16(at);
    found.push(packet(buffer, at + 2, length));
    at += 2 + length;
  }
  return found;
}
