// What has to do with a microphone is loaded when somebody presses it first.
const control = document.querySelector("mic-control"), test = document.querySelector("[data-microphone-test]");

control?.addEventListener("click", async () => (await import("../room/elements/mic-control.js")).turn(), { once: true });
test?.addEventListener("click", async () => {
  await import("../room/elements/mic-check.js");
  document.querySelector("mic-check").begin();
});
