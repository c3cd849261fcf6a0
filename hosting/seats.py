"""Open sockets of this node, found by person, ticket and room without looking at every one."""

from collections.abc import Iterable, Iterator
from typing import Generic, Protocol, TypeVar

from hosting.admission import Shown, Ticket
from hosting.people import UNKNOWN, Visitor


class Seated(Protocol):
    """A socket in a room; `shown` is what it came with, `visitor` who that is, once that was looked up."""

    room: str
    shown: Shown
    visitor: Visitor

    def end(self, code: int, after: float = 0) -> None:
        """Have it say bye with a close code, and come again after so many seconds."""


Name = TypeVar("Name")
One = TypeVar("One", bound=Seated)
PER_PERSON = 8  # sockets


class Seats(Generic[One]):
    """Open sockets of one kind, from before it is known who is behind them."""

    def __init__(self) -> None:
        self.all: dict[One, None] = {}
        self.persons: dict[str, dict[One, None]] = {}
        self.tickets: dict[bytes, dict[One, None]] = {}  # by the digest of a browser's sign-in or a program's token
        self.rooms: dict[str, dict[One, None]] = {}

    def __contains__(self, connection: object) -> bool:
        return connection in self.all

    def __len__(self) -> int:
        return len(self.all)

    def __iter__(self) -> Iterator[One]:
        return iter(list(self.all))

    def add(self, connection: One) -> None:
        self.all[connection] = None
        self.rooms.setdefault(connection.room, {})[connection] = None
        if isinstance(connection.shown, Ticket):
            self.tickets.setdefault(connection.shown.digest, {})[connection] = None

    def know(self, connection: One, visitor: Visitor) -> None:
        """It is known who is behind a socket."""
        connection.visitor = visitor
        self.persons.setdefault(visitor.person, {})[connection] = None

    def remove(self, connection: One) -> None:
        self.all.pop(connection, None)
        forget(self.rooms, connection.room, connection)
        if isinstance(connection.shown, Ticket):
            forget(self.tickets, connection.shown.digest, connection)
        if connection.visitor is not UNKNOWN:
            forget(self.persons, connection.visitor.person, connection)

    def of(self, person: str | None) -> list[One]:
        """The sockets of a person; None: everybody's of whom it is known who they are."""
        if person is not None:
            return list(self.persons.get(person, ()))
        return [connection for connection in self.all if connection.visitor is not UNKNOWN]

    def opened_with(self, ticket: bytes) -> list[One]:
        return list(self.tickets.get(ticket, ()))

    def inside(self, room: str) -> list[One]:
        return list(self.rooms.get(room, ()))

    def crowded(self, visitor: Visitor) -> bool:
        return len(self.persons.get(visitor.person, ())) >= PER_PERSON


def forget(index: dict[Name, dict[One, None]], name: Name, connection: One) -> None:
    here = index.get(name, {})
    here.pop(connection, None)
    if not here:
        index.pop(name, None)


def end_all(connections: Iterable[Seated], code: int) -> None:
    """End connections; each is asked back at a time of its own, 500 a second."""
    for place, connection in enumerate(connections):
        connection.end(code, round(1 + place / 500, 2))
