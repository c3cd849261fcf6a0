// Wires a room's page: registers the elements, opens the line, keeps the tabs.
import "../pages/zone.js";
import { begin } from "./beginning.js";
import "./elements/status.js";
import "./elements/stage.js";
import "./elements/agenda.js";
import "./elements/captions.js";
import "./elements/slides.js";
import "./elements/places.js";
import "./elements/chat.js";
import "./elements/announcement.js";
import "./elements/reactions.js";
import { list, touch, watch } from "./store.js";

const { page } = document.body.dataset;
if (!page) await import("./elements/participant.js");
if (page === "screen") await import("./elements/screen.js");
if (page === "booth") await import("./elements/booth-keys.js");
if (page === "captions") await Promise.all([import("./elements/caption-log.js"), import("../pages/ears.js"), import("./elements/material.js")]);
if (page === "booth" || page === "captions") await import("./elements/floor.js");
if (page === "booth") await import("./elements/conflicts.js");

/* What most sessions do not have is loaded where one has it. */
const stop = watch(["polls"], async () => {
  if (!list("polls").length) return;
  stop();
  await import("./elements/polls.js");
  touch("polls");
});
begin();
