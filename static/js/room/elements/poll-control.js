// Polls as the moderator runs them: draft, open, close, publish, each with what it means for everybody.
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { html, Live, nothing, writing } from "../element.js";
import { list, may, one } from "../store.js";
import { _, ngettext, pick } from "../texts.js";
import { closed } from "./acts.js";
import { command, load } from "./desk.js";
import { bars } from "./polls.js";

const ORDER = ["open", "closed", "draft", "published"];
const STATES = () => ({ draft: _("Draft"), open: _("Open for votes"), closed: _("Closed, not published"), published: _("Published") });
const NEXT = () => ({
  draft: ["open", _("Open the vote"), _("Everybody in the room can vote from then on."), _("Open for votes")],
  open: ["close", _("Close the vote"), _("Nobody can vote any more. The result stays with the moderators until it is published."), _("Closed")],
  closed: ["publish", _("Publish the result"), _("Everybody sees the result, in the archive too. That cannot be taken back."), _("Published")],
});
const PRESS = 1000; // ms in which a second press is meant for the button that was there before
let form = null, editing = null, pressed = -Infinity;

customElements.define("poll-control", class extends Live {
  static watches = ["polls", "agenda", "room", "you"];
  view() {
    const room = one("room", "room");
    if (!room || !may("poll.draft")) return nothing;
    const polls = list("polls").sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || (b.opened_at ?? "").localeCompare(a.opened_at ?? ""));
    const open = polls.filter(({ state }) => state === "open").length, due = polls.filter((poll) => this.due(poll, room)).length;
    this.unfolded ||= due > 0 || polls.some(({ state }) => state === "open" || state === "closed"); // and stays so
    return html`<details ?open=${this.unfolded}><summary><h3>${_("Polls")}</h3> ${open ? html`<span class="good">${ngettext("{num} open", "{num} open", open)}</span>` : html`<span class="meta">${polls.length || nothing}</span>`}${due ? html` <span class="warn">${_("due now")}</span>` : nothing}</summary>
      <ul class="ballots">${repeat(polls, ({ id }) => id, (poll) => this.row(poll, room))}</ul>
      ${closed() ? nothing : editing === "new" ? form({ id: "new", title: "", choices: [], multiple: false, secret: false, item: room.now, when: "end" }, () => this.edit(null)) : html`<p class="acts"><button type="button" @click=${() => this.edit("new")}>${_("Draft a poll")}</button></p>`}</details>`;
  }

  /** A draft whose agenda item runs is what comes next. */
  due = (poll, room) => poll.state === "draft" && poll.item !== null && poll.item === room.now && room.state === "open";

  row(poll, room) {
    const item = poll.item && one("agenda", poll.item);
    if (editing === poll.id && poll.state === "draft") return html`<li>${form(poll, () => this.edit(null))}</li>`;
    return html`<li data-poll=${poll.id}>
      <p class="name" dir="auto">${poll.title}</p>
      <p class="facts meta"><span class=${poll.state === "open" ? "good" : ""}>${STATES()[poll.state]}</span><span>${poll.secret ? _("Secret vote") : _("Open vote")}</span>${item ? html`<span dir="auto">${pick(item.titles).text}</span>` : nothing}</p>
      ${this.due(poll, room) ? html`<p class="attention">${_("This belongs to what is running now.")}</p>` : nothing}
      ${poll.results ? bars(poll, poll) : poll.state === "draft" ? html`<ol class="choices meta">${poll.choices.map((choice) => html`<li><span dir="auto">${choice}</span></li>`)}</ol>` : html`<p class="meta">${poll.secret && poll.state === "open" ? _("A secret vote is counted when it closes.") : _("No vote yet.")}</p>`}
      ${this.next(poll, room)}
    </li>`;
  }

  next(poll, room) {
    const [verb, words, meaning, done] = NEXT()[poll.state] ?? [];
    const possible = verb === "open" ? room.state === "open" : verb === "close" ? !closed() : Boolean(verb);
    const named = html`<span class="hidden">: ${poll.title}</span>`;
    const resting = performance.now() - pressed < PRESS;
    const go = () => {
      if (performance.now() - pressed < PRESS) return;
      pressed = performance.now();
      setTimeout(() => this.draw(), PRESS + 50);
      command(`poll.${verb}`, { poll: poll.id, was: poll.state }, _("{what}: “{text}”", { what: done, text: poll.title }));
    };
    return html`${possible ? html`<p class="acts"><button class=${this.due(poll, room) ? "first" : ""} type="button" aria-disabled=${resting} aria-describedby="means-${poll.id}" @click=${go}>${words}${named}</button>${poll.state === "draft" ? html`
        <button class="plain" type="button" @click=${() => this.edit(poll.id)}>${_("Edit")}${named}</button>
        <button class="plain" type="button" @click=${() => command("poll.remove", { poll: poll.id }, _("Removed"))}>${_("Remove")}${named}</button>` : nothing}</p>
      <p class="meta" id="means-${poll.id}">${meaning}</p>` : poll.state === "draft" && !closed() ? html`<p class="acts"><button class="plain" type="button" @click=${() => this.edit(poll.id)}>${_("Edit")}${named}</button></p><p class="meta">${_("It can be opened once the room is open.")}</p>` : nothing}`;
  }

  /** Opens a draft's form, which comes when it is needed first; none closes it. */
  async edit(id) {
    if (id && !(form ??= (await load(import("./poll-form.js")))?.pollForm)) return;
    editing = id;
    this.draw();
    if (!writing(this)) (this.querySelector("form input") ?? this.querySelector(".acts button"))?.focus();
  }
});
