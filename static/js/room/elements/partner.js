// The others in the booth, and how the microphone changes hands.
import { html, Live, nothing, Ticking } from "../element.js";
import { line } from "../connection.js";
import { list, may, one, state } from "../store.js";
import { _, languageName, ngettext } from "../texts.js";
import { age, clock, now } from "../times.js";
import { act, booth, channel, getReady, inside, onAir, partners } from "./booth.js";

const LONG = 20; // minutes after which a voice tires; who has the microphone is told, nobody is cut off

/** An open offer or request, and whether it is mine to answer. */
function handing() {
  const { offer, booth, interpreter } = channel();
  if (!offer) return null;
  const mine = offer.by === state.you?.id, name = booth.find(({ id }) => id === offer.by)?.name ?? "";
  return { kind: offer.kind, name, mine, forMe: inside() && !mine && (offer.kind === "offer" || interpreter?.id === state.you?.id) };
}

/** The language that a partner speaks in another booth, if any. */
const elsewhere = (id) => list("channels").find(({ language, interpreter }) => language !== booth && interpreter?.id === id)?.language;

/** Offers the microphone, or asks for it: one key, as only one of them is possible; where the other has done so, it is taken. */
export function hand() {
  const open = channel() && handing();
  if (open?.forMe) { accept(); return; }
  if (open?.mine) return;
  if (!onAir()) getReady();
  act(onAir() ? "offer" : "request");
}

/** Takes back what one has offered, or asked for. */
export function withdraw() {
  if (channel() && handing()?.mine) act("withdraw");
}

/** Takes what is offered, or gives what is asked for. */
export function accept() {
  if (!channel() || !handing()?.forMe) return;
  if (!onAir()) getReady();
  act("accept");
}

customElements.define("booth-partner", class extends Ticking {
  static watches = ["channels", "you", "line", "booths"];
  view() {
    const here = channel();
    if (!here?.booth || here.state === "closed") return nothing;
    const others = partners(), open = handing();
    return html`
      ${open ? this.handing(open) : nothing}
      ${others.map(({ id, name }) => html`<p><bdi class="name">${name}</bdi> ${this.standing(id, here)}</p>`)}
      ${others.length ? nothing : html`<p class="meta">${inside() ? _("You are alone in this booth.") : _("Nobody is in this booth.")}</p>`}
      ${onAir() && line.well ? this.since(here.since) : nothing}
      ${inside() && others.length && here.interpreter && !open ? html`<button type="button" @click=${hand}>${onAir() ? _("Offer the microphone") : _("Ask for the microphone")} <kbd>U</kbd></button>` : nothing}`;
  }

  standing(id, here) {
    if (line.well && one("booths", "booths")?.away[booth]?.includes(id)) return html`<span class="warn">${here.interpreter?.id === id ? _("is on air and has lost the line") : _("has lost the line")}</span>`;
    if (here.interpreter?.id === id) return _("is here, on air");
    return elsewhere(id) ? _("is on air in the booth: {language}", { language: languageName(elsewhere(id)) }) : _("is here, not on air");
  }

  handing({ kind, name, mine, forMe }) {
    if (mine) return html`<div class="attention offer"><p role="status">${kind === "offer" ? _("You have offered the microphone. It changes hands when somebody takes it.") : _("You have asked for the microphone.")}</p><button type="button" @click=${withdraw}>${_("Take it back")} <kbd>Z</kbd></button></div>`;
    const words = kind === "offer" ? _("offers the microphone") : _("asks for the microphone");
    if (!forMe) return html`<p class="meta"><bdi>${name}</bdi> ${words}</p>`;
    return html`<div class="attention offer" role="alert"><p><bdi class="name">${name}</bdi> ${words}</p><button class="first" type="button" @click=${accept}>${kind === "offer" ? _("Take it") : _("Hand it over")} <kbd>A</kbd></button></div>`;
  }

  since(at) {
    const minutes = age(at), words = ngettext("You have been speaking for {num} minute.", "You have been speaking for {num} minutes.", minutes);
    return minutes < 1 ? nothing : minutes < LONG ? html`<p class="meta">${words}</p>` : html`<p class="attention"><strong>${words}</strong></p>`;
  }
});

customElements.define("booth-leave", class extends Live {
  static watches = ["channels", "you"];
  view() { return inside() ? html`<button class="plain leave" type="button" @click=${() => act("leave")}>${_("Leave the booth")}</button>` : nothing; }
});

const ASKED = 30_000; // ms for which it is said that one has asked

customElements.define("booth-slower", class extends Ticking {
  static watches = ["channels", "you"];
  view() {
    if (!inside() || !may("booth.slower")) return nothing;
    const { slower_at, no_sound_at } = channel() ?? {}, [at, wish] = [[slower_at, _("Slower please")], [no_sound_at, _("No sound")]].filter(([at]) => at && now() - Date.parse(at) < ASKED).sort().at(-1) ?? [];
    return html`<button type="button" @click=${() => act("slower")}>${_("Slower please")} <kbd>L</kbd></button>
      <button type="button" @click=${() => act("no_sound")}>${_("No sound")} <kbd>N</kbd></button>
      <p class="meta" role="status">${at ? _("{wish}: asked at {time}. Who speaks and the moderators see which booth asks.", { wish, time: clock(at) }) : nothing}</p>`;
  }
});
