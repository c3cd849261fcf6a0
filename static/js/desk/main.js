// Wires the expert's desk: the line to the room, and the page fetched anew whenever the contribution changes.
import "./microphone.js";
import "./on-air.js";
import "../room/elements/status.js";
import "./upload.js";
import { connect } from "../room/connection.js";
import { list, one, watch } from "../room/store.js";
import { look, renew } from "./fresh.js";

const { contribution } = document.body.dataset;
const item = () => list("agenda").find((each) => each.contribution === contribution);
const seen = () => JSON.stringify([one("contributions", contribution), item()?.expected_start, item()?.state, one("room", "room")?.state]);
let last = null, known = null;

watch(["contributions", "agenda", "room"], () => {
  if (!one("room", "room")) return;
  const now = seen(), current = one("contributions", contribution);
  if (now === last && current === known) return; // the same note may have come with another version
  const first = last === null;
  last = now;
  known = current;
  if (!first || `${current?.state} ${current?.material}` !== document.body.dataset.state) renew();
});
look();
connect();
