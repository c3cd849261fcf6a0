"""Events as they are stored. The golden file holds every type with all its fields: a line of it never changes, for logs
of the past read like it. A new type adds a line; a changed one is a new type, with an upcast from the old one.
"""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from rooms import (
    agenda,
    booths,
    captions,
    chat,
    contributions,
    hands,
    interpretation,
    lifecycle,
    people,
    polls,
    questions,
    slides,
    translations,
)
from rooms.contributions import PlannedContribution
from rooms.core import Event
from rooms.timetable import PlannedItem, Speaker, Was
from rooms.wire import BY_TYPE, UPCASTS, dump, load

GOLDEN = Path(__file__).with_name("events.golden.jsonl")
NINE = datetime(2020, 11, 24, 9, 0, tzinfo=UTC)
TEN = datetime(2020, 11, 24, 10, 0, 0, 250_000, tzinfo=UTC)

EVENTS: tuple[Event, ...] = (
    lifecycle.Planned(
        exchange="global",
        titles={"en": "Keeping the rounds going", "ar": "استمرار الجولات"},
        starts=NINE,
        ends=TEN,
        zone="Europe/Berlin",
        languages=("en", "fr"),
        channels=("en", "fr", "ar"),
        items=(PlannedItem("a2", {"en": "Crews"}, "contribution", 20, "c1", Speaker("Rania Haddad", "Amman"), "ar"),),
        contributions=(PlannedContribution("c1", {"en": "Three crews"}, "Rania Haddad", "Amman"),),
        keeps_chat=True,
        anonymous="everybody",
    ),
    lifecycle.StreamSet("https://example.org/live", 12.5),
    lifecycle.Opened(),
    lifecycle.Paused(),
    lifecycle.Closed(),
    lifecycle.Renamed("p1"),
    lifecycle.RecordingSet("announced"),
    lifecycle.Announced("We begin ten minutes later 🕐", "organiser"),
    agenda.Added("a5", "Photo 📷", "other", 5, "a2", True),
    agenda.Edited("a5", "Photos", "break", 7, False),
    agenda.Moved("a5", "a2"),
    agenda.Removed("a5"),
    agenda.Started("a2"),
    agenda.Finished("a2"),
    agenda.Skipped("a2"),
    agenda.Paused("a2"),
    agenda.Resumed("a2"),
    agenda.Extended("a2", 5, "absorb", {"a2": 25, "a3": 7}, 2),
    agenda.Undone({"a2": Was("running", NINE, None), "a3": Was("done", NINE, TEN)}),
    questions.Asked("q1", "p1", 'لماذا؟ "\\\n', "ar", "c1", True),
    questions.Brought("q3", "p1", "Who pays?", "en", "r0", {"en": "Before"}, True, True),
    questions.Edited("q1", "لماذا؟", "ar", "c1"),
    questions.Withdrawn("q1"),
    questions.Screened("q1"),
    questions.Published("q1"),
    questions.Queued("q1", 2),
    questions.Aired("q1"),
    questions.Closed("q1"),
    questions.Written("q1", "e1", "Because of the pumps.", "en"),
    questions.Declined("q1", "Off topic", "unclear"),
    questions.Merged("q1", "q2"),
    questions.Deferred("q1", "r2", "again", {"en": "Part 2"}),
    questions.Carried("q1", "r2", "q9"),
    questions.Restored("q1", "queued"),
    translations.Translated("q1", "en", "Why?", "i1"),
    translations.TranslationApproved("q1", "en", "m1"),
    questions.Scored({"q1": 3, "q2": 0}),
    interpretation.Opened("zh-Hant"),
    interpretation.Closed("fr"),
    interpretation.FloorSet("ar", "brought"),
    interpretation.LinkSet("fr", "https://example.org/fr"),
    booths.Entered("fr", "i1", True),
    booths.Left("fr", "i1"),
    booths.Aired("fr", "i1"),
    booths.Muted("fr", "i1"),
    booths.Offered("fr", "i2", "request"),
    booths.Withdrawn("fr", "i2"),
    booths.HandedOver("fr", "i1", "i2"),
    booths.RelaySet("fr", "en"),
    booths.Slowed("fr"),
    booths.Deafened("fr"),
    contributions.Confirmed("c1"),
    contributions.Declined("c1"),
    contributions.Submitted("c1", "d1", 12),
    contributions.CheckedIn("c1"),
    contributions.Readied("c1"),
    contributions.Accepted("c1"),
    contributions.Returned("c1", "Please larger 🔎"),
    contributions.Aired("c1"),
    contributions.Finished("c1"),
    contributions.Missed("c1"),
    contributions.SteppedBack("c1", "ready"),
    slides.Shown("d1", "c1", 3, 12),
    slides.Hidden(),
    captions.Added("l1", "ar", "صباح الخير", "typed", "c1", 12.5, 15.0),
    captions.Corrected("l1", "صباح النور"),
    chat.Blanked(),  # before what it would blank
    chat.Said("s1", "p1", "مرحبا", "booth"),
    chat.Hidden("s1"),
    chat.ModeSet("crew"),
    hands.Raised("p1", True),
    hands.Lowered("p1"),
    hands.Called("p1"),
    hands.Finished("p1"),
    hands.Closed(),
    hands.Opened(),
    polls.Drafted("v1", "Wohin zuerst? 🚲", ("Sfax", "عمّان"), True, True, "a2", "vote"),
    polls.Removed("v1"),
    polls.Opened("v1"),
    polls.Closed("v1"),
    polls.Published("v1"),
    polls.Counted({"v1": polls.Sum(3, (2, 1)), "v2": polls.Sum(0, (0, 0))}),
    people.Silenced("p1", "Please let others speak"),
    people.Removed("p1", "Insults"),
    people.Readmitted("p1"),
)


def stored(line: bytes) -> tuple[str, bytes]:
    """A line of the golden file: the type, and the body byte for byte."""
    type, body = msgspec.json.decode(line, type=tuple[str, msgspec.Raw])
    return type, bytes(body)


LINES = [stored(line) for line in GOLDEN.read_bytes().splitlines()]
each = pytest.mark.parametrize("event", EVENTS, ids=[dump(event)[0] for event in EVENTS])


def test_event_types_have_one_golden_line_each() -> None:
    assert [type for type, _ in LINES] == list(BY_TYPE)


def test_event_types_are_all_tried_here() -> None:
    assert [dump(event)[0] for event in EVENTS] == list(BY_TYPE)


@each
def test_event_of_the_golden_file_is_read_as_it_was_meant(event: Event) -> None:
    type = dump(event)[0]
    assert load(type, dict(LINES)[type]) == event


@each
def test_event_is_stored_byte_for_byte_as_in_the_golden_file(event: Event) -> None:
    type, body = dump(event)
    assert body == dict(LINES)[type]


@each
def test_event_of_the_golden_file_has_all_its_fields(event: Event) -> None:
    body = dict(LINES)[dump(event)[0]]
    assert list(msgspec.json.decode(body)) == list(event.__struct_fields__)


@pytest.mark.parametrize(
    ("type", "body", "event"),
    [
        ("question.asked", b'{"question":"q1","by":"p1","text":"Why?","language":"en"}', ("q1", "p1", "Why?", "en")),
        ("question.asked", b'{"question":"q1","by":"p1","text":null,"language":"en"}', ("q1", "p1", None, "en")),
        ("room.stream_set", b'{"stream":"https://example.org/live"}', ("https://example.org/live",)),
        ("question.declined", b'{"question":"q1","text":null}', ("q1", None)),
        ("channel.floor_set", b'{"language":"ar"}', ("ar",)),
        ("agenda.edited", b'{"item":"a1"}', ("a1",)),
        (
            "agenda.added",
            b'{"item":"a5","title":"Photo","kind":"other","minutes":5,"after":null}',
            ("a5", "Photo", "other", 5, None),
        ),
        (
            "agenda.extended",
            b'{"item":"a2","by":5,"how":"shift","minutes":{"a2":25}}',
            ("a2", 5, "shift", {"a2": 25}),
        ),
        (
            "caption.added",
            b'{"caption":"l1","language":"en","text":"Hello","source":"booth"}',
            ("l1", "en", "Hello", "booth"),
        ),
        (
            "caption.added",
            b'{"caption":"l1","language":"en","text":null,"source":"booth"}',
            ("l1", "en", None, "booth"),
        ),
        ("caption.corrected", b'{"caption":"l1","text":null}', ("l1", None)),
        ("contribution.returned", b'{"contribution":"c1","text":null}', ("c1", None)),
        ("chat.said", b'{"message":"s1","by":"p1","text":null}', ("s1", "p1", None, "room")),
        ("booth.entered", b'{"language":"fr","person":"i1"}', ("fr", "i1")),
        ("booth.relay_set", b'{"language":"fr","of":null}', ("fr", None)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_event_is_read_without_its_later_fields_and_with_its_text_blanked(
    type: str, body: bytes, event: tuple[object, ...]
) -> None:
    assert load(type, body) == BY_TYPE[type](*event)


def test_event_of_an_older_form_is_cast_up_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(UPCASTS, "question.put", ("question.put2", lambda body: {**body, "text": body["words"]}))
    monkeypatch.setitem(UPCASTS, "question.put2", ("question.asked", lambda body: {**body, "language": "und"}))
    old = b'{"question":"q1","by":"p1","words":"Why?"}'
    assert load("question.put", old) == questions.Asked("q1", "p1", "Why?", "und")


def test_event_that_was_never_ours_is_an_error() -> None:
    with pytest.raises(KeyError):
        load("question.put", b"{}")
    with pytest.raises(msgspec.ValidationError):
        load("question.asked", b"{}")
