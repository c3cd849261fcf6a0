// Times as people read them. A countdown is an absolute end against the server's clock; nothing ticks on the wire.
import { language } from "./texts.js";

const clockFormat = new Intl.DateTimeFormat(`${language}-u-nu-latn-hc-h23`, { hour: "2-digit", minute: "2-digit" });
const eventFormat = (zone) => new Intl.DateTimeFormat(`${language}-u-nu-latn-hc-h23`, { hour: "2-digit", minute: "2-digit", timeZone: zone });
let offset = 0;

/** Takes the server's time over; milliseconds of lag on the way do not matter for minutes. */
export const setServerTime = (at) => { offset = Date.parse(at) - Date.now(); };
export const now = () => Date.now() + offset;
export const clock = (at) => clockFormat.format(new Date(at));
export const eventClock = (at) => eventFormat(document.body.dataset.zone).format(new Date(at));

/** 11:24 until then, or since then. */
export function countdown(until) {
  const seconds = Math.trunc(Math.abs(Date.parse(until) - now()) / 1000);
  return `${Math.trunc(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** A moment some milliseconds later, as text. */
export const later = (at, by) => new Date(Date.parse(at) + by).toISOString();

export const minutesBetween = (a, b) => Math.round((Date.parse(b) - Date.parse(a)) / 60000);
export const age = (at) => Math.max(0, Math.trunc((now() - Date.parse(at)) / 60000));
