// The people who are here: how many, who by name, and who is silenced or removed.
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { html, Live, nothing } from "../element.js";
import { list, may, one } from "../store.js";
import { _, ngettext } from "../texts.js";
import { note } from "./desk.js";
import { named, restrict } from "./person-menu.js";

const PATIENCE = 250; // ms after the last letter
const ROLES = () => ({ participant: _("Participant"), expert: _("Expert"), interpreter: _("Interpreter"), captioner: _("Captioner"), moderator: _("Moderator"), organiser: _("Organiser") });
const STATES = () => ({ silenced: _("silenced"), removed: _("removed") });

customElements.define("people-control", class extends Live {
  static watches = ["people", "restricted", "you"];
  found = null;
  timer = 0;
  view() {
    const present = one("people", "people")?.present ?? 0, restricted = list("restricted");
    if (!may("room.silence")) return nothing;
    return html`<details @toggle=${({ target }) => target.open && this.look()}><summary><h3>${_("People")}</h3> <span class="meta">${ngettext("{num} person present", "{num} people present", present)}</span>${restricted.length ? html` <span class="warn">${ngettext("{num} restricted", "{num} restricted", restricted.length)}</span>` : nothing}</summary>
      ${restricted.length ? html`<ul class="hands">${repeat(restricted, ({ id }) => id, ({ id, by, state, reason }) => html`<li><p><bdi class="name">${by.name}</bdi> <span class="meta">${STATES()[state]}${reason ? html`: <q dir="auto">${reason}</q>` : nothing}</span></p><button type="button" @click=${() => restrict("readmit", { id, name: by.name })}>${_("Admit again")}<span class="hidden">: ${by.name}</span></button></li>`)}</ul>` : nothing}
      <form class="small" role="search" @submit=${(event) => { event.preventDefault(); this.look(); }}><label>${_("Find somebody by name")}<input name="q" type="search" dir="auto" autocomplete="off" @input=${() => { clearTimeout(this.timer); this.timer = setTimeout(() => this.look(), PATIENCE); }}></label></form>
      ${this.found === null ? nothing : this.found.length ? html`<ul class="hands">${repeat(this.found, ({ id }) => id, (person) => html`<li><p><span class="name">${named(person)}</span> <span class="meta">${ROLES()[person.role] ?? ""}${person.state === "silenced" ? html`${_(", ")}${STATES().silenced}` : nothing}</span></p></li>`)}</ul>` : html`<p class="empty">${_("Nobody of this name is here.")}</p>`}</details>`;
  }
  async look() {
    clearTimeout(this.timer);
    const words = this.querySelector("input").value.trim();
    try {
      const answer = await fetch(`/rooms/${document.body.dataset.room}/people?${new URLSearchParams({ q: words })}`);
      if (!answer.ok) throw new Error(answer.status);
      const { people } = await answer.json();
      if (words !== this.querySelector("input").value.trim()) return; // a newer one comes
      this.found = people;
    } catch {
      note(_("The list of people could not be read just now. Please try again."));
      return;
    }
    this.draw();
  }
});
