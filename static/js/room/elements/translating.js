// Translating a question: the original and the field side by side. What is proposed waits until it is approved.
import { html, Live, nothing } from "../element.js";
import { may, one } from "../store.js";
import { _, direction, language as ours, languageName } from "../texts.js";
import { command, refuse } from "./desk.js";
import { keep, kept } from "./drafts.js";
import { open } from "./selection.js";

const { machine } = document.body.dataset; // the host that translates, where one is set up
const close = (event) => { if (event.key === "Escape") { event.stopPropagation(); open(""); } };

customElements.define("question-translation", class extends Live {
  static watches = ["questions", "room"];
  connectedCallback() {
    super.connectedCallback();
    this.draw();
  }
  view() {
    const id = this.dataset.of, question = one("questions", id);
    if (!question) return nothing;
    const tongues = [...new Set([ours, ...one("room", "room")?.languages ?? []])].filter((tag) => tag !== question.language);
    const into = this.into ??= tongues.find((tag) => !question.translations?.[tag]) ?? tongues[0], there = question.translations?.[into], key = `translate:${id}:${into}`;
    return html`<form class="small" @submit=${(event) => this.submit(event, id, into)} @keydown=${close}>
      <div class="beside"><div><p class="meta">${_("Original, {language}", { language: languageName(question.language) })}</p><p lang=${question.language} dir="auto">${question.text}</p></div>
      <div><label class="meta">${_("Into")}<select @change=${({ target }) => { this.into = target.value; this.draw(); }}>${tongues.map((tag) => html`<option value=${tag} .selected=${tag === into}>${languageName(tag)}</option>`)}</select></label>
      <label class="meta">${_("Translation")}<textarea name="text" rows="3" lang=${into} dir=${direction(into)} maxlength="2000" required .value=${kept(key) || there?.text || ""} @input=${({ target }) => keep(key, target.value)}></textarea></label></div></div>
      ${there ? html`<p class="meta">${there.source === "machine" ? _("By machine.") : there.by ? html`${_("By")} <bdi>${there.by.name}</bdi>.` : nothing} ${there.state === "approved" ? _("Approved: everybody reads it.") : _("Proposed: nobody but the crew and the booths reads it yet.")}</p>` : nothing}
      <p class="acts">${may("question.approve_translation") ? html`<button class="first" value="approve">${_("Approve and show")}</button>` : nothing}<button value="propose">${_("Propose")}</button>${machine && may("question.translate") ? html`<button class="plain" type="button" @click=${() => this.ask(id, into)}>${_("Propose by machine")}</button>` : nothing}<button class="plain" type="button" @click=${() => open("")}>${_("Cancel")}</button></p>${machine ? html`<p class="meta">${_("By machine: the question is sent to {host}. A person must approve what comes back.", { host: machine })}</p>` : nothing}</form>`;
  }
  async ask(question, language) {
    keep(`translate:${question}:${language}`, "");
    const answer = await fetch(`/rooms/${document.body.dataset.room}/questions/${question}/machine?to=${encodeURIComponent(language)}`, { method: "POST" }).catch(() => null);
    const { no } = await answer?.json() ?? { no: { text: _("The line is lost. Please try again.") } };
    if (no) refuse(no); else this.draw();
  }
  async submit(event, question, language) {
    event.preventDefault();
    const approve = event.submitter?.value === "approve", text = new FormData(event.currentTarget).get("text").trim(), there = one("questions", question)?.translations?.[language];
    if (!text) return;
    const said = approve ? _("The translation is approved.") : _("The translation is proposed.");
    if (text !== there?.text && !await command("question.translate", { question, language, text }, said)) return;
    if (approve && !await command("question.approve_translation", { question, language }, said)) return;
    keep(`translate:${question}:${language}`, "");
    open("", question);
  }
});
