// The speakers' list: points of order first, who has the floor and for how long, calling the next.
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { html, nothing, Ticking } from "../element.js";
import { list, may, one } from "../store.js";
import { _, ngettext } from "../texts.js";
import { age, countdown } from "../times.js";
import { command, note, once } from "./desk.js";
import { named } from "./person-menu.js";

const hands = (state) => list("hands").filter((hand) => hand.state === state).sort((a, b) => a.order - b.order);

/** Gives the floor to one person, by name: never to whoever happens to be next. */
const call = ({ by }) => command("hand.call", { person: by.id }, _("{name} has the floor.", { name: by.name }));
const done = ({ by }) => command("hand.done", { person: by.id }, _("{name} has spoken.", { name: by.name }));

/** What H does: the first in the list as it stands here. */
export function callNext() {
  const [first] = hands("waiting");
  if (!may("hand.call")) return;
  if (first) call(first); else note(_("No hand is up."));
}

function set(state) {
  const words = { close: _("The list is closed. A point of order is still possible."), open: _("The list is open.") };
  command(`hand.${state}`, {}, words[state], () => set(state === "open" ? "close" : "open"));
}

customElements.define("hands-control", class extends Ticking {
  static watches = ["hands", "room", "you"];
  view() {
    const room = one("room", "room");
    if (!room || !may("hand.call")) return nothing;
    const waiting = hands("waiting"), [speaking] = hands("called"), shut = room.hands === "closed";
    const tab = document.getElementById("hand-count");
    if (tab) tab.textContent = waiting.length || "";
    return html`<h3>${_("Hands")} <span class="meta">${waiting.length}</span>${shut ? html` <span class="meta warn">${_("list closed")}</span>` : nothing}</h3>
      ${speaking ? html`<div class="speaking"><p><bdi class="name">${speaking.by.name}</bdi> <span class="meta">${_("has the floor")}</span></p><p class="count">${countdown(speaking.called_at ?? speaking.at)}</p><button type="button" @click=${() => done(speaking)}>${_("Done")}<span class="hidden">: ${speaking.by.name}</span></button></div>` : nothing}
      ${waiting.length ? html`<ol class="hands">${repeat(waiting, ({ id }) => id, (hand, place) => html`<li>
        <p><span class="name">${named(hand.by)}</span> ${hand.point_of_order ? html`<strong class="warn">${_("Point of order")}</strong> ` : nothing}<span class="meta">${ngettext("{num} min", "{num} min", age(hand.at))}</span></p>
        <button class=${place ? "" : "first"} type="button" @click=${() => call(hand)}>${_("Call")}${place ? nothing : html` <kbd>H</kbd>`}<span class="hidden">: ${hand.by.name}</span></button></li>`)}</ol>` : html`<p class="meta">${_("No hand is up.")}</p>`}
      <p class="acts"><button class="plain" type="button" @click=${once(() => set(shut ? "open" : "close"))}>${shut ? _("Open the list") : _("Close the list")}</button></p>`;
  }
});
