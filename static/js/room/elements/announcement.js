// What is announced to everybody, at the top of the room until it is dismissed.
import { announcer } from "../announcer.js";
import { html, Live, nothing } from "../element.js";
import { one } from "../store.js";
import { _ } from "../texts.js";
import { clock } from "../times.js";

const dismissed = `dismissed:${document.body.dataset.room}`;

customElements.define("room-announcement", class extends Live {
  static watches = ["room"];
  view() {
    const said = one("room", "room")?.announcement;
    if (!said || localStorage.getItem(dismissed) === said.at) return nothing;
    return html`<p class="facts meta"><span>${announcer(said.by)}</span><time datetime=${said.at}>${clock(said.at)}</time></p><p dir="auto">${said.text}</p>
      <button class="plain" type="button" @click=${() => this.dismiss(said.at)}>${_("Dismiss")}<span class="hidden"> ${_("this announcement")}</span></button>`;
  }
  dismiss(at) {
    localStorage.setItem(dismissed, at);
    this.draw();
    document.querySelector("#stage, main")?.focus({ preventScroll: true });
  }
});
