"""No other site can make a browser change anything here: every address that takes a POST, from everywhere else."""

from functools import partial
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from hosting import editing, log, moments, people, presentations, programme, recordings, terms
from hosting.config import Config
from hosting.database import Database
from hosting.demo import EXCHANGE
from hosting.recordings import Tape
from rooms.lifecycle import Closed, Opened
from tests.conftest import ORIGIN
from tests.hosting.programmes import NOW, PROGRAMME, contribution, person, room, rows, sign_in, take_in

ASK = '{"id":"1","do":"question.ask","with":{"text":"Who pays?","language":"en"}}'

# What an organiser's browser can send with effect: the form, or the body.
FORMS: dict[str, dict[str, str] | str] = {
    "/api/rooms/{room}/commands": ASK,
    "/sign-in/{token}": {},
    "/sign-out": {},
    "/me": {"name": "Somebody Else", "zone": "Asia/Tokyo"},
    "/demo/sign-in": {"role": "organiser"},
    "/language": {"language": "ar"},
    "/organise/rooms/{room}": {
        "made-from": "{made}",
        "title.en": "Forged",
        "languages": "en",
        "starts": "2027-03-28T00:00",
        "ends": "2027-03-28T01:00",
        "slot": "{contribution}",  # stays, as slides were sent for it
        "slot.{contribution}.title.en": "Forged, too",
        "slot.{contribution}.name": "Mallory",
        "slot.{contribution}.city": "Amman",
        "slot.{contribution}.language": "en",
        "slot.{contribution}.minutes": "20",
    },
    "/organise/rooms/{room}/stream": {"stream": "https://stream.example.org/1"},
    "/organise/rooms/{room}/release": {"release": "no"},
    "/organise/exchanges/{slug}/announce": {"text": "Forged", "key": "k1"},
    "/organise/exchanges/{slug}/languages": {"languages": "en", "threshold": "1"},
    "/organise/rooms/{room}/languages": {"do": "decline", "language": "es"},
    "/organise/rooms/{room}/interpreters": {"language": "ar", "name": "Mallory"},
    "/organise/rooms/{room}/interpreters/{booking}/release": {},
    "/exchanges/{slug}/needs": {"language": "es"},
    "/organise/rooms/{room}/sound": {"channel": "floor", "do": "withhold"},
    "/rooms/{room}/words": {"word.en": "forgery"},
    "/rooms/{room}/words/{term}": {"do": "remove"},
    "/organise/people": {"name": "Mallory", "role": "organiser", "exchange": EXCHANGE},
    "/organise/grants": {"person": "{person}", "role": "organiser", "exchange": EXCHANGE},
    "/organise/grants/{grant}/revoke": {},
    "/organise/grants/{grant}/link": {},
    "/desk/{contribution}": {"do": "confirm"},
    "/desk/{contribution}/notes": {"presentation": "{deck}", "page": "1", "text": "Smile"},
}
UPLOADS = {"/files", "/files/{id}"}  # are tried in test_uploads: their bodies are no forms
UPLOADS |= {"/rooms/{room}/questions/{question}/machine"}  # in flows/test_machine, where a machine is
UPLOADS |= {"/api/rooms/{room}/sound"}  # in flows/test_sound: a ticket is in no table
PAGES = {"/me", "/sign-in/{token}", "/desk/{contribution}"}  # can be looked at, too
PAGES |= {"/organise/people", "/organise/rooms/{room}", "/organise/exchanges/{slug}/languages"}
PAGES |= {"/rooms/{room}/words"}
ELSEWHERE: dict[str, dict[str, str]] = {
    "another site": {"origin": "https://evil.example"},
    "a sandboxed frame": {"origin": "null"},
    "another port": {"origin": f"{ORIGIN}:8080"},
    "another site that forges the Origin": {"origin": ORIGIN, "sec-fetch-site": "cross-site"},
    "a neighbour of the same domain": {"origin": "http://other.testserver", "sec-fetch-site": "same-site"},
}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(data=str(tmp_path), origins=(ORIGIN,), rate=0, demo=True)


@pytest.fixture
def places(client: TestClient, database: Database) -> dict[str, str]:
    """The browser of an organiser who is an expert too, and what stands in the addresses."""
    take_in(database, PROGRAMME.replace('"spring"', f'"{EXCHANGE}"'))
    me, slot, now = sign_in(client, database, "organiser", EXCHANGE), contribution(database), moments.now()
    database.write_now(lambda sql: people.grant(sql, me, "expert", EXCHANGE, None, now))
    where = room(database, "before-spring")
    database.write_now(lambda sql: presentations.create(sql, "deck", slot, where, me, "deck.pdf", 9, now))
    database.write_now(lambda sql: presentations.ready(sql, "deck", 1))
    expert = person(database, "expert", EXCHANGE)
    token = database.write_now(lambda sql: people.sign_in_link(sql, expert, moments.now()))
    grants = database.read_now(lambda sql: people.grants(sql, EXCHANGE))
    grant = next(grant.id for grant in grants if grant.person == expert)
    booking = database.write_now(
        lambda sql: people.grant(sql, expert, "interpreter", EXCHANGE, where, now, language="ar")
    )
    term = database.write_now(lambda sql: terms.add(sql, where, {"en": "cellar"}, everywhere=False))
    tape = Tape("tape", where, "floor", 1, "en", now, "writing")
    database.write_now(lambda sql: recordings.begin(sql, tape))
    database.write_now(lambda sql: recordings.finish(sql, "tape", "done", "0" * 64, 1.0, 9))
    for events in ((Opened(), Closed()), (Opened(),)):  # released and open again: it can be withdrawn, and asked in
        database.write_now(partial(log.tell, room=where, events=events, now=NOW))
        database.write_now(partial(programme.release, room=where, now=NOW))
    made = database.read_now(lambda sql: editing.stored(sql, where)).made_from
    places = {"room": where, "slug": EXCHANGE, "made": made, "token": token, "grant": grant, "person": expert}
    return {**places, "contribution": slot, "deck": "deck", "booking": booking, "term": term}


def send(client: TestClient, path: str, places: dict[str, str], headers: dict[str, str]) -> int:
    form = FORMS[path]
    if isinstance(form, str):
        content, data = form, None
    else:
        content, data = None, {name.format(**places): value.format(**places) for name, value in form.items()}
    return client.post(path.format(**places), content=content, data=data, headers=headers).status_code


def test_every_address_that_takes_a_post_is_tried_here(app: Starlette) -> None:
    taking = [route for route in app.routes if isinstance(route, Route) and route.methods]
    changing = {route.path for route in taking if route.methods and route.methods - {"GET", "HEAD"}}
    assert changing - UPLOADS == set(FORMS)


@pytest.mark.parametrize("path", FORMS)
def test_post_from_our_own_page_has_an_effect(
    client: TestClient, database: Database, places: dict[str, str], path: str
) -> None:
    before = rows(database)
    assert send(client, path, places, {"origin": ORIGIN}) in (200, 204, 303)
    assert rows(database) != before


@pytest.mark.parametrize("path", FORMS)
def test_post_from_elsewhere_is_refused_and_changes_nothing(
    client: TestClient, database: Database, places: dict[str, str], path: str
) -> None:
    before = rows(database)
    del client.headers["origin"]
    answers = {where: send(client, path, places, headers) for where, headers in ELSEWHERE.items()}
    assert answers == dict.fromkeys(ELSEWHERE, 403)
    assert rows(database) == before


@pytest.mark.parametrize(
    "path",
    [path for path in FORMS if path not in PAGES],
)
def test_get_of_an_address_that_changes_something_is_no_address(
    client: TestClient, database: Database, places: dict[str, str], path: str
) -> None:
    before = rows(database)
    assert client.get(path.format(**places)).status_code in (404, 405)
    assert rows(database) == before


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "PURGE"])
def test_other_methods_from_elsewhere_are_refused_too(client: TestClient, method: str) -> None:
    assert client.request(method, "/me", headers={"origin": "https://evil.example"}).status_code == 403


def test_refusal_is_readable_and_has_the_safe_headers(client: TestClient) -> None:
    answer = client.post("/me", headers={"origin": "https://evil.example"})
    assert answer.text == "This request did not come from a page of this site."
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_program_that_is_no_browser_may_post(client: TestClient, places: dict[str, str]) -> None:
    client.cookies.clear()
    del client.headers["origin"]
    assert send(client, "/demo/sign-in", places, {}) == 303


def test_program_with_a_token_needs_no_origin(client: TestClient, database: Database, places: dict[str, str]) -> None:
    client.cookies.clear()
    del client.headers["origin"]
    id = person(database, "moderator", EXCHANGE)
    token = database.write_now(lambda sql: people.api_token(sql, id, 1, moments.now()))
    bearer = {"authorization": f"Bearer {token}"}
    assert send(client, "/api/rooms/{room}/commands", places, bearer) == 200


@pytest.mark.parametrize("authorization", ["Bearer wrong", "Bearer ", "Bearer", "Basic YTpi", "", "Bearer null"])
def test_authorization_header_never_falls_back_to_the_cookie(
    client: TestClient, database: Database, places: dict[str, str], authorization: str
) -> None:
    before = rows(database)
    del client.headers["origin"]
    assert send(client, "/api/rooms/{room}/commands", places, {"authorization": authorization}) == 401
    assert rows(database) == before
