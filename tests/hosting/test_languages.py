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

from hosting import grants, log, needs, people, programme
from hosting.config import Config
from hosting.database import Database
from hosting.needs import Need
from rooms.lifecycle import Closed, Opened
from tests.conftest import ORIGIN
from tests.hosting.forms import Forms, planned_in
from tests.hosting.programmes import NOW, person, room, rows, sign_in, take_in
from tests.hosting.reading import Page

PAGE = "/organise/exchanges/spring/languages"
SERVICE = "a-service-token-for-tests"


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture
def config() -> Config:
    return Config(origins=(ORIGIN,), rate=0, service_token=SERVICE)


@pytest.fixture
def here(client: TestClient, database: Database) -> str:
    """A room of the exchange whose organiser sits at the browser: English and French spoken, ar, en, fr planned."""
    sign_in(client, database, "organiser", "spring")
    return room(database, "before-spring")


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


def booked(database: Database) -> dict[tuple[str, str], list[str]]:
    found = database.read_now(partial(grants.booked, exchange="spring"))
    return {key: [each.name for each in some] for key, some in found.items()}


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


# ── Booths ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def book(client: TestClient, room: str, name: str, language: str = "ar", **more: str) -> str:
    """Book somebody; the page that follows."""
    answer = client.post(f"/organise/rooms/{room}/interpreters", data={"language": language, "name": name, **more})
    assert answer.status_code in (200, 303, 422)
    return client.get(PAGE).text if answer.status_code == 303 else answer.text


def links(html: str) -> list[str]:
    return re.findall(rf"{ORIGIN}(/sign-in/[\w-]+)", unescape(html))


def test_two_interpreters_are_booked_by_name(client: TestClient, database: Database, here: str) -> None:
    [path] = links(book(client, here, " Karim  Nasser "))
    said = words(client)
    assert "1 interpreter is booked: one more is to be found Karim Nasser" in said
    assert booked(database) == {(here, "ar"): ["Karim Nasser"]}
    [again] = links(book(client, here, "Hiba Mansour"))
    assert "2 interpreters are booked: Karim Nasser" in words(client)
    assert booked(database) == {(here, "ar"): ["Karim Nasser", "Hiba Mansour"]}
    client.cookies.clear()
    assert client.post(path).headers["location"] == f"/rooms/{here}/booth/ar"
    assert client.get(f"/rooms/{here}/booth/ar").status_code == 200
    assert again != path


def test_interpreter_who_is_known_by_name_is_booked_without_a_new_link(
    client: TestClient, database: Database, here: str
) -> None:
    book(client, here, "Karim Nasser")
    other = room(database, "after-spring")
    decide(client, other, "plan", "ar")
    assert links(book(client, other, "karim nasser")) == []
    assert booked(database) == {(here, "ar"): ["Karim Nasser"], (other, "ar"): ["Karim Nasser"]}
    persons = [row for row in rows(database)["persons"] if row[1] == "Karim Nasser"]
    assert len(persons) == 1
    assert links(book(client, here, "Karim Nasser")) == []  # twice is once
    assert booked(database)[here, "ar"] == ["Karim Nasser"]
    assert '<option value="Karim Nasser">' in client.get(PAGE).text


def test_several_of_one_name_are_told_apart_by_mail(client: TestClient, database: Database, here: str) -> None:
    def write(sql: Connection) -> list[str]:
        found = [people.create_person(sql, "Ana Lima", NOW, f"ana{number}@example.org") for number in (1, 2)]
        for id in found:
            people.grant(sql, id, "interpreter", "spring", None, NOW)
        return found

    [_one, two] = database.write_now(write)
    assert "Several interpreters have this name. Please add the e-mail." in book(client, here, "Ana Lima")
    assert booked(database) == {}
    assert links(book(client, here, "Ana Lima", email="ANA2@example.org")) == []
    [found] = database.read_now(partial(grants.booked, exchange="spring"))[here, "ar"]
    assert found.person == two


def test_person_of_another_exchange_is_not_taken_for_one_of_here(
    client: TestClient, database: Database, here: str
) -> None:
    def write(sql: Connection) -> str:
        id = people.create_person(sql, "Ana Lima", NOW, "ana@example.org")
        people.grant(sql, id, "organiser", "circle", None, NOW)
        return id

    other = database.write_now(write)
    assert len(links(book(client, here, "Ana Lima", email="ana@example.org"))) == 1
    [found] = database.read_now(partial(grants.booked, exchange="spring"))[here, "ar"]
    assert found.person != other


def test_name_that_is_none_is_said_beside_its_field_and_stays(
    client: TestClient, database: Database, here: str
) -> None:
    html = book(client, here, "\u200b", email="x@example.org")
    form = Forms(html)
    assert form.invalid == {"name": f"name.{here}.ar.problem"}
    assert "Please give a name of 1 to 80 characters." in unescape(html)
    assert "x@example.org" in html
    assert booked(database) == {}
    assert client.post(f"/organise/rooms/{here}/interpreters", data={"language": "es", "name": "A"}).status_code == 400


def test_booking_is_taken_back(client: TestClient, database: Database, here: str) -> None:
    book(client, here, "Karim Nasser")
    [form] = [path for path in Forms(client.get(PAGE).text).found if path.endswith("/release")]
    elsewhere = form.replace(here, room(database, "after-spring"))
    assert client.post(elsewhere).status_code == 404
    assert client.post(form).status_code == 303
    assert client.post(form).status_code == 404
    assert booked(database) == {}


def test_booking_is_a_role_among_others_and_given_back_as_it_was(
    client: TestClient, database: Database, here: str
) -> None:
    book(client, here, "Karim Nasser")
    listed = words(client, "/organise/people?exchange=spring").partition("Who has a role")[2]
    assert "Interpreter, Before the clocks go forward, Arabic" in listed
    [grant] = [row[0] for row in rows(database)["grants"] if row[2] == "interpreter"]
    taken = client.post(f"/organise/grants/{grant}/revoke").text
    assert booked(database) == {}
    assert client.post("/organise/grants", data=Forms(taken).found["/organise/grants"]).status_code == 303
    assert booked(database) == {(here, "ar"): ["Karim Nasser"]}


def test_interpreter_sees_the_door_of_the_booth_that_is_booked(
    database: Database, client: TestClient, here: str
) -> None:
    every = person(database, "interpreter", "spring", here)
    book(client, here, "Karim Nasser")
    karim = database.read_now(partial(grants.booked, exchange="spring"))[here, "ar"][0].person
    sessions = [one for one in database.read_now(programme.sessions) if one.id == here]
    doors = {id: database.read_now(partial(grants.doors, person=id, sessions=sessions))[here] for id in (every, karim)}
    assert doors[karim] == [("booth/ar", "ar")]
    assert doors[every] == [("booth/en", "en"), ("booth/fr", "fr"), ("booth/ar", "ar")]
    decide(client, here, "withdraw", "ar")  # what was booked is gone: any booth is better than none
    sessions = [one for one in database.read_now(programme.sessions) if one.id == here]
    assert database.read_now(partial(grants.doors, person=karim, sessions=sessions))[here] == [
        ("booth/en", "en"),
        ("booth/fr", "fr"),
    ]


def test_interpreter_who_is_due_in_two_rooms_is_warned_of(client: TestClient, database: Database, here: str) -> None:
    other = room(database, "across-spring")  # begins half an hour later, while this one lasts
    decide(client, other, "plan", "ar")
    book(client, here, "Karim Nasser")
    assert "Karim Nasser is due in" not in words(client)
    book(client, other, "Karim Nasser")
    assert words(client).count("Karim Nasser is due") == 2  # beside both


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
