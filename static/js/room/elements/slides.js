// The page on the stage. The one before stays until its picture is there; the next is fetched ahead; a picture that cannot be had is text.
import { html, Live, nothing } from "../element.js";
import { one, touch } from "../store.js";
import { _ } from "../texts.js";

const texts = new Map(); // address → the text of a page, fetched once
const stage = { key: "", image: null, words: "" }; // the page whose picture is shown, the picture, the text of the page
let asked = ""; // the page that is on its way, or there

const address = ({ presentation }, page) => `/presentations/${encodeURIComponent(presentation)}/pages/${page}`;

/** What is on the stage; null for nothing. */
export function onStage() {
  const slides = one("slides", "slides");
  return slides?.presentation && one("room", "room")?.state !== "closed" ? slides : null;
}

function picture(base) {
  const image = new Image(), thrifty = navigator.connection?.saveData;
  image.sizes = document.body.classList.contains("room") ? "(width >= 60rem) 66vw, 100vw" : "(width >= 60rem) 50vw, 100vw";
  image.srcset = thrifty ? `${base}.webp?w=480 480w` : `${base}.webp?w=480 480w, ${base}.webp?w=1920 1920w`;
  return image;
}

async function textOf(base) {
  if (!texts.has(base)) {
    const answer = await fetch(`${base}.txt`).catch(() => null);
    if (answer?.ok) texts.set(base, (await answer.text()).trim());
  }
  return texts.get(base) ?? "";
}

/** Has the page that is on the stage shown as soon as its picture is there. */
async function turn(slides) {
  const key = address(slides, slides.page);
  if (key === asked) return;
  asked = key;
  const image = picture(key), words = textOf(key);
  words.then((text) => { image.alt = text || _("Page {page} of {pages}", slides); });
  const loaded = await image.decode().then(() => true, () => false), instead = loaded ? "" : await words;
  if (asked !== key) return; // meanwhile the next one was turned to
  show(key, loaded ? image : null, instead);
  if (!loaded) return;
  words.then((text) => { if (stage.key === key) show(key, image, text); });
  if (slides.page < slides.pages) picture(address(slides, slides.page + 1));
}

function show(key, image, words) {
  Object.assign(stage, { key, image, words });
  touch("slides shown");
}

/* A page that could not be loaded is tried again with the next line. */
addEventListener("online", () => { if (!stage.image) { asked = ""; touch("slides"); } });

customElements.define("slide-page", class extends Live {
  static watches = ["slides", "room", "slides shown"];
  view() {
    const slides = onStage();
    if (!slides) asked = ""; else turn(slides);
    this.hidden = !slides;
    if (!slides) return nothing;
    const here = stage.key.startsWith(`/presentations/${encodeURIComponent(slides.presentation)}/`); // not another's page
    if (here && stage.image) return html`<figure>${stage.image}</figure>`;
    return html`<p class="instead" dir="auto">${here ? stage.words || _("This page cannot be shown here.") : nothing}</p>`;
  }
});

customElements.define("page-text", class extends Live {
  static watches = ["slides", "room", "slides shown"];
  view() {
    const slides = onStage();
    if (!slides) return nothing;
    const number = html`<span>${_("Page {page} of {pages}", slides)}</span>`, shown = stage.key === address(slides, slides.page);
    return shown && stage.words ? html`<details class="page-text"><summary>${number} <span class="link">${_("Text of the page")}</span></summary><p dir="auto" tabindex="0" role="group" aria-label=${_("Text of the page")}>${stage.words}</p></details>` : number;
  }
});
