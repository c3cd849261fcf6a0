"""Speaking time: it stands still and goes on, and so does all that is expected; held to the times between events."""

from datetime import datetime, timedelta

import pytest

from rooms.agenda import (
    Edit,
    Extend,
    Finish,
    Finished,
    Pause,
    Paused,
    Removed,
    Resume,
    Resumed,
    Skip,
    Skipped,
    Start,
    Started,
    Undo,
    Undone,
)
from rooms.core import Command, Record
from rooms.lifecycle import Close
from rooms.room import Room, apply
from tests.rooms import turns
from tests.rooms.stage import Stage, minutes
from tests.rooms.stories import Story

Steps = tuple[tuple[float, Command], ...]  # commands, each with its minute after the planned start
BEGUN = (0, Start("a1"))  # ten minutes
PAUSED = (BEGUN, (4, Pause("a1")))


def played(steps: Steps) -> Stage:
    stage = Stage()
    for minute, command in steps:
        stage.at(minute).do(command)
    return stage


def clock(stage: Stage, item: str = "a1") -> tuple[object, object, float | None, float | None]:
    """Of an item: minutes spoken, minutes left, when it ends, and since when it is paused."""
    shown = stage.shown("agenda", item, "public")
    spoken, left = shown["spoken"], shown["left"]
    assert isinstance(spoken, float)
    assert left is None or isinstance(left, float)
    return spoken / 60, None if left is None else left / 60, minutes(shown["ends_at"]), minutes(shown["paused_at"])


CLOCKS: list[tuple[str, Steps, tuple[object, object, float | None, float | None]]] = [
    ("waiting", (), (0, None, None, None)),
    ("running", (BEGUN,), (0, None, 10, None)),
    ("paused", PAUSED, (4, 6, None, 4)),
    ("going on", (*PAUSED, (7, Resume("a1"))), (4, None, 13, None)),
    ("paused twice", (*PAUSED, (7, Resume("a1")), (9, Pause("a1"))), (6, 4, None, 9)),
    ("paused over time", (BEGUN, (12, Pause("a1"))), (12, -2, None, 12)),
    ("paused and extended", (*PAUSED, (5, Extend("a1", 5, "shift"))), (4, 11, None, 4)),
    ("paused and given another budget", (*PAUSED, (5, Edit("a1", minutes=5))), (4, 1, None, 4)),
    ("finished", (BEGUN, (8, Finish("a1"))), (8, None, None, None)),
    ("finished while paused", (*PAUSED, (9, Finish("a1"))), (4, None, None, None)),
    ("finished by the next while paused", (*PAUSED, (9, Start("a2"))), (4, None, None, None)),
    ("skipped while paused", (*PAUSED, (9, Skip("a1"))), (4, None, None, None)),
    ("closed while paused", (*PAUSED, (9, Close())), (4, None, None, None)),
    ("started again: all its minutes again", (BEGUN, (8, Finish("a1")), (9, Start("a1"))), (8, None, 19, None)),
    ("spoken in two runs", (BEGUN, (8, Finish("a1")), (9, Start("a1")), (12, Pause("a1"))), (11, 7, None, 12)),
    ("a start undone", (BEGUN, (0.5, Pause("a1")), (0.8, Undo())), (0, None, None, None)),
    ("a finish undone", (BEGUN, (8, Finish("a1")), (8.5, Undo()), (9, Pause("a1"))), (9, 1, None, 9)),
    ("a finish undone of what was paused", (*PAUSED, (8, Finish("a1")), (8.5, Undo())), (4, 6, None, 4)),
    ("a skip undone of what was paused", (*PAUSED, (8, Skip("a1")), (8.5, Undo())), (4, 6, None, 4)),
    ("the next's start undone", (*PAUSED, (8, Start("a2")), (8.5, Undo()), (9, Resume("a1"))), (4, None, 15, None)),
    ("a second start undone", (BEGUN, (8, Finish("a1")), (20, Start("a1")), (20.5, Undo())), (8, None, None, None)),
]


@pytest.mark.parametrize(("steps", "expected"), [row[1:] for row in CLOCKS], ids=[row[0] for row in CLOCKS])
def test_speaking_time_is_exactly(steps: Steps, expected: tuple[object, object, float | None, float | None]) -> None:
    assert clock(played(steps)) == expected


def test_undo_does_not_take_back_a_pause() -> None:
    assert played(PAUSED).refused(Undo()) == ("agenda.undo", {})


def test_undo_of_a_log_from_before_pauses_restores_the_speaking_time() -> None:
    stage = Stage().at(0).given(Started("a1")).at(8).given(Finished("a1"))
    turn = stage.room.agenda.turn
    assert turn
    turn.clocks.clear()
    assert clock(stage.at(9).given(Undone(turn.items))) == (0, None, 10, None)


# ── What is expected ─────────────────────────────────────────────────────────────────────────────────────────────────


def expected(stage: Stage, now: float) -> list[float]:
    """When a screen expects what waits to start, and the end: as items say, later by what has passed since it slips."""
    header = stage.shown("room", "room", "public")
    slips = minutes(header["slips_from"])
    later = max(0, now - slips) if slips is not None else 0
    waiting = [stage.shown("agenda", id) for id, one in stage.room.agenda.entries.items() if one.state == "waiting"]
    return [
        (minutes(moment) or 0) + later for moment in [*(i["expected_start"] for i in waiting), header["expected_ends"]]
    ]


def test_what_follows_is_never_expected_before_what_is_left_from_now() -> None:
    stage = played(PAUSED)
    assert [expected(stage, now) for now in (4, 9)] == [[10, 30, 40, 60], [15, 35, 45, 65]]
    assert expected(stage.at(9).do(Resume("a1")), 9) == [15, 35, 45, 65]
    assert expected(stage, 14.9) == [15, 35, 45, 65]
    assert expected(stage, 20) == [20, 40, 50, 70]


def test_room_is_late_by_whole_minutes() -> None:
    stage = Stage()
    found = [stage.at(minute).do(Start("a1")).shown("room", "room", "public")["late"] for minute in (0,)]
    for minute, command in ((4, Pause("a1")), (6.99, Resume("a1")), (7, Extend("a1", 5, "cut")), (8, Finish("a1"))):
        found.append(stage.at(minute).do(command).shown("room", "room", "public")["late"])
    assert found == [0, 0, 2, 2, 0]


def test_budget_is_what_was_planned_and_not_what_extensions_made_of_it() -> None:
    stage = played((BEGUN, (1, Extend("a1", 5, "absorb"))))
    rows = [(item["minutes"], item["budget"]) for item in (stage.shown("agenda", id) for id in ("a1", "a3"))]
    assert rows == [(15, 10), (5, 10)]
    stage.do(Edit("a1", minutes=12))
    assert [stage.shown("agenda", "a1")[name] for name in ("minutes", "budget")] == [12, 12]


# ── The law ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def spoken_afresh(log: list[Record]) -> dict[str, timedelta]:
    """What was spoken in each item, from the log alone: stretches between its events, with what was undone left out."""
    stretches: dict[str, list[tuple[datetime, datetime | None]]] = {}
    last: dict[str, list[tuple[datetime, datetime | None]]] = {}  # before the turn that may be undone
    turn: tuple[datetime, str, int] | None = None
    for record in log:
        event = record.event
        if isinstance(event, Removed):
            stretches.pop(event.item, None)
        if isinstance(event, Undone):
            stretches, turn = {**stretches, **{item: last[item] for item in event.items}}, None
        if isinstance(event, Started | Finished | Skipped):
            if turn is None or turn != (record.at, record.by, record.seq - 1):
                last = {}
            last.setdefault(event.item, stretches.get(event.item, []))
            turn = (record.at, record.by, record.seq)
        if isinstance(event, Started | Resumed):
            stretches[event.item] = [*stretches.get(event.item, []), (record.at, None)]
        if isinstance(event, Finished | Skipped | Paused):
            known = stretches.get(event.item, [])
            stretches[event.item] = [(start, end or record.at) for start, end in known]
    return {
        item: sum((end - start for start, end in each if end is not None), timedelta())
        for item, each in stretches.items()
    }


def hold(seed: int) -> tuple[int, int]:
    """One history held to the law; how many items had been spoken in, and how many times something was paused."""
    story, room = Story(seed), Room("r1")
    story.weights = [16 if area.turn is turns.ordering else 1 for area in turns.AREAS]
    while len(story.log) < 150:
        story.step()
    for record in story.log:
        apply(record, room)
        plan, times = room.agenda, room.agenda.times()
        assert list(times) == list(plan.entries)
        waiting = [times[entry.id] for entry in plan.entries.values() if not entry.started_at]
        begun = [times[entry.id][1] for entry in plan.entries.values() if entry.started_at]
        moments = [moment for pair in waiting for moment in pair]
        assert moments == sorted(moments)
        assert all(end <= start for start, _ in waiting for end in begun)
        for entry in plan.entries.values():
            assert entry.paused <= (entry.state == "running")
            assert (entry.clock.since is not None) == (entry.state == "running" and not entry.paused)
        assert [entry.state for entry in plan.entries.values()].count("running") <= 1
    afresh = spoken_afresh(story.log)
    found = {id: entry.clock.total for id, entry in room.agenda.entries.items() if entry.clock.total}
    assert found == {id: total for id, total in afresh.items() if total and id in room.agenda.entries}
    return len(found), sum(isinstance(record.event, Paused) for record in story.log)


def test_times_are_in_order_and_what_was_spoken_is_the_time_between_events() -> None:
    counted = [hold(seed) for seed in range(40)]
    items, pauses = (sum(column) for column in zip(*counted, strict=True))
    assert items > 40
    assert pauses > 60
