"""What an archive tells of questions: translations with their origin, answers in writing, where they went, and sums of
all that was asked, with no word of what was never public.
"""

import csv
import io
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hosting import log, texts
from hosting.database import Database
from hosting.publication import Answer, Outcome, Place, Spoken, Translation, Twin
from rooms import asked, hands, questions, translations
from rooms.core import Event
from rooms.lifecycle import Closed, Opened
from tests.hosting.programmes import NOW, room, sign_in
from tests.hosting.reading import Page
from tests.hosting.sessions import held, release
from tests.hosting.test_archive_publication import asked as ask
from tests.hosting.test_archive_publication import published
from tests.served import ROOT

ARABIC, ENGLISH = "من يدفع ثمن القفازات؟", "Who pays for the gloves?"
LONG = "No time for this one canary-reason"


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


def test_translation_and_written_answer_come_with_who_they_are_from() -> None:
    found = published(
        (0, Opened()),
        (1, asked.Asked("q1", "p0", ARABIC, "ar")),
        (2, translations.Translated("q1", "en", ENGLISH, "i1")),
        (3, translations.TranslationApproved("q1", "en", "m0")),
        (3, translations.Translated("q1", "de", "canary-proposal", "i1")),
        (4, questions.Published("q1")),
        (9, Closed()),
        (60, asked.Written("q1", "m0", "The association.", "en")),
    )
    [question] = found.questions
    assert question.translations == {"en": Translation(ENGLISH, "Name of i1", "person")}
    assert question.answer
    assert question.answer == Answer("The association.", "en", "Name of m0", question.answer.at)
    assert question.reading("en") == ("en", Translation(ENGLISH, "Name of i1", "person"))
    assert (question.reading("ar"), question.reading("ar-EG"), question.reading("fr")) == (None, None, None)
    assert "canary-proposal" not in str(found)


def test_translation_by_a_machine_is_nobodys() -> None:
    found = published(
        (0, Opened()),
        (1, ask("q1")),
        (2, translations.Translated("q1", "fr", "Qui paie ?", None)),
        (3, translations.TranslationApproved("q1", "fr", "m0")),
        (4, questions.Published("q1")),
    )
    assert found.questions[0].translations == {"fr": Translation("Qui paie ?", None, "machine")}


def test_translator_whose_name_is_gone_is_no_machine() -> None:
    found = published(
        (0, Opened()),
        (1, ask("q1")),
        (2, translations.Translated("q1", "fr", "Qui paie ?", "somebody-erased")),
        (3, translations.TranslationApproved("q1", "fr", "m0")),
        (4, questions.Published("q1")),
    )
    assert found.questions[0].translations == {"fr": Translation("Qui paie ?", "", "person")}


def test_question_says_how_else_it_was_asked_in_public_and_never_how_in_private() -> None:
    found = published(
        (0, Opened()),
        *((1, ask(f"q{n}", f"p{n % 4}")) for n in range(6)),
        *((2, questions.Published(f"q{n}")) for n in (0, 1, 3, 5)),
        (3, asked.Restored("q5", "submitted")),
        (4, asked.Merged("q1", "q2")),  # public, into what never was
        (4, asked.Merged("q2", "q0")),
        (4, asked.Merged("q3", "q0")),
        (4, asked.Merged("q4", "q0")),
        (4, asked.Merged("q5", "q0")),
        (5, questions.Scored({"q0": 4})),
        (6, asked.Restored("q3", "published")),
    )
    assert [(one.id, one.votes, one.also) for one in found.questions] == [
        ("q0", 4, (Twin("Text of q1", "en"),)),
        ("q3", 0, ()),
    ]
    assert [word for word in ("Text of q2", "Text of q4", "Text of q5") if word in str(found)] == []


def test_question_merged_into_one_that_is_not_public_is_not_named_anywhere() -> None:
    steps = (questions.Published("q1"), asked.Merged("q1", "q0"))
    found = published((0, Opened()), (1, ask("q0")), (1, ask("q1")), *((2, step) for step in steps))
    assert (found.questions, "Text of" in str(found)) == ((), False)


@pytest.mark.parametrize("state, steps, outcome", [
    ("published", (), "open"),
    ("on_air", (questions.Aired("q1"),), "open"),
    ("answered", (questions.Aired("q1"), questions.Closed("q1")), "answered"),
    ("answered_in_writing", (asked.Written("q1", "m0", "Yes.", "en"),), "answered_in_writing"),
    ("deferred", (asked.Deferred("q1", None, "one-day"),), "deferred"),
])  # fmt: skip
def test_outcome_is_what_became_of_a_question(state: str, steps: tuple[Event, ...], outcome: str) -> None:
    told = ((1, ask("q1")), (2, questions.Published("q1")), *((3, step) for step in steps))
    assert [(one.state, one.outcome) for one in published(*told).questions] == [(state, outcome)]


def test_reasons_have_the_words_that_moderators_choose_from() -> None:
    words = (ROOT / "static/js/room/elements/declining.js").read_text()
    listed = dict(re.findall(r'^  (\w+): _\("([^"]+)"\),$', words, re.M))
    assert listed == {code: said for code, said in texts.REASONS.items() if code != "other"}
    assert tuple(listed) == questions.REASONS


def test_record_has_sums_of_all_that_was_asked_and_no_word_of_it() -> None:
    ids = [f"q{n}" for n in range(9)]
    steps: tuple[Event, ...] = (
        *(questions.Published(id) for id in ("q0", "q1", "q2", "q8")),
        questions.Aired("q0"),
        asked.Written("q1", "m0", "Yes.", "en"),
        asked.Deferred("q2", "r2", None, {"en": "Later"}),
        asked.Declined("q3", None, "no_time"),
        asked.Declined("q4", None, "no_time"),
        asked.Declined("q5", LONG),
        asked.Merged("q6", "q0"),
        questions.Withdrawn("q7"),
        questions.Closed("q0"),
    )
    found = published((0, Opened()), *((1, ask(id)) for id in ids), *((2, step) for step in steps), (9, Closed()))
    assert found.record == (
        Outcome("answered", None, 1),
        Outcome("answered_in_writing", None, 1),
        Outcome("deferred", None, 1),
        Outcome("declined", "no_time", 2),
        Outcome("declined", "other", 1),
        Outcome("merged", None, 1),
        Outcome("withdrawn", None, 1),
        Outcome("open", None, 1),
    )
    assert sum(outcome.number for outcome in found.record) == len(ids)
    assert [question.id for question in found.questions] == ["q0", "q1", "q2", "q8"]
    assert all(secret not in str(found) for secret in (LONG, *(f"Text of q{n}" for n in range(3, 8))))
    assert found.questions[2].put_off == Place("r2", None, {"en": "Later"})


def test_who_spoke_from_the_floor_is_among_the_speakers() -> None:
    spoke = ((0, Opened()), (1, hands.Raised("p1")), (10, hands.Called("p1")), (70, hands.Finished("p1")))
    assert published(*spoke).speaking == (Spoken("Name of p1", "", 60, 1, None),)


@pytest.mark.parametrize(
    ("language", "first", "origin"),
    [("en", ENGLISH, "Translated by a machine, approved by a person. Asked in Arabic:"), ("ar", ARABIC, None)],
)
def test_archive_reads_a_question_in_the_readers_language_and_always_as_it_was_asked(
    client: TestClient, database: Database, language: str, first: str, origin: str | None
) -> None:
    here = held(database, room(database, "before-spring"), lines=2)
    told: tuple[Event, ...] = (
        asked.Asked("q-ar", "p0", ARABIC, "ar"),
        translations.Translated("q-ar", "en", ENGLISH, None),
        translations.TranslationApproved("q-ar", "en", "m0"),
        questions.Published("q-ar"),
        asked.Written("q-ar", "m0", "The association.", "en"),
        asked.Asked("q-no", "p0", "canary-question", "en"),
        asked.Declined("q-no", "canary-reason"),
    )
    database.write_now(lambda sql: log.tell(sql, here, told, NOW))
    release(database, here)
    html = client.get(f"/archive/{here}", headers={"accept-language": language}).text
    words = Page(html).words
    assert words.index(first) <= words.index(ARABIC)
    assert (words.count(ENGLISH), words.count(ARABIC)) == (1, 1)  # found by both in both
    assert html.count(f'lang="ar" dir="rtl">{ARABIC}<') == html.count(f'lang="en" dir="ltr">{ENGLISH}<') == 1
    assert (origin in words) == (origin is not None)
    assert words.count("The association.") == 1
    assert "canary" not in html
    answer = client.get(f"/archive/{here}/questions.json").json()
    assert [one["translations"] for one in answer["questions"] if one["id"] == "q-ar"] == [
        {"en": {"text": ENGLISH, "by": None, "source": "machine"}}
    ]
    assert {"state": "declined", "code": "other", "number": 1} in answer["record"]
    assert "canary" not in str(answer)
    head, *lines = csv.reader(io.StringIO(client.get(f"/archive/{here}/questions.csv").text))
    [row] = [dict(zip(head, line, strict=True)) for line in lines if "q-ar" in line]
    assert (row["outcome"], row["answer"], row["translations"]) == (
        "answered_in_writing",
        "The association.",
        f"en: {ENGLISH}",
    )


@pytest.mark.parametrize("role, status, led", [("moderator", 200, True), (None, 200, False)])
def test_crew_is_led_from_an_ended_session_to_what_is_still_open(
    client: TestClient, database: Database, role: str | None, status: int, led: bool
) -> None:
    here = held(database, room(database, "before-spring"), lines=2, asked=4)
    release(database, here)
    if role:
        sign_in(client, database, role)
    answer = client.get(f"/archive/{here}")
    link = f'3 questions are still open. <a href="/rooms/{here}/moderate#published">Answer open questions</a>'
    assert (answer.status_code, link in answer.text, "Answer open questions" in answer.text) == (status, led, led)
