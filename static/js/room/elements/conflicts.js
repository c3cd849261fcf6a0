// Who is due in another session before this one is expected to end, or is still in another when due here.
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { html, Live, nothing } from "../element.js";
import { list, state } from "../store.js";
import { _, pick } from "../texts.js";
import { clock } from "../times.js";

/** Which is needed first: whoever is here must leave, whoever is there is awaited. */
function sentence({ person, here, there }) {
  const session = pick(there.titles).text || _("another session");
  if (Date.parse(here.starts) <= Date.parse(there.starts)) return _("{person} is due in {session} at {time}, this session is expected to end at {end}.", { person, session, time: clock(there.starts), end: clock(here.ends) });
  return _("{person} is due here at {time} and still in {session}, which is expected to end at {end}.", { person, session, time: clock(here.starts), end: clock(there.ends) });
}

customElements.define("conflict-list", class extends Live {
  static watches = ["conflicts", "you"];
  view() {
    const found = list("conflicts").sort((a, b) => Date.parse(a.there.starts) - Date.parse(b.there.starts) || (a.id < b.id ? -1 : 1));
    return repeat(found, ({ id }) => id, (conflict) => html`<p class="attention"><strong>${_("Due twice:")}</strong> ${sentence(conflict)} ${this.way(conflict.there)}</p>`);
  }
  /** An organiser moderates every room of the exchange; who moderates this one finds the way from the room's page. */
  way({ room, titles }) {
    if (!room) return nothing;
    const [path, words] = state.you?.role === "organiser" ? ["/moderate", _("Moderate")] : ["", _("Room")];
    return html`<a href="/rooms/${room}${path}">${words}<span class="hidden">: ${pick(titles).text}</span></a>`;
  }
});
