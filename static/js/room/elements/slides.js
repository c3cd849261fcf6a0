// The page on the stage. The one before stays until its picture is there; the next is fetched ahead; a picture that cannot be had is text.
import { html, Live, nothing } from "../element.js";
import { one, touch } from "../store.js";
import { _ } from "../texts.js";
import { loads, mode } from "../thrift.js";

const texts = new Map(); // address → the text of a page, fetched once
const stage = { key: "", image: null }; // the page that is shown, and its picture if there is one
const AGAIN = 8_000; // ms until a page that could not be had is asked for again: it may be on its way to be drawn
const SIZES = { room: "(width >= 60rem) 66vw, 100vw", screen: "100vw" };
let asked = ""; // the page that is on its way, or there, and whether as a picture

const address = ({ presentation }, page) => `/presentations/${encodeURIComponent(presentation)}/pages/${page}`;

/** What is on the stage; null for nothing, or where neither pictures nor texts are loaded. */
export function onStage() {
  const slides = one("slides", "slides");
  return slides?.presentation && one("room", "room")?.state !== "closed" && (loads("pictures") || loads("text")) ? slides : null;
}

function picture(base) {
  if (!loads("pictures")) return null;
  const image = new Image(), thrifty = navigator.connection?.saveData;
  image.sizes = SIZES[document.body.classList.contains("room") ? "room" : document.body.dataset.page] ?? "(width >= 60rem) 50vw, 100vw";
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

/** Has the page that is on the stage shown as soon as its picture is there; its text may be there earlier. */
async function turn(slides) {
  const key = address(slides, slides.page);
  const wanted = `${mode()} ${key}`;
  if (wanted === asked) return;
  asked = wanted;
  const image = picture(key);
  const read = textOf(key).then((text) => {
    if (image) image.alt = text || _("Page {page} of {pages}", slides);
    touch("slides shown");
  });
  const loaded = await image?.decode().then(() => true, () => false) ?? false;
  if (!loaded) await read;
  if (asked !== wanted) return; // meanwhile the next one was turned to
  Object.assign(stage, { key, image: loaded ? image : null });
  touch("slides shown");
  if (image && !loaded) setTimeout(() => { if (asked === wanted) { asked = ""; touch("slides"); } }, AGAIN);
  if (loaded && slides.page < slides.pages) picture(address(slides, slides.page + 1));
}

/* A page that could not be had is tried again when the line comes back. */
addEventListener("online", () => { if (!stage.image) { asked = ""; touch("slides"); } });

customElements.define("slide-page", class extends Live {
  static watches = ["slides", "room", "slides shown"];
  view() {
    const slides = onStage();
    if (!slides) asked = ""; else turn(slides);
    this.hidden = !slides;
    if (!slides) return nothing;
    const key = address(slides, slides.page), sameDeck = stage.key.startsWith(address(slides, ""));
    if (sameDeck && stage.image && loads("pictures")) return html`<figure>${stage.image}</figure>`;
    return html`<p class="instead" dir="auto">${texts.get(key) || (stage.key !== key ? nothing : loads("pictures") ? _("This page cannot be shown here.") : _("This page has no text."))}</p>`;
  }
});

customElements.define("page-text", class extends Live {
  static watches = ["slides", "room", "slides shown"];
  view() {
    const slides = onStage();
    if (!slides) return nothing;
    const number = html`<span>${_("Page {page} of {pages}", slides)}</span>`, words = texts.get(address(slides, slides.page));
    return words && loads("pictures") ? html`<details class="page-text"><summary>${number} <span class="link">${_("Text of the page")}</span></summary><p dir="auto" tabindex="0" role="group" aria-label=${_("Text of the page")}>${words}</p></details>` : number;
  }
});
