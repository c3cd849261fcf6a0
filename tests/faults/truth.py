"""What is in the end: the database of a stopped server, room by room, with its log folded once.

The fold is the oracle: what every key showed to every audience, from which seq on. It uses `apply` and `see` and
neither hub nor view, so that a fault of these is not its own.
"""

from bisect import bisect_right
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, select

from hosting import log, people, tables
from hosting.database import open_engine
from rooms import room as rooms_room
from rooms.core import AUDIENCES, Audience, Key, Record
from rooms.lifecycle import Renamed
from rooms.room import Room
from rooms.sight import own
from rooms.view import COLLECTIONS
from rooms.wire import encoder

Shown = dict[str, Any] | None  # an item as a screen has it
Command = tuple[str, str]  # person and id


class Kept(msgspec.Struct, frozen=True):
    """What the store keeps of an answered command; not `logged`: its result is a row."""

    seq: int
    ok: dict[str, str]
    digest: bytes
    logged: bool


class Truth(msgspec.Struct):
    """Everything that a room's clients can be compared with."""

    room: str
    epoch: str
    head: int
    records: tuple[Record, ...]
    commands: dict[Command, Kept]
    ballots: frozenset[tuple[str, str]]  # question and voter
    choices: dict[str, str]  # what each person has chosen to hear
    names: dict[str, str]


def read(file: Path) -> dict[str, Truth]:
    """Read the database of a server that no longer runs."""
    engine = open_engine(f"sqlite:///{file}", writer=False)
    try:
        with engine.connect() as sql:
            return {room: read_room(sql, room) for room in sql.execute(select(tables.rooms.c.id)).scalars().all()}
    finally:
        engine.dispose()


def heads(file: Path) -> dict[str, int]:
    """How far each room's log is, while a server may run."""
    engine = open_engine(f"sqlite:///{file}", writer=False)
    try:
        with engine.connect() as sql:
            return {row.id: row.head for row in sql.execute(select(tables.rooms.c.id, tables.rooms.c.head))}
    finally:
        engine.dispose()


def read_room(sql: Connection, room: str) -> Truth:
    tail, position = log.read(sql, room), log.position(sql, room)
    assert position
    return Truth(
        room,
        position[0],
        position[1],
        tail.records,
        {
            (row.actor, row.id): Kept(row.seq, msgspec.json.decode(row.ok), row.digest, row.logged)
            for row in rows(sql, tables.commands, room)
        },
        frozenset((row.question, row.voter) for row in rows(sql, tables.ballots, room)),
        {row.person: row.language for row in rows(sql, tables.choices, room)},
        people.names(sql, list(sql.execute(select(tables.persons.c.id)).scalars())),
    )


def rows(sql: Connection, table: Table, room: str) -> Iterable[Any]:
    return sql.execute(select(table).where(table.c.room == room)).all()


class Frames:
    """Frames read once, however many heard the same; first frames are nobody else's and are not kept.

    What is no frame at all reads as an empty one.
    """

    def __init__(self) -> None:
        self.known: dict[str, dict[str, Any]] = {}

    def read(self, text: str) -> dict[str, Any]:
        frame = self.known.get(text)
        if frame is None:
            try:
                frame = msgspec.json.decode(text, type=dict[str, Any])
            except msgspec.DecodeError:
                frame = {}
            if "you" not in frame and "re" not in frame:
                self.known[text] = frame
        return frame


class Seen:
    """What one thing looked like, from which seq on; at first it was not there."""

    def __init__(self) -> None:
        self.seqs, self.raw = [0], b"null"
        self.items: list[Shown] = [None]

    def at(self, seq: int) -> Shown:
        return self.items[bisect_right(self.seqs, seq) - 1]

    def ever(self, seq: int) -> bool:
        """Whether it was to be seen at any time up to a seq."""
        return any(item is not None for item in self.items[: bisect_right(self.seqs, seq)])

    def note(self, seq: int, raw: bytes, item: Shown) -> None:
        if raw != self.raw:
            self.seqs.append(seq)
            self.items.append(item)
            self.raw = raw


class Sight:
    """One audience's sight of a room over time; `touched`: which keys it may have been told of, at which seqs."""

    def __init__(self) -> None:
        self.keys: dict[Key, Seen] = {}
        self.seqs: list[int] = []
        self.touched: list[Key] = []

    def tell(self, seq: int, key: Key) -> None:
        self.seqs.append(seq)
        self.touched.append(key)

    def at(self, key: Key, seq: int) -> Shown:
        return self.keys[key].at(seq) if key in self.keys else None

    def told(self, after: int, upto: int) -> set[Key]:
        """What it may have been told of after one seq, up to another."""
        return set(self.touched[bisect_right(self.seqs, after) : bisect_right(self.seqs, upto)])

    def changed(self, after: int, upto: int) -> set[Key]:
        """What of it looks different at the end, so that it must have been told."""
        return {key for key in self.told(after, upto) if self.at(key, after) != self.at(key, upto)}

    def whole(self, seq: int) -> dict[str, dict[str, Shown]]:
        """All items at a seq, by collection."""
        shown: dict[str, dict[str, Shown]] = {collection: {} for collection in COLLECTIONS}
        for (collection, id), seen in self.keys.items():
            item = seen.at(seq)
            if item is not None:
                shown[collection][id] = item
        return shown


class Fold:
    """A room's log, folded once. Persons whose name changed on the way are compared without it: see `nameless`."""

    def __init__(self, truth: Truth) -> None:
        self.renamed = {record.event.person for record in truth.records if isinstance(record.event, Renamed)}
        self.names = {person: "" if person in self.renamed else name for person, name in truth.names.items()}
        self.sights: dict[Audience, Sight] = {audience: Sight() for audience in AUDIENCES}
        self.own = Sight()  # everybody's own questions, by person and question
        self.state = Room(truth.room)
        self.items: dict[bytes, Shown] = {}  # decoded once
        for record in truth.records:
            self.take(record)

    def take(self, record: Record) -> None:
        seq, room = record.seq, self.state
        for key in rooms_room.apply(record, room):
            if key[0] == "questions":
                one = room.questions.all[key[1]]
                self.own.tell(seq, (one.by, one.id))
                self.note(self.own, (one.by, one.id), seq, own(room.questions, one, self.names))
            if key[0] not in COLLECTIONS:
                continue
            for audience, sight in self.sights.items():
                if rooms_room.concerns(record.event, room, key, audience):
                    sight.tell(seq, key)
                self.note(sight, key, seq, rooms_room.see(room, key, audience, self.names))

    def note(self, sight: Sight, key: Key, seq: int, item: object) -> None:
        raw = encoder.encode(item)
        if raw not in self.items:
            self.items[raw] = msgspec.json.decode(raw)
        sight.keys.setdefault(key, Seen()).note(seq, raw, self.items[raw])

    def mine(self, person: str, seq: int) -> dict[str, Shown]:
        """A person's own questions at a seq."""
        found = ((id, self.own.at((person, id), seq)) for id in self.state.questions.own.get(person, ()))
        return {id: item for id, item in found if item is not None}

    def mine_changed(self, person: str, after: int, upto: int) -> bool:
        """Whether any of them looks different."""
        return any(key[0] == person for key in self.own.changed(after, upto))

    def nameless(self, item: Any) -> Any:
        """An item without the names of persons who had another one before, or will have."""
        if not self.renamed:
            return item
        if isinstance(item, dict):
            kept = {name: self.nameless(value) for name, value in item.items()}
            return {**kept, "name": ""} if "name" in kept and kept.get("id") in self.renamed else kept
        return [self.nameless(each) for each in item] if isinstance(item, list) else item
