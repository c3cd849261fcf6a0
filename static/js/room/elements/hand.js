// Speaking from the floor: one's own hand and its place, who waits, and the moment one is called.
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { line, send } from "../connection.js";
import { html, Live, nothing, steady } from "../element.js";
import { list, may, one, state } from "../store.js";
import { _ } from "../texts.js";

const mine = () => one("mine", "hand");
const running = () => one("room", "room")?.state === "open" && !line.ended;
const closed = () => one("room", "room")?.hands === "closed";

/** One's place among those who wait, in words. */
export const placed = ({ place, point_of_order: order }) => order ? _("Point of order, number {place} in the list.", { place: place + 1 })
  : [_("You are next."), _("You are second in the list."), _("You are third in the list.")][place] ?? _("You are number {place} in the list.", { place: place + 1 });

async function hand(verb, facts = {}) {
  const asking = document.querySelector("ask-form");
  if (!state.you.name) { asking.askName(() => hand(verb, facts)); return; }
  const { no } = await send(`hand.${verb}`, facts);
  if (no && no.code !== "hand.raised") asking.say(no.text); // it is up: the button was pressed twice
}

customElements.define("raise-hand", class extends Live {
  static watches = ["mine", "room", "you", "line"];
  view() {
    const own = mine();
    this.hidden = !running() || !(own ? may("hand.lower") : may("hand.raise")) || own?.state === "called";
    if (this.hidden) return nothing;
    if (own) return html`<p><span class="name">${_("Hand up.")}</span> ${placed(own)}</p> <button class="plain" type="button" @mousedown=${steady} @click=${() => hand("lower")}>${_("Lower it")}</button>`;
    return closed() ? html`<span class="meta">${_("The speakers’ list is closed.")}</span>` : html`<button class="plain" type="button" @mousedown=${steady} @click=${() => hand("raise")}>${_("Raise your hand")}</button>`;
  }
});

/* Who has the floor and who waits for it; a point of order comes before the rest and is raised here. */
customElements.define("speakers-list", class extends Live {
  static watches = ["hands", "mine", "room", "you", "line"];
  view() {
    const hands = list("hands").sort((a, b) => (a.order ?? -1) - (b.order ?? -1)), own = mine();
    if (!running()) return nothing;
    return html`<h3>${_("Speakers’ list")}</h3>
      ${closed() ? html`<p class="meta">${_("The list is closed. Points of order are still taken.")}</p>` : nothing}
      ${hands.length ? html`<ol class="speakers">${repeat(hands, ({ id }) => id, ({ id, by, state: reached, order, point_of_order: point }) => html`<li class=${id === state.you?.id ? "me" : ""}><span class="count">${reached === "called" ? nothing : order + 1}</span><span><bdi class="name">${by.name}</bdi>${reached === "called" ? html` <span class="meta">${_("has the floor")}</span>` : nothing}${point ? html` <span class="meta">${_("point of order")}</span>` : nothing}</span></li>`)}</ol>` : html`<p class="meta">${_("Nobody waits to speak.")}</p>`}
      ${!own && may("hand.raise") && !closed() ? html`<button type="button" @click=${() => hand("raise")}>${_("Raise your hand")}</button> ` : nothing}
      ${own?.state === "waiting" ? html`<button type="button" @click=${() => hand("lower")}>${_("Lower your hand")}</button> ` : nothing}
      ${may("hand.raise") && own?.state !== "called" && !own?.point_of_order ? html`<button class="plain" type="button" @click=${() => hand("raise", { order: true })}>${_("Point of order")}</button>` : nothing}`;
  }
});

let microphone = null; // its module, once it was needed

/* On the screen of the one who is called, wherever they have scrolled to, and in the title of the window. */
customElements.define("floor-call", class extends Live {
  static watches = ["mine", "line"];
  view() {
    const called = mine()?.state === "called" && !line.ended;
    if (called !== Boolean(this.title0)) {
      [document.title, this.title0] = called ? [`${_("You have the floor")} – ${document.title}`, document.title] : [this.title0, ""];
    }
    if (called) [microphone] = [microphone ?? import("../microphone.js"), import("./mic-control.js")];
    else if (microphone) { microphone.then(({ close }) => close()); microphone = null; } // the floor is somebody else's
    else if (state.you) sessionStorage.removeItem(`microphone:${document.body.dataset.room}`); // and was before this page: whoever is called again presses again
    return called ? html`<p class="call">${_("You have the floor")}</p><p class="how">${_("Please switch your microphone on and speak.")}</p><mic-control data-channel="floor"></mic-control><button type="button" @click=${() => hand("lower")}>${_("I have finished")}</button>` : nothing;
  }
});
