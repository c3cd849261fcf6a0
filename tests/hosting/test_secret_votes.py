"""A secret vote leaves nothing behind by which somebody's choice could be told.

The proof: the same people vote in the same order with the same ids, but choose otherwise, with the same sums. If then
every table and every byte on the disk is the same, nothing there can say who chose what.
"""

import logging
import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from hosting import log, tables
from hosting.ballots import SqlBallots, SqlChoices
from hosting.boxes import NONE, SqlBoxes
from hosting.database import Database
from hosting.log import SqlLog
from rooms import polls
from rooms.core import Actor, Record, Refused
from rooms.hub import Hub
from rooms.lifecycle import Opened
from rooms.memory import MemoryBus
from rooms.polls import Counted, Drafted, Sum
from rooms.polls import Opened as PollOpened
from tests.rooms.seats import House, asks, settle
from tests.rooms.stage import MODERATOR
from tests.rooms.stories import PLAN, START

VOTERS = [Actor(f"voter-{number:02}", "participant") for number in random.Random(1).sample(range(100), 50)]
CHOICES = ("canary one", "canary two", "canary three")
AS_GIVEN = [0] * 30 + [1] * 19 + [2]
SUM = Sum(50, (30, 19, 1))
SIDE = ("-shm", "-wal")
START_OF, HEADER, PAGE = 32, 24, 4_096  # bytes of the log's head, of a frame's, of a page; heads hold a random number


def assignments() -> list[list[int]]:
    """Ten ways in which fifty people may have come to these sums."""
    return [random.Random(seed).sample(AS_GIVEN, 50) for seed in range(10)]


class Place:
    """A room on a real database, with a clock that stands still; secret or not, there is one open poll."""

    def __init__(self, path: Path, secret: bool) -> None:
        self.path, self.secret = path, secret
        self.database = Database(f"sqlite:///{path}")
        self.database.start()
        self.house = House()

    async def open(self) -> Hub:
        await self.database.write(lambda sql: log.create(sql, "r1", "e1"))
        stores = (SqlBallots(self.database), SqlChoices(self.database), SqlBoxes(self.database))
        kept = SqlLog(self.database)
        drafted = (Drafted(id, "Who?", CHOICES, secret=self.secret) for id in ("v0", "v1", "v2"))
        events = (PLAN, Opened(), *drafted, *(PollOpened(id) for id in ("v0", "v1", "v2")))
        records = tuple(Record(seq, START, "m0", event) for seq, event in enumerate(events, 1))
        await kept.append("r1", 0, records, None)
        house = self.house
        self.hub = Hub("r1", kept, *stores, MemoryBus(), house, house, house.new_id)
        await self.hub.open()
        return self.hub

    async def vote(self, chosen: list[int]) -> None:
        """All vote, one after the other, in the polls around, too: rows of these share pages with the one looked at."""
        for actor, place in zip(VOTERS, chosen, strict=True):
            for poll, choice in (("v0", 1), ("v1", place), ("v2", 0)):
                receipt = await self.hub.do(actor, asks(f"k-{poll}", polls.Vote(poll, (choice,))))
                assert (receipt.seq, receipt.ok) == ({"v0": 6, "v1": 7, "v2": 8}[poll], {"poll": poll})

    async def close(self) -> None:
        """Close the poll that is looked at; the others go on."""
        await self.hub.do(MODERATOR, asks("close", polls.Close("v1")))
        await settle(self.hub)
        await self.database.write(lambda _: None)  # whatever came after the answers is done

    async def stop(self) -> None:
        await self.hub.close()
        self.database.stop()

    def disk(self) -> tuple[bytes, list[bytes]]:
        """All that is on the disk: the database, and the pages in SQLite's log."""
        assert {file.name for file in self.path.parent.iterdir()} == {f"votes.sqlite3{end}" for end in ("", *SIDE)}
        written = self.path.with_name("votes.sqlite3-wal").read_bytes()
        size = HEADER + PAGE
        return self.path.read_bytes(), [written[at + HEADER : at + size] for at in range(START_OF, len(written), size)]

    async def rows(self) -> dict[str, list[tuple[object, ...]]]:
        def read(sql: Connection) -> dict[str, list[tuple[object, ...]]]:
            return {
                table.name: [tuple(row) for row in sql.execute(select(table).order_by(*table.primary_key))]
                for table in tables.metadata.sorted_tables
            }

        return await self.database.read(read)


Make = Callable[[bool], Place]


@pytest.fixture
def place(tmp_path: Path, migrated: Path) -> Make:
    made: list[Place] = []

    def make(secret: bool) -> Place:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(Place(Path(shutil.copy(migrated, folder / "votes.sqlite3")), secret))
        return made[-1]

    return make


async def left_behind(
    place: Place, chosen: list[int]
) -> tuple[dict[str, list[tuple[object, ...]]], tuple[bytes, list[bytes]], list[object]]:
    hub = await place.open()
    await place.vote(chosen)
    await place.close()
    events = [(record.seq, record.by, record.event) for record in (await hub.log.read("r1")).records]
    rows, disk = await place.rows(), place.disk()
    await place.stop()
    return rows, disk, list(events)


async def test_fifty_secret_votes_leave_the_same_whoever_chose_what(
    place: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    first, *others = [await left_behind(place(True), chosen) for chosen in assignments()]
    rows, disk, events = first
    assert len({tuple(chosen) for chosen in assignments()}) == 10
    for other in others:
        assert other[0] == rows
        assert other[2] == events
        assert other[1] == disk
    assert events[-1] == (10, "system", Counted({"v1": SUM}))
    assert [row for row in rows["poll_voters"] if row[1] == "v1"] == sorted(("r1", "v1", one.id) for one in VOTERS)
    counted = [(row[2], int(str(row[3])) - NONE) for row in rows["poll_counts"] if row[1] == "v1"]
    assert counted == [(0, 30), (1, 19), (2, 1)]
    size = len(disk[0]) + sum(map(len, disk[1]))
    with capsys.disabled():
        print(f"\nsecret votes: 10 assignments of 50 votes, {len(rows)} tables and {size} bytes the same in all")


async def test_fifty_open_votes_do_not_leave_the_same(place: Make) -> None:
    """What is compared could tell the difference."""
    one, another = [await left_behind(place(False), chosen) for chosen in assignments()[:2]]
    differ = {name for name in one[0] if one[0][name] != another[0][name]}
    assert differ - {"events", "rooms"} == {"commands", "poll_votes"}  # running sums stand in the log, too
    assert one[1] != another[1]


async def test_log_of_pages_would_tell_and_is_emptied_when_the_poll_closes(place: Make) -> None:
    one, another = place(True), place(True)
    for each, chosen in zip((one, another), assignments(), strict=False):
        await each.open()
        await each.vote(chosen)
    steps = one.disk()[1]
    assert (len(steps) > 150, steps != another.disk()[1]) == (True, True)  # while the poll is open it can tell
    for each in (one, another):
        await each.close()
    assert one.disk() == another.disk()
    assert len(one.disk()[1]) < 10  # the sum, written after
    for each in (one, another):
        await each.stop()


async def test_log_of_pages_is_emptied_once_nobody_reads_of_before(place: Make) -> None:
    here = place(True)
    await here.open()
    await here.vote(assignments()[0])
    with here.database.reader.connect() as reading:
        reading.execute(select(tables.poll_voters)).first()
        await here.close()
        assert len(here.disk()[1]) > 150
    await here.database.write(lambda _: None)
    await here.database.write(lambda _: None)  # the second begins when what came after the first is done
    assert here.disk()[1] == []
    await here.stop()


async def test_receipt_of_a_secret_vote_says_the_same_whatever_was_chosen(place: Make) -> None:
    here = place(True)
    hub = await here.open()
    digests = Counter[bytes]()
    given: tuple[int | str, ...] = (0, 1, 2, "canary one", "canary two")
    for actor, choice in zip(VOTERS, given, strict=False):
        receipt = await hub.do(actor, asks("k1", polls.Vote("v1", (choice,))))
        again = await hub.do(actor, asks("k1", polls.Vote("v1", (2,))))
        assert again == receipt
        digests[receipt.digest] += 1
    assert list(digests.values()) == [5]
    guesses = {asks("k1", polls.Vote("v1", (choice,))).digest for choice in (0, 1, 2, *CHOICES)}
    assert digests.keys() & guesses == set()
    with pytest.raises(Refused) as refused:
        await hub.do(VOTERS[0], asks("k1", polls.Vote("v2", (0,))))
    assert refused.value.code == "command.reused"
    await here.stop()


async def test_memory_of_the_room_keeps_no_choice(place: Make) -> None:
    here = place(True)
    hub = await here.open()
    await here.vote(assignments()[0])
    cast = [one.command for one in hub.cast]
    assert {command.choices for command in cast if isinstance(command, polls.Vote)} == {()}
    assert [record.event for record in (await hub.log.read("r1")).records if isinstance(record.event, Counted)] == []
    assert "counts" not in hub.tasks
    await here.stop()


async def test_log_says_nothing_of_votes_but_the_sum(place: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    await left_behind(place(True), assignments()[0])
    logging.getLogger("austausch").info("here")
    assert [text for text in caplog.messages if "voter-" in text or "canary" in text or "k-v1" in text] == []
    assert "here" in caplog.messages
