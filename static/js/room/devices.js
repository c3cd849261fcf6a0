// The microphones of this computer: which there are, which one somebody has chosen, and why one cannot be had.
import { _ } from "./texts.js";

const KEPT = "microphone"; // the chosen one, in this browser
const WANTED = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** What makes sound, loaded once somebody wants any. */
export const sound = async () => {
  const [engine, context, { tickets }] = await Promise.all(["engine", "context", "tickets"].map((name) => import(`../sound/${name}.js`)));
  return { ...engine, ...context, tickets };
};

export const chosen = () => localStorage.getItem(KEPT) ?? "";
export const choose = (device) => localStorage.setItem(KEPT, device);

/** What went wrong with a microphone, and what to do about it. */
export function why(error) {
  if (!isSecureContext) return _("A microphone needs an address that begins with https.");
  const words = {
    NotAllowedError: _("This browser does not let the page use the microphone. Allow it in the address bar, then press again."),
    NotFoundError: _("No microphone was found. Plug one in, then press again."),
    NotReadableError: _("The microphone is used by another program. Close that one, then press again."),
    "sound.revoked": _("Your microphone was closed: you may not speak here now, or you speak on another page."),
    line: _("The server cannot be reached. Please try again."),
  };
  return words[error.name] || error.text || words[error.code] || _("The microphone could not be opened. Please try again.");
}

/** The stream of the chosen microphone, or of any if that is not there. Throws an error whose words `why` has. */
export async function record() {
  const { can } = await sound();
  if (isSecureContext && !can.speak) throw { text: _("This browser can listen, but not speak. Chrome and Edge from 94, Firefox from 130 on a computer and Safari from 26 can.") };
  if (!navigator.mediaDevices) throw {};
  const of = (device) => navigator.mediaDevices.getUserMedia({ audio: { ...WANTED, ...device } });
  return chosen() ? of({ deviceId: { exact: chosen() } }).catch((error) => {
    if (!["OverconstrainedError", "NotFoundError"].includes(error.name)) throw error;
    return of({});
  }) : of({});
}

/** All microphones with their names, which a browser tells once it has let the page use one. */
export async function devices() {
  const all = await navigator.mediaDevices?.enumerateDevices() ?? [];
  return all.filter(({ kind, label }) => kind === "audioinput" && label).map(({ deviceId: id, label }) => ({ id, label }));
}

/** The device behind a stream, and what it is called. */
export function deviceOf(stream) {
  const [track] = stream.getAudioTracks();
  return { id: track.getSettings().deviceId ?? "", label: track.label };
}

export const stop = (stream) => { for (const track of stream?.getTracks() ?? []) track.stop(); };
