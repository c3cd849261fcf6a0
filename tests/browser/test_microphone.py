"""Speaking, with Chromium's microphone that plays a file: in the booth, as a moderator, an expert, and when called."""

import asyncio
import math
import struct
import wave
from collections.abc import AsyncIterator

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.hall import LOUD, SILENCE, Hall, begin_test, enter, hears, is_heard
from tests.flows.clients import joined
from tests.served import CHROMIUM, QUIET

FAKE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
KEEP = """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => window.given = await ask(wanted);"""
SLOW = """{
    const Real = AudioEncoder, send = WebSocket.prototype.send;
    window.AudioEncoder = class extends Real {
        constructor({ output, error }) { super({ output: (...made) => setTimeout(output, 400, ...made), error }); }
    };
    WebSocket.prototype.send = function (data) {
        if (String(data).includes("redeem")) setTimeout(() => send.call(this, data), 200); else send.call(this, data);
    };
}"""
PAUSE = """async () => {
    const base = document.querySelector("script[type=module]").src.replace(/js\\/.*/, "js/sound/");
    await (await import(`${base}context.js`)).audio().suspend();
}"""
TOUCH = """(width) => {
    const [undo, microphone] = [".undo", "mic-control"].map((bar) => document.querySelector(bar).getClientRects()[0]);
    return innerWidth === width && Math.abs(undo.bottom - microphone.top) <= 1;
}"""  # the bar's new height comes after the new width
TAP = """window.loudest = () => {
    const samples = new Float32Array(tap.fftSize);
    tap.getFloatTimeDomainData(samples);
    return Math.max(...samples);
}"""


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


async def test_going_on_air_opens_the_microphone_and_a_cough_is_not_heard(hall: Hall, speaker: Browser) -> None:
    async with hall.page(speaker, "interpreter", "/rooms/{room}/booth/fr") as page:
        await enter(page)
        await expect(page.locator("mic-control")).to_contain_text("The microphone is off.")
        await page.keyboard.press("Space")
        await is_heard(page)
        await expect(page).to_have_title("● ON AIR: French")
        await hall.heard("fr")
        await expect(page.locator("level-meter")).to_contain_text("Good", timeout=20_000)
        await page.keyboard.down("c")
        await expect(page.locator("booth-switch")).to_contain_text("Silent while you hold it.")
        await expect(page).to_have_title("● ON AIR, NOT HEARD: French")
        await hall.silent("fr")
        await page.keyboard.up("c")
        await hall.heard("fr")
        await page.keyboard.press("m")
        await hall.silent("fr")
        await expect(page.locator("level-meter span")).to_have_text("")  # what nobody hears is not judged
        await page.keyboard.press("m")
        await hall.heard("fr")
        await expect(page.locator("level-meter span")).to_have_text("Good", timeout=20_000)
        await page.keyboard.press("Space")
        await expect(page.locator("mic-control")).to_contain_text("Ready. You are not heard now.")
        await hall.silent("fr")
        await page.get_by_role("button", name="Leave the booth").click()
        await expect(page.locator("mic-control")).to_be_hidden()


async def test_off_air_nothing_leaves_the_page_and_writing_in_the_chat_switches_nothing(
    hall: Hall, speaker: Browser
) -> None:
    async with hall.page(speaker, "interpreter", "/rooms/{room}/booth/fr") as page:
        sent: list[str | bytes] = []
        page.on("websocket", lambda line: line.on("framesent", lambda data: sent.append(data)))
        await page.add_init_script(SLOW)  # what is encoded before the server answers comes after it
        await page.reload()
        await enter(page)
        await page.get_by_role("button", name="Open the microphone").click()
        await expect(page.locator("mic-control")).to_contain_text("Ready.")
        await expect(page.locator("level-meter")).to_contain_text("Good", timeout=20_000)
        assert sum(isinstance(data, bytes) and len(data) > LOUD for data in sent) == 0
        await page.get_by_text("Chat", exact=True).click()
        await page.locator("room-chat textarea").press_sequentially("a mic e u 1")
        await expect(page.locator("room-chat textarea")).to_have_value("a mic e u 1")
        await expect(page.locator(".switch .word")).to_have_text("Off air")
        await page.locator("h1").click()
        await page.keyboard.press("Space")
        await is_heard(page)
        await hall.heard("fr")
        async with asyncio.timeout(5):
            while sum(isinstance(data, bytes) and len(data) > LOUD for data in sent) <= 5:  # noqa: ASYNC110  # told late
                await asyncio.sleep(0.1)
        await page.keyboard.press("Space")
        await expect(page.locator(".switch .word")).to_have_text("Off air")


async def test_hand_over_between_two_browsers_has_no_gap_that_is_heard(hall: Hall, speaker: Browser) -> None:
    async with (
        hall.page(speaker, "interpreter", "/rooms/{room}/booth/fr") as first,
        hall.page(speaker, "second", "/rooms/{room}/booth/fr") as second,
    ):
        for page in (first, second):
            await enter(page)
        await first.keyboard.press("Space")
        await is_heard(first)
        giver, taker = first, second
        await taker.keyboard.press("u")  # who asks for it gets ready in the same moment
        await expect(taker.locator("mic-control")).to_contain_text("Ready")
        await expect(giver.locator("booth-partner")).to_contain_text("asks for the microphone")
        await hall.one.fence()
        hall.one.heard.clear()
        await hall.heard("fr")
        await giver.keyboard.press("a")
        await is_heard(taker)
        await expect(giver.locator("mic-control")).to_contain_text("Ready")
        await hall.one.fence()
        await hall.heard("fr")
        heard = list(hall.one.heard["fr"])
        voices = list(dict.fromkeys(source for source, *_ in heard))
        assert len(voices) == 2
        change = next(place for place, (source, *_) in enumerate(heard) if source == voices[1])
        assert {source for source, *_ in heard[change:]} == {voices[1]}  # never back, never both
        assert heard[change][1] > 0  # it was sending before it was its turn
        assert heard[change][2] - heard[change - 1][2] < SILENCE
        await taker.keyboard.press("Space")


async def test_refused_microphone_is_said_in_words_and_nobody_believes_to_be_heard(hall: Hall) -> None:
    async with async_playwright() as playwright:
        refusing = [*QUIET, FAKE[0], "--deny-permission-prompts"]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=refusing)
        async with hall.page(browser, "interpreter", "/rooms/{room}/booth/fr") as page:
            await enter(page)
            await page.keyboard.press("Space")
            await expect(page.locator("mic-control > [role=alert]")).to_contain_text("Allow it in the address bar")
            await expect(page.locator("booth-switch")).to_contain_text("The microphone is off. Nobody hears you.")
            await expect(page).to_have_title("● ON AIR, NOT HEARD: French")
            found = await Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
            await page.keyboard.press("Space")
            await page.get_by_role("button", name="Test the microphone").click()
            await expect(page.locator("mic-check [role=alert]")).to_contain_text("Allow it in the address bar")
            await expect(page.get_by_role("button", name="Try again")).to_be_visible()
        await browser.close()


async def test_browser_that_cannot_speak_is_told_which_can(hall: Hall, speaker: Browser) -> None:
    async with hall.page(speaker, "expert", "/desk") as page:
        await page.context.add_init_script("delete globalThis.AudioEncoder")
        await begin_test(page)
        words = "Chrome and Edge from 94, Firefox from 130 on a computer and Safari from 26 can."
        await expect(page.locator("mic-check [role=alert]")).to_contain_text(words)


async def test_page_without_https_says_that_a_microphone_needs_it(hall: Hall) -> None:
    async with async_playwright() as playwright:
        elsewhere = [*QUIET, *FAKE, "--host-resolver-rules=MAP city.test 127.0.0.1"]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=elsewhere)
        far = hall.server.url.replace("127.0.0.1", "city.test")
        async with hall.page(browser, "expert", "/desk", base=far) as page:
            await begin_test(page)
            await expect(page.locator("mic-check [role=alert]")).to_contain_text("begins with https.")
        await browser.close()


async def test_test_shows_the_level_and_lets_one_hear_oneself_and_nobody_else(hall: Hall, speaker: Browser) -> None:
    async with hall.page(speaker, "expert", "/desk") as page:
        await page.evaluate("localStorage.setItem('microphone', 'one that is at home')")
        await begin_test(page)
        await expect(page.locator("mic-check level-meter")).to_contain_text("Good", timeout=20_000)
        check = "document.querySelector('mic-check').trying"
        await page.evaluate(f"{check}.gain.connect(window.tap = new AnalyserNode({check}.gain.context))")
        await page.evaluate(TAP)
        assert await page.evaluate("loudest()") == 0  # one does not hear oneself before one wants to
        await page.get_by_role("button", name="Hear myself").click()
        await page.wait_for_function("() => loudest() > .01")
        assert hall.sounds("floor") == 0
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        other = await page.locator("mic-check option").nth(1).get_attribute("value")
        await page.locator("mic-check select").select_option(index=1)
        await expect(page.locator("mic-check level-meter")).to_contain_text("Good", timeout=20_000)
        assert await page.evaluate("localStorage.microphone") == other
        await page.get_by_role("button", name="Close").click()
        await expect(page.locator("mic-check dialog")).to_be_hidden()
        await page.wait_for_function(f"() => {check} === null")  # and the microphone is let go


async def test_moderator_is_heard_again_after_a_reload_a_lost_line_and_a_plug_pulled_out(
    hall: Hall, speaker: Browser
) -> None:
    async with hall.page(speaker, "moderator", "/rooms/{room}/moderate") as page:
        control = page.locator("mic-control")
        await page.context.add_init_script(KEEP)
        await page.get_by_role("button", name="Open the microphone").click()
        await is_heard(page)
        await hall.heard("floor")
        await page.reload()
        await is_heard(page)
        await hall.heard("floor")
        await page.evaluate(PAUSE)  # as a call does on a telephone
        await expect(control).to_contain_text("The browser waits for a click or a key. Nobody hears you.")
        await hall.silent("floor")
        await page.keyboard.press("Shift")
        await is_heard(page)
        await hall.heard("floor")
        await page.context.set_offline(True)
        await expect(control).to_contain_text("The line of sound is down.")
        await hall.silent("floor")
        await page.context.set_offline(False)
        await is_heard(page)
        await hall.heard("floor")
        await page.evaluate("given.getAudioTracks()[0].dispatchEvent(new Event('ended'))")
        await expect(control).to_contain_text("The microphone was unplugged.")
        await hall.silent("floor")
        await page.evaluate("navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")
        await is_heard(page)
        await hall.heard("floor")
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        await page.get_by_role("button", name="Close the microphone").click()
        await hall.silent("floor")
        await page.reload()
        await expect(page.get_by_role("button", name="Open the microphone")).to_be_visible()
        assert await control.get_attribute("data-state") is None  # what was closed stays closed


async def test_whoever_is_called_is_heard_from_their_own_page_until_they_have_finished(
    hall: Hall, speaker: Browser
) -> None:
    async with hall.page(speaker, "participant", "/rooms/{room}", viewport={"width": 390, "height": 800}) as guest:
        person = hall.town.people["participant"]
        async with joined(hall.server, hall.room, hall.town.cookies["participant"]) as other:
            await other.do("hand.raise")
        assert "ok" in await hall.crew.do("hand.call", person=person)
        await guest.get_by_role("button", name="Open the microphone").click()
        await is_heard(guest)
        await hall.heard("floor")
        found = await Axe().run(guest)
        assert found.violations_count == 0, found.generate_report()
        await guest.get_by_role("button", name="I have finished").click()
        await expect(guest.locator("floor-call")).to_be_empty()
        await hall.silent("floor")


async def test_expert_gets_ready_in_the_presenters_view_and_is_heard_on_air(hall: Hall, speaker: Browser) -> None:
    async with joined(hall.server, hall.room, hall.town.cookies["expert"]) as expert:
        slot = next(id for id, each in expert.screen["contributions"].items() if each["state"] == "invited")
        async with hall.page(speaker, "expert", f"/desk/{slot}/present") as page:
            await expect(page.locator("air-state")).to_contain_text("Rehearsal.")
            await expect(page.locator("mic-control")).to_be_hidden()
            await expert.do("contribution.confirm", contribution=slot)
            await expert.do("contribution.check_in", contribution=slot)
            await page.get_by_role("button", name="Open the microphone").click()
            await expect(page.locator("mic-control")).to_contain_text("Ready. You are not heard now.")
            await hall.silent("floor")
            await hall.crew.do("contribution.air", contribution=slot)
            await is_heard(page)
            await hall.heard("floor")
            found = await Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
            await hall.crew.do("contribution.finish", contribution=slot)
            await expect(page.locator("mic-control")).to_contain_text("Ready. You are not heard now.")
            await hall.silent("floor")


async def test_expert_without_slides_opens_the_microphone_on_the_desk_and_is_shown_the_way_back_to_the_room(
    hall: Hall, speaker: Browser
) -> None:
    async with joined(hall.server, hall.room, hall.town.cookies["expert"]) as expert:
        slot = next(id for id, each in expert.screen["contributions"].items() if each["state"] != "declined")
        async with hall.page(speaker, "expert", f"/desk/{slot}") as page:
            agenda = hall.crew.screen["agenda"].items()
            await hall.crew.do("agenda.start", item=next(id for id, each in agenda if each["contribution"] == slot))
            await expect(page.locator("#next")).to_contain_text("Everybody hears you while your microphone is open")
            await expect(page.locator("#next")).not_to_contain_text("Everybody sees the page")
            await expect(page.locator("#way [aria-current]")).to_have_text("Now: On air")
            await expect(page.locator("time-left")).to_contain_text("left")
            asked = (await hall.crew.do("question.ask", text="Where to begin?", language="en"))["ok"]["question"]
            for command in ("question.publish", "question.air"):
                await hall.crew.do(command, question=asked)
            await expect(page.locator("who-asks")).to_contain_text("Where to begin?")
            await page.get_by_role("button", name="Open the microphone").click()
            await is_heard(page)
            await hall.heard("floor")
            await expect(page.get_by_role("button", name="Test the microphone")).to_be_hidden()
            found = await Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
            await hall.crew.do("contribution.finish", contribution=slot)
            await expect(page.locator("mic-control")).to_contain_text("Ready. You are not heard now.")
            await expect(page.locator("#next")).to_contain_text("raise your hand in the room")
            await expect(page.locator("time-left")).to_be_empty()
            await expect(page.locator("who-asks")).to_contain_text("Where to begin?")  # nobody else is on air
            await hall.crew.do("question.answered", question=asked)
            await expect(page.locator("who-asks")).to_be_empty()
            await page.get_by_role("button", name="Close the microphone").click()
            await expect(page.locator("mic-control")).to_be_hidden()
            await page.get_by_role("link", name="Go to the room").click()
            await expect(page.locator("raise-hand")).to_contain_text("Raise your hand")


async def test_bars_at_the_foot_of_a_moderators_phone_do_not_cover_each_other(hall: Hall, speaker: Browser) -> None:
    async with hall.page(speaker, "moderator", "/rooms/{room}/moderate#now") as page:
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.get_by_role("button", name="Open the microphone").click()
        await is_heard(page)
        for width in (390, 320):
            await page.set_viewport_size({"width": width, "height": 844})
            await page.wait_for_function(TOUCH, arg=width)


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
            await page.get_by_role("button", name="Listen H", exact=True).click()
        await expect(french.locator("booth-ears")).not_to_contain_text("This booth")  # nobody hears themselves
        await expect(partner.locator("booth-ears")).to_contain_text("This booth")
        await arabic.get_by_text("Relay French").click()
        await expect(arabic.locator("booth-ears")).to_contain_text("Relay French")
        for page in (arabic, partner):
            await hears(page, "fr")
        await french.keyboard.press("Space")
        await expect(arabic.locator("booth-ears")).to_contain_text("Floor")
        await expect(arabic.locator("booth-source [role=alert]")).to_contain_text("Your relay is silent")
        await arabic.keyboard.press("1")
        await expect(arabic.locator("booth-source [role=alert]")).to_have_count(0)
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
            await asyncio.sleep(SILENCE / 2)
            for command in ("channel.close", "channel.open"):
                assert "ok" in await hall.crew.do(command, language="ar")
            await expect(ears_of_booth).to_contain_text("Floor", timeout=20_000)
        assert [text for text in asked if text] == ['{"listen":["floor"]}', *2 * ['{"listen":["ar"]}']]
