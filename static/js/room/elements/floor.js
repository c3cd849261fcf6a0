// What happens on the floor, for those who work beside it: who speaks, what is left, the question on air, who is next.
import { html, Live, nothing, Ticking } from "../element.js";
import { one } from "../store.js";
import { reading } from "../reading.js";
import { _, language, languageName, pick } from "../texts.js";
import { clock, countdown } from "../times.js";
import { inOrder, over, running, starts } from "./agenda.js";
import { onAir } from "./stage.js";

const NOTHING = () => ({ planned: _("The session has not begun."), paused: _("The session is paused."), closed: _("The session has ended."), open: _("Nothing runs just now.") });

customElements.define("floor-speaker", class extends Ticking {
  static watches = ["room", "agenda"];
  view() {
    const room = one("room", "room"), item = running();
    if (!room) return nothing;
    const title = pick((item ?? room).titles), spoken = room.floor ? _("On the floor, in {language}", { language: languageName(room.floor) }) : _("On the floor");
    return html`<div>
        <p class="meta">${item ? spoken : NOTHING()[room.state]}</p>
        <h2>${item?.speaker ? html`<bdi>${item.speaker.name}</bdi>${_(", ")}<bdi>${item.speaker.city}</bdi>` : html`<span lang=${title.lang || nothing} dir="auto">${title.text}</span>`}</h2>
      </div>
      ${item ? html`<p class="left"><time class="count" datetime=${item.ends_at}>${countdown(item.ends_at)}</time> <span class="meta ${over() ? "warn" : ""}">${over() ? _("over time") : _("left")}</span></p>` : nothing}`;
  }
});

customElements.define("floor-question", class extends Live {
  static watches = ["questions"];
  view() {
    const question = onAir();
    if (!question) return nothing;
    const translated = [document.body.dataset.language ?? language, language].map((tag) => reading(question, tag)).find(({ origin }) => origin); // the booth's language first
    return html`<p class="meta">${question.by && !question.anonymous ? html`${_("Question from")} <bdi>${question.by.name}</bdi>` : _("Question without a name")}${_(", ")}${languageName(question.language)}</p>
      <p class="asked" lang=${question.language} dir="auto">${question.text}</p>
      ${translated ? html`<p class="translated"><span lang=${translated.lang} dir="auto">${translated.text}</span> <span class="meta">${translated.origin}</span></p>` : nothing}`;
  }
});

customElements.define("floor-next", class extends Ticking {
  static watches = ["agenda", "room"];
  view() {
    const item = inOrder().find(({ state }) => state === "waiting"), booth = document.body.dataset.language;
    if (!item || one("room", "room")?.state === "closed") return nothing;
    const { text, lang } = pick(item.titles), language = item.language ? languageName(item.language) : "";
    return html`<p class="count"><time datetime=${starts(item)}>${clock(starts(item))}</time></p>
      <p><span class="meta">${_("Next:")}</span> ${item.speaker ? html`<bdi class="name">${item.speaker.name}</bdi>${_(", ")}<bdi>${item.speaker.city}</bdi>` : html`<span class="name" lang=${lang || nothing} dir="auto">${text}</span>`}
        ${language ? html` <span class="meta">${_("Speaks {language}", { language })}</span>` : nothing}
        ${booth && item.language === booth ? html`<br><span class="meta">${_("Your language: whoever has chosen your channel hears the floor then.")}</span>` : nothing}</p>`;
  }
});
