"""An archive's questions in English and Arabic, after moderators have answered and translated past the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from hosting import moments, people
from hosting.config import Config
from hosting.database import Database
from hosting.security import cookie_name
from rooms import questions, translations
from rooms.lifecycle import Closed, Opened
from tests.browser.people import person
from tests.hosting.programmes import PROGRAMME, room, take_in
from tests.hosting.programmes import person as somebody
from tests.hosting.sessions import Held, people_named, release
from tests.hosting.test_errands import IDEAS
from tests.served import Server, serving

SPOKEN, SPOKEN_ENGLISH = "من يدفع ثمن المضخات؟", "Who pays for the pumps?"
OPEN, ANSWER = "Can the map be used in a town without a land register?", "Yes: start from the drains."
MACHINE, ORIGINAL = "كيف أقنعتم الملاك؟", "Wie haben Sie die Eigentümer überzeugt?"
TWIN = "Who finances the pumps, please?"
SIZES = ({"width": 390, "height": 844}, {"width": 1280, "height": 800})


def after(database: Database) -> str:
    """A released session after which two questions are not yet as their askers would like them."""
    here = Held(database, room(database, "before-spring")).happens(Opened())
    samir, agnes = people_named(database, "سمير الخطيب", "Agnes Nabirye")
    ids = [here.asks(samir, SPOKEN, "ar"), here.asks(agnes, OPEN), here.asks(agnes, ORIGINAL, "de")]
    ids += [here.asks(agnes, TWIN), here.asks(agnes, "Who digs, and when?"), here.asks(samir, "canary-declined")]
    here.happens(*map(questions.Published, ids[:5]), questions.Scored({ids[0]: 9, ids[1]: 4, ids[2]: 6}))
    here.happens(questions.Merged(ids[3], ids[0]), questions.Declined(ids[5], None, "off_topic"))
    here.happens(translations.Translated(ids[2], "ar", MACHINE), translations.TranslationApproved(ids[2], "ar", "m"))
    here.happens(questions.Deferred(ids[4], None, "one-day", {"en": "One day"}))
    here.at(60).happens(questions.Aired(ids[0])).at(90).happens(questions.Closed(ids[0]))
    id = here.at(300).happens(Closed()).write()
    release(database, id)
    return id


@pytest.fixture
def ended(tmp_path: Path) -> Iterator[tuple[Server, str, str]]:
    """A server with such a session, its id, and the cookie of a moderator."""
    database = Database(f"sqlite:///{tmp_path / 'data' / 'austausch.sqlite3'}")
    database.start()
    take_in(database, PROGRAMME + IDEAS)
    id, crew = after(database), somebody(database, "moderator")
    token = database.write_now(lambda sql: people.open_sign_in(sql, crew, moments.now()))
    database.stop()
    with serving(tmp_path / "data") as server:
        yield server, id, token


async def finish(page: Page, address: str) -> None:
    """What moderators do after the end: from the archive to what is open, and to what is over."""
    await page.goto(address)
    await expect(page.locator(".state-of")).to_contain_text("2 questions are still open.")
    await page.get_by_role("link", name="Answer open questions").click()
    await page.locator("published-list .pick", has_text=OPEN).click()
    await page.keyboard.press("w")
    await page.keyboard.type(ANSWER)
    await page.get_by_role("button", name="Publish the answer").click()
    await expect(page.locator("undo-line")).to_contain_text("Answered in writing")
    await page.locator("done-list summary").click()
    over = page.locator("done-list li", has_text=SPOKEN).first
    await over.get_by_role("button", name="Translate").click()
    await expect(over.locator("textarea")).to_be_focused()
    await page.keyboard.type(SPOKEN_ENGLISH)
    await over.get_by_role("button", name="Approve and show").click()
    await expect(page.locator("undo-line")).to_contain_text("The translation is approved.")
    await expect(over.locator("textarea")).to_have_count(0)


async def test_questions_are_finished_after_the_end_and_read_in_both_languages(
    browser: Browser, ended: tuple[Server, str, str]
) -> None:
    server, id, token = ended
    address = f"{server.url}/archive/{id}"
    async with person(browser, server.url) as crew:
        await crew.context.add_cookies([{"name": cookie_name(Config()), "value": token, "url": server.url}])
        await finish(crew, address)
        await crew.goto(address)
        await expect(crew.locator(".state-of")).to_contain_text("1 question is still open.")
    async with person(browser, server.url) as page:
        for language, spoken, original in (("en", SPOKEN_ENGLISH, ORIGINAL), ("ar", SPOKEN, MACHINE)):
            await page.context.add_cookies([{"name": "language", "value": language, "url": server.url}])
            for size in SIZES:
                await page.set_viewport_size(size)  # type: ignore[arg-type]  # a dict of these two
                await page.goto(address)
                first = [text.strip() for text in await page.locator(".asked blockquote").all_inner_texts()]
                assert (spoken in first, original in first, OPEN in first) == (True, True, True)
                for text in (SPOKEN, SPOKEN_ENGLISH, ORIGINAL, MACHINE, TWIN, ANSWER):
                    assert await page.locator(".asked").get_by_text(text, exact=True).count() == 1
                assert "canary" not in await page.content()
                assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
                found = await Axe().run(page)
                assert found.violations_count == 0, f"{language} {size}\n{found.generate_report()}"
                assert await page.locator(f".asked [lang=ar]:text-is('{SPOKEN}')").get_attribute("dir") == "rtl"
                rows = page.locator("#record tbody tr")
                assert [await rows.nth(n).locator("td").inner_text() for n in range(await rows.count())] == ["1"] * 6


async def test_what_was_answered_in_writing_is_of_whom_wrote_it(
    browser: Browser, ended: tuple[Server, str, str]
) -> None:
    server, id, token = ended
    async with person(browser, server.url) as crew:
        await crew.context.add_cookies([{"name": cookie_name(Config()), "value": token, "url": server.url}])
        await finish(crew, f"{server.url}/archive/{id}")
        answer = await crew.request.get(f"{server.url}/archive/{id}/questions.json")
        found = {one["text"]: one for one in (await answer.json())["questions"]}
    written, translated = found[OPEN]["answer"], found[SPOKEN]["translations"]
    assert (written["text"], written["language"], written["by"]) == (ANSWER, "en", "Samira Kassem")
    assert translated == {"en": {"text": SPOKEN_ENGLISH, "by": "Samira Kassem", "source": "person"}}
    assert found[SPOKEN]["also_asked"] == [{"text": TWIN, "language": "en"}]
