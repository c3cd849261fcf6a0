"""A live room's answers: durable, and once however often a command is sent."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from rooms.agenda import Start
from rooms.core import Actor, Command, Event, Receipt, Record
from rooms.hub import Hub
from rooms.lifecycle import Closed, Paused
from rooms.ports import NoSuchRoom
from rooms.questions import Ask, Asked, Publish, Published, Screen, Vote
from tests.rooms.seats import House, asks, opened, refused
from tests.rooms.stage import ANNA, BERT, MODERATOR

NAMELESS = Actor("g1", "participant", named=False)
WHY = asks("k1", Ask("Why?", "en"))


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """An open room with a question of Bert's; seq 3."""
    house = await opened(Asked("q1", "p1", "How?", "en"))
    yield house
    await house.close()


async def test_hub_answers_with_what_a_command_made_and_where_it_stands(house: House) -> None:
    receipt = await (await house.hub()).do(ANNA, WHY)
    assert receipt == Receipt("p0", "k1", WHY.digest, 4, {"question": "id-0001"})
    asked = Asked("id-0001", "p0", "Why?", "en")
    assert house.log.logs["r1"][3:] == [Record(4, house.time, "p0", asked, receipt)]


async def test_hub_answers_at_the_seq_of_the_last_event_of_a_command(house: House) -> None:
    hub = await house.hub()
    first, second = [await hub.do(MODERATOR, asks(id, Start(id))) for id in ("a1", "a4")]
    assert (first.seq, second.seq, hub.room.seq) == (4, 6, 6)
    assert [record.receipt for record in house.log.logs["r1"][3:]] == [first, None, second]


async def test_hub_answers_the_same_id_again_with_the_same_receipt_and_does_nothing(house: House) -> None:
    hub = await house.hub()
    receipt = await hub.do(ANNA, WHY)
    assert [await hub.do(ANNA, WHY), await hub.do(ANNA, WHY), len(house.events())] == [receipt, receipt, 4]


async def test_hub_answers_the_same_id_again_after_the_room_was_reopened_and_closed(house: House) -> None:
    receipt = await (await house.hub()).do(ANNA, WHY)
    await house.write(Closed())
    assert [await (await house.hub()).do(ANNA, WHY), len(house.events())] == [receipt, 5]


async def test_hub_answers_one_of_many_at_once_with_the_same_id(house: House) -> None:
    hub = await house.hub()
    receipts = await asyncio.gather(*(hub.do(ANNA, WHY) for _ in range(20)))
    assert [set(map(id_of, receipts)), len(house.events())] == [{"id-0001"}, 4]


def id_of(receipt: Receipt) -> str:
    return receipt.ok["question"]


@pytest.mark.parametrize("again", [Ask("Why not?", "en"), Ask("Why?", "en", anonymous=True), Vote("q1")])
async def test_hub_refuses_the_same_id_with_another_body(house: House, again: Command) -> None:
    hub = await house.hub()
    await house.write(Published("q1"))
    await hub.catch_up()
    await hub.do(ANNA, WHY)
    assert await refused(hub, ANNA, asks("k1", again)) == "command.reused"


async def test_hub_takes_the_same_id_of_another_person_as_another_command(house: House) -> None:
    hub = await house.hub()
    assert [id_of(await hub.do(actor, WHY)) for actor in (ANNA, BERT)] == ["id-0001", "id-0002"]


async def test_hub_does_not_keep_refusals(house: House) -> None:
    hub = await house.hub()
    publish = asks("k1", Publish("q1", "screened"))
    assert await refused(hub, MODERATOR, publish) == "state.changed"
    await hub.do(MODERATOR, asks("k2", Screen("q1")))
    assert (await hub.do(MODERATOR, publish)).seq == 5


@pytest.mark.parametrize(
    ("given", "actor", "command", "code"),
    [
        ((), ANNA, Publish("q1"), "role.missing"),
        ((), Actor("s", "system"), Ask("Why?", "en"), "role.missing"),
        ((), NAMELESS, Ask("Why?", "en"), "name.missing"),
        ((), NAMELESS, Vote("q1"), "name.missing"),
        ((), ANNA, Vote("q1"), "question.unknown"),
        ((), BERT, Publish("q9"), "role.missing"),
        ((), MODERATOR, Publish("q9"), "question.unknown"),
        ((Published("q1"),), BERT, Vote("q1"), "question.own"),
        ((Published("q1"), Paused()), ANNA, Vote("q1"), "room.paused"),
        ((Published("q1"), Closed()), MODERATOR, Vote("q1"), "room.closed"),
    ],
)
async def test_hub_refuses_and_nothing_is_written(
    house: House, given: tuple[Event, ...], actor: Actor, command: Command, code: str
) -> None:
    await house.write(*given)
    assert await refused(await house.hub(), actor, asks("k1", command)) == code
    assert house.ballots.votes == set()


async def test_hub_of_no_room_does_not_open() -> None:
    house = House()
    stores = (house.log, house.ballots, house.choices, house.boxes)
    with pytest.raises(NoSuchRoom):
        await Hub("r9", *stores, house.bus, house, house, house.new_id).open()


async def test_hub_tells_the_bus_how_far_it_is(house: House) -> None:
    hints: list[tuple[str, int]] = []
    house.bus.subscribe(lambda room, head: hints.append((room, head)))
    await (await house.hub()).do(ANNA, WHY)
    assert hints == [("r1", 4)]
