"""Speaking, with Chromium's microphone that plays a file: in the booth, as a moderator, an expert, and when called."""

import asyncio
import contextlib
import math
import struct
import wave
from collections.abc import AsyncIterator, Iterator

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.flows.clients import Client, joined
from tests.flows.sounds import Ears, ears
from tests.flows.town import Town
from tests.served import CHROMIUM, QUIET, Server, serving

FAKE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
SOON = 0.3  # seconds in which a key has done what it does
LOUD = 30  # bytes of Opus; a pause has fewer


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = Town(tmp_path_factory.mktemp("speaking") / "data")
    town.add("second", "interpreter")
    return town


@pytest.fixture(scope="module")
def house(place: Town) -> Iterator[Server]:
    with serving(place.folder, rate=0) as server:
        yield server


@pytest.fixture(scope="module")
async def speaker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """A browser whose microphone plays a tone without a pause."""
    sound = tmp_path_factory.mktemp("wav") / "tone.wav"
    with wave.open(str(sound), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        tone = (0.4 * 32_767 * math.sin(2 * math.pi * 300 * n / 48_000) for n in range(48_000 * 5))
        file.writeframes(b"".join(struct.pack("<h", int(sample)) for sample in tone))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*QUIET, *FAKE, f"--use-file-for-fake-audio-capture={sound}"]
        )
        yield browser
        await browser.close()


class Hall:
    """One room with a moderator, a second interpreter at a live socket, and somebody who listens to everything."""

    def __init__(self, server: Server, town: Town, room: str, crew: Client, igor: Client, one: Ears) -> None:
        self.server, self.town, self.room = server, town, room
        self.crew, self.igor, self.one = crew, igor, one

    @contextlib.asynccontextmanager
    async def page(self, browser: Browser, who: str, path: str, **options: object) -> AsyncIterator[Page]:
        """Somebody's page of the room; whatever its console complains of fails the test."""
        context = await browser.new_context(**options)  # type: ignore[arg-type]  # as Playwright takes them
        cookie = {"name": "austausch", "value": self.town.cookies[who], "url": self.server.url}
        await context.add_cookies([cookie])  # type: ignore[list-item]  # a dictionary of these
        page, complaints = await context.new_page(), list[str]()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(self.server.url + path.format(room=self.room))
        try:
            yield page
        finally:
            await context.close()
        assert complaints == []

    async def loud(self, channel: str, seconds: float = SOON) -> int:
        """How many packets with sound are heard in some time."""
        await asyncio.sleep(SOON)
        before = len(self.one.heard[channel])
        await asyncio.sleep(seconds)
        return sum(len(data) > LOUD for *_, data in self.one.heard[channel][before:])


@pytest.fixture
async def hall(house: Server, place: Town) -> AsyncIterator[Hall]:
    room, cookies = place.rooms["before-spring"], place.cookies
    async with (
        joined(house, room, cookies["moderator"]) as crew,
        joined(house, room, cookies["second"]) as igor,
        ears(house, room, cookies["participant"]) as one,
    ):
        await crew.do("room.open")
        await one.hear("fr", "floor")
        yield Hall(house, place, room, crew, igor, one)
        for name in ("interpreter", "second"):  # whose pages are closed, but who may come back
            async with joined(house, room, cookies[name]) as booth:
                await booth.do("booth.leave", language="fr")


async def enter(page: Page) -> None:
    await page.get_by_role("button", name="Enter the booth").click()
    await expect(page.locator("button.switch")).to_be_visible()


async def test_going_on_air_opens_the_microphone_and_a_cough_is_not_heard(hall: Hall, speaker: Browser) -> None:
    async with hall.page(speaker, "interpreter", "/rooms/{room}/booth/fr") as page:
        await enter(page)
        await expect(page.get_by_role("button", name="Open the microphone")).to_be_visible()
        await page.keyboard.press("Space")
        await expect(page.locator("mic-control")).to_contain_text("You are heard.")
        assert await hall.loud("fr") > 5
        await expect(page.locator("level-meter")).to_contain_text("Good")
        await page.keyboard.down("c")
        await expect(page.locator("booth-switch")).to_contain_text("Nobody hears you")
        assert await hall.loud("fr") == 0
        await page.keyboard.up("c")
        assert await hall.loud("fr") > 5
        await page.keyboard.press("m")
        assert await hall.loud("fr") == 0
        await page.keyboard.press("m")
        assert await hall.loud("fr") > 5
        await page.keyboard.press("Space")
        await expect(page.locator("mic-control")).to_contain_text("Ready. You are not heard yet.")
        assert await hall.loud("fr") == 0
        await page.get_by_role("button", name="Leave the booth").click()
        await expect(page.locator("mic-control")).to_be_hidden()


async def test_hand_over_between_two_browsers_has_no_gap_that_is_heard(hall: Hall, speaker: Browser) -> None:
    async with (
        hall.page(speaker, "interpreter", "/rooms/{room}/booth/fr") as first,
        hall.page(speaker, "second", "/rooms/{room}/booth/fr") as second,
    ):
        for page in (first, second):
            await enter(page)
        await first.keyboard.press("Space")
        await expect(first.locator("mic-control")).to_contain_text("You are heard.")
        await second.get_by_role("button", name="Open the microphone").click()
        await expect(second.locator("mic-control")).to_contain_text("Ready")
        await second.keyboard.press("u")
        await expect(first.locator("booth-partner")).to_contain_text("asks for the microphone")
        hall.one.heard.clear()
        assert await hall.loud("fr") > 5
        await first.keyboard.press("a")
        await expect(second.locator("mic-control")).to_contain_text("You are heard.")
        await expect(first.locator("mic-control")).to_contain_text("Ready")
        assert await hall.loud("fr") > 5
        heard = hall.one.heard["fr"]
        voices = list(dict.fromkeys(source for source, *_ in heard))
        assert len(voices) == 2
        change = next(place for place, (source, *_) in enumerate(heard) if source == voices[1])
        assert {source for source, *_ in heard[change:]} == {voices[1]}  # never back, never both
        assert heard[change][2] - heard[change - 1][2] < 0.2  # seconds
        await second.keyboard.press("Space")


async def test_refused_microphone_is_said_in_words_and_nobody_believes_to_be_heard(hall: Hall) -> None:
    async with async_playwright() as playwright:
        refusing = [*QUIET, FAKE[0], "--deny-permission-prompts"]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=refusing)
        async with hall.page(browser, "interpreter", "/rooms/{room}/booth/fr") as page:
            await enter(page)
            await page.keyboard.press("Space")
            await expect(page.locator("mic-control [role=alert]")).to_contain_text("Allow it in the address bar")
            await expect(page.locator("booth-switch")).to_contain_text("Nobody hears you: the microphone is closed.")
            await page.keyboard.press("Space")
            await page.get_by_role("button", name="Test the microphone").click()
            await expect(page.locator("mic-check [role=alert]")).to_contain_text("Allow it in the address bar")
        await browser.close()


async def test_test_shows_the_level_and_lets_one_hear_oneself_and_nobody_else(hall: Hall, speaker: Browser) -> None:
    async with hall.page(speaker, "expert", "/desk") as page:
        await page.locator("a[href^='/desk/']").first.click()
        await page.get_by_role("button", name="Test the microphone").click()
        await expect(page.locator("mic-check level-meter")).to_contain_text("Good", timeout=20_000)
        await page.get_by_role("button", name="Hear myself").click()
        check = "document.querySelector('mic-check').trying.back.stats()"
        await page.wait_for_function(f"{check}.received > 20 && {check}.sources.length === 1")
        assert await hall.loud("floor") == 0
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        await page.get_by_role("button", name="Done").click()
        await expect(page.locator("mic-check dialog")).to_be_hidden()


async def test_moderator_and_whoever_is_called_are_heard_on_the_floor(hall: Hall, speaker: Browser) -> None:
    small = {"viewport": {"width": 390, "height": 800}}
    async with (
        hall.page(speaker, "moderator", "/rooms/{room}/moderate") as crew,
        hall.page(speaker, "participant", "/rooms/{room}", **small) as guest,
    ):
        await crew.get_by_role("button", name="Open the microphone").click()
        await expect(crew.locator("mic-control")).to_contain_text("You are heard.")
        assert await hall.loud("floor") > 5
        await crew.get_by_role("button", name="Close the microphone").click()
        assert await hall.loud("floor") == 0
        person = hall.town.people["participant"]
        async with joined(hall.server, hall.room, hall.town.cookies["participant"]) as other:
            await other.do("hand.raise")
        assert "ok" in await hall.crew.do("hand.call", person=person)
        await guest.get_by_role("button", name="Open the microphone").click()
        await expect(guest.locator("mic-control")).to_contain_text("You are heard.")
        assert await hall.loud("floor") > 5
        await guest.get_by_role("button", name="I have finished").click()
        await expect(guest.locator("floor-call")).to_be_empty()
        assert await hall.loud("floor") == 0


RECEIVED = """async (channel) => {
  const base = document.querySelector("script[type=module]").src.replace(/js\\/.*/, "js/sound/");
  const [{ listen }, { tickets }] = await Promise.all(["engine", "tickets"].map((name) => import(`${base}${name}.js`)));
  const [ticket] = await tickets({ listen: [channel] });
  return (await listen(ticket)).stats().received; // the page's own listening, which it has once
}"""


async def test_booth_hears_its_relay_and_its_partner_and_the_floor_where_a_relay_is_silent(
    hall: Hall, speaker: Browser
) -> None:
    async with (
        hall.page(speaker, "interpreter", "/rooms/{room}/booth/fr") as french,
        hall.page(speaker, "second", "/rooms/{room}/booth/ar") as arabic,
        hall.page(speaker, "second", "/rooms/{room}/booth/fr") as partner,
    ):
        await enter(french)
        await enter(arabic)
        await enter(partner)
        await french.keyboard.press("Space")
        await is_heard(french)
        for page in (french, arabic, partner):
            await page.get_by_role("button", name="Listen", exact=True).click()
        await expect(french.locator("booth-ears")).not_to_contain_text("This booth")  # nobody hears themselves
        await expect(partner.locator("booth-ears")).to_contain_text("This booth")
        await arabic.get_by_text("Relay French").click()
        await expect(arabic.locator("booth-ears")).to_contain_text("Relay French")
        for page in (arabic, partner):
            before = await page.evaluate(RECEIVED, "fr")
            async with asyncio.timeout(WAIT):
                while await page.evaluate(RECEIVED, "fr") <= before + 5:
                    await asyncio.sleep(SILENCE / 4)
        await french.keyboard.press("Space")
        await expect(arabic.locator("booth-ears")).to_contain_text("Floor")
        await expect(arabic.locator("booth-source [role=alert]")).to_contain_text("Your relay is silent")
        await arabic.get_by_role("button", name="Leave the booth").click()


async def test_booth_hears_a_channel_again_that_was_closed_meanwhile(hall: Hall, speaker: Browser) -> None:
    async with (
        hall.page(speaker, "interpreter", "/rooms/{room}/booth/fr") as page,
        joined(hall.server, hall.room, hall.town.cookies["interpreter"]) as own,
    ):
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.post_data or "") if "/sound" in request.url else None)
        await enter(page)
        await page.get_by_role("button", name="Listen").click()
        ears_of_booth = page.locator("booth-ears")
        await expect(ears_of_booth).to_contain_text("Floor")
        for _ in range(2):
            for command in ("booth.enter", "booth.on_air"):
                assert "ok" in await hall.igor.do(command, language="ar")
            async with page.expect_request("**/api/rooms/*/sound", timeout=20_000):
                assert "ok" in await own.do("booth.relay", language="fr", of="ar")
            await expect(ears_of_booth).to_contain_text("Relay Arabic", timeout=20_000)
            await asyncio.sleep(SOON)
            for command in ("channel.close", "channel.open"):
                assert "ok" in await hall.crew.do(command, language="ar")
            await expect(ears_of_booth).to_contain_text("Floor", timeout=20_000)
        assert [text for text in asked if text] == ['{"listen":["floor"]}', *2 * ['{"listen":["ar"]}']]
