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
from tests.hosting.programmes import NOW, person, room, rows
from tests.hosting.test_languages import PAGE, decide, words


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture
def config() -> Config:
    return Config(origins=(ORIGIN,), rate=0)


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


def known(client: TestClient, here: str) -> dict[str, str]:
    """Whom one can choose for Arabic, by what is read; the first is what a browser sends."""
    form = client.get(PAGE).text.partition(f'id="person.{here}.ar"')[2].partition("</select>")[0]
    return {unescape(name): id for id, name in re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)', form)}


def chosen(client: TestClient, here: str) -> str:
    return Forms(client.get(PAGE).text).found[f"/organise/rooms/{here}/interpreters#{here}.ar"]["person"][0]


def test_interpreter_who_is_there_is_chosen_from_a_list(client: TestClient, database: Database, here: str) -> None:
    everywhere = person(database, "interpreter")
    other = room(database, "after-spring")
    person(database, "interpreter", "autumn", room(database, "before-autumn"))  # of another exchange
    book(client, here, "Karim Nasser")
    decide(client, other, "plan", "ar")
    found = known(client, other)
    assert list(found) == ["Karim Nasser", "Samira Kassem", "somebody new"]
    assert (found["Samira Kassem"], found["somebody new"]) == (everywhere, "")
    assert (chosen(client, other), chosen(client, here)) == (found["Karim Nasser"], everywhere)  # who is not booked yet
    before = rows(database)["persons"]
    for where in (other, other, here):  # twice is once
        assert links(book(client, where, "", person=everywhere)) == []
    assert rows(database)["persons"] == before
    assert booked(database) == {(here, "ar"): ["Karim Nasser", "Samira Kassem"], (other, "ar"): ["Samira Kassem"]}
    assert [row[2] for row in rows(database)["grants"] if row[1] == everywhere] == ["interpreter"] * 3


def test_somebody_new_with_the_name_of_one_who_is_there_is_refused(
    client: TestClient, database: Database, here: str
) -> None:
    person(database, "interpreter", "spring", room(database, "after-spring"))
    before = rows(database)
    html = book(client, here, " samira kassem", person="")
    assert Forms(html).invalid == {"name": f"name.{here}.ar.problem"}
    assert "An interpreter of this name is there already: choose them from the list" in unescape(html)
    assert rows(database) == before
    assert len(links(book(client, here, "Samira Kassem", person="", email="other@example.org"))) == 1
    assert list(known(client, here)) == ["Samira Kassem", "Samira Kassem, other@example.org", "somebody new"]
    assert links(book(client, here, "Whoever", email="OTHER@example.org")) == []  # known by the e-mail
    assert booked(database) == {(here, "ar"): ["Samira Kassem"]}


def test_who_is_no_interpreter_any_more_is_not_booked(client: TestClient, database: Database, here: str) -> None:
    moderator = person(database, "moderator")
    person(database, "interpreter")
    before = rows(database)
    html = book(client, here, "", person=moderator)
    assert Forms(html).invalid == {"person": f"person.{here}.ar.problem"}
    assert "This person is no longer an interpreter here." in html
    assert rows(database) == before


def test_link_of_somebody_new_stands_where_they_were_booked(client: TestClient, here: str) -> None:
    html = book(client, here, "Karim Nasser")
    assert len(links(html)) == 1
    assert len(links(html.partition(f'<li id="{here}.ar">')[2].partition('class="acts"')[0])) == 1


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
    book(client, other, "", person=known(client, other)["Karim Nasser"])
    assert words(client).count("Karim Nasser is due") == 2  # beside both
