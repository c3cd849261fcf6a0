"""People with browsers: each has a context of their own, and whatever their page complains of fails the test."""

import asyncio
import contextlib
import secrets
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeVar

from playwright.async_api import Browser, Page

from hosting import log, moments
from hosting.database import Database
from rooms.core import Event


@contextlib.asynccontextmanager
async def person(
    browser: Browser, base: str, role: str = "", name: str = "", expected: tuple[str, ...] = (), **options: object
) -> AsyncIterator[Page]:
    """Somebody's page, signed in by the demo where a role is named. What the console complains of raises at the end."""
    context = await browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})  # type: ignore[arg-type]  # as Playwright takes them
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    if role:
        await page.goto(f"{base}/demo")
        await page.fill("#name", name)
        await page.click(f"button[value={role}]")
        await page.wait_for_url(f"{base}/")
    try:
        yield page
    finally:
        await context.close()
    noise = ("WebSocket connection to", "net::ERR_", *expected)  # a line cut on purpose
    found = [line for line in complaints if not any(part in line for part in noise)]
    assert found == [], found


async def do(page: Page, base: str, room: str, command: str, **facts: object) -> None:
    """Give a command as the person of this page, without its screen; `room` as in its address."""
    body = {"id": secrets.token_urlsafe(6), "do": command, "with": facts}
    answer = await page.request.post(f"{base}/api{room}/commands", data=body, headers={"origin": base})
    assert answer.ok, await answer.text()


def tell(folder: Path, room: str, *events: Event) -> None:
    """Let something happen in a room, past the server, which notices."""
    database = Database(f"sqlite:///{folder / 'austausch.sqlite3'}")
    database.start()
    database.write_now(lambda sql: log.tell(sql, room.removeprefix("/rooms/"), events, moments.now()))
    database.stop()


async def room_of(page: Page, base: str, title: str) -> str:
    """The address of the live room with this in its title."""
    await page.goto(base)
    link = await page.locator(".live h3 a", has_text=title).get_attribute("href")
    assert link
    return link


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


Network = TypeVar("Network", bound="Line")


@contextlib.asynccontextmanager
async def reached(line: Network, port: int) -> AsyncIterator[Network]:
    """A line, open at a port."""
    await line.open(port)
    try:
        yield line
    finally:
        await line.close()


class Line:
    """A network between a browser and the server that can be cut and mended."""

    def __init__(self, to: int) -> None:
        self.to, self.up = to, True
        self.writers: set[asyncio.StreamWriter] = set()

    async def open(self, port: int) -> None:
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", port)

    async def close(self) -> None:
        self.cut()
        self.server.close()
        await self.server.wait_closed()

    def cut(self) -> None:
        self.up = False
        for writer in self.writers:
            writer.transport.abort()

    def mend(self) -> None:
        self.up = True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.add(writer)
        with contextlib.suppress(OSError):
            if self.up:
                behind, ahead = await asyncio.open_connection("127.0.0.1", self.to)
                self.writers.add(ahead)
                await asyncio.gather(self.pump(reader, ahead), self.pump(behind, writer))
        writer.transport.abort()

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while self.up and (data := await reader.read(65_536)):
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


class Stalling(Line):
    """A line on which nothing moves for a while, and then everything that was sent."""

    def __init__(self, to: int) -> None:
        super().__init__(to)
        self.moves = asyncio.Event()
        self.moves.set()

    async def stall(self, seconds: float) -> None:
        self.moves.clear()
        await asyncio.sleep(seconds)
        self.moves.set()

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while self.up and (data := await reader.read(65_536)):
                await self.moves.wait()
                writer.write(data)
                await writer.drain()
        writer.transport.abort()
