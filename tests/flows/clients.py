"""A program at the live socket, as any other than our own page would be: it keeps the screen that the frames make."""

import asyncio
import contextlib
import json
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from tests.served import Server

WAIT = 10.0  # seconds for anything that must come
Frame = dict[str, Any]


class Client:
    """One open connection. `screen` is what all and put frames made; replies are kept by id."""

    def __init__(self, socket: ClientConnection, frame: Frame) -> None:
        self.socket, self.first = socket, frame
        self.screen: dict[str, dict[str, Any]] = {}
        self.frames: list[Frame] = []
        self.replies: dict[str, Frame] = {}
        self.seq, self.epoch = 0, ""
        self.news = asyncio.Condition()
        self.bye: Frame | None = None
        self.code: int | None = None
        self.take(frame)
        self.reading = asyncio.create_task(self.read())

    @property
    def cursor(self) -> str:
        return f"{self.epoch}:{self.seq}"

    @property
    def whole(self) -> Frame:
        """The last frame that said who it is."""
        return next(frame for frame in reversed(self.frames) if "you" in frame)

    async def read(self) -> None:
        try:
            async for text in self.socket:
                async with self.news:
                    self.take(json.loads(text))
                    self.news.notify_all()
        except ConnectionClosed:
            pass
        async with self.news:
            self.code = self.socket.close_code
            self.news.notify_all()

    def take(self, frame: Frame) -> None:
        self.frames.append(frame)
        if "re" in frame:
            self.replies[frame["re"]] = frame
        if "bye" in frame:
            self.bye = frame["bye"]
        if "all" in frame:
            self.screen = {collection: {} for collection in frame["all"]}
        for collection, items in (frame.get("all") or frame.get("put") or {}).items():
            for id, item in items.items():
                if item is None:
                    self.screen.setdefault(collection, {}).pop(id, None)
                else:
                    self.screen.setdefault(collection, {})[id] = item
        self.seq = max(self.seq, frame.get("seq", 0)) if "re" not in frame else self.seq
        self.epoch = frame.get("epoch", self.epoch)

    async def send(self, frame: object) -> None:
        await self.socket.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    async def do(self, command: str, id: str | None = None, **facts: Any) -> Frame:
        """Give a command and wait for its reply."""
        id = id or secrets.token_urlsafe(6)
        await self.send({"id": id, "do": command, "with": facts})
        await self.until(lambda: id in self.replies)
        return self.replies.pop(id)

    async def until(self, found: Callable[[], bool]) -> None:
        """Wait until something holds, looked at after every frame. TimeoutError."""
        async with asyncio.timeout(WAIT), self.news:
            await self.news.wait_for(found)

    async def closed(self) -> int | None:
        """Wait for the end; its close code."""
        await self.until(lambda: self.code is not None)
        return self.code


async def dial(
    server: Server,
    room: str,
    token: str = "",
    cursor: str = "",
    origin: str | None = None,
    bearer: str = "",
    booth: str = "",
) -> ClientConnection:
    """Open a socket as a browser with this cookie would, or as a program with a bearer token; `booth`: as its page."""
    headers = {"Cookie": f"austausch={token}"} if token else {}
    headers |= {"Authorization": f"Bearer {bearer}"} if bearer else {}
    query = urlencode({name: value for name, value in (("booth", booth), ("cursor", cursor)) if value})
    address = f"{server.ws}/rooms/{room}/live" + (f"?{query}" if query else "")
    page = None if bearer else Origin(origin or server.url)
    return await connect(address, origin=page, additional_headers=headers, compression=None, max_size=None, proxy=None)


@contextlib.asynccontextmanager
async def joined(
    server: Server, room: str, token: str = "", cursor: str = "", bearer: str = "", booth: str = ""
) -> AsyncIterator[Client]:
    socket = await dial(server, room, token, cursor, bearer=bearer, booth=booth)
    client = Client(socket, json.loads(await asyncio.wait_for(socket.recv(), WAIT)))
    try:
        yield client
    finally:
        client.reading.cancel()
        await asyncio.gather(client.reading, return_exceptions=True)
        await socket.close()


def has_read(server: Server) -> None:
    """Wait for an answer on another line: whatever had come to the server before, it has read by then."""
    assert httpx2.get(f"{server.url}/healthz", trust_env=False, timeout=WAIT).status_code == 200


def refuses(server: Server) -> None:
    """Wait until the server takes in nobody any more: it has begun to end. TimeoutError."""
    address, end = urlsplit(server.url), time.monotonic() + WAIT
    while time.monotonic() < end:
        try:
            socket.create_connection((address.hostname, address.port), WAIT).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.01)
    raise TimeoutError("it still takes people in")
