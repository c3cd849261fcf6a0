// Packets as hosting/packets.py describes them: a head of 16 bytes, then Opus.
const HEAD = 16;
const PACKET = 0x11, BUNDLE = 0x12;
export const ECHO = 255;

/** The bytes of one packet; `time`: 48 kHz samples since the source began. */
export function packet({ channel, source, seq, time }, opus) {
  const bytes = new Uint8Array(HEAD + opus.byteLength), view = new DataView(bytes.buffer);
  view.setUint8(0, PACKET);
  view.setUint8(1, channel);
  view.setUint16(2, source);
  view.setUint32(4, seq);
  view.setBigUint64(8, BigInt(time));
  opus.copyTo ? opus.copyTo(bytes.subarray(HEAD)) : bytes.set(opus, HEAD);
  return bytes;
}

/** The packets of one message, alone or in a bundle. */
export function* packets(buffer) {
  const view = new DataView(buffer);
  if (view.getUint8(0) !== BUNDLE) { yield one(buffer, 0, buffer.byteLength); return; }
  for (let at = 2; at < buffer.byteLength;) {
    const size = view.getUint16(at);
    yield one(buffer, at + 2, size);
    at += 2 + size;
  }
}

function one(buffer, at, size) {
  const view = new DataView(buffer, at, size);
  return { channel: view.getUint8(1), source: view.getUint16(2), seq: view.getUint32(4), time: Number(view.getBigUint64(8)), opus: new Uint8Array(buffer, at + HEAD, size - HEAD) };
}
