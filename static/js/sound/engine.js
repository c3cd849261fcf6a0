// Sound, whatever carries it: a ticket names its engine, and each engine is a module with these same functions, loaded when
// a first ticket of it is used. Whoever wants to hear or to be heard needs this, tickets.js and context.js only.

const engines = { embedded: () => import("./embedded.js") };
const used = new Map(); // by name, what has been loaded
const OWN = "embedded"; // the engine of an echo, which needs no ticket

const worklets = "AudioWorkletNode" in globalThis && isSecureContext;

/** What this browser can. Speaking: Chrome and Edge 94, Firefox 130, Safari 26, or newer. */
export const can = { listen: worklets, speak: worklets && "AudioEncoder" in globalThis && Boolean(navigator.mediaDevices?.getUserMedia) };

async function engine(name) {
  if (!used.has(name)) used.set(name, await engines[name]());
  return used.get(name);
}

/** A channel to listen to: {node, channel, stats(), lastSound, close()}, with events sound, quiet and revoked. Silent until `hear` names it. */
export const listen = async (ticket) => (await engine(ticket.engine)).listen(ticket);

/** A stream's sound into a channel: {mute(bool), muted, source, close(), stats() with `level`}. `onopen(bool)`: whether it passes, now and
 * whenever that changes; `onend({code, text})`: the microphone was taken away; `muted`: nothing is sent before `mute(false)`. */
export const speak = async (ticket, stream, told = {}) => (await engine(ticket.engine)).speak(ticket, stream, told);

/** One's own voice through encoder, server and decoder, and back: {node, stats(), close()}. */
export const echo = async (stream) => (await engine(OWN)).echo(stream);

/** Hear these of what one listens to, and nothing else: whatever else sounded is silent at once. */
export const hear = (listenings) => Promise.all([...used].map(([name, { hear: has }]) => has(listenings.filter((each) => each.engine === name))));
