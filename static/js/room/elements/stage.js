// What is on air, large; who speaks; the time that is left.
import { html, Live, nothing, Ticking } from "../element.js";
import { list, one } from "../store.js";
import { _, languageName, pick } from "../texts.js";
import { clock, countdown, now } from "../times.js";
import { inOrder, over, running } from "./agenda.js";
import { onStage } from "./slides.js";

export const onAir = () => list("questions").find((question) => question.state === "on_air");

const { archive } = document.body.dataset; // its address, for those who may read it

customElements.define("room-headline", class extends Ticking {
  static watches = ["room", "agenda", "questions"];
  view() {
    const room = one("room", "room");
    if (!room) return nothing;
    if (room.state === "planned" && Date.parse(room.starts) <= now()) return html`<p class="meta">${_("The room is not open yet.")}</p><h2 id="now"><time datetime=${room.starts}>${_("It was to begin at {time}.", { time: clock(room.starts) })}</time></h2>`;
    if (room.state === "planned") return html`<p class="meta">${_("The room opens shortly before it begins.")}</p><h2 id="now"><time datetime=${room.starts}>${_("It begins at {time}.", { time: clock(room.starts) })}</time></h2>`;
    if (room.state === "closed") return html`<h2 id="now">${_("The session has ended.")}</h2>${archive ? html`<p><a class="button" href=${archive}>${_("Read what was said")}</a></p>` : nothing}`;
    const question = onAir(), item = running();
    const { text, lang } = pick(item?.titles ?? room.titles);
    return html`
      <p class="facts">
        ${room.state === "paused" ? html`<span class="warn">${_("The session is paused.")}</span>` : question || item ? html`<span class="on-air">${_("On air")}</span>` : html`<span class="meta">${inOrder().some((each) => each.started_at) ? _("In a moment it goes on.") : _("In a moment it begins.")}</span>`}
        ${question ? html`<span class="meta">${question.by && !question.anonymous ? html`${_("Question from")} <bdi>${question.by.name}</bdi>` : _("Question without a name")}</span><span class="meta">${languageName(question.language)}</span>${item?.speaker ? html`<span class="meta" lang=${lang || nothing} dir="auto">${text}</span>` : nothing}` : nothing}
      </p>
      <h2 id="now">${question ? html`<span lang=${question.language} dir="auto">${question.text}</span>` : html`<span lang=${lang || nothing} dir="auto">${text}</span>`}</h2>`;
  }
});

customElements.define("room-stage", class extends Live {
  static watches = ["room", "agenda", "slides"];
  view() {
    const room = one("room", "room"), item = running();
    this.hidden = Boolean(onStage());
    if (!room || this.hidden) return nothing;
    return html`
      ${item?.speaker ? html`<div><p class="speaker"><bdi>${item.speaker.name}</bdi></p><p>${item.speaker.city}</p></div>` : html`<p class="speaker" dir="auto">${pick(room.titles).text}</p>`}
      ${room.stream && room.state !== "closed" ? html`<p><a class="button" href=${room.stream} target="_blank" rel="noopener noreferrer">${_("Watch the stream")}</a> <span class="meta">${_("opens beside this page")}</span></p>` : nothing}`;
  }
});

/* Who speaks, where the stage does not say it, and what runs, where the headline does not. */
customElements.define("room-voice", class extends Live {
  static watches = ["room", "agenda", "slides", "questions"];
  view() {
    const item = running();
    if (!item) return nothing;
    const { text, lang } = pick(item.titles);
    const who = onStage() && item.speaker ? html`<p><bdi class="name">${item.speaker.name}</bdi>${_(", ")}<bdi>${item.speaker.city}</bdi></p>` : onAir() ? html`<p class="name" lang=${lang || nothing} dir="auto">${text}</p>` : nothing;
    return html`${who}${item.language ? html`<p class="meta">${_("Speaks {language}", { language: languageName(item.language) })}</p>` : nothing}`;
  }
});

customElements.define("time-left", class extends Ticking {
  static watches = ["room", "agenda"];
  view() {
    const item = running();
    return item ? html`<time class="count" datetime=${item.ends_at}>${countdown(item.ends_at)}</time> <span>${over() ? _("over time") : _("left")}</span>` : nothing;
  }
});
