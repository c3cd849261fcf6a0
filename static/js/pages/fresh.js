// Keeps parts of a page fresh: what bears data-fresh is fetched again every few seconds, unless somebody works in it.
const EVERY = 5_000; // ms

function refresh() {
  const parts = [...document.querySelectorAll("[data-fresh]")].filter((part) => !part.contains(document.activeElement) && !part.querySelector("details[open]"));
  if (document.hidden || !parts.length) return;
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

setInterval(refresh, EVERY);
document.addEventListener("visibilitychange", refresh);
