"""Signing in by a link, out again, one's own name, language and zone. The demo's one click is in test_demo."""

import re
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from hosting import moments, people
from hosting.database import Database
from hosting.people import Visitor
from tests.hosting.programmes import person, room, rows, sign_in, take_in
from tests.hosting.reading import Page

COOKIE = "austausch"


def link(database: Database, id: str, next: str | None = None, days_ago: int = 0) -> str:
    """The path of a new sign-in link."""
    made = moments.now() - timedelta(days=days_ago)
    return "/sign-in/" + database.write_now(lambda sql: people.sign_in_link(sql, id, made, next))


def whose(database: Database, cookie: str | None) -> Visitor:
    return database.read_now(lambda sql: people.find_sign_in(sql, cookie or "", moments.now()))


# ── Links ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_opening_a_link_greets_by_name_and_does_not_use_it(client: TestClient, database: Database) -> None:
    path = link(database, person(database))
    before = rows(database)
    answers = [client.get(path), client.head(path), client.get(path)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert "Samira Kassem" in answers[0].text
    assert "set-cookie" not in answers[0].headers
    assert rows(database) == before


def test_confirming_a_link_signs_in_and_goes_where_it_leads(client: TestClient, database: Database) -> None:
    id = person(database)
    answer = client.post(link(database, id, "/rooms/r1"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/rooms/r1")
    cookie = client.cookies[COOKIE]
    assert whose(database, cookie) == Visitor(id, "Samira Kassem", kind="person", sign_in=people.digest(cookie))


def test_link_confirmed_a_second_time_is_gone(client: TestClient, database: Database) -> None:
    path = link(database, person(database))
    client.post(path)
    client.cookies.clear()
    answer = client.post(path)
    assert (answer.status_code, "set-cookie" in answer.headers, COOKIE in client.cookies) == (410, False, False)
    assert client.get(path).status_code == 410


def test_link_older_than_a_week_is_gone(client: TestClient, database: Database) -> None:
    path = link(database, person(database), days_ago=8)
    assert [client.get(path).status_code, client.post(path).status_code] == [410, 410]
    assert COOKIE not in client.cookies


@pytest.mark.parametrize("token", ["unknown", "x" * 5_000, "%00", "%ff", "a'b\"<c>"])
def test_link_nobody_made_is_gone(client: TestClient, token: str) -> None:
    answer = client.post(f"/sign-in/{token}")
    assert answer.status_code in (404, 410)
    assert "<c>" not in answer.text


@pytest.mark.parametrize("next", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_link_never_leads_elsewhere(client: TestClient, database: Database, next: str) -> None:
    assert client.post(link(database, person(database), next)).headers["location"] == "/"


def test_session_is_a_new_one_after_every_sign_in(client: TestClient, database: Database) -> None:
    take_in(database)
    id = person(database)
    client.get(f"/rooms/{room(database, 'before-spring')}")
    seen = [client.cookies[COOKIE]]
    for _ in range(2):
        client.post(link(database, id))
        seen.append(client.cookies[COOKIE])
    assert len(set(seen)) == 3
    assert [whose(database, cookie).kind for cookie in seen] == ["guest", "person", "person"]


def test_planted_cookie_is_not_taken_over(client: TestClient, database: Database) -> None:
    path = link(database, person(database))
    client.post(path, headers={"cookie": f"{COOKIE}=planted-by-somebody"})
    assert client.cookies[COOKIE] != "planted-by-somebody"
    assert whose(database, "planted-by-somebody").kind == "nobody"


def test_signing_out_ends_the_session_and_drops_the_cookie(client: TestClient, database: Database) -> None:
    client.post(link(database, person(database)))
    cookie = client.cookies[COOKIE]
    answer = client.post("/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert COOKIE not in client.cookies
    assert whose(database, cookie).kind == "nobody"


def test_signing_out_without_a_session_is_no_error(client: TestClient) -> None:
    assert client.post("/sign-out").status_code == 303


# ── One's own name, language and zone ────────────────────────────────────────────────────────────────────────────────


def test_about_me_is_kept_and_shown_in_the_language_chosen(client: TestClient, database: Database) -> None:
    id = sign_in(client, database, None)
    form = {"name": " Samira  K. ", "language": "ar", "zone": "Asia/Amman"}
    assert client.post("/me", data=form).headers["location"] == "/me?saved"
    page = client.get("/me?saved", headers={"accept-language": "de"})
    cookie = client.cookies[COOKIE]
    assert whose(database, cookie) == Visitor(
        id, "Samira K.", "ar", "Asia/Amman", "person", sign_in=people.digest(cookie)
    )
    assert '<html lang="ar" dir="rtl">' in page.text
    assert 'value="Samira K."' in page.text
    assert 'role="status"' in page.text


@pytest.mark.parametrize(
    "typed, problem",
    [
        ({"name": " ", "zone": "Asia/Amman"}, "name-problem"),
        ({"name": "n" * 81, "zone": "Asia/Amman"}, "name-problem"),
        ({"zone": "Asia/Amman"}, "name-problem"),
        ({"name": "Samira <K>", "zone": "Amman"}, "zone-problem"),
        ({"name": "Samira <K>", "zone": "../../etc/passwd"}, "zone-problem"),
        ({"name": "Samira <K>", "zone": "asia/amman"}, "zone-problem"),
    ],
)
def test_what_cannot_be_kept_is_said_beside_what_was_typed(
    client: TestClient, database: Database, typed: dict[str, str], problem: str
) -> None:
    sign_in(client, database, None)
    before = rows(database)
    answer = client.post("/me", data={**typed, "language": "de"})
    assert answer.status_code == 422
    assert re.findall(r'id="(\w+-problem)"', answer.text) == [problem]
    shown = Page(answer.text).fields
    assert {name: shown[name] for name in ("name", "zone", "language")} == {"name": "", **typed, "language": "de"}
    assert rows(database) == before


def test_unknown_language_leaves_the_one_there_is(client: TestClient, database: Database) -> None:
    id = sign_in(client, database, None)
    database.write_now(lambda sql: people.change(sql, id, "Samira", "ar", None))
    client.post("/me", data={"name": "Samira", "language": "tlh"})
    assert whose(database, client.cookies[COOKIE]).language == "ar"


def test_zone_can_be_taken_back(client: TestClient, database: Database) -> None:
    sign_in(client, database, None)
    for zone in ("Asia/Amman", ""):
        client.post("/me", data={"name": "Samira", "zone": zone})
    assert not whose(database, client.cookies[COOKIE]).zone


def test_guest_gets_a_name_and_stays_a_guest(client: TestClient, database: Database) -> None:
    take_in(database)
    client.get(f"/rooms/{room(database, 'before-spring')}")
    client.post("/me", data={"name": "Agnes", "language": "en", "zone": "Africa/Kampala"})
    found = whose(database, client.cookies[COOKIE])
    assert (found.name, found.zone, found.kind) == ("Agnes", "Africa/Kampala", "guest")


def test_whoever_is_not_signed_in_is_shown_how(client: TestClient, database: Database) -> None:
    before = rows(database)
    assert 'name="zone"' not in client.post("/me", data={"name": "Mallory"}).text
    assert rows(database) == before


@pytest.mark.parametrize("size", [21, 3_000])
def test_form_with_very_many_fields_is_refused(client: TestClient, database: Database, size: int) -> None:
    sign_in(client, database, None)
    form = {"name": "Samira"} | {f"field{number}": "x" for number in range(size)}
    assert client.post("/me", data=form).status_code == 400


# ── Language ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("next, goes", [("/exchanges/spring?topic=x", "/exchanges/spring?topic=x"), ("//evil", "/")])
def test_language_is_remembered_on_the_page_where_it_was_chosen(client: TestClient, next: str, goes: str) -> None:
    answer = client.post("/language", data={"language": "ar", "next": next})
    assert (answer.status_code, answer.headers["location"]) == (303, goes)
    assert '<html lang="ar" dir="rtl">' in client.get("/", headers={"accept-language": "de"}).text


def test_language_is_kept_with_the_person(client: TestClient, database: Database) -> None:
    sign_in(client, database, None)
    client.post("/language", data={"language": "de"})
    assert whose(database, client.cookies[COOKIE]).language == "de"


@pytest.mark.parametrize("form", [{"language": "tlh"}, {"language": ""}, {}])
def test_unknown_language_is_refused(client: TestClient, form: dict[str, str]) -> None:
    assert client.post("/language", data=form).status_code == 400
