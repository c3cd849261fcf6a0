"""What one hears, and the booth: two interpreters, one microphone, a line that breaks."""

import asyncio
import re

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.browser.people import do, person, room_of
from tests.served import Server

TITLE = "The town hall without a counter"  # with channels for English, Arabic and German
SURPRISE = 2.0  # seconds for which Space does not take off air whoever has been given the microphone
WAIT = 20_000  # ms in which a lost line is noticed, and the lease has run out
ARABIC_U = {"key": "ع", "code": "KeyU", "bubbles": True}  # the same key on an Arabic keyboard


async def choose(page: Page, name: str) -> None:
    await expect(page.locator("sound-choice strong")).to_be_visible()  # the page's own list, no longer the server's
    await page.locator("sound-choice summary").click()
    await page.locator(f"sound-choice label:has(:text-is('{name}'))").click()


async def enter(page: Page, base: str, room: str, language: str) -> None:
    await page.goto(f"{base}{room}/booth/{language}")
    await page.get_by_role("button", name="Enter the booth").click()
    await expect(page.locator("button.switch")).to_be_visible()


async def accessible(page: Page) -> None:
    for theme in ("light", "dark"):
        await page.emulate_media(color_scheme=theme)
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


async def test_choice_of_a_channel_is_found_again_after_a_reload_and_on_another_device(
    browser: Browser, demo: Server
) -> None:
    async with (
        person(browser, demo.url, "participant", "Hears Arabic") as here,
        person(browser, demo.url, "participant", "Hears Arabic") as elsewhere,
        person(browser, demo.url, "moderator", "Sets Floor") as crew,
    ):
        room = await room_of(here, demo.url, TITLE)
        await do(crew, demo.url, room, "channel.floor", language="en")
        await asyncio.gather(here.goto(demo.url + room), elsewhere.goto(demo.url + room))
        await expect(here.locator("sound-choice strong")).to_have_text("Floor (English now)")
        await choose(here, "العربية")
        words = "Arabic is silent: you hear the floor"
        await expect(here.locator("sound-choice strong")).to_have_text(words)
        await expect(here.locator("sound-choice details")).not_to_have_attribute("open", "")
        await expect(elsewhere.locator("sound-choice strong")).to_have_text(words)
        await here.reload()
        await expect(here.locator("sound-choice strong")).to_have_text(words)
        await here.locator("sound-choice summary").click()
        await expect(here.locator("sound-choice input:checked")).to_have_value("ar")
        await accessible(here)


async def test_booth_and_listeners_are_told_that_the_floor_speaks_the_language_of_the_channel(
    browser: Browser, demo: Server
) -> None:
    async with (
        person(browser, demo.url, "interpreter", "Into German") as booth,
        person(browser, demo.url, "participant", "Hears German") as ears,
        person(browser, demo.url, "moderator", "Sets The Floor") as crew,
    ):
        room = await room_of(booth, demo.url, TITLE)
        await do(crew, demo.url, room, "channel.floor", language="en")
        await enter(booth, demo.url, room, "de")
        await ears.goto(demo.url + room)
        await choose(ears, "Deutsch")
        await booth.keyboard.press("Space")
        said, heard = booth.locator("booth-switch .original"), ears.locator("sound-choice strong")
        await expect(heard).to_have_text("German, interpreted")
        await expect(said).to_have_text("")

        await do(crew, demo.url, room, "channel.floor", language="de")
        await expect(said).to_have_text(
            "The floor speaks German now: you may go off air. Your listeners hear the floor then."
        )
        await expect(heard).to_have_text("Floor, in German")
        await expect(ears.locator("sound-choice label", has_text="Deutsch")).to_contain_text("spoken on the floor now")
        await booth.locator("button.switch").click()
        await expect(said).to_have_text("The floor speaks German: your listeners hear the floor.")
        await expect(heard).to_have_text("Floor, in German")
        await accessible(booth)

        await do(crew, demo.url, room, "channel.floor", language="en")
        await expect(said).to_have_text("")
        await do(booth, demo.url, room, "booth.leave", language="de")


async def test_guest_without_a_name_chooses_by_keyboard(browser: Browser, demo: Server) -> None:
    async with person(browser, demo.url) as guest:
        room = await room_of(guest, demo.url, TITLE)
        await guest.goto(demo.url + room)
        await expect(guest.locator("sound-choice strong")).to_be_visible()
        await guest.locator("sound-choice summary").focus()
        await guest.keyboard.press("Enter")
        await guest.keyboard.press("Tab")
        await guest.keyboard.press("ArrowUp")  # from the floor to the last one
        await expect(guest.locator("sound-choice strong")).to_contain_text("German")
        await expect(guest.locator("sound-choice details")).to_have_attribute("open", "")
        await guest.keyboard.press("Escape")
        await expect(guest.locator("sound-choice summary")).to_be_focused()
        await guest.reload()
        await expect(guest.locator("sound-choice strong")).to_contain_text("German")


async def test_channel_is_seen_live_by_relay_silent_and_closed(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url) as guest,
        person(browser, demo.url, "interpreter", "Alone Leila") as leila,
        person(browser, demo.url, "moderator", "Closes Channels") as crew,
    ):
        room = await room_of(guest, demo.url, TITLE)
        await do(crew, demo.url, room, "channel.floor", language="en")
        await guest.goto(demo.url + room)
        await choose(guest, "Deutsch")
        await enter(leila, demo.url, room, "de")
        heard = guest.locator("sound-choice strong")

        await leila.keyboard.press("Space")
        await expect(leila.locator(".switch .word")).to_have_text("On air")
        await expect(leila).to_have_title("● ON AIR, NOT HEARD: German")  # she has no microphone
        await expect(leila.locator("link[rel=icon]")).to_have_attribute("href", re.compile(r"/on-air\.svg$"))
        await expect(leila.locator(".switch")).to_contain_text("The microphone is off. Nobody hears you.")
        await expect(heard).to_have_text("German, interpreted")
        await leila.keyboard.press("3")
        await expect(heard).to_have_text("German, interpreted from Arabic")
        await leila.keyboard.press("1")
        await expect(heard).to_have_text("German, interpreted")
        await accessible(leila)

        await leila.keyboard.press("Space")
        await expect(heard).to_have_text("German is silent: you hear the floor")
        await expect(leila.locator(".switch .word")).to_have_text("Off air")
        await do(crew, demo.url, room, "channel.close", language="de")
        await expect(heard).to_have_text("German is closed: you hear the floor")
        await expect(leila.locator(".switch .word")).to_have_text("Closed")
        await do(crew, demo.url, room, "channel.open", language="de")
        await expect(heard).to_have_text("German is silent: you hear the floor")


async def test_two_in_a_booth_are_never_both_on_air_and_hand_over(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "interpreter", "Leila Amrani") as leila,
        person(browser, demo.url, "interpreter", "Karim Nasser") as karim,
        person(browser, demo.url, "moderator", "Looks In") as crew,
    ):
        room = await room_of(leila, demo.url, TITLE)
        await enter(leila, demo.url, room, "ar")
        await enter(karim, demo.url, room, "ar")
        await expect(leila.locator("booth-partner")).to_contain_text("Karim Nasser is here, not on air")
        pages = {"Leila Amrani": leila, "Karim Nasser": karim}

        # Both press Space in the same moment: one is on air, the other is told who.
        await asyncio.gather(leila.keyboard.press("Space"), karim.keyboard.press("Space"))
        await expect(leila.locator(".switch .word")).not_to_have_text("Off air")
        await expect(karim.locator(".switch .word")).not_to_have_text("Off air")
        words = {name: await page.locator(".switch .word").inner_text() for name, page in pages.items()}
        assert sorted(words.values()) == ["On air", "Somebody else is on air"]
        first, second = sorted(pages, key=lambda name: words[name])
        speaking, waiting = pages[first], pages[second]
        await expect(waiting.locator(".switch")).to_contain_text(first)
        await waiting.keyboard.press("Space")
        await expect(waiting.locator("booth-switch [role=status]")).to_have_text(
            "Somebody else is on air in this booth."
        )

        # By offer, whatever has the focus, on the keyboard of another script as well.
        await speaking.get_by_role("button", name="Slower please").click()
        await expect(speaking.locator("booth-slower")).to_contain_text("Slower please: asked at")
        await speaking.evaluate("key => document.body.dispatchEvent(new KeyboardEvent('keydown', key))", ARABIC_U)
        await expect(waiting.locator(".offer")).to_contain_text(f"{first} offers the microphone")
        await accessible(waiting)
        await waiting.keyboard.press("a")
        await expect(waiting.locator(".switch .word")).to_have_text("On air")
        await expect(speaking.locator(".switch .word")).to_have_text("Somebody else is on air")

        # By request.
        await speaking.keyboard.press("u")
        await expect(waiting.locator(".offer")).to_contain_text(f"{first} asks for the microphone")
        await waiting.keyboard.press("a")
        await expect(speaking.locator(".switch .word")).to_have_text("On air")
        await expect(waiting).to_have_title("Booth: Arabic – Austausch")

        # The crew looks in and finds nothing to press but the keys and the links.
        await crew.goto(f"{demo.url}{room}/booth/ar")
        await expect(crew.locator("div.switch")).to_contain_text(first)
        assert await crew.locator(".mic button:visible").count() == 0

        # Space is the switch also where another button has the focus.
        await asyncio.sleep(SURPRISE)
        await speaking.get_by_role("button", name="Leave the booth").focus()
        await speaking.keyboard.press("Space")
        await expect(speaking.locator("button.switch .word")).to_have_text("Off air")
        await speaking.keyboard.press("?")
        await expect(speaking.locator("booth-help dialog")).to_be_visible()
        await speaking.keyboard.press("Escape")
        for page in pages.values():
            await page.get_by_role("button", name="Leave the booth").click()
            await expect(page.get_by_role("button", name="Enter the booth")).to_be_visible()


async def test_line_that_breaks_takes_an_interpreter_off_air_after_ten_seconds(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url) as guest,
        person(browser, demo.url, "interpreter", "Cut Off") as karim,
    ):
        room = await room_of(guest, demo.url, TITLE)
        await guest.goto(demo.url + room)
        await choose(guest, "Deutsch")
        await enter(karim, demo.url, room, "de")
        await karim.locator("button.switch").click()
        await expect(karim.locator(".switch .word")).to_have_text("On air")
        await expect(guest.locator("sound-choice strong")).to_have_text("German, interpreted")

        await karim.context.set_offline(True)
        await expect(karim.locator(".switch")).to_contain_text("After 10 seconds you are off air.")
        await expect(karim).to_have_title("Line down: German")
        await karim.keyboard.press("Space")
        await expect(karim.locator("booth-switch [role=status]")).to_contain_text("nothing can be switched now")
        await asyncio.sleep(5)
        await expect(guest.locator("sound-choice strong")).to_have_text("German, interpreted")
        await expect(guest.locator("sound-choice strong")).not_to_have_text("German, interpreted", timeout=WAIT)

        await karim.context.set_offline(False)
        await expect(karim.locator(".switch .word")).to_have_text("Off air")
        await expect(karim.locator("booth-switch [role=status]")).to_have_text(
            "The line was down for too long: you are off air."
        )
        await karim.get_by_role("button", name="Leave the booth").click()


async def test_ways_to_work_lead_from_the_room(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "interpreter", "Finds Booth") as leila,
        person(browser, demo.url, "expert", "Finds Desk") as expert,
    ):
        room = await room_of(leila, demo.url, TITLE)
        await leila.goto(demo.url + room)
        names = [await link.inner_text() for link in await leila.locator(".work a").all()]
        assert names == ["Booth: English", "Booth: Arabic", "Booth: German", "Write captions"]
        await leila.set_viewport_size({"width": 390, "height": 844})
        for link in await leila.locator(".work a").all():
            assert await link.evaluate("link => link.getBoundingClientRect().right <= innerWidth")
        await leila.get_by_role("link", name="Booth: Arabic").click()
        await expect(leila.locator("h1")).to_contain_text("Booth: Arabic")
        await leila.goto(f"{demo.url}{room}#people")
        await expect(leila.locator("people-count .heard")).to_contain_text("German")
        await expert.goto(f"{demo.url}{room}#people")
        await expect(expert.locator("people-count")).to_contain_text("present")
        assert await expert.locator(".heard").count() == 0
        assert await expert.locator(".work a").get_attribute("href") == "/desk"
