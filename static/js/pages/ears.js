// Listening beside one's work: what it takes is loaded when somebody presses first, or listened when they left the page.
import { one, watch } from "../room/store.js";

const button = document.querySelector("room-ears > button"), kept = sessionStorage.getItem(`listening:${document.body.dataset.room}`);
const load = () => import("../room/elements/ears.js");

watch(["room"], () => {
  const open = ["open", "paused"].includes(one("room", "room")?.state);
  button.hidden = !open;
  if (open && kept) load();
});
button.addEventListener("click", async () => (await load()).act());
