// The page's one microphone: chosen, opened at a channel, heard or not. Elements watch "microphone"; who is heard the server says.
import { touch } from "./store.js";
import { _ } from "./texts.js";

const KEPT = "microphone"; // the chosen device, in this browser
const WANTED = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** `state`: off, opening, ready (open, and not heard), heard. `trouble`: why it is off, in words. */
export const mic = { state: "off", channel: null, trouble: "", muted: false, held: false, device: localStorage.getItem(KEPT) ?? "" };
let speaking = null, stream = null, turn = 0;

/** What makes sound, loaded once somebody wants any. */
export const sound = async () => {
  const [engine, context, { tickets }] = await Promise.all(["engine", "context", "tickets"].map((name) => import(`../sound/${name}.js`)));
  return { ...engine, ...context, tickets };
};

const set = (facts) => { Object.assign(mic, facts); touch("microphone"); };

/** Why a browser gives no microphone, and what to do about it. */
export function why(error) {
  if (!isSecureContext) return _("A microphone needs an address that begins with https.");
  return {
    NotAllowedError: _("This browser does not let the page use the microphone. Allow it in the address bar, then press again."),
    NotFoundError: _("No microphone was found. Plug one in, then press again."),
    OverconstrainedError: _("The chosen microphone is not there any more. Choose another one."),
    NotReadableError: _("The microphone is used by another program. Close that one, then press again."),
  }[error.name] ?? error.text ?? _("The microphone could not be opened. Please try again.");
}

/** The stream of the chosen microphone. Throws an error whose words `why` has. */
export async function record() {
  const { can } = await sound();
  if (isSecureContext && !can.speak) throw { text: _("This browser can listen, but not speak. Chrome and Edge from 94, Firefox from 130 on a computer and Safari from 26 can.") };
  if (!navigator.mediaDevices) throw { text: why({}) };
  const device = mic.device ? { deviceId: { exact: mic.device } } : {};
  return navigator.mediaDevices.getUserMedia({ audio: { ...WANTED, ...device } });
}

/** All microphones with their names, which a browser tells once it has let the page use one. */
export async function devices() {
  const all = await navigator.mediaDevices?.enumerateDevices() ?? [];
  return all.filter(({ kind, label }) => kind === "audioinput" && label).map(({ deviceId: id, label }) => ({ id, label }));
}

/** Uses this microphone from now on, here and the next time. */
export async function choose(device) {
  localStorage.setItem(KEPT, device);
  set({ device });
  if (mic.state !== "off") { const { channel, muted } = mic; close(); await open(channel); mute(muted); }
}

/** Opens the microphone at a channel, from a click or a key; true if it is open. What went wrong is in `trouble`. */
export async function open(channel) {
  if (mic.state !== "off") return mic.state !== "opening";
  const mine = ++turn;
  set({ state: "opening", channel, trouble: "" });
  try {
    const { speak, tickets, unlock } = await sound(), [got] = await Promise.all([record(), unlock()]);
    if (mine !== turn) { stop(got); return false; }
    stream = got;
    stream.getAudioTracks()[0].onended = () => fail({ text: _("The microphone was unplugged. Nobody hears you.") });
    const [ticket] = await tickets({ speak: channel });
    let heard = false;
    const made = await speak(ticket, stream, {
      onopen(passes) {
        heard = passes;
        if (mine === turn && speaking) set({ state: heard ? "heard" : "ready" });
      },
      onend: (refused) => { if (mine === turn) fail(refused); },
    });
    if (mine !== turn) { made.close(); return false; }
    speaking = made;
    quiet();
    set({ state: heard ? "heard" : "ready" });
    return true;
  } catch (error) {
    if (mine === turn) fail(error);
    return false;
  }
}

function fail(error) {
  close();
  set({ trouble: why(error) });
}
const stop = (one) => { for (const track of one?.getTracks() ?? []) track.stop(); };

export function close() {
  turn += 1;
  speaking?.close();
  stop(stream);
  speaking = stream = null;
  set({ state: "off", channel: null, muted: false, held: false, trouble: "" });
}

const quiet = () => speaking?.mute(mic.muted || mic.held);
/** Muted until it is not. */
export function mute(muted) { set({ muted }); quiet(); }
/** Silent for as long as something is held: a cough. */
export function cough(held) { if (mic.held !== held) { set({ held }); quiet(); } }

/** How loud it is now, from 0 to 1, as ears have it. */
export const level = () => loudness(speaking?.stats().level ?? 0);
/** −60 dB and less is 0, full scale 1. */
export const loudness = (amplitude) => Math.max(0, 1 + Math.log10(Math.max(amplitude, 1e-6)) / 3);

addEventListener("pagehide", () => { if (mic.state !== "off") close(); });
