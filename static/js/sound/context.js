// The page's one AudioContext, at the rate of Opus, and the modules that run in it. Browsers let it run after a click only.

export const RATE = 48_000; // samples a second
const PATIENCE = 2_000; // ms: a browser that wants a click first never answers
const modules = new Map();
let context = null;

/** The AudioContext, made on first use. */
export function audio() {
  return context ??= new AudioContext({ sampleRate: RATE, latencyHint: "interactive" });
}

/** Has it run, from a click; false: the browser wants a click first. */
export async function unlock() {
  const here = audio();
  if (here.state !== "running") await Promise.race([here.resume().catch(() => {}), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  return here.state === "running";
}

/** A node of what `name`-worklet.js registers as `name`, loaded once. */
export async function worklet(name, options) {
  if (!modules.has(name)) modules.set(name, audio().audioWorklet.addModule(new URL(`./${name}-worklet.js`, import.meta.url).href));
  await modules.get(name).catch((broken) => { modules.delete(name); throw broken; });
  return new AudioWorkletNode(audio(), name, options);
}
