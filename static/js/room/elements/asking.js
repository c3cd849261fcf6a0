// The box to ask in. What is typed survives reload and loss of line; a guest gives a name first.
import { giveBack, introduce, line, newId, send } from "../connection.js";
import { html, Live, nothing } from "../element.js";
import { may, one, state } from "../store.js";
import { _, language } from "../texts.js";
import { envelope, tongue } from "./envelope.js";

const LIMIT = 2000; // characters: shown here, decided by the server
const draft = `draft:${document.body.dataset.room}`;
const kept = JSON.parse(sessionStorage.getItem(draft) ?? "{}");

customElements.define("ask-form", class extends Live {
  static watches = ["you", "room", "contributions", "agenda", "line", "mine"];
  sending = [];
  words = "";

  view() {
    const room = one("room", "room");
    if (!state.you || !room || line.ended) return nothing;
    if (room.state === "closed") return html`<p class="empty">${_("The session has ended. Questions are closed.")}</p>${kept.text ? html`<p><span class="warn">${_("Not sent:")}</span> <q dir="auto">${kept.text}</q></p>` : nothing}`;
    if (!may("question.ask")) return nothing;
    if (this.kind === "good" && (one("mine", "questions")?.[this.sent]?.state ?? "submitted") !== "submitted") this.words = ""; // it has been looked at
    const paused = room.state === "paused" && !may("question.publish");
    return html`<form class="ask" id="ask" @submit=${this.submit} @input=${this.keep}>
      <div class="said-here" role="status">${this.words ? html`<p class=${this.kind}>${this.words}</p>` : nothing}${this.sending.map((text) => html`<p class="meta">${_("Sending:")} <q dir="auto">${text}</q></p>`)}</div>
      ${state.you.name ? nothing : html`<div class="who"><label for="guest">${_("Your name")}</label><input id="guest" name="name" type="text" maxlength="80" autocomplete="name" required .value=${kept.name ?? ""} @change=${this.named} @keydown=${this.nameEntered}>${this.then ? html` <button type="button" @click=${() => this.nameGiven()}>${_("Continue")}</button>` : nothing}</div>`}
      <label for="text">${paused ? _("The session is paused. You can ask when it goes on.") : _("Ask a question")}</label>
      <textarea id="text" name="text" rows="1" dir="auto" placeholder=${paused ? _("The session is paused.") : _("Ask in any language")} required .value=${kept.text ?? ""} @keydown=${this.enter} @focus=${() => document.querySelector("my-questions details")?.removeAttribute("open")}></textarea>
      <button class="first" type="submit" ?disabled=${paused}>${_("Ask")}</button>
      <div class="more">
        ${envelope(kept, room)}
        ${this.left !== undefined ? html`<span class="meta ${this.left < 0 ? "warn" : ""}">${_("{left} characters left", { left: this.left })}</span>` : nothing}
      </div>
    </form>`;
  }

  enter(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.form.requestSubmit(); }
  }

  keep = (event) => {
    const form = event.currentTarget, data = new FormData(form), before = tongue(kept, one("room", "room"));
    if (event.target.name === "language") kept.by_hand = true;
    Object.assign(kept, { text: data.get("text"), language: data.get("language"), to: data.get("to") || null, name: data.get("name") ?? kept.name, anonymous: data.has("anonymous") });
    sessionStorage.setItem(draft, JSON.stringify(kept));
    const left = LIMIT - kept.text.trim().length, shown = left <= 200 ? left : undefined;
    const same = shown === this.left && this.kind !== "good" && before === tongue(kept, one("room", "room"));
    this.left = shown;
    if (!same) this.say(this.kind === "good" ? "" : this.words);
  };

  say(words, kind = "warn") {
    Object.assign(this, { words, kind });
    this.draw();
  }

  /** Asks a guest's name, and goes on with what it was needed for. */
  askName(then) {
    this.then = then;
    this.say(_("Please tell us your name first."));
    this.querySelector("#guest")?.focus();
  }

  nameEntered = (event) => { if (event.key === "Enter" && this.then) { event.preventDefault(); this.nameGiven(); } };

  nameGiven() {
    const name = this.querySelector("#guest").value;
    if (name.trim()) introduce(name, language);
  }

  /** Puts a question back into the box, as what it was; two in one are without a name if either was. */
  restore({ text, language: tag, to, anonymous }, words, kind) {
    if (!kept.text?.trim()) Object.assign(kept, { to, language: tag, by_hand: kept.by_hand || tongue({ text }, one("room", "room")) !== tag });
    giveBack(kept, text);
    kept.anonymous ||= anonymous;
    this.sent = null; // what the words say is of this one
    sessionStorage.setItem(draft, JSON.stringify(kept));
    this.say(words, kind);
    const now = { text: { value: kept.text }, to: { value: kept.to ?? "" }, language: { value: tongue(kept, one("room", "room")) }, anonymous: { checked: kept.anonymous } };
    for (const [name, is] of Object.entries(now)) Object.assign(this.querySelector(`[name=${name}]`) ?? {}, is); // whatever it was when it was last drawn
  }

  connectedCallback() {
    super.connectedCallback();
    addEventListener("refused", ({ detail }) => this.say(detail.text));
    addEventListener("came back", (back) => back.do === "question.ask" && this.restore(back.with, back.no.text));
  }

  named = (event) => event.currentTarget.value.trim() && introduce(event.currentTarget.value, language);

  draw() {
    super.draw();
    if (this.leaving) queueMicrotask(() => this.leave());
    if (!state.you?.name || !this.then) return;
    const { then } = this;
    this.then = null;
    this.say("");
    then();
  }

  /** Gives a small screen back to what is beneath the box, unless somebody writes on: to the line with one's own question. */
  leave() {
    if (!document.querySelector("my-questions")?.querySelector(`[data-own="${this.sent}"]`)) return; // it comes with the next round
    if (!kept.text && this.contains(document.activeElement)) document.querySelector("my-questions summary").focus();
    this.leaving = false;
  }

  submit = async (event) => {
    event.preventDefault();
    const { text, to, anonymous, name } = kept, written = tongue(kept, one("room", "room"));
    if (!text?.trim()) return;
    if (!state.you.name && name) introduce(name, language);
    this.sending.push(text);
    this.words = "";
    Object.assign(kept, { text: "", anonymous: false });
    sessionStorage.setItem(draft, JSON.stringify(kept));
    this.querySelector("form").reset();
    this.querySelector("textarea").value = "";
    this.left = undefined;
    this.draw();
    const asked = { text, language: written, to: to ?? null, anonymous: anonymous ?? false }, { no, ok } = await send("question.ask", asked, newId());
    this.sending.splice(this.sending.indexOf(text), 1);
    if (no) { this.restore(asked, no.text); return; }
    Object.assign(this, { sent: ok.question, leaving: matchMedia("(width < 60rem)").matches });
    this.say(_("Sent. A moderator looks at it first."), "good");
  };
});
