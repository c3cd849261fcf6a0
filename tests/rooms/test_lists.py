"""What lists show of a room: what runs, what can be heard, how slots stand; told whenever it changed."""

from datetime import timedelta

import pytest

from rooms import agenda, booths, contributions
from rooms.booths import Aired, Entered, HandedOver, Muted, RelaySet, Slowed
from rooms.captions import Added
from rooms.core import Event, Moment, Record, Refused
from rooms.interpretation import Closed as ChannelClosed
from rooms.interpretation import FloorSet, LinkSet
from rooms.interpretation import Opened as ChannelOpened
from rooms.lifecycle import Close, Closed, RecordingSet, Renamed
from rooms.lists import Summary, listed, overrun, summary, summary_if
from rooms.room import apply, decide
from rooms.slides import Hidden
from tests.rooms.stage import Stage, minutes
from tests.rooms.stories import START, Story, facts

MINUTE = timedelta(minutes=1)
SILENT = {"en": "silent", "fr": "silent", "ar": "silent"}
INVITED = {"c1": ("invited", "none")}


def shown(*events: Event) -> Summary:
    return summary(Stage(*events).room)


def test_summary_says_what_runs_and_when_it_ends() -> None:
    stage = Stage().at(7).do(agenda.Start("a1"))
    ends, soon = START + timedelta(minutes=67), START + timedelta(minutes=17)
    due = {"c1": soon}
    assert summary(stage.room) == Summary("open", ends, {"en": "Welcome"}, 5, soon, "en", SILENT, INVITED, due)


def test_summary_says_when_what_waits_and_each_contribution_is_to_begin() -> None:
    """Between two items nothing runs: from when on the next is awaited, all is late by as much."""
    stage, seen = Stage(), []
    for minute, command in (
        (0, None),
        (7, agenda.Start("a1")),
        (9, agenda.Extend("a1", 8, "shift")),
        (12, agenda.Finish("a1")),
        (13, agenda.Start("a2")),
        (20, agenda.Finish("a2")),
    ):
        if command:
            stage.at(minute).do(command)
        now = summary(stage.room)
        seen.append((minutes(now.now_ends), {id: minutes(begins) for id, begins in now.due.items()}))
    assert seen == [
        (0, {"c1": 10}),
        (17, {"c1": 17}),
        (25, {"c1": 25}),
        (12, {"c1": 12}),
        (33, {"c1": 13}),
        (20, {}),
    ]


def test_summary_of_what_is_paused_says_since_when_all_is_later() -> None:
    stage = Stage().at(0).do(agenda.Start("a1")).at(4).do(agenda.Pause("a1"))
    paused, ends = START + timedelta(minutes=4), START + timedelta(minutes=60)
    due = {"c1": START + timedelta(minutes=10)}
    assert summary(stage.room) == Summary("open", ends, {"en": "Welcome"}, 0, paused, "en", SILENT, INVITED, due)
    later = summary(stage.at(11).do(agenda.Resume("a1")).room)
    assert (later.expected_ends - ends, later.overrun, later.now_ends) == (timedelta(minutes=7), 5, START + 17 * MINUTE)


@pytest.mark.parametrize(("minute", "late"), [(40, 0), (64, 0), (71, 10)])
def test_summary_of_a_room_that_is_closed_has_its_end(minute: int, late: int) -> None:
    stage = Stage().at(26).do(agenda.Start("a1")).at(minute).do(Close())
    ended = START + timedelta(minutes=minute)
    assert summary(stage.room) == Summary("closed", ended, None, late, None, "en", SILENT, INVITED)


@pytest.mark.parametrize(
    ("minutes", "late"), [(-5, 0), (0, 0), (4.99, 0), (5, 5), (9.99, 5), (10, 10), (63, 60)], ids=str
)
def test_overrun_is_whole_steps_of_five_minutes(minutes: float, late: int) -> None:
    assert overrun(START, START + timedelta(minutes=minutes)) == late


INSIDE = (Entered("fr", "i1"), Entered("fr", "i2"))
LIVE = (*INSIDE, Aired("fr", "i1"))


@pytest.mark.parametrize(
    ("events", "states"),
    [
        (INSIDE, SILENT),
        (LIVE, {**SILENT, "fr": "live"}),
        ((*LIVE, RelaySet("fr", "en")), {**SILENT, "fr": "relay"}),
        ((*LIVE, RelaySet("fr", "en"), RelaySet("fr", None)), {**SILENT, "fr": "live"}),
        ((*LIVE, HandedOver("fr", "i1", "i2")), {**SILENT, "fr": "live"}),
        ((*LIVE, Muted("fr", "i1")), SILENT),
        ((*LIVE, ChannelClosed("fr")), {**SILENT, "fr": "closed"}),
        ((*LIVE, Closed()), SILENT),
        ((ChannelOpened("zh"),), {**SILENT, "zh": "silent"}),
        ((LinkSet("zh", "https://example.org/zh"),), {**SILENT, "zh": "closed"}),
    ],
)
def test_summary_has_the_state_of_every_channel(events: tuple[Event, ...], states: dict[str, str]) -> None:
    assert shown(*events).channels == states
    assert listed(events[-1]) or states == SILENT


def test_summary_has_the_language_on_the_floor() -> None:
    assert (shown().floor, shown(FloorSet("ar")).floor) == ("en", "ar")


def test_summary_has_state_and_material_of_every_slot() -> None:
    events = (contributions.Submitted("c1", "d1", 5), contributions.Confirmed("c1"))
    assert [shown(*events[:n]).slots["c1"] for n in range(3)] == [
        ("invited", "none"),
        ("invited", "submitted"),
        ("confirmed", "submitted"),
    ]


@pytest.mark.parametrize(
    "event",
    [
        Renamed("i1"),
        RecordingSet("on"),
        Added("l1", "en", "Good day.", "typed"),
        Entered("fr", "i1"),
        booths.Offered("fr", "i1", "offer"),
        Slowed("fr"),
        Hidden(),
    ],
    ids=lambda event: type(event).__name__,
)
def test_summary_is_not_written_for_what_lists_do_not_show(event: Event) -> None:
    stage = Stage(*LIVE)
    assert summary_if(stage.room, [Record(9, START, "system", event)]) is None


@pytest.mark.parametrize("seed", range(30))
def test_summary_is_told_whenever_it_changed(seed: int) -> None:
    story, told = Story(seed), 0
    while len(story.log) < 150:
        story.now += timedelta(seconds=story.chance.randrange(90))
        actor, command = story.turn()
        try:
            moment = Moment(story.now, story.new_id)
            events = decide(command, story.room, actor, moment, facts(actor, command)).events
        except Refused:
            events = (story.fact(),) if story.chance.random() < 0.1 else ()
        records = tuple(Record(seq, story.now, actor.id, event) for seq, event in enumerate(events, story.room.seq + 1))
        before = summary(story.room)
        for record in records:
            apply(record, story.room)
        story.log += records
        after = summary_if(story.room, records)
        assert summary(story.room) == (before if after is None else after), events
        told += after is not None and after != before
    assert told > 10  # of these histories, this many changed something in the lists
