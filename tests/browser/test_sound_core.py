"""Sound from one browser to another through the real server: how late, how whole, and what becomes of it on a bad line."""

import asyncio
import statistics
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.browser.ears import LISTEN, LOUD, SPEAK, delays, enter, mouth, onsets, spoken, stats, told
from tests.browser.people import person, room_of
from tests.served import CHROMIUM, QUIET, Server

TITLE = "The town hall without a counter"  # open, with channels for English, Arabic and German


@pytest.fixture(scope="module")
async def speaker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """A browser with a microphone, in which there is a burst each second."""
    async with async_playwright() as playwright:
        recording = spoken(tmp_path_factory.mktemp("sound"))
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=mouth(recording))
        yield browser
        await browser.close()


@pytest.fixture(scope="module")
async def listener() -> AsyncIterator[Browser]:
    """A browser of a process of its own that need not be clicked at."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *LOUD])
        yield browser
        await browser.close()


async def test_voice_reaches_the_ear_soon_and_whole(speaker: Browser, listener: Browser, demo: Server) -> None:
    async with (
        person(speaker, demo.url, "moderator", "Speaks Here") as mouth,
        person(listener, demo.url, "participant", "Listens Here") as ear,
    ):
        room = demo.url + await room_of(ear, demo.url, TITLE)
        await asyncio.gather(enter(mouth, room), enter(ear, room))
        await ear.evaluate(LISTEN, ["floor"])
        await mouth.evaluate(SPEAK, "floor")
        await asyncio.sleep(11)
        found, counted = delays(await onsets(mouth), await onsets(ear)), await stats(ear)
        print(told("mouth to ear", found, counted))
        assert await mouth.evaluate("ears.opened") == [True]
        assert len(found) >= 9
        assert statistics.median(found) <= 120
        assert counted.lost == 0
        assert counted.underruns <= 2
