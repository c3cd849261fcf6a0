// What is read out, and how urgently: at once only what concerns this person now; the rest when there is a pause; never a whole list.
import { one, state, watch } from "../store.js";
import { html, Live, nothing } from "../element.js";
import { reading } from "../reading.js";
import { _ } from "../texts.js";
import { placed } from "./hand.js";
import { standing } from "./own.js";
import { onAir } from "./stage.js";

let before = null; // what was the case when it was last looked at

/** What has changed for this person since: {polite, urgent}. */
function changed() {
  const air = onAir(), own = one("mine", "questions") ?? {}, hand = one("mine", "hand");
  const now = { air: air?.id, own, next: hand?.state === "waiting" && hand.place === 0, silenced: Boolean(state.you?.silenced) };
  const then = before, polite = [], urgent = [];
  before = now;
  if (!then || !state.you) return null;
  if (now.air && now.air !== then.air && !(now.air in own)) polite.push(_("On air: {text}", { text: reading(air).text }));
  for (const [id, question] of Object.entries(own)) {
    if (then.own[id]?.state === question.state || question.state === "withdrawn") continue;
    (question.state === "on_air" ? urgent : polite).push(standing(id, question));
  }
  if (now.next && !then.next) polite.push(placed(hand));
  if (now.silenced && !then.silenced) urgent.push(_("A moderator has silenced you in this room."));
  return { polite, urgent };
}

customElements.define("said-aloud", class extends HTMLElement {
  connectedCallback() {
    this.stop = watch(["mine", "questions", "you"], () => {
      const { polite = [], urgent = [] } = changed() ?? {};
      this.say("status", polite);
      this.say("alert", urgent);
    });
  }
  disconnectedCallback() {
    this.stop();
  }
  say(role, sentences) {
    if (sentences.length) this.querySelector(`[role="${role}"]`).textContent = sentences.join(" ");
  }
});

/* Silenced: why, and what is still possible. */
customElements.define("my-limits", class extends Live {
  static watches = ["you"];
  view() {
    const silenced = state.you?.silenced;
    if (!silenced) return nothing;
    return html`<p class="name">${_("A moderator has silenced you in this room.")}</p>
      ${silenced.reason ? html`<p>${_("Reason:")} <span dir="auto">${silenced.reason}</span></p>` : nothing}
      <p class="meta">${_("You can still read and listen, vote, choose a language, and withdraw what you have asked.")}</p>`;
  }
});
