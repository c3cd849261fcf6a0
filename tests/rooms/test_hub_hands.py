"""Hands in a live room: everybody sees the list, and each person their own hand on all their connections."""

import json
from collections.abc import AsyncIterator

import pytest

from rooms import fanout, presence
from rooms.core import Actor, Event
from rooms.hands import Call, Called, Close, Done, Lower, Raise, Raised
from rooms.lifecycle import Close as End
from rooms.lifecycle import Renamed
from rooms.questions import Ask
from tests.rooms.seats import House, Seat, asks, opened, refused, settle, sit
from tests.rooms.stage import ANNA, BERT, IDA, MODERATOR

CLARA = Actor("p2", "participant")
AT = "2020-11-24T09:00:00Z"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "PRESENCE", 0.01)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """An open room with two hands, of Anna and Bert; seq 4."""
    house = await opened()
    await house.write(Raised("p0"), by="p0")
    await house.write(Raised("p1"), by="p1")
    yield house
    await house.close()


def hand(person: str, place: int | None, order: bool = False, name: str = "") -> dict[str, object]:
    by = {"id": person, "name": name or f"Name of {person}"}
    state = "called" if place is None else "waiting"
    return {"by": by, "state": state, "order": place, "point_of_order": order, "at": AT}


def own(place: int | None, order: bool = False) -> dict[str, object]:
    return {"hand": {"state": "called" if place is None else "waiting", "place": place, "point_of_order": order}}


async def test_hand_that_goes_up_is_seen_by_all_and_told_to_its_person_on_all_connections(house: House) -> None:
    hub = await house.hub()
    clara, again, bert, booth, crew = await sit(hub, CLARA, CLARA, BERT, IDA, MODERATOR)
    await hub.do(CLARA, asks("k1", Raise()))
    seen = {"hands": {"p2": hand("p2", 2)}}
    for seat in (clara, again):
        assert seat.taken() == [{"put": {"mine": own(2), **seen}, "seq": 5}]
    for seat in (bert, booth, crew):
        assert seat.taken() == [{"put": seen, "seq": 5}]


async def test_all_who_wait_behind_a_point_of_order_are_told_their_place(house: House) -> None:
    hub = await house.hub()
    anna, bert, clara, booth = await sit(hub, ANNA, BERT, CLARA, IDA)
    await hub.do(CLARA, asks("k1", Raise(order=True)))
    seen = {"hands": {"p2": hand("p2", 0, order=True), "p0": hand("p0", 1), "p1": hand("p1", 2)}}
    assert clara.taken() == [{"put": {"mine": own(0, order=True), **seen}, "seq": 5}]
    assert anna.taken() == [{"put": {"mine": own(1), **seen}, "seq": 5}]
    assert bert.taken() == [{"put": {"mine": own(2), **seen}, "seq": 5}]
    assert booth.taken() == [{"put": seen, "seq": 5}]


async def test_who_is_called_is_told_and_whose_place_moves(house: House) -> None:
    hub = await house.hub()
    anna, bert = await sit(hub, ANNA, BERT)
    await hub.do(MODERATOR, asks("k1", Call("p0")))
    seen = {"hands": {"p0": hand("p0", None), "p1": hand("p1", 0)}}
    assert anna.taken() == [{"put": {"mine": own(None), **seen}, "seq": 5}]
    assert bert.taken() == [{"put": {"mine": own(0), **seen}, "seq": 5}]


async def test_question_and_hand_of_one_frame_come_together(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanout, "TICK", 0.2)
    hub = await house.hub()
    [clara] = await sit(hub, CLARA)
    await hub.do(MODERATOR, asks("k1", Close()))  # shown at once; what follows waits for the next frame
    await hub.do(CLARA, asks("k2", Ask("Why?", "en")))
    await hub.do(CLARA, asks("k3", Raise(order=True)))
    await settle(hub)
    put = [json.loads(text)["put"] for text in clara.texts if b'"mine"' in text]
    assert [sorted(one["mine"]) for one in put] == [["hand", "questions"]]


@pytest.mark.parametrize(
    ("events", "seen"),
    [((), own(0)), ((Called("p0"),), own(None)), ((Raised("p2", order=True),), own(1))],
)
async def test_first_frame_says_whether_ones_hand_is_raised(
    house: House, events: tuple[Event, ...], seen: dict[str, object]
) -> None:
    await house.write(*events)
    hub = await house.hub()
    anna, ida = Seat(ANNA), Seat(IDA)
    for seat in (anna, ida):
        await hub.join(seat, seat.actor, seat.you(), None)
    assert (anna.screen["mine"]["hand"], ida.screen["mine"].get("hand")) == (seen["hand"], None)
    assert '"hand":null' in ida.texts[0].decode()


async def test_hand_that_goes_down_is_gone_for_all(house: House) -> None:
    hub = await house.hub()
    anna, bert = await sit(hub, ANNA, BERT)
    await hub.do(ANNA, asks("k1", Lower()))
    seen = {"hands": {"p0": None, "p1": hand("p1", 0)}}
    assert anna.taken() == [{"put": {"mine": {"hand": None}, **seen}, "seq": 5}]
    assert bert.taken() == [{"put": {"mine": own(0), **seen}, "seq": 5}]


async def test_hand_stays_up_while_its_person_has_no_line(house: House) -> None:
    hub = await house.hub()
    anna, bert = await sit(hub, ANNA, BERT)
    hub.leave(anna)
    await settle(hub)
    assert bert.screen["hands"] == {"p0": hand("p0", 0), "p1": hand("p1", 1)}
    [again] = await sit(hub, ANNA)
    assert again.screen["mine"]["hand"] == own(0)["hand"]


async def test_hand_bears_the_name_its_person_has_now(house: House) -> None:
    hub = await house.hub()
    [bert] = await sit(hub, BERT)
    house.book["p0"] = "Anna with another name"
    await house.write(Renamed("p0"))
    await hub.catch_up()
    assert bert.taken() == [{"put": {"hands": {"p0": hand("p0", 0, name="Anna with another name")}}, "seq": 5}]


async def test_end_of_the_session_lowers_every_hand(house: House) -> None:
    hub = await house.hub()
    anna, crew = await sit(hub, ANNA, MODERATOR)
    await hub.do(MODERATOR, asks("k1", End()))
    await settle(hub)
    frames = [text.decode() for text in anna.texts]
    assert [text.count('"mine":{"hand":null}') for text in frames if '"mine"' in text] == [1]
    assert (anna.screen["hands"], crew.screen["hands"]) == ({}, {})


async def test_hand_needs_a_name(house: House) -> None:
    nameless = Actor("p3", "participant", named=False)
    hub = await house.hub()
    for command in (Raise(), Raise(order=True), Lower()):
        assert await refused(hub, nameless, asks("k1", command)) == "name.missing"


@pytest.mark.parametrize("command", [Call("p0"), Done("p0"), Close()])
async def test_list_is_the_crews_to_run(house: House, command: Call | Done | Close) -> None:
    assert await refused(await house.hub(), BERT, asks("k1", command)) == "role.missing"
