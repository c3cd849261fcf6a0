// Sound in the browser, whatever carries it: listen gives a node to connect, speak takes a microphone. Elements use this alone.
import * as embedded from "./embedded.js";
import { encodes } from "./encoding.js";

const ENGINES = { embedded };
let last = embedded;

/** What this browser can: to listen it needs worklets, to speak an encoder too (Chrome and Edge 94, Firefox 130, Safari 26). */
export const can = { listen: Boolean(globalThis.AudioWorkletNode), speak: encodes() };

const engine = (ticket) => last = ENGINES[ticket.engine];

/** Hears a channel once `hear` asks for it. Throws {code, text}. */
export const listen = (ticket) => engine(ticket).listen(ticket);

/** Which of these listenings are heard; all others are silent from this moment. */
export const hear = (listenings) => last.hear(listenings);

/** Speaks at a channel with a microphone's stream; `onopen(open)` says whether it passes. Throws {code, text}. */
export const speak = (ticket, stream, heed) => engine(ticket).speak(ticket, stream, heed);

/** Hears oneself, through everything that is between two people. */
export const echo = (stream) => last.echo(stream);
