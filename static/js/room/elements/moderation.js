// The moderator's three lists. The selected question carries its actions with their keys; the rest is text to scan.
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { html, Live, nothing } from "../element.js";
import { may } from "../store.js";
import { _, languageName, ngettext } from "../texts.js";
import { age } from "../times.js";
import { byVotes, votes } from "./questions.js";
import { act, closed, decline, desk, offered, restore, select, state } from "./acts.js";
import { command } from "./desk.js";

const REASONS = () => [_("Already answered"), _("Asked by somebody else too"), _("Does not fit this session"), _("No time left")];

class Questions extends Live {
  static watches = ["questions", "room", "scores", "you", "selection"];
  view() {
    const shown = this.shown();
    const title = this.parentElement.querySelector("h2");
    title.replaceChildren(this.title(), " ", Object.assign(document.createElement("span"), { className: "meta", textContent: shown.length }));
    if (!shown.length) return html`<p class="empty item">${this.empty()}</p>`;
    return html`<ol>${repeat(shown, (question) => question.id, (question, place) => this.row(question, place, shown))}</ol>`;
  }
  row(question, place, shown) {
    const current = question.id === desk.selected;
    return html`<li class="item ${this.margin ? "row" : ""}" data-question=${question.id} aria-current=${current ? "true" : nothing} tabindex="-1" @click=${() => select(question.id)} @focusin=${() => select(question.id)}>
      ${this.margin ? html`<p class="count">${this.margin(question, place)}</p>` : nothing}
      <div>
        <p><button class="plain pick" type="button" lang=${question.language} dir="auto">${question.text}</button></p>
        <p class="facts meta"><span>${ngettext("{num} minute", "{num} minutes", age(question.asked_at))}</span><span>${languageName(question.language)}</span>${votes(question.id) ? html`<span>${ngettext("{num} vote", "{num} votes", votes(question.id))}</span>` : nothing}<span>${question.by ? html`<bdi>${question.by.name}</bdi>` : nothing}${question.anonymous ? ` (${_("without a name")})` : ""}</span>${question.state === "screened" ? html`<span>${_("Kept for later")}</span>` : nothing}</p>
        ${current ? this.actions(question, place, shown) : nothing}
      </div></li>`;
  }
  actions(question, place, shown) {
    const possible = offered(question).filter(([name]) => may(`question.${name}`)), lined = question.state === "queued" && !closed();
    return html`<p class="acts">
      ${possible.map(([name, action], number) => html`<button class=${number ? "" : "first"} type="button" @click=${() => act(name, question)}>${action.words()} <kbd>${action.key.toUpperCase()}</kbd></button>`)}
      ${lined && place > 0 ? html`<button class="plain" type="button" @click=${() => move(question, shown[place - 2]?.id ?? null)}>${_("Move up")}</button>` : nothing}
      ${lined && place < shown.length - 1 ? html`<button class="plain" type="button" @click=${() => move(question, shown[place + 1].id)}>${_("Move down")}</button>` : nothing}
      ${may("question.decline") && desk.declining !== question.id ? html`<button type="button" @click=${() => decline(question.id)}>${_("Decline")} <kbd>D</kbd></button>` : nothing}
    </p>${desk.declining === question.id ? this.reasons(question) : nothing}`;
  }
  reasons(question) {
    return html`<form class="small" @submit=${(event) => refuse(event, question)} @keydown=${(event) => { if (event.key === "Escape") cancel(question); }}>
      <label for="reason">${_("Reason, which the asker reads")}</label>
      <input id="reason" name="reason" type="text" maxlength="500" list="reasons" required>
      <datalist id="reasons">${REASONS().map((reason) => html`<option value=${reason}></option>`)}</datalist>
      <p class="acts"><button class="first">${_("Decline")}</button><button class="plain" type="button" @click=${() => cancel(question)}>${_("Cancel")}</button></p></form>`;
  }
}

function cancel(question) {
  decline(null);
  document.querySelector(`[data-question="${question.id}"] .pick`)?.focus();
}
const move = (question, after) => command("question.queue", { question: question.id, after, was: "queued" }, _("Moved"));

async function refuse(event, question) {
  event.preventDefault();
  const reason = new FormData(event.currentTarget).get("reason");
  if (await act("decline", question, { reason })) decline(null);
}

customElements.define("question-inbox", class extends Questions {
  shown() { return state("submitted", "screened").sort((a, b) => (a.state === "screened") - (b.state === "screened") || a.asked_at.localeCompare(b.asked_at)); }
  title() { return _("Inbox"); }
  empty() { return state("published", "queued", "on_air", "answered", "declined").length ? _("All screened. Published questions wait in the middle.") : _("No question has come in yet."); }
});
customElements.define("question-queue", class extends Questions {
  shown() { return state("queued").sort((a, b) => a.order - b.order); }
  margin(question, place) { return place + 1; }
  title() { return _("Queue"); }
  empty() { return _("Press Q on a question to line it up."); }
});
customElements.define("published-list", class extends Questions {
  shown() { return state("published").sort(byVotes); }
  margin(question) { return votes(question.id); }
  title() { return _("Published"); }
  empty() { return _("No published question waits."); }
});

/* What is over, to look up and to bring back. */
customElements.define("done-list", class extends Live {
  static watches = ["questions"];
  view() {
    const over = state("answered", "declined").sort((a, b) => b.asked_at.localeCompare(a.asked_at));
    if (!over.length) return nothing;
    return html`<details class="item"><summary>${_("Answered and declined")} <span class="meta">${over.length}</span></summary><ol>${repeat(over, ({ id }) => id, (question) => html`<li class="part">
      <p lang=${question.language} dir="auto">${question.text}</p>
      <p class="facts meta"><span>${question.state === "answered" ? _("Answered") : _("Declined")}</span>${question.reason ? html`<span dir="auto">${question.reason}</span>` : nothing}</p>
      <p class="acts"><button type="button" @click=${() => restore(question)}>${_("Bring back")}<span class="hidden">: ${question.text}</span></button></p></li>`)}</ol></details>`;
  }
});
