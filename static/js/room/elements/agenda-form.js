// The form in which an item of the agenda is added or changed, in its place. Loaded when somebody opens it.
import { html, nothing } from "../element.js";
import { one } from "../store.js";
import { _, pick } from "../texts.js";
import { command } from "./desk.js";

const KINDS = () => [["discussion", _("Discussion")], ["contribution", _("Contribution")], ["break", _("Break")], ["other", _("Other")]];
const hides = () => Object.hasOwn(one("room", "room") ?? {}, "late"); // a server that knows hidden items also says this

/** Puts an item behind another; the way back puts it where it was. */
export function move(item, after, before, words) {
  return command("agenda.move", { item, after }, words, () => command("agenda.move", { item, after: before }, _("Undone.")));
}

/** What was only written here can be added again as it was; what the programme has, organisers bring back. */
export function remove({ id, titles, kind, minutes, contribution }, after) {
  const again = () => command("agenda.add", { title: pick(titles).text, kind, minutes, ...(after ? { after } : {}) }, _("Undone."));
  return command("agenda.remove", { item: id }, _("Removed: “{text}”", { text: pick(titles).text }), contribution ? null : again);
}

async function save(event, item, close) {
  event.preventDefault();
  const form = event.currentTarget, data = new FormData(form), title = data.get("title").trim(), facts = { kind: data.get("kind"), minutes: Number(data.get("minutes")) };
  if (!title) return;
  if (title !== pick(item.titles).text) facts.title = title; // the other languages stay unless the words change
  if (hides() && data.has("hidden") !== Boolean(item.hidden)) facts.hidden = data.has("hidden");
  if (await (item.id === "new" ? command("agenda.add", facts, _("Added")) : command("agenda.edit", { item: item.id, ...facts }, _("Changed"))) && form.isConnected) close(); // else another is open
}

/** `items` and `place`: among which it stands, and where; `close` ends the editing. */
export function itemForm(item, { items = [], place = 0, close }) {
  const { text, lang } = pick(item.titles), before = items[place - 1]?.id ?? null;
  const plain = (words, act) => html`<button class="plain" type="button" @click=${act}>${words}</button>`;
  return html`<form class="small" @submit=${(event) => save(event, item, close)} @keydown=${(event) => { if (event.key === "Escape") { event.stopPropagation(); close(); } }}>
    <label>${_("Title")}<input name="title" type="text" maxlength="200" required lang=${lang || nothing} dir="auto" .defaultValue=${text}></label>
    <div class="pair"><label>${_("Minutes")}<input name="minutes" type="number" min="1" max="600" required .defaultValue=${String(item.minutes)}></label>
    <label>${_("Kind")}<select name="kind">${KINDS().map(([value, words]) => html`<option value=${value} ?selected=${value === item.kind}>${words}</option>`)}</select></label></div>
    ${hides() ? html`<label class="tick"><input type="checkbox" name="hidden" .defaultChecked=${Boolean(item.hidden)}> ${_("Only the team sees this.")}</label>` : nothing}
    <p class="acts"><button class="first">${_("Save")}</button>${plain(_("Cancel"), close)}
    ${item.id !== "new" && item.state !== "running" ? plain(_("Remove"), () => { close(); remove(item, before); }) : nothing}
    ${place > 0 ? plain(_("Move up"), () => move(item.id, items[place - 2]?.id ?? null, before, _("Moved up"))) : nothing}
    ${place < items.length - 1 ? plain(_("Move down"), () => move(item.id, items[place + 1].id, before, _("Moved down"))) : nothing}</p></form>`;
}
