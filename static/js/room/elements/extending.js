// More time for what runs, by one of three rules; each says before it is pressed what follows from it.
import { html, nothing, Ticking, writing } from "../element.js";
import { list, may, one } from "../store.js";
import { _, ngettext, pick } from "../texts.js";
import { clock, later } from "../times.js";
import { inOrder, running } from "./agenda.js";
import { command } from "./desk.js";
import { ends } from "./lateness.js";

const CHOICES = [2, 5, 10, 15]; // minutes
const MINUTE = 60_000; // ms

/** Everything has the length again that it had. */
async function back(before) {
  for (const { id, minutes } of list("agenda")) if (before.has(id) && before.get(id) !== minutes) await command("agenda.edit", { item: id, minutes: before.get(id) }, _("Undone."));
}

customElements.define("extend-form", class extends Ticking {
  static watches = ["agenda", "room", "you"];
  opened = false;
  minutes = 5;
  connectedCallback() {
    super.connectedCallback();
    this.draw();
  }
  toggle(on = !this.opened) {
    this.opened = on && Boolean(running());
    this.draw();
    if (!writing(this)) this.querySelector(this.opened ? "[aria-pressed=true]" : "button")?.focus();
  }
  view() {
    const item = running(), room = one("room", "room");
    if (!item || !room || !may("agenda.extend")) return nothing;
    this.classList.toggle("open", this.opened);
    if (!this.opened) return html`<button type="button" aria-expanded="false" @click=${() => this.toggle()}>${_("More time")} <kbd>E</kbd></button>`;
    const { minutes } = this, coming = inOrder().filter(({ state, order }) => state === "waiting" && order > item.order);
    const pause = coming.find(({ kind }) => kind === "break"), last = coming.findLast((each) => each.minutes > 1), title = (each) => pick(each.titles).text;
    const rules = [
      ["shift", _("Move what follows"), _("All that follows begins {minutes} minutes later. The session is then expected to end at {time}.", { minutes, time: clock(later(ends(room), minutes * MINUTE)) })],
      ["absorb", _("Take it from the next break"), pause ? _("The break at {time} has {length} minutes and becomes shorter. What comes after it stays.", { time: clock(pause.expected_start), length: pause.minutes }) : ""],
      ["cut", _("Shorten what follows"), last ? _("Taken from the end backwards, first from “{title}”. The session ends as expected now, at {time}.", { title: title(last), time: clock(ends(room)) }) : ""],
    ];
    return html`<section class="extend" aria-label=${_("More time")} @keydown=${(event) => { if (event.key === "Escape") { event.stopPropagation(); this.toggle(false); } }}>
      <p class="acts">${CHOICES.map((each) => html`<button type="button" aria-pressed=${each === minutes} @click=${() => { this.minutes = each; this.draw(); }} aria-label=${ngettext("{num} minute", "{num} minutes", each)}><bdi dir="ltr">+${each}</bdi></button>`)}<button class="plain" type="button" @click=${() => this.toggle(false)}>${_("Cancel")}</button></p>
      <ul class="choices">${rules.map(([how, name, words]) => html`<li><button type="button" ?disabled=${!words} @click=${() => this.extend(item, how)}><strong>${name}</strong><span class="meta">${words || _("Nothing follows from which it could be taken.")}</span></button></li>`)}</ul></section>`;
  }
  async extend(item, how) {
    const { minutes } = this, before = new Map(list("agenda").map(({ id, minutes: length }) => [id, length]));
    const words = { shift: _("{minutes} minutes more; what follows moves.", { minutes }), absorb: _("{minutes} minutes more, taken from the break.", { minutes }), cut: _("{minutes} minutes more, taken from what follows.", { minutes }) };
    if (await command("agenda.extend", { item: item.id, minutes, how }, words[how], () => back(before))) this.toggle(false);
  }
});
