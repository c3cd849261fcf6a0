// In an archive: one channel at a time in a bar that stays in sight, all its recordings together; a moment of the text
// is the same moment of the sound.
const APART = 0.1; // seconds by which recordings of one channel may be apart
const bar = document.getElementById("sound");
const from = Number(bar.dataset.from);
const channels = [...bar.querySelectorAll("[data-channel]")];
let chosen;

const recordings = (channel) => [...channel.querySelectorAll("audio")];
const lead = () => chosen.querySelector("audio");
const others = () => recordings(chosen).slice(1);

/** Have the other recordings of the channel do as the first does, which alone has controls. */
function follow() {
  const first = lead();
  for (const other of others()) {
    other.playbackRate = first.playbackRate;
    other.volume = first.volume;
    other.muted = first.muted;
    const over = first.currentTime >= (other.duration || Infinity);
    if (Math.abs(other.currentTime - first.currentTime) > APART && !over) other.currentTime = first.currentTime;
    if (first.paused || first.ended || over) other.pause();
    else if (other.paused) other.play().catch(() => {});
  }
}

/** Hear another channel from the same moment on. */
function choose(channel) {
  const before = chosen && lead(), playing = before && !before.paused, at = before?.currentTime ?? 0;
  if (chosen) for (const one of recordings(chosen)) one.pause();
  chosen = channel;
  for (const one of channels) one.hidden = one !== channel;
  lead().currentTime = at;
  if (playing) lead().play();
}

function seek(seconds) {
  lead().currentTime = Math.max(0, seconds - from);
}

for (const channel of channels) {
  for (const [place, recording] of recordings(channel).entries()) {
    recording.controls = place === 0;
    recording.preload = "metadata";
    if (place === 0) for (const event of ["play", "pause", "seeked", "ratechange", "volumechange", "timeupdate", "ended"]) recording.addEventListener(event, () => channel === chosen && follow());
  }
}

if (channels.length > 1) {
  const choice = document.createElement("fieldset"), legend = document.createElement("legend");
  legend.textContent = bar.dataset.legend;
  legend.className = "hidden";
  choice.append(legend);
  for (const channel of channels) {
    const label = document.createElement("label"), radio = document.createElement("input"), title = channel.querySelector("h3"), name = document.createElement("span");
    Object.assign(radio, { type: "radio", name: "channel", value: channel.dataset.channel, checked: channel === channels[0] });
    Object.assign(name, { textContent: title.textContent, lang: title.lang });
    radio.addEventListener("change", () => choose(channel));
    label.append(radio, name);
    choice.append(label);
  }
  bar.querySelector("h2").after(choice);
}
bar.classList.add("bar");
choose(channels[0]);

document.querySelector(".leaf").addEventListener("click", (event) => {
  const seconds = /^#t-(\d+)/.exec(event.target.closest("a.at, .chapters a")?.getAttribute("href") ?? "")?.[1];
  if (seconds !== undefined) seek(Number(seconds));
});
