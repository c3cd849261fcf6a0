"""What a link is: a picture and from where, or only a link. Whatever is unclear is only a link."""

import random
import re
from collections.abc import Iterator

import pytest

from hosting import streams
from hosting.streams import Picture, is_embed, picture, wanting

EMBEDS = ("www.youtube-nocookie.com", "player.vimeo.com", "vimeo.com", "jitsi:meet.example.org", "bbb.example.org:8443")
ID = "dQw4w9WgXcQ"
LIVE = "UC" + "x" * 22
TUBE, ASKS = "https://www.youtube-nocookie.com", "autoplay=1&enablejsapi=1&playsinline=1&rel=0"
PLAYER, PLAYS = "https://player.vimeo.com", "autoplay=1&dnt=1&playsinline=1"
JOINS = "#config.prejoinConfig.enabled=false&config.startWithAudioMuted=true&config.startWithVideoMuted=true"


def hls(address: str) -> Picture:
    return Picture("hls", "/".join(address.split("/")[:3]), address, address)


def youtube(rest: str) -> Picture:
    return Picture("youtube", TUBE, f"{TUBE}/embed/{rest}{ASKS}", f"{TUBE}/embed/{rest}{ASKS}&mute=1")


def vimeo(id: str, more: str = "") -> Picture:
    plain = f"{PLAYER}/video/{id}?{PLAYS}{more}"
    return Picture("vimeo", PLAYER, plain, f"{plain}&muted=1")


def meeting(address: str) -> Picture:
    origin = "/".join(address.split("/")[:3])
    return Picture("jitsi", origin, address + JOINS, f"{address}{JOINS}&config.startSilent=true")


def page(address: str) -> Picture:
    return Picture("page", "/".join(address.split("/")[:3]), address, address)


PICTURES = {
    "https://live.example.org/floor/index.m3u8": hls("https://live.example.org/floor/index.m3u8"),
    "https://live.example.org/a.m3u8?key=a&b=%20#t=3": hls("https://live.example.org/a.m3u8?key=a&b=%20"),
    "HTTPS://Live.Example.ORG/A.M3U8": hls("https://live.example.org/A.M3U8"),
    "https://live.example.org:443/a.m3u8": hls("https://live.example.org/a.m3u8"),
    "https://live.example.org:0443/a.m3u8": hls("https://live.example.org/a.m3u8"),
    "https://live.example.org:/a.m3u8": hls("https://live.example.org/a.m3u8"),
    "https://live.example.org:8443/a.m3u8": hls("https://live.example.org:8443/a.m3u8"),
    "https://live.example.org/räume/a.m3u8": hls("https://live.example.org/räume/a.m3u8"),
    "https://xn--strae-oqa.example/a.m3u8": hls("https://xn--strae-oqa.example/a.m3u8"),
    "https://192.0.2.7/a.m3u8": hls("https://192.0.2.7/a.m3u8"),
    "https://encoder/a.m3u8": hls("https://encoder/a.m3u8"),
    "http://127.0.0.1:9000/a.m3u8": hls("http://127.0.0.1:9000/a.m3u8"),  # to try it out
    "http://localhost:80/a.m3u8": hls("http://localhost/a.m3u8"),
    f"https://www.youtube.com/watch?v={ID}": youtube(f"{ID}?"),
    f"https://www.youtube.com/watch?app=desktop&v={ID}&t=9s#x": youtube(f"{ID}?"),
    f"https://youtube.com/watch?v={ID}": youtube(f"{ID}?"),
    f"https://m.youtube.com/watch?v={ID}": youtube(f"{ID}?"),
    f"https://youtu.be/{ID}?si=tracked": youtube(f"{ID}?"),
    f"https://www.youtube.com/live/{ID}?feature=share": youtube(f"{ID}?"),
    f"https://www.youtube.com/embed/{ID}/": youtube(f"{ID}?"),
    f"https://www.youtube-nocookie.com/embed/{ID}?autoplay=0": youtube(f"{ID}?"),
    f"https://www.youtube.com/channel/{LIVE}/live": youtube(f"live_stream?channel={LIVE}&"),
    f"https://www.youtube.com/embed/live_stream?channel={LIVE}": youtube(f"live_stream?channel={LIVE}&"),
    "https://vimeo.com/76979871": vimeo("76979871"),
    "https://www.vimeo.com/76979871/": vimeo("76979871"),
    "https://vimeo.com/76979871/8272103f6e": vimeo("76979871", "&h=8272103f6e"),
    "https://player.vimeo.com/video/76979871?h=8272103f6e&loop=1": vimeo("76979871", "&h=8272103f6e"),
    "https://player.vimeo.com/video/76979871?h=%22%3E%3Cb%3E": vimeo("76979871"),
    "https://vimeo.com/event/12345": page("https://vimeo.com/event/12345/embed"),
    "https://vimeo.com/event/12345/embed/ab12?x=1": page("https://vimeo.com/event/12345/embed/ab12"),
    "https://meet.example.org/WaterInDrySummers": meeting("https://meet.example.org/WaterInDrySummers"),
    "https://meet.example.org/a/b?jwt=x.y.z#config.startSilent=false": meeting(
        "https://meet.example.org/a/b?jwt=x.y.z"
    ),
    "https://bbb.example.org:8443/rooms/ab-cd/join?x=1#here": page(
        "https://bbb.example.org:8443/rooms/ab-cd/join?x=1#here"
    ),
    "https://BBB.example.org:8443": page("https://bbb.example.org:8443/"),
}


@pytest.mark.parametrize("link", PICTURES)
def test_link_becomes_the_picture_it_shows(link: str) -> None:
    assert picture(link, EMBEDS) == PICTURES[link]
    assert wanting(link, EMBEDS) == ""


ONLY_LINKS = [
    *(None, "", " ", "https:", "https://", "https:///a.m3u8", "https:/live.example.org/a.m3u8", "https:a.m3u8"),
    *("a.m3u8", "//live.example.org/a.m3u8", "/a.m3u8", "https://live.example.org", "https://live.example.org/watch"),
    *("https://live.example.org/a.m3u8/", "https://live.example.org/a.m3u8x", "https://live.example.org/?x=a.m3u8"),
    *("https://live.example.org/#a.m3u8", "https://live.example.org/a.mp4"),
    # other schemes, and no lock
    *("javascript:alert(1)//a.m3u8", "JavaScript://live.example.org/%0aalert(1)//a.m3u8", "data:text/html,a.m3u8"),
    *("blob:https://live.example.org/a.m3u8", "file:///etc/a.m3u8", "ftp://live.example.org/a.m3u8"),
    *("http://live.example.org/a.m3u8", f"http://www.youtube.com/watch?v={ID}", "http://meet.example.org/Room"),
    *("http://127.0.0.1.example.org/a.m3u8", "http://127.0.0.2/a.m3u8", "http://localhost.example.org/a.m3u8"),
    # somebody in front of the host
    *("https://user@live.example.org/a.m3u8", "https://user:word@live.example.org/a.m3u8"),
    *(f"https://www.youtube.com@evil.example/watch?v={ID}", f"https://evil.example@www.youtube.com/watch?v={ID}"),
    *("https://@live.example.org/a.m3u8", "https://meet.example.org:x@evil.example/Room"),
    # what browsers read another way than it looks
    *(
        "https:\\\\live.example.org/a.m3u8",
        "https://live.example.org\\@evil.example/a.m3u8",
        "https://a b.example/a.m3u8",
    ),
    *("https://live.example.org/\ta.m3u8", "https://live\n.example.org/a.m3u8", "\x00https://live.example.org/a.m3u8"),
    *(" https://live.example.org/a.m3u8", "https://live.example.org/a.m3u8 ", "https://live.example.org/\u202ea.m3u8"),
    *("https://live%2eexample.org/a.m3u8", "https://live.example.org%00/a.m3u8", "https://%6dine.example/a.m3u8"),
    # hosts that a policy cannot name, or not as browsers do
    *(
        "https://[2001:db8::1]/a.m3u8",
        "https://[::1]:8443/a.m3u8",
        "https://[::1/a.m3u8",
        "https://straße.example/a.m3u8",
    ),
    *("https://live。example.org/a.m3u8", "https://ｌive.example.org/a.m3u8", "https://live_1.example.org/a.m3u8"),
    *("https://live.example.org./a.m3u8", "https://.example.org/a.m3u8", "https://a..example.org/a.m3u8"),
    *("https://-a.example.org/a.m3u8", "https://a-.example.org/a.m3u8", "https://*.example.org/a.m3u8"),
    *("https://live.example.org;frame-src *;/a.m3u8", "https://live.example.org,*/a.m3u8", "https://'self'/a.m3u8"),
    *(f"https://{'a' * 64}.example/a.m3u8", f"https://{'a.' * 127}example/a.m3u8", "https://exa$mple.org/a.m3u8"),
    *("https://2130706433/a.m3u8", "https://0x7f.1/a.m3u8", "https://127.1/a.m3u8", "https://192.0.2.07/a.m3u8"),
    *("https://1.2.3.4.5/a.m3u8", "https://256.0.0.1/a.m3u8", "https://a.0x10/a.m3u8", "https://example.1/a.m3u8"),
    # ports
    *(
        "https://live.example.org:0/a.m3u8",
        "https://live.example.org:65536/a.m3u8",
        "https://live.example.org:x/a.m3u8",
    ),
    *(
        "https://live.example.org:-1/a.m3u8",
        "https://live.example.org:80:80/a.m3u8",
        "https://live.example.org:٨٠/a.m3u8",
    ),
    # places we know, by links that show nothing
    *("https://www.youtube.com/@city/live", "https://www.youtube.com/watch", "https://www.youtube.com/watch?v=short"),
    *(f"https://www.youtube.com/watch?v={ID}x", f"https://www.youtube.com/watch?v={ID[:-1]}%22", "https://youtu.be/"),
    *(f"https://www.youtube.com/watch/?v={ID[:-1]}é", f"https://youtu.be/{ID}/{ID}", "https://www.youtube.com/"),
    *("https://www.youtube.com/embed/live_stream", "https://www.youtube.com/embed/live_stream?channel=x%22"),
    *("https://www.youtube.com/channel/UCshort/live", "https://vimeo.com/", "https://vimeo.com/channels/staffpicks/1"),
    *("https://vimeo.com/123/NOTHEX", "https://player.vimeo.com/video/", f"https://vimeo.com/{'1' * 16}"),
    *("https://vimeo.com/event/x", "https://meet.example.org/", "https://meet.example.org"),
    # hosts that look alike, or are others
    *(f"https://www.youtube.com.evil.example/watch?v={ID}", f"https://wwwyoutube.com/watch?v={ID}"),
    *(
        f"https://www.y0utube.com/watch?v={ID}",
        f"https://www.yоutube.com/watch?v={ID}",
        f"https://youtube.evil/watch?v={ID}",
    ),
    *(f"https://www.youtube.com:8443/watch?v={ID}", f"https://music.youtube.com/watch?v={ID}", "https://avimeo.com/1"),
    *(
        "https://meet.example.org.evil.example/Room",
        "https://ameet.example.org/Room",
        "https://meet.example.org:444/Room",
    ),
    *("https://bbb.example.org/Room", "https://bbb.example.org:8444/Room", "https://a.bbb.example.org:8443/Room"),
    "https://live.example.org/" + "x" * 2_000 + ".m3u8",
]


@pytest.mark.parametrize("link", ONLY_LINKS)
def test_everything_else_is_only_a_link(link: str | None) -> None:
    assert picture(link, EMBEDS) is None


@pytest.mark.parametrize("link", PICTURES)
def test_no_page_is_embedded_unless_its_host_is_named(link: str) -> None:
    found = picture(link, ())
    assert found is None or found.kind == "hls"


@pytest.mark.parametrize(
    ("link", "lacks"),
    [
        (f"https://youtu.be/{ID}", "www.youtube-nocookie.com"),
        ("https://vimeo.com/76979871", "player.vimeo.com"),
        ("https://vimeo.com/event/12345", "vimeo.com"),
        ("https://bbb.example.org:8443/rooms/ab", "bbb.example.org:8443"),
        ("https://live.example.org/a.m3u8", ""),
        ("https://www.youtube.com/@city/live", ""),
        ("https://user@bbb.example.org/", ""),
        ("http://bbb.example.org/", ""),
        ("", ""),
    ],
)
def test_what_a_link_lacks_to_be_shown_is_said(link: str, lacks: str) -> None:
    assert wanting(link, ("jitsi:meet.example.org",)) == lacks
    if lacks:
        assert picture(link, (lacks,)) is not None


@pytest.mark.parametrize(
    ("kind", "mutes", "policy", "sandbox", "referrer"),
    [
        ("hls", True, {"connect-src": "https://a.example", "media-src": "https://a.example blob:"}, "", ""),
        ("youtube", True, {"frame-src": "https://a.example"}, "", "strict-origin"),
        ("vimeo", True, {"frame-src": "https://a.example"}, "", "strict-origin"),
        ("jitsi", True, {"frame-src": "https://a.example"}, " allow-forms", "no-referrer"),
        ("page", False, {"frame-src": "https://a.example"}, " allow-forms", "no-referrer"),
    ],
)
def test_each_kind_may_load_and_do_only_what_it_needs(
    kind: streams.Kind, mutes: bool, policy: dict[str, str], sandbox: str, referrer: str
) -> None:
    shown = Picture(kind, "https://a.example", "https://a.example/x", "https://a.example/x")
    assert (shown.mutes, shown.policy, shown.host) == (mutes, policy, "a.example")
    if kind != "hls":
        assert (shown.sandbox, shown.referrer) == ("allow-scripts allow-same-origin" + sandbox, referrer)


@pytest.mark.parametrize("entry", [*EMBEDS, "meet.example.org", "192.0.2.7", "localhost:9000", "xn--strae-oqa.example"])
def test_host_can_be_embedded(entry: str) -> None:
    assert is_embed(entry)


@pytest.mark.parametrize(
    "entry",
    [
        *("", "*", "*.example.org", "https://meet.example.org", "meet.example.org/", "meet.example.org/room", "jitsi:"),
        *(
            "Meet.example.org",
            "meet.example.org:443",
            "user@meet.example.org",
            "straße.example",
            "[::1]",
            "a b.example",
        ),
        *(
            "meet.example.org;",
            "'self'",
            "data:",
            "bbb:meet.example.org",
            "jitsi:jitsi:a.example",
            "meet.example.org?x",
        ),
        *("meet.example.org.", "127.1", "meet.example.org#", "a.example, b.example"),
    ],
)
def test_what_is_no_host_cannot_be_embedded(entry: str) -> None:
    assert not is_embed(entry)


HEADS = ("https://", "https://", "https://", "http://", "HTTPS://", "https:", "//", "javascript:", "https:\\\\", "")
PLACES = (
    *("www.youtube.com", "youtu.be", "vimeo.com", "meet.example.org", "bbb.example.org:8443", "live.example.org", "a"),
    *("127.0.0.1", "0x7f.1", "[::1]", "localhost", "192.0.2.7", "straße.example", "evil.example", "LIVE.example.org"),
)
PATHS = (
    "/watch?v=" + ID,
    "/" + ID,
    "/12345",
    "/event/12",
    "/Room",
    "/a.m3u8",
    "/a.m3u8?x",
    "/embed/" + ID,
    "/live.M3U8#x",
)
NOISE = (
    *(
        "@",
        ":",
        ":443",
        ":8443",
        "#",
        "?",
        "&",
        "/",
        "//",
        "\\",
        ".",
        "..",
        "%2f",
        "%00",
        "%",
        " ",
        "\t",
        "\n",
        ";",
        ",",
    ),
    *(
        "'",
        '"',
        "<b>",
        "*",
        "\x00",
        "\ud800",
        "\u202e",
        "о",
        "‐",
        "_",
        "-",
        "user",
        "user:word@",
        "evil.example",
        ".m3u8",
    ),
)
ORIGIN = re.compile(r"(https://[a-z0-9.-]+|http://(localhost|127\.0\.0\.1))(:\d+)?")


def links(number: int) -> Iterator[str]:
    """Links with something wrong in half of them, anywhere."""
    chance = random.Random(20)
    for _ in range(number):
        link = chance.choice(HEADS) + chance.choice(PLACES) + chance.choice(PATHS)
        for _ in range(chance.choice((0, 0, 1, 1, 2))):
            at = chance.randint(0, len(link))
            link = link[:at] + chance.choice(NOISE) + link[at:]
        yield link


def test_whatever_is_sent_names_one_plain_origin_of_the_allowed_or_none() -> None:
    """Of 10,000 links; how browsers read those that show something is in tests/browser/test_picture.py."""
    hosts, shown = {entry.removeprefix("jitsi:") for entry in EMBEDS}, 0
    for link in links(10_000):
        found = picture(link, EMBEDS)
        wanting(link, EMBEDS)
        if found is None:
            continue
        shown += 1
        assert ORIGIN.fullmatch(found.origin), link
        assert found.kind == "hls" or found.host in hosts, link
        for address in (found.address, found.silent):
            assert address.startswith(f"{found.origin}/"), link
            assert address.isprintable(), link
            assert not set(address) & {" ", "\\"}, link
    assert 500 < shown < 9_500  # else little was tried
