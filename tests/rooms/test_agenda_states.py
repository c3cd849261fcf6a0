"""Every command of the agenda against every state an item can be in, with every state the sender may have seen."""

from typing import get_args

import pytest

from rooms import agenda
from rooms.agenda import Finish, Finished, Pause, Paused, Resume, Resumed, Seen, Skip, Skipped, Start, Started
from rooms.core import Command, Event, Refused
from tests.rooms.stage import Fact, Stage

STATES: dict[Seen, tuple[Event, ...]] = {  # what brings a1 into each
    "waiting": (),
    "running": (Started("a1"),),
    "paused": (Started("a1"), Paused("a1")),
    "done": (Started("a1"), Finished("a1")),
    "skipped": (Skipped("a1"),),
}
STEPS: dict[type[Start | Finish | Skip | Pause | Resume], tuple[Event, set[str]]] = {  # what it makes, from where
    Start: (Started("a1"), {"waiting", "done", "skipped"}),
    Finish: (Finished("a1"), {"running", "paused"}),
    Skip: (Skipped("a1"), {"waiting", "running", "paused"}),
    Pause: (Paused("a1"), {"running"}),
    Resume: (Resumed("a1"), {"paused"}),
}
OTHERS: dict[Command, set[str]] = {  # by the states in which they are taken
    agenda.Edit("a1", minutes=5): set(STATES),
    agenda.Edit("a1", hidden=True): set(STATES),
    agenda.Move("a1", "a2"): set(STATES),
    agenda.Remove("a1"): {"waiting", "done", "skipped"},
    agenda.Extend("a1", 5, "shift"): {"waiting", "running", "paused"},
    agenda.Extend("a1", 5, "absorb"): {"waiting", "running", "paused"},
    agenda.Extend("a1", 5, "cut"): {"waiting", "running", "paused"},
    agenda.Add("Photo", "other", 5, "a1"): set(STATES),
}


def answer(state: Seen, command: Command) -> tuple[Event, ...] | Fact:
    stage = Stage(*STATES[state])
    try:
        return stage.when(command)
    except Refused:
        return stage.refused(command)


def fits(seen: Seen | None, state: Seen) -> bool:
    """What is paused is running, as items say; all else must be as seen."""
    return seen is None or seen == state or (seen, state) == ("running", "paused")


@pytest.mark.parametrize("seen", [None, *get_args(Seen)])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("step", STEPS)
def test_step_is_taken_in_its_states_if_they_are_as_seen(
    step: type[Start | Finish | Skip | Pause | Resume], state: Seen, seen: Seen | None
) -> None:
    event, states = STEPS[step]
    taken = state in states and fits(seen, state)
    assert answer(state, step("a1", seen)) == ((event,) if taken else ("state.changed", {"state": state}))


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("command", OTHERS)
def test_command_is_taken_in_its_states(command: Command, state: Seen) -> None:
    told = answer(state, command)
    assert (told[0] != "state.changed") == (state in OTHERS[command]), told


def test_table_has_every_command_but_undo() -> None:
    tried = {*STEPS, *map(type, OTHERS)}
    assert set(get_args(agenda.Commands)) - tried == {agenda.Undo}


@pytest.mark.parametrize("state", STATES)
def test_item_shows_the_state_of_the_protocol(state: Seen) -> None:
    item = Stage(*STATES[state]).shown("agenda", "a1", "public")
    assert item["state"] == ("running" if state == "paused" else state)
    assert (item["ends_at"] is not None, item["left"] is not None, item["paused_at"] is not None) == (
        state == "running",
        state == "paused",
        state == "paused",
    )
