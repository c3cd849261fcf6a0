"""The rooms' logs in SQL. One row per event, one row per room as its head and its lock, one row per answered command.

`append` is what live rooms use; `plan` and `tell` are for those who write within a transaction of their own (import,
organisers, the command line): they fold the room where lists need to know what it becomes.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, case, func, insert, select, update

from hosting import receipts, tables
from hosting.database import Database, Prepared, scatter
from hosting.errors import Unavailable
from hosting.moments import parse, show
from rooms import room as rooms_room
from rooms.asked import Asked, Brought, Edited, Withdrawn
from rooms.chat import Blanked, Said
from rooms.core import SYSTEM, Event, Receipt, Record
from rooms.lifecycle import Planned
from rooms.lists import Summary, listed, summary
from rooms.ports import Away, Conflict, Duplicate, NoSuchRoom, Tail
from rooms.room import Room
from rooms.wire import dump, encoder, load

# What every command runs.
ADVANCE = Prepared(
    update(tables.rooms)
    .where(tables.rooms.c.id == bindparam("room"), tables.rooms.c.head == bindparam("expected"))
    .values(head=bindparam("new"))
)
EVENT = Prepared(insert(tables.events))
SAID = str(Said.__struct_config__.tag)
BY_ASKER = {str(event.__struct_config__.tag) for event in (Asked, Brought, Edited, Withdrawn)}


class Append(NamedTuple):
    """Records to be appended to a room, with their rows, the rows of their receipts, and what lists show then."""

    room: str
    expected: int
    records: tuple[Record, ...]
    rows: list[dict[str, object]]
    receipts: list[dict[str, object]]
    summary: Summary | None


class SqlLog:
    """The Log port on a database. `heed` is told what lists show of a room from now on, once that is durable."""

    def __init__(self, database: Database, heed: Callable[[str, Summary], None] | None = None) -> None:
        self.database, self.heed = database, heed

    async def read(self, room: str, after: int = 0) -> Tail:
        try:
            return await self.database.read(lambda connection: read(connection, room, after))
        except Unavailable as away:
            raise Away(str(away)) from away

    async def append(self, room: str, expected: int, records: tuple[Record, ...], summary: Summary | None) -> None:
        rows = [row_of(room, record) for record in records]  # encoded here, not while the writer is held
        kept = [receipts.row_of(room, each.receipt, logged=True) for each in records if each.receipt]
        blanks = any(isinstance(record.event, Blanked) for record in records)
        if blanks:
            self.database.forget()  # with the batch that blanks
        try:
            await self.database.together(append_all, Append(room, expected, records, rows, kept, summary))
            if blanks:
                self.database.forget()  # a batch before that one may have been taken for it
        except Unavailable as away:
            raise Away(str(away)) from away
        if summary and self.heed:
            self.heed(room, summary)


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def read(connection: Connection, room: str, after: int = 0) -> Tail:
    """A room's records after a seq. NoSuchRoom."""
    events, commands = tables.events.c, tables.commands.c
    epoch = connection.execute(select(tables.rooms.c.epoch).where(tables.rooms.c.id == room)).scalar_one_or_none()
    if epoch is None:
        raise NoSuchRoom(room)
    answers = {
        row.seq: Receipt(row.actor, row.id, row.digest, row.seq, receipts.OK.decode(row.ok))
        for row in connection.execute(
            select(commands.actor, commands.id, commands.digest, commands.seq, commands.ok).where(
                commands.room == room, commands.seq > after, commands.logged
            )
        )
    }
    found = connection.execute(
        select(events.seq, events.at, events.actor, events.type, events.body)
        .where(events.room == room, events.seq > after)
        .order_by(events.seq)
    )
    return Tail(
        epoch,
        tuple(
            Record(row.seq, parse(row.at), row.actor, load(row.type, row.body), answers.get(row.seq)) for row in found
        ),
    )


def exists(connection: Connection, room: str) -> None:
    """NoSuchRoom if there is no log of that name."""
    if position(connection, room) is None:
        raise NoSuchRoom(room)


def position(connection: Connection, room: str) -> tuple[str, int] | None:
    """The epoch and the head of a room's log; None without one."""
    columns = tables.rooms.c
    row = connection.execute(select(columns.epoch, columns.head).where(columns.id == room)).first()
    return (row.epoch, row.head) if row else None


def ndjson(connection: Connection, room: str) -> bytes:
    """A room's whole log as it is stored, a JSON object per line: seq, at, by, type, and the event's fields.

    A field of an event that is called as one of those four is written with `event_` before its name. Whoever asked a
    question that is promised to hide that from everybody is null in it.
    """
    events, lines = tables.events.c, []
    found = select(events.seq, events.at, events.actor, events.type, events.body).where(events.room == room)
    rows = connection.execute(found.order_by(events.seq)).all()  # before the fold, which then knows them all
    unnamed = {question.id for question in fold(connection, room).questions.all.values() if question.unnamed}
    for row in rows:
        line: dict[str, object] = {"seq": row.seq, "at": row.at, "by": row.actor, "type": row.type}
        body = msgspec.json.decode(row.body, type=dict[str, object])
        if row.type in BY_ASKER and body["question"] in unnamed:
            line["by"], body = None, body | dict.fromkeys(body.keys() & {"by"})
        line |= {f"event_{name}" if name in line else name: value for name, value in body.items()}
        lines.append(encoder.encode(line) + b"\n")
    return b"".join(lines)


def of_types(connection: Connection, room: str, types: Collection[str]) -> tuple[Record, ...]:
    """A room's records of some types, in order, without what was answered to their commands."""
    events = tables.events.c
    found = select(events.seq, events.at, events.actor, events.type, events.body)
    rows = connection.execute(found.where(events.room == room, events.type.in_(types)).order_by(events.seq))
    return tuple(Record(row.seq, parse(row.at), row.actor, load(row.type, row.body)) for row in rows)


def fold(connection: Connection, room: str) -> Room:
    """A room as its log says. NoSuchRoom."""
    state = Room(room)
    for record in read(connection, room).records:
        rooms_room.apply(record, state)
    return state


# ── Appending ────────────────────────────────────────────────────────────────────────────────────────────────────────


def row_of(room: str, record: Record) -> dict[str, object]:
    type, body = dump(record.event)
    return {"room": room, "seq": record.seq, "at": show(record.at), "actor": record.by, "type": type, "body": body}


def append_all(connection: Connection, appends: list[Append]) -> list[None]:
    """Append to several rooms; what it raises may belong to any of them."""
    for each in appends:
        write(connection, each)
    return [None] * len(appends)


def append(
    connection: Connection,
    room: str,
    expected: int,
    records: tuple[Record, ...],
    rows: list[dict[str, object]],
    now: Summary | None,
) -> None:
    """Append records numbered expected + 1 …, with their commands' receipts and what lists show.

    Conflict, Duplicate, NoSuchRoom.
    """
    kept = [receipts.row_of(room, each.receipt, logged=True) for each in records if each.receipt]
    write(connection, Append(room, expected, records, rows, kept, now))


def write(connection: Connection, this: Append) -> None:
    """Conflict, Duplicate, NoSuchRoom; by then a part may be written, which the caller's transaction takes back."""
    room, head = this.room, {"room": this.room, "expected": this.expected, "new": this.expected + len(this.records)}
    keys = [(record.receipt.actor, record.receipt.id) for record in this.records if record.receipt]
    if ADVANCE(connection, head) != 1:
        expect_new(connection, room, keys)
        raise Conflict(room) if position(connection, room) else NoSuchRoom(room)
    for place, row in enumerate(this.receipts):
        if not receipts.keep(connection, row):  # its key says it: nothing is looked up for what is new
            if keys[place] in keys[:place]:
                raise ValueError(f"a command stands twice in an append to {room}")
            expect_new(connection, room, keys[place:])
    for row in this.rows:
        EVENT(connection, row)
    for record in this.records:
        if isinstance(record.event, Blanked):
            blank(connection, room, record.seq)
    if this.summary:
        shown = lists(this.summary, this.records[-1].at)
        connection.execute(update(tables.rooms).where(tables.rooms.c.id == room).values(**shown))


def blank(connection: Connection, room: str, seq: int) -> None:
    """Take the texts from all that was said in a room's chat before a seq: beside an erasure all that ever changes."""
    scatter(connection)
    events = tables.events
    said = (events.c.room == room, events.c.type == SAID, events.c.seq < seq)
    for row in connection.execute(select(events.c.seq, events.c.body).where(*said)).all():
        body = msgspec.json.decode(row.body, type=dict[str, object])
        if body["text"] is not None:
            this = update(events).where(events.c.room == room, events.c.seq == row.seq)
            connection.execute(this.values(body=encoder.encode({**body, "text": None})))


def expect_new(connection: Connection, room: str, keys: list[tuple[str, str]]) -> None:
    """Duplicate, if a command of one of these actors and ids was answered before."""
    known = receipts.kept(connection, room, keys) if keys else None
    if known:
        raise Duplicate(known)


def lists(now: Summary, at: datetime) -> dict[str, object]:
    columns = tables.rooms.c
    moment, other = show(at), columns.overrun != now.overrun
    return {
        "state": now.state,
        "expected_ends": show(now.expected_ends),
        "now_titles": now.now,
        "now_ends": show(now.now_ends) if now.now_ends else None,
        "overrun": now.overrun,
        "floor": now.floor,
        "channels": now.channels,
        "slots": slots(now),
        "errands": now.errands,
        "put_off": now.put_off,
        "moved": case((other, columns.moved + 1), else_=columns.moved),
        "moved_at": case((other, moment), else_=columns.moved_at),
        "opened_at": func.coalesce(columns.opened_at, moment) if now.state == "open" else columns.opened_at,
        "closed_at": moment if now.state == "closed" else None,
    }


def slots(now: Summary) -> dict[str, tuple[str, ...]]:
    """The state and the material of each contribution, and when it is expected to begin if it is on the agenda."""
    return {id: (*each, show(now.due[id])) if id in now.due else each for id, each in now.slots.items()}


def create(connection: Connection, room: str, epoch: str) -> None:
    """Begin an empty log; the room is planned."""
    connection.execute(insert(tables.rooms), {"id": room, "epoch": epoch})


def tell(connection: Connection, room: str, events: tuple[Event, ...], now: datetime, by: str = SYSTEM) -> int:
    """Append facts within the caller's transaction; returns the new head. Live rooms learn of it by `catch_up`."""
    head: int = connection.execute(select(tables.rooms.c.head).where(tables.rooms.c.id == room)).scalar_one()
    records = tuple(Record(seq, now, by, event) for seq, event in enumerate(events, head + 1))
    shown = None
    if any(listed(event) for event in events):
        state = fold(connection, room)
        for record in records:
            rooms_room.apply(record, state)
        shown = summary(state)
    append(connection, room, head, records, [row_of(room, record) for record in records], shown)
    return head + len(records)


def plan(connection: Connection, room: str, planned: Planned, now: datetime, epoch: str) -> bool:
    """Copy the programme into a room's log, beginning the log if there is none; False if it says so already."""
    exists = connection.execute(select(tables.rooms.c.id).where(tables.rooms.c.id == room)).first()
    if not exists:
        create(connection, room, epoch)
    elif fold(connection, room).plan == planned:
        return False
    tell(connection, room, (planned,), now)
    return True


def unlisted(connection: Connection) -> list[str]:
    """The rooms from before lists showed channels and contributions (migration 0004), in which nothing happened since.

    Each is to be filled in once after the schema has been brought up, by `fill_in`.
    """
    rooms = tables.rooms.c
    return list(connection.execute(select(rooms.id).where(rooms.channels.is_(None))).scalars())


def fill_in(connection: Connection, room: str) -> None:
    """Write what lists show of a room's channels and contributions, unless that is there by now."""
    rooms, now = tables.rooms.c, summary(fold(connection, room))
    missing = update(tables.rooms).where(rooms.id == room, rooms.channels.is_(None))
    connection.execute(missing.values(floor=now.floor, channels=now.channels, slots=slots(now)))


def with_booths(connection: Connection) -> list[str]:
    """The rooms in which somebody is on air in a booth: they need a node that sees to it."""
    rooms = tables.rooms.c
    found = connection.execute(select(rooms.id, rooms.channels).where(rooms.channels.is_not(None)))
    return [row.id for row in found if {"live", "relay"} & set((row.channels or {}).values())]


def with_errands(connection: Connection) -> list[str]:
    """The rooms with questions to be carried elsewhere, or to be taken back from there."""
    rooms = tables.rooms.c
    return list(connection.execute(select(rooms.id).where(rooms.errands > 0).order_by(rooms.id)).scalars())


def rooms_of(connection: Connection, person: str) -> list[str]:
    """The rooms in whose logs a person has acted."""
    events = tables.events.c
    return list(connection.execute(select(events.room).where(events.actor == person).distinct()).scalars())
