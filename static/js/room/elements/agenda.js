// The agenda as it runs: times in the margin, the current item between two rules.
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { html, nothing, Ticking } from "../element.js";
import { list, one } from "../store.js";
import { _, pick } from "../texts.js";
import { clock, eventClock, later, minutesBetween, now } from "../times.js";

/** What runs, if one may know; while it is paused its end moves along with the time. */
export function running() {
  const id = one("room", "room")?.now, item = one("agenda", id);
  return item && { id, ...item, ...(item.paused_at && { ends_at: new Date(now() + item.left * 1000).toISOString() }) };
}

/** Milliseconds by which all that is to come is later than expected: what runs is over its time, or paused. */
export const slip = () => Math.max(0, now() - Date.parse(one("room", "room")?.slips_from ?? "9999-01-01"));

/** Milliseconds by which what runs is over its time. */
export const over = () => Math.max(0, now() - Date.parse(running()?.ends_at ?? "9999-01-01"));

/** When an item starts: as it did, else as is now to be expected. */
export const starts = (item) => item.started_at ?? later(item.expected_start, item.state === "waiting" ? slip() : 0);

export const inOrder = () => list("agenda").sort((a, b) => a.order - b.order);

customElements.define("agenda-list", class extends Ticking {
  static watches = ["agenda", "room"];
  view() {
    const items = inOrder();
    if (!items.length) return html`<p class="empty">${_("The agenda is still open.")}</p>`;
    return html`<ol class="timetable">${repeat(items, (item) => item.id, (item) => this.row(item))}</ol>`;
  }
  row(item) {
    const { text, lang } = pick(item.titles);
    const at = starts(item);
    const moved = Math.abs(minutesBetween(item.planned_start, at)) >= 1;
    return html`<li class=${item.state === "skipped" ? "done" : item.state} aria-current=${item.state === "running" ? "step" : nothing}>
      <time class="count" datetime=${at} title=${_("{time} at the event", { time: eventClock(at) })}>${clock(at)}</time>
      <div>
        ${item.state === "running" ? html`<p><span class="on-air">${_("On air")}</span></p>` : nothing}
        <p class=${item.state === "running" ? "name" : ""} lang=${lang || nothing} dir="auto">${item.state === "skipped" ? html`<s>${text}</s>` : text}</p>
        ${item.speaker ? html`<p class="meta"><bdi>${item.speaker.name}</bdi>${_(", ")}<bdi>${item.speaker.city}</bdi></p>` : nothing}
        <p class="meta">${item.state === "running" ? (over() ? _("was to end at {time}", { time: clock(running()?.ends_at ?? now()) }) : _("until {time}", { time: clock(running()?.ends_at ?? now()) })) : item.state === "skipped" ? _("Skipped") : nothing}
          ${item.state === "waiting" && moved ? _("Planned for {time}", { time: clock(item.planned_start) }) : nothing}</p>
      </div>
    </li>`;
  }
});
