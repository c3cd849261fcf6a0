"""Open sockets without a network: a lane that keeps what is sent, and takes more until it is told that it is full."""

import json
from typing import Any

from hosting import people
from hosting.admission import Shown, Ticket
from hosting.connections import Connection
from hosting.lanes import Client
from rooms.session import bye

Frame = dict[str, Any]


class Line:
    """A lane whose other end is this test."""

    fd = -1

    def __init__(self) -> None:
        self.ready = True
        self.sent: list[bytes] = []
        self.packets: list[bytes] = []
        self.held = False
        self.waiting = 0  # bytes that were not taken
        self.code = 0  # with which it was finished

    def take(self, client: Client) -> None:
        self.client = client

    def put(self, *parts: bytes) -> bool:
        self.sent.append(b"".join(parts))
        return self.ready

    def put_bytes(self, *parts: bytes) -> bool:
        self.packets.append(b"".join(parts))
        return self.ready

    def write_rest(self, frame: bytes, written: int) -> None:
        raise AssertionError("nothing is written to a line without a descriptor")

    def backlog(self) -> int:
        return self.waiting

    def hold(self, held: bool) -> None:
        self.held = held

    def finish(self, code: int, last: bytes) -> None:
        self.sent.append(last)
        self.code = code

    def abort(self) -> None:
        self.code = 1006

    def taken(self) -> list[Frame]:
        """The frames since this was last asked."""
        frames, self.sent = [json.loads(frame) for frame in self.sent], []
        return frames


async def unanswered(connection: Connection, text: bytes) -> None:
    """What comes in does not matter here."""


def say_bye(connection: Connection, code: int, after: float) -> bytes:
    return bye(code, "", after)


def connected(room: str, shown: Shown) -> tuple[Connection, Line]:
    """A socket with a ticket, or of somebody who is known, before it has been looked up."""
    line = Line()
    connection = Connection(room, shown, line, unanswered, say_bye)
    line.take(connection)
    return connection, line


def ticket(cookie: str) -> Ticket:
    return Ticket(people.digest(cookie))
