// Polls as participants have them: to vote in while they are open, with the results once they are published.
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { send } from "../connection.js";
import { html, Live, nothing } from "../element.js";
import { list, may, one, state } from "../store.js";
import { _, language, ngettext } from "../texts.js";

const percent = new Intl.NumberFormat(language, { style: "percent" });
const RECENT = 3; // published ones; earlier ones are in the archive

/** How often each choice was taken, in words; the bar beside it says the same to the eye. */
export function bars({ choices }, { voters, results }) {
  return html`<ul class="bars">${choices.map((choice, place) => html`<li><span dir="auto">${choice}</span> <span class="sum">${_("{num} of {all}, {percent}", { num: results[place], all: voters, percent: percent.format(voters ? results[place] / voters : 0) })}</span><meter aria-hidden="true" min="0" max=${voters || 1} value=${results[place]}></meter></li>`)}</ul>
    <p class="meta">${ngettext("{num} person has voted.", "{num} people have voted.", voters)}</p>`;
}

/** The newest first; open ones before all others. */
const byTime = (a, b) => (b.state === "open") - (a.state === "open") || (b.opened_at ?? "").localeCompare(a.opened_at ?? "");

customElements.define("poll-list", class extends Live {
  static watches = ["polls", "results", "mine", "you", "room"];
  words = {}; // by poll: what came of a vote, if it was refused
  voting = new Set(); // polls in which a vote of one's own is on its way: pressed twice is pressed once
  again = new Set(); // polls in which somebody looks at the choices once more

  view() {
    const shown = list("polls").filter((poll) => poll.state === "open" || poll.state === "closed").sort(byTime);
    const published = list("polls").filter((poll) => poll.state === "published").sort(byTime).slice(0, RECENT);
    const open = shown.filter((poll) => poll.state === "open");
    if (!shown.length && !published.length) return nothing;
    return html`<p class="hidden" role="status">${open.length ? _("A poll is open: {title}", { title: open[0].title }) : nothing}</p>
      ${repeat([...shown, ...published], ({ id }) => id, (poll) => this.poll(poll))}`;
  }

  poll(poll) {
    const voted = one("mine", "votes")?.includes(poll.id) ?? false, sums = poll.results ? poll : one("results", poll.id);
    const voting = poll.state === "open" && may("poll.vote") && (!voted || (!poll.secret && this.again.has(poll.id)));
    return html`<section class="poll" data-poll=${poll.id} aria-labelledby="poll-${poll.id}">
      <p class="facts meta"><span class="name">${poll.state === "open" ? _("Poll") : poll.state === "closed" ? _("The vote is closed") : _("Result")}</span><span>${poll.secret ? _("Secret vote") : _("Open vote")}</span></p>
      ${voting ? this.form(poll, voted) : html`<h2 id="poll-${poll.id}" dir="auto">${poll.title}</h2>`}
      ${poll.state === "open" && voted && !voting ? html`<p class="done"><span class="good">${_("You have voted.")}</span> ${poll.secret ? nothing : html`<button class="plain" type="button" @click=${() => this.change(poll.id)}>${_("Change my vote")}</button>`}</p>` : nothing}
      <p class="warn" role="alert" ?hidden=${!this.words[poll.id]}>${this.words[poll.id] ?? ""}</p>
      ${sums ? bars(poll, sums) : poll.state === "closed" ? html`<p class="meta">${_("The result appears here once the moderator publishes it.")}</p>` : nothing}
    </section>`;
  }

  form(poll, voted) {
    return html`<form @submit=${(event) => this.vote(event, poll)}><fieldset aria-describedby="how-${poll.id}">
      <legend id="poll-${poll.id}"><h2 dir="auto">${poll.title}</h2></legend>
      <p class="meta" id="how-${poll.id}">${poll.multiple ? _("Choose one or more.") : _("Choose one.")} ${poll.secret ? _("Nobody learns what you chose. It cannot be changed afterwards.") : _("It is kept with your name. You can change it until the vote closes.")}</p>
      ${poll.choices.map((choice, place) => html`<label class="option"><input type=${poll.multiple ? "checkbox" : "radio"} name="choice" value=${place}><span dir="auto">${choice}</span></label>`)}
      <p class="acts"><button class="first">${voted ? _("Vote anew") : _("Vote")}</button>${voted ? html`<button class="plain" type="button" @click=${() => this.change(poll.id, false)}>${_("Leave it as it is")}</button>` : nothing}</p>
    </fieldset></form>`;
  }

  /** Shows the choices once more, or no longer; whoever works by keyboard goes on there. */
  change(poll, again = true) {
    if (again) this.again.add(poll); else this.again.delete(poll);
    delete this.words[poll];
    this.draw();
    this.querySelector(`[data-poll="${poll}"] :is(input, .done button)`)?.focus({ preventScroll: true });
  }

  async vote(event, poll) {
    event.preventDefault();
    const choices = new FormData(event.currentTarget).getAll("choice").map(Number);
    if (!choices.length) return this.say(poll.id, _("Please choose first."));
    const go = async () => {
      if (this.voting.has(poll.id)) return;
      this.voting.add(poll.id);
      const { no } = await send("poll.vote", { poll: poll.id, choices });
      this.voting.delete(poll.id);
      if (!no) this.again.delete(poll.id);
      this.say(poll.id, no?.text);
    };
    return state.you.name ? go() : document.querySelector("ask-form").askName(go);
  }

  say(poll, words) {
    if (words) this.words[poll] = words; else delete this.words[poll];
    this.draw();
  }
});
