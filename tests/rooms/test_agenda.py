"""The agenda: what every command makes of it, what it refuses, and what can be undone."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from rooms.agenda import (
    ITEMS,
    Add,
    Added,
    Edit,
    Edited,
    Extend,
    Extended,
    Finish,
    Finished,
    Move,
    Moved,
    Remove,
    Removed,
    Skip,
    Skipped,
    Start,
    Started,
    Undo,
    Undone,
)
from rooms.core import Command, Event
from rooms.timetable import Was
from tests.rooms.stage import Stage, minutes, states
from tests.rooms.stories import PLAN, START

EMPTY = replace(PLAN, items=())
WAITING = Was("waiting", None, None)
RUNNING = Was("running", START, None)


# ── What a command makes ─────────────────────────────────────────────────────────────────────────────────────────────

BREAKS = (Extend("a2", 30, "absorb"), (Extended("a2", 30, "absorb", {"a2": 50, "a3": 1}, 21),))
MAKES: list[tuple[str, tuple[Event, ...], Command, tuple[Event, ...]]] = [
    ("add at the end", (), Add(" Photo ", "other", 5), (Added("n1", "Photo", "other", 5, "a4"),)),
    ("add behind another", (), Add("Photo", "break", 600, "a1"), (Added("n1", "Photo", "break", 600, "a1"),)),
    ("edit the title", (), Edit("a2", title=" Tea "), (Edited("a2", "Tea"),)),
    ("edit everything", (), Edit("a2", "Tea", "break", 7), (Edited("a2", "Tea", "break", 7),)),
    ("edit what is over", (Started("a1"), Finished("a1")), Edit("a1", minutes=1), (Edited("a1", minutes=1),)),
    ("move behind another", (), Move("a1", "a3"), (Moved("a1", "a3"),)),
    ("move to the top", (), Move("a3", None), (Moved("a3", None),)),
    ("remove", (), Remove("a4"), (Removed("a4"),)),
    ("remove what is over", (Started("a1"), Finished("a1")), Remove("a1"), (Removed("a1"),)),
    ("start", (), Start("a1"), (Started("a1"),)),
    ("start as seen", (), Start("a1", "waiting"), (Started("a1"),)),
    ("start what was skipped", (Skipped("a1"),), Start("a1", "skipped"), (Started("a1"),)),
    ("start finishes what runs", (Started("a1"),), Start("a3"), (Finished("a1"), Started("a3"))),
    ("finish", (Started("a2"),), Finish("a2", "running"), (Finished("a2"),)),
    ("skip", (), Skip("a2", "waiting"), (Skipped("a2"),)),
    ("skip what runs", (Started("a2"),), Skip("a2", "running"), (Skipped("a2"),)),
    ("shift", (), Extend("a2", 5, "shift"), (Extended("a2", 5, "shift", {"a2": 25}, 5),)),
    ("absorb", (), Extend("a2", 5, "absorb"), (Extended("a2", 5, "absorb", {"a2": 25, "a3": 5}),)),
    ("absorb, all but a minute; the rest shifts", (), *BREAKS),
    ("absorb, from the next break only", (Edited("a4", kind="break"),), *BREAKS),
    ("cut, last first", (), Extend("a2", 5, "cut"), (Extended("a2", 5, "cut", {"a2": 25, "a4": 15}),)),
    ("cut, from several", (), Extend("a2", 22, "cut"), (Extended("a2", 22, "cut", {"a2": 42, "a4": 1, "a3": 7}),)),
    (
        "cut skips the skipped",
        (Skipped("a4"),),
        Extend("a1", 4, "cut"),
        (Extended("a1", 4, "cut", {"a1": 14, "a3": 6}),),
    ),
    (
        "extend what runs",
        (Started("a4"),),
        Extend("a4", 240, "shift"),
        (Extended("a4", 240, "shift", {"a4": 260}, 240),),
    ),
    ("undo a start", (Started("a1"),), Undo(), (Undone({"a1": WAITING}),)),
    ("undo a skip", (Skipped("a1"),), Undo(), (Undone({"a1": WAITING}),)),
]


@pytest.mark.parametrize(("given", "command", "events"), [row[1:] for row in MAKES], ids=[row[0] for row in MAKES])
def test_agenda_command_makes_exactly_these_events(
    given: tuple[Event, ...], command: Command, events: tuple[Event, ...]
) -> None:
    assert Stage(*given).when(command) == events


def test_agenda_add_to_nothing_has_nothing_before_it() -> None:
    assert Stage(plan=EMPTY).when(Add("First", "other", 5)) == (Added("n1", "First", "other", 5, None),)


@pytest.mark.parametrize(
    ("command", "ok"),
    [
        (Add("Photo", "other", 5), {"item": "n1"}),
        (Move("a1", None), {"item": "a1"}),
        (Start("a2"), {"item": "a2"}),
        (Extend("a1", 1, "shift"), {"item": "a1"}),
        (Undo(), {}),
    ],
)
def test_agenda_command_names_the_item_it_made_or_changed(command: Command, ok: dict[str, str]) -> None:
    assert Stage(Started("a4")).decided(command).ok == ok


# ── What it refuses ──────────────────────────────────────────────────────────────────────────────────────────────────

DONE = (Started("a1"), Finished("a1"))
REFUSED: list[tuple[tuple[Event, ...], Command, str]] = [
    ((Started("a1"),), Start("a1"), "running"),
    ((), Start("a1", "skipped"), "waiting"),
    ((Skipped("a1"),), Start("a1", "waiting"), "skipped"),
    ((), Finish("a1"), "waiting"),
    (DONE, Finish("a1"), "done"),
    ((Started("a1"),), Finish("a1", "waiting"), "running"),
    ((Skipped("a1"),), Finish("a1"), "skipped"),
    (DONE, Skip("a1"), "done"),
    ((Skipped("a1"),), Skip("a1"), "skipped"),
    ((Started("a1"),), Skip("a1", "waiting"), "running"),
    ((Started("a1"),), Remove("a1"), "running"),
    (DONE, Extend("a1", 5, "shift"), "done"),
    ((Skipped("a1"),), Extend("a1", 5, "cut"), "skipped"),
]


@pytest.mark.parametrize(("given", "command", "state"), REFUSED)
def test_agenda_command_too_late_is_told_the_real_state(given: tuple[Event, ...], command: Command, state: str) -> None:
    assert Stage(*given).refused(command) == ("state.changed", {"state": state})


@pytest.mark.parametrize(
    "command",
    [
        Add("Photo", "other", 5, after="gone"),
        Edit("gone", title="x"),
        Move("gone", None),
        Move("a1", "gone"),
        Remove("gone"),
        Start("gone"),
        Finish("gone"),
        Skip("gone"),
        Extend("gone", 5, "shift"),
    ],
)
def test_agenda_command_for_an_item_that_is_gone_is_refused(command: Command) -> None:
    assert Stage().refused(command) == ("agenda.unknown", {"item": "gone"})


def test_agenda_item_cannot_stand_behind_itself() -> None:
    assert Stage().refused(Move("a1", "a1")) == ("command.invalid", {"field": "after"})


def test_agenda_takes_no_more_than_its_limit() -> None:
    stage = Stage(*(Added(f"h{n}", "More", "other", 1, None) for n in range(ITEMS - len(PLAN.items) - 1)))
    stage.do(Add("The last", "other", 1))
    assert stage.refused(Add("Too many", "other", 1)) == ("agenda.full", {"limit": ITEMS})


@pytest.mark.parametrize(
    ("given", "command", "how"),
    [
        ((Skipped("a3"),), Extend("a1", 5, "absorb"), "absorb"),  # the only break is not to come
        ((), Extend("a3", 5, "absorb"), "absorb"),  # it is not behind itself
        ((Edited("a3", minutes=1),), Extend("a1", 5, "absorb"), "absorb"),  # a minute stays
        ((), Extend("a4", 5, "cut"), "cut"),  # nothing follows
        ((Started("a4"),), Extend("a3", 5, "cut"), "cut"),  # what has begun gives nothing
    ],
)
def test_agenda_extend_needs_somebody_to_take_minutes_from(
    given: tuple[Event, ...], command: Command, how: str
) -> None:
    assert Stage(*given).refused(command) == ("agenda.nothing_to_take", {"how": how})


# ── Undo ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_agenda_undo_of_a_start_that_finished_another_restores_both() -> None:
    stage = Stage().at(0).do(Start("a1")).at(3).do(Start("a4")).at(4)
    assert stage.when(Undo()) == (Undone({"a1": RUNNING, "a4": WAITING}),)
    stage.do(Undo())
    assert [states(stage)[id] for id in ("a1", "a4")] == ["running", "waiting"]
    assert minutes(stage.shown("agenda", "a1")["ends_at"]) == 10


@pytest.mark.parametrize(("command", "was"), [(Finish("a1"), RUNNING), (Skip("a1"), RUNNING)])
def test_agenda_undo_lets_an_item_run_on(command: Command, was: Was) -> None:
    stage = Stage().do(Start("a1")).at(3).do(command).at(3.5)
    assert stage.when(Undo()) == (Undone({"a1": was}),)


def test_agenda_undo_takes_back_one_command_of_two_in_the_same_moment() -> None:
    stage = Stage().do(Skip("a1")).do(Skip("a2"))
    assert stage.when(Undo()) == (Undone({"a2": WAITING}),)


def test_agenda_item_that_is_done_is_started_again_from_now() -> None:
    stage = Stage(*DONE).at(9).do(Start("a1", "done"))
    assert stage.shown("agenda", "a1")["ends_at"] == START + timedelta(minutes=19)


def test_agenda_undo_is_possible_for_exactly_a_minute() -> None:
    stage = Stage().do(Start("a1"))
    stage.now += timedelta(minutes=1)
    assert stage.when(Undo()) == (Undone({"a1": WAITING}),)
    stage.now += timedelta(milliseconds=1)
    assert stage.refused(Undo()) == ("agenda.undo", {})


@pytest.mark.parametrize(
    "given",
    [
        (),
        (Started("a1"), Undone({"a1": WAITING})),
        (Skipped("a1"), Removed("a1")),
        (Added("h1", "By hand", "other", 5, None), Extended("a1", 5, "shift", {"a1": 15})),
    ],
    ids=["nothing yet", "undone already", "the item is removed", "nothing of the kind"],
)
def test_agenda_undo_of_nothing_is_refused(given: tuple[Event, ...]) -> None:
    assert Stage(*given).refused(Undo()) == ("agenda.undo", {})
