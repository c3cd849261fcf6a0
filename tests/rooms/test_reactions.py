"""Reactions in a live room: counted, shown together at most once a second, and in no log."""

import asyncio
from typing import Any

import pytest

from rooms.core import Actor, Event
from rooms.hub import Hub
from rooms.lifecycle import Closed, Opened, Paused
from rooms.reactions import Kind, React
from tests.rooms.seats import House, Seat, asks, opened, refused, settle, sit
from tests.rooms.stage import ANNA, BERT, MODERATOR, SCRIBE
from tests.rooms.stories import PLAN

NAMELESS = Actor("p9", "participant", named=False)


async def react(hub: Hub, actor: Actor, number: int, kind: Kind = "applause") -> None:
    await hub.do(actor, asks(f"k{number}", React(kind)))


def shown(seat: Seat) -> list[Any]:
    """The frames of reactions, whole; nothing else may be in them."""
    return [frame for frame in seat.taken() if "reactions" in str(frame)]


def frame(**counts: int) -> dict[str, object]:
    return {"put": {"reactions": {"reactions": counts}}}


async def test_reactions_of_many_are_two_frames_for_each_audience_and_no_event() -> None:
    """The first is shown at once; all that come within the next second are one frame."""
    house = await opened()
    hub = await house.hub()
    seats = await sit(hub, BERT, SCRIBE, MODERATOR)
    await react(hub, NAMELESS, 0)
    await asyncio.sleep(0.05)
    for number in range(1, 201):
        await react(hub, ANNA, number, "applause" if number % 4 else "thanks")
    await settle(hub)
    assert [shown(seat) for seat in seats] == [[frame(applause=1), frame(applause=150, thanks=50)]] * 3
    assert (house.events(2), hub.passed, hub.receipts) == ([], {}, {})
    await house.close()


async def test_reactions_are_at_least_a_second_apart() -> None:
    house = await opened()
    hub = await house.hub()
    [seat] = await sit(hub, BERT)
    for number in range(10):
        await react(hub, ANNA, number)
        await asyncio.sleep(0.3)
    await settle(hub)
    assert shown(seat) == [frame(applause=1), *[frame(applause=3)] * 3]
    await house.close()


@pytest.mark.parametrize("actor", [ANNA, MODERATOR], ids=["participant", "moderator"])
@pytest.mark.parametrize(
    ("events", "code"), [((), "planned"), ((Opened(), Paused()), "paused"), ((Closed(),), "closed")]
)
async def test_reactions_are_refused_in_a_room_that_is_not_open(
    events: tuple[Event, ...], code: str, actor: Actor
) -> None:
    house = House()
    await house.write(PLAN, *events)
    hub = await house.hub()
    assert await refused(hub, actor, asks("k1", React("laugh"))) == f"room.{code}"
    assert (hub.reactions.since, "reactions" in hub.tasks) == ({}, False)
    await house.close()
