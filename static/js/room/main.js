// Wires a room's page: registers the elements, opens the line, keeps the tabs.
import "../pages/zone.js";
import "./elements/status.js";
import "./elements/stage.js";
import "./elements/questions.js";
import "./elements/asking.js";
import "./elements/agenda.js";
import "./elements/sound.js";
import "./elements/captions.js";
import "./elements/slides.js";
import "./elements/places.js";
import "./elements/polls.js";
import { connect } from "./connection.js";
import { may, watch } from "./store.js";
import { _ } from "./texts.js";

const NEEDS = { moderate: ["agenda.start"], booth: ["booth.enter", "agenda.start"], captions: ["caption.add"] }; // one of these rights
const { page } = document.body.dataset;
if (page === "moderate") {
  await import("./elements/agenda-control.js");
  await import("./elements/poll-control.js");
  const { listen } = await import("./elements/keys.js");
  listen();
}
if (page === "booth") await import("./elements/booth-keys.js");
if (page === "captions") await import("./elements/caption-log.js");
if (page === "booth" || page === "captions") await import("./elements/floor.js");
if (page in NEEDS) {
  watch(["you"], () => {
    if (NEEDS[page].some(may)) return;
    sessionStorage.setItem("notice", _("Your role here was taken back. You can go on as a participant."));
    location.replace(`/rooms/${document.body.dataset.room}`);
  });
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
connect();
