// What has to do with a microphone is loaded when somebody presses it first, or was heard when they left the page; until this
// is here there is nothing to press.
const load = () => import("../room/elements/mic-control.js");
const heard = sessionStorage.getItem(`microphone:${document.body.dataset.room}`);

function offer(button, act) {
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", act);
  if (heard && button.closest("mic-control")) load(); // it goes on by itself
}

offer(document.querySelector("mic-control > button"), async () => (await load()).begin());
offer(document.querySelector("[data-microphone-test] button"), async () => (await load()).test());
