// What has to do with a microphone is loaded when somebody presses it first; until this is here there is nothing to press.
const control = document.querySelector("mic-control"), test = document.querySelector("[data-microphone-test]");

function offer(place, act) {
  const button = place?.querySelector("button");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", act, { once: place === control });
}

offer(control, async () => (await import("../room/elements/mic-control.js")).turn());
offer(test, async () => {
  await import("../room/elements/mic-check.js");
  document.querySelector("mic-check").begin();
});
