"""Who gets an archive, at every address of it, and that nothing which was not public is in any byte of it."""

from functools import partial
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hosting import log, moments, people, texts
from hosting.config import Config
from hosting.database import Database
from hosting.security import cookie_name
from rooms import agenda, booths, captions, contributions, interpretation, questions, translations
from rooms.lifecycle import Closed, Opened, RecordingSet
from tests.conftest import ORIGIN
from tests.hosting.programmes import NOW, person, room, rows
from tests.hosting.sessions import Held, held, people_named, release
from tests.hosting.slides import house

SERVICE = "a-service-token-for-tests"
PUBLIC = (
    "",
    *(f"/transcript.{form}" for form in ("vtt", "srt", "txt", "json", "html")),
    *(f"/questions.{form}" for form in ("json", "csv")),
)
EVERY = (*PUBLIC, "/log.ndjson")
WHO = ("nobody", "guest", "participant", "crew elsewhere", "moderator", "moderator here", "organiser", "service")
CREW = ("moderator", "moderator here", "organiser", "service")
STATES = ("planned", "open", "closed", "released", "reopened")


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture
def config() -> Config:
    return Config(origins=(ORIGIN,), rate=0, service_token=SERVICE)


def tell(database: Database, id: str, *events: object) -> None:
    database.write_now(lambda sql: log.tell(sql, id, events, NOW))  # type: ignore[arg-type]  # events


def come(browser: TestClient, database: Database, who: str, here: str) -> None:
    """Have the browser be somebody."""
    browser.cookies.clear()
    browser.headers.pop("authorization", None)
    match who:
        case "nobody":
            return
        case "service":
            browser.headers["authorization"] = f"Bearer {SERVICE}"
            return
        case "guest":
            token, _guest = database.write_now(lambda sql: people.open_guest(sql, moments.now()))
        case _:
            role = {"crew elsewhere": "organiser", "moderator here": "moderator"}.get(who, who)
            exchange = "autumn" if who == "crew elsewhere" else "spring"
            id = person(database, role, exchange, here if who == "moderator here" else None)
            token = database.write_now(lambda sql: people.open_sign_in(sql, id, moments.now()))
    browser.cookies.set(cookie_name(Config()), token)


def brought(database: Database, state: str) -> str:
    """A room in a state."""
    here = room(database, "before-spring")
    if state != "planned":
        held(database, here, lines=6, asked=4)
    if state in ("released", "reopened"):
        release(database, here)
    if state in ("open", "reopened"):
        tell(database, here, Opened())
    return here


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("who", WHO)
def test_archive_is_for_everybody_once_released_and_for_the_crew_before(
    client: TestClient, database: Database, who: str, state: str
) -> None:
    here = brought(database, state)
    come(client, database, who, here)
    found = {path: client.get(f"/archive/{here}{path}").status_code for path in EVERY}
    shown = who in CREW or state == "released"
    expected = dict.fromkeys(PUBLIC, 200 if shown else 404)
    if state == "planned" and shown:  # nothing was said yet
        expected |= {path: 404 for path in PUBLIC if "transcript" in path}
    withheld = 401 if who in ("nobody", "guest") else 403
    expected["/log.ndjson"] = 200 if who in ("organiser", "service") else withheld if shown else 404
    assert found == expected


@pytest.mark.parametrize(
    "state, why", [("planned", "planned"), ("open", "running"), ("closed", "unreleased"), ("reopened", "running")]
)
@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_whoever_comes_too_early_is_told_why(
    client: TestClient, database: Database, state: str, why: str, language: str
) -> None:
    here, words = brought(database, state), texts.word(texts.WITHHELD, why, language)
    headers = {"accept-language": language}
    page = client.get(f"/archive/{here}", headers=headers)
    assert (page.status_code, words.replace("'", "&#39;") in page.text) == (404, True)
    for path in EVERY[1:]:
        answer = client.get(f"/archive/{here}{path}", headers=headers)
        assert (answer.text, answer.headers["content-type"]) == (words + "\n", "text/plain; charset=utf-8")


def test_reading_a_released_archive_leaves_no_trace(client: TestClient, database: Database) -> None:
    here = brought(database, "released")
    before = rows(database)
    answers = [client.get(f"/archive{path}") for path in ("", *(f"/{here}{path}" for path in PUBLIC))]
    assert [answer.headers.get("set-cookie") for answer in answers] == [None] * len(answers)
    assert rows(database) == before


@pytest.mark.parametrize("who, status", [("nobody", 401), ("guest", 401), ("crew elsewhere", 403), ("service", 200)])
def test_archive_of_a_closed_exchange_is_for_those_who_may_enter(
    client: TestClient, database: Database, who: str, status: int
) -> None:
    here = room(database, "behind-doors")
    release(database, held(database, here, lines=3, asked=1))
    come(client, database, who, here)
    assert [client.get(f"/archive/{here}{path}").status_code for path in PUBLIC] == [status] * len(PUBLIC)
    assert (f"/archive/{here}" in client.get("/archive").text) == (status == 200)


def test_participant_of_a_closed_exchange_reads_its_archive(client: TestClient, database: Database) -> None:
    here = room(database, "behind-doors")
    release(database, held(database, here, lines=3, asked=1))
    id = person(database, "participant", "circle")
    client.cookies.set("austausch", database.write_now(lambda sql: people.open_sign_in(sql, id, moments.now())))
    assert client.get(f"/archive/{here}").status_code == 200
    assert f"/archive/{here}" in client.get("/archive").text


@pytest.mark.parametrize("path", EVERY)
def test_there_is_no_archive_of_no_room(client: TestClient, path: str) -> None:
    assert client.get(f"/archive/nothing{path}").status_code == 404


# ── Nothing that was not public ──────────────────────────────────────────────────────────────────────────────────────

HIDDEN = (
    "canary-submitted",
    "canary-screened",
    "canary-declined",
    "canary-withdrawn",
    "canary-unpublished",
    "canary-reason",
    "canary-note",
    "canary-anonymous-name",
    "canary-hidden-asker",
    "canary-in-the-booth",
    "canary-as-it-was",
    "canary-link",
    "canary-merged",
    "canary-put-off",
    "canary-proposal",
)
SHOWN = (
    "shown-question",
    "shown-twin",
    "shown-translation",
    "shown-anonymous",
    "shown-name",
    "shown-line",
    "shown-interpreter",
)


@pytest.fixture
def canaries(database: Database) -> str:
    """A closed room with much that was never public, and some that was."""
    here = Held(database, room(database, "before-spring"))
    named, hidden, secret, idle, speaks = people_named(
        database,
        "shown-name",
        "canary-hidden-asker",
        "canary-anonymous-name",
        "canary-in-the-booth",
        "shown-interpreter",
    )
    slot = next(iter(here.state.contributions))
    here.happens(Opened(), RecordingSet("on"), interpretation.LinkSet("ar", "https://canary-link.example"))
    here.at(5).happens(contributions.Submitted(slot, "d1", 2), contributions.Returned(slot, "canary-note"))
    here.happens(*(contributions.Submitted(slot, "d2", 2), agenda.Started(next(iter(here.state.agenda.entries)))))
    for word in ("submitted", "screened", "declined", "withdrawn", "unpublished"):
        here.asks(hidden, f"canary-{word}")
    ids = list(here.state.questions.all)
    here.happens(questions.Screened(ids[1]), questions.Published(ids[2]), questions.Declined(ids[2], "canary-reason"))
    here.happens(questions.Published(ids[3]), questions.Withdrawn(ids[3]))
    here.happens(questions.Published(ids[4]), questions.Restored(ids[4], "submitted"))
    shown = [here.asks(named, "shown-question"), here.asks(secret, "shown-anonymous", anonymous=True)]
    here.happens(*map(questions.Published, shown))
    twins = [here.asks(hidden, text) for text in ("canary-merged", "shown-twin", "canary-put-off")]
    here.happens(questions.Published(twins[1]), *(questions.Merged(id, shown[0]) for id in twins[:2]))
    here.happens(questions.Deferred(twins[2], None, "one-day", {"en": "One day"}))
    here.happens(translations.Translated(shown[0], "de", "shown-translation", speaks))
    here.happens(translations.TranslationApproved(shown[0], "de", secret))
    here.happens(translations.Translated(shown[0], "de", "canary-proposal", idle))
    here.at(60).happens(questions.Aired(shown[0]))
    here.happens(*(booths.Entered("ar", idle), booths.Entered("ar", speaks), booths.Aired("ar", speaks)))
    line = here.says("canary-as-it-was")
    here.happens(captions.Corrected(line, "shown-line"))
    return here.at(300).happens(Closed()).write()


@pytest.fixture
def everything(client: TestClient, database: Database, canaries: str) -> dict[str, str]:
    """Every byte that the public gets of the released room, by address."""
    release(database, canaries)
    addresses = [f"/archive/{canaries}{path}" for path in EVERY]
    addresses += [f"{address}?lang=en" for address in addresses] + ["/archive", "/", "/exchanges/spring"]
    return {address: head(client, address) for address in addresses}


def head(client: TestClient, address: str) -> str:
    answer = client.get(address)
    return f"{answer.headers}\n{answer.text}"


def test_nothing_that_was_not_public_is_in_any_byte(everything: dict[str, str]) -> None:
    found = [(address, canary) for address, text in everything.items() for canary in HIDDEN if canary in text]
    assert found == []


def test_all_that_was_public_is_there(everything: dict[str, str], canaries: str) -> None:
    page = everything[f"/archive/{canaries}"]
    assert [word for word in SHOWN if word not in page] == []
    assert "shown-name" in everything[f"/archive/{canaries}/questions.json"]
    assert "shown-line" in everything[f"/archive/{canaries}/transcript.vtt"]


def test_canaries_are_in_the_log_that_organisers_get(client: TestClient, database: Database, canaries: str) -> None:
    come(client, database, "organiser", canaries)
    text = client.get(f"/archive/{canaries}/log.ndjson").text
    names = ("canary-anonymous-name", "canary-hidden-asker", "canary-in-the-booth")  # names are in no log
    assert [word for word in HIDDEN if word not in text] == list(names)


def test_unreleased_archive_gives_strangers_nothing(client: TestClient, database: Database, canaries: str) -> None:
    """Before the release, what will be public is not yet."""
    addresses = [f"/archive/{canaries}{path}" for path in EVERY] + ["/archive"]
    for who in ("nobody", "guest", "participant", "crew elsewhere"):
        come(client, database, who, canaries)
        texts_found = {address: head(client, address) for address in addresses}
        words = (*HIDDEN, *SHOWN)
        assert [(a, word) for a, text in texts_found.items() for word in words if word in text] == []


def test_crew_sees_no_more_of_an_archive_than_the_public_will(
    client: TestClient, database: Database, canaries: str
) -> None:
    come(client, database, "organiser", canaries)
    pages = {path: client.get(f"/archive/{canaries}{path}").text for path in PUBLIC}
    assert [(path, word) for path, text in pages.items() for word in HIDDEN if word in text] == []


# ── Releasing ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("who", WHO)
def test_only_organisers_release_and_only_what_has_ended(
    client: TestClient, database: Database, who: str, state: str
) -> None:
    here = brought(database, state)
    come(client, database, who, here)
    before = rows(database)
    answer = client.post(f"/organise/rooms/{here}/release", data={"release": "yes"})
    if who not in ("organiser", "service"):
        elsewhere = {"nobody": 401, "guest": 401, "crew elsewhere": 404}
        assert (answer.status_code, rows(database)) == (elsewhere.get(who, 403), before)
    elif state in ("closed", "released"):
        assert (answer.status_code, answer.headers["location"]) == (303, f"/archive/{here}")
    else:
        assert (answer.status_code, rows(database)) == (409, before)
        why = texts.word(texts.WITHHELD, "planned" if state == "planned" else "running", "en")
        assert why in answer.text


def test_withdrawing_takes_the_archive_back(client: TestClient, database: Database) -> None:
    here = brought(database, "released")
    address = partial(client.get, f"/archive/{here}")
    assert address().status_code == 200
    come(client, database, "organiser", here)
    answer = client.post(f"/organise/rooms/{here}/release", data={"release": "no", "next": "/archive?topic=floods"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/archive?topic=floods")
    come(client, database, "nobody", here)
    assert address().status_code == 404


def test_reopened_room_hides_its_archive_until_it_is_closed_again(client: TestClient, database: Database) -> None:
    here = brought(database, "reopened")
    hidden = client.get(f"/archive/{here}").status_code, f"/archive/{here}" in client.get("/archive").text
    tell(database, here, Closed())
    again = client.get(f"/archive/{here}").status_code, f"/archive/{here}" in client.get("/archive").text
    assert (hidden, again) == ((404, False), (200, True))


@pytest.mark.parametrize("form", [{}, {"release": "perhaps"}])
def test_release_is_yes_or_no(client: TestClient, database: Database, form: dict[str, str]) -> None:
    here = brought(database, "closed")
    come(client, database, "organiser", here)
    assert client.post(f"/organise/rooms/{here}/release", data=form).status_code == 400


def test_release_does_not_lead_to_other_sites(client: TestClient, database: Database) -> None:
    here = brought(database, "closed")
    come(client, database, "organiser", here)
    form = {"release": "yes", "next": "//evil.example"}
    assert client.post(f"/organise/rooms/{here}/release", data=form).headers["location"] == "/"


def test_list_asks_nobodys_role_where_there_is_nothing_to_see(client: TestClient, database: Database) -> None:
    here = room(database, "behind-doors")
    tell(database, here, Opened(), Closed())
    come(client, database, "participant", here)
    asked = []
    for _ in range(2):
        assert client.get("/archive").status_code == 200
        asked.append([where for _person, where in house(client).live.roles])
        release(database, here)
    assert asked == [[], [here]]
