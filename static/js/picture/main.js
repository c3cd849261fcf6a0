// The picture of a stream, in a document of its own. The room's page around it says, in messages, whether it is to be
// silent; it says back how it goes: "ready", "playing", "held", "waiting".
import { embed } from "./embed.js";
import { stream } from "./stream.js";

const given = JSON.parse(document.getElementById("given").textContent);
const framed = parent !== window;
const say = (how) => framed && parent.postMessage({ picture: how }, location.origin);
let player = null;

/** Whether it is to be silent: known before anything is loaded, so that it never begins aloud by mistake. */
function hush(quiet) {
  if (player) player.hush(quiet); else player = (given.kind === "hls" ? stream : embed)(given, quiet, say);
}

addEventListener("message", ({ source, origin, data }) => {
  if (source === parent && origin === location.origin && typeof data?.quiet === "boolean") hush(data.quiet);
});
if (framed) say("ready"); else hush(false);
