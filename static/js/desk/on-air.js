// What an expert on air has to see, on the desk and in the presenter's view: the time that is left, and the question.
import { html, Live, nothing, Ticking } from "../room/element.js";
import { over, running } from "../room/elements/agenda.js";
import { asker } from "../room/reading.js";
import { list, one } from "../room/store.js";
import { _, languageName, pick } from "../room/texts.js";
import { countdown } from "../room/times.js";

const { contribution } = document.body.dataset;

customElements.define("time-left", class extends Ticking {
  static watches = ["room", "agenda"];
  view() {
    const item = running();
    if (!item || item.contribution !== contribution && one("contributions", contribution)?.state !== "on_air") return nothing; // somebody else's time
    return html`<p class=${over() ? "warn" : ""}><time class="count" datetime=${item.ends_at}>${countdown(item.ends_at)}</time> ${over() ? _("over time") : _("left")}${item.contribution === contribution ? nothing : html` <span class="meta" dir="auto">${pick(item.titles).text}</span>`}</p>`;
  }
});

/** Whether a question may be to this expert: on air, or just done with nobody on air since. */
function mine() {
  const { state } = one("contributions", contribution) ?? {};
  return state === "on_air" || state === "done" && !list("contributions").some((each) => each.state === "on_air");
}

customElements.define("who-asks", class extends Live {
  static watches = ["questions", "contributions"];
  view() {
    const question = list("questions").find((each) => each.state === "on_air");
    if (!question || !mine()) return nothing;
    return html`<h2>${_("The question")}: ${asker(question)}${_(", ")}${languageName(question.language)}</h2><blockquote lang=${question.language} dir="auto">${question.text}</blockquote>`;
  }
});
