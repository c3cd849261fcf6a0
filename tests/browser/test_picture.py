"""The picture of a stream in a room: a real HLS stream and real pages, from a server that is not ours."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, FrameLocator, Page, Route, expect

from hosting import editing, moments
from hosting.database import Database
from hosting.streams import picture
from rooms.lifecycle import StreamSet
from tests.browser.conftest import wait_for_slides
from tests.browser.elsewhere import PLAYER, Elsewhere, elsewhere, film
from tests.browser.people import person, room_of
from tests.hosting.test_streams import EMBEDS, links
from tests.served import Server, serving

TUBE, VIMEO = "https://www.youtube-nocookie.com", "https://player.vimeo.com"
ROOM = "The town hall"
REFUSED = "self.refused = []; addEventListener('securitypolicyviolation', (event) => refused.push(event.blockedURI));"


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    with elsewhere(tmp_path_factory.mktemp("elsewhere") / "files") as server:
        film(server.folder)
        yield server


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("picture") / "data"


@pytest.fixture(scope="module")
def house(data: Path, away: Elsewhere) -> Iterator[Server]:
    embeds = f"{TUBE.removeprefix('https://')},{VIMEO.removeprefix('https://')},{away.host},jitsi:localhost:{away.server_port}"
    with serving(data, "--demo", rate=0, embeds=embeds) as server:
        wait_for_slides(data)
        yield server


def set_stream(folder: Path, room: str, link: str, delay: float = 0.0) -> None:
    """As an organiser's form does, past the server, which notices."""
    database, links = Database(f"sqlite:///{folder / 'austausch.sqlite3'}"), (StreamSet(link, delay),)
    database.start()
    id = room.removeprefix("/rooms/")
    database.write_now(lambda sql: editing.set_links(sql, id, links, moments.now(), "system"))
    database.stop()


async def hear(page: Page, channel: str | None) -> None:
    """What the sound of the room says: which channel of ours is heard."""
    said = "document.dispatchEvent(new CustomEvent('soundheard', { detail: { channel } }))"
    await page.evaluate(f"channel => {said}", channel)


def inside(page: Page) -> FrameLocator:
    return page.frame_locator("room-picture iframe")


async def played(page: Page) -> dict[str, Any]:
    script = "v => ({ at: v.currentTime, width: v.videoWidth, muted: v.muted, sound: v.webkitAudioDecodedByteCount })"
    found: dict[str, Any] = await inside(page).locator("video").evaluate(script)
    return found


async def plays_on(page: Page, by: float = 1.0) -> dict[str, Any]:
    """Wait until it has gone on, by so many seconds; how it is then."""
    begun = (await played(page))["at"]
    for _ in range(300):
        now = await played(page)
        if now["at"] > begun + by:
            return now
        await asyncio.sleep(0.05)
    raise AssertionError(f"it stands at {begun} s")


async def test_stream_plays_for_whoever_presses_and_is_silent_while_a_channel_is_heard(
    browser: Browser, house: Server, data: Path, away: Elsewhere
) -> None:
    async with person(browser, house.url) as guest:
        room = await room_of(guest, house.url, ROOM)
        set_stream(data, room, f"http://{away.host}/bars.m3u8")
        away.asked.clear()
        await guest.goto(house.url + room)
        show = guest.get_by_role("button", name="Show the picture")
        await expect(show).to_be_visible()
        await expect(guest.locator("main")).to_contain_text(f"from {away.host}")
        assert (away.asked, await guest.locator("iframe").count()) == ([], 0)  # nothing before it is asked for

        await show.press("Enter")
        await expect(inside(guest).locator("video")).to_be_visible()
        now = await plays_on(guest)
        assert (now["width"], now["muted"], now["sound"] > 0) == (320, False, True)
        assert {path.rpartition(".")[2] for path in away.asked} == {"m3u8", "ts"}
        loaded = "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('hls.min.mjs'))"
        assert await guest.frames[1].evaluate(loaded)
        assert not await guest.evaluate(loaded)

        await hear(guest, "es")
        await expect(guest.locator("picture-control")).to_contain_text("Silent, because you hear a channel here.")
        assert (await plays_on(guest))["muted"]
        await hear(guest, None)
        await expect(guest.locator("picture-control")).not_to_contain_text("Silent")
        assert not (await plays_on(guest))["muted"]

        await guest.reload()  # it is remembered; aloud or not, as the browser lets it without a press
        muted = (await plays_on(guest))["muted"]
        held = guest.get_by_text("Your browser plays it silently; turn the sound on in the picture.")
        await expect(held).to_have_count(1 if muted else 0)
        await guest.get_by_role("button", name="Hide the picture").click()
        await expect(guest.locator("iframe")).to_have_count(0)
        await hear(guest, "floor")
        await guest.get_by_role("button", name="Show the picture").click()
        assert (await plays_on(guest, 0.0))["muted"]  # never aloud, not even at first


async def test_picture_comes_by_itself_only_on_a_good_line_and_only_where_it_was_asked_for(
    browser: Browser, house: Server, data: Path, away: Elsewhere
) -> None:
    async with person(browser, house.url) as guest:
        room, other = [await room_of(guest, house.url, title) for title in (ROOM, "Contact tracing")]
        for each in (room, other):
            set_stream(data, each, f"http://{away.host}/player.html")
        await guest.goto(house.url + room)
        show = guest.get_by_role("button", name="Show the picture")
        await show.click()
        await expect(guest.locator("iframe")).to_have_count(1)
        for path, cookie, frames in ((room, "all", 1), (room, "captions", 0), (other, "all", 0), (room, "all", 1)):
            await guest.context.add_cookies([{"name": "loads", "value": cookie, "url": house.url}])
            await guest.goto(house.url + path)
            await expect(guest.locator("iframe") if frames else show).to_be_visible()
            assert await guest.locator("iframe").count() == frames
        await guest.context.add_cookies([{"name": "loads", "value": "sound", "url": house.url}])
        await guest.reload()
        await show.click()  # whoever presses has it all the same, this once
        await expect(guest.locator("iframe")).to_have_count(1)


async def test_stream_that_leads_to_another_host_gets_nothing_from_there(
    browser: Browser, house: Server, data: Path, away: Elsewhere
) -> None:
    refused = ("Content Security Policy", "Failed to fetch", "Fetch API cannot load")
    async with person(browser, house.url, expected=refused) as guest:
        there = f"http://localhost:{away.server_port}"  # to a browser another host
        plain = (away.folder / "bars.m3u8").read_text()
        (away.folder / "astray.m3u8").write_text(plain.replace("bars", f"{there}/bars"))
        room = await room_of(guest, house.url, ROOM)
        set_stream(data, room, f"http://{away.host}/astray.m3u8")
        await guest.add_init_script(REFUSED)
        await guest.goto(house.url + room)
        away.asked.clear()
        await guest.get_by_role("button", name="Show the picture").click()
        frame = await (await guest.locator("room-picture iframe").element_handle()).content_frame()
        assert frame
        await frame.wait_for_function("() => self.refused?.length")
        assert (await frame.evaluate("refused[0]")).startswith(there)
        assert away.asked == ["/astray.m3u8"]


async def test_stream_that_begins_later_is_waited_for(
    browser: Browser, house: Server, data: Path, away: Elsewhere
) -> None:
    async with person(browser, house.url, expected=("File not found",)) as guest:
        room = await room_of(guest, house.url, ROOM)
        set_stream(data, room, f"http://{away.host}/later/bars.m3u8")
        await guest.goto(house.url + room)
        await guest.get_by_role("button", name="Show the picture").click()
        await expect(guest.locator("picture-control")).to_contain_text("The stream has not begun", timeout=20_000)
        (away.folder / "later").mkdir()
        film(away.folder / "later")
        assert (await plays_on(guest))["width"] == 320
        await expect(guest.locator("picture-control")).not_to_contain_text("has not begun")


async def test_page_of_a_named_host_is_embedded_and_what_cannot_be_muted_is_said(
    browser: Browser, house: Server, data: Path, away: Elsewhere
) -> None:
    async with person(browser, house.url) as guest:
        room = await room_of(guest, house.url, ROOM)
        set_stream(data, room, f"http://{away.host}/player.html")
        await guest.goto(house.url + room)
        await guest.get_by_role("button", name="Show the picture").click()
        player = inside(guest).frame_locator("iframe")
        await expect(player.get_by_text("A player")).to_be_visible()
        frame = inside(guest).locator("iframe")
        assert await frame.evaluate("f => [f.title, f.sandbox.value, f.allow, f.referrerPolicy]") == [
            f"Picture from {away.host}",
            "allow-scripts allow-same-origin allow-forms",
            "autoplay; fullscreen; picture-in-picture",
            "no-referrer",
        ]
        words = "please turn the sound of the picture off in it"
        await expect(guest.locator("picture-control")).not_to_contain_text(words)
        await hear(guest, "ar")
        await expect(guest.locator("picture-control")).to_contain_text(words)
        assert await player.locator("body").evaluate("() => told") == []  # nobody told it anything


async def test_stream_that_is_changed_is_shown_from_the_same_host_and_asked_for_from_another(
    browser: Browser, house: Server, data: Path, away: Elsewhere
) -> None:
    async with person(browser, house.url) as guest:
        room = await room_of(guest, house.url, ROOM)
        set_stream(data, room, f"http://{away.host}/player.html?1")
        await guest.goto(house.url + room)
        await guest.fill("#text", "half a question")
        await guest.get_by_role("button", name="Show the picture").click()
        inner = inside(guest).locator("iframe")
        await expect(inner).to_have_attribute("src", f"http://{away.host}/player.html?1")
        set_stream(data, room, f"http://{away.host}/player.html?2")
        await expect(inner).to_have_attribute("src", f"http://{away.host}/player.html?2", timeout=10_000)
        set_stream(data, room, "https://live.example.org/a.m3u8")
        await expect(guest.locator("main")).to_contain_text("from live.example.org", timeout=10_000)
        await expect(guest.locator("iframe")).to_have_count(0)
        set_stream(data, room, "https://www.example.org/live")
        await expect(guest.get_by_role("link", name="Watch the stream")).to_have_attribute(
            "href", "https://www.example.org/live", timeout=10_000
        )
        assert await guest.input_value("#text") == "half a question"  # the page around it was never left


# However long the answer takes: the time for a third greeting is over once it is here.
SLOW = """if (location.pathname.endsWith("/picture")) { const at = setTimeout; let greeted = 0;
  window.setTimeout = (then, ms, ...rest) => ms === 500 && ++greeted === 2
    ? addEventListener("message", () => at(then, 0, ...rest), { once: true }) : at(then, ms, ...rest); }"""


@pytest.mark.parametrize(
    ("link", "origin", "silent", "greeting", "off", "on"),
    [
        (
            *("https://youtu.be/dQw4w9WgXcQ", TUBE, "mute=1", '{"event":"listening","id":1,"channel":"widget"}'),
            '{"event":"command","func":"mute","args":[],"id":1,"channel":"widget"}',
            '{"event":"command","func":"unMute","args":[],"id":1,"channel":"widget"}',
        ),
        (
            *("https://vimeo.com/76979871", VIMEO, "muted=1", '{"method":"ping"}'),
            '{"method":"setMuted","value":true}',
            '{"method":"setMuted","value":false}',
        ),
    ],
)
async def test_player_is_muted_as_its_maker_has_written_down(
    browser: Browser, house: Server, data: Path, link: str, origin: str, silent: str, greeting: str, off: str, on: str
) -> None:
    asked: list[tuple[str, str | None]] = []

    async def play(route: Route) -> None:
        asked.append((route.request.url, await route.request.header_value("referer")))
        await route.fulfill(body=PLAYER, content_type="text/html")

    async with person(browser, house.url) as guest:
        await guest.context.route(f"{origin}/**", play)
        await guest.add_init_script(SLOW)
        room = await room_of(guest, house.url, ROOM)
        set_stream(data, room, link)
        await guest.goto(house.url + room)
        await hear(guest, "es")
        await guest.get_by_role("button", name="Show the picture").click()
        player = inside(guest).frame_locator("iframe").locator("body")
        await expect(player).to_contain_text("A player")
        frame = next(each for each in guest.frames if each.url.startswith(origin))
        await frame.wait_for_function("told.length > 2")
        await hear(guest, None)
        await hear(guest, "fr")
        await frame.wait_for_function("told.length > 4")
        told = await player.evaluate("() => told")
        assert [each["data"] for each in told] == [greeting, greeting, off, on, off]
        assert {each["origin"] for each in told} == {house.url}
        assert len(asked) == 1
        assert re.search(rf"[?&]{silent}(&|$)", asked[0][0])  # never aloud by mistake
        assert asked[0][1] == f"{house.url}/"  # our host, and not which room
        if origin == TUBE:
            assert f"&origin=http%3A%2F%2F127.0.0.1%3A{house.url.rsplit(':', 1)[1]}" in asked[0][0]


async def test_meeting_is_opened_anew_where_only_its_address_can_silence_it(
    browser: Browser, house: Server, data: Path, away: Elsewhere
) -> None:
    async with person(browser, house.url) as guest:
        room = await room_of(guest, house.url, ROOM)
        set_stream(data, room, f"http://localhost:{away.server_port}/player.html")
        await guest.goto(house.url + room)
        await guest.get_by_role("button", name="Show the picture").click()
        player = inside(guest).frame_locator("iframe").locator("body")
        was = "const was = self.seen ?? false; self.seen = true;"
        opened = f"() => {{ {was} return [was, location.hash.includes('startSilent=true')]; }}"
        await expect(player).to_contain_text("A player")
        assert await player.evaluate(opened) == [False, False]
        await hear(guest, "es")
        await expect(inside(guest).locator("iframe")).to_have_attribute("src", re.compile("startSilent=true$"))
        await expect(player).to_contain_text("A player")
        assert await player.evaluate(opened) == [False, True]
        await hear(guest, "fr")  # another channel, and still one
        assert await player.evaluate(opened) == [True, True]
        await hear(guest, None)
        await expect(inside(guest).locator("iframe")).not_to_have_attribute("src", re.compile("startSilent"))


async def test_browser_reads_every_link_as_we_do(browser: Browser) -> None:
    page = await browser.new_page()
    read = [
        (link, found) for link in links(10_000) if (found := picture(link, EMBEDS)) and found.kind in ("hls", "page")
    ]
    assert len(read) > 200
    given = [[link, found.address] for link, found in read]
    origins = await page.evaluate("given => given.map((two) => two.map((each) => new URL(each).origin))", given)
    wrong = [link for (link, found), seen in zip(read, origins, strict=True) if seen != [found.origin] * 2]
    assert wrong == []
    await page.close()
