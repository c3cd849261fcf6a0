"""The booth's page: an offer is taken back, one writes without switching, a word is found, a lost line is seen."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, expect

from tests.browser.hall import Held
from tests.browser.people import do, person, room_of
from tests.browser.test_interpretation import TITLE, enter
from tests.served import Server

PASTED = "en\tar\tde\nduty plan\tجدول المناوبة\tDienstplan\nnight team\tفريق الليل\tNachtdienst\n"


async def test_booth_takes_back_looks_up_and_writes_beside_the_switch(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "interpreter", "Nadia Rahal") as nadia,
        person(browser, demo.url, "interpreter", "Omar Fathi") as omar,
        person(browser, demo.url, "moderator", "Sees Slower") as crew,
    ):
        room = await room_of(nadia, demo.url, TITLE)
        await crew.goto(f"{demo.url}{room}/moderate")
        for page in (nadia, omar):
            await enter(page, demo.url, room, "de")
        await nadia.keyboard.press("Space")
        await expect(nadia.locator(".switch .word")).to_have_text("On air")

        # An offer, and a request, are taken back by key and by button.
        await nadia.keyboard.press("u")
        await expect(omar.locator(".offer")).to_contain_text("Nadia Rahal offers the microphone")
        await expect(nadia.locator(".offer")).to_contain_text("You have offered the microphone.")
        await nadia.keyboard.press("z")
        await expect(omar.locator(".offer")).to_have_count(0)
        await omar.keyboard.press("u")
        await expect(nadia.locator(".offer")).to_contain_text("Omar Fathi asks for the microphone")
        await omar.get_by_role("button", name="Take it back").click()
        await expect(nadia.locator(".offer")).to_have_count(0)

        # The speaker's side hears of it calmly, and the booth cannot nag.
        await omar.keyboard.press("l")
        await expect(crew.locator("slower-please")).to_contain_text("Slower, please: German")
        await omar.keyboard.press("l")
        await expect(omar.locator("booth-switch [role=status]")).to_contain_text("This booth has just asked.")

        await omar.keyboard.press("n")
        await expect(crew.locator("slower-please")).to_contain_text("No sound in the booth: German")

        # Whoever writes, writes: no letter and no Space is a key of the booth.
        await nadia.locator("room-chat summary").click()
        await nadia.locator("room-chat textarea").press_sequentially("u a z m l ?")
        await expect(nadia.locator("room-chat textarea")).to_have_value("u a z m l ?")
        await expect(nadia.locator(".switch .word")).to_have_text("On air")

        # The word list is pasted on its page and found in the booth, by any language, without accents.
        await omar.goto(f"{demo.url}{room}/words")
        await omar.fill("#list", PASTED)
        await omar.get_by_role("button", name="Take the list in").click()
        await expect(omar.locator("main [role=status]")).to_have_text("2 new terms.")
        found = await Axe().run(omar)
        assert found.violations_count == 0, found.generate_report()
        await nadia.locator("h1").click()
        await nadia.keyboard.press("w")
        await nadia.locator("word-list input").first.press_sequentially("nacht")
        await expect(nadia.locator("word-list li")).to_have_text(["night team Nachtdienst Arabic: فريق الليل"])
        await expect(nadia.locator(".switch .word")).to_have_text("On air")

        # A term is added here, too; what is typed before its answer has come is of the next one.
        await nadia.locator("word-list .new summary").click()
        await nadia.route("**/words", held := Held())
        first, second = (nadia.locator("word-list .new input").nth(place) for place in (0, 1))
        await first.fill("counter")
        await second.fill("Schalter")
        await second.press("Enter")
        await first.fill("letter")
        held.go()
        await expect(nadia.locator("word-list [role=status]")).to_have_text("Added.")
        await expect(first).to_have_value("letter")
        await expect(second).to_have_value("")
        found = await Axe().run(nadia)
        assert found.violations_count == 0, found.generate_report()

        # Omar has left his booth's page for another: Nadia sees that he has lost the line.
        await expect(nadia.locator("booth-partner")).to_contain_text("Omar Fathi has lost the line")
        for page in (nadia, omar):
            await do(page, demo.url, room, "booth.leave", language="de")
