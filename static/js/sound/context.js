// The page's one audio context. Browsers let it run only after a click, which is why there is something to press.
export const RATE = 48_000; // samples a second
let context = null;
const loaded = new Map(); // modules of worklets by their address

export const audio = () => context ??= new AudioContext({ sampleRate: RATE, latencyHint: "interactive" });

/** From a click: lets sound be heard. False: the browser wants a click first. */
export async function unlock() {
  const here = audio(), waited = new Promise((resolve) => { setTimeout(resolve, 500); });
  if (here.state !== "running") await Promise.race([here.resume().catch(() => {}), waited]); // without a click it never answers
  return here.state === "running";
}

/** A node that runs one of the worklets beside this file. */
export async function worklet(file, name, options) {
  const address = new URL(file, import.meta.url).href;
  if (!loaded.has(address)) loaded.set(address, audio().audioWorklet.addModule(address));
  await loaded.get(address);
  return new AudioWorkletNode(audio(), name, options);
}
