// The moderator's lists: the inbox in two stages, the queue in its order, what is published, what is over.
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { html, Live, nothing } from "../element.js";
import { votes } from "../reading.js";
import { all, one } from "../store.js";
import { _, ngettext } from "../texts.js";
import { offered, restore, state } from "./acts.js";
import { bulk } from "./bulk.js";
import { reasonOf } from "./declining.js";
import { placeName } from "./deferring.js";
import { formOf } from "./forms.js";
import { moved } from "./others.js";
import { drag, place } from "./ordering.js";
import { QuestionRows } from "./rows.js";
import { desk, open } from "./selection.js";

const older = (a, b) => a.asked_at < b.asked_at ? -1 : a.asked_at > b.asked_at ? 1 : 0;

/** The questions of some states, with those that another hand took from them just now, where they stood. */
function listed(states) {
  const gone = [...moved].filter(([id, was]) => states.includes(was.state) && one("questions", id) && !states.includes(one("questions", id).state));
  return [...state(...states), ...gone.map(([id, was]) => ({ id, ...one("questions", id), ...was }))];
}

/* Two stages, of which one is looked at: what is new, and what was screened and waits to be published. */
customElements.define("question-inbox", class extends QuestionRows {
  states = ["submitted", "screened"];
  stage = "submitted";
  follows = null; // the selected question whose stage is shown
  listed() {
    const every = listed(this.states), at = desk.selected !== this.follows && every.find(({ id }) => id === desk.selected)?.state;
    this.follows = desk.selected;
    if (at) this.stage = at;
    this.sizes = this.states.map((name) => every.filter((each) => each.state === name && !this.left(each.id)).length);
    const there = every.filter((each) => each.state === this.stage), shown = there.length ? this.stage : this.states.find((name) => every.some((each) => each.state === name));
    return every.filter((each) => each.state === shown).sort(older);
  }
  title() { return _("Inbox"); }
  counted() {
    const [fresh, screened] = this.sizes;
    return [ngettext("{num} to screen", "{num} to screen", fresh), screened ? ngettext("{num} to publish", "{num} to publish", screened) : ""].filter(Boolean).join(_(", "));
  }
  size() { return this.sizes[0] + this.sizes[1]; }
  above(shown) {
    const names = [_("To screen"), _("Screened, to publish")], now = shown[0]?.state ?? this.stage;
    return html`${this.sizes[1] || now === "screened" ? html`<p class="stages" role="group" aria-label=${_("Stages")}>${this.states.map((name, n) => html`<button type="button" aria-pressed=${name === now} ?disabled=${!this.sizes[n]} @click=${() => this.turn(name)}>${names[n]} <span class="meta">${this.sizes[n]}</span></button>`)}</p>` : nothing}${bulk(this, shown)}`;
  }
  turn(stage) {
    this.stage = stage;
    this.limit = this.page;
    this.draw();
  }
  empty() { return Object.keys(all("questions")).length ? _("All screened. What is published stands under “Published”.") : _("No question has come in yet."); }
});
customElements.define("question-queue", class extends QuestionRows {
  states = ["queued"];
  listed() { return listed(this.states).sort((a, b) => a.order - b.order); }
  edge({ id }, at) {
    const keys = (event) => {
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (by) { event.preventDefault(); event.stopPropagation(); place(id, at + by); }
    };
    return html`<button class="grip" type="button" @pointerdown=${(event) => drag(event, id)} @keydown=${keys}><span class="count">${at + 1}</span><span class="hidden">${_("Move with the arrow keys, or drag")}</span></button>`;
  }
  title() { return _("Queue"); }
  empty() { return _("Press Q on a question to line it up."); }
});
customElements.define("published-list", class extends QuestionRows {
  states = ["published"];
  counts = true; // the votes stand in the margin
  listed() { return listed(this.states).sort((a, b) => votes(b.id) - votes(a.id) || older(a, b)); }
  edge(question) { return html`<p class="count">${votes(question.id)}</p><span class="hidden"> ${ngettext("vote", "votes", votes(question.id))}</span>${super.edge(question)}`; }
  above(shown) { return bulk(this, shown); }
  title() { return _("Published"); }
  empty() { return _("No published question waits."); }
});

const OVER = () => ({ answered: _("Answered"), answered_in_writing: _("Answered in writing"), deferred: _("Put off till later"), declined: _("Declined"), merged: _("Merged") });

/* What is over, to look up, to bring back, to answer in writing and to translate. */
customElements.define("done-list", class extends Live {
  static watches = ["questions"];
  limit = 40; // rows
  view() {
    const words = OVER(), over = state(...Object.keys(words)).sort((a, b) => older(b, a));
    if (!over.length) return nothing;
    return html`<details class="item"><summary>${_("Over and aside")} <span class="meta">${over.length}</span></summary><ol>${repeat(over.slice(0, this.limit), ({ id }) => id, (question) => html`<li class="part">
      <p lang=${question.language} dir="auto">${question.text}</p>
      <p class="facts meta"><span>${words[question.state]}</span>${question.state === "declined" && question.reason ? html`<span dir="auto">${reasonOf(question)}</span>` : nothing}${question.deferred_to ? html`<span dir="auto">${placeName(question.deferred_to)}</span>` : nothing}${question.merged_into ? html`<q dir="auto">${one("questions", question.merged_into)?.text ?? ""}</q>` : nothing}</p>
      ${question.answer ? html`<p lang=${question.answer.language} dir="auto">${question.answer.text}</p>` : nothing}
      ${desk.form && desk.selected === question.id ? formOf(desk.form, question) : html`<p class="acts"><button type="button" @click=${() => restore(question)}>${_("Bring back")}<span class="hidden">: ${question.text}</span></button>${offered(question).map(([name, { words }]) => html`<button class="plain" type="button" @click=${() => this.ask(name, question.id)}>${words()}<span class="hidden">: ${question.text}</span></button>`)}</p>`}</li>`)}</ol>
      ${over.length > this.limit ? html`<button class="plain" type="button" @click=${() => { this.limit += 40; this.draw(); }}>${ngettext("{num} more", "{num} more", over.length - this.limit)}</button>` : nothing}</details>`;
  }
  ask(name, id) {
    open(name, id);
    this.querySelector("form textarea")?.focus();
  }
});
