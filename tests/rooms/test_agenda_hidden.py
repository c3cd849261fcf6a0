"""Hidden items: booth and crew see them, to the public they are not there, though their time passes."""

import pytest
from msgspec.structs import replace

from rooms.agenda import (
    Add,
    Added,
    Edit,
    Edited,
    Extend,
    Extended,
    Finish,
    Move,
    Pause,
    Remove,
    Removed,
    Resume,
    Start,
    Undo,
)
from rooms.core import AUDIENCES, Actor, Audience, Event, Record
from rooms.lists import summary
from rooms.questions import Ask, Asked, Published
from rooms.room import apply
from tests.rooms.seats import Seat, asks, opened, settle
from tests.rooms.stage import ANNA, EXPERT, IDA, MODERATOR, Stage, minutes
from tests.rooms.stories import PLAN

HUSH = Added("h1", "Time in hand", "other", 5, "a1", hidden=True)
ITEMS = tuple(replace(item, hidden=item.id == "a3") for item in PLAN.items)


def seen(stage: Stage, audience: Audience) -> dict[str, object]:
    """The items that an audience gets, with their places."""
    items = {id: stage.see("agenda", id, audience) for id in stage.room.agenda.entries}
    return {id: item["order"] for id, item in items.items() if item}


def test_hidden_item_is_seen_by_booth_and_crew_only() -> None:
    stage = Stage().do(Add("Time in hand", "other", 5, "a1", hidden=True))
    everything = {"a1": 0, "n1": 1, "a2": 2, "a3": 3, "a4": 4}
    without = {"a1": 0, "a2": 1, "a3": 2, "a4": 3}
    assert [seen(stage, audience) for audience in AUDIENCES] == [without, everything, everything]
    assert [stage.shown("agenda", id)["hidden"] for id in ("n1", "a2")] == [True, False]


def test_hidden_item_takes_its_time() -> None:
    stage = Stage(HUSH)
    assert minutes(stage.shown("agenda", "a2", "public")["expected_start"]) == 15
    assert stage.shown("room", "room", "public")["late"] == 5


@pytest.mark.parametrize("hidden", [True, False])
def test_item_is_hidden_and_shown_again(hidden: bool) -> None:
    stage = Stage(Edited("a2", hidden=not hidden))
    assert stage.when(Edit("a2", hidden=hidden)) == (Edited("a2", hidden=hidden),)
    assert ("a2" in seen(stage.do(Edit("a2", hidden=hidden)), "public")) is not hidden


def test_what_runs_is_nothing_to_the_public_while_it_is_hidden() -> None:
    stage = Stage(HUSH).at(10).do(Start("h1"))
    assert [stage.shown("room", "room", audience)["now"] for audience in AUDIENCES] == [None, "h1", "h1"]
    assert minutes(stage.shown("room", "room", "public")["slips_from"]) == 15
    stage.at(12).do(Pause("h1"))
    assert minutes(stage.shown("room", "room", "public")["slips_from"]) == 12


def test_lists_do_not_name_what_is_hidden() -> None:
    stage = Stage(HUSH).at(10).do(Start("h1"))
    here = summary(stage.room)
    assert (here.now, minutes(here.now_ends), minutes(here.expected_ends)) == (None, 15, 75)
    assert summary(stage.do(Edit("h1", hidden=False)).room).now == {"und": "Time in hand"}


@pytest.mark.parametrize(
    ("given", "event"),
    [
        ((Edited("a3", hidden=True),), Extended("a2", 4, "absorb", {"a2": 24, "a3": 6})),
        ((Added("h1", "Buffer", "break", 5, "a2", hidden=True),), Extended("a2", 4, "absorb", {"a2": 24, "h1": 1})),
    ],
)
def test_hidden_break_gives_its_minutes(given: tuple[Event, ...], event: Extended) -> None:
    assert Stage(*given).when(Extend("a2", 4, "absorb")) == (event,)


def test_hidden_item_is_cut_like_all() -> None:
    stage = Stage(Added("h1", "Time in hand", "other", 5, "a4", hidden=True))
    assert stage.when(Extend("a2", 6, "cut")) == (Extended("a2", 6, "cut", {"a2": 26, "h1": 1, "a4": 18}),)


def test_item_is_moved_behind_a_hidden_one() -> None:
    stage = Stage(HUSH).do(Move("a4", "h1"))
    assert seen(stage, "public") == {"a1": 0, "a4": 1, "a2": 2, "a3": 3}


# ── The programme ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_planned_item_is_hidden() -> None:
    assert seen(Stage(plan=replace(PLAN, items=ITEMS)), "public") == {"a1": 0, "a2": 1, "a4": 2}


def test_new_plan_hides_and_shows() -> None:
    stage = Stage()
    found = [list(seen(stage.given(replace(PLAN, items=items)), "public")) for items in (ITEMS, PLAN.items)]
    assert found == [["a1", "a2", "a4"], ["a1", "a2", "a3", "a4"]]


def test_new_plan_leaves_what_the_crew_has_hidden_or_shown() -> None:
    stage = Stage(Edited("a1", hidden=True), Edited("a3", hidden=False)).given(replace(PLAN, items=ITEMS))
    assert list(seen(stage, "public")) == ["a2", "a3", "a4"]


# ── Questions ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_question_is_put_to_an_item_that_everybody_sees() -> None:
    assert Stage(HUSH).when(Ask("Why?", "en", "a2"), ANNA) == (Asked("n1", "p0", "Why?", "en", "a2"),)


@pytest.mark.parametrize("actor", [ANNA, MODERATOR])
def test_question_is_put_to_nothing_hidden(actor: Actor) -> None:
    refused = Stage(HUSH).refused(Ask("Why?", "en", "h1"), actor)
    assert refused == ("question.to", {"to": "h1"})


def test_question_does_not_name_what_was_hidden_since() -> None:
    stage = Stage(Asked("q1", "p0", "Why?", "en", "a2"), Published("q1")).do(Edit("a2", hidden=True))
    assert [stage.shown("questions", "q1", audience)["to"] for audience in AUDIENCES] == [None, "a2", "a2"]


@pytest.mark.parametrize("hidden", [True, False])
def test_question_does_not_name_what_is_gone(hidden: bool) -> None:
    """And whoever was told what changed has the same as who comes in afterwards."""
    stage = Stage(Asked("q1", "p0", "Why?", "en", "a2"), Published("q1"), Edited("a2", hidden=hidden))
    gone = Record(stage.room.seq + 1, stage.now, "m0", Removed("a2"))
    assert ("questions", "q1") in apply(gone, stage.room)
    assert [stage.shown("questions", "q1", audience)["to"] for audience in AUDIENCES] == [None] * 3


# ── Frames ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_no_frame_of_the_public_names_a_hidden_item() -> None:
    house = await opened()
    hub = await house.hub()
    seats = [Seat(actor) for actor in (ANNA, EXPERT, IDA, MODERATOR)]
    for seat in seats:
        await hub.join(seat, seat.actor, seat.you(), None)
    item = (await hub.do(MODERATOR, asks("k0", Add("CANARY", "other", 5, "a1", hidden=True)))).ok["item"]
    steps = (
        Start(item),
        Pause(item),
        Resume(item),
        Edit(item, title="CANARY too"),
        Finish(item),
        Undo(),
        Move(item, None),
    )
    for number, step in enumerate((*steps, Extend(item, 3, "absorb"), Start("a1"), Remove(item)), 1):
        await hub.do(MODERATOR, asks(f"k{number}", step))
        await settle(hub)
    late = Seat(ANNA)
    await hub.join(late, ANNA, late.you(), ("e1-public", 2))
    everything = {seat: b"".join(seat.texts) for seat in (*seats, late)}
    found = [(b"CANARY" in everything[seat], item.encode() in everything[seat]) for seat in (*seats, late)]
    assert found == [(False, False)] * 2 + [(True, True)] * 2 + [(False, False)]
    assert b"CANARY" not in await hub.snapshot(ANNA, {})
    await house.close()
