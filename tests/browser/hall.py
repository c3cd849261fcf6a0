"""A room in which people speak in browsers: who stands by at plain sockets, and what is heard of it."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from typing import Any

from playwright.async_api import Browser, Page, Route, expect

from tests.flows.clients import Client
from tests.flows.sounds import Ears
from tests.flows.town import Town
from tests.served import Server

SILENCE = 0.6  # seconds without a voice, which no machine under load makes by itself
LOUD = 30  # bytes of Opus; a pause has fewer
HEARD = re.compile(r"You are heard\.|Your microphone is on air\.")  # on the floor, in a booth
WAIT = 10.0  # seconds for anything that must come
RECEIVED = """async (channel) => {
  const base = document.querySelector("script[type=module]").src.replace(/js\\/.*/, "js/sound/");
  const [{ listen }, { tickets }] = await Promise.all(["engine", "tickets"].map((name) => import(`${base}${name}.js`)));
  const [ticket] = await tickets({ listen: [channel] });
  return (await listen(ticket)).stats().received; // the page's own listening, which it has once
}"""
MORE = f"async ([channel, before]) => await ({RECEIVED})(channel) > before + 5"


class Hall:
    """One room with a moderator, a second interpreter at a live socket, and somebody who listens to everything."""

    def __init__(self, server: Server, town: Town, room: str, crew: Client, igor: Client, one: Ears) -> None:
        self.server, self.town, self.room = server, town, room
        self.crew, self.igor, self.one = crew, igor, one

    @contextlib.asynccontextmanager
    async def page(self, browser: Browser, who: str, path: str, base: str = "", **options: Any) -> AsyncIterator[Page]:
        """Somebody's page of the room; what goes wrong in its scripts fails the test."""
        context = await browser.new_context(**options)
        base = base or self.server.url
        cookie = {"name": "austausch", "value": self.town.cookies[who], "url": base}
        await context.add_cookies([cookie])  # type: ignore[list-item]  # a dictionary of these
        page, complaints = await context.new_page(), list[str]()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(base + path.format(room=self.room))
        try:
            yield page
        finally:
            await context.close()
        assert complaints == []

    def sounds(self, channel: str) -> int:
        """How many packets with sound have been heard so far."""
        return sum(len(data) > LOUD for *_, data in self.one.heard[channel])

    async def heard(self, channel: str) -> None:
        """Wait until a voice is heard from now on."""
        before = self.sounds(channel)
        await self.one.until(lambda: self.sounds(channel) > before + 5, WAIT)

    async def silent(self, channel: str) -> None:
        """Wait until no voice is heard any more."""
        async with asyncio.timeout(WAIT):
            before = -1
            while before != self.sounds(channel):
                before = self.sounds(channel)
                await asyncio.sleep(SILENCE)


async def enter(page: Page) -> None:
    await page.get_by_role("button", name="Enter the booth").click()
    await expect(page.locator("button.switch")).to_be_visible()


async def begin_test(page: Page) -> None:
    """From the list of one's contributions to the test on the desk of the first."""
    await page.locator("a[href^='/desk/']").first.click()
    await page.wait_for_load_state()
    await page.get_by_role("button", name="Test the microphone").click()
    await expect(page.locator("mic-check dialog")).to_be_visible()


async def is_heard(page: Page) -> None:
    await expect(page.locator("mic-control")).to_contain_text(HEARD, timeout=WAIT * 1000)


async def hears(page: Page, channel: str = "floor") -> None:
    """Wait until a voice of this channel comes from now on."""
    await page.wait_for_function(MORE, arg=[channel, await page.evaluate(RECEIVED, channel)])


class Held:
    """A route whose files come when they are let go."""

    def __init__(self) -> None:
        self._free = asyncio.Event()

    def go(self) -> None:
        self._free.set()

    async def __call__(self, route: Route) -> None:
        await self._free.wait()
        await route.continue_()
