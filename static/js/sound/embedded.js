// The engine that comes with the server: rights by tickets over one socket of sound, renewed with every new socket.
// What one listens to and speaks at outlives sockets; a source does not.
import { close, drop, open, ready, send, sendPacket, tell } from "./line.js";
import { Listening } from "./listening.js";
import { ECHO } from "./packets.js";
import { Speaking } from "./speaking.js";
import { refusal, tickets } from "./tickets.js";

const TRIES = 3; // tickets that are tried for one right, before it is given up
const LATER = ["line", "try.again", "rate.limited"]; // refusals that say nothing of the right
const rights = new Set(); // {of, use, channel, number, ticket, given: whether it was ever granted, passes, tries, resolve, reject}
const listenings = new Map(); // by channel, as promises
let asked = [], unknown = []; // groups of rights on their way to the server, and those it does not know
let heard = [], hearing = []; // what is listened to, and whoever waits for the answer
let echoing = null;

const hooks = {
  async opened() {
    const through = asked;
    await renew([...rights]);
    if (through !== asked || !heard.length) return;
    send({ hear: heard.map(({ channel }) => channel) });
    hearing.push(() => {});
  },
  closed() {
    for (const right of rights) right.use === "speak" ? silence(right) : right.of.forget();
    echoing?.listening.forget();
    [asked, unknown] = [[], []];
    for (const resolve of hearing.splice(0)) resolve();
  },
  packet({ channel, ...packet }) {
    if (channel === ECHO) { echoing?.listening.take(packet); return; }
    for (const { use, of } of rights) if (use === "speak" && of.source === packet.source) return; // nobody hears themselves
    for (const { use, number, of } of rights) if (use === "listen" && number === channel) of.take(packet);
  },
  text(text) {
    if (text.redeemed) redeemed(asked.shift() ?? [], text.redeemed);
    if (text.no?.code === "sound.ticket") for (const right of unknown.splice(0)) again(right, text.no);
    if (text.hearing) hearing.shift()?.();
    if (text.revoked) for (const right of rights) if (right.number !== null && right.use === text.revoked.use && right.channel === text.revoked.channel) end(right, { code: "sound.revoked" });
    for (const [source, passes] of Object.entries(text.open ?? {})) for (const right of rights) if (right.of.source === Number(source)) pass(right, passes);
  },
  ended(refused) {
    hooks.closed();
    for (const right of [...rights]) end(right, refused);
  },
};

// ── Rights ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Has a right to use a channel; resolves when the server grants it. */
function obtain(of, use, ticket) {
  return new Promise((resolve, reject) => {
    const right = { of, use, channel: ticket.channel, number: null, ticket, given: false, passes: null, tries: 0, resolve, reject };
    rights.add(right);
    if (ready()) renew([right]);
    else open(hooks);
  });
}

/** Redeem tickets for these rights: those they came with, or new ones. */
async function renew(wanted) {
  const through = asked;
  try {
    await freshen(wanted.filter(({ ticket }) => !ticket));
  } catch (refused) {
    if (through === asked) drop(refused.after);
    return;
  }
  if (through !== asked || !ready()) return; // the line broke meanwhile: its next socket renews all
  const given = wanted.filter((right) => right.ticket && rights.has(right));
  if (given.length) send({ redeem: given.map(({ ticket }) => ticket.token) });
  if (given.length) asked.push(given);
  for (const right of given) right.ticket = null;
  if (!given.length) tell(true);
}

/** Get new tickets. A channel that cannot be had ends its right; throws what may be tried later. */
async function freshen(wanted) {
  const listen = wanted.filter(({ use }) => use === "listen");
  const give = (found) => { for (const right of wanted) right.ticket ??= found.find(({ use, channel }) => use === right.use && channel === right.channel); };
  if (listen.length) {
    const missing = await all(listen.map(({ channel }) => channel)).then((found) => { give(found); return { code: "channel.closed" }; }, final);
    for (const right of listen) if (!right.ticket) end(right, missing);
  }
  for (const right of wanted.filter(({ use }) => use === "speak")) {
    try {
      give(await tickets({ speak: right.channel }));
    } catch (refused) {
      end(right, final(refused));
    }
  }
}

/** A refusal that will not be another one soon; any other is thrown. */
function final(refused) {
  if (LATER.includes(refused.code)) throw refused;
  return refused;
}

/** Tickets to these channels, or to those there are, if not all of these are there. */
async function all(channels) {
  try {
    return await tickets({ listen: channels });
  } catch (refused) {
    if (!refused.code.startsWith("channel.")) throw refused;
    return tickets({ listen: "*" });
  }
}

function redeemed(group, found) {
  for (const right of group) {
    const at = found.findIndex(({ use, channel }) => use === right.use && channel === right.channel);
    if (at < 0) { unknown.push(right); continue; }
    const [grant] = found.splice(at, 1); // each once: a microphone that was closed and opened again has asked twice
    Object.assign(right, { given: true, tries: 0, number: grant.number });
    if (right.use === "speak") right.of.as(grant.number, grant.source);
    right.resolve();
  }
  tell(true);
}

/** A ticket was used or too old: ask for another, but not for ever. */
function again(right, refused) {
  if (++right.tries < TRIES) renew([right]);
  else end(right, refused);
}

function pass(right, passes) {
  if (right.passes === passes) return;
  right.passes = passes;
  right.of.onopen?.(passes);
}

/** A source is no more. */
function silence(right) {
  right.number = null;
  right.of.as(null, null);
  pass(right, false);
}

/** A right is gone for good. */
function end(right, refused) {
  if (!rights.delete(right)) return;
  right.reject(refusal(refused));
  if (!right.given) return; // whoever wanted it has been told
  if (right.use === "listen") {
    right.of.close();
    right.of.dispatchEvent(new Event("revoked"));
  } else {
    silence(right);
    right.of.close();
    right.of.onend?.(refused);
  }
}

function release(of) {
  for (const right of rights) if (right.of === of) rights.delete(right);
  rest();
}

/** Nobody wants anything any more, answers neither. */
function rest() {
  if (rights.size || echoing) return;
  hooks.closed();
  close();
}

// ── What engine.js offers ────────────────────────────────────────────────────────────────────────────────────────────

/** The same channel again is the same listening. */
export function listen(ticket) {
  if (!listenings.has(ticket.channel)) listenings.set(ticket.channel, begin(ticket).catch((refused) => { listenings.delete(ticket.channel); throw refused; }));
  return listenings.get(ticket.channel);
}

async function begin(ticket) {
  const listening = await Listening.of(ticket.channel, () => {
    listenings.delete(ticket.channel);
    release(listening);
    if (heard.includes(listening)) hear(heard.filter((each) => each !== listening));
  });
  await obtain(listening, "listen", ticket).catch((refused) => { listening.close(); throw refused; });
  return listening;
}

export function hear(listenings) {
  for (const each of heard) if (!listenings.includes(each)) each.let(false);
  heard = [...listenings];
  for (const each of heard) each.let(true);
  if (!ready()) return Promise.resolve();
  send({ hear: heard.map(({ channel }) => channel) });
  return new Promise((resolve) => hearing.push(resolve));
}

export async function speak(ticket, stream, { onopen, onend, muted } = {}) {
  const speaking = await Speaking.of(ticket.channel, stream, {
    onopen, onend, muted, send: sendPacket,
    onclose() {
      if (speaking.source !== null) send({ leave: speaking.source });
      release(speaking);
    },
  });
  await obtain(speaking, "speak", ticket).catch((refused) => { speaking.close(); throw refused; });
  return speaking;
}

export async function echo(stream) {
  echoing?.close();
  const listening = await Listening.of("echo", () => {});
  const speaking = await Speaking.of("echo", stream, { send: sendPacket, onclose: () => {} });
  const made = { listening, node: listening.node, stats: () => ({ ...listening.stats(), ...speaking.stats() }), close() {
    speaking.close();
    listening.close();
    if (echoing === made) echoing = null;
    rest();
  } };
  echoing = made;
  speaking.as(ECHO, 1 + Math.floor(Math.random() * 65_534));
  listening.let(true);
  if (!ready()) open(hooks);
  return made;
}
