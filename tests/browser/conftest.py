"""A demo server and a browser, shared by all browser tests; each test brings its own people and rooms."""

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.browser.ears import chromium, spoken
from tests.browser.hall import Hall
from tests.browser.people import Line, free_port
from tests.flows.clients import joined
from tests.flows.sounds import ears
from tests.flows.today import Day
from tests.flows.town import Town
from tests.served import CHROMIUM, QUIET, ROOT, Server, serving, start

SLIDES = ROOT / "hosting" / "sample" / "slides"


def wait_for_slides(data: Path) -> None:
    """Until the sample decks are drawn: a page that is not there yet is an error in a browser's console."""
    decks, pages = len(list(SLIDES.glob("*.pdf"))), data / "files" / "pages"
    end = time.monotonic() + 120
    while not pages.is_dir() or len([deck for deck in pages.iterdir() if deck.name[0] != "."]) < decks:
        assert time.monotonic() < end, "the sample decks are not drawn"
        time.sleep(0.1)


@pytest.fixture(scope="session")
def weak_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's data."""
    return tmp_path_factory.mktemp("browser") / "data"


@pytest.fixture(scope="session")
def demo(folder: Path, weak_port: int) -> Iterator[Server]:
    """The demo, reached directly or through the weak line."""
    port = free_port()
    origins = f"http://127.0.0.1:{port},http://127.0.0.1:{weak_port}"
    server = start(folder, "--demo", port=port, origins=origins)
    wait_for_slides(folder)
    yield server
    assert server.stop() == 0


@pytest.fixture
async def weak_line(demo: Server, weak_port: int) -> AsyncIterator[Line]:
    line = Line(int(demo.url.rsplit(":", 1)[1]))
    await line.open(weak_port)
    yield line
    await line.close()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
async def speaker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """A browser with a microphone, in which there is a burst of sound each second."""
    async with chromium(spoken(tmp_path_factory.mktemp("spoken"))) as browser:
        yield browser


@pytest.fixture(scope="session")
async def listener() -> AsyncIterator[Browser]:
    """A browser of a process of its own that plays sound without a click."""
    async with chromium() as browser:
        yield browser


@pytest.fixture
def today(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """Rooms that are on now and next, for tests that need a server of their own."""
    return Day(tmp_path_factory.mktemp("day") / "data")


@pytest.fixture
def server(today: Day) -> Iterator[Server]:
    with serving(today.folder, rate=0) as server:
        yield server


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = Town(tmp_path_factory.mktemp("speaking") / "data")
    town.add("second", "interpreter")
    return town


@pytest.fixture(scope="module")
def house(place: Town) -> Iterator[Server]:
    with serving(place.folder, rate=0) as server:
        yield server


@pytest.fixture
async def hall(house: Server, place: Town) -> AsyncIterator[Hall]:
    room, cookies = place.rooms["before-spring"], place.cookies
    async with (
        joined(house, room, cookies["moderator"]) as crew,
        joined(house, room, cookies["second"]) as igor,
        ears(house, room, cookies["participant"]) as one,
    ):
        await crew.do("room.open")
        await one.hear("fr", "floor")
        yield Hall(house, place, room, crew, igor, one)
        for name in ("interpreter", "second"):  # whose pages are closed, but who may come back
            async with joined(house, room, cookies[name]) as booth:
                await booth.do("booth.leave", language="fr")
