// The picture of the stream: nothing of it is loaded before somebody presses, once for a room and the host it comes from.
// It lives in a page of its own (static/js/picture); this one tells it to be silent while a channel is heard here.
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { html, Live, nothing } from "../element.js";
import { one, touch, watch } from "../store.js";
import { _ } from "../texts.js";
import { loads } from "../thrift.js";
import { onStage } from "./slides.js";

const { room, picture: given } = document.body.dataset;
const KEPT = `picture-${room}`; // in this device's storage: the host whose picture was asked for
const AGAIN = 5_000; // ms until a server that did not answer is asked again
let about = given ? JSON.parse(given) : { link: null }; // of the stream, as the server told it
let asked = about.link; // the link that the server was asked about last
let pressed = null; // {host, thin}: what was asked for in this window, and whether on a thin line
let quiet = false; // something of ours is heard
let how = ""; // what the picture's page says
let large = false; // it has the stage, and the page of slides stands beside it

const stream = () => one("room", "room")?.state !== "closed" && one("room", "room")?.stream || null;
/** A browser that saves data, or a room of which only a part is loaded. */
const thin = () => Boolean(navigator.connection?.saveData) || !loads("stream");

/** The host a picture can be had from; null where there is only a link, or nothing. */
const offered = () => stream() && about.link === stream() ? about.host : null;

/** Whether the picture is on the stage. On a thin line it never comes by itself. */
export function pictured() {
  const remembered = thin() ? null : localStorage.getItem(KEPT);
  return Boolean(offered()) && offered() === (pressed?.thin === thin() ? pressed.host : remembered);
}

/* The stream was changed: only the server knows what can be shown of it. */
async function ask() {
  const link = stream();
  if (!link || link === asked) return;
  asked = link;
  const answer = await fetch(`/api/rooms/${room}/picture`).then((got) => got.ok ? got.json() : null, () => null);
  if (answer?.ok) about = answer.ok; else setTimeout(() => { asked = null; touch("room"); }, AGAIN);
  how = "";
  touch("picture");
}
if (given) watch(["room"], ask); // other pages lead to it

/** Is silent while one of our channels is heard; null: none is. */
export function hush(channel) {
  quiet = Boolean(channel);
  tell();
  touch("picture");
}

const frame = () => document.querySelector("room-picture iframe");
const tell = () => frame()?.contentWindow.postMessage({ quiet }, location.origin);
addEventListener("message", ({ source, origin, data }) => {
  if (!data?.picture || origin !== location.origin || source !== frame()?.contentWindow) return;
  if (data.picture === "ready") tell();
  how = data.picture;
  touch("picture");
});

function show() {
  pressed = { host: offered(), thin: thin() };
  if (!pressed.thin) localStorage.setItem(KEPT, pressed.host);
  large = matchMedia("(width < 60rem)").matches; // there is no room for both
  touch("picture");
}

function hide() {
  pressed = { host: null, thin: thin() };
  how = "";
  localStorage.removeItem(KEPT);
  touch("picture");
}

const beside = () => html`<a href=${stream()} target="_blank" rel="noopener noreferrer">${_("Watch the stream")}<span class="hidden"> ${_("opens beside this page")}</span></a>`;

/** What there is of a stream while it is not shown: a picture to be asked for, else a link. */
export function offer() {
  if (!stream()) return nothing;
  if (!offered()) return html`<p><a class="button" href=${stream()} target="_blank" rel="noopener noreferrer">${_("Watch the stream")}</a> <span class="meta">${_("opens beside this page")}</span></p>`;
  return html`<p><button @click=${show}>${_("Show the picture")}</button></p><p class="meta">${_("It comes from {host}; nothing is loaded from there before you press.", { host: offered() })} ${beside()}</p>`;
}

customElements.define("room-picture", class extends Live {
  static watches = ["room", "picture", "slides"];
  view() {
    this.hidden = !pictured();
    if (this.hidden) return nothing;
    document.querySelector(".view").classList.toggle("picture-first", large);
    return repeat([about.link], (link) => link, () => html`<iframe src="/rooms/${room}/picture" title=${_("Picture of the session")} allow="autoplay; fullscreen; picture-in-picture"></iframe>`);
  }
});

/* What one can do about it, under the stage. */
customElements.define("picture-control", class extends Live {
  static watches = ["room", "picture", "slides"];
  view() {
    if (!stream() || (!pictured() && !onStage())) return nothing; // an empty stage offers it itself
    if (!offered()) return html`<span class="meta">${beside()}</span>`;
    if (!pictured()) return html`<button class="plain" @click=${show}>${_("Show the picture")}</button> <span class="meta">${_("from {host}", { host: offered() })}</span>`;
    return html`${onStage() ? html`<button class="plain" @click=${() => { large = !large; touch("picture"); }}>${large ? _("Slides in front") : _("Picture in front")}</button>` : nothing}
      <button class="plain" @click=${hide}>${_("Hide the picture")}</button> <span class="meta" role="status">${this.words()}</span>`;
  }
  words() {
    if (how === "waiting") return html`${_("The stream has not begun, or is out of reach; it is tried again.")} ${beside()}`;
    if (!quiet) return how === "held" ? _("Your browser plays it silently; turn the sound on in the picture.") : nothing;
    return about.mutes ? _("Silent, because you hear a channel here.") : _("You hear a channel here: please turn the sound of the picture off in it.");
  }
});
