// Wires the presenter's view: its elements, the keys, and the line to the room.
import "../pages/zone.js";
import "../room/elements/status.js";
import "./microphone.js";
import "./presenter.js";
import "./beside.js";
import "./on-air.js";
import { connect } from "../room/connection.js";
import { letter } from "../room/letters.js";
import { count, hide, turn, view } from "./turning.js";

const KEYS = {
  ArrowRight: () => turn(view.page + 1), PageDown: () => turn(view.page + 1), " ": () => turn(view.page + 1),
  ArrowLeft: () => turn(view.page - 1), PageUp: () => turn(view.page - 1),
  Home: () => turn(1), End: () => turn(count),
  b: hide, ".": hide,
  g: () => document.getElementById("go")?.select(),
};

/* Keys turn pages wherever the focus is, but not while somebody types; Space presses what it is on. */
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.target.matches("textarea, input")) { if (event.key === "Escape" && !event.target.closest(".choice")) event.target.blur(); return; }
  if (event.key === " " && event.target.matches("button, a, summary")) return;
  const act = KEYS[event.key] ?? KEYS[letter(event).toLowerCase()];
  if (!act) return;
  event.preventDefault();
  act();
});

/* A swipe to the side turns the page, as one turns a sheet. */
const SWIPE = 50; // pixels
let from = null;
const stage = document.querySelector("page-now");
stage?.addEventListener("touchstart", ({ touches }) => { from = touches.length === 1 ? touches[0] : null; }, { passive: true });
stage?.addEventListener("touchend", ({ changedTouches: [to] }) => {
  const across = from ? to.clientX - from.clientX : 0, down = from ? Math.abs(to.clientY - from.clientY) : 0;
  from = null;
  if (Math.abs(across) > Math.max(SWIPE, 2 * down)) turn(view.page + (across < 0 ? 1 : -1));
});

connect();
