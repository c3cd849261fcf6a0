// What the presenter looks at and presses: the page, the way on and back, whether anybody sees it.
import { html, Live, nothing } from "../room/element.js";
import { one } from "../room/store.js";
import { _ } from "../room/texts.js";
import { address, count, fetchAround, hide, live, turn, view } from "./turning.js";

const { contribution } = document.body.dataset;

customElements.define("page-now", class extends Live {
  static watches = ["turning", "room"];
  view() {
    this.className = view.hidden ? "dark" : "";
    fetchAround(view.page);
    return html`<img src=${address(view.page, 1920)} alt=${_("Page {page}", { page: view.page })} draggable="false">
      ${view.hidden ? html`<p class="said">${live() ? _("Hidden: nobody sees this page.") : _("Hidden")}</p>` : nothing}`;
  }
});

customElements.define("air-state", class extends Live {
  static watches = ["contributions", "room", "slides", "turning"];
  view() {
    const state = one("contributions", contribution)?.state;
    if (!state) return nothing;
    if (state === "on_air") return html`<p role="status"><span class="on-air">${_("On air")}</span> ${count ? html`<span class="meta">${live() ? _("Everybody sees what you show.") : _("These slides are not the ones that are shown.")}</span>` : nothing}</p>`;
    const still = one("slides", "slides")?.contribution === contribution && one("room", "room")?.state !== "closed";
    const going = ["open", "paused"].includes(one("room", "room")?.state);
    if (state === "done") return html`<p role="status"><strong>${_("Done.")}</strong>${going ? html` <a href="/rooms/${document.body.dataset.room}">${_("To speak again, raise your hand in the room.")}</a>` : nothing} <span class="meta">${still ? _("Page {page} stays on the stage until the moderator shows something else. You turn pages for yourself only.", one("slides", "slides")) : _("Nobody sees this any more.")}</span></p>`;
    return html`<p role="status"><strong>${_("Rehearsal.")}</strong> <span class="meta">${_("Nobody sees this yet.")}</span></p>`;
  }
});

customElements.define("page-turner", class extends Live {
  static watches = ["turning", "room"];
  view() {
    const { page, hidden, said } = view;
    return html`<div class="turner">
      <button type="button" ?disabled=${page <= 1} @click=${() => turn(page - 1)}>${_("Back")}</button>
      <div class="where">
        <form class="go" @submit=${this.go}><label class="meta" for="go">${_("Page")}</label><input id="go" type="text" inputmode="numeric" autocomplete="off" .value=${String(page)} aria-describedby="of"><span class="meta" id="of">${_("of {pages}", { pages: count })}</span></form>
        <button type="button" aria-pressed=${hidden} @click=${hide}>${hidden ? _("Show") : _("Hide")} <kbd class="keys">B</kbd></button>
        ${said ? html`<p class="warn" role="alert">${said}</p>` : nothing}
      </div>
      <button class="first" type="button" ?disabled=${page >= count} @click=${() => turn(page + 1)}>${_("Next page")}</button></div>`;
  }
  go(event) {
    event.preventDefault();
    const input = event.currentTarget.querySelector("input");
    turn(Number.parseInt(input.value, 10));
    input.value = view.page;
    document.activeElement.blur();
  }
});
