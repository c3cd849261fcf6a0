"""The hall's screen: what is on air from afar, nothing to press; as an overlay nothing but what is asked for."""

from playwright.async_api import Browser, Page, expect

from tests.browser.people import do, person, room_of
from tests.served import Server

LONG = "Wer übernimmt die Straßenreinigungsgebührenabrechnung, wenn die Stadtwerke ausfallen? " * 20
CLEAR = "rgba(0, 0, 0, 0)"


async def asked(page: Page, base: str, room: str, text: str, language: str) -> str:
    """The id of a question that has just been published."""
    answer = await page.request.post(
        f"{base}/api{room}/commands",
        data={"id": f"ask-{len(text)}", "do": "question.ask", "with": {"text": text, "language": language}},
        headers={"origin": base},
    )
    question = (await answer.json())["ok"]["question"]
    await do(page, base, room, "question.publish", question=question)
    return str(question)


async def fits(page: Page) -> bool:
    """Whether nothing lies outside the screen."""
    return bool(
        await page.evaluate(
            "document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight"
        )
    )


async def test_screen_shows_the_question_on_air_and_has_nothing_to_press(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "moderator", "Ines Keller") as moderator,
        person(browser, demo.url) as hall,
        person(browser, demo.url, viewport={"width": 1920, "height": 1080}) as mixer,
    ):
        room = await room_of(moderator, demo.url, "Keeping")
        await hall.goto(f"{demo.url}{room}/screen")
        await mixer.goto(f"{demo.url}{room}/screen?overlay&show=question,item")
        await expect(hall.locator("screen-item .title")).not_to_be_empty()
        assert await hall.locator("a, button, input, select, textarea, summary").count() == 0

        arabic = await asked(moderator, demo.url, room, "من يدفع ثمن القفازات؟", "ar")
        await do(moderator, demo.url, room, "question.air", question=arabic)
        for page in (hall, mixer):
            words = page.locator("screen-question .asked")
            await expect(words).to_have_text("من يدفع ثمن القفازات؟")
            assert await words.evaluate("each => getComputedStyle(each).direction") == "rtl"

        long = await asked(moderator, demo.url, room, LONG[:2000], "de")
        await do(moderator, demo.url, room, "question.air", question=long)
        for page in (hall, mixer):
            await expect(page.locator("screen-question .asked")).to_contain_text("Straßenreinigungsgebühren")
            assert await fits(page)

        assert await mixer.evaluate("getComputedStyle(document.body).backgroundColor") == CLEAR
        assert await mixer.locator("slide-page, time-left").count() == 0
        await do(moderator, demo.url, room, "question.answered", question=long)
        await expect(mixer.locator("screen-question .asked")).to_have_count(0)


async def test_screen_writes_captions_of_the_language_in_its_address(browser: Browser, demo: Server) -> None:
    async with person(browser, demo.url, "captioner", "Ana Ruiz") as captioner, person(browser, demo.url) as hall:
        room = await room_of(captioner, demo.url, "Keeping")
        await hall.goto(f"{demo.url}{room}/screen?captions=es&show=item")
        await expect(hall.locator("caption-lines")).to_be_visible()
        await do(captioner, demo.url, room, "caption.add", language="es", text="Tres equipos, tres depósitos.")
        await do(captioner, demo.url, room, "caption.add", language="fr", text="Trois équipes.")
        await expect(hall.locator("caption-lines p")).to_have_text(["Tres equipos, tres depósitos."])


async def test_screen_shows_what_is_announced_until_it_is_taken_back(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "moderator", "Ines Keller") as moderator,
        person(browser, demo.url) as hall,
        person(browser, demo.url) as mixer,
    ):
        room = await room_of(moderator, demo.url, "Keeping")
        await hall.goto(f"{demo.url}{room}/screen")
        await mixer.goto(f"{demo.url}{room}/screen?overlay&show=question,item")
        await do(moderator, demo.url, room, "room.announce", text="The lift is out of order. " * 19)
        await expect(hall.locator("screen-announcement .said")).to_contain_text("The lift is out of order.")
        assert await fits(hall)
        assert await mixer.locator("screen-announcement").count() == 0  # it was not asked for
        await do(moderator, demo.url, room, "room.announce", text="")
        await expect(hall.locator("screen-announcement")).to_be_hidden()


async def test_button_of_the_hall_names_what_will_be_heard(browser: Browser, demo: Server) -> None:
    async with person(browser, demo.url) as hall:
        room = await room_of(hall, demo.url, "Keeping")
        for sound, words in (("ar", "Listen to Arabic"), ("floor", "Listen to the floor")):
            await hall.goto(f"{demo.url}{room}/screen?sound={sound}")
            await expect(hall.get_by_role("button")).to_have_text(words)
