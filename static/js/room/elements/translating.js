// Translating a question: the original and the field side by side. What is proposed waits until it is approved.
import { html, Live, nothing } from "../element.js";
import { may, one } from "../store.js";
import { _, direction, language as ours, languageName } from "../texts.js";
import { COMMON } from "./channel-control.js";
import { command, note, refuse } from "./desk.js";
import { keep, kept } from "./drafts.js";
import { desk, open } from "./selection.js";

const { room, machine } = document.body.dataset; // machine: who is sent a text if somebody presses for it

const leave = (event) => { if (event.key === "Escape") { event.stopPropagation(); open(""); } };

customElements.define("question-translation", class extends Live {
  static watches = ["questions", "room"];
  asking = ""; // the language that the machine is asked for now
  connectedCallback() {
    super.connectedCallback();
    this.draw();
    this.catchFocus(); // the form was opened before this was loaded, or just now
  }
  view() {
    const id = this.dataset.of, question = one("questions", id);
    if (!question) return nothing;
    const others = (tags) => [...new Set(tags)].filter((tag) => tag !== question.language), near = others([ours, ...one("room", "room")?.languages ?? []]);
    const tongues = near.length ? near : others(COMMON); // a room of one language
    const into = this.into ??= tongues.find((tag) => !question.translations?.[tag]) ?? tongues[0], there = question.translations?.[into], key = `translate:${id}:${into}`;
    return html`<form class="small" @submit=${(event) => this.submit(event, id, into)} @keydown=${leave}>
      <div class="beside"><div><p class="meta">${_("Original, {language}", { language: languageName(question.language) })}</p><p lang=${question.language} dir="auto">${question.text}</p></div>
      <div><label class="meta">${_("Into")}<select @change=${({ target }) => { this.into = target.value; this.draw(); }}>${tongues.map((tag) => html`<option value=${tag} .selected=${tag === into}>${languageName(tag)}</option>`)}</select></label>
      <label class="meta">${_("Translation")}<textarea name="text" rows="3" lang=${into} dir=${direction(into)} maxlength="4000" required .value=${kept(key) || there?.text || ""} @input=${({ target }) => { keep(key, target.value); if (machine) this.draw(); }}></textarea></label></div></div>
      ${there ? html`<p class="meta">${there.source === "machine" ? _("By machine.") : there.by ? html`${_("By")} <bdi>${there.by.name}</bdi>.` : nothing} ${there.state === "approved" ? _("Approved: everybody reads it.") : _("Proposed: nobody but the crew and the booths reads it yet.")}</p>` : nothing}
      ${machine && !there && !kept(key) ? html`<p class="meta"><button type="button" aria-disabled=${this.asking !== ""} @click=${() => this.ask(id, into)}>${this.asking ? _("The machine translates…") : _("Propose by machine")}</button> ${_("By machine: the question is sent to {host}. A person must approve what comes back.", { host: machine })}</p>` : nothing}
      <p class="acts">${may("question.approve_translation") ? html`<button class="first" value="approve">${_("Approve and show")}</button>` : nothing}<button value="propose">${_("Propose")}</button><button class="plain" type="button" @click=${() => open("")}>${_("Cancel")}</button></p></form>`;
  }
  catchFocus() { this.querySelector("textarea")?.focus({ preventScroll: true }); } // the button that is gone was pressed
  /** The proposal comes as any other; here only what was not possible is said. */
  async ask(question, language) {
    if (this.asking) return; // not disabled while it works: it would lose the focus
    this.asking = language;
    this.draw();
    const path = `/rooms/${room}/questions/${encodeURIComponent(question)}/machine?${new URLSearchParams({ to: language })}`;
    const answer = await fetch(path, { method: "POST" }).catch(() => null), said = await answer?.json().catch(() => null);
    this.asking = "";
    this.draw();
    if (answer?.ok) note(_("The translation is proposed."));
    else refuse(said?.no ?? { code: "", text: _("The line is lost. Please try again.") });
  }
  async submit(event, question, language) {
    event.preventDefault();
    const approve = event.submitter?.value === "approve", text = new FormData(event.currentTarget).get("text").trim(), there = one("questions", question)?.translations?.[language];
    if (!text) return;
    const said = approve ? _("The translation is approved.") : _("The translation is proposed.");
    if (text !== there?.text && !await command("question.translate", { question, language, text }, said)) return;
    if (approve && !await command("question.approve_translation", { question, language, text }, said)) return;
    const draft = `translate:${question}:${language}`;
    if (kept(draft).trim() === text) keep(draft, ""); // else it has been written on
    if (desk.selected === question && desk.form === "translate") open(""); // else another is open by now
  }
});
