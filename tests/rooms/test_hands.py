"""Hands: who waits in which place, who is called, when the list takes no more, and how long somebody has spoken."""

from itertools import product

import pytest

from rooms import lifecycle
from rooms.core import AUDIENCES, Actor, Audience, Command, Event, Record
from rooms.hands import (
    WAITING,
    Call,
    Called,
    Close,
    Closed,
    Done,
    Finished,
    Lower,
    Lowered,
    Open,
    Opened,
    Raise,
    Raised,
    Spoken,
    mine,
    spoken,
)
from rooms.room import apply
from tests.rooms.stage import ANNA, BERT, EXPERT, IDA, MODERATOR, SCRIBE, Fact, Stage, minutes
from tests.rooms.stories import START

# ── What is done with one hand ───────────────────────────────────────────────────────────────────────────────────────

GIVEN: dict[str, tuple[Event, ...]] = {  # Anna's hand
    "down": (),
    "plain": (Raised("p0"),),
    "order": (Raised("p0", order=True),),
    "called": (Raised("p0"), Called("p0")),
    "spoken": (Raised("p0"), Called("p0"), Finished("p0")),
}
STATE = {"down": "none", "plain": "waiting", "order": "waiting", "called": "called", "spoken": "none"}
ACTS: dict[str, tuple[Actor, Command]] = {
    "raise": (ANNA, Raise()),
    "raise for order": (ANNA, Raise(order=True)),
    "lower": (ANNA, Lower()),
    "call": (MODERATOR, Call("p0")),
    "done": (MODERATOR, Done("p0")),
}
UP = {"raise": Raised("p0"), "raise for order": Raised("p0", order=True)}
TAKEN: dict[tuple[str, str], Event] = {  # everything else is refused
    **{(hand, act): event for hand in ("down", "spoken") for act, event in UP.items()},
    ("plain", "raise for order"): UP["raise for order"],
    ("plain", "lower"): Lowered("p0"),
    ("order", "lower"): Lowered("p0"),
    ("called", "lower"): Finished("p0"),
    ("plain", "call"): Called("p0"),
    ("order", "call"): Called("p0"),
    ("called", "done"): Finished("p0"),
}


def code(hand: str, act: str) -> Fact:
    if act == "lower":
        return "hand.none", {}
    return ("hand.raised", {}) if act in UP else ("state.changed", {"state": STATE[hand]})


@pytest.mark.parametrize("open", [True, False], ids=["open", "closed"])
@pytest.mark.parametrize(("hand", "act"), list(product(GIVEN, ACTS)))
def test_hand_takes_what_its_state_allows(hand: str, act: str, open: bool) -> None:
    room = Stage(*GIVEN[hand], *(() if open else (Closed(),)))
    actor, command = ACTS[act]
    event = TAKEN.get((hand, act))
    if event == Raised("p0") and not open:
        assert room.refused(command, actor) == ("hand.closed", {})
    elif event:
        decided = room.decided(command, actor)
        assert (decided.events, decided.ok) == ((event,), {"person": "p0"})
    else:
        assert room.refused(command, actor) == code(hand, act)


@pytest.mark.parametrize("actor", [ANNA, EXPERT, IDA, SCRIBE, MODERATOR], ids=lambda actor: actor.role)
def test_everybody_may_raise_a_hand(actor: Actor) -> None:
    assert Stage().when(Raise(), actor) == (Raised(actor.id),)


def test_who_is_called_ends_the_turn_of_who_was() -> None:
    room = Stage(Raised("p0"), Raised("p1"), Called("p0"))
    assert room.when(Call("p1")) == (Finished("p0"), Called("p1"))


def test_somebody_elses_hand_is_not_lowered() -> None:
    assert Stage(Raised("p0")).refused(Lower(), BERT) == ("hand.none", {})


@pytest.mark.parametrize(("command", "event"), [(Close(), Closed()), (Open(), Opened())])
@pytest.mark.parametrize("given", [(), (Closed(),)])
def test_list_is_closed_and_opened_whatever_it_was(given: tuple[Event, ...], command: Command, event: Event) -> None:
    decided = Stage(*given).decided(command)
    assert (decided.events, decided.ok) == ((event,), {})


@pytest.mark.parametrize("order", [False, True])
def test_list_has_an_end_for_each_kind(order: bool) -> None:
    room = Stage(*(Raised(f"x{n}", order=order) for n in range(WAITING)))
    assert room.refused(Raise(order), ANNA) == ("hand.full", {"limit": WAITING})
    assert room.when(Raise(not order), ANNA) == (Raised("p0", order=not order),)
    assert room.given(Lowered("x7")).when(Raise(order), ANNA) == (Raised("p0", order=order),)


@pytest.mark.parametrize(
    ("given", "actor", "code"),
    [
        ((lifecycle.Paused(),), ANNA, "room.paused"),
        ((lifecycle.Paused(),), IDA, "room.paused"),
        ((lifecycle.Closed(),), ANNA, "room.closed"),
        ((lifecycle.Closed(),), MODERATOR, "room.closed"),
    ],
)
@pytest.mark.parametrize("command", [Raise(), Raise(order=True), Lower()])
def test_hands_rest_with_the_room(given: tuple[Event, ...], actor: Actor, code: str, command: Command) -> None:
    assert Stage(*given).refused(command, actor) == (code, {})


@pytest.mark.parametrize("command", [Raise(), Lower(), Call("p0"), Done("p0"), Close(), Open()])
def test_there_are_no_hands_before_the_room_opens(command: Command) -> None:
    assert Stage(opened=False).refused(command) == ("room.planned", {})


def test_moderator_calls_during_a_pause() -> None:
    assert Stage(Raised("p0"), lifecycle.Paused()).when(Call("p0")) == (Called("p0"),)


# ── Places ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def places(room: Stage) -> dict[str, object]:
    return {id: room.shown("hands", id)["order"] for id in sorted(room.room.hands.all)}


@pytest.mark.parametrize(
    ("events", "seen"),
    [
        ((Raised("p0"), Raised("p1"), Raised("p2")), {"p0": 0, "p1": 1, "p2": 2}),
        ((Raised("p0"), Raised("p1", order=True), Raised("p2", order=True)), {"p0": 2, "p1": 0, "p2": 1}),
        ((Raised("p0"), Raised("p1"), Raised("p2", True), Raised("p1", True)), {"p0": 2, "p1": 1, "p2": 0}),
        ((Raised("p0"), Raised("p1"), Lowered("p0")), {"p1": 0}),
        ((Raised("p0"), Raised("p1"), Raised("p2"), Called("p1")), {"p0": 0, "p1": None, "p2": 1}),
        ((Raised("p0"), Raised("p1"), Called("p0"), Finished("p0"), Raised("p0")), {"p0": 1, "p1": 0}),
    ],
)
def test_places_are_by_time_and_points_of_order_come_first(events: tuple[Event, ...], seen: dict[str, object]) -> None:
    assert places(Stage(*events)) == seen


@pytest.mark.parametrize(
    ("event", "touched"),
    [
        (Raised("p3"), {"p3"}),
        (Raised("p3", order=True), {"p0", "p1", "p2", "p3"}),
        (Lowered("p1"), {"p1", "p2"}),
        (Called("p0"), {"p0", "p1", "p2"}),
        (Raised("p0", order=True), {"p0"}),
        (Raised("p2", order=True), {"p0", "p1", "p2"}),
    ],
)
def test_all_whose_place_moves_are_told_and_nobody_else(event: Event, touched: set[str]) -> None:
    room = Stage(Raised("p0"), Raised("p1"), Raised("p2")).room
    keys = apply(Record(room.seq + 1, START, "m0", event), room)
    assert sorted(keys) == sorted((collection, id) for id in touched for collection in ("hands", "mine.hand"))


@pytest.mark.parametrize("audience", AUDIENCES)
def test_hand_is_the_same_for_all(audience: Audience) -> None:
    room = Stage().at(3).given(Raised("p1")).at(4).given(Raised("p0", order=True))
    item = room.shown("hands", "p1", audience)
    assert minutes(item.pop("at")) == 3
    by = {"id": "p1", "name": "Name of p1"}
    assert item == {"by": by, "state": "waiting", "order": 1, "point_of_order": False}
    called = room.at(7).given(Called("p1")).shown("hands", "p1", audience)
    assert minutes(called.pop("at")) == 7
    assert called == {"by": by, "state": "called", "order": None, "point_of_order": False}
    assert room.given(Finished("p1")).see("hands", "p1", audience) is None


@pytest.mark.parametrize(
    ("hand", "seen"),
    [
        ("down", None),
        ("plain", {"state": "waiting", "place": 0, "point_of_order": False}),
        ("order", {"state": "waiting", "place": 0, "point_of_order": True}),
        ("called", {"state": "called", "place": None, "point_of_order": False}),
        ("spoken", None),
    ],
)
def test_person_is_told_of_their_own_hand(hand: str, seen: object) -> None:
    assert mine(Stage(*GIVEN[hand]).room.hands, "p0") == seen


def test_room_says_whether_hands_are_taken() -> None:
    room = Stage()
    said = [room.shown("room", "room")["hands"], room.given(Closed()).shown("room", "room")["hands"]]
    assert [*said, room.given(Opened()).shown("room", "room")["hands"]] == ["open", "closed", "open"]


# ── Speaking time ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_speaking_time_is_from_being_called_to_being_done() -> None:
    room = Stage(Raised("p0"), Raised("p1")).at(10).given(Called("p0")).at(11.5).do(Call("p1"))
    room.at(15).do(Lower(), BERT).do(Raise(), ANNA).at(20).do(Call("p0")).at(21).do(Done("p0"))
    assert spoken(room.room.hands) == (Spoken("p1", 210, 1), Spoken("p0", 150, 2))


def test_speaking_time_of_who_was_not_called_is_none() -> None:
    assert spoken(Stage(Raised("p0"), Lowered("p0"), Raised("p1"), Called("p1")).room.hands) == ()


def test_session_that_ends_lowers_all_hands_and_ends_the_turn() -> None:
    room = Stage(Raised("p0"), Raised("p1", order=True)).at(10).given(Called("p0")).at(12)
    room.do(lifecycle.Close())
    assert (room.room.hands.all, room.room.hands.line, room.room.hands.called) == ({}, [], None)
    assert spoken(room.room.hands) == (Spoken("p0", 120, 1),)
    reopened = room.do(lifecycle.Open())
    assert reopened.when(Raise(), ANNA) == (Raised("p0"),)


def test_clock_that_was_set_back_makes_no_time() -> None:
    room = Stage(Raised("p0")).at(10).given(Called("p0")).at(9).given(Finished("p0"))
    assert spoken(room.room.hands) == (Spoken("p0", 0, 1),)
