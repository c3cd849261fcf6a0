// How many heard each channel so far, minute by minute, for the crew: asked for while its details are open, once a minute.
import { html, Live, nothing } from "../element.js";
import { _, languageName, ngettext } from "../texts.js";
import { clock } from "../times.js";

const MINUTE = 60_000; // ms, as it is counted

customElements.define("listener-lines", class extends Live {
  found = null;
  timer = 0;
  connectedCallback() {
    super.connectedCallback();
    this.around = this.closest("details");
    this.look = () => this.ask();
    this.around?.addEventListener("toggle", this.look);
    this.timer = setInterval(this.look, MINUTE);
    this.ask();
  }
  disconnectedCallback() {
    super.disconnectedCallback();
    this.around?.removeEventListener("toggle", this.look);
    clearInterval(this.timer);
  }
  async ask() {
    if (!this.around?.open) return;
    const answer = await fetch(`/rooms/${document.body.dataset.room}/listeners`).catch(() => null);
    if (!answer?.ok) return; // what was there stays, and the next minute asks again
    this.found = await answer.json();
    this.draw();
  }
  view() {
    const channels = Object.entries(this.found?.channels ?? {});
    if (!channels.length) return nothing;
    return html`<h4>${_("Listeners over time")}</h4>
      <ul class="courses">${channels.map(([language, course]) => this.row(language, course))}</ul>`;
  }
  row(language, { most, at, line }) {
    const { width, height } = this.found, name = language === "floor" ? _("Floor") : languageName(language);
    return html`<li><span>${name}</span><svg class="course" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" aria-hidden="true"><path d=${line}></path></svg>
      <span class="meta">${ngettext("at most {num}", "at most {num}", most)}${most ? html`${_(", ")}<time datetime=${at}>${clock(at)}</time>` : nothing}</span></li>`;
  }
});
