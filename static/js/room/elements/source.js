// What the booth listens to, the floor or another booth, and what carries its sound.
import { channels, floorNow } from "../channels.js";
import { html, Live, nothing } from "../element.js";
import { one } from "../store.js";
import { _, languageName } from "../texts.js";
import { act, booth, channel, inside } from "./booth.js";

/** The floor and the other open channels, in the order of their keys. */
const sources = () => [null, ...channels().filter(({ language, state }) => language !== booth && state !== "closed").map(({ language }) => language)].slice(0, 9);

/** Listens to the source with this number, from 1. */
export function listenTo(number) {
  const of = sources()[number - 1];
  if (of !== undefined && inside() && of !== channel().relay_of) act("relay", { of });
}

function meaning(of) {
  if (!of) return floorNow();
  const { interpreter, state } = one("channels", of);
  return interpreter ? html`<bdi>${interpreter.name}</bdi>` : state === "silent" ? _("silent now") : nothing;
}

customElements.define("booth-source", class extends Live {
  static watches = ["channels", "room", "you"];
  view() {
    const here = channel();
    if (!here || here.state === "closed") return nothing;
    const name = (of) => of ? _("Relay {language}", { language: languageName(of) }) : _("Floor");
    if (!inside()) return html`<p>${_("The booth listens to:")} <strong>${name(here.relay_of)}</strong></p>`;
    return html`<fieldset class="source"><legend>${_("The booth listens to:")}</legend>
      ${here.relay_of && one("channels", here.relay_of)?.state === "silent" ? html`<p class="attention" role="alert"><strong>${_("Your relay is silent: nobody speaks {language} now.", { language: languageName(here.relay_of) })}</strong></p>` : nothing}
      ${sources().map((of, place) => html`<label class="option"><input type="radio" name="source" .checked=${here.relay_of === of} @change=${() => this.choose(of)}><span class=${here.relay_of === of ? "name" : ""}>${name(of)}</span><span class="meta">${meaning(of)} <kbd>${place + 1}</kbd></span></label>`)}</fieldset>`;
  }

  async choose(of) {
    if (await act("relay", { of })) return;
    const inputs = [...this.querySelectorAll("input")];
    sources().forEach((each, place) => { if (inputs[place]) inputs[place].checked = channel().relay_of === each; });
  }
});

customElements.define("booth-carrier", class extends Live {
  static watches = ["channels"];
  view() {
    const link = channel()?.link;
    if (!channel()) return nothing;
    return link ? html`<p class="meta">${_("The sound goes through")} <a href=${link} target="_blank" rel="noopener noreferrer"><bdi>${new URL(link).host}</bdi><span class="hidden"> ${_("opens beside this page")}</span></a> ${_("(set by the organisers)")}</p>` : nothing;
  }
});
