// An expert's microphone, on the desk and in the presenter's view: for whoever has checked in, until they have spoken and closed it.
import "../pages/ears.js";
import "../pages/microphone.js";
import { one, watch } from "../room/store.js";

const control = document.querySelector("mic-control");

watch(["contributions", "microphone"], () => queueMicrotask(() => { // once the control has drawn itself
  const state = one("contributions", document.body.dataset.contribution)?.state;
  control.querySelector(":scope > button")?.classList.toggle("first", state === "on_air");
  control.classList.toggle("idle", !["checked_in", "ready", "on_air"].includes(state) && [undefined, "off"].includes(control.dataset.state));
}));
