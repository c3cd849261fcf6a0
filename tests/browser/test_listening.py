"""What one hears: the decision alone, and with real microphones, a real server and a browser that listens."""

import asyncio
import contextlib
import json
import math
import statistics
from collections.abc import AsyncIterator

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.browser.people import do, person, room_of
from tests.served import Server

TITLE = "The town hall without a counter"  # with channels for English, Arabic and German
LIVE, RELAY = {"state": "live", "relay_of": None}, {"state": "relay", "relay_of": "ar"}
SILENT, CLOSED = {"state": "silent", "relay_of": None}, {"state": "closed", "relay_of": None}
HEARD: dict[
    str, tuple[dict[str, object], str, dict[str, float], bool]
] = {  # case: (circumstances, why, levels, whether nobody speaks); times in ms, a channel is silent after 5,000
    "the floor": ({"chosen": "floor"}, "floor", {"floor": 1}, False),
    "interpreted": ({"channel": LIVE}, "live", {"floor": 0.15, "es": 1}, False),
    "by relay": ({"channel": RELAY}, "relay", {"floor": 0.15, "es": 1}, False),
    "the floor off beneath it": ({"channel": LIVE, "level": 0}, "live", {"floor": 0, "es": 1}, False),
    "nobody on air": ({"channel": SILENT}, "silent", {"floor": 1, "es": 1}, False),
    "closed": ({"channel": CLOSED}, "closed", {"floor": 1}, False),
    "not there": ({"channel": None}, "closed", {"floor": 1}, False),
    "speaks": ({"channel": LIVE, "last": {"es": 9000, "floor": 9000}}, "live", {"floor": 0.15, "es": 1}, False),
    "a pause": ({"channel": LIVE, "last": {"es": 5000, "floor": 9000}}, "live", {"floor": 0.15, "es": 1}, False),
    "on air and still": (
        {"channel": LIVE, "last": {"es": 4999, "floor": 9000}},
        "silent",
        {"floor": 1, "es": 1},
        False,
    ),
    "a relay that is still": ({"channel": RELAY, "last": {"es": 1}}, "silent", {"floor": 1, "es": 1}, False),
    "both still": ({"channel": LIVE, "last": {"es": 1, "floor": 1}}, "silent", {"floor": 1, "es": 1}, True),
    "the floor still beneath it": (
        {"channel": LIVE, "last": {"es": 9000, "floor": 1}},
        "live",
        {"floor": 0.15, "es": 1},
        False,
    ),
    "nobody anywhere": ({"channel": SILENT, "last": {"floor": 1}}, "silent", {"floor": 1, "es": 1}, True),
    "a floor that is still": ({"chosen": "floor", "last": {"floor": 4999}}, "floor", {"floor": 1}, True),
    "not there yet": ({"channel": LIVE, "last": {"floor": 9000}}, "live", {"floor": 0.15, "es": 1}, False),
}


@pytest.fixture(scope="module")
async def decided(browser: Browser, demo: Server) -> dict[str, object]:
    """What the module makes of each case."""
    async with person(browser, demo.url) as page:
        await page.goto(demo.url)
        await page.goto(demo.url + str(await page.locator(".live h3 a").first.get_attribute("href")))
        cases = {name: {"chosen": "es", "level": 0.15, "now": 10_000, **case[0]} for name, case in HEARD.items()}
        found = await page.evaluate(
            """async (cases) => {
              const main = document.querySelector('script[src$="main.js"]').src;
              const { heard } = await import(main.replace('main.js', 'heard.js')), made = Object.entries(cases);
              return JSON.stringify(Object.fromEntries(made.map(([name, each]) => [name, heard(each)])));
            }""",
            cases,
        )
        decoded: dict[str, object] = json.loads(found)
        return decoded


@pytest.mark.parametrize("case", HEARD)
async def test_what_is_heard_follows_from_the_choice_and_who_speaks(decided: dict[str, object], case: str) -> None:
    _, why, levels, nobody = HEARD[case]
    assert decided[case] == {"why": why, "levels": levels, "nobody": nobody}


TONES = {"floor": 468.75, "ar": 937.5, "de": 1406.25}  # Hz: each in the middle of a bin of the analyser below
TAP = """{
  const connect = AudioNode.prototype.connect, log = window.log = [];
  let tap = null, at = 0;
  AudioNode.prototype.connect = function (to, ...more) {
    if (to instanceof AudioDestinationNode && !tap) {
      tap = new AnalyserNode(this.context, { fftSize: 1024, smoothingTimeConstant: 0, minDecibels: -120 });
      connect.call(this, tap);
      const levels = new Float32Array(tap.frequencyBinCount);
      setInterval(() => {
        if (at === tap.context.currentTime) return; // the sound has not gone on
        at = tap.context.currentTime;
        tap.getFloatFrequencyData(levels);
        log.push([performance.now(), levels[10], levels[20], levels[30]]);
      }, 10);
    }
    return connect.call(this, to, ...more);
  };
}"""  # writes down every 10 ms how loud, in dB, each tone leaves the page
NEXT = """async (count) => {
  const from = log.length, latest = performance.now() + 10_000;
  while (log.length < from + count && performance.now() < latest) await new Promise((go) => setTimeout(go, 10));
  return log.slice(from);
}"""
SPEAK = """async ({ channel, tone }) => {
  const sound = document.querySelector('script[src$="main.js"]').src.replace('room/main.js', 'sound/');
  const [{ audio, unlock }, { tickets }, { speak }] = await Promise.all(
    ['context', 'tickets', 'engine'].map((name) => import(`${sound}${name}.js`)));
  await unlock();
  const voice = new OscillatorNode(audio(), { frequency: tone }), out = new MediaStreamAudioDestinationNode(audio());
  voice.connect(new GainNode(audio(), { gain: 0.3 })).connect(out);
  voice.start();
  window.speaking = await speak((await tickets({ speak: channel }))[0], out.stream, {});
}"""
MODULE = "import(document.querySelector('script[src$=\"main.js\"]').src.replace('main.js', '{}.js'))"
WORD = f"async (text) => (await {MODULE.format('texts')})._(text)"
CHOSEN = f"async () => (await {MODULE.format('hearing')}).chosen()"
FOLLOW = "window.sounded = []; document.addEventListener('soundheard', ({ detail }) => sounded.push(detail.channel))"
WANTS_A_CLICK = "AudioContext was not allowed to start"  # as Chromium says it
AUDIBLE = -60  # dB of a tone, which is -24 at full level; silence is below -90
CLEAR = -40  # dB of a single moment: less may be the click of a packet that came too late
DUCKED = -16.5  # dB: a level of 0.15
STEADY = 1  # dB by which a tone may be louder or softer than 300 ms before
LOOKS = 30  # of 300 ms, until what is to be heard must be
SOON = 300  # ms from a choice to its sound
NAMES = {"ar": "العربية", "de": "Deutsch"}


async def speak(page: Page, channel: str) -> None:
    """Speak, as a pure tone."""
    await page.mouse.click(2, 2)  # no browser lets sound begin without
    await page.evaluate(SPEAK, {"channel": channel, "tone": TONES[channel]})


async def levels(page: Page) -> dict[str, float]:
    """How loud each tone is in dB, the middle of the next 300 ms."""
    rows = await page.evaluate(NEXT, 30)
    return {name: statistics.median_high(row[place] for row in rows) for place, name in enumerate(TONES, 1)}


def audible(found: dict[str, float]) -> list[str]:
    return [tone for tone, level in found.items() if level > AUDIBLE]


async def heard(page: Page, *tones: str) -> dict[str, float]:
    """How loud each tone is, once these are heard and no others, each as loud as before; else what is heard instead."""
    before, now = dict.fromkeys(TONES, math.inf), await levels(page)
    for _ in range(LOOKS):
        if audible(now) == list(tones) and all(abs(now[tone] - before[tone]) <= STEADY for tone in tones):
            break
        before, now = now, await levels(page)
    return now


async def interpret(page: Page, base: str, room: str, language: str) -> None:
    await page.goto(f"{base}{room}/booth/{language}")
    await page.get_by_role("button", name="Enter the booth").click()
    await page.locator("button.switch").click()
    await expect(page.locator(".switch .word")).to_have_text("On air")
    await speak(page, language)


async def accessible(page: Page) -> None:
    for theme in ("light", "dark"):
        await page.emulate_media(color_scheme=theme)
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


async def choose(page: Page, name: str) -> float:
    """Choose what is heard; the page's time of it."""
    await expect(page.locator("sound-choice strong")).to_be_visible()  # the page's own list, no longer the server's
    await page.locator("sound-choice summary").click()
    option = page.locator(f"sound-choice label:has(:text-is('{name}')) input")
    await option.evaluate("input => input.addEventListener('change', () => { window.chosen = performance.now(); })")
    await option.click()
    return float(await page.evaluate("chosen"))


async def change(page: Page, old: str, new: str) -> float:
    """Choose another channel than the one that is heard; ms until it is heard itself, and never both."""
    assert audible(await heard(page, "floor", old)) == ["floor", old]
    at = await choose(page, NAMES[new])
    assert audible(await heard(page, "floor", new)) == ["floor", new]
    rows = await page.evaluate(
        "at => log.filter(([when]) => when > at - 200).map(([when, ...all]) => [when - at, all])", at
    )
    was, now = (list(TONES).index(tag) for tag in (old, new))
    last = max((when for when, loud in rows if loud[was] > CLEAR), default=-math.inf)
    took = float(min(when for when, loud in rows if loud[now] > CLEAR))
    print(f"{old} ends after {last:.0f} ms, {new} begins after {took:.0f} ms")
    assert last < took
    return took


@contextlib.asynccontextmanager
async def on_air(browser: Browser, base: str, *languages: str) -> AsyncIterator[tuple[str, dict[str, Page]]]:
    """A room with tones on the floor and in channels, each from a page of its own."""
    async with contextlib.AsyncExitStack() as stack:
        floor = await stack.enter_async_context(person(browser, base, "moderator", "On The Floor"))
        room, pages = await room_of(floor, base, TITLE), {"floor": floor}
        await floor.goto(base + room)
        await do(floor, base, room, "channel.floor", language="en")
        await speak(floor, "floor")
        for tag in languages:
            pages[tag] = await stack.enter_async_context(person(browser, base, "interpreter", f"Into {tag}"))
            await interpret(pages[tag], base, room, tag)
        try:
            yield room, pages
        finally:
            for tag in languages:
                await pages[tag].get_by_role("button", name="Leave the booth").click()
                await expect(pages[tag].get_by_role("button", name="Enter the booth")).to_be_visible()


async def test_listener_changes_channels_at_once_with_the_floor_beneath(browser: Browser, demo: Server) -> None:
    async with (
        on_air(browser, demo.url, "ar", "de") as (room, _),
        person(browser, demo.url, "participant", "All Ears") as ears,
    ):
        status, button = ears.locator("sound-choice strong"), ears.locator("sound-switch button")
        await ears.add_init_script(TAP)
        await ears.goto(demo.url + room)
        assert not await ears.evaluate(
            "performance.getEntriesByType('resource').some(({ name }) => name.includes('/js/sound/'))"
        )
        await button.click()
        await expect(button).to_have_text("Mute")
        await expect(status).to_have_text("Floor (English now)")
        alone = await heard(ears, "floor")
        assert audible(alone) == ["floor"]

        await choose(ears, "العربية")
        await expect(status).to_have_text("Arabic, interpreted")
        beneath = await heard(ears, "floor", "ar")
        assert audible(beneath) == ["floor", "ar"]
        assert beneath["floor"] - alone["floor"] == pytest.approx(DUCKED, abs=2)

        took = [await change(ears, *way) for way in (("ar", "de"), ("de", "ar"), ("ar", "de"))]
        assert statistics.median(took) <= SOON

        await ears.locator("sound-choice summary").click()
        await ears.get_by_label("Floor under the interpretation").fill("0")
        assert audible(await heard(ears, "de")) == ["de"]
        at = await button.evaluate("(button) => { const now = performance.now(); button.click(); return now; }")
        assert audible(await heard(ears)) == []
        rows = await ears.evaluate("at => log.filter(([when]) => when > at)", at)
        assert max((when for when, *loud in rows if max(loud) > CLEAR), default=at) - at <= SOON

        again = await ears.context.new_page()  # where nothing was clicked yet, and yet somebody listened before
        await again.add_init_script(TAP + f"sessionStorage.setItem('listening:{room.removeprefix('/rooms/')}', 'on')")
        async with again.expect_console_message(lambda said: WANTS_A_CLICK in said.text):
            await again.goto(demo.url + room)
        await asyncio.sleep(1)  # to look at a page counts as a click there
        await expect(again.get_by_text("Your browser lets sound begin at a click only.")).to_be_visible()
        await again.get_by_role("button", name="Go on listening").click()
        await expect(again.locator("sound-choice strong")).to_have_text("German, interpreted")
        assert audible(await heard(again, "de")) == ["de"]


async def test_silent_channel_gives_way_to_the_floor_and_comes_back(browser: Browser, demo: Server) -> None:
    async with (
        on_air(browser, demo.url, "de") as (room, pages),
        person(browser, demo.url, "participant", "Ears For German") as ears,
    ):
        status, said = ears.locator("sound-choice strong"), ears.locator("sound-note [role=status]")
        await ears.add_init_script(TAP)
        await ears.goto(demo.url + room)
        await ears.evaluate(FOLLOW)
        await choose(ears, "Deutsch")
        await ears.locator("sound-switch button").click()
        await expect(said).to_have_text("German, interpreted")
        beneath = await heard(ears, "floor", "de")

        await pages["de"].evaluate("speaking.mute(true)")  # on air, and says nothing
        await expect(status).to_have_text("German is silent: you hear the floor", timeout=8000)
        instead = await heard(ears, "floor")
        assert beneath["floor"] - instead["floor"] == pytest.approx(DUCKED, abs=2)
        await expect(said).to_have_text("German is silent: you hear the floor")
        await pages["de"].evaluate("speaking.mute(false)")
        await expect(status).to_have_text("German, interpreted")
        back = await heard(ears, "floor", "de")
        assert [back[tone] - beneath[tone] for tone in ("floor", "de")] == pytest.approx([0, 0], abs=2)

        await pages["de"].locator("button.switch").click()  # off air
        await expect(status).to_have_text("German is silent: you hear the floor")
        off = await heard(ears, "floor")
        assert audible(off) == ["floor"]
        assert off["floor"] == pytest.approx(instead["floor"], abs=2)

        assert await ears.evaluate("sounded") == [
            "de",
            "floor",
            "de",
            "floor",
        ]  # a stream is silent, for which it is told

        await ears.context.set_offline(True)
        await expect(said).to_have_text("The sound is interrupted. It comes back by itself.", timeout=15_000)
        await ears.context.set_offline(False)
        await expect(ears.locator("sound-note")).not_to_contain_text("interrupted", timeout=15_000)
        assert audible(await heard(ears, "floor")) == ["floor"]


async def test_listening_by_keyboard_in_arabic_where_nobody_speaks(browser: Browser, demo: Server) -> None:
    async with person(browser, demo.url) as guest:
        room = await room_of(guest, demo.url, TITLE)
        await guest.context.add_cookies([{"name": "language", "value": "ar", "url": demo.url}])
        await guest.goto(demo.url + room)
        switch, choice = guest.locator("sound-switch button"), guest.locator("sound-choice details")
        await expect(switch).to_have_class("first")
        await switch.focus()
        await guest.keyboard.press("Enter")
        await expect(switch).not_to_have_class("first")
        await expect(switch).to_be_focused()
        await guest.keyboard.press("Tab")
        await guest.keyboard.press("Enter")
        await expect(choice).to_have_attribute("open", "")
        await expect(guest.locator("sound-levels input")).to_have_count(2)
        for _ in range(2):
            await guest.keyboard.press("Tab")
        await guest.keyboard.press("ArrowDown")
        await guest.keyboard.press("Tab")
        await guest.keyboard.press("End")
        assert await guest.evaluate("[localStorage.volume, localStorage['level of the floor']]") == ["0.95", "1"]
        await accessible(guest)
        nobody = str(await guest.evaluate(WORD, "Floor: nobody speaks now"))
        await expect(guest.locator("sound-choice strong")).to_have_text(nobody, timeout=8000)
        await expect(guest.locator("sound-note [role=status]")).to_have_text(nobody)
        await guest.keyboard.press("Escape")
        await expect(guest.locator("sound-choice summary")).to_be_focused()
        await guest.keyboard.press("Shift+Tab")
        await guest.keyboard.press("Space")
        await expect(switch).to_have_class("first")


async def test_thin_line_loads_what_was_chosen_and_nothing_else(browser: Browser, demo: Server) -> None:
    async with person(browser, demo.url) as guest:
        room = await room_of(guest, demo.url, TITLE)
        await guest.goto(demo.url + room)
        pictures: list[str] = []
        guest.on("request", lambda request: pictures.append(request.url) if ".webp" in request.url else None)
        switch, words = guest.locator("sound-switch button"), guest.locator("slide-page .instead")

        async def load(what: str) -> None:
            await expect(guest.locator("sound-choice strong")).to_be_visible()
            await guest.locator("sound-choice summary").click()
            await guest.select_option("thrift-choice select", what)
            await guest.keyboard.press("Escape")

        await expect(guest.locator("slide-page img")).to_be_visible()
        await load("text")
        await expect(words).not_to_be_empty()
        await expect(switch).to_have_count(0)
        await expect(guest.locator("sound-choice strong")).to_have_text("No sound: text only")
        await expect(guest.locator("caption-lines")).to_be_visible()
        pictures.clear()
        await guest.reload()
        await expect(words).not_to_be_empty()
        await load("captions")
        await expect(guest.locator("slide-page")).to_be_hidden()
        await expect(guest.locator("room-stage")).to_be_visible()
        await load("sound")
        await expect(switch).to_have_text("Listen")
        await guest.reload()
        await expect(switch).to_have_text("Listen")
        await expect(guest.locator("slide-page")).to_be_hidden()
        assert pictures == []
        await load("all")
        await expect(guest.locator("slide-page img")).to_be_visible()
        assert pictures != []


async def test_hall_hears_the_language_of_its_address(browser: Browser, demo: Server) -> None:
    async with person(browser, demo.url) as hall:
        room = await room_of(hall, demo.url, TITLE)
        await hall.goto(f"{demo.url}{room}/screen?sound=de")
        await hall.get_by_role("button", name="Listen").click()
        await expect(hall.get_by_role("button")).to_have_text(["Mute"])
        assert await hall.evaluate(CHOSEN) == "de"
