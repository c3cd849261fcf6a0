// The browser's side of the embedded relay: one socket for the page, on which channels come in and voices go out.
import { Listening } from "./listening.js";
import { ECHO, packet, packets } from "./packets.js";
import { Speaking } from "./speaking.js";
import { tickets } from "./tickets.js";

const { room } = document.body.dataset;
const FIRST = 250, LONGEST = 10_000; // ms until a new try
const BACKLOG = 16_384; // bytes that wait to be sent, above which packets are left out: they would come too late
const FOR_GOOD = [4000, 4001, 4003, 4004]; // close codes after which nobody comes back by themselves

const listenings = new Map(), speakings = new Map(), numbers = new Map(); // by channel; a channel by its number
const redeeming = []; // {ticket, done, failed}, in the order in which they were sent
let socket = null, opening = null, wait = FIRST, after = 0, over = null, sounding = [];

const say = (text) => { if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(text)); };
const tell = (well) => document.dispatchEvent(new CustomEvent("soundline", { detail: { well } }));

/** The socket, open. Throws {code, text} if there is none to be had now. */
function line() {
  if (over) return Promise.reject(over);
  if (socket?.readyState === WebSocket.OPEN) return Promise.resolve(socket);
  return opening ??= new Promise((resolve, reject) => {
    const made = new WebSocket(`${location.origin.replace("http", "ws")}/rooms/${room}/sound`);
    made.binaryType = "arraybuffer";
    made.onopen = () => { socket = made; wait = FIRST; opening = null; resolve(made); };
    made.onmessage = ({ data }) => typeof data === "string" ? heed(JSON.parse(data)) : receive(data);
    made.onclose = ({ code }) => { opening = null; reject({ code: "line", text: "" }); lost(made, code); };
  });
}

function receive(data) {
  for (const each of packets(data)) listenings.get(each.channel === ECHO ? "echo" : numbers.get(each.channel))?.take(each);
}

function heed({ redeemed, no, open, revoked, bye }) {
  for (const right of redeemed ?? []) {
    numbers.set(right.number, right.channel);
    const at = redeeming.findIndex(({ ticket }) => ticket.channel === right.channel && ticket.use === right.use);
    if (at >= 0) redeeming.splice(at, 1)[0].done(right);
  }
  if (no) redeeming.splice(0).forEach(({ failed }) => failed(no));
  for (const [source, passes] of Object.entries(open ?? {})) [...speakings.values()].find((each) => each.source === Number(source))?.told(passes);
  if (revoked?.use === "speak") speakings.get(revoked.channel)?.told(false);
  if (bye) after = bye.after * 1000;
}

/** The line is gone: everything that was heard or said goes on as soon as there is another. */
function lost(made, code) {
  redeeming.splice(0).forEach(({ failed }) => failed({ code: "line", text: "" }));
  if (made !== socket) return;
  socket = null;
  for (const speaking of speakings.values()) speaking.told(false);
  if (FOR_GOOD.includes(code)) over = { code: "line", text: "" };
  tell(false);
  if (!over && (listenings.size || speakings.size)) again();
}

/* Without a network nothing comes, and nobody says so: the socket would stand for minutes. */
addEventListener("offline", () => {
  const gone = socket;
  if (!gone) return;
  lost(gone);
  gone.close();
});

function again() {
  setTimeout(() => resume().catch(again), Math.max(after, wait * (0.5 + Math.random())));
  wait = Math.min(wait * 2, LONGEST);
  after = 0;
}

async function resume() {
  await line();
  if (listenings.size) {
    const given = await tickets({ listen: "*" });
    await redeem(given.filter(({ channel }) => listenings.has(channel)));
    say({ hear: sounding });
  }
  for (const channel of speakings.keys()) await publish(channel, await tickets({ speak: channel })).catch(() => {}); // it may be somebody else's turn now
  tell(true);
}

const redeem = (given) => {
  const all = Promise.all(given.map((ticket) => new Promise((done, failed) => { redeeming.push({ ticket, done, failed }); })));
  if (given.length) say({ redeem: given.map(({ token }) => token) });
  return all;
};

async function publish(channel, given) {
  const [{ number, source }] = await redeem(given);
  speakings.get(channel)?.as(source, (seq, time, chunk) => {
    if (socket?.readyState === WebSocket.OPEN && socket.bufferedAmount < BACKLOG) socket.send(packet({ channel: number, source, seq, time }, chunk));
  });
}

export async function listen(ticket) {
  await line();
  await redeem([ticket]);
  const before = listenings.get(ticket.channel);
  if (before) return before;
  const made = await Listening.begin(ticket.channel), close = made.close.bind(made);
  listenings.set(ticket.channel, made);
  made.close = () => { close(); listenings.delete(ticket.channel); hearing(sounding.filter((each) => each !== ticket.channel)); };
  return made;
}

/** Has the server send exactly these; all others are silent from this moment. */
export const hear = (chosen) => hearing(chosen.map(({ channel }) => channel));
function hearing(channels) {
  sounding = channels;
  for (const [channel, each] of listenings) if (channel !== "echo") each.set(channels.includes(channel));
  say({ hear: channels });
}

export async function speak(ticket, stream, { onopen } = {}) {
  await line();
  speakings.get(ticket.channel)?.close();
  const made = await Speaking.begin(ticket.channel, stream, onopen), close = made.close.bind(made);
  speakings.set(ticket.channel, made);
  made.close = () => { close(); if (speakings.get(ticket.channel) === made) speakings.delete(ticket.channel); say({ leave: made.source }); };
  try {
    await publish(ticket.channel, [ticket]);
  } catch (refused) {
    made.close();
    throw refused;
  }
  return made;
}

/** One's own voice through encoder, server and decoder, heard by nobody else. */
export async function echo(stream) {
  await line();
  const own = await Speaking.begin("echo", stream), heard = await Listening.begin("echo");
  listenings.set("echo", heard);
  heard.set(true);
  own.as(0, (seq, time, chunk) => { if (socket?.readyState === WebSocket.OPEN) socket.send(packet({ channel: ECHO, source: 0, seq, time }, chunk)); });
  return { node: heard.node, stats: () => ({ ...heard.stats(), level: own.level }), close() { own.close(); heard.close(); listenings.delete("echo"); } };
}
