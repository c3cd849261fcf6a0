// Keeps the page as the server has it: sections marked as fresh are fetched anew, what is being typed or sent stays.
import { _ } from "../room/texts.js";

const AGAIN = 3_000; // ms after which a page that could not be fetched is asked for again
const LOOK = 700; // ms between two looks at pages that are being drawn
let loading = false, wanted = false, timer = 0;

/** The page as a document; what is sent with it is a form's. */
function load(body) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(body ? "POST" : "GET", location.pathname);
    request.responseType = "document";
    request.onload = () => request.response?.getElementById("next") ? resolve(request.response) : reject(new Error(request.status));
    request.onerror = reject;
    request.send(body);
  });
}

function show(page) {
  const before = document.getElementById("next-title").textContent;
  for (const section of page.querySelectorAll("[data-fresh]")) replace(document.getElementById(section.id), section);
  document.title = page.title;
  document.getElementById("send").hidden = page.getElementById("send").hidden;
  document.getElementById("send-title").textContent = page.getElementById("send-title").textContent;
  const box = document.getElementById("sending"), upload = document.querySelector("deck-upload").upload;
  box.open = page.getElementById("sending").open || Boolean(upload) || (box.open && box.contains(document.activeElement));
  const after = document.getElementById("next-title").textContent;
  if (after !== before) document.getElementById("news").textContent = after;
  look();
}

function replace(old, section) {
  const opened = old.querySelectorAll("details");
  section.querySelectorAll("details").forEach((each, place) => { each.open ||= opened[place]?.open ?? false; });
  if (old.isEqualNode(section)) return;
  const focused = old.contains(document.activeElement);
  old.replaceWith(document.adoptNode(section));
  if (!focused) return;
  const title = document.getElementById("next-title");
  title.tabIndex = -1;
  title.focus();
}

/** Fetches the page and shows what is new in it; with a form's fields, once that has been carried out. */
export async function renew(body = null) {
  clearTimeout(timer);
  if (loading) { wanted = true; if (!body) return; }
  loading = true;
  try { show(await load(body)); } catch { timer = setTimeout(renew, AGAIN); }
  loading = false;
  if (wanted) { wanted = false; renew(); }
}

/** While pages are drawn: how many there are by now. */
export async function look() {
  const { deck, state } = document.getElementById("coming").dataset;
  clearTimeout(timer);
  if (!["checking", "converting"].includes(state)) return;
  try {
    const found = await (await fetch(`/api/presentations/${deck}`)).json();
    if (!["checking", "converting"].includes(found.state)) { renew(); return; }
    const line = document.querySelector("#coming .drawing");
    if (found.pages && line) line.textContent = _("Page {page} of {pages} is drawn.", { page: found.rendered, pages: found.pages });
  } catch { /* the line is lost: the next look may find it */ }
  timer = setTimeout(look, LOOK);
}

/** Steps are carried out in place, so that a file on its way goes on. */
addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || !form.closest("[data-fresh]")) return;
  event.preventDefault();
  renew(new URLSearchParams(new FormData(form, event.submitter)));
});
