"""What a live room needs from outside, as protocols. Each has a contract suite that every back end passes."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from rooms.core import Receipt, Record
from rooms.lists import Summary


class Conflict(Exception):
    """Somebody else appended first: read the tail, apply it, decide again."""


class Duplicate(Exception):
    """This actor has used this command id in this room before."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__(receipt.id)
        self.receipt = receipt


class NoSuchRoom(Exception):
    """There is no log of that name."""


class Away(Exception):
    """The store is out of reach or full. Nothing was applied, or it is not known: the same id answers either way."""


class Restored(Away):
    """The log is another one than before: who holds state of the old one begins anew."""


class Tail(msgspec.Struct, frozen=True):
    """A room's records after a seq, in order, with the epoch of its log."""

    epoch: str
    records: tuple[Record, ...]


class Log(Protocol):
    """The append-only logs of rooms. What `append` returned from is durable."""

    async def read(self, room: str, after: int = 0) -> Tail:
        """Everything after a seq. NoSuchRoom."""

    async def append(self, room: str, expected: int, records: tuple[Record, ...], summary: Summary | None) -> None:
        """Append records numbered expected + 1 …, all or none. Conflict, Duplicate, NoSuchRoom, Away.

        With `chat.blanked` the texts of all that was said in the room's chat before are gone from the log.
        """


class Ballots(Protocol):
    """Votes for questions: rows, with the result of their command in the same transaction."""

    async def cast(
        self, room: str, question: str, receipt: Receipt, vote: bool, merged: tuple[str, ...] = ()
    ) -> Receipt:
        """Set or clear the receipt's actor's vote; returns the receipt kept, the earlier one for a known id.

        Clearing it also clears those for questions `merged` into this one.
        """

    async def known(self, room: str, actor: str, id: str) -> Receipt | None:
        """What was answered to a command that is in no log: a vote."""

    async def tally(self, room: str, groups: Mapping[str, str]) -> dict[str, int]:
        """How many votes each question has; questions without any are absent.

        `groups`: for each question that is merged, the one its votes count for, which gets each voter once.
        """

    async def of(self, room: str, voter: str) -> list[str]:
        """What one person voted for, sorted."""


class Choices(Protocol):
    """The channel each person has chosen to hear: rows, with the result of their command in the same transaction."""

    async def choose(self, room: str, language: str, receipt: Receipt) -> Receipt:
        """Keep the choice of the receipt's actor; returns the receipt kept, the earlier one for a known id."""

    async def of(self, room: str, person: str) -> str | None:
        """What one person has chosen; None: nothing yet."""


class Tally(msgspec.Struct, frozen=True):
    """How many have voted in a poll, and how often for each choice; choices without a vote are absent."""

    voters: int
    votes: dict[int, int]


class Boxes(Protocol):
    """Votes in polls: rows, with the result of their command in the same transaction.

    A box is there from its first vote. Of a secret one nothing is kept from which a voter's choice could be told.
    """

    async def cast(
        self, room: str, poll: str, choices: tuple[int, ...], among: int, secret: bool, receipt: Receipt
    ) -> Receipt:
        """Put in the choices of the receipt's actor among so many, in an open poll in place of those before.

        Returns the receipt kept, the earlier one for a known id. Refused: `poll.voted` for a second vote in a secret
        poll, `state.changed` once the box is sealed.
        """

    async def counts(self, room: str) -> dict[str, Tally]:
        """The sums of all polls that are not secret; those without a vote are absent."""

    async def seal(self, room: str, poll: str) -> Tally:
        """Take no more votes from here on; the sums, which are final. Nothing is left of how they came about."""

    async def of(self, room: str, voter: str) -> list[str]:
        """The polls in which one person has voted, sorted."""


class Bus(Protocol):
    """Hints that a room's log has grown. Lossy, unordered, repeatable: a lost one costs time, never data."""

    def publish(self, room: str, head: int) -> None:
        """Tell all nodes; never waits."""

    def subscribe(self, hear: Callable[[str, int], None]) -> Callable[[], None]:
        """Hear every hint, one's own included; the returned function ends it."""


class Clock(Protocol):
    """The time of day, for display and records; order is by seq."""

    def now(self) -> datetime: ...


class Directory(Protocol):
    """Names by person id."""

    async def names(self, persons: frozenset[str]) -> dict[str, str]: ...
