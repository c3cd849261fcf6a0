// Answering in writing: everybody reads it beneath the question, the asker first of all. Loaded when somebody does.
import { html, Live, nothing } from "../element.js";
import { one } from "../store.js";
import { _, language as ours, languageName } from "../texts.js";
import { ACTIONS, restore } from "./acts.js";
import { command } from "./desk.js";
import { keep, kept } from "./drafts.js";
import { mine } from "./others.js";
import { desk, open } from "./selection.js";

const LENGTH = 4_000; // characters: shown here, decided by the server

customElements.define("question-answer", class extends Live {
  static watches = ["questions"];
  connectedCallback() {
    super.connectedCallback();
    this.draw();
    this.querySelector("textarea")?.focus({ preventScroll: true }); // the form was opened before this was loaded, or just now
  }
  view() {
    const { of: id } = this.dataset, item = one("questions", id);
    return item ? form({ id, ...item }) : nothing;
  }
});

function form(question) {
  const { id, answer } = question, key = `write:${id}`;
  const tongues = [...new Set([answer?.language, ours, question.language, ...one("room", "room")?.languages ?? []])].filter(Boolean);
  const submit = async (event) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget), text = data.get("text").trim();
    if (!text) return;
    mine(id);
    const words = _("{what}: “{text}”", { what: ACTIONS.write.done(), text: question.text });
    if (!await command("question.write", { question: id, text, language: data.get("language") }, words, answer ? null : () => restore(question))) return;
    if (kept(key).trim() === text) keep(key, ""); // else it has been written on
    if (desk.selected === id && desk.form === "write") open(""); // else another is open by now
  };
  return html`<form class="small" @submit=${submit} @keydown=${(event) => { if (event.key === "Escape") { event.stopPropagation(); open(""); } if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit(); }}>
    <label>${_("Answer, which everybody reads")}<textarea name="text" rows="3" dir="auto" maxlength=${LENGTH} required .value=${kept(key) || answer?.text || ""} @input=${({ target }) => keep(key, target.value)}></textarea></label>
    <label>${_("Language of the answer")}<select name="language">${tongues.map((tag) => html`<option value=${tag}>${languageName(tag)}</option>`)}</select></label>
    <p class="acts"><button class="first">${answer ? _("Replace the answer") : _("Publish the answer")}</button><button class="plain" type="button" @click=${() => open("")}>${_("Cancel")}</button></p></form>`;
}
