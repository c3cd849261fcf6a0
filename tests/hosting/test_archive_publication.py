"""What a log publishes: times on one clock, steps taken back forgotten, and nothing that was never public."""

from collections.abc import Iterable
from datetime import timedelta

import msgspec
import pytest

from hosting.document import Paragraph, not_taken, parts
from hosting.publication import Publication, Question
from hosting.publishing import publish
from rooms import agenda, booths, captions, contributions, interpretation, questions, slides, timetable
from rooms.core import Event, Item, Record
from rooms.lifecycle import Closed, Opened, Paused, RecordingSet
from rooms.room import Room, apply, see
from tests.rooms.stories import NAMES, PLAN, START, Story


def told(*moments: tuple[float, Event]) -> list[Record]:
    """A log: the plan, then what happens at seconds after the planned start."""
    events: list[tuple[float, Event]] = [(-60, PLAN), *moments]
    return [
        Record(seq, START + timedelta(seconds=second), "system", event)
        for seq, (second, event) in enumerate(events, start=1)
    ]


def names(persons: list[str]) -> dict[str, str]:
    return {person: NAMES[person] for person in persons if person in NAMES}


def published(*moments: tuple[float, Event]) -> Publication:
    return publish("r1", told(*moments), names)


def asked(id: str = "q1", by: str = "p0", anonymous: bool = False, to: str | None = None) -> questions.Asked:
    return questions.Asked(id, by, f"Text of {id}", "en", to, anonymous)


# ── The agenda as it ran ─────────────────────────────────────────────────────────────────────────────────────────────


def test_chapters_are_what_ran_and_when() -> None:
    found = published(
        (120, Opened()),
        (130, agenda.Started("a1")),
        (200, agenda.Finished("a1")),
        (200, agenda.Started("a4")),
        (260, agenda.Finished("a4")),
        (300, agenda.Started("a1")),
        (320, agenda.Finished("a1")),
        (320, agenda.Skipped("a3")),
        (400, Closed()),
    )
    assert [(c.item, c.start, c.end, c.anchor) for c in found.chapters] == [
        ("a1", 10, 80, "t-10"),
        ("a4", 80, 140, "t-80"),
        ("a1", 180, 200, "t-180"),
    ]
    assert [(item.item, item.state) for item in found.left] == [("a2", "waiting"), ("a3", "skipped")]
    assert (found.length, found.head) == (280, 10)


def test_step_taken_back_is_no_chapter() -> None:
    waiting = timetable.Was("waiting", None, None)
    begun = timetable.Was("running", START, None)
    found = published(
        (0, Opened()),
        (0, agenda.Started("a1")),
        (50, agenda.Finished("a1")),
        (50, agenda.Started("a2")),
        (70, agenda.Undone({"a1": begun, "a2": waiting})),
        (90, agenda.Finished("a1")),
    )
    assert [(c.item, c.start, c.end) for c in found.chapters] == [("a1", 0, 90)]


def test_item_that_was_removed_leaves_no_chapter() -> None:
    found = published((0, Opened()), (5, agenda.Started("a1")), (9, agenda.Finished("a1")), (10, agenda.Removed("a1")))
    assert found.chapters == ()


def test_room_that_was_never_opened_has_nothing() -> None:
    found = published((5, asked()))
    assert (found.opened_at, found.length, found.chapters, found.questions, found.lines) == (None, None, (), (), {})


def test_room_without_a_plan_is_published_too() -> None:
    found = publish("r1", [], names)
    assert (found.state, found.chapters, parts(found, None)) == ("planned", (), ())


# ── Slides and channels ──────────────────────────────────────────────────────────────────────────────────────────────


def test_slides_have_the_time_in_which_each_page_was_shown() -> None:
    found = published(
        (0, Opened()),
        (1, contributions.Submitted("c1", "d1", 3)),
        (2, contributions.Aired("c1")),
        (2, slides.Shown("d1", "c1", 1, 3)),
        (30, slides.Shown("d1", "c1", 1, 3)),
        (40, slides.Shown("d1", "c1", 2, 3)),
        (60, slides.Hidden()),
        (80, slides.Shown("d1", "c1", 1, 3)),
        (90, Closed()),
    )
    assert [(s.page, s.start, s.end, s.there) for s in found.slides] == [
        (1, 2, 40, True),
        (2, 40, 60, True),
        (1, 80, 90, True),
    ]
    assert [(e.name, e.city, e.slides) for e in found.experts] == [("Rania Haddad", "Amman", True)]


def test_page_that_was_replaced_is_not_there() -> None:
    found = published(
        (0, Opened()),
        (1, contributions.Submitted("c1", "d1", 3)),
        (2, contributions.Aired("c1")),
        (2, slides.Shown("d1", "c1", 1, 3)),
        (9, contributions.SteppedBack("c1", "invited")),
        (9, slides.Hidden()),
        (20, contributions.Submitted("c1", "d2", 3)),
    )
    assert [(s.presentation, s.there) for s in found.slides] == [("d1", False)]


def test_interpretation_says_who_made_a_channel_and_when() -> None:
    found = published(
        (0, Opened()),
        (1, booths.Entered("ar", "i1")),
        (1, booths.Entered("ar", "p0")),
        (2, booths.Aired("ar", "i1")),
        (30, booths.HandedOver("ar", "i1", "p0")),
        (40, booths.RelaySet("ar", "fr")),
        (50, interpretation.Closed("ar")),
    )
    assert [(s.language, s.start, s.end, s.interpreter, s.relay_of) for s in found.interpretation] == [
        ("ar", 2, 30, "Name of i1", None),
        ("ar", 30, 40, "Name of p0", None),
        ("ar", 40, 50, "Name of p0", "fr"),
    ]


# ── Questions ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_question_is_where_it_was_taken_up() -> None:
    found = published(
        (0, Opened()),
        (5, asked()),
        (6, questions.Published("q1")),
        (7, questions.Scored({"q1": 3})),
        (60, questions.Aired("q1")),
        (90, questions.Closed("q1")),
        (99, Closed()),
    ).questions[0]
    assert (found.start, found.anchor, found.votes, found.by) == (60, "t-60", 3, "Name of p0")
    assert [step.state for step in found.path] == ["published", "on_air", "answered"]


def test_step_taken_back_is_not_on_a_questions_path() -> None:
    found = published(
        (0, Opened()),
        (5, asked()),
        (6, questions.Screened("q1")),
        (7, questions.Published("q1")),
        (8, questions.Aired("q1")),
        (9, questions.Restored("q1", "published")),
    ).questions[0]
    assert [(step.state, (step.at - START).seconds) for step in found.path] == [("published", 7)]
    assert (found.start, found.anchor) == (None, "q-q1")


def test_question_answered_after_the_end_was_not_taken_up() -> None:
    found = published(
        (0, Opened()), (5, asked()), (6, questions.Published("q1")), (9, Closed()), (99, questions.Closed("q1"))
    )
    assert [question.id for question in not_taken(found)] == ["q1"]


def test_names_are_asked_only_for_those_whose_names_are_public() -> None:
    wanted: list[str] = []

    def book(persons: list[str]) -> dict[str, str]:
        wanted.extend(persons)
        return names(persons)

    log = told(
        (0, Opened()),
        (1, asked("q1", "p0")),
        (1, asked("q2", "p1", anonymous=True)),
        (1, asked("q3", "p2")),
        (2, questions.Published("q1")),
        (2, questions.Published("q2")),
    )
    found = publish("r1", log, book)
    assert (wanted, [question.by for question in found.questions]) == (["p0"], ["Name of p0", None])


def test_erased_texts_are_gone() -> None:
    found = published(
        (0, Opened()),
        (1, questions.Asked("q1", "p0", None, "en")),
        (2, questions.Published("q1")),
        (3, captions.Added("l1", "en", None, "typed")),
    )
    assert ([question.text for question in found.questions], found.lines) == ([None], {})


# ── The transcript ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_lines_are_as_they_are_now_and_anchored_beside_what_else_happened() -> None:
    found = published(
        (0, Opened()),
        (10, agenda.Started("a1")),
        (12, captions.Added("l1", "en", "As it was", "typed", "c1", start=10.0, end=11.0)),
        (13, captions.Added("l2", "en", "Next", "booth", "Somebody", start=10.5, end=12.0)),
        (13, captions.Added("l3", "fr", "Suite", "booth", None, start=10.0, end=12.0)),
        (20, captions.Corrected("l1", "As it should be")),
    )
    assert [(line.anchor, line.text, line.source, line.speaker) for line in found.lines["en"]] == [
        ("t-10-2", "As it should be", "corrected", "Rania Haddad"),
        ("t-10-3", "Next", "booth", "Somebody"),
    ]
    assert [line.anchor for line in found.lines["fr"]] == ["t-10-2"]


def test_document_has_everything_in_the_order_of_time() -> None:
    found = published(
        (0, Opened()),
        (1, asked("q1")),
        (1, questions.Published("q1")),
        (3, captions.Added("l1", "en", "Before", "typed", start=1.0, end=2.0)),
        (10, agenda.Started("a1")),
        (30, captions.Added("l2", "en", "One", "typed", start=11.0, end=12.0)),
        (30, captions.Added("l3", "en", "Two", "typed", start=12.0, end=13.0)),
        (40, questions.Aired("q1")),
        (50, captions.Added("l4", "en", "Three", "typed", start=41.0, end=43.0)),
        (60, agenda.Finished("a1")),
        (60, agenda.Started("a4")),
    )
    read = [
        (
            part.chapter.item if part.chapter else None,
            [[line.text for line in e.lines] if isinstance(e, Paragraph) else e.anchor for e in part.entries],
        )
        for part in parts(found, "en")
    ]
    assert read == [(None, [["Before"]]), ("a1", [["One", "Two"], "t-40", ["Three"]]), ("a4", [])]


def test_speaker_is_named_where_it_is_another_and_again_after_a_question() -> None:
    def says(id: str, second: float, speaker: str | None) -> captions.Added:
        return captions.Added(id, "en", id, "typed", speaker, start=second, end=second + 1)

    found = published(
        (0, Opened()),
        (0, agenda.Started("a1")),
        (1, asked("q1")),
        (1, questions.Published("q1")),
        (9, says("l1", 1, "c1")),
        (9, says("l2", 30, "c1")),
        (9, says("l3", 60, "Amal")),
        (90, questions.Aired("q1")),
        (99, says("l4", 95, "Amal")),
        (99, says("l5", 110, None)),
    )
    entries = [entry for part in parts(found, "en") for entry in part.entries if isinstance(entry, Paragraph)]
    assert [(entry.lines[0].text, entry.named) for entry in entries] == [
        ("l1", True),
        ("l2", False),
        ("l3", True),
        ("l4", True),
        ("l5", False),
    ]


# ── Recording ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "moments, recorded, turns",
    [
        (((0, Opened()), (9, Closed())), "nothing", []),
        (((0, Opened()), (5, RecordingSet("announced")), (9, Closed())), "nothing", []),
        (((-9, RecordingSet("on")), (0, Opened()), (9, Closed())), "all", []),
        (((0, Opened()), (0, RecordingSet("on")), (9, Closed()), (9, RecordingSet("off"))), "all", []),
        (((0, Opened()), (5, RecordingSet("on")), (9, Closed())), "parts", [(5, True, True)]),
        (
            ((0, Opened()), (0, RecordingSet("on")), (5, RecordingSet("off")), (7, RecordingSet("on")), (9, Closed())),
            "parts",
            [(5, False, False), (7, True, False)],
        ),
        (
            ((0, Opened()), (0, RecordingSet("on")), (5, Closed()), (6, RecordingSet("off")), (7, Opened())),
            "parts",
            [(7, False, False)],
        ),
        (
            ((0, Opened()), (0, RecordingSet("on")), (5, RecordingSet("off")), (5, RecordingSet("on")), (9, Closed())),
            "all",
            [],
        ),
        (((5, RecordingSet("on")),), "all", []),  # never opened
    ],
)
def test_it_is_said_what_was_not_recorded(
    moments: tuple[tuple[float, Event], ...], recorded: str, turns: list[tuple[int, bool, bool]]
) -> None:
    found = published(*moments)
    assert (found.recorded, [(turn.start, turn.on, turn.first) for turn in found.turns]) == (recorded, turns)


def test_where_recording_was_off_stands_in_the_document_at_its_time_and_moves_no_anchor() -> None:
    found = published(
        (0, Opened()),
        (0, RecordingSet("on")),
        (9, captions.Added("l1", "en", "One", "typed", "Amal", start=1.0, end=2.0)),
        (10, RecordingSet("off")),
        (30, RecordingSet("on")),
        (30, captions.Added("l2", "en", "Two", "typed", "Amal", start=30.0, end=31.0)),
    )
    entries = [entry for part in parts(found, "en") for entry in part.entries]
    read = [(e.lines[0].anchor, e.named) if isinstance(e, Paragraph) else e.anchor for e in entries]
    assert read == [("t-1", True), "r-10", "r-30", ("t-30", True)]


# ── The law ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def ever_public(log: Iterable[Record]) -> tuple[dict[str, list[tuple[Item, Item]]], set[str]]:
    """Every item of a question with its score that the public was shown at any time, and the questions of all."""
    room, seen = Room("r1"), dict[str, list[tuple[Item, Item]]]()
    for record in log:
        apply(record, room)
        for id in room.questions.all:
            item = see(room, ("questions", id), "public", NAMES)
            score = see(room, ("scores", id), "public", NAMES)
            if item is not None and score is not None:
                seen.setdefault(id, []).append((item, score))
    return seen, set(room.questions.all)


def shown(item: Item) -> Item:
    """What an item tells of a question, with names and without ids of people."""
    by, answer, translations = item["by"], item["answer"], item["translations"]
    assert isinstance(translations, dict)
    return {
        **{key: item[key] for key in ("text", "to")},
        "by": by["name"] if isinstance(by, dict) else None,
        "answer": {**answer, "by": answer["by"]["name"]} if isinstance(answer, dict) else None,
        "translations": {tag: one["text"] for tag, one in translations.items()},
    }


def told_of(question: Question) -> Item:
    answer = msgspec.structs.asdict(question.answer) if question.answer else None
    translations = {tag: each.text for tag, each in question.translations.items()}
    asked = {"text": question.text, "to": question.to, "by": question.by}
    return {**asked, "answer": answer, "translations": translations}


def check(seed: int) -> tuple[int, int, int]:
    """Hold one random history to the law; how many questions and twins were compared, how many were never public."""
    story = Story(seed)
    while len(story.log) < 400:
        story.step()
    seen, every = ever_public(story.log)
    found = publish("r1", story.log, names)
    texts = {item["text"] for views in seen.values() for item, _score in views}
    for question in found.questions:
        views = seen[question.id]  # KeyError: it was never public
        assert {twin.text for twin in question.also} <= texts
        assert told_of(question) in [shown(item) for item, _score in views]
        assert {step.state for step in question.path} <= {item["state"] for item, _score in views}
        assert question.votes in [score["votes"] for _item, score in views]
    now = {id for id in every if see(story.room, ("questions", id), "public", NAMES)}
    assert {question.id for question in found.questions} == now
    twins = sum(len(question.also) for question in found.questions)
    return len(found.questions), twins, len(every - seen.keys())


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_shown_of_a_question_was_public_at_some_time(seed: int) -> None:
    check(seed)


def test_stories_have_questions_that_were_public_and_others_that_never_were() -> None:
    compared, twins, never = (sum(counts) for counts in zip(*map(check, range(40)), strict=True))
    assert (compared > 100, twins > 0, never > 40) == (True, True, True)


def test_pauses_change_nothing() -> None:
    found = published((0, Opened()), (5, Paused()), (9, Opened()), (10, Closed()))
    assert found.length == 10
