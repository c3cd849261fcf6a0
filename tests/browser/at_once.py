"""Two who press at the same moment, and answers that come late: what a page says or hears can be kept back."""

import asyncio
from collections.abc import Callable

from playwright.async_api import Page, WebSocketRoute


class Deaf:
    """The way from the server to a page, which can be stopped for a while; what the page says goes through at once."""

    def __init__(self) -> None:
        self.stopped = False
        self.kept: list[tuple[Callable[[str | bytes], None], str | bytes]] = []

    async def stand(self, page: Page) -> None:
        """Take the place of the page's sockets, before it opens one."""
        await page.route_web_socket("**/live*", self.join)

    def join(self, page: WebSocketRoute) -> None:
        server = page.connect_to_server()
        server.on_message(lambda frame: self.pass_on(page.send, frame))

    def pass_on(self, to: Callable[[str | bytes], None], frame: str | bytes) -> None:
        if self.stopped:
            self.kept.append((to, frame))
        else:
            to(frame)

    def hear(self) -> None:
        self.stopped = False
        for to, frame in self.kept:
            to(frame)
        self.kept.clear()


async def press_at_once(*presses: tuple[Page, Deaf, str]) -> None:
    """Each presses a key on what their page showed before any of them had pressed."""
    for _page, ear, _key in presses:
        ear.stopped = True
    await asyncio.gather(*(page.keyboard.press(key) for page, _ear, key in presses))
    for _page, ear, _key in presses:
        ear.hear()


class Mute(Deaf):
    """The way from a page to the server, which can be stopped for a while; what the server says goes through."""

    def join(self, page: WebSocketRoute) -> None:
        server = page.connect_to_server()
        page.on_message(lambda frame: self.pass_on(server.send, frame))
