"""A program at the socket of sound: asks for tickets, speaks in packets of any bytes, and keeps what it hears."""

import asyncio
import contextlib
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from hosting.packets import BUNDLE, SAMPLES, Head, head, opus, packet
from tests.served import Server

WAIT = 10.0  # seconds for anything that must come
PACE = 0.02  # seconds between two packets


class Ears:
    """One open socket of sound. `heard`: by channel, the sources and numbers of the packets that came, with when."""

    def __init__(self, server: Server, room: str, cookie: str, socket: ClientConnection) -> None:
        self.server, self.room, self.cookie, self.socket = server, room, cookie, socket
        self.texts: list[dict[str, Any]] = []
        self.rights: dict[tuple[str, str], dict[str, Any]] = {}
        self.heard: defaultdict[str, list[tuple[int, int, float, bytes]]] = defaultdict(list)
        self.open: dict[str, bool] = {}  # by source, whether it passes
        self.hearing: list[str] | None = None
        self.names: dict[int, str] = {255: "echo"}
        self.code: int | None = None
        self.news = asyncio.Condition()
        self.reading = asyncio.create_task(self.read())

    async def read(self) -> None:
        try:
            async for message in self.socket:
                async with self.news:
                    self.take(message)
                    self.news.notify_all()
        except ConnectionClosed:
            pass
        async with self.news:
            self.code = self.socket.close_code
            self.news.notify_all()

    def take(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            for frame in unbundled(message):
                found = head(frame)
                self.heard[self.names[found.channel]].append((found.source, found.seq, time.monotonic(), opus(frame)))
            return
        text = json.loads(message)
        self.texts.append(text)
        for each in text.get("redeemed", ()):
            self.rights[each["use"], each["channel"]] = each
            self.names[each["number"]] = each["channel"]
        self.open |= text.get("open", {})
        self.hearing = text.get("hearing", self.hearing)

    async def send(self, text: object) -> None:
        await self.socket.send(json.dumps(text))

    async def until(self, found: Callable[[], bool], seconds: float = WAIT) -> None:
        async with asyncio.timeout(seconds), self.news:
            await self.news.wait_for(found)

    async def tickets(self, **wanted: Any) -> list[dict[str, Any]]:
        given: list[dict[str, Any]] = (await asked(self.server, self.room, self.cookie, **wanted)).json()["ok"][
            "tickets"
        ]
        return given

    async def redeem(self, **wanted: Any) -> None:
        """Ask for tickets, and give them to the socket."""
        given = await self.tickets(**wanted)
        await self.send({"redeem": [ticket["token"] for ticket in given]})
        await self.until(lambda: all((ticket["use"], ticket["channel"]) in self.rights for ticket in given))

    async def hear(self, *channels: str) -> None:
        """Have tickets for these, and hear them from now on."""
        await self.redeem(listen=channels)
        await self.send({"hear": channels})
        await self.until(lambda: self.hearing == list(channels))

    async def been_read(self) -> None:
        """Wait until the server has read whatever was sent here before."""
        before = len(self.texts)
        await self.send({"hear": self.hearing or []})
        await self.until(lambda: any("hearing" in text for text in self.texts[before:]))

    def voice(self, channel: str) -> "Voice":
        right = self.rights["speak", channel]
        return Voice(self, right["number"], right["source"])

    async def closed(self) -> int | None:
        await self.until(lambda: self.code is not None)
        return self.code


class Voice:
    """One source: sends packets whose Opus is any bytes, for nobody on the way looks."""

    def __init__(self, ears: Ears, number: int, source: int) -> None:
        self.ears, self.number, self.source, self.seq = ears, number, source, 0

    def frame(self, data: bytes = b"a voice in twenty milliseconds") -> bytes:
        return packet(Head(self.number, self.source, self.seq, self.seq * SAMPLES), data)

    async def say(self, count: int = 1, data: bytes = b"a voice in twenty milliseconds") -> None:
        """Send packets one after the other, at their pace."""
        for _ in range(count):
            await self.ears.socket.send(self.frame(data))
            self.seq += 1
            await asyncio.sleep(PACE)

    @contextlib.asynccontextmanager
    async def speaking(self) -> AsyncIterator[None]:
        """Speaks for as long as this lasts."""
        task = asyncio.create_task(self.say(100_000))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def unbundled(message: bytes) -> Sequence[bytes]:
    """The packets of one message."""
    if message[0] != BUNDLE:
        return [message]
    frames, at = [], 2
    while at < len(message):
        size = int.from_bytes(message[at : at + 2])
        frames.append(message[at + 2 : at + 2 + size])
        at += 2 + size
    assert len(frames) == message[1]
    return frames


async def asked(server: Server, room: str, cookie: str, origin: str = "", **wanted: object) -> httpx2.Response:
    """Ask for tickets as the page does."""
    headers = {"origin": origin or server.url, "accept-language": "en", "cookie": f"austausch={cookie}"}
    async with httpx2.AsyncClient(base_url=server.url, headers=headers, trust_env=False, timeout=WAIT) as browser:
        return await browser.post(f"/api/rooms/{room}/sound", json=wanted)


@contextlib.asynccontextmanager
async def ears(server: Server, room: str, cookie: str, origin: str | None = None) -> AsyncIterator[Ears]:
    address, page = f"{server.ws}/rooms/{room}/sound", Origin(origin or server.url)
    cookies = {"Cookie": f"austausch={cookie}"}
    socket = await connect(address, origin=page, additional_headers=cookies, compression=None, proxy=None)
    one = Ears(server, room, cookie, socket)
    try:
        yield one
    finally:
        one.reading.cancel()
        await asyncio.gather(one.reading, return_exceptions=True)
        await socket.close()
