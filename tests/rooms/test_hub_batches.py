"""What waits in a room is made durable together: one append, one frame, an answer for each; and nothing of it is shown
or answered before it is durable.
"""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from rooms import turns
from rooms.agenda import Finish, Finished, Skip, Skipped, Start, Started
from rooms.core import Actor, Command, Receipt, Record
from rooms.hub import Hub
from rooms.lifecycle import Opened
from rooms.lists import Summary
from rooms.memory import MemoryLog
from rooms.ports import Away
from rooms.questions import Ask
from tests.rooms.seats import House, Seat, asks, settle, sit
from tests.rooms.stage import ANNA, BERT, MODERATOR
from tests.rooms.stories import PLAN

CROWD = [Actor(f"w{n}", "participant") for n in range(2 * turns.BATCH)]
WHY = asks("k1", Ask("Why?", "en"))


class Gate(MemoryLog):
    """A log that keeps appends waiting while it is shut; then it writes, or is away."""

    def __init__(self) -> None:
        super().__init__()
        self.open = asyncio.Event()
        self.open.set()
        self.away = False
        self.sizes: list[int] = []  # records of each append

    async def append(self, room: str, expected: int, records: tuple[Record, ...], summary: Summary | None) -> None:
        await self.open.wait()
        if self.away:
            raise Away("gone")
        await super().append(room, expected, records, summary)
        self.sizes.append(len(records))


class Hall(House):
    """A house on such a log, with one hub and a moderator who watches; seq 2."""

    hub_: Hub
    crew: Seat

    def __init__(self) -> None:
        super().__init__()
        self.log: Gate = Gate()
        self.log.create("r1")

    async def begin(self) -> "Hall":
        await self.write(PLAN, Opened())
        self.hub_ = await self.hub()
        [self.crew] = await sit(self.hub_, MODERATOR)
        self.log.sizes.clear()
        return self

    async def shut(self, actor: Actor, command: Command) -> "asyncio.Task[Receipt]":
        """Shut the log on a command, which holds the room from now on."""
        self.log.open.clear()
        task = self.send(actor, "first", command)
        for _ in range(3):
            await asyncio.sleep(0)
        assert self.hub_.lock.locked()
        return task

    async def together(self, *work: tuple[Actor, str, Command]) -> list[Receipt | BaseException]:
        """Have commands wait for one that holds the room (seq 3), then let all go; how each went."""
        first = await self.shut(MODERATOR, Start("a1"))
        tasks = [self.send(*each) for each in work]
        await asyncio.sleep(0)
        self.log.open.set()
        await first
        return await asyncio.gather(*tasks, return_exceptions=True)

    def send(self, actor: Actor, id: str, command: Command) -> "asyncio.Task[Receipt]":
        return asyncio.create_task(self.hub_.do(actor, asks(id, command)))


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    hall = await Hall().begin()
    yield hall
    hall.log.open.set()
    await hall.close()


# ── Together ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_commands_that_wait_are_appended_and_shown_together(hall: Hall) -> None:
    outcomes = await hall.together(*((actor, "k1", Ask("Why?", "en")) for actor in CROWD[:9]))
    assert seqs(outcomes) == list(range(4, 13))
    assert hall.log.sizes == [1, 9]
    await settle(hall.hub_)
    assert [frame["seq"] for frame in hall.crew.taken() if "seq" in frame] == [3, 12]


def seqs(outcomes: list[Receipt | BaseException]) -> list[int | str]:
    """The seq of each receipt, or the code of a refusal."""
    return [outcome.seq if isinstance(outcome, Receipt) else str(outcome) for outcome in outcomes]


async def test_commands_that_wait_are_appended_no_more_than_a_batch_at_a_time(hall: Hall) -> None:
    await hall.together(*((actor, "k1", Ask("Why?", "en")) for actor in CROWD))
    assert hall.log.sizes == [1, turns.BATCH, turns.BATCH]


async def test_commands_of_a_batch_are_decided_one_after_the_other(hall: Hall) -> None:
    commands = (Finish("a1", "running"), Finish("a1"), Start("a4"), Skip("a3", "waiting"), Skip("a3", "waiting"))
    outcomes = await hall.together(*((MODERATOR, f"k{n}", command) for n, command in enumerate(commands)))
    assert seqs(outcomes) == [4, "state.changed", 5, 6, "state.changed"]
    assert (hall.log.sizes, hall.events(3)) == ([1, 3], [Finished("a1"), Started("a4"), Skipped("a3")])


async def test_command_sent_twice_in_a_batch_is_done_once(hall: Hall) -> None:
    outcomes = await hall.together(*[(ANNA, "k1", Ask("Why?", "en"))] * 5)
    assert (hall.log.sizes, seqs(outcomes)) == ([1, 1], [4] * 5)


async def test_command_id_used_twice_in_a_batch_for_different_things_is_refused(hall: Hall) -> None:
    outcomes = await hall.together((ANNA, "k1", Ask("Why?", "en")), (ANNA, "k1", Ask("How?", "en")))
    assert seqs(outcomes) == [4, "command.reused"]


class Endless(MemoryLog):
    """A log at every append of which one more command is sent."""

    hub: Hub | None = None

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[asyncio.Task[Receipt]] = []

    async def append(self, room: str, expected: int, records: tuple[Record, ...], summary: Summary | None) -> None:
        if self.hub and len(self.sent) < 50:
            actor = Actor(f"w{len(self.sent)}", "participant")
            self.sent.append(asyncio.create_task(self.hub.do(actor, WHY)))
            await asyncio.sleep(0)
        await super().append(room, expected, records, summary)


async def test_command_is_answered_although_others_keep_coming() -> None:
    house, log = House(), Endless()
    house.log = log
    log.create("r1")
    await house.write(Opened())
    log.hub = await house.hub()
    await log.hub.do(ANNA, WHY)
    assert len(log.sent) < 5
    while len(log.sent) < 50:
        await log.sent[-1]
    await asyncio.gather(*log.sent)
    await house.close()


# ── Not before it is durable ─────────────────────────────────────────────────────────────────────────────────────────


async def test_nothing_is_shown_or_told_before_it_is_durable(hall: Hall) -> None:
    first = await hall.shut(MODERATOR, Start("a1"))
    late = Seat(BERT)
    joining = asyncio.create_task(hall.hub_.join(late, late.actor, late.you(), None))
    page = asyncio.create_task(hall.hub_.snapshot(BERT, {}))
    for _ in range(10):
        await asyncio.sleep(0)
    assert [first.done(), joining.done(), page.done(), hall.crew.taken(), late.taken()] == [False, False, False, [], []]
    assert json.loads(hall.hub_.heartbeat("crew"))["seq"] == 2
    hall.log.open.set()
    await joining
    assert [json.loads(await page)["seq"], late.seq, hall.crew.seq, (await first).seq] == [3, 3, 3, 3]


@pytest.mark.parametrize("cursor", [2, 3, 4])
async def test_nothing_is_shown_that_never_became_durable(hall: Hall, cursor: int) -> None:
    first = await hall.shut(MODERATOR, Start("a1"))
    second = hall.send(ANNA, "k1", Ask("Why?", "en"))
    late = Seat(MODERATOR)
    joining = asyncio.create_task(hall.hub_.join(late, late.actor, late.you(), ("e1-crew", cursor)))
    await asyncio.sleep(0)
    hall.log.away = True
    hall.log.open.set()
    outcomes = await asyncio.gather(first, second, return_exceptions=True)
    await joining
    assert [type(outcome) for outcome in outcomes] == [Away, Away]
    assert [frame for frame in hall.crew.taken() if "seq" in frame] == []
    async with hall.hub_.held():
        assert (late.seq, hall.hub_.room.seq, hall.events(2)) == (2, 2, [])
    assert json.loads(hall.hub_.heartbeat("crew"))["seq"] == 2


async def test_commands_of_a_batch_that_failed_are_done_once_when_sent_again(hall: Hall) -> None:
    first = await hall.shut(MODERATOR, Start("a1"))
    asked = (Ask("Why?", "en"), Ask("How?", "en"), Ask("When?", "en"))
    tasks = [hall.send(actor, "k1", ask) for actor, ask in zip(CROWD[:3], asked, strict=True)]
    hall.log.away = True
    hall.log.open.set()
    outcomes = await asyncio.gather(first, *tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Away] * 4
    hall.log.away = False
    again = [hall.send(actor, "k1", ask) for actor, ask in zip(CROWD[2::-1], asked[::-1], strict=True)]
    assert seqs(await asyncio.gather(*again, return_exceptions=True)) == [3, 4, 5]
    assert [getattr(event, "text", None) for event in hall.events(2)] == ["When?", "How?", "Why?"]


async def test_sender_who_goes_away_takes_nobody_along(hall: Hall) -> None:
    first = await hall.shut(ANNA, Ask("Why?", "en"))
    others = [hall.send(actor, "k1", Ask("How?", "en")) for actor in CROWD[:3]]
    await asyncio.sleep(0)
    others[1].cancel()
    first.cancel()
    await asyncio.sleep(0)
    hall.log.open.set()
    outcomes = await asyncio.gather(first, *others, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError, Receipt, asyncio.CancelledError, Receipt]
    again = await hall.send(ANNA, "first", Ask("Why?", "en"))
    assert (again.seq, len(hall.events(2))) == (3, 3)


class Unlucky(Hall):
    """No ids are left: a bug as far as whoever asks is concerned."""

    def new_id(self) -> str:
        raise ValueError("no ids")


async def test_bug_hits_its_own_sender_only() -> None:
    hall = await Unlucky().begin()
    work = ((MODERATOR, "k1", Skip("a2")), (ANNA, "k2", Ask("Why?", "en")), (MODERATOR, "k3", Skip("a3")))
    assert seqs(await hall.together(*work)) == [4, "no ids", 5]
    assert hall.events(3) == [Skipped("a2"), Skipped("a3")]
    await hall.close()
