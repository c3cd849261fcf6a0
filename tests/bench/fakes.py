"""A tiny server that says what the generator expects, or spoils it on purpose."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from tests.bench.plain import change

SpoilBytes = Callable[[int, int, bytes], list[bytes]]  # the same of sound: whose, which (0, 1 …) and the packet
Spoil = Callable[[int, int, str], list[str]]  # whose (0, 1 …), which (1, 2 …) and the frame → what is sent instead


def sound(_place: int, _number: int, frame: str) -> list[str]:
    return [frame]


class Fake:
    """Everybody who is here, in the order they came, and what their requests asked for."""

    def __init__(self, spoil: Spoil = sound, *, snapshot: int = 100, waits: int = 0, refuses: bool = False) -> None:
        self.spoil, self.snapshot, self.waits, self.refuses = spoil, snapshot, waits, refuses
        self.room: list[ServerConnection] = []
        self.paths: list[str] = []
        self.cookies: list[str] = []
        self.seq = 10
        self.number = 0  # of changes made
        self.port = 0

    async def all(self, frame: str) -> None:
        self.number += 1
        for place, each in enumerate(self.room):
            for text in self.spoil(place, self.number, frame):
                await each.send(text)

    async def plain(self, connection: ServerConnection) -> None:
        """The plain protocol of load.c."""
        self.room.append(connection)
        async for order in connection:
            await self.all(change(str(order)))

    async def live(self, connection: ServerConnection) -> None:
        """The live socket: a first frame, then a change and a reply for every command."""
        if self.waits:
            self.waits -= 1
            await connection.send('{"bye":{"code":1012,"text":"full","after":0.2}}')
            await connection.close(1012)
            return
        kind = "put" if "cursor=" in self.paths[-1] else "all"
        filling = {"captions": {"c": {"text": "." * self.snapshot}}}
        first = {kind: filling, "seq": self.seq, "epoch": "e-public", "you": {}, "at": "2027-03-01T12:00:00Z"}
        await connection.send(json.dumps(first, separators=(",", ":")))
        self.room.append(connection)
        async for text in connection:
            command = json.loads(text)
            self.seq += 1
            put = {"put": {"captions": {"c": {"text": command["with"]["text"]}}}, "seq": self.seq}
            await self.all(json.dumps(put, separators=(",", ":")))
            reply: dict[str, Any] = {"re": command["id"], "ok": {"caption": "c"}, "seq": self.seq}
            await connection.send(json.dumps(reply, separators=(",", ":")))

    async def serve(self, connection: ServerConnection) -> None:
        try:
            await (
                self.plain(connection)
                if connection.request and connection.request.path == "/plain"
                else self.live(connection)
            )
        except ConnectionClosed:
            pass
        finally:
            if connection in self.room:
                self.room.remove(connection)

    def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        self.paths.append(request.path)
        self.cookies.append(request.headers.get("Cookie", ""))
        return connection.respond(HTTPStatus.FORBIDDEN, "no\n") if self.refuses else None


@asynccontextmanager
async def faking(fake: Fake) -> AsyncIterator[Fake]:
    async with serve(fake.serve, "127.0.0.1", 0, process_request=fake.admit, compression=None) as server:
        fake.port = server.sockets[0].getsockname()[1]
        yield fake
        await asyncio.sleep(0)


def sound_bytes(_place: int, _seq: int, message: bytes) -> list[bytes]:
    return [message]


@asynccontextmanager
async def relaying(spoil: SpoilBytes) -> AsyncIterator[int]:
    """The port of a fake relay: what is sent by whoever speaks goes to all others, as they came."""
    room: list[ServerConnection] = []

    async def relay(connection: ServerConnection) -> None:
        room.append(connection)
        await connection.send('{"redeemed":[{"channel":"es","number":3,"use":"speak","source":700}]}')
        with contextlib.suppress(ConnectionClosed):
            async for message in connection:
                assert isinstance(message, bytes)
                for place, each in enumerate(one for one in room if one is not connection):
                    for spoilt in spoil(place, int.from_bytes(message[4:8]), message):
                        await each.send(spoilt)

    async with serve(relay, "127.0.0.1", 0, compression=None) as server:
        yield server.sockets[0].getsockname()[1]
