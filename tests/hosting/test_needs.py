"""In which languages people can follow: said in a plain form, counted without names, deleted with them."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, select
from starlette.testclient import TestClient

from hosting import moments, needs, people, tables, tables_languages
from hosting.config import Config
from hosting.database import Database
from hosting.needs import Need
from hosting.security import cookie_name
from tests.conftest import ORIGIN
from tests.hosting.forms import Forms
from tests.hosting.programmes import NOW, PROGRAMME, person, room, sign_in, take_in
from tests.hosting.reading import Page

SERVICE = "a-service-token-for-tests"


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture
def config() -> Config:
    return Config(origins=(ORIGIN,), rate=0, service_token=SERVICE)


def said(database: Database, id: str) -> dict[str, Need]:
    return database.read_now(partial(needs.said, person=id))


def all_said(database: Database, slug: str = "spring") -> list[Need]:
    return database.read_now(partial(needs.of_exchange, exchange=slug))


def say(database: Database, id: str, *languages: str, rooms: tuple[str, ...] = (), slug: str = "spring") -> None:
    database.write_now(lambda sql: needs.say(sql, id, slug, Need(languages, rooms), NOW))


def guest(browser: TestClient, database: Database, name: str | None = None) -> str:
    """A browser of a guest's; the guest's id."""

    def write(sql: Connection) -> tuple[str, str]:
        token, visitor = people.open_guest(sql, moments.now())
        if name:
            people.name_guest(sql, visitor.person, name, None, moments.now())
        return token, visitor.person

    token, id = database.write_now(write)
    browser.cookies.set(cookie_name(Config()), token)
    return id


def send(browser: TestClient, slug: str = "spring", **fields: str | list[str]) -> int:
    return browser.post(f"/exchanges/{slug}/needs", data=fields).status_code


# ── The store ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_said_takes_the_place_of_what_was_said_before(database: Database) -> None:
    id, other = person(database), person(database)
    say(database, id, "es", "fr")
    say(database, id, "fr", rooms=("r1",))
    say(database, other, "ar", slug="autumn")
    assert (said(database, id), said(database, other)) == (
        {"spring": Need(("fr",), ("r1",))},
        {"autumn": Need(("ar",))},
    )
    say(database, id)
    assert said(database, id) == {}


def test_what_is_counted_bears_no_person(database: Database) -> None:
    for tag in ("es", "es", "ar"):
        say(database, person(database), tag)
    assert sorted(all_said(database), key=lambda need: need.languages) == [Need(("ar",)), Need(("es",)), Need(("es",))]
    assert Need.__struct_fields__ == ("languages", "rooms")


def test_needs_are_deleted_with_their_person(database: Database) -> None:
    gone, asked, stays = (person(database) for _ in range(3))
    for id in (gone, asked, stays):
        say(database, id, "es")
    database.write_now(lambda sql: sql.execute(delete(tables.persons).where(tables.persons.c.id == gone)) and None)
    database.write_now(partial(needs.forget, person=asked))
    assert [bool(said(database, id)) for id in (gone, asked, stays)] == [False, False, True]
    assert all_said(database) == [Need(("es",))]


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (datetime(2027, 4, 26, 23, tzinfo=UTC), {"spring", "autumn"}),
        (datetime(2027, 4, 27, 1, tzinfo=UTC), {"autumn"}),  # thirty days after the day on which spring ended
        (datetime(2027, 11, 30, 2, 29, tzinfo=UTC), {"autumn"}),
        (datetime(2027, 11, 30, 2, 31, tzinfo=UTC), set()),  # and after the hour at which autumn did
    ],
)
def test_needs_are_deleted_a_month_after_the_exchange(database: Database, now: datetime, left: set[str]) -> None:
    id = person(database)
    for slug in ("spring", "autumn"):
        say(database, id, "es", slug=slug)
    database.write_now(partial(needs.forget_over, now=now))
    assert set(said(database, id)) == left


# ── The form ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_form_on_the_exchanges_page_is_filled_and_kept(client: TestClient, database: Database) -> None:
    id, here = sign_in(client, database, None), room(database, "before-spring")
    html = client.get("/exchanges/spring").text
    assert Page(html).refused == []
    form = Forms(html).found["/exchanges/spring/needs"]
    assert form == {"further": [""]}
    answer = client.post("/exchanges/spring/needs", data={**form, "language": ["es", "AR-eg"], "room": here})
    assert answer.headers["location"] == "/exchanges/spring?needs=spring#needs-spring"
    assert said(database, id) == {"spring": Need(("es", "ar-EG"), (here,))}

    # Shown again as it is, each language by its name; nothing ticked takes it all back.
    html = client.get(answer.headers["location"]).text
    assert Forms(html).found["/exchanges/spring/needs"] == {
        "language": ["ar-EG", "es"],
        "further": [""],
        "room": [here],
    }
    assert "You can follow: Spanish and Arabic (Egypt)" in Page(html).words
    assert send(client) == 303
    assert said(database, id) == {}


def test_form_on_ones_own_page_leads_back_there(client: TestClient, database: Database) -> None:
    id = sign_in(client, database, None)
    forms = Forms(client.get("/me").text).found
    assert [path for path in forms if path.endswith("/needs")] == ["/exchanges/spring/needs", "/exchanges/autumn/needs"]
    answer = client.post("/exchanges/autumn/needs", data={**forms["/exchanges/autumn/needs"], "further": "uk"})
    assert answer.headers["location"] == "/me?needs=autumn#needs-autumn"
    assert said(database, id) == {"autumn": Need(("uk",))}


def test_guest_with_a_name_says_so_too(client: TestClient, database: Database) -> None:
    id = guest(client, database, "Ana")
    assert "/exchanges/spring/needs" in Forms(client.get("/exchanges/spring").text).found
    assert "/exchanges/spring/needs" in Forms(client.get("/me").text).found
    assert send(client, language="es") == 303
    assert said(database, id) == {"spring": Need(("es",))}


@pytest.mark.parametrize("who", ["nobody", "nameless", "service"])
def test_whoever_is_no_person_is_told_to_give_a_name(client: TestClient, database: Database, who: str) -> None:
    if who == "nameless":
        guest(client, database)
    if who == "service":
        client.headers["authorization"] = f"Bearer {SERVICE}"
    page = client.get("/exchanges/spring").text
    assert "/exchanges/spring/needs" not in Forms(page).found
    assert send(client, language="es") == 401
    assert all_said(database) == []
    if who != "service":
        assert {"nobody": "/sign-in", "nameless": "/me"}[who] in Page(page).links


def test_exchange_behind_doors_asks_only_who_has_a_role_there(client: TestClient, database: Database) -> None:
    sign_in(client, database, "moderator", "spring")
    assert "/exchanges/circle/needs" not in Forms(client.get("/exchanges/circle").text).found
    assert "/exchanges/circle/needs" not in Forms(client.get("/me").text).found
    assert send(client, "circle", language="es") == 403
    id = sign_in(client, database, "participant", "circle")
    assert "/exchanges/circle/needs" in Forms(client.get("/me").text).found
    assert send(client, "circle", language="es") == 303
    assert said(database, id) == {"circle": Need(("es",))}


def test_nothing_else_is_taken(client: TestClient, database: Database) -> None:
    id, elsewhere = sign_in(client, database, None), room(database, "before-autumn")
    for status, slug, fields in (
        (404, "nowhere", {"language": "es"}),
        (400, "spring", {"language": "Spanish, please"}),
        (400, "spring", {"language": "es", "room": elsewhere}),
        (400, "spring", {"language": [f"{a}{b}" for a in "abcdefg" for b in "abc"]}),  # 21 languages
    ):
        assert send(client, slug, **fields) == status
    assert said(database, id) == {}
    forged = client.post("/exchanges/spring/needs", data={"language": "es"}, headers={"origin": "https://evil.example"})
    assert forged.status_code == 403
    assert said(database, id) == {}


def test_exchange_that_is_over_asks_nothing_but_shows_what_was_said(client: TestClient, database: Database) -> None:
    take_in(database, PROGRAMME.replace("2027", "2021"), NOW)
    id = sign_in(client, database, None)
    assert [path for path in Forms(client.get("/me").text).found if path.endswith("/needs")] == []
    assert "/exchanges/spring/needs" not in Forms(client.get("/exchanges/spring").text).found
    say(database, id, "es")
    assert [path for path in Forms(client.get("/me").text).found if path.endswith("/needs")] == [
        "/exchanges/spring/needs"
    ]
    assert send(client, language=["es", "de"]) == 404  # nothing new is taken
    assert send(client, language="es") == 303
    assert send(client) == 303
    assert said(database, id) == {}


# ── Who sees it ──────────────────────────────────────────────────────────────────────────────────────────────────────

CANARY = ("tlh", "Klingon")  # a language that nobody else names


@pytest.mark.parametrize("role", [None, "participant", "expert", "interpreter", "captioner", "moderator"])
def test_nobody_but_organisers_learns_what_is_needed(client: TestClient, database: Database, role: str | None) -> None:
    here = room(database, "before-spring")
    needy = person(database)
    for id in (needy, *(person(database) for _ in range(6))):
        say(database, id, CANARY[0])
    database.write_now(lambda sql: needs.decline(sql, here, CANARY[0], "o", NOW))
    sign_in(client, database, role)
    paths = ["/", "/me", "/exchanges/spring", f"/rooms/{here}", f"/api/rooms/{here}", f"/archive/{here}", "/archive"]
    paths += [f"/rooms/{here}/moderate", f"/rooms/{here}/session.ics", "/api/exchanges/spring", "/organise"]
    paths += ["/exchanges/spring/schedule.json", "/exchanges/spring/schedule.ics", "/organise/people", "/api/exchanges"]
    paths += ["/organise/exchanges/spring/languages", f"/rooms/{here}/people", f"/rooms/{here}/listeners"]
    answers = {path: client.get(path) for path in paths}
    # Of the list of languages to choose from, the names; never that somebody has named one.
    shown = {path for path, answer in answers.items() if any(word in answer.text for word in (*CANARY, needy))}
    assert shown == set()
    assert {path for path in ("/me", "/exchanges/spring") if answers[path].status_code != 200} == set()
    assert answers["/organise/exchanges/spring/languages"].status_code == 403

    # The same needle is in the organisers' page, which says how many and not who.
    sign_in(client, database, "organiser")
    page = client.get("/organise/exchanges/spring/languages")
    assert (CANARY[1] in page.text, needy in page.text) == (True, False)


def test_own_needs_are_ones_own_alone(client: TestClient, database: Database) -> None:
    say(database, person(database), CANARY[0])
    id = sign_in(client, database, None)
    say(database, id, "es")
    page = client.get("/exchanges/spring").text
    assert (CANARY[1] in page, "Spanish" in page) == (False, True)


def test_needs_are_one_row_for_a_person_and_an_exchange(database: Database) -> None:
    id, table = person(database), tables_languages.needs
    for tag in ("es", "fr", "ar"):
        say(database, id, tag)
    rows = database.read_now(lambda sql: sql.execute(select(table)).all())
    assert [(row.person, row.exchange, row.languages) for row in rows] == [(id, "spring", ["ar"])]
