"""Hubs that share a log with others, or with trouble: one order, every acknowledged command exactly once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from rooms.agenda import Added
from rooms.core import Actor, Receipt, Record, Refused
from rooms.hub import Hub
from rooms.lifecycle import Opened
from rooms.lists import Summary
from rooms.memory import MemoryLog
from rooms.ports import Away, Conflict, Tail
from rooms.questions import Ask, Asked, Screen, Screened
from rooms.wire import Envelope
from tests.rooms.seats import House, Seat, asks, opened, refused, settle, sit
from tests.rooms.stage import ANNA, BERT, MODERATOR

WHY = asks("k1", Ask("Why?", "en"))


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """An open room with a question of Bert's; seq 3."""
    house = await opened(Asked("q1", "p1", "How?", "en"))
    yield house
    await house.close()


async def test_hub_decides_again_when_another_was_first(house: House) -> None:
    one, two = await house.hub(), await house.hub()
    assert (await one.do(MODERATOR, asks("k1", Screen("q1")))).seq == 4
    assert await refused(two, MODERATOR, asks("k2", Screen("q1"))) == "state.changed"
    assert (await two.do(ANNA, WHY)).seq == 5
    assert house.events(3) == [Screened("q1"), Asked("id-0001", "p0", "Why?", "en")]


async def test_hub_behind_the_log_answers_a_command_done_elsewhere_and_shows_it(house: House) -> None:
    one, two = await house.hub(), await house.hub()
    [seat] = await sit(two, MODERATOR)
    receipt = await one.do(ANNA, WHY)
    assert await two.do(ANNA, WHY) == receipt
    assert (seat.seq, list(seat.screen["questions"])) == (4, ["q1", "id-0001"])


class Busy(MemoryLog):
    """A log with others at work: every call lets them go first."""

    conflicts = 0

    async def read(self, room: str, after: int = 0) -> Tail:
        await asyncio.sleep(0)
        return await super().read(room, after)

    async def append(self, room: str, expected: int, records: tuple[Record, ...], summary: Summary | None) -> None:
        await asyncio.sleep(0)
        self.conflicts += expected != len(self.logs[room])
        await super().append(room, expected, records, summary)


async def persist(hub: Hub, actor: Actor, envelope: Envelope) -> Receipt:
    """What a client does: the same id again until there is an answer."""
    while True:
        try:
            return await hub.do(actor, envelope)
        except Refused as refusal:
            if refusal.code != "try.again":
                raise


async def test_hubs_that_write_at_once_carry_out_every_command_exactly_once() -> None:
    house, log = House(), Busy()
    house.log = log
    log.create("r1")
    await house.write(Opened())
    first, second = await house.hub(), await house.hub()
    people = [Actor(f"w{n}", "participant") for n in range(20)]
    work = [
        persist(hub, actor, asks(f"k{n}", Ask(f"{actor.id} asks {n}", "en")))
        for n in range(5)
        for actor in people
        for hub in (first, second)  # every command goes to both: a retry that overtakes
    ]
    receipts = await asyncio.gather(*work)
    await first.catch_up()
    await second.catch_up()
    texts = [event.text for event in house.events() if isinstance(event, Asked)]
    assert sorted(map(str, texts)) == sorted(f"{actor.id} asks {n}" for n in range(5) for actor in people)
    assert [record.seq for record in house.log.logs["r1"]] == list(range(1, 102))
    assert {receipt.seq for receipt in receipts} == set(range(2, 102))
    assert first.room == second.room
    assert log.conflicts
    await house.close()


class Broken(MemoryLog):
    """A log that fails while it is told to, before or after it has written."""

    fails: Exception | None = None
    written = False

    async def append(self, room: str, expected: int, records: tuple[Record, ...], summary: Summary | None) -> None:
        if self.fails is None or self.written:
            await super().append(room, expected, records, summary)
        if self.fails:
            raise self.fails


@pytest.fixture
async def broken() -> AsyncIterator[tuple[House, Broken, Hub, Seat]]:
    house, log = House(), Broken()
    house.log = log
    log.create("r1")
    await house.write(Opened())
    hub = await house.hub()
    [seat] = await sit(hub, MODERATOR)
    yield house, log, hub, seat
    await house.close()


@pytest.mark.parametrize("written", [False, True], ids=["nothing was written", "it was written"])
async def test_hub_answers_the_same_id_once_the_log_is_back(
    broken: tuple[House, Broken, Hub, Seat], written: bool
) -> None:
    house, log, hub, seat = broken
    log.fails, log.written = Away("gone"), written
    with pytest.raises(Away):
        await hub.do(ANNA, WHY)
    assert seat.taken() == []
    log.fails = None
    await hub.do(ANNA, WHY)
    await hub.do(BERT, asks("k1", Ask("And?", "en")))
    await settle(hub)
    assert [getattr(event, "text", None) for event in house.events()] == [None, "Why?", "And?"]
    assert [item["text"] for item in seat.screen["questions"].values()] == ["Why?", "And?"]  # type: ignore[index]  # JSON


async def test_hub_sends_a_command_back_that_never_gets_through(broken: tuple[House, Broken, Hub, Seat]) -> None:
    _, log, hub, _ = broken
    log.fails = Conflict("r1")
    assert await refused(hub, ANNA, WHY) == "try.again"


async def test_hub_of_a_restored_log_gives_up(house: House) -> None:
    hub = await house.hub()
    house.log.epochs["r1"] = "e2"
    with pytest.raises(Away):
        await hub.catch_up()


@pytest.mark.parametrize(("head", "seq"), [(None, 4), (4, 4), (3, 3)])
async def test_hub_catches_up_when_it_is_behind_the_head_it_hears_of(house: House, head: int | None, seq: int) -> None:
    hub = await house.hub()
    await house.write(Added("h1", "Photo", "other", 5, None))
    await hub.catch_up(head)
    assert hub.room.seq == seq
