// What a hall or a vision mixer is shown: what is announced, the question on air, and what runs. Read from afar, touched by nobody.
import { announcer } from "../announcer.js";
import { html, Live, nothing, Ticking } from "../element.js";
import { one } from "../store.js";
import { _, language, languageName, pick } from "../texts.js";
import { clock } from "../times.js";
import { inOrder, running, starts } from "./agenda.js";
import { onAir } from "./stage.js";
import "./sound.js";

const LENGTHS = [[90, "short"], [220, "middling"], [600, "long"]]; // characters up to which a text has its size

const size = (text) => LENGTHS.find(([limit]) => text.length <= limit)?.[1] ?? "longest";

/* As in the room until it is taken back; nobody dismisses it here. */
customElements.define("screen-announcement", class extends Live {
  static watches = ["room"];
  view() {
    const said = one("room", "room")?.announcement;
    return said ? html`<p class="asker">${announcer(said.by)}</p><p class="said" dir="auto">${said.text}</p>` : nothing;
  }
});

customElements.define("screen-question", class extends Live {
  static watches = ["questions"];
  view() {
    const question = onAir();
    document.body.classList.toggle("asks", Boolean(question));
    if (!question) return nothing;
    const { text, language: spoken, by, anonymous, translations } = question;
    const translated = translations?.[language]?.state === "approved" ? translations[language].text : "";
    return html`<p class="asker">${by && !anonymous ? html`${_("Question from")} <bdi>${by.name}</bdi>` : _("Question without a name")}${_(", ")}${languageName(spoken)}</p>
      ${translated ? html`<p class="asked ${size(translated)}" lang=${language} dir="auto">${translated}</p>` : nothing}
      <p class="${translated ? "original" : "asked"} ${size(text)}" lang=${spoken} dir="auto">${text}</p>`;
  }
});

/* What runs and who speaks; before and after, what there is to know. */
customElements.define("screen-item", class extends Ticking {
  static watches = ["room", "agenda"];
  view() {
    const room = one("room", "room"), item = running();
    if (!room) return nothing;
    const { text, lang } = pick((item ?? room).titles);
    return html`<p class="title" lang=${lang || nothing} dir="auto">${text}</p>
      ${item?.speaker ? html`<p class="who"><bdi>${item.speaker.name}</bdi>${item.speaker.city ? html`${_(", ")}<bdi>${item.speaker.city}</bdi>` : nothing}</p>` : html`<p class="who">${this.words(room, item)}</p>`}`;
  }
  words({ state, starts: begins }, item) {
    if (state === "planned") return _("It begins at {time}.", { time: clock(begins) });
    if (state === "closed") return _("The session has ended.");
    if (state === "paused") return _("The session is paused.");
    const next = inOrder().find((each) => each.state === "waiting");
    if (item) return nothing;
    return next ? html`${_("Next:")} <span dir="auto">${pick(next.titles).text}</span>, <time datetime=${starts(next)}>${clock(starts(next))}</time>` : nothing;
  }
});
