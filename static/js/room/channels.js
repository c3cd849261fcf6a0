// The channels in their order, and what the floor speaks.
import { list, one } from "./store.js";
import { _, languageName } from "./texts.js";

export const channels = () => list("channels").sort((a, b) => a.order - b.order);
export const floor = () => one("room", "room")?.floor;

/** What the floor speaks, in words. */
export const floorNow = () => floor() ? _("{language} now", { language: languageName(floor()) }) : "";
