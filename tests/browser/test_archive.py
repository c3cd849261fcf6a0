"""An archive as people read it: accessible, within the smallest screen, without a script, linked, on paper."""

import re
from collections.abc import Iterator
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]  # it has none
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from hosting.database import Database
from rooms import questions
from rooms.lifecycle import Closed, Opened
from tests.browser.people import person
from tests.hosting.programmes import room, take_in
from tests.hosting.sessions import Held, held, people_named, release
from tests.served import Server, serving

SLIDES = ("status of 404",)  # the pages of the slides are not in this house
SMALL = {"width": 320, "height": 640}
A4 = (595, 842)  # points
LONG = "How did you talk to the owners of houses in which nobody wanted to speak of cellars any more? " * 22


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server with a released session of three languages, and its address."""
    data: Path = tmp_path_factory.mktemp("archive") / "data"
    database = Database(f"sqlite:///{data / 'austausch.sqlite3'}")
    database.start()
    take_in(database)
    id = held(database, room(database, "before-spring"), lines=600, asked=12)
    release(database, id)
    release(database, wordy(database))
    database.stop()
    with serving(data) as server:
        yield server, f"{server.url}/archive/{id}"


def wordy(database: Database) -> str:
    """An ended session whose questions are each as long as half a page of paper and more."""
    here = Held(database, room(database, "after-spring"))
    here.happens(Opened())
    for number, asker in enumerate(people_named(database, *["Agnes Nabirye"] * 6)):
        question = here.at(60 * number).asks(asker, LONG)
        here.happens(questions.Published(question), questions.Aired(question), questions.Closed(question))
    return here.at(600).happens(Closed()).write()


@pytest.mark.parametrize("path", ["", "?lang=ar", "/transcript.html?lang=de", "list"])
async def test_archive_is_accessible_in_both_directions_and_themes(
    browser: Browser, archive: tuple[Server, str], path: str
) -> None:
    server, address = archive
    async with person(browser, server.url, expected=SLIDES) as page:
        for language, direction in (("ar", "rtl"), ("en", "ltr")):
            await page.context.add_cookies([{"name": "language", "value": language, "url": server.url}])
            await page.goto(f"{server.url}/archive" if path == "list" else address + path)
            assert await page.locator("html").get_attribute("dir") == direction
            for theme in ("light", "dark"):
                await page.emulate_media(color_scheme=theme)
                found = await Axe().run(page)
                assert found.violations_count == 0, f"{path} {language} {theme}\n{found.generate_report()}"


@pytest.mark.parametrize("path", ["?lang=de", "?lang=ar", "/transcript.html?lang=de", "list"])
async def test_archive_fits_the_smallest_screen(browser: Browser, archive: tuple[Server, str], path: str) -> None:
    server, address = archive
    async with person(browser, server.url, expected=SLIDES, viewport=SMALL, locale="de") as page:
        await page.goto(f"{server.url}/archive" if path == "list" else address + path)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320


async def test_archive_is_read_and_linked_without_a_script(browser: Browser, archive: tuple[Server, str]) -> None:
    _server, address = archive
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(address)
    await page.click(".chapters a:has-text('Dry cellars')")
    assert page.url.startswith(f"{address}#t-")
    assert await page.locator(".chapter:target h2").inner_text() == "Dry cellars"
    await page.click(".tongues a[lang=ar]")
    assert await page.locator(".speech p").first.get_attribute("lang") == "ar"
    await context.close()


async def test_link_to_a_moment_is_copied(browser: Browser, archive: tuple[Server, str]) -> None:
    server, address = archive
    async with person(browser, server.url, expected=SLIDES, permissions=["clipboard-read", "clipboard-write"]) as page:
        await page.goto(address)
        assert not await page.locator("#moment").is_visible()
        await page.locator(".speech .at").nth(3).click()
        await page.click("#moment button")
        await page.get_by_text("Copied").wait_for()
        assert await page.evaluate("navigator.clipboard.readText()") == page.url


async def test_link_to_a_moment_that_another_language_has_leads_close_to_it(
    browser: Browser, archive: tuple[Server, str]
) -> None:
    server, address = archive
    async with person(browser, server.url, expected=SLIDES) as page:
        await page.goto(f"{address}#t-2801")
        assert await page.locator("#t-2801").count() == 0
        await page.wait_for_function("scrollY > 2000")


async def test_archive_prints_on_a4_without_what_is_for_screens(
    browser: Browser, archive: tuple[Server, str], tmp_path: Path
) -> None:
    server, address = archive
    async with person(browser, server.url, expected=SLIDES) as page:
        await page.goto(address)
        await page.pdf(path=tmp_path / "archive.pdf", prefer_css_page_size=True)
    with pypdfium2.PdfDocument(tmp_path / "archive.pdf") as printed:
        first = re.sub("[\x02\ufffe]", "-", printed[0].get_textpage().get_text_range())  # at the end of a line
        pages = len(printed)
        size = tuple(round(length) for length in printed[0].get_size())
        last = printed[pages - 1].get_textpage().get_text_range()
    assert size == A4
    assert 5 < pages < 40
    assert (address in first, "Before the clocks go forward" in first, "Sign in" in first) == (True, True, False)
    assert "Leila Amrani" in last


async def test_long_questions_leave_no_page_of_paper_half_empty(
    browser: Browser, archive: tuple[Server, str], tmp_path: Path
) -> None:
    server, _address = archive
    async with person(browser, server.url, expected=SLIDES) as page:
        await page.goto(f"{server.url}/archive")
        await page.get_by_role("link", name="After the clocks went forward", exact=True).click()
        await page.locator(".asked").last.wait_for()
        await page.pdf(path=tmp_path / "wordy.pdf", prefer_css_page_size=True)
    with pypdfium2.PdfDocument(tmp_path / "wordy.pdf") as printed:
        texts = [printed[number].get_textpage() for number in range(1, len(printed) - 1)]
        lowest = [min(text.get_rect(n)[1] for n in range(text.count_rects())) for text in texts]
    assert len(lowest) >= 3
    assert [low for low in lowest if low > A4[1] * 0.2] == []  # from the bottom edge
