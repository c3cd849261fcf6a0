// What is on air, large; who speaks; the time that is left.
import { html, Live, nothing, Ticking } from "../element.js";
import { all, one, touch, watch } from "../store.js";
import { _, languageName, pick } from "../texts.js";
import { clock, countdown, now } from "../times.js";
import { addressee, original, passage, reading } from "../reading.js";
import { inOrder, over, running } from "./agenda.js";
import { onStage } from "./slides.js";

/* What is there for a stream's picture is loaded in a room that has a stream. */
let picture = null, coming = false, heard = null;
watch(["room"], async () => {
  if (coming || !one("room", "room")?.stream) return;
  coming = true;
  picture = await import("./picture.js").catch(() => null);
  coming = Boolean(picture);
  picture?.hush(heard);
  touch("picture");
});
document.addEventListener("soundheard", ({ detail: { channel } }) => {
  heard = channel;
  picture?.hush(heard);
});
const pictured = () => picture?.pictured() ?? false;

/** The question on air; looked up each second, so without a copy of all the others. */
export function onAir() {
  const found = Object.entries(all("questions")).find(([, { state }]) => state === "on_air");
  return found && { id: found[0], ...found[1] };
}

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
    const { text, lang } = pick(item?.titles ?? room.titles), read = question && reading(question), to = question && addressee(question.to);
    return html`
      <p class="facts">
        ${room.state === "paused" ? html`<span class="warn">${_("The session is paused.")}</span>` : question || item ? html`<span class="on-air">${_("On air")}</span>` : html`<span class="meta">${inOrder().some((each) => each.started_at) ? _("In a moment it goes on.") : _("In a moment it begins.")}</span>`}
        ${question ? html`<span class="meta">${question.by && !question.anonymous ? html`${_("Question from")} <bdi>${question.by.name}</bdi>` : _("Question without a name")}</span><span class="meta">${read.origin ?? languageName(question.language)}</span>${to ? html`<span class="meta">${to}</span>` : item?.speaker ? html`<span class="meta" lang=${lang || nothing} dir="auto">${text}</span>` : nothing}` : nothing}
      </p>
      <h2 id="now" class=${read?.text.length > 160 ? "long" : ""}>${question ? passage(read.text, read.lang) : html`<span lang=${lang || nothing} dir="auto">${text}</span>`}</h2>
      ${read?.origin ? original(question) : nothing}`;
  }
});

customElements.define("room-stage", class extends Live {
  static watches = ["room", "agenda", "slides", "picture"];
  view() {
    const room = one("room", "room"), item = running();
    this.hidden = Boolean(onStage()) || pictured();
    if (!room || this.hidden) return nothing;
    return html`
      ${item?.speaker ? html`<div><p class="speaker"><bdi>${item.speaker.name}</bdi></p><p>${item.speaker.city}</p></div>` : html`<p class="speaker" dir="auto">${pick(room.titles).text}</p>`}
      ${picture?.offer() ?? nothing}`;
  }
});

/* Who speaks, where the stage does not say it, and what runs, where the headline does not. */
customElements.define("room-voice", class extends Live {
  static watches = ["room", "agenda", "slides", "questions", "picture"];
  view() {
    const item = running();
    if (!item) return nothing;
    const { text, lang } = pick(item.titles);
    const who = (onStage() || pictured()) && item.speaker ? html`<p><bdi class="name">${item.speaker.name}</bdi>${_(", ")}<bdi>${item.speaker.city}</bdi></p>` : onAir() ? html`<p class="name" lang=${lang || nothing} dir="auto">${text}</p>` : nothing;
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
