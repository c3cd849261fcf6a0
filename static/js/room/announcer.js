import { _ } from "./texts.js";

/** From whom an announcement is. */
export const announcer = (by) => ({ moderator: _("From the moderator"), organiser: _("From the organisers") })[by];
