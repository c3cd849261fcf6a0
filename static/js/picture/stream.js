// An HLS stream. hls.js is loaded only here, and not where the browser's own player is Apple's, who made HLS. Others that
// say “maybe” do not tell where the live edge is; with hls.js all are as far from it, so that one delay fits everybody.
const AGAIN = 6_000; // ms until a stream that cannot be had is asked for again, and up to as long again
const SETTINGS = {
  enableWorker: false, // it would be made from a blob:, which the page's policy refuses
  capLevelToPlayerSize: true, // a small picture needs no large one
  maxLiveSyncPlaybackRate: 1.05, // after a gap it catches up, unnoticed
  backBufferLength: 30, // seconds
  enableWebVTT: false, enableIMSC1: false, enableCEA708Captions: false, // captions come from the room
};

const apples = () => "ManagedMediaSource" in window || !("MediaSource" in window);

/** Plays a stream, as silent as is asked for; what its viewer has muted stays muted. */
export function stream({ address, title }, quiet, say) {
  const video = document.createElement("video");
  let muted = false, held = false; // by the viewer, while nothing else is heard; by the browser
  let hls = null, timer = 0, mended = -AGAIN;
  Object.assign(video, { controls: true, playsInline: true, muted: quiet });
  video.setAttribute("aria-label", title);
  const goes = () => {
    held &&= video.muted;
    if (video.readyState >= video.HAVE_FUTURE_DATA) say(held && !quiet ? "held" : "playing");
  };
  for (const what of ["playing", "volumechange"]) video.addEventListener(what, goes);
  document.body.append(video);

  /* Browsers that play nothing aloud without a press play it muted; the viewer has the controls. */
  const play = () => video.play().catch((refused) => {
    if (refused.name !== "NotAllowedError") return null; // it is loaded anew
    held = video.muted = true;
    return video.play();
  }).catch(() => {});

  function later() {
    say("waiting");
    clearTimeout(timer);
    timer = setTimeout(load, AGAIN * (1 + Math.random()));
  }

  function load() {
    if (hls) hls.loadSource(address); else video.src = address;
    play();
  }

  async function begin() {
    if (apples()) video.addEventListener("error", later);
    else {
      const { default: Hls } = await import("../../vendor/hls.js/dist/hls.min.mjs");
      hls = new Hls(SETTINGS);
      hls.on(Hls.Events.ERROR, (_event, { fatal, type }) => {
        if (!fatal) return;
        if (type !== Hls.ErrorTypes.MEDIA_ERROR || performance.now() - mended < AGAIN) return later(); // it may begin only later
        mended = performance.now();
        hls.recoverMediaError();
      });
      hls.attachMedia(video);
    }
    load();
  }

  begin().catch(later);
  return {
    hush(now) {
      if (now === quiet) return;
      quiet = now;
      const running = !video.paused;
      if (quiet) muted = video.muted && !held;
      video.muted = quiet || muted;
      if (running) play(); // some stop what begins to sound without a press
    },
  };
}
