"""The way out to one browser: whole frames, never waited for. Where the server has no fast lane, a queue and a task.

A frame is built once and written to all who get it. With MARK bytes unsent (in the kernel's buffer, or in the queue) a
lane takes nothing more until it has drained; one that does not drain for STALL is said to have stalled.
"""

import asyncio
import contextlib
from collections import deque
from typing import Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect

MARK = 65_536  # bytes that may be unsent
STALL = 20.0  # seconds in which a lane must drain, or send as much as MARK of a long frame
CLOSING = 1.0  # seconds a polite close may take
EXTENSION = "austausch.lane"  # in the scope of a socket: its fast lane
TEXT, BINARY = 0x81, 0x82  # the first byte of a frame that is a whole message


class Client(Protocol):
    """Whoever is at the near end of a lane."""

    def hear(self, text: bytes) -> None:
        """A text message has come in."""

    def hear_bytes(self, data: bytes) -> None:
        """A binary message has come in."""

    def full(self) -> None:
        """The lane takes no more frames, or has ended: nothing may be written to its descriptor."""

    def drained(self) -> None:
        """The lane takes frames again."""

    def stalled(self) -> None:
        """The lane has not drained for STALL."""


class Lane(Protocol):
    """One socket's way out."""

    fd: int  # where a whole frame may be written at once; -1: not so, or not now
    ready: bool  # whether it takes frames

    def take(self, client: Client) -> None:
        """From here on everything that comes in, and what becomes of the lane, goes to a client."""

    def put(self, *parts: bytes) -> bool:
        """Send a text frame, given in parts. False: nothing more until it has drained."""

    def put_bytes(self, *parts: bytes) -> bool:
        """The same as a binary frame."""

    def write_rest(self, frame: bytes, written: int) -> None:
        """Go on with a frame of which so many bytes have been written to `fd`."""

    def backlog(self) -> int:
        """Bytes that have not been sent on: they wait here, or in the kernel for the other end to take more."""

    def hold(self, held: bool) -> None:
        """Stop reading, or go on."""

    def finish(self, code: int, last: bytes) -> None:
        """Send a last frame and close with a code; abort where that takes longer than CLOSING."""

    def abort(self) -> None:
        """End at once."""


def header(size: int, first: int = TEXT) -> bytes:
    """The head of an unmasked frame in one piece (RFC 6455, 5.2)."""
    if size < 126:
        return bytes((first, size))
    if size < 65_536:
        return bytes((first, 0x7E)) + size.to_bytes(2)
    return bytes((first, 0x7F)) + size.to_bytes(8)


class QueueLane:
    """The lane of a server that has none of its own: frames wait until `run` has sent them through ASGI."""

    fd = -1

    def __init__(self, websocket: WebSocket) -> None:
        self.websocket = websocket
        self.ready = True
        self.waiting: deque[tuple[int, bytes]] = deque()  # each after its first byte on the line
        self.unsent = 0  # bytes
        self.code = 0
        self.news = asyncio.Event()

    def take(self, client: Client) -> None:
        self.client = client

    def put(self, *parts: bytes) -> bool:
        return self.append(TEXT, b"".join(parts))

    def put_bytes(self, *parts: bytes) -> bool:
        return self.append(BINARY, b"".join(parts))

    def append(self, first: int, frame: bytes) -> bool:
        self.waiting.append((first, frame))
        self.unsent += len(frame)
        self.ready = self.unsent <= MARK
        self.news.set()
        return self.ready

    def write_rest(self, frame: bytes, written: int) -> None:
        raise AssertionError("there is nothing to write to")

    def backlog(self) -> int:
        return self.unsent

    def hold(self, held: bool) -> None:
        """ASGI reads one message at a time, when it is asked to."""

    def finish(self, code: int, last: bytes) -> None:
        if not self.code:
            if last:
                self.put(last)
            self.code = code
            self.news.set()

    def abort(self) -> None:
        self.waiting.clear()
        self.code = self.code or 1011
        self.news.set()

    async def run(self) -> None:
        """Send what waits until the lane is finished; must not outlive the socket."""
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while not self.code or self.waiting:
                await self.news.wait()
                self.news.clear()
                await self.empty()
            async with asyncio.timeout(CLOSING):
                await self.websocket.close(self.code)

    async def empty(self) -> None:
        while self.waiting:
            first, frame = self.waiting.popleft()
            try:
                async with asyncio.timeout(CLOSING if self.code else STALL):
                    if first == TEXT:
                        await self.websocket.send_text(frame.decode())
                    else:
                        await self.websocket.send_bytes(frame)
            except TimeoutError:
                self.client.stalled()
                self.abort()
                return
            self.unsent -= len(frame)
            if not self.ready and not self.waiting:
                self.ready = True
                self.client.drained()
