"""Who may organise, each in their own exchange, and the stream links. People are in test_organise_people."""

from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hosting import log, moments, people, programme
from hosting.config import Config
from hosting.database import Database
from hosting.routes.organise import is_https
from tests.conftest import ORIGIN
from tests.hosting.programmes import person, room, rows, sign_in
from tests.hosting.reading import Page

SERVICE = "a-service-token-for-tests"


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(data=str(tmp_path), origins=(ORIGIN,), rate=0, service_token=SERVICE)


def grant_of(database: Database, person: str) -> str:
    every = [grant for slug in ("spring", "autumn", "circle") for grant in given(database, slug)]
    return next(grant.id for grant in every if grant.person == person)


def given(database: Database, slug: str) -> list[people.Grant]:
    return database.read_now(lambda sql: people.grants(sql, slug))


# ── Who may organise ─────────────────────────────────────────────────────────────────────────────────────────────────

REQUESTS = (
    ("GET", "/organise"),
    ("POST", "/organise/rooms/ROOM/stream"),
    ("POST", "/organise/exchanges/spring/announce"),
    ("GET", "/organise/rooms/ROOM"),
    ("POST", "/organise/rooms/ROOM"),
    ("GET", "/organise/people"),
    ("POST", "/organise/people"),
    ("POST", "/organise/grants/GRANT/revoke"),
    ("POST", "/organise/grants/GRANT/link"),
)
FORM = {
    "text": "Soon.",
    "stream": "https://stream.example.org",
    "name": "Mallory",
    "role": "organiser",
    "exchange": "spring",
}


@pytest.mark.parametrize("method, path", REQUESTS)
def test_organising_is_for_organisers(
    client: TestClient, database: Database, here: str, method: str, path: str
) -> None:
    address = path.replace("ROOM", here).replace("GRANT", grant_of(database, person(database, "expert")))
    others = [role for role in people.ROLES if role != "organiser"]
    client.cookies.clear()
    nobody = client.request(method, address, data=FORM).status_code
    answers = []
    for role in (None, *others):
        sign_in(client, database, role)
        before = rows(database)
        answers.append(client.request(method, address, data=FORM).status_code)
        assert rows(database) == before
    assert (nobody, answers) == (401, [403] * 6)


def test_organiser_of_one_room_organises_nothing(client: TestClient, database: Database, here: str) -> None:
    id = person(database, "organiser", room=here)
    client.cookies.set("austausch", database.write_now(lambda sql: people.open_sign_in(sql, id, moments.now())))
    assert client.get("/organise").status_code == 403


def test_guest_is_asked_to_sign_in(client: TestClient, database: Database, here: str) -> None:
    client.cookies.clear()
    client.get(f"/rooms/{here}")
    assert client.get("/organise").status_code == 401


# ── Each in their own exchange ───────────────────────────────────────────────────────────────────────────────────────


def test_board_shows_the_rooms_of_ones_own_exchange_alone(client: TestClient, database: Database, here: str) -> None:
    keys = ("before-spring", "across-spring", "after-spring")
    assert Page(client.get("/organise").text).rooms == [room(database, key) for key in keys]


def test_people_of_another_exchange_are_not_shown(client: TestClient, database: Database, here: str) -> None:
    id = person(database, "expert", "autumn")
    database.write_now(lambda sql: people.change(sql, id, "Somebody Elsewhere", None, None))
    for path in ("/organise/people", "/organise/people?exchange=autumn", "/organise/people?exchange=unknown"):
        answer = client.get(path)
        assert (answer.status_code, "Somebody Elsewhere" in answer.text) == (200, False)


@pytest.mark.parametrize(
    "path, form, status",
    [
        ("/organise/rooms/{room}/stream", {"stream": "https://stream.example.org"}, 404),
        ("/organise/rooms/unknown/stream", {"stream": "https://stream.example.org"}, 404),
        ("/organise/exchanges/autumn/announce", {"text": "Soon."}, 404),
        ("/organise/exchanges/unknown/announce", {"text": "Soon."}, 404),
        ("/organise/people", {"name": "Mallory", "role": "moderator", "exchange": "autumn"}, 400),
        ("/organise/people", {"name": "Mallory", "role": "moderator", "exchange": "unknown"}, 400),
        ("/organise/people", {"name": "Mallory", "role": "moderator"}, 400),
        ("/organise/people", {"name": "Mallory", "role": "mayor", "exchange": "spring"}, 400),
        ("/organise/people", {"name": "Mallory", "role": "system", "exchange": "spring"}, 400),
        ("/organise/people", {"name": "Mallory", "role": "expert", "exchange": "spring", "room": "{room}"}, 400),
        ("/organise/people", {"name": "Mallory", "role": "expert", "exchange": "spring", "room": "unknown"}, 400),
        ("/organise/grants/{grant}/revoke", {}, 404),
        ("/organise/grants/{grant}/link", {}, 404),
        ("/organise/grants/unknown/revoke", {}, 404),
        ("/organise/grants/unknown/link", {}, 404),
    ],
)
def test_organiser_changes_nothing_of_another_exchange(
    client: TestClient, database: Database, here: str, path: str, form: dict[str, str], status: int
) -> None:
    places = {
        "room": room(database, "before-autumn"),
        "grant": grant_of(database, person(database, "expert", "autumn")),
    }
    before = rows(database)
    data = {key: value.format(**places) for key, value in form.items()}
    assert client.post(path.format(**places), data=data).status_code == status
    assert rows(database) == before


def test_service_organises_everything(client: TestClient, database: Database, here: str) -> None:
    bearer = {"authorization": f"Bearer {SERVICE}"}
    assert len(Page(client.get("/organise", headers=bearer).text).rooms) == 6
    assert client.get("/organise/people?exchange=autumn", headers=bearer).status_code == 200


# ── The stream link ──────────────────────────────────────────────────────────────────────────────────────────────────


def stream(database: Database, id: str) -> tuple[str | None, str | None]:
    """The link as the programme has it and as the room's log has it."""
    session = database.read_now(lambda sql: programme.session(sql, id))
    assert session
    return session.stream, database.read_now(lambda sql: log.fold(sql, id)).stream


LINKS = [
    "https://stream.example.org/live?key=a&b=%20#t",
    "https://www.youtube.com/@city/live",
    "https://[2001:db8::1]:8443/x",
    "HTTPS://STREAM.example.org",
    "https://straße.example/räume",
]


@pytest.mark.parametrize("link", LINKS)
def test_https_link_is_set_in_programme_and_room(client: TestClient, database: Database, here: str, link: str) -> None:
    answer = client.post(f"/organise/rooms/{here}/stream", data={"stream": f" {link} "})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/organise?saved={here}#{here}")
    assert stream(database, here) == (link, link)


def test_open_room_shows_a_new_link_at_once(client: TestClient, here: str) -> None:
    assert LINKS[0] not in Page(client.get(f"/rooms/{here}").text).links
    client.post(f"/organise/rooms/{here}/stream", data={"stream": LINKS[0]})
    assert LINKS[0] in Page(client.get(f"/rooms/{here}").text).links


@pytest.mark.parametrize("form", [{"stream": ""}, {"stream": "  "}, {}])
def test_empty_link_takes_the_stream_away(
    client: TestClient, database: Database, here: str, form: dict[str, str]
) -> None:
    client.post(f"/organise/rooms/{here}/stream", data={"stream": LINKS[0]})
    client.post(f"/organise/rooms/{here}/stream", data=form)
    assert stream(database, here) == (None, None)


UNSAFE = [
    *(
        "http://stream.example.org",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,<b>",
        "ftp://a.example",
    ),
    *(
        "//stream.example.org",
        "stream.example.org",
        "/rooms/x",
        "https:",
        "https://",
        "https:///path",
        "https:/one.example",
    ),
    *("https://user:word@stream.example.org", "https://stream.example.org@evil.example", "https://@evil.example"),
    *(
        "https://a b.example",
        "https://stream.example.org/a b",
        "https://stream.example.org/\tb",
        "https://a\nb.example",
    ),
    *("https:\\\\stream.example.org", "https://good.example\\@evil.example", "https://[::1", "https://a.example:port"),
    *("https://a.example:99999", "https://a.example/\u202etxt", "https://\u00a0a.example", "blob:https://a.example"),
    "https://stream.example.org/" + "x" * 3_000,
]


@pytest.mark.parametrize("link", UNSAFE)
def test_no_other_link_is_safe(link: str) -> None:
    assert not is_https(link)


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "https://user:word@a.example", "https://a b.example", "x" * 3_000]
)
def test_refused_link_is_kept_in_the_form(client: TestClient, database: Database, here: str, link: str) -> None:
    client.post(f"/organise/rooms/{here}/stream", data={"stream": LINKS[0]})
    before = rows(database)
    answer = client.post(f"/organise/rooms/{here}/stream", data={"stream": link})
    assert answer.status_code == 422
    assert f'value="{link}"' in unescape(answer.text)
    assert Page(answer.text).words.count("The link must begin with https:// and name a host.") == 1
    assert rows(database) == before
