// The live socket: reconnects with its cursor, keeps every command until it is answered, tells whether the line is well.
import { forget, state, take, touch } from "./store.js";
import { _ } from "./texts.js";
import { setServerTime } from "./times.js";

const SILENCE = 40_000; // ms without a frame: the line is dead
const PATIENCE = 8_000; // ms until an answer: after that the line is tried anew
const FRAME = 16_384; // bytes that the server takes at once
const waiting = new Map(); // id → {frame, resolve, late}: sent again after every reconnect, the server answers each once
const room = document.body.dataset.room, unsent = `unsent:${room}`;
const left = JSON.parse(sessionStorage.getItem(unsent) ?? "{}"); // by this tab's last page, and whose it was
export const line = { well: true, words: "", ended: 0 }; // ended: the code with which the server has closed for good
let socket = null, tries = 0, timer = 0, pause = 0, hello = null, ended = false;

export const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(36).padStart(2, "0")).join("");

/** Sends a command; resolves with {ok, seq} or {no}. It may take as long as the line needs; one that is on its way is not sent twice. `late`: what it resolves with instead once the line is down, done or not. */
export function send(command, facts = {}, id = newId(), late = null) {
  return new Promise((resolve) => {
    if (waiting.has(id)) { waiting.get(id).resolve = resolve; return; }
    const frame = JSON.stringify({ id, do: command, with: facts });
    if (new TextEncoder().encode(frame).length > FRAME) { resolve(tooLong()); return; }
    waiting.set(id, { frame, resolve, late });
    keep();
    if (socket?.readyState === WebSocket.OPEN && state.you) socket.send(frame);
    const through = socket;
    setTimeout(() => {
      const held = waiting.get(id);
      if (held && !held.heard && socket === through && line.well) drop();
    }, PATIENCE);
  });
}

/** Sends what is worth nothing later: once, or not at all. */
export function mention(command, facts) {
  const frame = JSON.stringify({ id: newId(), do: command, with: facts });
  if (line.well && socket?.readyState === WebSocket.OPEN && new TextEncoder().encode(frame).length <= FRAME) socket.send(frame);
}

const tooLong = () => ({ no: { code: "command.invalid", text: _("This is too long to be sent.") } });

/** What is not answered yet survives a reload of the page, for the same person. */
function keep() {
  const frames = [...waiting].flatMap(([id, { frame, late }]) => late ? [] : [[id, frame]]);
  sessionStorage.setItem(unsent, JSON.stringify({ person: state.you?.id, frames }));
}

function takeUp() {
  if (left.person === state.you.id) for (const [id, frame] of left.frames) if (!waiting.has(id)) waiting.set(id, { frame, resolve: ({ no }) => no && dispatchEvent(Object.assign(new Event("came back"), JSON.parse(frame), { no })) });
  delete left.person;
}

/** Puts a text back into a draft: before what was typed since, behind what came back before it. */
export function giveBack(draft, text) {
  const { text: typed = "", back = "" } = draft, before = `${typed}\n`.startsWith(back) ? back : "";
  draft.back = `${before}${text}\n`;
  draft.text = `${draft.back}${typed.slice(before.length)}`.trim();
}

/** Gives a guest's name, now and after every reconnect. */
export function introduce(name, language) {
  hello = JSON.stringify({ hello: { name, language } });
  if (socket?.readyState === WebSocket.OPEN) socket.send(hello);
}

function tell(well, words = "") {
  if (line.well === well && line.words === words) return;
  Object.assign(line, { well, words });
  touch("line");
}

function listen() {
  clearTimeout(timer);
  timer = setTimeout(() => drop(), SILENCE);
}

function drop() {
  socket?.close();
  retry();
}

/** Full jitter: anywhere between nothing and a ceiling that doubles, so that a thousand do not come back at once. */
function retry(after = 0) {
  if (ended) return;
  clearTimeout(timer);
  if (socket) socket.onclose = socket.onmessage = null;
  socket = null;
  tell(false);
  for (const [id, { late, resolve }] of waiting) if (late) { waiting.delete(id); resolve(late); }
  const ceiling = Math.min(15_000, 500 * 2 ** tries++);
  timer = setTimeout(connect, after * 1000 + Math.random() * ceiling);
}

export function connect() {
  const address = new URL(`/rooms/${room}/live`, location.href.replace(/^http/, "ws"));
  const { page, language } = document.body.dataset;
  if (page === "booth") address.searchParams.set("booth", language); // the line by which the server knows that its interpreter is there
  if (state.epoch) address.searchParams.set("cursor", `${state.epoch}:${state.seq}`);
  socket = new WebSocket(address);
  let first = true, bye = null;
  listen();
  socket.onmessage = ({ data }) => {
    listen();
    const frame = JSON.parse(data);
    if (frame.bye) { bye = frame.bye; return; }
    if (frame.at) setServerTime(frame.at);
    if (frame.re === null) { dispatchEvent(new CustomEvent("refused", { detail: frame.no })); return; } // a name that cannot be
    if (frame.re !== undefined) { answer(frame); return; }
    if (!frame.all && !frame.put) { // a heartbeat: what it names and we lack was lost
      if (frame.seq > state.seq) drop();
      return;
    }
    if (first) {
      forget("captions", (id) => id.startsWith("interim-")); // what was being typed when the line broke
      forget("conflicts", () => true); // every first frame has all of them
    }
    take(frame);
    if (first) {
      first = false;
      tries = 0;
      tell(true);
      takeUp();
      if (hello && !state.you?.name) socket.send(hello);
      clearTimeout(pause);
      pause = 0;
      for (const held of waiting.values()) { held.limited = false; socket.send(held.frame); }
    }
  };
  socket.onclose = ({ code }) => {
    if ([1009, 4000].includes(code)) giveUp();
    if ([4001, 4003, 4004].includes(code)) { ended = true; line.ended = code; clearTimeout(timer); tell(false, bye?.text ?? ""); return; }
    retry(bye?.after ?? 0);
  };
}

/** The server could not read a frame. It answers in order: what has waited longest must not be sent again. */
function giveUp() {
  const [first] = waiting;
  if (!first) return;
  waiting.delete(first[0]);
  keep();
  first[1].resolve(tooLong());
}

function answer(frame) {
  const held = waiting.get(frame.re);
  if (!held) return;
  if (frame.no?.code === "rate.limited" || frame.no?.code === "try.again") { // nothing was applied: the same again, later
    held.heard = held.limited = true;
    pause ||= setTimeout(again, (frame.no.after ?? 1) * 1000);
    return;
  }
  waiting.delete(frame.re);
  keep();
  if (held.limited) again();
  held.resolve(frame);
}

/** Sends what was limited one after the other, in the order it was given: the next when the one before is answered. */
function again() {
  clearTimeout(pause);
  pause = 0;
  const held = [...waiting.values()].find(({ limited }) => limited);
  if (held && socket?.readyState === WebSocket.OPEN) socket.send(held.frame);
}

addEventListener("offline", () => { if (!ended) drop(); });
addEventListener("online", () => { if (!socket && !ended) { clearTimeout(timer); connect(); } });
