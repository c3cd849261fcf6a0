"""Who is booked to interpret, by choice from a list or as somebody new; taken back, seen and warned of."""

import re
from functools import partial
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import Connection
from starlette.testclient import TestClient

from hosting import grants, people, programme
from hosting.config import Config
from hosting.database import Database
from tests.conftest import ORIGIN
from tests.hosting.forms import Forms
from tests.hosting.programmes import NOW, person, room, rows, sign_in
from tests.hosting.test_languages import PAGE, decide, words


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture
def config() -> Config:
    return Config(origins=(ORIGIN,), rate=0)


@pytest.fixture
def here(client: TestClient, database: Database) -> str:
    """A room of the exchange whose organiser sits at the browser: English and French spoken, ar, en, fr planned."""
    sign_in(client, database, "organiser", "spring")
    return room(database, "before-spring")


def booked(database: Database) -> dict[tuple[str, str], list[str]]:
    found = database.read_now(partial(grants.booked, exchange="spring"))
    return {key: [each.name for each in some] for key, some in found.items()}


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
