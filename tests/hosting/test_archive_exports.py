"""The archive for other programs: files with names in any script, tables that no spreadsheet runs, the whole log."""

import csv
import io
import json
from pathlib import Path

import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient

from hosting import programme
from hosting.database import Database
from hosting.routes.transcripts import cell, disposition
from rooms import agenda, questions
from rooms.lifecycle import Closed, Opened, RecordingSet
from tests.hosting.programmes import room, sign_in
from tests.hosting.sessions import Held, held, people_named, release
from tests.hosting.test_transcripts import parsed


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture
def here(database: Database) -> str:
    id = held(database, room(database, "before-spring"), lines=60, asked=8)
    release(database, id)
    return id


def test_transcript_is_the_same_in_every_form(client: TestClient, here: str) -> None:
    address = f"/archive/{here}/transcript"
    cues = parsed(client.get(f"{address}.vtt?lang=de").text)
    found = client.get(f"{address}.json?lang=de").json()
    lines = found["lines"]
    assert (found["language"], found["languages"], len(lines)) == ("de", ["en", "de", "ar"], 20)
    assert cues == [(one["anchor"], one["from"], one["to"], one["speaker"], one["text"]) for one in lines]
    srt, text, html = (client.get(f"{address}.{form}?lang=de").text for form in ("srt", "txt", "html"))
    assert srt.count(" --> ") == 20
    assert [one["text"] for one in lines if one["text"] not in text or one["text"] not in html] == []
    assert [title for title in ("Welcome", "Dry cellars", "Questions") if f"\n{title}\n" not in f"\n{text}"] == []


def test_anchor_of_a_cue_is_the_one_on_the_page(client: TestClient, here: str) -> None:
    html = client.get(f"/archive/{here}?lang=ar").text
    cues = parsed(client.get(f"/archive/{here}/transcript.vtt?lang=ar").text)
    assert [id for id, *_rest, text in cues if f'<span id="{id}">{text}</span>' not in html] == []


def test_transcript_without_a_language_is_the_readers(client: TestClient, here: str) -> None:
    answer = client.get(f"/archive/{here}/transcript.txt", headers={"accept-language": "ar"})
    assert answer.headers["content-language"] == "ar"


@pytest.mark.parametrize("form", ["vtt", "srt", "txt", "json", "html"])
def test_language_that_there_is_not_is_said_in_words(client: TestClient, here: str, form: str) -> None:
    answer = client.get(f"/archive/{here}/transcript.{form}?lang=uk")
    words = "There is no transcript of this session in this language.\n"
    assert (answer.status_code, answer.text) == (404, words)


@pytest.mark.parametrize("path", ["transcript.exe", "questions.vtt", "log.json", "transcript."])
def test_form_that_there_is_not_is_404(client: TestClient, here: str, path: str) -> None:
    assert client.get(f"/archive/{here}/{path}").status_code == 404


def test_files_have_their_types(client: TestClient, here: str) -> None:
    forms = ("transcript.vtt", "transcript.srt", "transcript.txt", "transcript.json", "questions.json", "questions.csv")
    types = [client.get(f"/archive/{here}/{form}").headers["content-type"] for form in forms]
    assert types == [
        "text/vtt; charset=utf-8",
        "application/x-subrip; charset=utf-8",
        "text/plain; charset=utf-8",
        "application/json",
        "application/json",
        "text/csv; charset=utf-8",
    ]


# ── Names of files ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name, expected",
    [
        ("Dry cellars (de).vtt", "filename=\"Dry cellars (de).vtt\"; filename*=UTF-8''Dry%20cellars%20%28de%29.vtt"),
        ("Käse.csv", "filename=\"Kase.csv\"; filename*=UTF-8''K%C3%A4se.csv"),
        ("لقاء.srt", "filename=\"session.srt\"; filename*=UTF-8''%D9%84%D9%82%D8%A7%D8%A1.srt"),
        ("Deck 100%; final", "filename=\"Deck 100 final\"; filename*=UTF-8''Deck%20100%25%3B%20final"),
        ("شرائح", "filename=\"session\"; filename*=UTF-8''%D8%B4%D8%B1%D8%A7%D8%A6%D8%AD"),
        ('a"b\\c/../d\r\nX: y.txt', "filename=\"a b c .. d X y.txt\"; filename*=UTF-8''a%20b%20c%20..%20d%20X%20y.txt"),
    ],
)
def test_name_of_a_file_is_given_in_both_ways_and_ends_no_header(name: str, expected: str) -> None:
    assert disposition("attachment", name) == f"attachment; {expected}"


def test_transcript_is_called_as_its_session(client: TestClient, here: str) -> None:
    header = client.get(f"/archive/{here}/transcript.srt?lang=de").headers["content-disposition"]
    assert header.startswith('attachment; filename="Before the clocks go forward (de).srt"')
    header = client.get(f"/archive/{here}/transcript.html?lang=de").headers["content-disposition"]
    assert header.startswith('inline; filename="Before the clocks go forward (de).html"')


# ── Questions ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def nasty(database: Database) -> str:
    """A released room whose questions and names would be formulas."""
    here = Held(database, room(database, "before-spring"))
    asker = people_named(database, "@SUM(A1)")[0]
    here.happens(Opened())
    ids = [
        here.asks(asker, text, "ar" if text == "سؤال" else "en") for text in (*FORMULAS, "سؤال", 'quoted "so",\nand on')
    ]
    here.happens(*map(questions.Published, ids), questions.Scored({ids[0]: 7}))
    here.at(60).happens(questions.Aired(ids[0])).at(90).happens(questions.Closed(ids[0]))
    id = here.at(99).happens(Closed()).write()
    release(database, id)
    return id


FORMULAS = ('=HYPERLINK("http://evil.example","x")', "+1", "-1+cmd|' /C calc'!A0", "@SUM(1)")


def test_table_has_no_cell_that_a_spreadsheet_would_run(client: TestClient, nasty: str) -> None:
    body = client.get(f"/archive/{nasty}/questions.csv").content
    assert body.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(body.decode("utf-8-sig")))
    assert head[:6] == ["id", "text", "language", "by", "to", "expert"]
    assert [row[1] for row in rows] == [*(f"'{text}" for text in FORMULAS), "سؤال", 'quoted "so",\nand on']
    assert [value for row in rows for value in row if value.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))] == []
    assert {row[3] for row in rows} == {"'@SUM(A1)"}


@pytest.mark.parametrize("text", ["\t=1", "\r=1", "\n=1"])
def test_cell_that_begins_with_a_control_is_text(text: str) -> None:
    assert cell(text) == f"'{text}"


def test_questions_have_their_times_and_lead_to_their_moment(client: TestClient, nasty: str) -> None:
    found = client.get(f"/archive/{nasty}/questions.json").json()["questions"]
    first, second = found[:2]
    assert (first["votes"], first["state"], first["seconds"]) == (7, "answered", 60)
    assert (first["on_air_at"], first["answered_at"]) == ("2027-03-01T12:01:00Z", "2027-03-01T12:01:30Z")
    assert (first["link"], second["link"]) == (f"/archive/{nasty}#t-60", f"/archive/{nasty}#q-{second['id']}")
    html = client.get(f"/archive/{nasty}").text
    assert [one["link"] for one in found if f'id="{one["link"].partition("#")[2]}"' not in html] == []


def test_question_to_an_expert_says_to_whom(client: TestClient, database: Database, here: str) -> None:
    found = client.get(f"/archive/{here}/questions.json").json()["questions"]
    slots = database.read_now(lambda sql: programme.contributions(sql, None, here))[here]
    assert {(one["to"], one["expert"]) for one in found} == {(slots[0].id, "Rania Haddad")}


# ── The log ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_log_has_every_record_with_all_its_fields(client: TestClient, database: Database) -> None:
    here = Held(database, room(database, "before-spring"))
    item = next(iter(here.state.agenda.entries))
    here.happens(Opened(), RecordingSet("on"), agenda.Extended(item, 5, "shift", {item: 10}), by="m1")
    here.asks("p1", "Why?")
    id = here.write()
    sign_in(client, database, "organiser")
    answer = client.get(f"/archive/{id}/log.ndjson")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [line["seq"] for line in lines] == list(range(1, 6))
    assert lines[3] == {
        "seq": 4,
        "at": "2027-03-01T12:00:00Z",
        "by": "m1",
        "type": "agenda.extended",
        "item": item,
        "event_by": 5,
        "how": "shift",
        "minutes": {item: 10},
    }
    assert (lines[4]["by"], lines[4]["event_by"], lines[4]["text"]) == ("p1", "p1", "Why?")


def test_log_does_not_tell_organisers_who_asked_what_hides_that_from_everybody(
    client: TestClient, database: Database
) -> None:
    here = Held(database, room(database, "before-spring"))
    here.happens(replace(here.state.plan, anonymous="everybody"), Opened())
    id = here.asks("canary", "Why?", anonymous=True)
    here.happens(questions.Edited(id, "Why so?", "en"), questions.Withdrawn(id), by="canary")
    brought = questions.Brought("q9", "canary", "How?", "en", "r2", {}, anonymous=True, unnamed=True)
    here.happens(brought, questions.Withdrawn("q9"), by="canary")
    here.asks("p1", "When?")
    written = here.write()
    sign_in(client, database, "organiser")
    text = client.get(f"/archive/{written}/log.ndjson").text
    asked = [line for line in map(json.loads, text.splitlines()) if line["type"] == "question.asked"]
    assert [(line["by"], line["event_by"], line["text"]) for line in asked] == [
        (None, None, "Why?"),
        ("p1", "p1", "When?"),
    ]
    assert "canary" not in text
