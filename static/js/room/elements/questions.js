// The published questions, most votes first, and one's own that wait.
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { send } from "../connection.js";
import { html, Live, nothing } from "../element.js";
import { list, may, one, state } from "../store.js";
import { _, languageName, ngettext } from "../texts.js";

export const votes = (id) => one("scores", id)?.votes ?? 0;
const listed = ["published", "queued", "answered"];

/** Who asked, for everybody's eyes: a moderator's screen is often the one on the wall. */
export const asker = (question) => question.by && !question.anonymous ? html`<bdi>${question.by.name}</bdi>` : _("Without a name");

/** Most votes first, answered ones last, then the earlier. */
export const byVotes = (a, b) => (a.state === "answered") - (b.state === "answered") || votes(b.id) - votes(a.id) || a.asked_at.localeCompare(b.asked_at);

customElements.define("question-list", class extends Live {
  static watches = ["questions", "scores", "mine", "you"];
  view() {
    const shown = list("questions").filter((question) => listed.includes(question.state)).sort(byVotes);
    const mine = new Set(one("mine", "votes") ?? []), own = one("mine", "questions") ?? {};
    const count = document.getElementById("question-count");
    if (count) count.textContent = shown.length;
    if (!shown.length) return html`<p class="empty">${_("No question yet. Ask in your language.")}</p>`;
    return html`<ol>${repeat(shown, (question) => question.id, (question) => this.row(question, mine.has(question.id), question.id in own))}</ol>`;
  }
  row(question, voted, own) {
    const number = votes(question.id);
    return html`<li class="question ${question.state}" data-question=${question.id}>
      <button class="vote" type="button" aria-pressed=${voted} ?disabled=${own || question.state === "answered"} @click=${() => this.vote(question.id, voted)}>
        <svg viewBox="0 0 14 12" aria-hidden="true"><path d="M7 1.5 13 11H1Z"/></svg>
        <span><span class="hidden">${_("Vote for this,")} </span>${number}<span class="hidden"> ${ngettext("vote", "votes", number)}</span></span>
      </button>
      <div>
        <p lang=${question.language} dir="auto">${question.text}</p>
        <p class="facts meta"><span>${asker(question)}</span><span>${languageName(question.language)}</span>${question.state === "queued" ? html`<span>${_("In the queue, number {place}", { place: question.order + 1 })}</span>` : nothing}${question.state === "answered" ? html`<span>${_("Answered")}</span>` : nothing}${own ? html`<span>${_("Yours")}</span>` : nothing}</p>
      </div>
    </li>`;
  }
  async vote(question, voted) {
    const asking = document.querySelector("ask-form");
    if (!state.you.name) {
      asking.askName(() => this.vote(question, voted));
      return;
    }
    const { no } = await send(voted ? "question.unvote" : "question.vote", { question });
    if (no) asking.say(no.text);
  }
});

const paths = () => ({
  submitted: _("Your question waits for a moderator"),
  screened: _("Your question was looked at and kept for later"),
  published: _("Your question is published"),
  queued: _("Your question is in the queue"),
  on_air: _("Your question is on air"),
  answered: _("Your question was answered"),
  declined: _("Your question was declined"),
});

/** Taken back, not thrown away: the text returns to the box it came from. */
async function withdraw(question, text) {
  const { no } = await send("question.withdraw", { question }), asking = document.querySelector("ask-form");
  if (!no) asking.restore(text);
  asking.say(no ? no.text : _("Withdrawn. Your text is in the box below."), no ? "warn" : "good");
}

customElements.define("my-questions", class extends Live {
  static watches = ["mine", "you"];
  view() {
    const own = Object.entries(one("mine", "questions") ?? {}).filter(([, question]) => !["withdrawn"].includes(question.state)).reverse().slice(0, 3);
    this.hidden = own.length === 0;
    return html`<ul class="own" aria-live="polite">${repeat(own, ([id]) => id, ([id, question]) => html`<li>
      <p class="name">${paths()[question.state]}</p>
      <p><q lang=${question.language} dir="auto">${question.text.length > 120 ? `${question.text.slice(0, 120)}…` : question.text}</q>
      ${["submitted", "screened", "published", "queued"].includes(question.state) && may("question.withdraw") ? html` <button class="plain" type="button" @click=${() => withdraw(id, question.text)}>${_("Withdraw")}</button>` : nothing}</p>
      ${question.reason ? html`<p>${_("Reason:")} <span dir="auto">${question.reason}</span></p>` : nothing}
    </li>`)}</ul>`;
  }
});
