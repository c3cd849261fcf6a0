// Where moderators announce something to everybody, and take it back.
import { announcer } from "../announcer.js";
import { html, Live, nothing } from "../element.js";
import { may, one } from "../store.js";
import { _ } from "../texts.js";
import { clock } from "../times.js";
import { command } from "./desk.js";

const LIMIT = 500; // characters: shown here, decided by the server
const draft = `announce:${document.body.dataset.room}`;

customElements.define("announce-form", class extends Live {
  static watches = ["room", "you"];
  view() {
    const room = one("room", "room");
    if (!room || room.state === "closed" || !may("room.announce")) return nothing;
    const said = room.announcement;
    return html`<details><summary><h3>${_("Announcement")}</h3> <span class="meta">${said ? html`<bdi class="cut">${said.text}</bdi>` : _("None")}</span></summary>
      ${said ? html`<p class="facts meta"><span>${announcer(said.by)}</span><time datetime=${said.at}>${clock(said.at)}</time></p><p dir="auto">${said.text}</p><p class="acts"><button type="button" @click=${() => this.announce("")}>${_("Take back")}</button></p>` : nothing}
      <form class="small" @submit=${this.submit} @input=${(event) => sessionStorage.setItem(draft, event.target.value)}>
        <label for="announcement">${_("Everybody reads this at the top of the room")}</label>
        <textarea id="announcement" name="text" rows="2" maxlength=${LIMIT} dir="auto" required .value=${sessionStorage.getItem(draft) ?? ""}></textarea>
        <p class="acts"><button class="first">${_("Announce")}</button></p></form></details>`;
  }
  announce(text) {
    const before = one("room", "room").announcement?.text ?? "";
    return command("room.announce", { text }, text ? _("Announced") : _("The announcement is taken back."), () => command("room.announce", { text: before }, _("Undone.")));
  }
  submit = async (event) => {
    event.preventDefault();
    const box = event.currentTarget.querySelector("textarea"), text = box.value.trim();
    if (!text || !await this.announce(text)) return;
    if (box.value.trim() !== text) return; // more was typed
    sessionStorage.removeItem(draft);
    box.value = "";
  };
});
