"""The exact times of an agenda that runs late, early or otherwise than planned; what a changed plan leaves alone."""

from datetime import timedelta
from time import perf_counter

import pytest
from msgspec.structs import replace

from rooms.agenda import Add, Added, Edit, Edited, Extend, Finish, Move, Moved, Remove, Skip, Start, Undo
from rooms.core import Command, main_text
from rooms.timetable import PlannedItem
from tests.rooms.stage import Stage, minutes, states
from tests.rooms.stories import PLAN, START


def column(stage: Stage, field: str) -> list[float | None]:
    """One field of all items in order, in minutes after the planned start."""
    return [minutes(stage.shown("agenda", id)[field]) for id in stage.room.agenda.entries]


Steps = tuple[tuple[float, Command], ...]  # commands, each with its minute after the planned start
ON_TIME = (0, Start("a1"))

TIMES: list[tuple[str, Steps, list[float]]] = [
    ("not begun", (), [0, 10, 30, 40, 60]),
    ("started late", ((7, Start("a1")),), [7, 17, 37, 47, 67]),
    ("started early", ((-2, Start("a1")),), [-2, 8, 28, 38, 58]),
    ("finished early", (ON_TIME, (4, Finish("a1"))), [0, 4, 24, 34, 54]),
    ("finished late", (ON_TIME, (15.5, Finish("a1"))), [0, 15.5, 35.5, 45.5, 65.5]),
    ("the next started late", (ON_TIME, (4, Finish("a1")), (6, Start("a2"))), [0, 6, 26, 36, 56]),
    ("finished early by the next", (ON_TIME, (4, Start("a2"))), [0, 4, 24, 34, 54]),
    ("skipped before its time", ((0, Skip("a2")),), [0, 10, 10, 20, 40]),
    ("skipped while it ran", (ON_TIME, (5, Skip("a1"))), [0, 5, 25, 35, 55]),
    ("skipped, then started all the same", ((0, Skip("a1")), (5, Start("a1"))), [5, 15, 35, 45, 65]),
    ("skipped while it ran, then started again", (ON_TIME, (5, Skip("a1")), (6, Start("a1"))), [6, 16, 36, 46, 66]),
    ("extended", (ON_TIME, (5, Extend("a1", 5, "shift"))), [0, 15, 35, 45, 65]),
    ("extended into the break", (ON_TIME, (5, Extend("a1", 5, "absorb"))), [0, 15, 35, 40, 60]),
    ("extended, the last cut", (ON_TIME, (5, Extend("a1", 5, "cut"))), [0, 15, 35, 45, 60]),
    ("skipped and undone", (ON_TIME, (5, Skip("a1")), (5.5, Undo())), [0, 10, 30, 40, 60]),
    ("edited", ((0, Edit("a1", minutes=25)),), [0, 25, 45, 55, 75]),
    ("moved", ((0, Move("a3", None)),), [0, 10, 20, 40, 60]),
    ("removed", ((0, Remove("a2")),), [0, 10, 20, 40]),
    ("added", ((0, Add("Photo", "other", 5, "a1")),), [0, 10, 15, 35, 45, 65]),
]


def played(steps: Steps) -> Stage:
    stage = Stage()
    for minute, command in steps:
        stage.at(minute).do(command)
    return stage


@pytest.mark.parametrize(("steps", "expected"), [row[1:] for row in TIMES], ids=[row[0] for row in TIMES])
def test_agenda_expects_every_start_and_the_end_exactly(steps: Steps, expected: list[float]) -> None:
    stage = played(steps)
    assert [*column(stage, "expected_start"), minutes(stage.shown("room", "room")["expected_ends"])] == expected


LATER: list[Steps] = [
    (ON_TIME, (25, Start("a2"))),
    (ON_TIME, (5, Extend("a1", 15, "shift"))),
    ((0, Edit("a1", minutes=25)),),
]


@pytest.mark.parametrize("steps", LATER, ids=["late", "extended", "edited"])
def test_agenda_planned_starts_stay_when_the_session_runs_later(steps: Steps) -> None:
    assert column(played(steps), "planned_start") == [0, 10, 30, 40]


def test_agenda_ends_with_what_ends_last_and_not_with_the_last_in_order() -> None:
    stage = played(((0, Start("a4")), (5, Finish("a4")), (60, Start("a2"))))
    assert column(stage, "expected_start") == [80, 60, 90, 0]  # what waits comes after what runs
    assert minutes(stage.shown("room", "room")["expected_ends"]) == 100


def test_agenda_only_the_running_item_has_an_end() -> None:
    stage = played(((1, Start("a1")), (2, Skip("a3")), (8, Start("a2"))))
    assert list(states(stage).values()) == ["done", "running", "skipped", "waiting"]
    assert column(stage, "ends_at") == [None, 28, None, None]


# ── A changed plan ───────────────────────────────────────────────────────────────────────────────────────────────────


def rows(stage: Stage) -> list[tuple[str, str, int, str]]:
    return [(e.id, main_text(e.titles), e.minutes, e.state) for e in stage.room.agenda.entries.values()]


def test_agenda_new_plan_keeps_what_has_begun_and_what_was_added_by_hand() -> None:
    stage = Stage(Added("h1", "Photo", "other", 5, "a2"), Added("h2", "End", "other", 3, "a4"))
    stage.do(Start("a1")).at(8).do(Start("a2"))
    items = (PlannedItem("a2", {"en": "Four crews"}, "discussion", 99), PlannedItem("a5", {"en": "New"}, "other", 7))
    stage.given(replace(PLAN, starts=START - timedelta(minutes=5), items=items))
    assert rows(stage) == [
        ("a1", "Welcome", 10, "done"),  # no longer planned, but it has been
        ("a2", "Four crews", 20, "running"),  # its words change, its time does not
        ("h1", "Photo", 5, "waiting"),
        ("h2", "End", 3, "waiting"),  # what it stood behind is gone
        ("a5", "New", 7, "waiting"),
    ]
    assert column(stage, "expected_start") == [0, 8, 28, 33, 36]
    assert column(stage, "planned_start") == [
        -5,
        -5,
        25,
        60,
        94,
    ]  # by hand: as expected when they were added, moved with the plan


def test_agenda_new_plan_takes_over_what_still_waits() -> None:
    stage = Stage(Edited("a4", "Edited by hand", "other", 3), Moved("a4", None))
    stage.given(PLAN)
    assert rows(stage) == rows(Stage())


def test_step_of_a_long_agenda_looks_at_each_item_once_and_not_once_for_each_other() -> None:
    """Ten times as many items are ten times as much to show, not a hundred times; a second try, as machines stall."""

    def taken(items: int) -> float:
        plan = replace(PLAN, items=tuple(PlannedItem(f"b{n}", {"en": "So"}, "other", 5) for n in range(items)))
        stage, began = Stage(plan=plan), perf_counter()
        for _ in range(3):
            assert all(stage.see("agenda", id) for id in stage.room.agenda.entries)
        return perf_counter() - began

    assert min(taken(200) for _ in range(3)) < 40 * min(taken(20) for _ in range(3))
