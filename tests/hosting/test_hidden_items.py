"""Hidden items of the agenda, from the programme file to the archive: their titles reach nobody of the public."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from hosting import log, tables
from hosting.database import Database
from rooms import agenda, questions
from rooms.core import Event
from rooms.lifecycle import Closed, Opened
from tests.hosting.forms import Desk, planned_in
from tests.hosting.programmes import NOW, PROGRAMME, person, read, room, rows, sign_in, take_in
from tests.hosting.sessions import release

CANARY, BY_HAND = "Canary Rehearsal", "Canary Buffer"
PUBLIC = (
    *("/", "/exchanges/spring", "/rooms/{room}", "/archive", "/archive/{room}", "/api/exchanges"),
    *(
        "/api/exchanges/spring",
        "/api/rooms/{room}",
        "/exchanges/spring/schedule.json",
        "/exchanges/spring/schedule.ics",
    ),
    *("/archive/{room}/questions.json", "/archive/{room}/questions.csv"),
)
HIDDEN = PROGRAMME.replace(
    '{ minutes = 20, kind = "discussion", title.en = "Questions" }',
    f'{{ minutes = 5, kind = "other", title.en = "{CANARY}", hidden = true }},'
    ' { minutes = 15, kind = "discussion", title.en = "Questions" }',
    1,
)


@pytest.fixture
def here(database: Database) -> str:
    assert CANARY in HIDDEN
    take_in(database, HIDDEN)
    return room(database, "before-spring")


def tell(database: Database, id: str, minute: int, *events: Event) -> None:
    database.write_now(lambda sql: log.tell(sql, id, events, NOW + timedelta(minutes=minute)))


def pages(client: TestClient, id: str) -> dict[str, tuple[int, bool]]:
    """Of every page: its status, and whether it names what is hidden."""
    answers = {path: client.get(path.format(room=id)) for path in PUBLIC}
    return {path: (answer.status_code, "Canary" in answer.text) for path, answer in answers.items()}


def held(database: Database, id: str) -> str:
    """A session in which both hidden items have run, with a question that was put to one before it was hidden."""
    items = {
        entry.titles["en"]: entry.id
        for entry in database.read_now(lambda sql: log.fold(sql, id)).agenda.entries.values()
    }
    hidden, asker = items[CANARY], person(database)
    asked = questions.Asked("q1", asker, "What is that?", "en", hidden)
    added = agenda.Added("h1", BY_HAND, "break", 5, hidden, hidden=True)
    tell(database, id, 0, Opened(), asked, questions.Published("q1"), added, agenda.Started(items["Welcome"]))
    tell(database, id, 5, agenda.Finished(items["Welcome"]), agenda.Started(hidden))
    return hidden


def test_no_page_of_the_public_names_a_hidden_item_while_it_runs_or_after(
    client: TestClient, database: Database, here: str
) -> None:
    hidden = held(database, here)
    live = pages(client, here)
    assert [path for path, (status, named) in live.items() if named or status not in (200, 404)] == []
    assert live["/rooms/{room}"] == live["/"] == live["/api/rooms/{room}"] == (200, False)
    now = client.get(f"/api/rooms/{here}").json()["all"]["room"]["room"]["now"]
    tell(database, here, 9, agenda.Finished(hidden), agenda.Started("h1"))
    tell(database, here, 12, agenda.Finished("h1"), Closed())
    release(database, here)
    over = pages(client, here)
    assert set(over.values()) == {(200, False)}
    assert now is None
    assert hidden not in client.get(f"/archive/{here}/questions.json").text


def test_crew_sees_what_is_hidden(client: TestClient, database: Database, here: str) -> None:
    held(database, here)
    sign_in(client, database, "moderator")
    assert [name in client.get(f"/api/rooms/{here}").text for name in (CANARY, BY_HAND)] == [True, True]


def test_hidden_item_that_is_shown_is_in_the_archive(client: TestClient, database: Database, here: str) -> None:
    """Else the test above could look in the wrong place."""
    hidden = held(database, here)
    tell(database, here, 9, agenda.Edited(hidden, hidden=False), agenda.Finished(hidden), Closed())
    release(database, here)
    assert CANARY in client.get(f"/archive/{here}").text


# ── The programme ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_file_hides_an_item_and_twice_is_once(database: Database, here: str) -> None:
    assert [item.hidden for item in planned_in(database, here).items] == [False, False, True, False]
    before = rows(database)
    take_in(database, HIDDEN)
    assert rows(database) == before


def test_file_says_nothing_of_what_is_not_hidden(database: Database) -> None:
    assert [item.hidden for item in read(PROGRAMME).session[0].agenda] == [False] * 3


def test_form_that_is_saved_as_it_came_keeps_what_is_hidden(client: TestClient, database: Database, here: str) -> None:
    sign_in(client, database, "organiser")
    before = rows(database)
    assert Desk(client, here).press() == 303
    assert rows(database) == before


def test_form_hides_and_shows(client: TestClient, database: Database, here: str) -> None:
    sign_in(client, database, "organiser")
    desk = Desk(client, here)
    del desk.fields[f"{desk.item(2)}.hidden"]
    desk.fields[f"{desk.item(0)}.hidden"] = ["yes"]
    assert desk.press() == 303
    assert [item.hidden for item in planned_in(database, here).items] == [True, False, False, False]


def test_agenda_stored_before_items_could_be_hidden_is_read(client: TestClient, database: Database) -> None:
    take_in(database)
    id, columns = room(database, "before-spring"), tables.sessions.c
    old = [{"id": "a1", "titles": {"en": "All"}, "kind": "other", "minutes": 45, "contribution": None,
            "speaker": None, "language": None}]  # fmt: skip
    database.write_now(lambda sql: sql.execute(update(tables.sessions).where(columns.id == id).values(agenda=old)))
    sign_in(client, database, "organiser")
    assert Desk(client, id).titles == ["All"]
