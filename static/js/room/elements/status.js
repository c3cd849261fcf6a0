// The quiet line at the top, the clock, and how many are here.
import { line } from "../connection.js";
import { html, Live, nothing } from "../element.js";
import { list, one } from "../store.js";
import { _, languageName, ngettext, pick } from "../texts.js";
import { clock, eventClock, now } from "../times.js";

const NOTICE = 15_000; // ms
let notice = sessionStorage.getItem("notice") ?? ""; // what the page before had to say
sessionStorage.removeItem("notice");

customElements.define("connection-status", class extends Live {
  static watches = ["line"];
  connectedCallback() {
    super.connectedCallback();
    this.draw();
    setTimeout(() => { notice = ""; this.draw(); }, NOTICE);
  }
  draw() {
    const words = line.well ? notice : line.words || _("Reconnecting. Nothing is lost.");
    if (line.ended) this.setAttribute("aria-live", "assertive"); // it concerns this person, and now
    this.classList.toggle("ended", Boolean(line.ended));
    if (this.textContent.trim() !== words) this.textContent = words;
  }
});

customElements.define("room-clock", class extends Live {
  connectedCallback() {
    super.connectedCallback();
    this.draw();
    this.timer = setInterval(() => this.draw(), 5000);
  }
  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }
  view() {
    const moment = new Date(now()).toISOString();
    return html`<time class="count clock" datetime=${moment} title=${_("{time} at the event", { time: eventClock(moment) })}>${clock(moment)}</time>`;
  }
});

customElements.define("room-title", class extends Live {
  static watches = ["room"];
  view() {
    const { text, lang } = pick(one("room", "room")?.titles);
    return html`<span lang=${lang || nothing} dir="auto">${text}</span>`;
  }
});

/* What is heard, only booth and crew are told. */
customElements.define("people-count", class extends Live {
  static watches = ["people", "listeners"];
  view() {
    const present = one("people", "people")?.present;
    if (present === undefined) return nothing;
    const heard = list("listeners").sort((a, b) => b.number - a.number);
    return html`<p>${ngettext("{num} person present", "{num} people present", present)}</p>
      ${heard.length ? html`<h3 class="meta">${_("What they have chosen to hear")}</h3><ul class="heard">${heard.map(({ id, number }) => html`<li><span class="count">${number}</span> <span>${id === "floor" ? _("Floor") : languageName(id)}</span></li>`)}</ul>` : nothing}`;
  }
});
