// Which page is shown, and the one way to another: on air a command, before that a rehearsal that nobody sees.
import { newId, send } from "../room/connection.js";
import { one, touch, watch } from "../room/store.js";

const { contribution, presentation, pages, handedIn } = document.body.dataset;
export const count = Number(pages);
export const deck = presentation;
export const view = { page: 1, hidden: false, said: "" };
let going = false, asked = null; // one command at a time: what is wanted last is sent last

export const live = () => one("contributions", contribution)?.state === "on_air" && presentation === (one("contributions", contribution).presentation ?? handedIn);
const stage = () => one("slides", "slides");

/** What one sees: on air what everybody sees, once nothing is on its way any more. */
watch(["slides", "contributions"], () => {
  const own = one("contributions", contribution);
  if (own?.state === "on_air" && own.presentation && own.presentation !== presentation) location.replace(location.pathname);
  if (going || !live()) return;
  const { presentation: shown, page } = stage();
  view.hidden = shown !== presentation;
  if (!view.hidden) view.page = page;
  touch("turning");
});

async function follow() {
  if (going) return;
  going = true;
  while (asked) {
    const [command, facts] = asked;
    asked = null;
    const { no } = await send(command, facts, newId());
    view.said = no?.text ?? "";
  }
  going = false;
  touch("slides");
  touch("turning");
}

/** Shows a page by its number; the nearest there is. */
export function turn(page) {
  const to = Math.max(1, Math.min(count, page));
  if (!count || Number.isNaN(to)) return;
  view.page = to;
  view.hidden = false;
  if (live()) { asked = ["slides.show", { presentation, page: to }]; follow(); }
  touch("turning");
}

export function hide() {
  if (view.hidden) { turn(view.page); return; }
  view.hidden = true;
  if (live()) { asked = ["slides.hide", {}]; follow(); }
  touch("turning");
}

export const address = (page, width) => `/presentations/${presentation}/pages/${page}.webp?w=${width}`;

/** The neighbours of a page are fetched before they are asked for. */
export function fetchAround(page) {
  for (const near of [page + 1, page - 1, page + 2]) if (near >= 1 && near <= count) new Image().src = address(near, 1920);
}

