// The chats as the moderator has them: the room's, the team's and the booths'; who may write, what is hidden.
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { html, Live, nothing } from "../element.js";
import { list, may, one } from "../store.js";
import { _ } from "../texts.js";
import { clock } from "../times.js";
import { command } from "./desk.js";
import { keep, kept } from "./drafts.js";
import { named } from "./person-menu.js";

const TO = () => ({ crew: _("The team"), booth: _("Booths and team"), room: _("Everybody") });
const MODES = () => ({ on: _("Everybody may write"), crew: _("Only the team writes to everybody"), off: _("No chat for everybody") });
const SHOWN = 30; // messages, the newest first

function set(mode) {
  const before = one("room", "room").chat;
  return command("chat.set", { mode }, MODES()[mode], () => command("chat.set", { mode: before }, _("Undone.")));
}

customElements.define("chat-control", class extends Live {
  static watches = ["chat", "room", "you"];
  seen = null; // the time of the newest message when the chat was last open
  view() {
    const room = one("room", "room");
    if (!room || !may("chat.hide")) return nothing;
    const said = list("chat").sort((a, b) => a.at < b.at ? 1 : -1), open = this.querySelector("details")?.open;
    if (open || this.seen === null) this.seen = said[0]?.at ?? "";
    const fresh = said.filter(({ at }) => at > this.seen).length;
    return html`<details @toggle=${() => this.draw()}><summary><h3>${_("Chat")}</h3> <span class="meta">${MODES()[room.chat]}</span>${fresh ? html` <span class="good">${_("{number} new", { number: fresh })}</span>` : nothing}</summary>
      ${room.state === "closed" ? nothing : html`<form class="small" @submit=${this.say}>
        <label>${_("To")}<select name="to">${Object.entries(TO()).map(([to, words]) => html`<option value=${to}>${words}</option>`)}</select></label>
        <label>${_("Message")}<input name="text" type="text" dir="auto" maxlength="1000" required autocomplete="off" .value=${kept("chat")} @input=${({ target }) => keep("chat", target.value)}></label>
        <p class="acts"><button>${_("Send")}</button></p></form>`}
      <ul>${repeat(said.slice(0, SHOWN), ({ id }) => id, (message) => this.row(message))}</ul>
      ${may("chat.set") ? html`<div class="small"><label>${_("Who may write to everybody")}<select @change=${({ target }) => set(target.value)}>${Object.entries(MODES()).map(([mode, words]) => html`<option value=${mode} .selected=${mode === room.chat}>${words}</option>`)}</select></label></div>` : nothing}</details>`;
  }
  row({ id, text, by, to, at, hidden }) {
    return html`<li class="slot"><p class="facts meta"><time datetime=${at}>${clock(at)}</time><span class="name">${named(by)}</span>${to === "room" ? nothing : html`<span>${_("to")} ${TO()[to]}</span>`}${hidden ? html`<strong>${_("hidden")}</strong>` : nothing}</p>
      <p dir="auto">${hidden ? html`<s>${text}</s>` : text}${hidden ? nothing : html` <button class="plain person" type="button" @click=${() => command("chat.hide", { message: id }, _("The message is hidden."))}>${_("Hide")}<span class="hidden">: ${text}</span></button>`}</p></li>`;
  }
  say = async (event) => {
    event.preventDefault();
    const form = event.currentTarget, data = new FormData(form), text = data.get("text").trim();
    if (!text || !await command("chat.say", { text, to: data.get("to") }, _("Sent."))) return;
    keep("chat", "");
    form.elements.text.value = "";
  };
});
