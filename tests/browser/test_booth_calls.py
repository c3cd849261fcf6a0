"""What a booth's page says when something becomes of the channel by itself, how one gets back to its switch, and what
one reads beside the room.
"""

import asyncio

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.browser.people import do, person, room_of
from tests.browser.test_interpretation import SURPRISE, TITLE, enter
from tests.browser.test_participant import ask
from tests.served import Server

LEASE = 20_000  # ms in which who has lost the line is off air
# In the same turn in which the call comes, Space is pressed: nobody has read it by then.
PRESSED = """new MutationObserver((_changes, here) => {
  const call = document.querySelector("booth-call [role=alert]");
  if (!call) return;
  here.disconnect();
  self.called = call.textContent;
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: " ", code: "Space", bubbles: true }));
}).observe(document.querySelector("booth-call"), { childList: true, subtree: true })"""
ROOM = "Keeping"
QUESTION, ENGLISH, GERMAN = "كم استغرق ذلك؟", "How long did that take?", "Wie lange dauerte das?"


async def accessible(page: Page) -> None:
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


async def test_pause_is_seen_in_the_booth_with_what_space_does_then(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "interpreter", "Goes On") as nadia,
        person(browser, demo.url, "interpreter", "Waits Long") as omar,
        person(browser, demo.url, "moderator", "Pauses") as crew,
    ):
        room = await room_of(nadia, demo.url, TITLE)
        for page in (nadia, omar):
            await enter(page, demo.url, room, "de")
        word, told = omar.locator(".switch .word"), omar.locator("booth-switch [role=status]")
        await nadia.keyboard.press("Space")
        await expect(nadia.locator(".switch .word")).to_have_text("On air")
        await do(crew, demo.url, room, "room.pause")
        await expect(nadia.locator(".switch .word")).to_have_text("Paused, on air")
        await expect(nadia.locator(".switch")).to_contain_text("Space takes you off air until the session goes on")
        await expect(nadia.locator(".switch")).to_have_attribute("aria-checked", "true")
        await expect(word).to_have_text("Paused")
        await expect(omar.locator(".switch")).to_contain_text("Goes On is here, on air")
        await nadia.keyboard.press("Space")
        await expect(nadia.locator(".switch .word")).to_have_text("Paused")
        await expect(omar.locator(".switch")).to_contain_text("Space puts nobody on air until the session goes on")
        await expect(omar.locator("booth-call [role=alert]")).to_have_count(0)  # nothing can be done about it now
        await omar.keyboard.press("Space")
        await expect(told).to_have_text("The session is paused.")
        await accessible(omar)

        # What refused it is over; the channel that has fallen silent is called out.
        await do(crew, demo.url, room, "room.open")
        await expect(word).to_have_text("Off air")
        await expect(told).to_have_text("")
        await expect(omar.locator("booth-call [role=alert]")).to_have_text(
            "The channel is silent. Space puts you on air."
        )
        for page in (nadia, omar):
            await page.get_by_role("button", name="Leave the booth").click()


async def test_refusal_is_over_when_the_partner_is_off_air_and_the_silence_calls(
    browser: Browser, demo: Server
) -> None:
    async with (
        person(browser, demo.url, "interpreter", "Falls Silent") as nadia,
        person(browser, demo.url, "interpreter", "Stands By") as omar,
    ):
        room = await room_of(nadia, demo.url, TITLE)
        for page in (nadia, omar):
            await enter(page, demo.url, room, "de")
        told, call = omar.locator("booth-switch [role=status]"), omar.locator("booth-call [role=alert]")
        await nadia.keyboard.press("Space")
        await expect(omar.locator(".switch .word")).to_have_text("Somebody else is on air")
        await expect(omar.locator(".switch")).to_contain_text("have chosen German")
        await expect(omar.locator("booth-partner")).to_contain_text("Falls Silent is here, on air")
        await omar.keyboard.press("Space")
        await expect(told).to_have_text("Somebody else is on air in this booth.")
        await nadia.context.set_offline(True)
        await expect(call).to_have_text("The channel is silent. Space puts you on air.", timeout=LEASE)
        await expect(told).to_have_text("")
        await accessible(omar)
        await omar.keyboard.press("Space")
        await expect(omar.locator(".switch .word")).to_have_text("On air")
        await expect(call).to_have_count(0)
        await nadia.context.set_offline(False)
        await expect(nadia.locator("booth-switch [role=status]")).to_contain_text("The line was down for too long")
        await expect(nadia.locator("booth-call [role=alert]")).to_have_count(0)
        for page in (nadia, omar):
            await page.get_by_role("button", name="Leave the booth").click()


async def test_microphone_that_comes_by_itself_is_said_and_not_lost_by_a_space_meant_for_before(
    browser: Browser, demo: Server
) -> None:
    async with (
        person(browser, demo.url, "interpreter", "Loses The Line") as nadia,
        person(browser, demo.url, "interpreter", "Has Asked") as omar,
    ):
        room = await room_of(nadia, demo.url, TITLE)
        for page in (nadia, omar):
            await enter(page, demo.url, room, "de")
        word, call = omar.locator(".switch .word"), omar.locator("booth-call [role=alert]")
        await nadia.keyboard.press("Space")
        await expect(word).to_have_text("Somebody else is on air")
        await omar.keyboard.press("u")
        await expect(nadia.locator(".offer")).to_contain_text("asks for the microphone")
        await omar.evaluate(PRESSED)
        await nadia.context.set_offline(True)
        called = await omar.wait_for_function("() => self.called", timeout=LEASE)
        assert await called.json_value() == "The microphone is yours: you are on air."
        await expect(call).to_contain_text("You are still on air: the microphone came as you pressed Space.")
        await accessible(omar)
        await asyncio.sleep(SURPRISE)
        await expect(word).to_have_text("On air")
        await omar.keyboard.press("Space")
        await expect(word).to_have_text("Off air")
        await expect(call).to_have_count(0)

        # What one takes oneself comes as no surprise: Space is the switch at once.
        await omar.keyboard.press("Space")
        await expect(word).to_have_text("On air")
        await omar.keyboard.press("Space")
        await expect(word).to_have_text("Off air")
        await nadia.context.set_offline(False)
        await expect(nadia.locator("booth-switch [role=status]")).to_contain_text("The line was down for too long")
        for page in (nadia, omar):
            await page.get_by_role("button", name="Leave the booth").click()


async def test_escape_leads_from_a_text_field_to_the_switch_which_stays_in_sight(
    browser: Browser, demo: Server
) -> None:
    async with person(browser, demo.url, "interpreter", "Looks Up") as nadia:
        room = await room_of(nadia, demo.url, TITLE)
        await nadia.goto(f"{demo.url}{room}/booth/de")
        await expect(nadia.get_by_role("button", name="Enter the booth")).to_be_visible()
        await nadia.locator("h1").click()
        await nadia.keyboard.press("Space")
        await expect(nadia.locator("booth-switch [role=status]")).to_have_text("Enter the booth first (E).")
        await nadia.keyboard.press("e")
        await expect(nadia.locator("button.switch")).to_be_visible()
        await expect(nadia.locator("booth-switch [role=status]")).to_have_text("")
        await expect(nadia.get_by_role("button", name="Listen H", exact=True)).to_be_in_viewport()

        await nadia.locator("room-chat summary").click()
        await nadia.locator("room-chat textarea").press_sequentially("a word")
        await nadia.keyboard.press("Escape")
        await expect(nadia.locator("#switch")).to_be_focused()
        await expect(nadia.locator("room-chat textarea")).to_have_value("a word")
        await nadia.keyboard.press("w")
        await expect(nadia.locator("word-list input").first).to_be_focused()
        await nadia.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        await expect(nadia.locator(".switch .word")).to_be_in_viewport()
        await nadia.locator("word-list input").first.press_sequentially("m")
        await nadia.keyboard.press("Escape")
        await nadia.keyboard.press("Space")
        await expect(nadia.locator(".switch .word")).to_have_text("On air")
        await expect(nadia.locator("word-list input").first).to_have_value("")
        await nadia.keyboard.press("?")
        await expect(nadia.locator("booth-help dialog")).to_contain_text("out of a text field")
        await nadia.keyboard.press("Escape")
        await nadia.keyboard.press("n")
        await expect(nadia.locator("booth-slower [role=status]")).to_contain_text("No sound: asked at")
        await nadia.keyboard.press("Space")
        await nadia.get_by_role("button", name="Leave the booth").click()


async def test_h_listens_and_stops_listening(browser: Browser, demo: Server) -> None:
    async with person(browser, demo.url, "interpreter", "Puts On Headphones") as nadia:
        room = await room_of(nadia, demo.url, TITLE)
        await enter(nadia, demo.url, room, "de")
        await nadia.keyboard.press("h")
        await expect(nadia.get_by_role("button", name="Stop listening")).to_be_visible()
        await nadia.keyboard.press("h")
        await expect(nadia.get_by_role("button", name="Listen H", exact=True)).to_be_visible()
        await nadia.get_by_role("button", name="Leave the booth").click()


async def test_question_on_air_is_read_beside_the_room_in_the_booths_language_too(
    browser: Browser, demo: Server
) -> None:
    async with (
        person(browser, demo.url, "moderator", "Airs And Translates") as crew,
        person(browser, demo.url, "interpreter", "Reads Both") as nadia,
        person(browser, demo.url, "captioner", "Reads English") as ute,
    ):
        room = await room_of(crew, demo.url, ROOM)
        asked = await ask(crew, demo.url, room, QUESTION, "ar")
        await do(crew, demo.url, room, "question.publish", question=asked)
        await do(crew, demo.url, room, "question.air", question=asked)
        await nadia.goto(f"{demo.url}{room}/booth/de")
        await ute.goto(f"{demo.url}{room}/captions")
        for page in (nadia, ute):
            await expect(page.locator("floor-question .asked")).to_have_text(QUESTION)
            await expect(page.locator("floor-question .translated")).to_have_count(0)
        for language, text in (("en", ENGLISH), ("de", GERMAN)):
            await do(crew, demo.url, room, "question.translate", question=asked, language=language, text=text)
        await expect(nadia.locator("floor-question .translated")).to_have_count(0)  # nobody has approved them
        await do(crew, demo.url, room, "question.approve_translation", question=asked, language="en")
        for page in (nadia, ute):
            await expect(page.locator("floor-question .translated [lang=en]")).to_have_text(ENGLISH)
        await do(crew, demo.url, room, "question.approve_translation", question=asked, language="de")
        await expect(nadia.locator("floor-question .translated [lang=de]")).to_have_text(GERMAN)
        await expect(nadia.locator("floor-question .translated")).to_contain_text("translated by")
        await expect(ute.locator("floor-question .translated [lang=en]")).to_have_text(ENGLISH)
        await expect(nadia.locator("floor-question .asked")).to_have_text(QUESTION)
        await accessible(nadia)
        await do(crew, demo.url, room, "question.answered", question=asked)
