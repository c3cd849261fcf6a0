// The agenda as the moderator runs it: start, finish, skip, more time; what is further off is changed in a form.
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { html, nothing, Ticking } from "../element.js";
import { may } from "../store.js";
import { _, ngettext, pick } from "../texts.js";
import { clock } from "../times.js";
import { closed } from "./acts.js";
import { inOrder, running, starts } from "./agenda.js";
import { command, takeBack } from "./desk.js";

let editing = null;

customElements.define("agenda-control", class extends Ticking {
  static watches = ["agenda", "room", "you"];
  view() {
    if (!may("agenda.start")) return nothing;
    const items = inOrder(), next = items.find((item) => item.state === "waiting");
    return html`<h3 class="meta">${_("Agenda")}</h3><ol class="agenda">${repeat(items, (item) => item.id, (item, place) => this.row(item, place, items, item === next))}</ol>
      ${closed() ? nothing : editing === "new" ? this.form({ id: "new", minutes: 10, kind: "discussion" }) : html`<p class="acts"><button type="button" @click=${() => this.edit("new")}>${_("Add an item")}</button></p>`}`;
  }
  row(item, place, items, next) {
    const { text, lang } = pick(item.titles), was = item.state;
    const turn = (verb, words) => () => command(`agenda.${verb}`, { item: item.id, was }, _("{what}: “{text}”", { what: words, text }), takeBack);
    const button = (words, act, kind = "plain") => html`<button class=${kind} type="button" @click=${act}>${words}<span class="hidden">: ${text}</span></button>`;
    return html`<li class=${was} aria-current=${was === "running" ? "step" : nothing}>
      <p class="count">${clock(starts(item))}</p>
      <div>
        <p lang=${lang || nothing} dir="auto">${was === "skipped" ? html`<s>${text}</s>` : text}</p>
        <p class="facts meta"><span>${ngettext("{num} minute", "{num} minutes", item.minutes)}</span>${item.speaker ? html`<bdi>${item.speaker.name}</bdi>` : nothing}${was === "done" ? html`<span>${_("done")}</span>` : nothing}</p>
        ${closed() ? nothing : editing === item.id ? this.form(item, place, items) : html`<p class="acts">
          ${was === "running" ? html`${button(_("Finish"), turn("finish", _("Finished")), "first")}${[5, 10].map((minutes) => button(html`<bdi dir="ltr">+${minutes}</bdi>`, this.extend(item, minutes, "shift", _("{minutes} minutes more; what follows moves.", { minutes })), ""))}${button(html`<bdi dir="ltr">+5</bdi>${_(", ")}${_("later items shorter")}`, this.extend(item, 5, "cut", _("5 minutes more, taken from what follows.")), "")}` : nothing}
          ${was === "running" || (was === "done" && running()) ? nothing : button(was === "done" ? _("Start again") : _("Start"), turn("start", _("Started")), next ? "" : "plain")}
          ${was === "waiting" ? html`${button(_("Skip"), turn("skip", _("Skipped")))}${button(_("Edit"), () => this.edit(item.id))}` : nothing}</p>`}
      </div>
    </li>`;
  }
  extend(item, minutes, how, words) {
    return () => command("agenda.extend", { item: item.id, minutes, how }, words);
  }
  form(item, place, items = []) {
    const { text, lang } = pick(item.titles);
    const plain = (words, act) => html`<button class="plain" type="button" @click=${act}>${words}</button>`;
    const move = (after, words) => () => command("agenda.move", { item: item.id, after }, words);
    return html`<form class="small" @submit=${(event) => this.save(event, item)}>
      <label>${_("Title")}<input name="title" type="text" maxlength="200" required lang=${lang || nothing} dir="auto" .value=${text}></label>
      <div class="pair"><label>${_("Minutes")}<input name="minutes" type="number" min="1" max="600" required .value=${String(item.minutes)}></label>
      <label>${_("Kind")}<select name="kind">${[["discussion", _("Discussion")], ["contribution", _("Contribution")], ["break", _("Break")], ["other", _("Other")]].map(([value, words]) => html`<option value=${value} ?selected=${value === item.kind}>${words}</option>`)}</select></label></div>
      <p class="acts"><button class="first">${_("Save")}</button>${plain(_("Cancel"), () => this.edit(null))}
      ${item.id !== "new" ? plain(_("Remove"), () => command("agenda.remove", { item: item.id }, _("Removed"))) : nothing}
      ${place > 0 ? plain(_("Move up"), move(items[place - 2]?.id ?? null, _("Moved up"))) : nothing}
      ${place < items.length - 1 ? plain(_("Move down"), move(items[place + 1].id, _("Moved down"))) : nothing}</p></form>`;
  }
  edit(id) {
    editing = id;
    this.draw();
    this.querySelector("form input")?.focus();
  }
  async save(event, item) {
    event.preventDefault();
    const data = new FormData(event.currentTarget), title = data.get("title");
    const facts = { kind: data.get("kind"), minutes: Number(data.get("minutes")) };
    if (title !== pick(item.titles).text) facts.title = title; // the other languages stay unless the words change
    const saved = await (item.id === "new" ? command("agenda.add", facts, _("Added")) : command("agenda.edit", { item: item.id, ...facts }, _("Changed")));
    if (saved) this.edit(null);
  }
});
