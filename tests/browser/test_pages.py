"""Every page as people get it: accessible, light, whole without a script, and within the screen's width."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, Response, expect

from tests.browser.people import person
from tests.served import Server

PAGES = {  # name: (path, role)
    "now": ("/", ""),
    "exchange": ("/exchanges/global-exchange-2020", ""),
    "filtered": ("/exchanges/global-exchange-2020?language=ar&time=mine", ""),
    "room": ("{live}", "participant"),
    "agenda": ("{live}#agenda", "participant"),
    "people": ("{live}#people", ""),
    "transcript": ("{live}#transcript", "participant"),
    "room-of-an-interpreter": ("{live}", "interpreter"),
    "booth": ("{live}/booth/en", "interpreter"),
    "booth-seen-by-crew": ("{live}/booth/en", "moderator"),
    "captions": ("{live}/captions", "captioner"),
    "lobby": ("{next}", ""),
    "ended": ("{past}", ""),
    "moderate": ("{live}/moderate", "moderator"),
    "organise": ("/organise", "organiser"),
    "edit": ("/organise{live}", "organiser"),
    "roles": ("/organise/people", "organiser"),
    "desks": ("/desk", "expert"),
    "me": ("/me", "participant"),
    "demo": ("/demo", ""),
    "sign-in": ("/sign-in", ""),
    "missing": ("/nothing-here", ""),
}
SMALL = {"width": 320, "height": 640}
EXPECTED = ("status of 404",)  # the page that is missing
LIMIT = 60 * 1024  # bytes of script and style of a room, compressed
DESK = 80 * 1024  # the moderator's, which few people load and keep open
WAIT = 20.0  # seconds in which everything known has come


async def address(page: Page, base: str, path: str) -> str:
    """A page's address; {live}, {next} and {past} are rooms of the front page."""
    await page.goto(base)
    for name, section in (("live", ".live"), ("next", ".next"), ("past", ".later")):
        if f"{{{name}}}" in path:
            link = await page.locator(f"{section} h3 a").first.get_attribute("href")
            path = path.replace(f"{{{name}}}", str(link))
    return base + path


@pytest.mark.parametrize("name", PAGES)
async def test_page_is_accessible_in_both_directions_and_themes(browser: Browser, demo: Server, name: str) -> None:
    path, role = PAGES[name]
    async with person(browser, demo.url, role, expected=EXPECTED, locale="ar") as page:
        there = await address(page, demo.url, path)
        for language, direction in (("ar", "rtl"), ("en", "ltr")):
            await page.context.add_cookies([{"name": "language", "value": language, "url": demo.url}])
            await page.goto("about:blank")
            await page.goto(there)
            await page.wait_for_timeout(300)  # the first frame of a room
            assert await page.locator("html").get_attribute("dir") == direction
            for theme in ("light", "dark"):
                await page.emulate_media(color_scheme=theme)
                found = await Axe().run(page)
                assert found.violations_count == 0, f"{name} {language} {theme}\n{found.generate_report()}"


@pytest.mark.parametrize("name", PAGES)
async def test_page_fits_the_smallest_screen(browser: Browser, demo: Server, name: str) -> None:
    path, role = PAGES[name]
    async with person(browser, demo.url, role, expected=EXPECTED, viewport=SMALL, locale="de") as page:
        await page.goto(await address(page, demo.url, path))
        await page.wait_for_timeout(300)
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 320


async def test_axe_finds_what_is_wrong(browser: Browser) -> None:
    page = await browser.new_page()
    await page.set_content("<html><body><img src='x'><input></body></html>")
    assert (await Axe().run(page)).violations_count > 0
    await page.close()


@pytest.fixture
async def without_script(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(java_script_enabled=False)
    yield await context.new_page()
    await context.close()


async def test_room_is_readable_without_a_script(without_script: Page, demo: Server) -> None:
    page = without_script
    await page.goto(await address(page, demo.url, "{live}"))
    assert await page.locator("question-list .question").count() >= 2
    assert "allow this site" in await page.locator("ask-form").inner_text()
    await page.click(".side .tabs a[href='#agenda']")
    await expect(page.locator("agenda-list li").first).to_be_visible()
    await page.click(".side .tabs a[href='#transcript']")
    await expect(page.locator("caption-list")).to_be_visible()
    await page.click("sound-choice summary")
    assert await page.locator("sound-choice li").count() >= 3  # the floor, and every channel


async def test_booth_says_without_a_script_who_speaks_and_what_it_needs(without_script: Page, demo: Server) -> None:
    page = without_script
    await page.goto(f"{demo.url}/demo")
    await page.click("button[value=interpreter]")
    await page.wait_for_url(f"{demo.url}/")
    await page.goto(await address(page, demo.url, "{live}"))
    await page.locator(".work a", has_text="Booth:").first.click()
    assert "allow this site" in await page.locator("booth-switch").inner_text()
    assert await page.locator("floor-speaker h2").inner_text() != ""


async def test_sign_in_and_language_work_without_a_script(without_script: Page, demo: Server) -> None:
    page = without_script
    await page.goto(f"{demo.url}/demo")
    await page.click("button[value=organiser]")
    await page.wait_for_url(f"{demo.url}/")
    await page.click("a[href='/organise']")
    await page.wait_for_url(f"{demo.url}/organise")
    assert await page.locator(".board li").count() >= 18
    await page.click("button[value=de]")
    await expect(page.locator("html")).to_have_attribute("lang", "de")


WEIGHED = {  # path: role, and what must be among what was weighed, and how much all may weigh
    "{live}": ("participant", {"lit-html.js", "sound.js", "captions.js", "slides.js", "room.css"}, LIMIT),
    "{live}/moderate": ("moderator", {"lit-html.js", "moderate.js", "moderation.js", "moderate.css"}, DESK),
    "{live}/booth/en": ("interpreter", {"lit-html.js", "booth.js", "booth.css"}, LIMIT),
    "{live}/captions": ("captioner", {"lit-html.js", "writing.js", "captions.css"}, LIMIT),
}


async def weight(response: Response) -> int:
    """Bytes, compressed where it came so."""
    body = await response.body()
    return len(gzip.compress(body, 6)) if response.headers.get("content-encoding") == "gzip" else len(body)


@pytest.mark.parametrize("path", WEIGHED)
async def test_room_weighs_no_more_than_it_may(browser: Browser, demo: Server, path: str) -> None:
    came: dict[str, Response] = {}
    role, known, limit = WEIGHED[path]

    def note(response: Response) -> None:
        if response.url.endswith((".js", ".css")):
            came[Path(response.url).name] = response

    async with person(browser, demo.url, role) as page:
        there = await address(page, demo.url, path)
        await page.context.clear_cookies(name="zone")
        page.on("response", note)
        await page.goto(there)
        async with asyncio.timeout(WAIT):
            while not known <= came.keys():
                await page.wait_for_timeout(100)
        await page.wait_for_timeout(1000)  # for what is not known here
        weights = {name: await weight(response) for name, response in came.items()}
    assert known <= weights.keys()
    assert sum(weights.values()) <= limit, weights
