// What became of one's own questions: a sentence each, the most urgent one always in sight; what can still be changed.
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { send } from "../connection.js";
import { html, Live, nothing, steady } from "../element.js";
import { votes, written } from "../reading.js";
import { all, may, one } from "../store.js";
import { _, directionOf, ngettext, pick } from "../texts.js";

const STEPS = { submitted: 1, screened: 2, published: 3, merged: 3, queued: 4, on_air: 5 }; // how far a question has come, of 5
const FIRST = ["published", "queued", "on_air"]; // stand before what is over or waits, the last of these first
const REASONS = {
  off_topic: () => _("It does not belong to this session’s subject."), answered_already: () => _("It has been answered already."), unclear: () => _("It was not clear what is asked."),
  no_time: () => _("There is no time left for it."), not_public: () => _("It cannot be answered in public."),
};

/** The place by votes among the published questions, from 1. */
function place(id) {
  const own = votes(id), { asked_at: at } = one("questions", id) ?? {};
  let before = 0;
  for (const [other, { state, asked_at }] of Object.entries(all("questions"))) {
    if (state === "published" && other !== id && (votes(other) > own || votes(other) === own && asked_at < at)) before++;
  }
  return before + 1;
}

/** Where a question stands, as a sentence. */
export function standing(id, { state, answer }) {
  const item = one("questions", id);
  return {
    submitted: () => _("Your question waits for a moderator"),
    screened: () => _("Your question was looked at and kept for later"),
    published: () => item ? _("Your question is published, place {place} by votes", { place: place(id) }) : _("Your question is published"),
    queued: () => item?.order >= 0 ? _("Your question is in the queue, place {place}", { place: item.order + 1 }) : _("Your question is in the queue"),
    on_air: () => _("Your question is on air"),
    answered: () => answer ? _("Your question was answered, and in writing too") : _("Your question was answered"),
    answered_in_writing: () => _("Your question was answered in writing"),
    deferred: () => _("Your question was kept for a later session"),
    merged: () => _("Your question was joined with one like it"),
    declined: () => _("Your question was declined"),
    withdrawn: () => _("You withdrew your question"),
  }[state]?.() ?? state;
}

const kept = JSON.parse(sessionStorage.getItem("editing") ?? "{}"); // {question, text}: what is being changed survives a reload
const keep = (changes) => sessionStorage.setItem("editing", JSON.stringify(Object.assign(kept, changes)));

/** Taken back, not thrown away: the text returns to the box it came from. */
async function withdraw(question, asked) {
  const { no } = await send("question.withdraw", { question }), asking = document.querySelector("ask-form");
  if (no) asking.say(no.text); else asking.restore(asked, _("Withdrawn. Your text is in the box below."), "good");
}

customElements.define("my-questions", class extends Live {
  static watches = ["mine", "you", "questions", "scores"];
  /** What was being changed when somebody took the question up goes on in the box to ask in, and so does who types it. */
  draw() {
    const { question, text } = kept, own = question && one("mine", "questions")?.[question], typing = document.activeElement?.id === "change";
    if (own && own.state !== "submitted") {
      keep({ question: null });
      this.moved = question;
      if (text.trim() !== own.text) document.querySelector("ask-form").restore({ ...own, text }, standing(question, own));
      if (typing) document.getElementById("text")?.focus();
    }
    super.draw();
  }
  view() {
    const own = Object.entries(one("mine", "questions") ?? {}).filter(([, { state }]) => state !== "withdrawn").reverse();
    own.sort(([, a], [, b]) => FIRST.indexOf(b.state) - FIRST.indexOf(a.state));
    this.hidden = own.length === 0;
    if (this.hidden) return nothing;
    const [[first, question]] = own;
    return html`<details @toggle=${({ target }) => target.open && document.querySelector("ask-form :focus")?.blur()}><summary @mousedown=${steady}>${this.head(first, question)}${own.length > 1 ? html` <span class="meta">${ngettext("{num} question of yours", "{num} questions of yours", own.length)}</span>` : nothing}<q class="wide" lang=${question.language} dir=${directionOf(question.text ?? "", question.language)}>${question.text}</q></summary>
      <ul class="own">${repeat(own, ([id]) => id, ([id, each]) => html`<li data-own=${id}>${own.length > 1 ? html`<p class="head">${this.head(id, each)}</p>` : nothing}${kept.question === id && each.state === "submitted" ? this.editor(id) : this.row(id, each)}</li>`)}</ul></details>`;
  }
  head(id, question) {
    const far = STEPS[question.state] ?? 0;
    return html`<span class="name ${question.state === "on_air" ? "on-air" : ""}">${standing(id, question)}</span>${far ? html` <span class="steps" aria-hidden="true">${[1, 2, 3, 4, 5].map((step) => html`<i class=${step <= far ? "past" : ""}></i>`)}</span>` : nothing}`;
  }
  row(id, question) {
    const { text, state, reason, merged_into: into, deferred_to: to } = question, other = into && one("questions", into);
    return html`<p class="mine-text"><q lang=${question.language} dir=${directionOf(text ?? "", question.language)}>${text?.length > 160 ? `${text.slice(0, 160)}…` : text}</q></p>
      ${other ? html`<p>${_("Joined with:")} <q lang=${other.language} dir="auto">${other.text}</q> <span class="meta">${_("{count} votes together", { count: votes(into) })}</span></p>` : nothing}
      ${to ? this.later(to) : nothing}
      ${reason ? html`<p>${_("Reason:")} <span dir="auto">${REASONS[reason]?.() ?? reason}</span></p>` : nothing}
      ${written(question.answer)}
      ${state === "submitted" && may("question.edit") ? html`<button class="plain" type="button" @click=${() => this.edit(id, text)}>${_("Change")}</button> ` : nothing}
      ${["submitted", "screened", "published", "queued"].includes(state) && may("question.withdraw") ? html`<button class="plain" type="button" @click=${() => withdraw(id, question)}>${_("Withdraw")}</button>` : nothing}`;
  }
  later({ room, titles }) {
    const { text, lang } = pick(titles);
    return html`<p>${_("Kept for:")} ${room ? html`<a href="/rooms/${room}" lang=${lang || nothing} dir="auto">${text}</a>` : html`<span lang=${lang || nothing} dir="auto">${text}</span>`}</p>`;
  }
  editor(id) {
    return html`<form class="change" @submit=${(event) => this.change(event, id)} @keydown=${(event) => { if (event.key === "Escape") this.leave(); }}>
      <label for="change">${_("Your question")}</label><textarea id="change" rows="2" dir="auto" required .value=${kept.text} @input=${({ target }) => keep({ text: target.value })}></textarea>
      ${this.words ? html`<p class="warn" role="alert">${this.words}</p>` : nothing}
      <p><button class="first">${_("Save")}</button> <button class="plain" type="button" @click=${() => this.leave()}>${_("Cancel")}</button></p></form>`;
  }
  edit(question, text) {
    Object.assign(this, { words: "", moved: null });
    keep({ question, text });
    this.draw();
    this.querySelector("textarea")?.focus();
  }
  leave(words = "") {
    this.words = words;
    if (!words) keep({ question: null });
    this.draw();
  }
  async change(event, question) {
    event.preventDefault();
    const { text } = kept, { no } = await send("question.edit", { question, text });
    if (kept.question === question) {
      if (no || kept.text === text) this.leave(no?.text); // else more was typed since
    } else if (no && this.moved !== question) document.querySelector("ask-form").restore({ ...one("mine", "questions")[question], text }, no.text);
  }
});
