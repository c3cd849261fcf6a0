// Keys on keyboards of any script.

/** The Latin letter or the digit of a key: as typed, else the one that stands there; as Shift says, whatever Caps Lock says. */
export function letter({ key, code, shiftKey }) {
  const latin = /^[a-z?]$/i.test(key) ? key : /^(?:Key|Digit)([A-Z0-9])$/.exec(code)?.[1] ?? (code === "Slash" && shiftKey ? "?" : key === " " ? " " : "");
  return shiftKey ? latin.toUpperCase() : latin.toLowerCase();
}
