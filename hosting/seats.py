"""All open sockets of this node, found by person, by sign-in and by room without looking at every one."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from hosting.admission import Ticket
from hosting.connections import Connection
from hosting.people import UNKNOWN, Visitor

Name = TypeVar("Name")
PER_PERSON = 8  # connections


class Seats:
    """Open sockets, from before it is known who is behind them."""

    def __init__(self) -> None:
        self.all: dict[Connection, None] = {}
        self.persons: dict[str, dict[Connection, None]] = {}
        self.sign_ins: dict[bytes, dict[Connection, None]] = {}
        self.rooms: dict[str, dict[Connection, None]] = {}

    def __contains__(self, connection: object) -> bool:
        return connection in self.all

    def __len__(self) -> int:
        return len(self.all)

    def __iter__(self) -> Iterator[Connection]:
        return iter(list(self.all))

    def add(self, connection: Connection) -> None:
        self.all[connection] = None
        self.rooms.setdefault(connection.room, {})[connection] = None
        if isinstance(connection.shown, Ticket) and not connection.shown.bearer:
            self.sign_ins.setdefault(connection.shown.digest, {})[connection] = None

    def know(self, connection: Connection, visitor: Visitor) -> None:
        """It is known who is behind a socket."""
        connection.visitor = visitor
        self.persons.setdefault(visitor.person, {})[connection] = None

    def remove(self, connection: Connection) -> None:
        self.all.pop(connection, None)
        forget(self.rooms, connection.room, connection)
        if isinstance(connection.shown, Ticket):
            forget(self.sign_ins, connection.shown.digest, connection)
        if connection.visitor is not UNKNOWN:
            forget(self.persons, connection.visitor.person, connection)

    def of(self, person: str | None) -> list[Connection]:
        """The sockets of a person; None: everybody's of whom it is known who they are."""
        if person is not None:
            return list(self.persons.get(person, ()))
        return [connection for connection in self.all if connection.visitor is not UNKNOWN]

    def signed_in(self, sign_in: bytes) -> list[Connection]:
        return list(self.sign_ins.get(sign_in, ()))

    def inside(self, room: str) -> list[Connection]:
        return list(self.rooms.get(room, ()))

    def crowded(self, visitor: Visitor) -> bool:
        return len(self.persons.get(visitor.person, ())) >= PER_PERSON


def forget(index: dict[Name, dict[Connection, None]], name: Name, connection: Connection) -> None:
    here = index.get(name, {})
    here.pop(connection, None)
    if not here:
        index.pop(name, None)


def end_all(connections: Iterable[Connection], code: int) -> None:
    """End connections; each is asked back at a time of its own, 500 a second."""
    for place, connection in enumerate(connections):
        connection.end(code, round(1 + place / 500, 2))
