"""A room's pages before any script runs: what they say, to whom, and whom they turn away."""

import re
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hosting import ballots, log, moments, people, texts
from hosting.config import Config
from hosting.database import Database
from rooms import agenda, questions
from rooms.core import Event
from rooms.lifecycle import Closed, Opened, StreamSet
from tests.conftest import ORIGIN
from tests.hosting.programmes import NOW, person, room, sign_in
from tests.hosting.reading import Page

SERVICE = "a-service-token-for-tests"


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture
def config() -> Config:
    return Config(origins=(ORIGIN,), rate=0, service_token=SERVICE)


def tell(database: Database, id: str, *events: Event, by: str = "system", after: int = 0) -> None:
    database.write_now(lambda sql: log.tell(sql, id, events, NOW + timedelta(minutes=after), by))


@pytest.fixture
def here(database: Database) -> str:
    """A room that opens late, at noon, with questions in every state that a participant may or may not see."""
    id = room(database, "before-spring")
    tell(database, id, Opened())
    asker = person(database)
    asked = ["Who paid for it?", "كم كلّف ذلك؟", "Wait: is this recorded?", "Who are you <script>alert(1)</script>?"]
    for number, text in enumerate(asked):
        tell(database, id, questions.Asked(f"q{number}", asker, text, "ar" if number == 1 else "en"), by=asker)
    secret = questions.Asked("q4", asker, "Is it true about the mayor?", "en", anonymous=True)
    tell(database, id, secret, questions.Asked("q5", asker, "Declined words", "en"), by=asker)
    tell(database, id, questions.Published("q0"), questions.Published("q1"), questions.Published("q3"))
    tell(database, id, questions.Screened("q2"), questions.Declined("q5", "Not our topic"))
    for question, voter in (("q0", "a"), ("q1", "a"), ("q1", "b")):
        database.write_now(partial(ballots.set_vote, room=id, question=question, voter=voter, vote=True))
    return id


def get(browser: TestClient, path: str) -> Page:
    answer = browser.get(path)
    assert answer.status_code == 200
    return Page(answer.text)


# ── Readable without a script ────────────────────────────────────────────────────────────────────────────────────────


def test_room_shows_its_agenda_with_times_and_speakers(client: TestClient, here: str) -> None:
    words = get(client, f"/rooms/{here}").sections["agenda"]
    titles = ("Welcome", "Dry cellars", "Questions")
    shown = [text for text in words if text in titles or re.fullmatch(r"\d\d:\d\d", text)]
    assert shown == ["01:00", "Welcome", "01:05", "Dry cellars", "01:25", "Questions"]
    assert re.search(r"Dry cellars Rania Haddad ?, Amman", " ".join(words))


def test_room_says_what_runs_now(client: TestClient, database: Database, here: str) -> None:
    item = database.read_now(lambda sql: list(log.fold(sql, here).agenda.entries))[1]
    tell(database, here, agenda.Started(item), after=30)
    page = get(client, f"/rooms/{here}")
    assert ("Dry cellars" in page.words, "On air" in page.words) == (True, True)
    assert page.refused == []


def test_room_shows_published_questions_most_votes_first(client: TestClient, here: str) -> None:
    shown = get(client, f"/rooms/{here}").sections["questions"]
    assert [words for words in shown if words.endswith(("?", "؟"))] == [
        "كم كلّف ذلك؟",
        "Who paid for it?",
        "Who are you <script>alert(1)</script>?",  # as words, not as a script
    ]


UNPUBLISHED = ("Wait: is this recorded?", "Is it true about the mayor?", "Declined words", "Not our topic")


@pytest.mark.parametrize("role", [None, "participant", "expert", "interpreter", "captioner"])
def test_unpublished_questions_are_nowhere_in_the_page(
    client: TestClient, database: Database, here: str, role: str | None
) -> None:
    if role:
        sign_in(client, database, role)
    html = client.get(f"/rooms/{here}").text
    assert "Who paid for it?" in html  # the search would find what is there
    assert [words for words in UNPUBLISHED if words in html] == []


def test_asker_without_a_name_stays_without_one(client: TestClient, database: Database, here: str) -> None:
    asker = person(database)
    database.write_now(lambda sql: people.change(sql, asker, "Shy Person", None, None))
    tell(database, here, questions.Asked("q9", asker, "May I ask?", "en", anonymous=True), by=asker)
    tell(database, here, questions.Published("q9"))
    html = client.get(f"/rooms/{here}").text
    assert ("May I ask?" in html, "Shy Person" in html, asker in html) == (True, False, False)


def test_stream_is_offered_where_there_is_one(client: TestClient, database: Database, here: str) -> None:
    link, other = "https://stream.example.org/1?a=b&c", room(database, "after-spring")
    tell(database, here, StreamSet(link))
    assert [link in get(client, f"/rooms/{id}").links for id in (here, other)] == [True, False]


def test_lobby_says_when_it_begins(client: TestClient, database: Database) -> None:
    assert "Sunday 28 March, 03:00" in get(client, f"/rooms/{room(database, 'after-spring')}").words


def test_closed_room_says_that_it_has_ended(client: TestClient, database: Database, here: str) -> None:
    tell(database, here, Closed())
    assert "The session has ended." in get(client, f"/rooms/{here}").words


# ── Who may enter ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_first_visit_makes_a_guest_and_the_next_does_not(client: TestClient, database: Database) -> None:
    id = room(database, "before-spring")
    answers = [client.get(f"/rooms/{id}") for _ in range(2)]
    assert ["set-cookie" in answer.headers for answer in answers] == [True, False]


def enter(browser: TestClient, database: Database, who: str) -> None:
    """Become nobody, a guest, somebody with a role (in spring or in circle), or the service."""
    if who == "guest":
        browser.get(f"/rooms/{room(database, 'after-spring')}")
        assert "austausch" in browser.cookies
    elif who == "service":
        browser.headers["authorization"] = f"Bearer {SERVICE}"
    elif who == "expert of one room":
        id = person(database, "expert", "circle", room(database, "behind-doors"))
        browser.cookies.set("austausch", database.write_now(lambda sql: people.open_sign_in(sql, id, moments.now())))
    elif who != "nobody":
        role, _in, exchange = who.partition(" in ")
        sign_in(browser, database, role if exchange else None, exchange)


PRIVATE = {
    "nobody": 401,
    "guest": 401,
    "person": 403,
    "participant in spring": 403,
    "organiser in spring": 403,
    "participant in circle": 200,
    "expert of one room": 200,
    "interpreter in circle": 200,
    "organiser in circle": 200,
    "service": 200,
}


@pytest.mark.parametrize("who, status", PRIVATE.items())
def test_private_room_is_for_people_with_a_role(client: TestClient, database: Database, who: str, status: int) -> None:
    enter(client, database, who)
    answer = client.get(f"/rooms/{room(database, 'behind-doors')}")
    assert answer.status_code == status
    assert ("Behind closed doors" in answer.text) is (status == 200)
    assert "set-cookie" not in answer.headers  # nobody becomes a guest of a private room


MODERATE = {
    "nobody": 401,
    "guest": 401,
    "person": 403,
    "participant in spring": 403,
    "expert in spring": 403,
    "interpreter in spring": 403,
    "captioner in spring": 403,
    "moderator in circle": 403,
    "moderator in spring": 200,
    "organiser in spring": 200,
    "service": 200,
}


@pytest.mark.parametrize("who, status", MODERATE.items())
def test_moderators_page_is_for_the_crew(client: TestClient, database: Database, who: str, status: int) -> None:
    enter(client, database, who)
    assert client.get(f"/rooms/{room(database, 'before-spring')}/moderate").status_code == status


@pytest.mark.parametrize("who", ["nobody", "person", "organiser in spring"])
@pytest.mark.parametrize("path", ["/rooms/unknown", "/rooms/unknown/moderate", "/rooms/%00", "/rooms/" + "x" * 3_000])
def test_unknown_room_is_not_here_for_anybody(client: TestClient, database: Database, who: str, path: str) -> None:
    enter(client, database, who)
    assert client.get(path).status_code == 404


# ── Errors ───────────────────────────────────────────────────────────────────────────────────────────────────────────

ERRORS = {
    "/nothing": "There is nothing here",
    "/organise": "Please sign in",
    "/rooms/ROOM/moderate": "This is not for your role",
}


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("path", ERRORS)
def test_error_page_speaks_the_language_asked(client: TestClient, database: Database, path: str, language: str) -> None:
    if "ROOM" in path:
        sign_in(client, database, "participant")
    answer = client.get(
        path.replace("ROOM", room(database, "before-spring")),
        headers={"accept-language": f"tlh, {language};q=0.8, en;q=0.1"},
    )
    assert answer.headers["content-language"] == language
    assert texts.catalog(language).gettext(ERRORS[path]) in Page(answer.text).words


def test_error_for_a_program_is_json(client: TestClient) -> None:
    answer = client.get("/api/exchanges/nothing")
    assert (answer.status_code, answer.json()) == (404, {"no": {"code": "http.404", "text": ""}})


def test_server_says_that_it_is_well_and_ready(client: TestClient) -> None:
    assert client.get("/healthz").text == "ok"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"], answer.json()["migration"]) == (200, "ok", "0013")


def test_lobby_names_the_day_of_the_zone_and_not_of_utc(client: TestClient, database: Database) -> None:
    sign_in(client, database, "participant", "circle")
    words = get(client, f"/rooms/{room(database, 'behind-doors')}").words  # the next day in UTC
    assert "Tuesday 30 November, 21:00" in words
