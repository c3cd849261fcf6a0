"""The rooms' logs in SQL. One row per event, one row per room as its head and its lock, one row per answered command.

`append` is what live rooms use; `plan` and `tell` are for those who write within a transaction of their own (import,
organisers, the command line): they fold the room where lists need to know what it becomes.
"""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, bindparam, case, delete, func, insert, select, tuple_, update

from hosting import tables
from hosting.database import Database, insert_or_ignore, upsert
from hosting.errors import Unavailable
from hosting.moments import parse, show
from rooms import room as rooms_room
from rooms.core import SYSTEM, Event, Receipt, Record
from rooms.lists import Summary, listed, summary
from rooms.ports import Away, Conflict, Duplicate, NoSuchRoom, Tail
from rooms.room import Planned, Room
from rooms.wire import dump, encoder, load

OK = msgspec.json.Decoder(dict[str, str])

# What every command runs, built once.
ANSWERED = select(tables.commands).where(
    tables.commands.c.room == bindparam("room"),
    tuple_(tables.commands.c.actor, tables.commands.c.id).in_(bindparam("keys", expanding=True)),  # by the primary key
)
ADVANCE = (
    update(tables.rooms)
    .where(tables.rooms.c.id == bindparam("room"), tables.rooms.c.head == bindparam("expected"))
    .values(head=bindparam("new"))
)
EVENTS = insert(tables.events)
COMMANDS = insert(tables.commands)


class SqlLog:
    """The Log port on a database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def read(self, room: str, after: int = 0) -> Tail:
        try:
            return await self.database.read(lambda connection: read(connection, room, after))
        except Unavailable as away:
            raise Away(str(away)) from away

    async def append(self, room: str, expected: int, records: tuple[Record, ...], summary: Summary | None) -> None:
        rows = [row_of(room, record) for record in records]  # encoded here, not while the writer is held
        try:
            await self.database.write(lambda connection: append(connection, room, expected, records, rows, summary))
        except Unavailable as away:
            raise Away(str(away)) from away


class SqlBallots:
    """The Ballots port on a database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def cast(self, room: str, question: str, receipt: Receipt, vote: bool) -> Receipt:
        try:
            return await self.database.write(lambda connection: cast(connection, room, question, receipt, vote))
        except Unavailable as away:
            raise Away(str(away)) from away

    async def known(self, room: str, actor: str, id: str) -> Receipt | None:
        try:
            return await self.database.read(lambda connection: receipt_of(connection, room, actor, id))
        except Unavailable as away:
            raise Away(str(away)) from away

    async def tally(self, room: str) -> dict[str, int]:
        try:
            return await self.database.read(lambda connection: tally(connection, room))
        except Unavailable as away:
            raise Away(str(away)) from away

    async def of(self, room: str, voter: str) -> list[str]:
        try:
            return await self.database.read(lambda connection: votes_of(connection, room, voter))
        except Unavailable as away:
            raise Away(str(away)) from away


class SqlChoices:
    """The Choices port on a database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def choose(self, room: str, language: str, receipt: Receipt) -> Receipt:
        try:
            return await self.database.write(lambda connection: choose(connection, room, language, receipt))
        except Unavailable as away:
            raise Away(str(away)) from away

    async def of(self, room: str, person: str) -> str | None:
        try:
            return await self.database.read(lambda connection: chosen(connection, room, person))
        except Unavailable as away:
            raise Away(str(away)) from away


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def read(connection: Connection, room: str, after: int = 0) -> Tail:
    """A room's records after a seq. NoSuchRoom."""
    events, commands = tables.events.c, tables.commands.c
    epoch = connection.execute(select(tables.rooms.c.epoch).where(tables.rooms.c.id == room)).scalar_one_or_none()
    if epoch is None:
        raise NoSuchRoom(room)
    receipts = {
        row.seq: Receipt(row.actor, row.id, row.digest, row.seq, OK.decode(row.ok))
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
            Record(row.seq, parse(row.at), row.actor, load(row.type, row.body), receipts.get(row.seq)) for row in found
        ),
    )


def position(connection: Connection, room: str) -> tuple[str, int] | None:
    """The epoch and the head of a room's log; None without one."""
    columns = tables.rooms.c
    row = connection.execute(select(columns.epoch, columns.head).where(columns.id == room)).first()
    return (row.epoch, row.head) if row else None


def ndjson(connection: Connection, room: str) -> bytes:
    """A room's whole log as it is stored, a JSON object per line: seq, at, by, type, and the event's fields.

    A field of an event that is called as one of those four is written with `event_` before its name.
    """
    events, lines = tables.events.c, []
    found = select(events.seq, events.at, events.actor, events.type, events.body).where(events.room == room)
    for row in connection.execute(found.order_by(events.seq)):
        line: dict[str, object] = {"seq": row.seq, "at": row.at, "by": row.actor, "type": row.type}
        body = msgspec.json.decode(row.body, type=dict[str, object])
        line |= {f"event_{name}" if name in line else name: value for name, value in body.items()}
        lines.append(encoder.encode(line) + b"\n")
    return b"".join(lines)


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
    receipts = [record.receipt for record in records if record.receipt]
    if receipts:
        keys = [(receipt.actor, receipt.id) for receipt in receipts]
        row = connection.execute(ANSWERED, {"room": room, "keys": keys}).first()
        if row:
            raise Duplicate(Receipt(row.actor, row.id, row.digest, row.seq, OK.decode(row.ok)))
    moved = connection.execute(ADVANCE, {"room": room, "expected": expected, "new": expected + len(records)})
    if moved.rowcount != 1:
        exists = connection.execute(select(tables.rooms.c.id).where(tables.rooms.c.id == room)).first()
        raise Conflict(room) if exists else NoSuchRoom(room)
    if now:
        connection.execute(update(tables.rooms).where(tables.rooms.c.id == room).values(**lists(now, records[-1].at)))
    connection.execute(EVENTS, rows)
    if receipts:
        connection.execute(COMMANDS, [answered(room, receipt, logged=True) for receipt in receipts])


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
        "slots": now.slots,
        "moved": case((other, columns.moved + 1), else_=columns.moved),
        "moved_at": case((other, moment), else_=columns.moved_at),
        "opened_at": func.coalesce(columns.opened_at, moment) if now.state == "open" else columns.opened_at,
        "closed_at": moment if now.state == "closed" else None,
    }


def answered(room: str, receipt: Receipt, *, logged: bool) -> dict[str, object]:
    return {
        "room": room,
        "actor": receipt.actor,
        "id": receipt.id,
        "digest": receipt.digest,
        "seq": receipt.seq,
        "ok": encoder.encode(receipt.ok),
        "logged": logged,
    }


def receipt_of(connection: Connection, room: str, actor: str, id: str) -> Receipt | None:
    """What was answered to a person's command of this id, a vote or another."""
    row = connection.execute(ANSWERED, {"room": room, "keys": [(actor, id)]}).first()
    return Receipt(actor, id, row.digest, row.seq, OK.decode(row.ok)) if row else None


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
    connection.execute(missing.values(floor=now.floor, channels=now.channels, slots=now.slots))


def with_booths(connection: Connection) -> list[str]:
    """The rooms in which somebody is on air in a booth: they need a node that sees to it."""
    rooms = tables.rooms.c
    found = connection.execute(select(rooms.id, rooms.channels).where(rooms.channels.is_not(None)))
    return [row.id for row in found if {"live", "relay"} & set((row.channels or {}).values())]


def rooms_of(connection: Connection, person: str) -> list[str]:
    """The rooms in whose logs a person has acted."""
    events = tables.events.c
    return list(connection.execute(select(events.room).where(events.actor == person).distinct()).scalars())


# ── Ballots ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def cast(connection: Connection, room: str, question: str, receipt: Receipt, vote: bool) -> Receipt:
    """Set or clear a vote, once per command id; returns the receipt kept."""
    known = receipt_of(connection, room, receipt.actor, receipt.id)
    if known:
        return known
    connection.execute(COMMANDS, answered(room, receipt, logged=False))
    set_vote(connection, room, question, receipt.actor, vote)
    return receipt


def set_vote(connection: Connection, room: str, question: str, voter: str, vote: bool) -> None:
    """A vote is a state, not a count: set twice it is set once."""
    row: dict[str, object] = {"room": room, "question": question, "voter": voter}
    if vote:
        insert_or_ignore(connection, tables.ballots, row)
    else:
        columns = tables.ballots.c
        mine = (columns.room == room, columns.question == question, columns.voter == voter)
        connection.execute(delete(tables.ballots).where(*mine))


def choose(connection: Connection, room: str, language: str, receipt: Receipt) -> Receipt:
    """Keep what somebody hears, once per command id; returns the receipt kept."""
    known = receipt_of(connection, room, receipt.actor, receipt.id)
    if known:
        return known
    connection.execute(COMMANDS, answered(room, receipt, logged=False))
    upsert(connection, tables.choices, {"room": room, "person": receipt.actor, "language": language})
    return receipt


def chosen(connection: Connection, room: str, person: str) -> str | None:
    columns = tables.choices.c
    return connection.execute(select(columns.language).where(columns.room == room, columns.person == person)).scalar()


def tally(connection: Connection, room: str) -> dict[str, int]:
    ballots = tables.ballots.c
    counted = select(ballots.question, func.count()).where(ballots.room == room).group_by(ballots.question)
    return dict(connection.execute(counted).all())


def votes_of(connection: Connection, room: str, voter: str) -> list[str]:
    ballots = tables.ballots.c
    voted = select(ballots.question).where(ballots.room == room, ballots.voter == voter).order_by(ballots.question)
    return list(connection.execute(voted).scalars())
