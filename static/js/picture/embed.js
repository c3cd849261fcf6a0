// A page of somebody else's, in a frame. It is muted by the messages its maker has written down, sent to its origin alone.
const AGAIN = 500; // ms between two greetings, until it answers
const GREETINGS = 40;

const MESSAGES = {
  youtube: { // developers.google.com/youtube/iframe_api_reference
    greeting: { event: "listening", id: 1, channel: "widget" },
    hush: (quiet) => ({ event: "command", func: quiet ? "mute" : "unMute", args: [], id: 1, channel: "widget" }),
  },
  vimeo: { // github.com/vimeo/player.js
    greeting: { method: "ping" },
    hush: (quiet) => ({ method: "setMuted", value: quiet }),
  },
};

/** Embeds a page as silent as is asked for; `hush` changes that as far as its maker lets us. */
export function embed({ kind, origin, address, silent, sandbox, referrer, title }, quiet, say) {
  const messages = MESSAGES[kind];
  let frame = null, answered = false;

  const post = (message) => frame.contentWindow?.postMessage(JSON.stringify(message), origin);

  function load() {
    const where = new URL(quiet ? silent : address);
    if (kind === "youtube") where.searchParams.set("origin", location.origin);
    const made = document.createElement("iframe");
    made.title = title;
    made.allow = "autoplay; fullscreen; picture-in-picture";
    made.referrerPolicy = referrer;
    made.setAttribute("sandbox", sandbox);
    made.addEventListener("load", () => say("playing"), { once: true });
    made.src = where;
    frame?.remove();
    frame = made;
    document.body.append(made);
  }

  /* It hears nothing before it listens, and only it knows when that is. */
  function greet(left) {
    if (answered || !left) return;
    post(messages.greeting);
    setTimeout(greet, AGAIN, left - 1);
  }

  load();
  if (messages) {
    frame.addEventListener("load", () => greet(GREETINGS), { once: true });
    addEventListener("message", ({ source, origin: from }) => {
      if (answered || source !== frame.contentWindow || from !== origin) return;
      answered = true;
      post(messages.hush(quiet));
    });
  }
  return {
    hush(now) {
      if (now === quiet) return;
      quiet = now;
      if (messages) post(messages.hush(quiet));
      else if (silent !== address) load(); // by its address alone: it is opened anew
    },
  };
}
