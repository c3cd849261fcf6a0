"""Recordings: the files of what was heard in a room's channels, each from the same moment on. No bytes."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from hosting import tables_sound
from hosting.moments import parse, show
from rooms.booths import FLOOR

State = Literal["writing", "done", "broken"]
COLUMNS = tables_sound.recordings.c


class Tape(msgspec.Struct, frozen=True):
    """One file. `zero` is the moment of its first sample; `seconds` and `size` (bytes) are as it was last finished.

    `broken`: the disk took no more of it. `withheld`: it is not released with the archive.
    """

    id: str
    room: str
    channel: str
    lane: int
    language: str | None
    zero: datetime
    state: State
    digest: str | None = None
    seconds: float = 0.0
    size: int = 0
    withheld: bool = False

    @property
    def there(self) -> bool:
        """Whether it can be listened to."""
        return self.state != "writing" and self.digest is not None


class Channel(msgspec.Struct, frozen=True):
    """What there is to be heard of a channel: a file for each who spoke at the same time."""

    name: str
    tapes: tuple[Tape, ...]

    @property
    def seconds(self) -> float:
        return max(tape.seconds for tape in self.tapes)

    @property
    def size(self) -> int:
        return sum(tape.size for tape in self.tapes)

    @property
    def broken(self) -> bool:
        return any(tape.state == "broken" for tape in self.tapes)

    @property
    def withheld(self) -> bool:
        return any(tape.withheld for tape in self.tapes)


FOUND = select(*(COLUMNS[name] for name in Tape.__struct_fields__))


def read(row: Row[Any]) -> Tape:
    return Tape(**{**row._mapping, "zero": parse(row.zero)})


def of_room(connection: Connection, room: str) -> list[Tape]:
    """All files of a room: the floor first, then by channel, each with its lanes in order."""
    order = (COLUMNS.channel != FLOOR, COLUMNS.channel, COLUMNS.lane)
    return [read(row) for row in connection.execute(FOUND.where(COLUMNS.room == room).order_by(*order))]


def channels(connection: Connection, room: str) -> list[Channel]:
    """What can be heard of a room, withheld or not: the floor first."""
    found: dict[str, list[Tape]] = {}
    for tape in of_room(connection, room):
        if tape.there:
            found.setdefault(tape.channel, []).append(tape)
    return [Channel(name, tuple(tapes)) for name, tapes in found.items()]


def going_out(connection: Connection, rooms: Iterable[str]) -> dict[str, list[str]]:
    """By room, the channels that everybody hears with a released archive, or will once they are finished."""
    order = (COLUMNS.channel != FLOOR, COLUMNS.channel)
    query = select(COLUMNS.room, COLUMNS.channel).where(COLUMNS.room.in_(list(rooms)), COLUMNS.withheld.is_(False))
    found: dict[str, list[str]] = {}
    for room, channel in dict.fromkeys((row.room, row.channel) for row in connection.execute(query.order_by(*order))):
        found.setdefault(room, []).append(channel)
    return found


def find(connection: Connection, id: str) -> Tape | None:
    row = connection.execute(FOUND.where(COLUMNS.id == id)).first()
    return read(row) if row else None


def begin(connection: Connection, one: Tape) -> Tape:
    """The file of a room's channel and lane, new or as it was left, to be written from now on.

    It begins where the first of its room does, and is withheld where its channel is.
    """
    lanes = of_room(connection, one.room)
    for there in lanes:
        if (there.channel, there.lane) == (one.channel, one.lane):
            connection.execute(update(tables_sound.recordings).where(COLUMNS.id == there.id).values(state="writing"))
            return there
    withheld = any(each.withheld for each in lanes if each.channel == one.channel)
    made = msgspec.structs.replace(one, withheld=withheld, zero=lanes[0].zero if lanes else one.zero)
    connection.execute(insert(tables_sound.recordings), {**msgspec.structs.asdict(made), "zero": show(made.zero)})
    return made


def finish(connection: Connection, id: str, state: State, digest: str, seconds: float, size: int) -> bool:
    """Nothing more is written to it for now; False if it was deleted meanwhile."""
    finished = update(tables_sound.recordings).where(COLUMNS.id == id)
    return connection.execute(finished.values(state=state, digest=digest, seconds=seconds, size=size)).rowcount == 1


def leave(connection: Connection, id: str) -> bool:
    """It is as it was before it was taken up; False if it never was finished."""
    left = update(tables_sound.recordings).where(COLUMNS.id == id, COLUMNS.digest.is_not(None))
    return connection.execute(left.values(state="done")).rowcount == 1


def being_written(connection: Connection) -> list[Tape]:
    return [read(row) for row in connection.execute(FOUND.where(COLUMNS.state == "writing"))]


def is_kept(connection: Connection, digest: str) -> bool:
    """Whether any row speaks of these bytes."""
    return connection.execute(select(COLUMNS.id).where(COLUMNS.digest == digest)).first() is not None


def withhold(connection: Connection, room: str, channel: str, withheld: bool) -> None:
    """Keep a channel from everybody but the crew, or release it with the archive."""
    of_it = update(tables_sound.recordings).where(COLUMNS.room == room, COLUMNS.channel == channel)
    connection.execute(of_it.values(withheld=withheld))


def drop(connection: Connection, ids: Iterable[str]) -> None:
    connection.execute(delete(tables_sound.recordings).where(COLUMNS.id.in_(list(ids))))
