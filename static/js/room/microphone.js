// The page's one microphone: opened at a channel, heard or not. Elements watch "microphone"; who is heard the server says.
// What nobody is to hear is not sent: only while one is heard, or may be in a moment (`ahead`), anything leaves this page.
import * as devices from "./devices.js";
import { touch } from "./store.js";
import { _ } from "./texts.js";

const KEPT = `microphone:${document.body.dataset.room}`; // in this tab: where somebody was heard when the page was left, and whether they had muted it; see pages/microphone.js

/** `state`: off, opening, ready (open, and not heard), heard. `trouble`: why it is off, in words. `well`: the line of sound; `runs`: what makes sound here. */
export const mic = { state: "off", channel: null, trouble: "", muted: false, held: false, ahead: false, silenced: false, well: true, runs: true, device: null };
let speaking = null, stream = null, turn = 0;
let lost = null; // {channel, id, muted}: a microphone that was unplugged, and comes back by itself

function set(facts) {
  Object.assign(mic, facts);
  speaking?.mute(mic.muted || mic.held || !(mic.state === "heard" || mic.ahead));
  if (mic.state === "heard" || (mic.state !== "off" && sessionStorage.getItem(KEPT))) sessionStorage.setItem(KEPT, JSON.stringify([mic.channel, mic.muted]));
  touch("microphone");
}

/** Whether what one says is heard by others. */
export const audible = () => mic.state === "heard" && passes();
/** Whether anything goes through it. */
export const passes = () => !mic.muted && !mic.held && !mic.silenced && mic.well && mic.runs;

/** Its state in words, whatever it is. */
export function inWords() {
  if (mic.state === "off") return _("The microphone is off. Nobody hears you.");
  if (mic.state === "opening") return _("The microphone is being opened…");
  if (!mic.runs) return _("The browser waits for a click or a key. Nobody hears you.");
  if (!mic.well) return _("The line of sound is down. Nobody hears you; it comes back by itself.");
  if (mic.silenced) return _("This computer has muted the microphone. Nobody hears you.");
  if (mic.held) return _("Silent while you hold it.");
  if (mic.muted) return _("Muted. Nobody hears you.");
  if (mic.state === "heard" && mic.channel !== "floor") return _("Your microphone is on air."); // heard by those who have chosen the channel, perhaps by nobody
  return mic.state === "heard" ? _("You are heard.") : _("Ready. You are not heard now.");
}

/** Opens the microphone at a channel, from a click or a key; true if it is open. What went wrong is in `trouble`. */
export async function open(channel, muted = false) {
  if (mic.state !== "off") return mic.state !== "opening";
  const mine = ++turn;
  lost = null;
  set({ state: "opening", channel, trouble: "", muted });
  try {
    const { audio, speak, tickets, unlock } = await devices.sound(), [got] = await Promise.all([devices.record(), unlock()]);
    if (mine !== turn) { devices.stop(got); return false; }
    stream = got;
    await unlock(); // again: a page that has a microphone may sound without a click
    heed(audio(), stream.getAudioTracks()[0]);
    const [ticket] = await tickets({ speak: channel });
    let heard = false;
    const state = () => ({ state: heard ? "heard" : "ready" });
    const made = await speak(ticket, stream, {
      muted: true, // until `set` knows whether anybody is to hear it
      onopen(passes) {
        heard = passes;
        if (mine === turn && speaking) set(state());
      },
      onend: (refused) => { if (mine === turn) fail(refused); },
    });
    if (mine !== turn) { made.close(); return false; }
    speaking = made;
    set({ ...state(), device: devices.deviceOf(stream) });
    return true;
  } catch (error) {
    if (mine === turn) fail(error);
    return false;
  }
}

/** Notices what a computer does with a microphone by itself. */
function heed(context, track) {
  context.onstatechange = () => set({ runs: context.state === "running" });
  track.onmute = () => set({ silenced: true });
  track.onunmute = () => set({ silenced: false });
  track.onended = () => {
    const was = { channel: mic.channel, id: mic.device?.id, muted: mic.muted };
    fail({ text: _("The microphone was unplugged. Nobody hears you. Plug it in again, or open another one.") });
    lost = was;
  };
  set({ runs: context.state === "running", silenced: track.muted });
}

function fail(error) {
  close();
  set({ trouble: devices.why(error) });
}

export function close() {
  turn += 1;
  const was = speaking, of = stream;
  speaking = stream = lost = null;
  was?.close();
  devices.stop(of);
  sessionStorage.removeItem(KEPT);
  set({ state: "off", channel: null, device: null, muted: false, held: false, trouble: "" });
}

/** Whoever was heard at a channel when this page was left is heard there again, unless they had muted themselves. */
export function goOn(channel) {
  const [where, muted] = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
  if (where === channel) open(channel, muted);
}

/** Uses this microphone from now on, here and the next time. */
export async function choose(device) {
  devices.choose(device);
  const { state, channel, muted } = mic;
  if (state === "off") return;
  close();
  await open(channel, muted);
}

/** Muted until it is not. */
export const mute = (muted) => set({ muted });
/** Silent for as long as something is held: a cough. */
export const cough = (held) => { if (mic.held !== held) set({ held }); };
/** Sends before one is heard: a hand-over is near, and its first word must not be lost. */
export const ahead = (near) => { if (mic.ahead !== near) set({ ahead: near }); };

/** How loud it is now, from 0 to 1, as ears have it. */
export const level = () => loudness(speaking?.stats().level ?? 0);
/** −60 dB and less is 0, full scale 1. */
export const loudness = (amplitude) => Math.max(0, 1 + Math.log10(Math.max(amplitude, 1e-6)) / 3);

document.addEventListener("soundline", ({ detail: { well } }) => set({ well }));
for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, async () => { if (!mic.runs) (await devices.sound()).unlock(); }, { capture: true });
navigator.mediaDevices?.addEventListener("devicechange", async () => {
  if (lost && (await devices.devices()).some(({ id }) => id === lost?.id)) open(lost.channel, lost.muted);
});
addEventListener("pagehide", () => {
  const heard = sessionStorage.getItem(KEPT);
  if (mic.state !== "off") close();
  if (heard) sessionStorage.setItem(KEPT, heard);
});
