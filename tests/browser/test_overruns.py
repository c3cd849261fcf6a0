"""An overrun as people see it beside its room: the moderator and the booth of the next, and a page that is open."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.browser.people import do, person
from tests.flows.today import Day
from tests.hosting.days import RANIA
from tests.served import Server, serving


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> Day:
    return Day(tmp_path_factory.mktemp("day") / "data")


@pytest.fixture(scope="module")
def server(today: Day) -> Iterator[Server]:
    with serving(today.folder, rate=0) as server:
        yield server


async def sign_in(page: Page, server: Server, cookie: str) -> None:
    await page.context.add_cookies([{"name": "austausch", "value": cookie, "url": server.url}])


async def items(page: Page, server: Server, room: str) -> list[str]:
    """The agenda's items in order."""
    found = (await (await page.request.get(f"{server.url}/api/rooms/{room}")).json())["all"]["agenda"]
    return sorted(found, key=lambda id: int(found[id]["order"]))


async def test_overrun_is_seen_by_those_of_the_next_session_and_on_open_pages(
    browser: Browser, server: Server, today: Day
) -> None:
    async with (
        person(browser, server.url) as crew,
        person(browser, server.url) as booth,
        person(browser, server.url) as lobby,
        person(browser, server.url) as reader,
    ):
        await sign_in(crew, server, today.cookies["organiser"])
        await sign_in(booth, server, today.cookies["interpreter"])
        for page in (lobby, reader):
            await page.clock.install()
        await crew.goto(f"{server.url}/rooms/{today.next}/moderate")
        await booth.goto(f"{server.url}/rooms/{today.next}/booth/ar")
        await lobby.goto(f"{server.url}/rooms/{today.next}")
        await reader.goto(f"{server.url}/exchanges/day")
        await do(crew, server.url, f"/rooms/{today.here}", "room.open")
        [first, *_] = await items(crew, server, today.here)
        await do(crew, server.url, f"/rooms/{today.here}", "agenda.start", item=first)
        await do(crew, server.url, f"/rooms/{today.here}", "agenda.extend", item=first, minutes=8, how="shift")
        words = re.compile(rf"Due twice: {RANIA} is due here at \d\d:\d\d and still in Session now")
        for page in (crew, booth):
            await expect(page.locator("conflict-list p")).to_have_text(words)
        assert await crew.locator("conflict-list a").get_attribute("href") == f"/rooms/{today.here}/moderate"
        assert await booth.locator("conflict-list a").get_attribute("href") == f"/rooms/{today.here}"
        found = await Axe().run(crew)
        assert [violation["id"] for violation in found.response["violations"]] == []
        for page, text in (
            (reader, r"1[01] minutes late"),
            (lobby, rf"May begin later: {RANIA} is still in Session now"),
        ):
            await expect(page.locator("main")).not_to_contain_text(re.compile(text))
            await page.clock.fast_forward(23_000)
            await expect(page.locator("main")).to_contain_text(re.compile(text))
        await do(crew, server.url, f"/rooms/{today.here}", "agenda.edit", item=first, minutes=1)
        for page in (crew, booth):
            await expect(page.locator("conflict-list p")).to_have_count(0)
