// The one base of all elements: watches collections, renders into itself with lit-html, keeps the light DOM.
import { html, nothing, render } from "../../vendor/lit-html/lit-html.js";
import { watch } from "./store.js";

export { html, nothing };

export class Live extends HTMLElement {
  static watches = [];

  connectedCallback() {
    this.stop = watch(this.constructor.watches, () => this.draw());
  }

  disconnectedCallback() {
    this.stop?.();
  }

  /** Renders anew. What the server had written here is removed the first time. */
  draw() {
    const focused = this.contains(document.activeElement);
    if (!this.drawn) { this.replaceChildren(); this.drawn = true; }
    render(this.view(), this);
    if (focused && document.activeElement === document.body) this.catchFocus();
  }

  /** What had the focus is gone: whoever works by keyboard goes on from here, not from the top of the page. */
  catchFocus() {
    (this.querySelector("[aria-current] :is(a, button)") ?? this.querySelector("button, a, input"))?.focus({ preventScroll: true });
  }
}

/** One that shows the time that passes. */
export class Ticking extends Live {
  connectedCallback() {
    super.connectedCallback();
    this.timer = setInterval(() => this.drawn && this.draw(), 1000);
  }
  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }
}

/** Whether somebody writes elsewhere: no late answer takes the focus from there. */
export function writing(here) {
  const field = document.querySelector(":is(:read-write, select):focus");
  return field && !here?.contains(field);
}

/** For what stands above a box that shrinks when it loses the focus: pressing keeps the focus, so that the release meets what was pressed. */
export const steady = (event) => event.preventDefault();
