// Wires the moderator's page, which has none of the participants' elements.
import "../pages/ears.js";
import "../pages/microphone.js";
import "../pages/zone.js";
import { begin } from "./beginning.js";
import "./elements/agenda-control.js";
import "./elements/announcing.js";
import "./elements/chat.js";
import "./elements/conflicts.js";
import { listen } from "./elements/keys.js";
import "./elements/slower.js";
import "./elements/status.js";

listen();
begin();
