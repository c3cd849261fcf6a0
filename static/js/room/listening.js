// The sound of a room: what is chosen, and the floor under it or instead of it. Loaded when somebody listens; says in hearing.js what is the case.
import { audio, unlock } from "../sound/context.js";
import { can, hear, listen } from "../sound/engine.js";
import { tickets } from "../sound/tickets.js";
import { FLOOR, heard, QUIET } from "./heard.js";
import { chosen, ducks, goOn, hearing, sounding, tell } from "./hearing.js";
import { list, one, touch, watch } from "./store.js";
import { _ } from "./texts.js";

const DUCKED = .15, RAMP = .2, CUT = .03; // the floor's level under an interpretation; seconds until a level is there, and until a voice is gone
const LOOK = 200; // ms between two looks at who is silent
const AGAIN = 5_000; // ms until a channel that could not be had is asked for again
const voices = new Map(); // language → {listening, gain, line, level, since, sounds}
const coming = new Map(); // language → when it was asked for, in ms
const volume = new GainNode(audio(), { gain: 0 });
let late = 0, asked = "", told = null, lost = 0, timer = 0, begun = false;
volume.connect(audio().destination);

const kept = (name, otherwise) => Number(localStorage.getItem(name) ?? otherwise);
export const levels = { floor: kept("level of the floor", DUCKED), volume: kept("volume", 1) };

function ramp(gain, level, seconds) {
  const now = audio().currentTime;
  gain.cancelScheduledValues(now);
  gain.setValueAtTime(gain.value, now);
  gain.linearRampToValueAtTime(level, now + seconds);
}

/** Sets how loud the floor is under an interpretation, or all of it; kept on this device. */
export function setLevel(name, level) {
  levels[name] = level;
  localStorage.setItem(name === "floor" ? "level of the floor" : "volume", level);
  if (name === "volume" && hearing.on) ramp(volume.gain, level, CUT);
  touch("hearing");
  look();
}

/** Lets everything sound so many seconds later. */
function delay(seconds) {
  if (seconds === late) return;
  late = seconds;
  for (const voice of voices.values()) wire(voice);
}

function wire(voice) {
  voice.listening.node.disconnect();
  voice.line?.disconnect();
  voice.line = late ? new DelayNode(audio(), { maxDelayTime: Math.max(1, late), delayTime: late }) : null;
  if (voice.line) voice.listening.node.connect(voice.line);
  (voice.line ?? voice.listening.node).connect(voice.gain);
}

/** Has these channels ready, so that to change to one is a single message. */
async function ready(tags) {
  const now = performance.now(), missing = tags.filter((tag) => !voices.has(tag) && !(now - coming.get(tag) < AGAIN));
  for (const tag of missing) coming.set(tag, now);
  if (missing.length) await bring(missing);
}

async function bring(tags) {
  let given;
  try { given = await tickets({ listen: tags }); } catch (no) {
    if (tags.length === 1 || !no.code?.startsWith("channel.")) throw no;
    for (const tag of tags) await bring([tag]).catch(() => {}); // one of them has just been closed
    return;
  }
  for (const ticket of given) {
    const voice = { listening: await listen(ticket), gain: new GainNode(audio(), { gain: 0 }), line: null, level: 0, since: 0, sounds: [0] };
    voices.set(ticket.channel, voice);
    voice.gain.connect(volume);
    wire(voice);
    voice.listening.addEventListener("sound", look);
    voice.listening.addEventListener("revoked", () => { if (voices.get(ticket.channel) === voice) drop(ticket.channel); });
  }
  for (const tag of tags) coming.delete(tag);
  if (!lost) tell({ well: true });
  look();
}

/** The same for what is wanted now: what is missing because of the line is tried again; what else there is to say is said. */
const have = (tags) => ready(tags).catch(({ code, text }) => tell(code === "line" ? { well: false } : { words: text ?? "" }));

function drop(tag) {
  const { listening, line, gain } = voices.get(tag);
  voices.delete(tag);
  listening.close();
  for (const node of [listening.node, line, gain]) node?.disconnect();
}

/** When a voice last sounded, or began to be listened to; what is on its way through a delay has not sounded yet. */
function last({ listening: { lastSound }, level, since, sounds }) {
  const out = performance.now() - late * 1000; // when that came in which goes out now
  if (lastSound > sounds.at(-1)) sounds.push(lastSound);
  while (sounds.length > 1 && sounds[1] <= out) sounds.shift();
  if (!level || since > out) return late ? -Infinity : performance.now(); // nothing of it can be through yet
  return Math.max(since, sounds[0] && sounds[0] <= out ? sounds[0] + late * 1000 : 0);
}

/** A stream whose picture is here: ours sounds as late as it is. */
const lag = () => document.querySelector("room-picture:not([hidden])") ? one("room", "room")?.delay ?? 0 : 0;

/** Tells which channel sounds from here, null for none: a stream's own sound is silent then. */
function sounds(channel) {
  if (channel === told) return;
  told = channel;
  document.dispatchEvent(new CustomEvent("soundheard", { detail: { channel } }));
}

/** Looks what is to be heard now, and has it so. */
function look() {
  if (!timer) return;
  for (const each of voices.keys()) if (each !== FLOOR && (one("channels", each)?.state ?? "closed") === "closed") drop(each); // opened again, it takes new tickets
  delay(lag());
  const tag = chosen(), now = lost || performance.now();
  const found = heard({ chosen: tag, channel: one("channels", tag), level: ducks ? levels.floor : 0, now, last: Object.fromEntries([...voices].map(([each, voice]) => [each, last(voice)])) });
  const wanted = Object.keys(found.levels).filter((each) => found.levels[each] > 0);
  for (const [each, voice] of voices) {
    const level = found.levels[each] ?? 0;
    if (level > 0 && voice.level === 0) voice.since = performance.now();
    if (level !== voice.level) ramp(voice.gain.gain, level, each === FLOOR ? RAMP : CUT);
    voice.level = level;
  }
  request(wanted.filter((each) => voices.has(each)));
  have(wanted);
  const speaks = performance.now() - (voices.get(FLOOR)?.listening.lastSound || -QUIET) < QUIET;
  sounds(found.why === "live" || found.why === "relay" ? tag : speaks ? FLOOR : null);
  if (found.why !== hearing.now?.why || found.nobody !== hearing.now.nobody || tag !== hearing.now.tag) tell({ now: { ...found, tag } });
}

function request(tags) {
  if (asked === tags.join()) return;
  asked = tags.join();
  hear(tags.map((tag) => voices.get(tag).listening));
}

/** Begins, or goes on. Throws what is to be said when there is no sound to be had here. */
export async function begin() {
  begun = true;
  const held = !await unlock();
  if (!can.listen) throw { text: _("This browser cannot play the sound. It takes a newer one.") };
  if (!begun) return; // muted meanwhile
  tell({ held });
  if (held) { begun = false; return; }
  for (const voice of voices.values()) voice.level = 0; // each begins to be listened to anew
  timer ||= setInterval(look, LOOK);
  ramp(volume.gain, levels.volume, CUT);
  await have([...new Set([FLOOR, chosen()])]);
  look();
}

/** Silence, and nothing comes any more. */
export function rest() {
  clearInterval(timer);
  timer = 0;
  begun = false;
  ramp(volume.gain, 0, CUT);
  request([]);
  sounds(null);
}

/** All open channels, for whoever is about to choose. */
export const readyAll = () => ready(list("channels").filter(({ state }) => state !== "closed").map(({ language }) => language)).catch(() => {});

watch(["channels", "mine", "room", "hearing"], () => {
  if (begun && !sounding()) rest();
  else if (!begun && hearing.on && !hearing.held && sounding()) begin().catch(() => {}); // the room is open again
  look();
});
document.addEventListener("soundline", ({ detail: { well, words } }) => {
  lost = well ? 0 : performance.now();
  if (well) for (const voice of voices.values()) voice.since = performance.now();
  tell({ well, why: words });
});
/* A call on the telephone, another program: the sound is taken away, and given back or not. */
audio().addEventListener("statechange", () => {
  const runs = audio().state === "running";
  if (timer && !runs) tell({ held: true });
  if (hearing.on && hearing.held && runs) goOn();
});
import("./elements/levels.js"); // which needs what is above
