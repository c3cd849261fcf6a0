// The socket of sound, one for the page: opened when somebody wants it, back by itself when it breaks, found out when it is
// dead. It knows no channels. On the document, `soundline` tells whether it is well.
import { ECHO, packed, unpacked } from "./packets.js";

const LOOK = 4_000; // ms between two looks: where nothing came between them, an echo must come until the next
const UNSENT = 4_000; // bytes that wait to be sent: a second of one's voice; what is older nobody wants to hear
const FIRST = 250, MOST = 10_000; // ms until a new try, at most, at first and in the end
const OVER = [4001, 4003, 4004]; // closed for good: not signed in, not allowed, no such room

export const line = { well: true, words: "" };
let socket = null, hooks = null, tries = 0, timer = 0, looking = 0, came = true, asked = false;

/** Open the line unless it is. `opened()`, `closed()`, `text(object)`, `packet(packet)`, `ended({code, text})` are called as things happen. */
export function open(found) {
  hooks = found;
  if (!socket && !timer) connect();
}

/** Nobody wants it any more. */
export function close() {
  const closing = socket;
  hooks = null;
  stop();
  closing?.close();
  tell(true);
}

export const ready = () => socket?.readyState === WebSocket.OPEN;

export function send(text) {
  if (ready()) socket.send(JSON.stringify(text));
}

/** Send a packet; false: it was dropped, for the line takes no more. */
export function sendPacket(bytes) {
  if (!ready() || socket.bufferedAmount > UNSENT) return false;
  socket.send(bytes);
  return true;
}

/** Say whether what is wanted of the line holds. */
export function tell(well, words = "") {
  if (well) tries = 0;
  if (line.well === well && line.words === words) return;
  Object.assign(line, { well, words });
  document.dispatchEvent(new CustomEvent("soundline", { detail: { well, words } }));
}

function stop() {
  clearTimeout(timer);
  clearInterval(looking);
  timer = looking = 0;
  if (socket) socket.onopen = socket.onmessage = socket.onclose = null;
  socket = null;
}

/** Give this socket up and try another. */
export function drop(after = 0) {
  if (!hooks) return;
  const dropped = socket;
  stop();
  dropped?.close();
  hooks.closed();
  tell(false);
  timer = setTimeout(connect, after * 1000 + Math.random() * Math.min(MOST, FIRST * 2 ** tries++));
}

function connect() {
  stop();
  const address = new URL(`/rooms/${document.body.dataset.room}/sound`, location.href.replace(/^http/, "ws"));
  socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  let bye = {};
  [came, asked] = [true, false];
  looking = setInterval(look, LOOK);
  socket.onopen = () => { came = true; hooks.opened(); };
  socket.onmessage = ({ data }) => {
    came = true;
    if (typeof data !== "string") { for (const packet of unpacked(data)) if (packet.channel !== ECHO || packet.opus.length > 1) hooks?.packet(packet); return; }
    const text = JSON.parse(data);
    if (text.bye) bye = text.bye;
    else hooks.text(text);
  };
  socket.onclose = ({ code }) => {
    if (!OVER.includes(code)) { drop(bye.after); return; }
    const { ended } = hooks;
    hooks = null;
    stop();
    tell(false, bye.text);
    ended({ code: "line.ended", text: bye.text });
  };
}

/** A line on which nobody speaks is as silent as a dead one: an echo of one byte tells them apart. */
function look() {
  if (!came && asked) { drop(); return; }
  asked = !came;
  came = false;
  if (asked && ready()) socket.send(packed({ channel: ECHO, source: 0, seq: 0, time: 0 }, 1));
}

addEventListener("offline", () => { if (hooks) drop(); });
addEventListener("online", () => { if (hooks && !socket) connect(); });
