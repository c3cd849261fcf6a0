// The chat: newest at the bottom, and a box to write in. With data-staff folded, and with the channels of the staff.
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { giveBack, introduce, send } from "../connection.js";
import { html, Live, nothing } from "../element.js";
import { linked } from "../links.js";
import { list, may, one, state } from "../store.js";
import { _, language, ngettext } from "../texts.js";
import { clock } from "../times.js";

const CHANNELS = () => ({ room: _("Everybody in the room"), booth: _("Booths and moderators"), crew: _("Moderators") });
const AMONG = () => ({ booth: _("Booths"), crew: _("Moderators") });
const MODES = () => ({ on: _("Everybody"), crew: _("Moderators only"), off: _("Nobody") });
const crew = () => may("chat.hide"), staff = () => crew() || ["interpreter", "captioner"].includes(state.you?.role);
const mine = () => Object.keys(CHANNELS()).slice(0, crew() ? 3 : staff() ? 2 : 1);

customElements.define("room-chat", class extends Live {
  static watches = ["chat", "room", "you"];
  sending = [];
  words = "";

  connectedCallback() {
    super.connectedCallback();
    this.draft = `chat:${document.body.dataset.room}:${this.dataset.staff ?? "room"}`;
    this.kept = JSON.parse(sessionStorage.getItem(this.draft) ?? "{}");
    addEventListener("hashchange", this.looked);
    addEventListener("refused", ({ detail }) => this.open() && this.say(detail.text));
    addEventListener("came back", (back) => back.do === "chat.say" && (this.staff || back.with.to === "room") && this.restore(back.with, back.no));
  }
  looked = () => { if (this.drawn) { this.draw(); this.lastLine()?.scrollIntoView({ block: "nearest" }); } };

  get staff() { return this.dataset.staff !== undefined; }
  open() { return this.staff ? this.querySelector("details")?.open : this.offsetParent !== null; }
  said() { return list("chat").filter(({ to }) => this.staff || to === "room").sort((a, b) => a.at.localeCompare(b.at)); }
  lastLine() { return this.open() ? this.querySelector("li:last-child") : null; }

  draw() {
    const said = this.said(), last = this.lastLine();
    const follows = last ? last.getBoundingClientRect().top < innerHeight : !this.staff && location.hash === "#chat";
    if (this.open() || !this.seen) this.seen = new Set(said.map(({ id }) => id));
    this.fresh = said.filter(({ id, by }) => !this.seen.has(id) && by.id !== state.you?.id).length;
    super.draw();
    if (follows && this.lastLine() !== last) this.lastLine()?.scrollIntoView({ block: "nearest" });
    const count = this.staff ? null : document.getElementById("chat-count");
    if (count) count.textContent = this.fresh || "";
  }

  view() {
    const room = one("room", "room");
    if (!room || !state.you) return nothing;
    const said = this.said(), inside = html`
      <p class="meta about">${room.chat_kept ? _("The chat is kept.") : _("The chat is not kept: it is deleted when the room closes.")}</p>
      <div role="log" aria-label=${_("Chat, the newest last")}><ol class="said">${repeat(said, ({ id }) => id, (message) => this.line(message))}</ol></div>
      ${said.length ? nothing : html`<p class="empty">${_("Nothing has been said here yet.")}</p>`}
      ${this.form(room)}${this.staff && may("chat.set") && room.state !== "closed" ? this.mode(room) : nothing}`;
    if (!this.staff) return inside;
    return html`<details @toggle=${this.looked}><summary>${document.body.dataset.page === "booth" ? html`<strong>${_("Chat")}</strong>` : html`<h3>${_("Chat")}</h3>`} <span class="meta">${this.fresh ? ngettext("{num} new message", "{num} new messages", this.fresh) : said.length || ""}</span></summary>${inside}</details>`;
  }

  line({ id, text, by, to, at, hidden }) {
    const own = by.id === state.you.id;
    return html`<li class=${own ? "own" : ""} data-message=${id}>
      <p class="facts meta"><bdi class="name">${by.name}</bdi><time datetime=${at}>${clock(at)}</time>${this.staff && to !== "room" ? html`<span>${AMONG()[to]}</span>` : nothing}${hidden && text !== null ? html`<span>${_("Hidden by a moderator")}</span>` : nothing}${crew() && !own && !hidden && one("room", "room").state !== "closed" ? html`<button class="plain" type="button" @click=${() => this.act("chat.hide", { message: id })}>${_("Hide")}<span class="hidden"> ${_("what {name} wrote", { name: by.name })}</span></button>` : nothing}</p>
      ${text === null ? html`<p class="empty">${own && hidden ? _("Your message was hidden by a moderator.") : _("Hidden by a moderator.")}</p>` : html`<p dir="auto" class=${hidden ? "gone" : ""}>${linked(text)}</p>`}</li>`;
  }

  /** Why nothing can be written to the room just now; empty if it can. */
  shut(room) {
    if (room.state === "closed") return _("The session has ended.");
    if (crew()) return room.chat === "off" ? _("The chat is switched off.") : "";
    if (room.state === "planned") return _("The chat opens with the room.");
    if (room.state === "paused") return _("The session is paused.");
    return { on: "", crew: _("Only moderators write here at the moment."), off: _("The chat is switched off.") }[room.chat];
  }

  form(room) {
    if (!may("chat.say")) return nothing;
    const channels = this.staff ? mine() : ["room"], to = channels.includes(this.kept.to) ? this.kept.to : channels.at(-1), id = this.staff ? "staff" : "room";
    const shut = to === "room" || ["closed", crew() ? "" : "paused"].includes(room.state) ? this.shut(room) : "";
    return html`<form class="ask say" @submit=${this.submit} @input=${this.keep}>
      <div class="said-here" role="status">${this.words ? html`<p class="warn">${this.words}</p>` : nothing}${this.sending.map((text) => html`<p class="meta">${_("Sending:")} <q dir="auto">${text}</q></p>`)}</div>
      ${shut ? html`<p class="empty">${shut}</p>` : nothing}
      ${channels.length > 1 ? html`<label class="meta" for="to-${id}">${_("To")}</label><select id="to-${id}" name="to">${channels.map((each) => html`<option value=${each} .selected=${each === to}>${CHANNELS()[each]}</option>`)}</select>` : nothing}
      ${shut ? nothing : html`${state.you.name ? nothing : html`<div class="who"><label for="called-${id}">${_("Your name")}</label><input id="called-${id}" name="name" type="text" maxlength="80" autocomplete="name" required .value=${this.kept.name ?? ""}></div>`}
        <label class="hidden" for="say-${id}">${_("Your message")}</label>
        <textarea id="say-${id}" name="text" rows="1" maxlength="1000" dir="auto" placeholder=${_("Write in any language")} required .value=${this.kept.text ?? ""} @keydown=${this.enter}></textarea>
        <button class="first" type="submit">${_("Send")}</button>`}</form>`;
  }

  mode(room) {
    return html`<label class="option mode"><span>${_("Who writes to the room")}</span> <select @change=${async ({ target }) => await this.act("chat.set", { mode: target.value }) || (target.value = one("room", "room").chat)}>${Object.entries(MODES()).map(([mode, words]) => html`<option value=${mode} .selected=${mode === room.chat}>${words}</option>`)}</select></label>`;
  }

  enter(event) { if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.form.requestSubmit(); } }
  keep = (event) => { const before = this.kept.to; this.put(Object.fromEntries(new FormData(event.currentTarget))); if (this.kept.to !== before || this.words) this.say(""); };
  put(what) { Object.assign(this.kept, what); sessionStorage.setItem(this.draft, JSON.stringify(this.kept)); }
  say(words) { this.words = words; this.draw(); }
  async act(command, facts) { const { no } = await send(command, facts); this.say(no ? no.text : ""); return !no; }

  submit = async (event) => {
    event.preventDefault();
    const { text, name } = this.kept, to = new FormData(event.currentTarget).get("to") ?? "room";
    if (!text?.trim()) return;
    if (!state.you.name && name) introduce(name, language);
    this.put({ text: "" });
    this.sending.push(text);
    this.querySelector("textarea").value = "";
    this.say("");
    const said = { text, to }, { no } = await send("chat.say", said);
    this.sending.splice(this.sending.indexOf(text), 1);
    if (no) this.restore(said, no); else this.say("");
  };

  /** Puts a message back; two in one are for the fewer. */
  restore({ text, to }, no) {
    const now = this.kept.text && this.querySelector("[name=to]")?.value;
    giveBack(this.kept, text);
    this.put({ to: mine().findLast((each) => each === to || each === now) });
    this.say(no.text);
    const box = this.querySelector("textarea");
    if (box) box.value = this.kept.text;
  }
});
