// What a draft of a poll asks. Loaded when somebody drafts one.
import { html } from "../element.js";
import { _, pick } from "../texts.js";
import { inOrder } from "./agenda.js";
import { command } from "./desk.js";

export function pollForm(poll, close) {
  const tick = (name, on, words) => html`<label class="option"><input type="checkbox" name=${name} .defaultChecked=${on}><span>${words}</span></label>`;
  return html`<form class="small" @submit=${(event) => save(event, poll, close)}>
    <label>${_("What is asked")}<input name="title" type="text" maxlength="200" required dir="auto" .defaultValue=${poll.title}></label>
    <label>${_("Choices, one on each line")}<textarea name="choices" rows="3" required dir="auto" .defaultValue=${poll.choices.join("\n")}></textarea></label>
    ${tick("multiple", poll.multiple, _("Several may be chosen"))}
    ${tick("secret", poll.secret, _("Secret vote: nobody can learn who chose what, and a vote cannot be changed"))}
    ${tick("vote", poll.when === "vote", _("Who has voted sees how it stands; not in a secret vote"))}
    <label>${_("For this item of the agenda")}<select name="item"><option value="">${_("None")}</option>${inOrder().map((item) => html`<option value=${item.id} ?selected=${item.id === poll.item}>${pick(item.titles).text}</option>`)}</select></label>
    <p class="acts"><button class="first">${_("Save the draft")}</button><button class="plain" type="button" @click=${close}>${_("Cancel")}</button></p>
    <p class="meta">${_("Only moderators see a draft.")}</p></form>`;
}

async function save(event, poll, close) {
  event.preventDefault();
  const form = event.currentTarget, data = new FormData(form), choices = data.get("choices").split("\n").map((line) => line.trim()).filter(Boolean);
  const facts = { title: data.get("title"), choices, multiple: data.has("multiple"), secret: data.has("secret"), item: data.get("item") || null, results: data.has("vote") ? "vote" : "end" };
  const saved = await (poll.id === "new" ? command("poll.draft", facts, _("Drafted")) : command("poll.edit", { poll: poll.id, ...facts }, _("Changed")));
  if (saved && form.isConnected) close();
}
