// Whether what is said is kept: off, announced or on, with what each of them means for everybody in the room.
import { html, Live, nothing } from "../element.js";
import { may, one } from "../store.js";
import { _ } from "../texts.js";
import { command } from "./desk.js";

const NAMES = () => ({ off: _("Off"), announced: _("Announced"), on: _("On") });
const MEANINGS = () => ({
  off: _("From now on nothing is kept. What was kept before stays."),
  announced: _("Everybody is told that what is heard and the captions will be kept. They are not kept yet."),
  on: _("What is heard on the floor and in each channel is kept, and captions as a transcript. Everybody is told."),
});

function record(state, before) {
  return command("room.record", { state }, _("Recording: {state}", { state: NAMES()[state] }), () => record(before, state));
}

customElements.define("recording-control", class extends Live {
  static watches = ["room", "you"];
  view() {
    const { recording: now, state: of } = one("room", "room") ?? {}, over = of === "closed";
    if (!now || !may("room.record")) return nothing;
    return html`<details><summary><h3>${_("Recording")}</h3> <span class=${now === "on" && !over ? "good" : "meta"}>${over ? now === "on" ? _("Was on") : _("Off") : NAMES()[now]}</span></summary>
      <fieldset><legend class="hidden">${_("Recording")}</legend>${Object.entries(MEANINGS()).map(([state, words]) => html`<label class="option"><input type="radio" name="recording" value=${state} .checked=${state === now} ?disabled=${over} @change=${async () => await record(state, now) || (this.querySelector(`[value=${one("room", "room").recording}]`).checked = true)}><span><b>${NAMES()[state]}</b><br><span class="meta">${words}</span></span></label>`)}</fieldset>
      <p><a href="/rooms/${document.body.dataset.room}/captions">${_("Where captioners type")}</a></p></details>`;
  }
});
