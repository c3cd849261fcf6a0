"""The room as a whole: opening and closing, what it takes in each state, and what lists show of it."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from rooms import agenda, questions
from rooms.agenda import Finished, Started
from rooms.core import Actor, Command, Event, Item, Moment, Record, Refused, Role
from rooms.lists import Summary, summary, summary_if
from rooms.questions import Asked, Published
from rooms.room import (
    COMMANDS,
    Close,
    Closed,
    Open,
    Opened,
    Pause,
    Paused,
    Renamed,
    Room,
    StreamSet,
    apply,
    decide,
    name_of,
    see,
)
from tests.rooms.stage import MODERATOR, Stage
from tests.rooms.stories import NAMES, PLAN, START, Story

STATES: dict[str, tuple[Event, ...]] = {
    "planned": (),
    "open": (Opened(),),
    "paused": (Opened(), Paused()),
    "closed": (Opened(), Closed()),
}
ROLES: tuple[Role, ...] = ("participant", "expert", "interpreter", "captioner", "moderator", "organiser")
CREW = ("moderator", "organiser")


def room(state: str, *events: Event) -> Stage:
    stage = Stage(*STATES[state], *events, opened=False)
    assert stage.room.state == state
    return stage


# ── Opening and closing ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("state", "command", "event"),
    [
        ("planned", Open(), Opened()),
        ("paused", Open(), Opened()),
        ("closed", Open(), Opened()),
        ("open", Pause(), Paused()),
        ("open", Close(), Closed()),
        ("paused", Close(), Closed()),
    ],
)
def test_room_changes_state_on_command(state: str, command: Command, event: Event) -> None:
    decided = room(state).decided(command)
    assert (decided.events, decided.ok) == ((event,), {"room": "r1"})


@pytest.mark.parametrize(
    ("state", "command", "code"),
    [
        ("open", Open(), "state.changed"),
        ("paused", Pause(), "state.changed"),
        ("closed", Pause(), "room.closed"),
        ("closed", Close(), "room.closed"),
        ("planned", Pause(), "room.planned"),
        ("planned", Close(), "room.planned"),
    ],
)
def test_room_refuses_what_has_happened_already(state: str, command: Command, code: str) -> None:
    assert room(state).refused(command) == (code, {"state": state} if code == "state.changed" else {})


def test_room_closing_finishes_what_runs() -> None:
    assert room("open", Started("a2")).when(Close()) == (Finished("a2"), Closed())


def test_room_reopened_takes_questions_again() -> None:
    stage = room("closed").do(Open())
    assert stage.when(questions.Ask("Why?", "en")) == (Asked("n1", "m0", "Why?", "en"),)


# ── What a room takes in each state ──────────────────────────────────────────────────────────────────────────────────

BODIES: dict[str, Command] = {
    name_of(command): command
    for command in (
        Open(),
        Pause(),
        Close(),
        agenda.Add("Photo", "other", 5),
        agenda.Edit("a1", title="Hello"),
        agenda.Move("a1", None),
        agenda.Remove("a4"),
        agenda.Start("a1"),
        agenda.Finish("a2"),
        agenda.Skip("a1"),
        agenda.Extend("a1", 5, "shift"),
        agenda.Undo(),
        questions.Ask("Why?", "en"),
        questions.Withdraw("q1"),
        questions.Screen("q1"),
        questions.Publish("q1"),
        questions.Queue("q2"),
        questions.Air("q2"),
        questions.Answered("q2"),
        questions.Decline("q1", "No"),
        questions.Restore("q2"),
    )
}
BALLOTS = {"question.vote", "question.unvote"}  # admitted by the hub
PREPARE = {"agenda.add", "agenda.edit", "agenda.move", "agenda.remove"}
QUESTIONS = {name for name in BODIES if name.startswith("question.")}
TAKES: dict[str, set[str]] = {
    "planned": {"room.open"} | PREPARE | QUESTIONS,
    "open": set(BODIES) - {"room.open"},
    "paused": set(BODIES) - {"room.pause"},
    "closed": {"room.open", "question.answered", "question.decline", "question.restore"},
}
CODES = {"planned": "room.planned", "open": "state.changed", "paused": "state.changed", "closed": "room.closed"}


def test_room_has_every_command_tried_here() -> None:
    assert {name_of(command) for command in COMMANDS} == BODIES.keys() | BALLOTS


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("state", STATES)
def test_room_takes_these_commands_in_this_state(state: str, role: Role) -> None:
    """Who may give a command at all is for the roles; here everybody may."""
    given = (Started("a2"), Asked("q1", "x1", "Why?", "en"), Asked("q2", "x1", "How?", "en"), Published("q2"))
    taken, codes = set(), set()
    for name, command in BODIES.items():
        try:
            room(state, *given).decided(command, Actor("x1", role))
            taken.add(name)
        except Refused as refused:
            codes.add(refused.code)
    if state == "paused" and role not in CREW:
        assert (taken, codes) == (set(), {"room.paused"})
    else:
        assert (taken, codes) == (TAKES[state], {CODES[state]})


# ── What lists and headers show ──────────────────────────────────────────────────────────────────────────────────────


def header(**changed: object) -> Item:
    return {
        "title": "Keeping the rounds going",
        "titles": {"en": "Keeping the rounds going", "de": "Die Touren laufen weiter"},
        "exchange": "global",
        "state": "planned",
        "starts": START,
        "ends": START + timedelta(minutes=60),
        "expected_ends": START + timedelta(minutes=60),
        "zone": "Europe/Berlin",
        "languages": ("en", "fr"),
        "recording": "off",
        "now": None,
        "stream": None,
        **changed,
    }


def test_room_without_a_plan_is_nothing() -> None:
    assert see(Room("r1"), ("room", "room"), "crew", NAMES) is None


@pytest.mark.parametrize(
    ("events", "changed"),
    [
        ((), {}),
        ((Opened(), Started("a1")), {"state": "open", "now": "a1"}),
        ((StreamSet("https://example.org/live"),), {"stream": "https://example.org/live"}),
        ((StreamSet("https://example.org/live"), StreamSet(None)), {}),
        ((replace(PLAN, items=(), zone="UTC"),), {"zone": "UTC"}),  # without an agenda it ends as planned
    ],
)
def test_room_header_says_how_it_stands(events: tuple[Event, ...], changed: Item) -> None:
    assert Stage(*events, opened=False).see("room", "room", "public") == header(**changed)


def test_room_summary_says_what_runs_and_when_it_ends() -> None:
    stage = room("open").at(7).do(agenda.Start("a1"))
    ends, soon = START + timedelta(minutes=67), START + timedelta(minutes=17)
    assert summary(stage.room) == Summary("open", ends, {"en": "Welcome"}, 5, soon)


@pytest.mark.parametrize(("minute", "late"), [(40, 0), (64, 0), (71, 10)])
def test_room_that_is_closed_ended_then(minute: int, late: int) -> None:
    stage = room("open").at(26).do(agenda.Start("a1")).at(minute).do(Close())
    assert summary(stage.room) == Summary("closed", START + timedelta(minutes=minute), None, late)


@pytest.mark.parametrize("seed", range(20))
def test_room_summary_is_told_whenever_it_changed(seed: int) -> None:
    story, told = Story(seed), 0
    for _ in range(150):
        at, by = story.now, MODERATOR
        try:
            events = decide(story.command(by), story.room, by, Moment(at, story.new_id)).events
        except Refused:
            events = (Renamed("p0"),) if story.chance.random() < 0.1 else (Asked(story.new_id(), "p0", "Why?", "en"),)
        records = tuple(Record(seq, at, by.id, event) for seq, event in enumerate(events, story.room.seq + 1))
        before = summary(story.room)
        for record in records:
            apply(record, story.room)
        after = summary_if(story.room, records)
        assert summary(story.room) == (before if after is None else after)
        told += after is not None and after != before
        story.now += timedelta(seconds=story.chance.randrange(90))
    assert told > 10  # of these histories, this many changed something in the lists
