"""What organisers do about languages: set them, plan and decline channels, book interpreters; and who may."""

import re
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import Connection
from starlette.testclient import TestClient

from hosting import log, needs, people, programme
from hosting.config import Config
from hosting.database import Database
from hosting.needs import Need
from rooms.lifecycle import Closed, Opened
from tests.conftest import ORIGIN
from tests.hosting.forms import Forms, planned_in
from tests.hosting.programmes import NOW, room, rows, sign_in, take_in
from tests.hosting.reading import Page

PAGE = "/organise/exchanges/spring/languages"
SERVICE = "a-service-token-for-tests"


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture
def config() -> Config:
    return Config(origins=(ORIGIN,), rate=0, service_token=SERVICE)


def say(database: Database, number: int, *languages: str) -> None:
    def write(sql: Connection) -> None:
        for _ in range(number):
            needs.say(sql, people.create_person(sql, "Ana", NOW), "spring", Need(languages), NOW)

    database.write_now(write)


def words(client: TestClient, path: str = PAGE) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    page = Page(answer.text)
    assert page.refused == []
    return " ".join(page.words)


def decide(client: TestClient, room: str, do: str, language: str) -> int:
    return client.post(f"/organise/rooms/{room}/languages", data={"do": do, "language": language}).status_code


def entry(client: TestClient, room: str) -> tuple[int, str]:
    """A session in its calendar: its sequence and description."""
    event: Any  # its fields have no types
    [event] = Calendar.from_ical(client.get(f"/rooms/{room}/session.ics").content).walk("VEVENT")
    return int(event["SEQUENCE"]), str(event["DESCRIPTION"])


# ── The exchange ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_working_languages_and_the_threshold_are_set(client: TestClient, database: Database, here: str) -> None:
    form = Forms(client.get(PAGE).text).found[PAGE]
    assert form == {"languages": ["en"], "more-languages": [""], "threshold": ["5"]}
    filled = {**form, "languages": ["en", "ar"], "more-languages": "PT-br", "threshold": "3"}
    assert client.post(PAGE, data=filled).headers["location"] == f"{PAGE}?saved=languages"
    [exchange] = database.read_now(partial(programme.exchanges, slug="spring"))
    assert (exchange.languages, exchange.threshold) == (["en", "ar", "pt-BR"], 3)
    assert "Working languages: English, Arabic, and Portuguese (Brazil)" in words(client, "/exchanges/spring")
    client.cookies.set("language", "ar")
    assert "العربية والبرتغالية (البرازيل)" in words(client, "/exchanges/spring")


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_written(
    client: TestClient, database: Database, here: str
) -> None:
    before = rows(database)
    answer = client.post(PAGE, data={"more-languages": "Portuguese!", "threshold": "0"})
    page = Forms(answer.text)
    assert (answer.status_code, page.invalid) == (
        422,
        {"more-languages": "more-languages.problem", "threshold": "threshold.problem"},
    )
    assert page.found[PAGE] == {"more-languages": ["Portuguese!"], "threshold": ["0"]}
    assert client.post(PAGE, data={"threshold": "5"}).status_code == 422  # no language at all
    for number in ("", "many", "1000", "٥", "-1", "5.5"):
        assert client.post(PAGE, data={"languages": "en", "threshold": number}).status_code == 422
    assert client.post(PAGE, data={"languages": "no tag", "threshold": "5"}).status_code == 400
    assert rows(database) == before


def test_file_imported_again_sets_the_languages_and_leaves_the_threshold(
    client: TestClient, database: Database, here: str
) -> None:
    client.post(PAGE, data={"languages": "ar", "threshold": "3"})
    report = take_in(database)
    [exchange] = database.read_now(partial(programme.exchanges, slug="spring"))
    assert (exchange.languages, exchange.threshold) == (["en"], 3)
    assert report.notes == ['changed         exchange "Spring exchange": languages (was ar)']


# ── What is needed ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_page_says_how_many_need_what_against_the_threshold(client: TestClient, database: Database, here: str) -> None:
    say(database, 12, "es")
    say(database, 1, "uk")
    said = words(client)
    assert "13 people have said in which languages they can follow" in said
    assert "Spanish español 12 people need it; the threshold is 5; not planned" in said
    assert "12 can follow only part of the session without it" in said
    assert "Ukrainian українська 1 person needs it not planned" in said
    assert "Arabic العربية Nobody has asked for it planned Nobody is booked yet." in said
    assert "2 languages to decide on" in said  # in two of three sessions; in the third Spanish is spoken
    assert "2 languages to decide on" in words(client, "/organise")
    client.post(PAGE, data={"languages": "en", "threshold": "13"})
    said = words(client)
    assert "A language is to be decided on from 13 people on." in said
    assert "languages to decide on" not in said


def test_channel_is_planned_for_the_room_the_programme_and_calendars(
    client: TestClient, database: Database, here: str
) -> None:
    assert entry(client, here) == (0, "Spoken: English and French\nInterpretation planned: Arabic")
    assert decide(client, here, "plan", "ES") == 303
    assert planned_in(database, here).channels == ("en", "fr", "ar", "es")
    assert entry(client, here) == (1, "Spoken: English and French\nInterpretation planned: Arabic and Spanish")
    assert "Interpretation planned: Arabic and Spanish" in words(client, "/exchanges/spring")
    assert [each["language"] for each in channels(client, here)] == ["en", "fr", "ar", "es"]
    assert decide(client, here, "plan", "es") == 303  # again: nothing changes
    assert entry(client, here)[0] == 1
    assert decide(client, here, "withdraw", "es") == 303
    assert (planned_in(database, here).channels, entry(client, here)[0]) == (("en", "fr", "ar"), 2)


def channels(client: TestClient, room: str) -> list[dict[str, object]]:
    found = client.get(f"/api/rooms/{room}").json()["all"]["channels"].values()
    return sorted(found, key=lambda each: each["order"])


def test_calendar_in_german_names_languages_in_german(client: TestClient, here: str) -> None:
    body = client.get("/exchanges/spring/schedule.ics?lang=de").content
    descriptions = [str(event["DESCRIPTION"]) for event in Calendar.from_ical(body).walk("VEVENT")]
    assert "Englisch und Französisch" in descriptions[0]
    assert "Arabisch" in descriptions[0]


def test_channel_is_planned_for_a_language_that_nobody_asked_for(
    client: TestClient, database: Database, here: str
) -> None:
    other = room(database, "after-spring")
    path = f"/organise/rooms/{other}/languages#{other}"
    assert Forms(client.get(PAGE).text).found[path] == {"language": [""], "code": [""]}
    for language, code, planned in (("tr", "", "tr"), ("", " QUC ", "quc"), ("tr", "pt-br", "pt-BR")):
        answer = client.post(path, data={"do": "plan", "language": language, "code": code})
        assert answer.headers["location"] == f"{PAGE}?saved=plan&at={other}#{other}"
        assert planned_in(database, other).channels[-1] == planned
    form = client.get(PAGE).text.partition(f'id="further.{other}"')[2].partition("</select>")[0]
    offered = re.findall(r'value="([^"]+)"', form)
    assert ("es" in offered, {"tr", "quc", "pt-BR", "en"} & {*offered}) == (
        True,
        set(),
    )  # planned, or all that is spoken


@pytest.mark.parametrize(
    ("code", "said"),
    [("", "a language must be chosen"), ("Turkish!", "a language tag is expected, such as en or pt-BR")],
)
def test_language_that_is_none_is_said_beside_its_field(
    client: TestClient, database: Database, here: str, code: str, said: str
) -> None:
    before = rows(database)
    answer = client.post(f"/organise/rooms/{here}/languages", data={"do": "plan", "language": "", "code": code})
    page = Forms(answer.text)
    assert (answer.status_code, page.invalid) == (422, {"code": f"code.{here}.problem"})
    assert page.found[f"/organise/rooms/{here}/languages#{here}"]["code"] == [code]
    assert said in unescape(answer.text)
    assert rows(database) == before


def test_room_that_is_live_shows_a_planned_channel_at_once(client: TestClient, database: Database, here: str) -> None:
    database.write_now(lambda sql: log.tell(sql, here, (Opened(),), NOW))
    assert [each["language"] for each in channels(client, here)] == ["en", "fr", "ar"]  # it is in memory from here on
    assert decide(client, here, "plan", "es") == 303
    assert [each["language"] for each in channels(client, here)] == ["en", "fr", "ar", "es"]


def test_language_is_declined_for_organisers_eyes_and_reconsidered(
    client: TestClient, database: Database, here: str
) -> None:
    say(database, 6, "es")
    assert decide(client, here, "decline", "es") == 303
    [organiser] = [row[1] for row in rows(database)["grants"] if row[2] == "organiser"]
    assert [row[:3] for row in rows(database)["declined"]] == [(here, "es", organiser)]
    said = words(client)
    assert re.search(r"Spanish español 6 people need it declined on \d+ \w+", said)
    assert "1 language to decide on" in said  # in the other session
    assert "es" not in words(client, "/exchanges/spring").split()
    assert decide(client, here, "reconsider", "es") == 303
    assert rows(database)["declined"] == []
    assert decide(client, here, "decline", "es") == decide(client, here, "plan", "es") == 303
    assert rows(database)["declined"] == []  # planned after all


def test_only_what_can_be_decided_is(client: TestClient, database: Database, here: str) -> None:
    before = rows(database)
    assert decide(client, here, "close", "es") == 400
    assert decide(client, here, "plan", "no tag") == 400
    assert decide(client, room(database, "before-autumn"), "plan", "es") == 404
    assert decide(client, "nowhere", "plan", "es") == 404
    assert rows(database) == before
    database.write_now(lambda sql: log.tell(sql, here, (Opened(), Closed()), NOW))
    assert decide(client, here, "plan", "es") == 409
    assert client.post(f"/organise/rooms/{here}/interpreters", data={"language": "ar", "name": "A"}).status_code == 409
    assert here not in client.get(PAGE).text  # over: nothing is to be decided there


def test_forty_channels_are_enough(client: TestClient, database: Database, here: str) -> None:
    for number in range(37):
        assert decide(client, here, "plan", f"q{chr(97 + number // 26)}{chr(97 + number % 26)}") == 303
    assert decide(client, here, "plan", "es") == 409
    assert len(planned_in(database, here).channels) == 40


# ── Who may ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("nobody", 401),
        *((role, 403) for role in ("participant", "expert", "interpreter", "captioner", "moderator")),
        ("elsewhere", 404),
        ("service", 0),
        ("organiser", 0),
    ],
)
def test_only_organisers_of_the_exchange_may(client: TestClient, database: Database, who: str, status: int) -> None:
    here = room(database, "before-spring")
    if who == "service":
        client.headers["authorization"] = f"Bearer {SERVICE}"
    elif who != "nobody":
        role, exchange = ("organiser", "autumn") if who == "elsewhere" else (who, "spring")
        sign_in(client, database, role, exchange)
    before = rows(database)
    found = [
        client.get(PAGE).status_code,
        client.post(PAGE, data={"languages": "en", "threshold": "5"}).status_code,
        decide(client, here, "decline", "es"),
        client.post(f"/organise/rooms/{here}/interpreters", data={"language": "ar", "name": "Karim"}).status_code,
        client.post(f"/organise/rooms/{here}/interpreters/none/release").status_code,
    ]
    assert found == ([status] * 5 if status else [200, 303, 303, 200, 404])
    assert (rows(database) == before) == bool(status)
