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
    if (!this.drawn) { this.replaceChildren(); this.drawn = true; }
    render(this.view(), this);
  }
}
