// Captions: which language, a choice of this device; the last two lines under the stage, and all of the last in a tab.
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { channels } from "../channels.js";
import { html, Live, nothing, Ticking } from "../element.js";
import { forget, list, one, touch, watch } from "../store.js";
import { _, direction, language as ours, languageName, ownName } from "../texts.js";
import { clock, eventClock, now } from "../times.js";
import "../choices.js";

const OFF = "off", KEPT = "captions"; // in this device's storage
const SHOWN = 50; // lines of a language, as the server has them
const STALE = 20_000; // ms after which a line that nobody went on typing is no longer shown
const unique = (tags) => [...new Set(tags.filter(Boolean))];

const inOrder = (language) => list("captions").filter((line) => line.language === language && !line.interim).sort((a, b) => Date.parse(a.at) - Date.parse(b.at));

/** The last lines of a language, the newest last. */
export const lines = (language) => inOrder(language).slice(-SHOWN);

/* The server takes back what is kept and no longer among the last; what is not kept, it no longer knows. */
watch(["captions"], () => {
  const old = new Set(captioned().flatMap((tag) => inOrder(tag).slice(0, -SHOWN)).filter(({ kept }) => kept === false).map(({ id }) => id));
  if (old.size) forget("captions", (id) => old.has(id));
});

function typed(language) {
  const line = one("captions", `interim-${language}`);
  return line && now() - Date.parse(line.at) < STALE ? line : null;
}

/** Who said a line: an expert of this session by name, else as the captioner wrote. */
export const speaker = (line) => one("contributions", line.speaker)?.expert.name ?? line.speaker;

/** The languages one may caption in or read: of the room, of its channels, and those that there are. */
export const captionable = () => unique([...one("room", "room")?.languages ?? [], ...channels().filter(({ state }) => state !== "closed").map(({ language }) => language), ...captioned()]);
const captioned = () => unique(list("captions").map(({ language }) => language));

/** The language chosen on this device, null for off; whoever has not chosen reads along where their language is written.
 *  A hall's screen has chosen by its address. */
function wanted() {
  if (document.body.dataset.captions) return document.body.dataset.captions;
  const kept = localStorage.getItem(KEPT) ?? (captioned().includes(ours) ? ours : OFF);
  return kept === OFF ? null : kept;
}

function sourceOf(tag) {
  const source = lines(tag).at(-1)?.source ?? one("captions", `interim-${tag}`)?.source;
  return { typed: _("typed"), corrected: _("typed"), booth: _("from the booth"), machine: _("by machine, not checked") }[source] ?? _("none yet");
}

customElements.define("caption-choice", class extends Live {
  static watches = ["captions", "channels", "room"];
  view() {
    const room = one("room", "room"), now = wanted();
    if (!room || room.state === "closed") return nothing;
    return html`<details class="choice">
      <summary><span>${_("Captions")} <strong>${now ? languageName(now) : _("off")}</strong></span></summary>
      <form @change=${choose}><fieldset><legend>${_("Captions on this device")}</legend>
        <label class="option"><input type="radio" name="captions" value=${OFF} .checked=${!now}><span>${_("Off")}</span></label>
        ${repeat(unique([...captionable(), now]), (tag) => tag, (tag) => html`<label class="option"><input type="radio" name="captions" value=${tag} .checked=${tag === now}><span lang=${tag} dir="auto">${ownName(tag)}</span><span class="meta">${sourceOf(tag)}</span></label>`)}
      </fieldset></form></details>`;
  }
});

function choose({ target }) {
  localStorage.setItem(KEPT, target.value);
  touch("captions");
}

/** Has captions shown, for whoever wants nothing else: where none were chosen, in their language, or as there are. */
export function read() {
  if (!wanted()) choose({ target: { value: captionable().includes(ours) ? ours : one("room", "room")?.floor ?? ours } });
}
addEventListener("storage", ({ key }) => { if (key === KEPT) touch("captions"); });

/** What a booth reads along: captions of what it listens to. */
const heardIn = (booth) => one("channels", booth)?.relay_of ?? one("room", "room")?.floor;

customElements.define("caption-lines", class extends Ticking {
  static watches = ["captions", "channels", "room"];
  view() {
    const booth = this.dataset.booth, tag = booth ? heardIn(booth) : wanted();
    const shown = tag ? lines(tag).slice(-2) : [], typing = tag && typed(tag);
    this.hidden = !tag || one("room", "room")?.state === "closed" || (Boolean(booth) && !shown.length && !typing);
    if (this.hidden) return nothing;
    if (this.lang !== tag) { this.lang = tag; this.setAttribute("aria-label", _("Captions in {language}", { language: languageName(tag) })); }
    if (!shown.length && !typing) return html`<p class="meta" lang=${ours}>${_("No captions in {language} yet.", { language: languageName(tag) })}</p>`;
    return html`${repeat(shown, ({ id }) => id, ({ text }) => html`<p dir="auto">${text}</p>`)}${typing ? html`<p class="interim" dir="auto">${typing.text}</p>` : nothing}`;
  }
});

/** Whether lines are kept, in words; nothing when there are no more to come. */
export const kept = () => one("room", "room")?.state !== "closed" && ({ on: _("Recorded: what is heard and the captions are kept."), announced: _("A recording is announced. Captions are shown and not kept yet."), off: _("Not recorded: captions are shown and not kept.") }[one("room", "room")?.recording]);

const keptShort = () => one("room", "room")?.state !== "closed" && ({ on: _("Recorded"), announced: _("A recording is announced"), off: _("Not recorded") }[one("room", "room")?.recording]);

customElements.define("recording-note", class extends Live {
  static watches = ["room"];
  view() { return ("short" in this.dataset ? keptShort() : kept()) || nothing; }
});

/* The newest line first: it is what one looks for. */
customElements.define("caption-list", class extends Live {
  static watches = ["captions", "contributions"];
  view() {
    const tag = wanted() ?? (captioned().includes(ours) ? ours : captioned()[0]), shown = tag ? lines(tag).reverse() : [];
    if (!shown.length) return html`<p class="empty">${_("Nothing has been written yet. What is said will stand here, the newest line first.")}</p>`;
    return html`<p class="meta">${_("Captions in {language}", { language: languageName(tag) })}</p>
      <ol class="lines">${repeat(shown, ({ id }) => id, (line) => html`<li dir=${direction(tag)}>
        <time class="meta" datetime=${line.at} title=${_("{time} at the event", { time: eventClock(line.at) })}>${clock(line.at)}</time>
        <div>${line.speaker ? html`<p class="meta"><bdi>${speaker(line)}</bdi></p>` : nothing}<p lang=${tag} dir="auto">${line.text}</p></div></li>`)}</ol>`;
  }
});
