// What has to do with a microphone is loaded when somebody presses it first, or was heard when they left the page.
const control = document.querySelector("mic-control > button"), test = document.querySelector("[data-microphone-test]");
const load = () => import("../room/elements/mic-control.js");

control?.addEventListener("click", async () => (await load()).turn(), { once: true });
if (control && sessionStorage.getItem(`microphone:${document.body.dataset.room}`)) load(); // it goes on by itself
test?.addEventListener("click", async () => (await load()).test());
