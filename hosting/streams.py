"""What a session's stream is, told from its link: a picture that the room's page can show, or no more than a link.

Pure: nobody is asked. A link is taken apart and its address put together anew, from parts that browsers and we read
alike; hosts are compared whole, to the letter. Whatever is unclear is a link.
"""

import ipaddress
import re
from collections.abc import Callable, Collection
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, parse_qs, urlsplit

import msgspec

Kind = Literal["hls", "youtube", "vimeo", "jitsi", "page"]

LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
HOST = re.compile(rf"(?=.{{1,253}}\Z){LABEL}(?:\.{LABEL})*")  # as a policy may name it: no letters but these, no [::1]
NUMBER = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)")  # what browsers read as an IPv4 address, however it is written
HERE = ("localhost", "127.0.0.1")  # needs no lock (Secure Contexts, 3.1)
YOUTUBE, VIMEO, JITSI = "www.youtube-nocookie.com", "player.vimeo.com", "jitsi:"
WATCHED = re.compile(r"/(?:live|embed|shorts)/([\w-]{11})", re.ASCII)
CHANNEL = re.compile(r"/channel/(UC[\w-]{22})/live", re.ASCII)  # whatever it shows live
VIDEO = re.compile(r"/(?:video/)?(\d{1,15})(?:/([0-9a-f]{1,40}))?", re.ASCII)  # the second: of what is not listed
EVENT = re.compile(r"/event/(\d{1,15})(?:/embed)?(?:/([0-9a-f]{1,40}))?", re.ASCII)
MEETING = "#config.prejoinConfig.enabled=false&config.startWithAudioMuted=true&config.startWithVideoMuted=true"


class Picture(msgspec.Struct, frozen=True):
    """A stream as a room shows it.

    `address` is loaded, from `origin` and nowhere else; `silent` instead of it where no sound is wanted and an
    address can say so.
    """

    kind: Kind
    origin: str
    address: str
    silent: str

    @property
    def host(self) -> str:
        return self.origin.partition("//")[2]

    @property
    def mutes(self) -> bool:
        """Whether we can take its sound away; else whoever watches does it there."""
        return self.kind != "page"

    @property
    def policy(self) -> dict[str, str]:
        """What a page that shows it may load, by directive."""
        if self.kind == "hls":
            return {"connect-src": self.origin, "media-src": f"{self.origin} blob:"}
        return {"frame-src": self.origin}

    @property
    def sandbox(self) -> str:
        """What the embedded page may do; forms only where one says who one is."""
        return "allow-scripts allow-same-origin" + (" allow-forms" if self.kind in ("jitsi", "page") else "")

    @property
    def referrer(self) -> str:
        """YouTube and Vimeo show nothing to pages that do not say where they are: they learn our host, not the room."""
        return "strict-origin" if self.kind in ("youtube", "vimeo") else "no-referrer"


class Frame(NamedTuple):
    """A page to be embedded, and what must be among `embeds` for it."""

    needs: str
    picture: Picture


def picture(link: str | None, embeds: Collection[str]) -> Picture | None:
    """What a link shows within a room; None for one that only leads elsewhere."""
    parts = read(link or "")
    if parts is None:
        return None
    if parts.path.lower().endswith(".m3u8"):
        return Picture("hls", origin(parts), address(parts), address(parts))
    frame = framed(parts, embeds)
    return frame.picture if frame and frame.needs in embeds else None


def wanting(link: str | None, embeds: Collection[str]) -> str:
    """What `embeds` lacks for a link to be shown within a room; empty if nothing does, or nothing would help."""
    parts = read(link or "")
    frame = None if parts is None or picture(link, embeds) else framed(parts, embeds)
    return frame.needs if frame else ""


def about(link: str | None, embeds: Collection[str]) -> dict[str, object]:
    """What browsers are told of a stream: from which host its picture comes, if it has one; whether we can mute it."""
    found = picture(link, embeds)
    return {"link": link, "host": found.host if found else None, "mutes": found.mutes if found else None}


def is_embed(entry: str) -> bool:
    """Whether an entry of `embeds` is a host, with its port where that is not 443; `jitsi:` may stand before it."""
    name = entry.removeprefix(JITSI)
    parts = read(f"https://{name}")
    return parts is not None and parts.netloc == name


# ── Links ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def read(link: str) -> SplitResult | None:
    """The parts of a link, host and scheme in small letters and the port only where it counts; None for a bad one."""
    if not link.isprintable() or set(link) & {" ", "\\"} or len(link) > 2_000:
        return None
    try:
        parts = urlsplit(link)
        port = parts.port
    except ValueError:
        return None
    host = parts.netloc.lower().removesuffix(":" if port is None else parts.netloc[parts.netloc.rfind(":") :])
    if not HOST.fullmatch(host) or (NUMBER.fullmatch(host) and not is_ipv4(host)) or port == 0:
        return None
    if parts.scheme != "https" and not (parts.scheme == "http" and host in HERE):
        return None
    usual = port in (None, 443 if parts.scheme == "https" else 80)
    return parts._replace(netloc=host if usual else f"{host}:{port}")


def is_ipv4(host: str) -> bool:
    try:
        return str(ipaddress.IPv4Address(host)) == host
    except ValueError:
        return False


def origin(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.netloc}"


def address(parts: SplitResult, path: str = "") -> str:
    """Without what follows a #."""
    return origin(parts) + (path or parts.path or "/") + (f"?{parts.query}" if parts.query else "")


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def framed(parts: SplitResult, embeds: Collection[str]) -> Frame | None:
    """The page that a link would be shown by; None where we know the place, and that it shows nothing by that link."""
    if parts.netloc in PLACES:
        return PLACES[parts.netloc](parts)
    if f"{JITSI}{parts.netloc}" in embeds:
        plain = address(parts) + MEETING
        silent = f"{plain}&config.startSilent=true"
        meeting = Frame(f"{JITSI}{parts.netloc}", Picture("jitsi", origin(parts), plain, silent))
        return meeting if parts.path.strip("/") else None
    return whole_page(parts)


def whole_page(parts: SplitResult, path: str = "") -> Frame:
    shown = address(parts, path) + (f"#{parts.fragment}" if parts.fragment else "")
    return Frame(parts.netloc, Picture("page", origin(parts), shown, shown))


def youtube(parts: SplitResult) -> Frame | None:
    """A video, or whatever a channel shows live. Parameters: developers.google.com/youtube/player_parameters."""
    path, query = parts.path.rstrip("/"), parse_qs(parts.query)
    if path == "/embed/live_stream":
        path = f"/channel/{query.get('channel', [''])[0]}/live"
    channel, found = CHANNEL.fullmatch(path), WATCHED.fullmatch(path)
    id = found[1] if found else path[1:] if parts.netloc == "youtu.be" else ""
    if path == "/watch":
        id = query.get("v", [""])[0]
    if not channel and not re.fullmatch(r"[\w-]{11}", id, re.ASCII):
        return None
    which = f"live_stream?channel={channel[1]}&" if channel else f"{id}?"
    plain = f"https://{YOUTUBE}/embed/{which}autoplay=1&enablejsapi=1&playsinline=1&rel=0"
    return Frame(YOUTUBE, Picture("youtube", f"https://{YOUTUBE}", plain, f"{plain}&mute=1"))


def vimeo(parts: SplitResult) -> Frame | None:
    """A video by its player, which can be muted; an event by its own page, which cannot."""
    path = parts.path.rstrip("/")
    if event := EVENT.fullmatch(path):
        unlisted = f"/{event[2]}" if event[2] else ""
        return whole_page(parts._replace(query="", fragment=""), f"/event/{event[1]}/embed{unlisted}")
    found = VIDEO.fullmatch(path)
    if not found:
        return None
    given = parse_qs(parts.query).get("h", [""])[0]
    key = found[2] or (given if re.fullmatch(r"[0-9a-f]{1,40}", given) else "")
    plain = f"https://{VIMEO}/video/{found[1]}?autoplay=1&dnt=1&playsinline=1" + (f"&h={key}" if key else "")
    return Frame(VIMEO, Picture("vimeo", f"https://{VIMEO}", plain, f"{plain}&muted=1"))


PLACES: dict[str, Callable[[SplitResult], Frame | None]] = {
    **dict.fromkeys(("youtu.be", "youtube.com", "www.youtube.com", "m.youtube.com", YOUTUBE), youtube),
    **dict.fromkeys(("vimeo.com", "www.vimeo.com", VIMEO), vimeo),
}
