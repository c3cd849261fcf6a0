// How much is loaded on this device: all, or for a thin line the sound, the captions or the text only. A cookie, as the server leaves out pictures too.
import { touch } from "./store.js";

const LOADS = { all: ["pictures", "stream", "sound"], sound: ["sound"], captions: [], text: ["text"] };
export const ours = document.body.classList.contains("room"); // whoever works needs everything, and has no such choice
let chosen = /(?:^|; )loads=(\w+)/.exec(document.cookie)?.[1];

export const mode = () => ours && chosen in LOADS ? chosen : "all";

/** Whether pictures, stream, sound, or text instead of pictures are loaded here. */
export const loads = (what) => LOADS[mode()].includes(what);

export function load(wanted) {
  chosen = wanted;
  document.cookie = `loads=${wanted}; path=/; max-age=31536000; samesite=lax`;
  for (const each of ["slides", "room", "hearing"]) touch(each);
}
