"""Who listens in a room: by audience, by person, and who is behind because their line cannot take more.

Sends and never waits. Who is behind is sent nothing until they have drained; what they missed is known by their seq.
"""

from collections.abc import Callable, Iterable, Iterator, Set
from itertools import islice
from typing import Protocol

import msgspec

from rooms import roles
from rooms.core import AUDIENCES, Actor, Audience

CHUNK = 1_000  # connections that are written to before others have their turn: some milliseconds


class Listener(Protocol):
    """One connection as the hub sees it."""

    def send(self, *parts: bytes) -> bool:
        """Take a frame, given in parts, without waiting. False: send nothing more until it has drained."""


class Row(Protocol):
    """Those of one audience who take frames, and the way to write one frame to all of them."""

    def add(self, listener: Listener) -> None: ...

    def discard(self, listener: Listener) -> None: ...

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Listener]: ...

    def __contains__(self, listener: object) -> bool: ...

    def copy(self) -> "Row":
        """The same listeners in the same order, whatever becomes of the row."""

    def send(self, frame: bytes, begin: int, end: int, without: Set[Listener]) -> list[Listener]:
        """Send a frame to those at these places, without some; returns those who cannot take more."""


class PlainRow:
    """A row that sends to one after the other."""

    def __init__(self, members: Iterable[Listener] = ()) -> None:
        self.members = dict.fromkeys(members)

    def add(self, listener: Listener) -> None:
        self.members[listener] = None

    def discard(self, listener: Listener) -> None:
        self.members.pop(listener, None)

    def __len__(self) -> int:
        return len(self.members)

    def __iter__(self) -> Iterator[Listener]:
        return iter(self.members)

    def __contains__(self, listener: object) -> bool:
        return listener in self.members

    def copy(self) -> "PlainRow":
        return PlainRow(self.members)

    def send(self, frame: bytes, begin: int, end: int, without: Set[Listener]) -> list[Listener]:
        chosen = [listener for listener in list(self.members)[begin:end] if listener not in without]
        return [listener for listener in chosen if not listener.send(frame)]


def audience_of(actor: Actor) -> Audience:
    return roles.AUDIENCE[actor.role]


class Lag(msgspec.Struct, frozen=True):
    """Where somebody fell behind: what they were sent everything up to, and how many passing frames there had been."""

    seq: int
    passed: int


class Crowd:
    """All listeners of a room. In `ready` are those who take frames, by audience; in `behind` all others."""

    def __init__(self, new_row: Callable[[], Row] = PlainRow) -> None:
        self.actors: dict[Listener, Actor] = {}  # for whom each listens
        self.persons: dict[str, dict[Listener, None]] = {}
        self.booths: dict[Listener, str] = {}  # of those that are a booth's page, its language in one spelling
        self.ready: dict[Audience, Row] = {audience: new_row() for audience in AUDIENCES}
        self.behind: dict[Listener, Lag] = {}
        self.ahead: dict[Listener, int] = {}  # who has been sent more than all have been shown, and up to where
        self.delivered = 0  # up to which seq all have been sent frames
        self.under_way = 0  # the seq of the frame that is being delivered
        self.due: set[Listener] = set()  # who has not been sent it yet
        self.moved: set[Listener] | None = None  # who has come, gone or fallen behind since that began
        self.passed = 0  # frames without a seq

    def __contains__(self, listener: object) -> bool:
        return listener in self.actors

    def add(self, listener: Listener, actor: Actor, booth: str | None = None) -> None:
        """Take somebody in, ready; whoever listens already does so as somebody else from here on."""
        self.remove(listener)
        self.actors[listener] = actor
        if booth:
            self.booths[listener] = booth
        self.persons.setdefault(actor.id, {})[listener] = None
        self.ready[audience_of(actor)].add(listener)
        self.move(listener)

    def remove(self, listener: Listener) -> Actor | None:
        actor = self.actors.pop(listener, None)
        if actor:
            self.ready[audience_of(actor)].discard(listener)
            self.behind.pop(listener, None)
            self.ahead.pop(listener, None)
            self.booths.pop(listener, None)
            self.move(listener)
            others = self.persons[actor.id]
            del others[listener]
            if not others:
                del self.persons[actor.id]
        return actor

    def fall_behind(self, listener: Listener, seq: int = 0) -> None:
        """Send somebody nothing more: they have what all have, or up to a seq, or will have when they have drained."""
        actor = self.actors.get(listener)
        if actor:
            self.ready[audience_of(actor)].discard(listener)
            self.move(listener)
            before = self.behind.get(listener)
            if before:
                self.behind[listener] = Lag(max(seq, before.seq), before.passed)
            else:
                ahead = self.ahead.get(listener, 0)
                sent = max(seq, self.delivered, ahead, 0 if listener in self.due else self.under_way)
                self.behind[listener] = Lag(sent, self.passed)

    def catch_up(self, listener: Listener) -> Lag:
        """Somebody who was behind takes frames again; where they fell behind."""
        self.ready[audience_of(self.actors[listener])].add(listener)
        self.move(listener)
        return self.behind.pop(listener)

    def move(self, listener: Listener) -> None:
        if self.moved is not None:
            self.moved.add(listener)

    def missed(self, lag: Lag) -> bool:
        """Whether frames without a seq have passed by since."""
        return lag.passed != self.passed

    # ── Sending ──────────────────────────────────────────────────────────────────────────────────────────────────

    def pass_by(self, audience: Audience, frame: bytes) -> None:
        """Send an audience a frame that has no seq."""
        self.passed += 1
        row = self.ready[audience]
        for listener in row.send(frame, 0, len(row), frozenset()):
            self.fall_behind(listener)

    def pass_slowly(self, frames: dict[Audience, bytes]) -> Iterator[None]:
        """The same for frames that can wait; pauses after each CHUNK. Whoever goes meanwhile is not written to."""
        for audience, frame in frames.items():
            row = self.ready[audience]
            there = row.copy()
            self.passed += 1
            for begin in range(0, len(there), CHUNK):
                if begin:
                    yield
                gone = {one for one in islice(there, begin, begin + CHUNK) if one not in row} if begin else set()
                for listener in there.send(frame, begin, begin + CHUNK, gone):
                    self.fall_behind(listener)
            self.passed += len(there) > CHUNK  # who has fallen behind in a pause has not been sent it

    def whisper(self, person: str, frame: bytes) -> None:
        """Send all connections of one person a frame that has no seq."""
        self.passed += 1
        for listener in [one for one in self.persons.get(person, ()) if one not in self.behind]:
            if not listener.send(frame):
                self.fall_behind(listener)

    def deliver(self, frames: dict[Audience, bytes], own: dict[Listener, bytes], seq: int) -> Iterator[None]:
        """Send frames of a seq, `own` to some in place of their audience's, if any; pauses after each CHUNK.

        Whoever comes or catches up meanwhile has been sent as much.
        """
        rows = [(self.ready[audience], frame) for audience, frame in frames.items()]
        self.moved = moved = set(own)
        if len(own) + sum(len(row) for row, _ in rows) > CHUNK:  # then there will be pauses
            rows = [(row.copy(), frame) for row, frame in rows]
            self.due = {listener for row, _ in rows for listener in row}
        try:
            self.under_way = seq
            for listener, frame in own.items():
                if frame and listener not in self.behind and not listener.send(frame):
                    self.fall_behind(listener, seq)
            self.due -= moved
            written = len(own)
            for row, frame in rows:
                for begin in range(0, len(row), CHUNK):
                    if written + min(CHUNK, len(row) - begin) > CHUNK:
                        yield
                        written = 0
                    for listener in row.send(frame, begin, begin + CHUNK, moved):
                        self.fall_behind(listener, seq)
                    self.due.difference_update(islice(row, begin, begin + CHUNK))
                    written += min(CHUNK, len(row) - begin)
        finally:
            self.moved, self.due, self.under_way = None, set(), 0
        self.delivered = seq
        self.ahead = {listener: sent for listener, sent in self.ahead.items() if sent > seq}
