// Polls as the moderator runs them: drafted, opened, closed, published; what has been counted so far.
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { html, Live, nothing } from "../element.js";
import { list, may } from "../store.js";
import { _, ngettext } from "../texts.js";
import { closed } from "./acts.js";
import { command } from "./desk.js";
import { keep, kept } from "./drafts.js";

const STATES = () => ({ draft: _("Draft: only the team sees it"), open: _("Open"), closed: _("Closed, not published"), published: _("Published") });
const STEPS = () => ({ draft: ["open", _("Open the vote"), _("The vote is open.")], open: ["close", _("Close the vote"), _("The vote is closed.")], closed: ["publish", _("Publish the results"), _("Everybody sees the results.")] });
const ORDER = ["open", "closed", "draft", "published"];

const removed = ({ id }) => command("poll.remove", { poll: id }, _("Removed"));

async function draft(event, close) {
  event.preventDefault();
  const data = new FormData(event.currentTarget), choices = data.get("choices").split("\n").map((each) => each.trim()).filter(Boolean);
  const facts = { title: data.get("title").trim(), choices, multiple: data.has("multiple"), secret: data.has("secret"), results: data.get("results") };
  if (!await command("poll.draft", facts, _("Drafted. Only the team sees it until the vote is opened."))) return;
  for (const name of ["title", "choices"]) keep(`poll:${name}`, "");
  close();
}

customElements.define("poll-control", class extends Live {
  static watches = ["polls", "room", "you"];
  writing = false;
  view() {
    if (!may("poll.draft")) return nothing;
    const polls = list("polls").sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state)), open = polls.filter(({ state }) => state === "open").length;
    return html`<details><summary><h3>${_("Polls")}</h3> <span class="meta">${polls.length || nothing}</span>${open ? html` <span class="good">${ngettext("{num} open", "{num} open", open)}</span>` : nothing}</summary>
      <ul>${repeat(polls, ({ id }) => id, (poll) => this.row(poll))}</ul>
      ${closed() ? nothing : this.writing ? this.form() : html`<p class="acts"><button type="button" @click=${() => this.write(true)}>${_("Draft a poll")}</button></p>`}</details>`;
  }
  row(poll) {
    const { id, title, choices, state, secret, multiple, voters, results } = poll, [verb, words, said] = STEPS()[state] ?? [];
    return html`<li class="slot"><p class="name" dir="auto">${title}</p>
      <p class="facts meta"><span class=${state === "open" ? "good" : ""}>${STATES()[state]}</span>${secret ? html`<span>${_("secret")}</span>` : nothing}${multiple ? html`<span>${_("several choices")}</span>` : nothing}${voters === null ? nothing : html`<span>${ngettext("{num} has voted", "{num} have voted", voters)}</span>`}</p>
      <ul class="heard">${choices.map((choice, n) => html`<li>${results ? html`<span class="count">${results[n]}</span> ` : nothing}<span dir="auto">${choice}</span></li>`)}</ul>
      ${closed() || !verb ? nothing : html`<p class="acts"><button type="button" @click=${() => command(`poll.${verb}`, { poll: id, was: state }, said)}>${words}<span class="hidden">: ${title}</span></button>${state === "draft" && may("poll.remove") ? html`<button class="plain" type="button" @click=${() => removed(poll)}>${_("Remove")}<span class="hidden">: ${title}</span></button>` : nothing}</p>`}</li>`;
  }
  form() {
    const typed = ({ target }) => keep(`poll:${target.name}`, target.value);
    return html`<form class="small" @submit=${(event) => draft(event, () => this.write(false))}>
      <label>${_("What is asked")}<input name="title" type="text" dir="auto" maxlength="200" required autocomplete="off" .value=${kept("poll:title")} @input=${typed}></label>
      <label>${_("Choices, one on a line")}<textarea name="choices" rows="3" dir="auto" required .value=${kept("poll:choices")} @input=${typed}></textarea></label>
      <label class="tick"><input type="checkbox" name="multiple"> ${_("One may choose several")}</label>
      <label class="tick"><input type="checkbox" name="secret"> ${_("Secret: nobody can see who voted how, and a vote stands")}</label>
      <label>${_("Who voted sees the results")}<select name="results"><option value="end">${_("once they are published")}</option><option value="vote">${_("after voting")}</option></select></label>
      <p class="acts"><button class="first">${_("Save the draft")}</button><button class="plain" type="button" @click=${() => this.write(false)}>${_("Cancel")}</button></p></form>`;
  }
  write(on) {
    this.writing = on;
    this.draw();
    this.querySelector(on ? "form input" : "summary")?.focus();
  }
});
