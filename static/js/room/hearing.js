// Whether one listens on this page, and what is the case: screens read it here. The sound itself (listening.js) comes when somebody listens.
import { send } from "./connection.js";
import { FLOOR } from "./heard.js";
import { one, touch } from "./store.js";
import { _ } from "./texts.js";
import { loads } from "./thrift.js";

const { room, sound: given } = document.body.dataset, kept = `listening:${room}`; // in this tab: a second one would sound twice
let wish = null, sure = false, listening = null;

/** on: somebody listens; held: the browser lets it begin at a click only; well: packets come through, else `why` may say more; `now`: as heard() says, while somebody listens. */
export const hearing = { on: false, held: false, well: true, why: "", words: "", now: null };

export function tell(facts) {
  Object.assign(hearing, facts);
  touch("hearing");
}

/** Whether the floor sounds under an interpretation: not in a hall. */
export const ducks = !given;

/** What one wants to hear: as just chosen, else as the server has it; a hall's screen has chosen by its address. */
export function chosen() {
  const known = one("mine", "channel") ?? FLOOR;
  if (sure && known === wish) wish = null;
  return given ?? wish ?? known;
}

/** Takes another channel: heard at once, known to the server as soon as it may. */
export async function choose(tag) {
  [wish, sure] = [tag, false];
  tell({ words: "" });
  const { no } = await send("channel.choose", { language: tag });
  if (wish !== tag) return;
  if (no) wish = null; else sure = true;
  tell({ words: no?.text ?? "" });
}

export const sounding = () => ["open", "paused"].includes(one("room", "room")?.state) && loads("sound");

/** Begins to listen, from a click or after a reload. */
export async function listen() {
  sessionStorage.setItem(kept, "on");
  tell({ on: true, words: "" });
  try {
    listening ??= await import("./listening.js"); // once it is here nothing is awaited between the click and the sound: Safari wants that
    if (hearing.on) await listening.begin(); // not muted meanwhile
  } catch ({ text }) {
    tell({ on: false, now: null, words: text || _("The sound cannot be had just now. Please try again.") });
  }
}

/** No sound, and nothing of it loaded. */
export function mute() {
  sessionStorage.removeItem(kept);
  tell({ on: false, held: false, now: null });
  listening?.rest();
}

/** Whoever listened before this page was loaded goes on. */
export function goOn() {
  if (sessionStorage.getItem(kept)) listen();
}
