// Keeps parts of a page fresh: what bears data-fresh is fetched again every few seconds, unless somebody works in it.
// data-every: after how many seconds, for pages that many have open.
const EVERY = 5; // seconds
const LOOK = 1_000; // ms
let due = 0;

const marked = () => [...document.querySelectorAll("[data-fresh]")];

/** When to ask again: not all at once who came at once. */
function rest(parts) {
  const every = Math.min(...parts.map((part) => Number(part.dataset.every) || EVERY));
  due = Date.now() + every * (900 + Math.random() * 200);
}

function refresh() {
  const parts = marked().filter((part) => !part.contains(document.activeElement) && !part.querySelector("details[open]"));
  if (document.hidden || !parts.length || Date.now() < due) return;
  rest(parts);
  const again = new XMLHttpRequest();
  again.open("GET", location.pathname + location.search);
  again.responseType = "document";
  again.onload = () => {
    if (again.status !== 200) return;
    for (const part of parts) {
      const fresh = again.response?.getElementById(part.id);
      if (fresh && fresh.textContent !== part.textContent && !part.contains(document.activeElement)) part.replaceWith(document.adoptNode(fresh));
    }
  };
  again.send();
}

rest(marked());
setInterval(refresh, LOOK);
document.addEventListener("visibilitychange", refresh);
