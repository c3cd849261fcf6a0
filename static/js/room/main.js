// Wires a room's page: registers the elements, opens the line, keeps the tabs.
import "./elements/status.js";
import "./elements/stage.js";
import "./elements/questions.js";
import "./elements/asking.js";
import "./elements/agenda.js";
import { connect } from "./connection.js";

if (document.body.dataset.page === "moderate") {
  const { start } = await import("./elements/moderation.js");
  await import("./elements/conduct.js");
  start();
}

const tabs = [...document.querySelectorAll(".tabs a")];
function mark() {
  if (!tabs.some((tab) => tab.hash === location.hash)) return;
  for (const tab of tabs) {
    if (tab.hash === location.hash) tab.setAttribute("aria-current", "true"); else tab.removeAttribute("aria-current");
  }
}
addEventListener("hashchange", mark);
mark();
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax`;
connect();
