// Caption lines on their way: strictly one after the other, the next leaves when the one before is answered. They survive a reload.
import { newId, send } from "./connection.js";
import { state, touch, watch } from "./store.js";

const WAY = `lines:${document.body.dataset.room}`; // in the tab's storage
const left = JSON.parse(sessionStorage.getItem(WAY) ?? "{}"); // by this tab's last page, and whose they were
export const sending = []; // lines without an answer yet, the first of them under way

function changed() {
  sessionStorage.setItem(WAY, JSON.stringify({ person: state.you?.id, lines: sending }));
  touch("captions");
}

/** Gives a line to be sent: language, text and perhaps speaker. */
export function give(line) {
  sending.push({ id: newId(), ...line });
  changed();
  if (sending.length === 1) go();
}

async function go() {
  while (sending.length) {
    const { id, ...line } = sending[0];
    const { no } = await send("caption.add", line, id);
    const gone = sending.splice(0, no ? sending.length : 1); // what waits behind a refused line must not overtake it
    changed();
    if (no) dispatchEvent(new CustomEvent("lines refused", { detail: { text: gone.map(({ text }) => text).join(" "), words: no.text } }));
  }
}

const stop = watch(["you"], () => {
  if (!state.you) return;
  stop();
  if (left.person !== state.you.id || !left.lines.length) return;
  const idle = !sending.length;
  sending.unshift(...left.lines);
  changed();
  if (idle) go();
});
