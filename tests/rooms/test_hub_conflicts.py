"""Who is due in two rooms: told to booth and crew at once, whole in every first frame, never to the public."""

from collections.abc import AsyncIterator

import pytest

from rooms.core import Actor
from rooms.crowd import Listener
from rooms.hub import Hub
from tests.rooms.seats import Frame, House, Seat, opened, sit
from tests.rooms.stage import ANNA, IDA, MODERATOR

ONE = {"person": "Rania Haddad", "minutes": 8}
LONGER = {"person": "Rania Haddad", "minutes": 9}
OTHER = {"person": "Ion Popescu", "minutes": 3}


class Slow(Seat):
    """A line that can take nothing more for as long as it is full."""

    full = False

    def send(self, *parts: bytes) -> bool:
        super().send(*parts)
        return not self.full


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = await opened()
    yield house
    await house.close()


def drain(hub: Hub, listener: Listener) -> None:
    from rooms import fanout

    fanout.drained(hub, listener)


def put(seat: Seat) -> list[Frame]:
    return [frame for frame in seat.taken() if "conflicts" in str(frame)]


async def test_conflicts_reach_booth_and_crew_at_once_and_nobody_else(house: House) -> None:
    hub = await house.hub()
    public, booth, crew = await sit(hub, ANNA, IDA, MODERATOR)
    hub.warn({"x": ONE, "y": OTHER})
    hub.warn({"x": ONE, "y": OTHER})
    hub.warn({"x": LONGER, "y": OTHER})
    hub.warn({"x": LONGER})
    told = [{"x": ONE, "y": OTHER}, {"x": LONGER}, {"y": None}]
    expected: list[Frame] = [{"put": {"conflicts": items}} for items in told]
    assert (put(public), put(booth), put(crew)) == ([], expected, expected)


async def test_first_frame_and_snapshot_have_all_of_them(house: House) -> None:
    hub = await house.hub()
    hub.warn({"x": ONE})
    seats = {actor: Seat(actor) for actor in (ANNA, IDA, MODERATOR)}
    for seat in seats.values():
        await hub.join(seat, seat.actor, seat.you(), None)
    assert {actor.id: seat.screen.get("conflicts") for actor, seat in seats.items()} == {
        ANNA.id: None,
        IDA.id: {"x": ONE},
        MODERATOR.id: {"x": ONE},
    }
    assert b'"conflicts":{"x":' in await hub.snapshot(MODERATOR, {})
    assert b"conflicts" not in await hub.snapshot(ANNA, {})


async def test_whoever_returns_by_cursor_has_those_of_now_and_not_those_that_are_over(house: House) -> None:
    hub = await house.hub()
    [crew] = await sit(hub, MODERATOR)
    hub.warn({"x": ONE})
    hub.leave(crew)
    hub.warn({"y": OTHER})
    await hub.join(crew, crew.actor, crew.you(), crew.cursor())
    assert crew.taken()[-1]["put"] == {
        "conflicts": {"x": None, "y": OTHER},
        "mine": {"questions": {}, "votes": [], "channel": None, "hand": None},
    }
    assert crew.screen["conflicts"] == {"y": OTHER}


async def test_whoever_was_behind_has_those_of_now_when_they_have_drained(house: House) -> None:
    hub, crew = await house.hub(), Slow(Actor("m1", "moderator"))
    await hub.join(crew, crew.actor, crew.you(), None)
    crew.full = True
    hub.warn({"x": ONE})  # the last that it takes
    hub.warn({"y": OTHER})
    assert crew.screen["conflicts"] == {"x": ONE}
    crew.full = False
    drain(hub, crew)
    await hub.tasks["catch up"]
    assert crew.screen["conflicts"] == {"y": OTHER}
