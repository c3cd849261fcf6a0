// The slides on the stage as the moderator turns them: which page, on and back, shown or hidden.
import { html, Live, nothing } from "../element.js";
import { list, may, one } from "../store.js";
import { _ } from "../texts.js";
import { closed } from "./acts.js";
import { command } from "./desk.js";

const onAir = () => list("contributions").find(({ state }) => state === "on_air");

const show = (presentation, page) => () => command("slides.show", { presentation, page }, _("Page {page} is shown.", { page }));

customElements.define("slide-control", class extends Live {
  static watches = ["slides", "contributions", "room", "you"];
  left = {}; // the page at which a deck was last seen on the stage
  view() {
    const now = one("slides", "slides"), slot = onAir();
    if (!may("slides.show") || !now || closed()) return nothing;
    if (!now.presentation) return slot?.presentation ? html`<h3 class="meta">${_("Slides")}</h3><p>${_("No slides are shown.")}</p><p class="acts"><button type="button" @click=${show(slot.presentation, this.left[slot.presentation] ?? 1)}>${_("Show the slides")}</button></p>` : nothing;
    const { presentation, page, pages } = now;
    this.left[presentation] = page;
    return html`<h3 class="meta">${_("Slides")}</h3>
      <div class="deck"><img src="/presentations/${presentation}/pages/${page}.webp?w=480" alt=${_("Page {page}", { page })} width="480" height="270">
      <div><p><span class="count">${page}</span> <span class="meta">${_("of {pages}", { pages })}</span></p>
      <p class="acts"><button type="button" ?disabled=${page <= 1} @click=${show(presentation, page - 1)}>${_("Back")}</button><button type="button" ?disabled=${page >= pages} @click=${show(presentation, page + 1)}>${_("Next page")}</button>
      <button class="plain" type="button" @click=${() => command("slides.hide", {}, _("The slides are hidden."), show(presentation, page))}>${_("Hide")}</button></p></div></div>`;
  }
});
