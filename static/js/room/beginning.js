// What every page of a room begins with: who may be here, the tabs, the line.
import { connect } from "./connection.js";
import { may, watch } from "./store.js";
import { _ } from "./texts.js";

const NEEDS = { moderate: ["agenda.start"], booth: ["booth.enter", "agenda.start"], captions: ["caption.add"] }; // one of these rights
const { page, room } = document.body.dataset;

function leave() {
  if (NEEDS[page].some(may)) return;
  sessionStorage.setItem("notice", _("Your role here was taken back. You can go on as a participant."));
  location.replace(`/rooms/${room}`);
}

const tabs = [...document.querySelectorAll(".tabs a")];
function mark() {
  if (!tabs.some((tab) => tab.hash === location.hash)) return;
  for (const tab of tabs) {
    if (tab.hash === location.hash) tab.setAttribute("aria-current", "true"); else tab.removeAttribute("aria-current");
  }
}

export function begin() {
  if (page in NEEDS) watch(["you"], leave);
  addEventListener("hashchange", mark);
  mark();
  connect();
}
