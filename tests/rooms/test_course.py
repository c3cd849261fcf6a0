"""The course of a session: an item and its expert begin and end together, with the slides, and are undone together."""

import pytest
from msgspec.structs import replace

from rooms import agenda, contributions
from rooms.agenda import Finish, Skip, Skipped, Start, Started, Undo, Undone
from rooms.contributions import (
    Aired,
    CheckedIn,
    Declined,
    Finished,
    Returned,
    SteppedBack,
    Submitted,
)
from rooms.core import Command, Event
from rooms.interpretation import FloorSet, SetFloor
from rooms.lifecycle import Close, Closed
from rooms.questions import Aired as Questioned
from rooms.questions import Asked, Published
from rooms.slides import Hidden, Shown
from rooms.timetable import PlannedItem, Was
from tests.rooms.stage import Stage, states
from tests.rooms.stories import LONG, START

PLAN = replace(  # a2 and a6 are of c1, a5 of c2, c3 has no item
    LONG, items=(*LONG.items, PlannedItem("a6", {"en": "Three crews, again"}, "contribution", 10, "c1"))
)
DECKS = (Submitted("c1", "d1", 5), Submitted("c2", "d2", 8))
SHOWN = Shown("d1", "c1", 1, 5)
BEGUN = (*DECKS, Started("a2"), Aired("c1"), SHOWN)  # c1 is on air, with its slides
WAITING = Was("waiting", None, None)
UNTOLD = PlannedItem("a7", {"en": "One sluice"}, "contribution", 10, "c3")  # in whatever language


def stage(*events: Event) -> Stage:
    return Stage(*events, plan=PLAN)


def of_slots(room: Stage) -> dict[str, str]:
    return {id: slot.state for id, slot in room.room.contributions.items()}


# ── The agenda leads ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("given", "command", "events"),
    [
        ((), Start("a1"), (Started("a1"),)),
        ((), Start("a2"), (Started("a2"), Aired("c1"))),
        (DECKS, Start("a2"), (Started("a2"), Aired("c1"), SHOWN)),
        ((CheckedIn("c1"), Started("a1")), Start("a2"), (agenda.Finished("a1"), Started("a2"), Aired("c1"))),
        ((Declined("c1"),), Start("a2"), (Started("a2"),)),
        (BEGUN, Start("a4"), (agenda.Finished("a2"), Started("a4"), Finished("c1"))),  # the slides stay for questions
        (
            BEGUN,
            Start("a5"),
            (agenda.Finished("a2"), Started("a5"), Finished("c1"), Aired("c2"), Shown("d2", "c2", 1, 8)),
        ),
        (BEGUN, Start("a6"), (agenda.Finished("a2"), Started("a6"))),  # the same expert goes on
        (BEGUN, Finish("a2"), (agenda.Finished("a2"), Finished("c1"))),
        (BEGUN, Skip("a2"), (Skipped("a2"), Finished("c1"))),
        ((*BEGUN, Declined("c2")), Start("a5"), (agenda.Finished("a2"), Started("a5"), Finished("c1"))),
        ((*BEGUN, Finished("c1")), Finish("a2"), (agenda.Finished("a2"),)),
        (
            (*BEGUN, agenda.Finished("a2"), Finished("c1")),
            Start("a2"),
            (Started("a2"), Aired("c1")),
        ),  # the slides are there
    ],
)
def test_item_brings_its_expert_on_air_and_off(
    given: tuple[Event, ...], command: Command, events: tuple[Event, ...]
) -> None:
    decided = stage(*given).decided(command)
    assert (decided.events, decided.ok) == (events, {"item": command.item})  # type: ignore[attr-defined]  # all have one


@pytest.mark.parametrize(
    ("given", "more"),
    [
        ((), ()),
        ((Submitted("c2", "d2", 8),), (Shown("d2", "c2", 1, 8),)),
        ((Submitted("c2", "d2", 8), contributions.Accepted("c2")), (Shown("d2", "c2", 1, 8),)),
        ((Submitted("c2", "d2", 8), Returned("c2", "Larger")), ()),  # not shown by itself
        ((Shown("dx", "c3", 2, 4),), (Hidden(),)),  # what others showed goes
        ((Submitted("c2", "d2", 8), Shown("d2", "c2", 7, 8)), ()),  # there already
        (
            (Submitted("c2", "d2", 8), Shown("d2", "c2", 7, 8), Hidden()),
            (Shown("d2", "c2", 7, 8),),
        ),  # where it was left
        ((Submitted("c2", "d2", 5), Shown("d2", "c2", 7, 8), Hidden()), (Shown("d2", "c2", 5, 5),)),  # has fewer now
    ],
)
def test_expert_on_air_has_the_slides_that_are_ready_or_none(given: tuple[Event, ...], more: tuple[Event, ...]) -> None:
    assert stage(*given).when(Start("a5")) == (Started("a5"), Aired("c2"), *more)


# ── Contributions lead ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("given", "contribution", "events"),
    [
        ((), "c1", (Started("a2"), Aired("c1"))),
        ((Started("a1"),), "c1", (agenda.Finished("a1"), Started("a2"), Aired("c1"))),
        ((Skipped("a2"),), "c1", (Started("a2"), Aired("c1"))),
        ((Started("a2"),), "c1", (Aired("c1"),)),  # the item runs already
        (
            BEGUN,
            "c2",
            (agenda.Finished("a2"), Started("a5"), Finished("c1"), Aired("c2"), Shown("d2", "c2", 1, 8)),
        ),
        (
            (*BEGUN, agenda.Finished("a2"), Finished("c1")),
            "c1",
            (Started("a6"), Aired("c1")),
        ),  # the next of the expert's
        (
            (*BEGUN, Started("a6"), agenda.Finished("a6"), agenda.Finished("a2"), Finished("c1")),
            "c1",
            (Aired("c1"),),  # none is left
        ),
        (
            (*BEGUN, Started("a6"), agenda.Finished("a6"), agenda.Finished("a2"), Finished("c1"), Started("a4")),
            "c1",
            (Aired("c1"),),  # speaks again in a discussion, which goes on
        ),
        ((Started("a4"),), "c3", (Aired("c3"),)),  # has no item, and may speak in a discussion
        (BEGUN, "c3", (agenda.Finished("a2"), Finished("c1"), Aired("c3"), Hidden())),
    ],
)
def test_expert_brings_the_item_along(given: tuple[Event, ...], contribution: str, events: tuple[Event, ...]) -> None:
    decided = stage(*given).decided(contributions.Air(contribution))
    assert (decided.events, decided.ok) == (events, {"contribution": contribution})


@pytest.mark.parametrize(
    ("given", "events"),
    [
        (BEGUN, (agenda.Finished("a2"), Finished("c1"))),
        ((*BEGUN, agenda.Finished("a2"), Started("a4")), (Finished("c1"),)),  # another item runs
        ((Aired("c1"),), (Finished("c1"),)),
    ],
)
def test_expert_who_has_finished_ends_the_item(given: tuple[Event, ...], events: tuple[Event, ...]) -> None:
    assert stage(*given).when(contributions.Finish("c1")) == events


@pytest.mark.parametrize(
    ("given", "events"),
    [
        ((), (Closed(),)),
        (BEGUN, (agenda.Finished("a2"), Finished("c1"), Closed())),
        ((Started("a1"),), (agenda.Finished("a1"), Closed())),
        ((Aired("c3"),), (Finished("c3"), Closed())),
    ],
)
def test_end_of_the_session_ends_what_is_open(given: tuple[Event, ...], events: tuple[Event, ...]) -> None:
    assert stage(*given).when(Close()) == events


# ── Taking back ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_undo_of_a_start_takes_the_expert_off_air_and_the_slides_off_the_stage() -> None:
    room = stage(*DECKS, CheckedIn("c1")).do(Start("a2")).at(0.5)
    assert room.when(Undo()) == (Undone({"a2": WAITING}), SteppedBack("c1", "checked_in"), Hidden())
    room.do(Undo())
    assert (of_slots(room)["c1"], states(room)["a2"], room.shown("slides", "slides")["presentation"]) == (
        "checked_in",
        "waiting",
        None,
    )
    assert room.shown("contributions", "c1", "public")["presentation"] is None


def test_undo_of_a_start_brings_back_whoever_was_on_air_with_the_slides_where_they_were() -> None:
    room = stage(*BEGUN, Shown("d1", "c1", 4, 5)).at(1).do(Start("a5")).at(1.5)
    undone = Undone({"a2": Was("running", START, None), "a5": WAITING})
    back = (SteppedBack("c1", "on_air"), SteppedBack("c2", "invited"), Shown("d1", "c1", 4, 5))
    assert room.when(Undo()) == (undone, *back)
    room.do(Undo())
    assert of_slots(room) == {"c1": "on_air", "c2": "invited", "c3": "invited"}


@pytest.mark.parametrize("command", [Finish("a2"), contributions.Finish("c1"), Start("a4"), Skip("a2")], ids=str)
def test_undo_of_an_end_lets_the_expert_speak_on(command: Command) -> None:
    room = stage(*BEGUN).at(1).do(command).at(1.5)
    assert room.when(Undo())[1:] == (SteppedBack("c1", "on_air"),)
    assert of_slots(room.do(Undo()))["c1"] == "on_air"


def test_undo_of_an_end_is_the_end_of_whoever_came_on_air_meanwhile() -> None:
    room = stage(*BEGUN).at(1).do(Finish("a2")).at(1.2).do(contributions.Air("c3")).at(1.5)  # c3 has no item
    back = (SteppedBack("c1", "on_air"), Shown("d1", "c1", 1, 5))
    assert room.when(Undo())[1:] == (Finished("c3"), *back)
    assert of_slots(room.do(Undo())) == {"c1": "on_air", "c2": "invited", "c3": "done"}


def test_undo_of_a_second_start_leaves_the_expert_done() -> None:
    room = stage(*BEGUN).at(1).do(Finish("a2")).at(3).do(Start("a2")).at(3.5)
    assert room.when(Undo())[1:] == (SteppedBack("c1", "done"),)
    assert room.do(Undo()).shown("slides", "slides")["presentation"] == "d1"  # they have been shown, and stay


def test_undo_of_an_expert_brought_on_air_takes_both_back() -> None:
    room = stage(Started("a1")).at(1).do(contributions.Air("c2")).at(1.5)
    undone = Undone({"a1": Was("running", START, None), "a5": WAITING})
    assert room.when(Undo()) == (undone, SteppedBack("c2", "invited"))


def test_undo_of_what_has_no_expert_touches_none() -> None:
    room = stage(Aired("c3")).do(Start("a1")).at(0.5)
    assert room.when(Undo()) == (Undone({"a1": WAITING}),)


# ── The floor ────────────────────────────────────────────────────────────────────────────────────────────────────────


def floors(room: Stage, *steps: Command) -> list[object]:
    return [room.do(step).shown("room", "room", "public")["floor"] for step in steps]


def test_undo_of_a_start_gives_back_what_was_spoken_before() -> None:
    assert floors(stage(FloorSet("fr")), Start("a5"), Undo()) == ["ar", "fr"]


def test_undo_of_a_start_that_ended_another_gives_back_what_was_spoken_before() -> None:
    assert floors(stage(), Start("a2"), SetFloor("fr"), Start("a5"), Undo()) == ["en", "fr", "ar", "fr"]


ARABIC_WITHOUT_ITEM = (Started("a5"), agenda.Finished("a5"), FloorSet("en"), Started("a4"))  # c2 has none left


def test_floor_follows_who_speaks_without_an_item() -> None:
    room = stage(*ARABIC_WITHOUT_ITEM)
    assert room.when(contributions.Air("c2")) == (Aired("c2"), FloorSet("ar", "brought"))
    assert floors(room, contributions.Air("c2"), contributions.Finish("c2")) == ["ar", "ar"]
    assert stage(*ARABIC_WITHOUT_ITEM, FloorSet("ar")).when(contributions.Air("c2")) == (Aired("c2"),)
    assert stage(Started("a4")).when(contributions.Air("c3")) == (Aired("c3"),)  # of which no language is known


def test_undo_of_an_end_gives_back_what_was_spoken_before_somebody_without_an_item() -> None:
    begun = (Started("a5"), agenda.Finished("a5"), Started("a2"), Aired("c1"))
    steps = (Finish("a2"), contributions.Air("c2"), Undo())
    assert floors(stage(*begun), *steps) == ["en", "ar", "en"]
    assert floors(stage(*begun), *steps[:2], SetFloor("fr"), Undo()) == ["en", "ar", "fr", "fr"]


def test_undo_leaves_a_floor_that_was_set_since() -> None:
    assert floors(stage(), Start("a5"), SetFloor("fr"), Undo()) == ["ar", "fr", "fr"]


SPOKEN = (*DECKS, Started("a5"), Aired("c2"))  # in Arabic, of which the agenda knows
BACK = FloorSet("en", "over")


@pytest.mark.parametrize(
    ("given", "command", "events"),
    [
        (SPOKEN, Start("a4"), (agenda.Finished("a5"), Started("a4"), Finished("c2"), BACK)),
        ((*SPOKEN, agenda.Finished("a5"), Finished("c2")), Start("a4"), (Started("a4"), BACK)),
        ((FloorSet("fr"), *SPOKEN, agenda.Finished("a5"), Finished("c2")), Start("a4"), (Started("a4"), BACK)),
        ((Started("a1"), FloorSet("ar", "brought")), Start("a4"), (agenda.Finished("a1"), Started("a4"), BACK)),
        ((*SPOKEN, FloorSet("fr")), Start("a4"), (agenda.Finished("a5"), Started("a4"), Finished("c2"))),  # by hand
        ((*SPOKEN, FloorSet("ar")), Start("a4"), (agenda.Finished("a5"), Started("a4"), Finished("c2"))),
        ((FloorSet("fr"),), Start("a4"), (Started("a4"),)),
        (BEGUN, Start("a4"), (agenda.Finished("a2"), Started("a4"), Finished("c1"))),  # English already
        ((), Start("a1"), (Started("a1"),)),
    ],
)
def test_item_in_no_language_is_held_in_the_first_after_one_that_brought_another(
    given: tuple[Event, ...], command: Command, events: tuple[Event, ...]
) -> None:
    assert stage(*given).when(command) == events


def test_item_of_an_expert_in_no_language_is_held_in_the_first() -> None:
    room = Stage(Started("a5"), Aired("c2"), plan=replace(PLAN, items=(*PLAN.items, UNTOLD)))
    ended = (agenda.Finished("a5"), Started("a7"))
    assert room.when(contributions.Air("c3")) == (*ended, Finished("c2"), Aired("c3"), BACK)
    assert room.when(Start("a7")) == (*ended, BACK, Finished("c2"), Aired("c3"))


def test_floor_of_a_room_without_languages_stays_what_was_brought() -> None:
    room = Stage(Started("a5"), plan=replace(PLAN, languages=()))
    assert room.when(Start("a4")) == (agenda.Finished("a5"), Started("a4"))


def test_undo_of_an_item_in_no_language_gives_back_what_was_brought() -> None:
    room = stage(*SPOKEN).at(1).do(Start("a4")).at(1.5)
    given = (FloorSet("ar", "brought"), SteppedBack("c2", "on_air"), Shown("d2", "c2", 1, 8))
    assert room.when(Undo())[1:] == given
    assert floors(room, Undo(), Start("a4"), Undo()) == ["ar", "en", "ar"]  # it is known as brought again
    assert floors(stage(*SPOKEN), Start("a4"), SetFloor("fr"), Undo()) == ["en", "fr", "fr"]
    assert floors(stage(*SPOKEN), Start("a4"), SetFloor("en"), Undo()) == ["en", "en", "en"]


def test_undo_after_the_end_of_whoever_brought_a_language_gives_it_back() -> None:
    steps = (contributions.Finish("c2"), Start("a4"), Undo(), Start("a4"), Start("a5"), Undo(), Start("a1"))
    assert floors(stage(*SPOKEN), *steps) == ["ar", "en", "ar", "en", "ar", "en", "en"]


def test_undo_ends_whoever_came_on_air_in_the_first_language_meanwhile() -> None:
    none_left = (event for item in ("a2", "a6") for event in (Started(item), agenda.Finished(item)))
    assert floors(stage(*none_left, *SPOKEN), Start("a4"), contributions.Air("c1"), Undo()) == ["en", "en", "ar"]


def test_a_log_from_before_is_folded_as_it_was() -> None:
    old = (*SPOKEN, agenda.Finished("a5"), Started("a4"), Finished("c2"))
    assert stage(*old).shown("room", "room", "public")["floor"] == "ar"
    undone = Undone({"a5": Was("running", START, None), "a4": WAITING})
    assert stage(*old, FloorSet("fr"), undone).shown("room", "room", "public")["floor"] == "fr"


@pytest.mark.parametrize("command", [Finish("a5"), Skip("a5")])
def test_undo_of_an_end_leaves_the_floor(command: Command) -> None:
    assert floors(stage(), Start("a5"), SetFloor("fr"), command, Undo()) == ["ar", "fr", "fr", "fr"]


# ── Questions ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_question_stays_on_air_when_the_next_item_starts() -> None:
    """Only the moderator hears whether it has been answered."""
    room = stage(Asked("q1", "p0", "Why?", "en"), Published("q1"), Questioned("q1"), Started("a1"))
    assert room.do(Start("a2")).shown("questions", "q1", "public")["state"] == "on_air"
