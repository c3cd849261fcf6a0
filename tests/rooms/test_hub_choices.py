"""What people hear: a row of their own, told to all their windows, counted for booth and crew."""

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from rooms import presence
from rooms.booths import Entered
from rooms.core import Actor, Command, Event, Receipt
from rooms.interpretation import Choose, Closed, OpenChannel
from rooms.lifecycle import Closed as RoomClosed
from rooms.lifecycle import Paused
from rooms.questions import Unvote
from tests.rooms.seats import House, Seat, asks, opened, refused, settle, sit
from tests.rooms.stage import ANNA, BERT, IDA, MODERATOR
from tests.rooms.stories import PLAN

FRENCH = asks("k1", Choose("fr"))


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "PRESENCE", 0.0)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """An open room; seq 2."""
    house = await opened()
    yield house
    await house.close()


def numbers(seat: Seat) -> dict[str, int] | None:
    """How many hear each language, as a screen shows it."""
    shown: dict[str, dict[str, int]] | None = seat.screen.get("listeners")  # type: ignore[assignment]  # JSON
    return None if shown is None else {language: item["number"] for language, item in shown.items()}


async def test_choice_is_answered_and_is_no_event(house: House) -> None:
    hub = await house.hub()
    assert await hub.do(ANNA, FRENCH) == Receipt("p0", "k1", FRENCH.digest, 2, {"language": "fr"})
    assert (house.events(2), house.choices.chosen) == ([], {("r1", "p0"): "fr"})


async def test_choice_is_told_to_every_window_of_the_person_and_to_nobody_else(house: House) -> None:
    hub = await house.hub()
    seats = await sit(hub, ANNA, ANNA, BERT, MODERATOR)
    for id, language in (("k1", "fr"), ("k2", "floor")):
        await hub.do(ANNA, asks(id, Choose(language)))
        await settle(hub)
    told = [[frame["put"] for frame in seat.taken() if "mine" in str(frame)] for seat in seats]
    own = [{"mine": {"channel": "fr"}}, {"mine": {"channel": "floor"}}]
    assert told == [own, own, [], []]


async def test_choice_is_found_again_on_another_device_and_on_another_node(house: House) -> None:
    await (await house.hub()).do(ANNA, FRENCH)
    hub = await house.hub()
    seats = [*(await sit(hub, ANNA, BERT)), Seat(ANNA)]
    await hub.join(seats[2], ANNA, seats[2].you(), ("e1-public", 2))
    assert [seat.screen["mine"].get("channel") for seat in seats] == ["fr", None, "fr"]


async def test_listeners_are_counted_once_each_and_told_to_booth_and_crew(house: House) -> None:
    hub = await house.hub()
    anna, again, bert, booth, crew = await sit(hub, ANNA, ANNA, BERT, IDA, MODERATOR)
    await hub.do(ANNA, FRENCH)
    await settle(hub)
    assert [numbers(seat) for seat in (anna, bert)] == [None, None]
    assert numbers(booth) == numbers(crew) == {"ar": 0, "en": 0, "floor": 3, "fr": 1}
    for leaving, french in ((again, 1), (anna, 0)):
        hub.leave(leaving)
        await settle(hub)
        assert numbers(crew) == {"ar": 0, "en": 0, "floor": 3, "fr": french}


async def test_listeners_of_a_language_come_and_go_with_it(house: House) -> None:
    hub = await house.hub()
    [crew] = await sit(hub, MODERATOR)
    await hub.do(MODERATOR, asks("k1", OpenChannel("zh")))
    await settle(hub)
    assert numbers(crew) == {"ar": 0, "en": 0, "floor": 1, "fr": 0, "zh": 0}
    await hub.do(MODERATOR, asks("k2", Choose("fr")))
    await house.write(replace(PLAN, channels=()))
    await hub.catch_up()
    await settle(hub)
    assert numbers(crew) == {"floor": 0, "fr": 1, "zh": 0}  # what somebody has chosen is still counted


@pytest.mark.parametrize(
    ("given", "actor", "language", "code"),
    [
        ((), ANNA, "zh", "channel.unknown"),
        ((Closed("fr"),), ANNA, "fr", "channel.closed"),
        ((RoomClosed(),), ANNA, "fr", "room.closed"),
        ((RoomClosed(),), MODERATOR, "fr", "room.closed"),
        ((), Actor("s", "system"), "fr", "role.missing"),
    ],
)
async def test_choice_is_refused_and_nothing_is_written(
    house: House, given: tuple[Event, ...], actor: Actor, language: str, code: str
) -> None:
    await house.write(*given)
    assert await refused(await house.hub(), actor, asks("k1", Choose(language))) == code
    assert house.choices.chosen == {}


async def test_choice_is_possible_in_a_pause_and_without_a_name(house: House) -> None:
    await house.write(Paused(), Entered("fr", "i1"))
    nameless = Actor("g1", "participant", named=False)
    await (await house.hub()).do(nameless, FRENCH)
    assert house.choices.chosen == {("r1", "g1"): "fr"}


async def test_choice_sent_again_is_answered_and_not_made_again(house: House) -> None:
    hub = await house.hub()
    receipt = await hub.do(ANNA, FRENCH)
    await hub.do(ANNA, asks("k2", Choose("ar")))
    await house.write(Closed("fr"))
    for node in (hub, await house.hub()):
        await node.catch_up()
        assert await node.do(ANNA, FRENCH) == receipt
    assert house.choices.chosen == {("r1", "p0"): "ar"}


@pytest.mark.parametrize("again", [Choose("ar"), Unvote("q1")])
async def test_choice_with_a_used_id_and_another_body_is_refused(house: House, again: Command) -> None:
    hub = await house.hub()
    await hub.do(ANNA, FRENCH)
    assert await refused(hub, ANNA, asks("k1", again)) == "command.reused"
