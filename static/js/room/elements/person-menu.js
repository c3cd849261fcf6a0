// What may be done about a person: silence, remove, readmit. Opens from a name, wherever it stands.
import { html, Live, nothing } from "../element.js";
import { may, one, state } from "../store.js";
import { _ } from "../texts.js";
import { command } from "./desk.js";

const DONE = (name) => ({ silence: _("{name} can read and vote, and no longer speak or write here.", { name }), remove: _("{name} has been removed from this room.", { name }), readmit: _("{name} is admitted again.", { name }) });

export function restrict(verb, { id, name }, reason) {
  const undo = verb === "readmit" ? null : () => restrict("readmit", { id, name });
  return command(`room.${verb}`, { person: id, ...(reason && { reason }) }, DONE(name)[verb], undo);
}

/** A name; for whom a moderator may restrict, a button that opens the menu. */
export const named = (person) => !person ? nothing : may("room.silence") && person.id && person.id !== state.you?.id
  ? html`<button class="plain person" type="button" aria-haspopup="dialog" @click=${(event) => { event.stopPropagation(); document.querySelector("person-menu").ask(person); }}><bdi>${person.name}</bdi></button>` : html`<bdi>${person.name}</bdi>`;

customElements.define("person-menu", class extends Live {
  static watches = ["restricted"];
  person = null;
  ask(person) {
    this.person = person;
    this.draw();
    this.querySelector("dialog").showModal();
  }
  view() {
    const { person } = this, now = person && one("restricted", person.id);
    return html`<dialog aria-labelledby="person-title" @close=${() => { this.person = null; this.draw(); }}>${person ? html`<form method="dialog" @submit=${this.submit}>
      <h2 id="person-title"><bdi>${person.name}</bdi></h2>
      <p class="meta">${now ? now.state === "removed" ? _("Removed from this room.") : _("Silenced in this room.") : _("May take part like everybody else.")}${now?.reason ? html` <q dir="auto">${now.reason}</q>` : nothing}</p>
      ${now?.state === "removed" ? nothing : html`<label for="person-reason">${_("Reason, which {name} reads", { name: person.name })}</label><input id="person-reason" name="reason" type="text" dir="auto" maxlength="500" autocomplete="off">`}
      <p class="acts">${now ? nothing : html`<button value="silence">${_("Silence")}</button>`}${now?.state === "removed" ? nothing : html`<button value="remove">${_("Remove from the room")}</button>`}${now ? html`<button class="first" value="readmit">${_("Admit again")}</button>` : nothing}<button class="plain" value="" formnovalidate>${_("Cancel")}</button></p>
      <p class="meta">${_("Silenced: may read, vote and choose what to hear. Removed: no longer in this room.")}</p></form>` : nothing}</dialog>`;
  }
  submit = (event) => {
    const verb = event.submitter?.value, reason = new FormData(event.currentTarget).get("reason")?.trim();
    if (verb) restrict(verb, this.person, verb === "readmit" ? "" : reason);
  };
});
