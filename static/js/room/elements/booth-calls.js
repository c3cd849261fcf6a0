// What calls whoever is in a booth: the microphone has come by itself, or the channel has fallen silent. Loaded once one is inside.
import { line } from "../connection.js";
import { html, Live, nothing } from "../element.js";
import { one, state } from "../store.js";
import { _ } from "../texts.js";
import { ask, booth, channel, elsewhere, inside, onAir } from "./booth.js";

const SURPRISE = 2_000; // ms in which Space was meant for what was before
const SHOWN = 15_000; // ms for which it is said that the microphone has come
let before = channel(), came = -Infinity, pressed = false, silent = false;

/** Notices what has become of the channel since the last look. */
function compare() {
  const was = before, now = before = channel(), me = state.you?.id;
  if (!inside() || !onAir()) came = -Infinity;
  if (!inside() || now.interpreter || now.state === "closed") silent = false;
  if (!inside() || !was) return;
  const asked = was.offer?.kind === "request" && was.offer.by === me;
  if (asked && onAir() && was.interpreter?.id !== me) [came, pressed] = [performance.now(), false];
  if (was.interpreter && was.interpreter.id !== me && now.state === "silent") silent = true;
}

const fresh = (span) => performance.now() - came < span;

function words() {
  const { state: now, floor } = one("room", "room") ?? {};
  if (!line.well) return "";
  if (fresh(SHOWN)) return pressed ? _("You are still on air: the microphone came as you pressed Space. Press it again to go off air.") : _("The microphone is yours: you are on air.");
  return silent && now === "open" && floor !== booth && !elsewhere() ? _("The channel is silent. Space puts you on air.") : ""; // the floor in one's own language is heard without a voice
}

customElements.define("booth-call", class extends Live {
  static watches = ["channels", "room", "you", "line"];
  connectedCallback() {
    super.connectedCallback();
    ask(() => {
      if (!fresh(SURPRISE)) return false;
      pressed = true;
      this.draw();
      return true;
    });
  }
  view() {
    compare();
    if (fresh(SHOWN)) this.over ??= setTimeout(() => { this.over = null; this.draw(); }, SHOWN);
    const said = words();
    return said ? html`<p class="attention" role="alert"><strong>${said}</strong></p>` : nothing;
  }
});
