// One question of the list: votes in the margin, the text in the reader's language, who asks whom, what became of it.
import { render } from "../../../vendor/lit-html/lit-html.js";
import { send } from "../connection.js";
import { html, nothing } from "../element.js";
import { addressee, asker, original, passage, reading, written } from "../reading.js";
import { state } from "../store.js";
import { _, languageName, ngettext, pick } from "../texts.js";

const OPEN = ["published", "queued"]; // to votes

/** Draws a row {id, li, item, votes, voted, own} into its list item. */
export function row({ id, li, item, votes, voted, own }) {
  li.className = `question ${item.state}`;
  li.dataset.question = id;
  const { text, lang, origin } = reading(item), to = addressee(item.to);
  render(html`<button class="vote" type="button" aria-pressed=${voted} ?disabled=${own || !OPEN.includes(item.state)} @click=${() => vote(id, voted)}>
      <svg viewBox="0 0 14 12" aria-hidden="true"><path d="M7 1.5 13 11H1Z"/></svg>
      <span><span class="hidden">${_("Vote for this,")} </span>${votes}<span class="hidden"> ${ngettext("vote", "votes", votes)}</span></span>
    </button>
    <div>
      <p>${passage(text, lang)}</p>
      <p class="facts meta"><span>${asker(item)}</span>${origin ? html`<span>${origin}</span>` : html`<span>${languageName(item.language)}</span>`}${to ? html`<span>${to}</span>` : nothing}${outcome(item)}${own ? html`<span>${_("Yours")}</span>` : nothing}</p>
      ${origin ? original(item) : nothing}
      ${written(item.answer)}
    </div>`, li);
}

function outcome({ state: reached, order, deferred_to: to }) {
  if (reached === "deferred" && to?.room) return html`<span>${_("Kept for")} <a href="/rooms/${to.room}" dir="auto">${pick(to.titles).text}</a></span>`;
  const words = { queued: () => _("In the queue, number {place}", { place: order + 1 }), answered: () => _("Answered"), deferred: () => _("Kept for a later session") }[reached];
  return words ? html`<span class=${reached === "queued" ? "lined" : nothing}>${words()}</span>` : nothing;
}

async function vote(question, voted) {
  const asking = document.querySelector("ask-form");
  if (!state.you.name) {
    asking.askName(() => vote(question, voted));
    return;
  }
  const { no } = await send(voted ? "question.unvote" : "question.vote", { question });
  if (no) asking.say(no.text);
}
