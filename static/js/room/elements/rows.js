// A moderator's list of questions: as many rows as are looked at, the selected one with its actions and, where asked, a form.
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { html, Live, nothing } from "../element.js";
import { votes } from "../reading.js";
import { one } from "../store.js";
import { _, language as ours, languageName, ngettext, pick } from "../texts.js";
import { age } from "../times.js";
import { begin, offered, state } from "./acts.js";
import { formOf } from "./forms.js";
import { twin } from "./likeness.js";
import { became, moved } from "./others.js";
import { named } from "./person-menu.js";
import { chooseTo, come, desk, select } from "./selection.js";

const PAGE = 40; // rows that are made at first, and each time one comes to their end
const FEW = 8; // questions that need no search
const AGES = 20_000; // ms until ages are shown anew

/** To whom a question is addressed: an expert, an item of the agenda, or nobody in particular. */
function addressed({ to }) {
  const expert = to && one("contributions", to)?.expert, item = to && one("agenda", to);
  return expert ? html`<span>${_("to")} <bdi>${expert.name}</bdi></span>` : item ? html`<span>${_("to")} <span lang=${pick(item.titles).lang || nothing} dir="auto">${pick(item.titles).text}</span></span>` : nothing;
}

const meant = (key) => key === "x" && state("on_air")[0] ? "" : key; // that X is not this row's
const sifted = (words) => ({ text, by, language }) => `${text} ${by?.name ?? ""} ${languageName(language)}`.toLowerCase().includes(words);

export class QuestionRows extends Live {
  static watches = ["questions", "room", "scores", "you", "contributions"];
  page = PAGE;
  limit = PAGE;
  words = "";
  ids = []; // of all that are listed, made or not
  sight = new IntersectionObserver(([{ isIntersecting }]) => { if (isIntersecting) this.grow(); });

  connectedCallback() {
    super.connectedCallback();
    this.timer = setInterval(() => this.drawn && this.draw(), AGES);
  }
  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.timer);
    this.sight.disconnect();
  }
  draw() {
    super.draw();
    const end = this.querySelector(":scope > .more");
    if (end === this.end) return;
    this.sight.disconnect();
    this.end = end;
    if (end) this.sight.observe(end);
  }
  catchFocus() { this.querySelector("[aria-current] .pick")?.focus({ preventScroll: true }); }

  grow() {
    this.limit += PAGE;
    this.draw();
  }
  /** Makes the rows around a question, so that one can go on from it. */
  reach(id) {
    if (this.ids.indexOf(id) >= this.limit - 2 && this.limit < this.ids.length) this.grow();
  }
  view() {
    const every = this.listed(), shown = this.words ? every.filter(sifted(this.words)) : every;
    this.ids = shown.map(({ id }) => id);
    this.head(every);
    const made = shown.slice(0, this.limit);
    return html`${every.length > FEW || this.words ? html`<p class="search"><label class="hidden" for="${this.id}-search">${_("Search")}</label><input id="${this.id}-search" type="search" dir="auto" autocomplete="off" placeholder=${_("Search: words, name, language")} @input=${this.search} @keydown=${(event) => { if (event.key === "Escape") event.target.blur(); }}><span class="meta" role="status">${this.words ? ngettext("{num} found", "{num} found", shown.length) : nothing}</span></p>` : nothing}
      ${this.above(shown)}
      ${every.length ? nothing : html`<p class="empty item">${this.empty()}</p>`}
      <ol>${repeat(made, ({ id }) => id, (question, place) => this.row(question, place))}</ol>
      ${shown.length > made.length ? html`<p class="more item"><button class="plain" type="button" @click=${() => this.grow()}>${ngettext("{num} more", "{num} more", shown.length - made.length)}</button></p>` : nothing}`;
  }
  above() { return nothing; }
  /** The heading counts, and so does the tab on a phone. */
  head(every) {
    const count = every.filter(({ id }) => !this.left(id)).length;
    const shown = (words) => Object.assign(document.createElement("span"), { className: "meta", textContent: words });
    this.parentElement.querySelector("h2").replaceChildren(this.title(), " ", shown(this.counted(count)));
    document.querySelector(`.tabs a[href="#${this.parentElement.id}"]`)?.replaceChildren(this.title(), " ", shown(this.size(count)));
  }
  counted(count) { return count; }
  size(count) { return count; }
  left(id) { return moved.has(id) && !this.states.includes(one("questions", id)?.state); }
  search = ({ target }) => {
    this.words = target.value.trim().toLowerCase();
    this.limit = PAGE;
    this.draw();
  };

  row(question, place) {
    const { id, text, language, by, anonymous, translations } = question, gone = this.left(id);
    const current = id === desk.selected && gone === desk.held, own = translations?.[ours];
    return html`<li class="item row ${gone ? "held" : ""}" data-question=${id} aria-current=${current ? "true" : nothing} tabindex="-1" @click=${() => gone || select(id)} @focusin=${() => gone || come(id)}>
      <div class="edge">${gone ? nothing : this.edge(question, place)}</div>
      <div>
        <p><button class="plain pick" type="button" lang=${language} dir="auto">${text}</button></p>
        ${own ? html`<p class="translated" lang=${ours} dir="auto">${own.text} <span class="meta">${own.source === "machine" ? _("by machine") : own.state === "approved" ? _("translated") : _("translation proposed")}</span></p>` : nothing}
        <p class="facts meta"><span>${ngettext("{num} min", "{num} min", age(question.asked_at))}</span><span>${languageName(language)}</span>${votes(id) && !this.counts ? html`<span>${ngettext("{num} vote", "{num} votes", votes(id))}</span>` : nothing}<span>${current ? named(by) : by ? html`<bdi>${by.name}</bdi>` : nothing}${anonymous ? ` (${_("without a name")})` : ""}</span>${addressed(question)}${question.from ? html`<span>${_("from")} <span dir="auto">${pick(question.from.titles).text}</span></span>` : nothing}</p>
        ${gone ? html`<p class="by">${became(one("questions", id)?.state)}</p>` : current ? this.actions(question, place) : nothing}
      </div></li>`;
  }
  edge({ id }) {
    return html`<label class="choose"><input type="checkbox" .checked=${desk.chosen.has(id)} @click=${(event) => { event.stopPropagation(); chooseTo(id, event.target.checked, this.ids, event.shiftKey); }}><span class="hidden">${_("Choose")}</span></label>`;
  }
  actions(question) {
    const possible = offered(question), alike = this.states.includes("submitted") && desk.form !== "merge" ? twin(question.id) : null;
    return html`${alike ? html`<p class="attention">${_("Much like “{text}”.", { text: alike.text.length > 70 ? `${alike.text.slice(0, 70)}…` : alike.text })} <span class="meta">${ngettext("{num} vote", "{num} votes", votes(alike.id))}</span></p>` : nothing}
      ${desk.form ? formOf(desk.form, question) : html`<p class="acts">${possible.map(([name, { key, words, quiet }], number) => html`<button class=${number ? (quiet ? "plain" : "") : "first"} type="button" aria-keyshortcuts=${meant(key)} @click=${(event) => { event.stopPropagation(); begin(name, question); }}>${words()} <kbd>${meant(key).toUpperCase()}</kbd></button>`)}</p>`}`;
  }
}
