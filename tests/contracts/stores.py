"""The back ends that one suite of contracts is held against: logs and ballots that belong together."""

from typing import Protocol

from sqlalchemy import select

from hosting import ballots, boxes, log, tables
from hosting.database import Database
from hosting.moments import parse
from rooms.lists import Summary
from rooms.memory import MemoryBallots, MemoryBoxes, MemoryChoices, MemoryLog
from rooms.ports import Ballots, Boxes, Choices, Log


class Stores(Protocol):
    """What a suite needs beside the ports: to make a room, to see what lists show, and to lose all that is not kept."""

    @property
    def log(self) -> Log: ...

    @property
    def ballots(self) -> Ballots: ...

    @property
    def choices(self) -> Choices: ...

    @property
    def boxes(self) -> Boxes: ...

    async def create(self, room: str, epoch: str) -> None: ...

    async def summary(self, room: str) -> Summary | None: ...

    async def reopen(self) -> None: ...

    async def close(self) -> None: ...


class MemoryStores:
    """The reference. It forgets nothing on reopening, as there is nowhere to read it from."""

    def __init__(self) -> None:
        self.log = MemoryLog()
        self.ballots = MemoryBallots(self.log)
        self.choices = MemoryChoices(self.log)
        self.boxes = MemoryBoxes(self.log)

    async def create(self, room: str, epoch: str) -> None:
        self.log.create(room, epoch)

    async def summary(self, room: str) -> Summary | None:
        return self.log.summaries.get(room)

    async def reopen(self) -> None:
        pass

    async def close(self) -> None:
        pass


class SqlStores:
    """A real database in a file."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.start()

    def start(self) -> None:
        self.database = Database(self.url)
        self.database.start()
        self.log, self.ballots = log.SqlLog(self.database), ballots.SqlBallots(self.database)
        self.choices = ballots.SqlChoices(self.database)
        self.boxes = boxes.SqlBoxes(self.database)

    async def create(self, room: str, epoch: str) -> None:
        await self.database.write(lambda connection: log.create(connection, room, epoch))

    async def summary(self, room: str) -> Summary | None:
        columns = tables.rooms.c
        shown = select(tables.rooms).where(columns.id == room)
        row = await self.database.read(lambda connection: connection.execute(shown).one())
        now_ends = parse(row.now_ends) if row.now_ends else None
        if not row.expected_ends:
            return None
        slots = {id: (state, material) for id, (state, material, *_) in row.slots.items()}
        due = {id: parse(begins) for id, (_, _, *rest) in row.slots.items() for begins in rest}
        ends, titles = parse(row.expected_ends), row.now_titles
        return Summary(row.state, ends, titles, row.overrun, now_ends, row.floor, row.channels, slots, due)

    async def reopen(self) -> None:
        self.database.stop()
        self.start()

    async def close(self) -> None:
        self.database.stop()
