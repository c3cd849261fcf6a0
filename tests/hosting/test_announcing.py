"""One word to all rooms: without a script, in each room that is not closed, once however often it is sent."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hosting import log, tables
from hosting.database import Database
from rooms.core import Item
from rooms.lifecycle import Announced, Closed, Opened
from tests.hosting.programmes import NOW, room, rows, sign_in
from tests.hosting.reading import Page

KEYS = ("before-spring", "across-spring", "after-spring")
HERE = "/organise/exchanges/spring/announce"


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture
def rooms(client: TestClient, database: Database) -> list[str]:
    """Those of the exchange whose organiser sits at the browser: open, not open yet, and over."""
    sign_in(client, database, "organiser")
    here = [room(database, key) for key in KEYS]
    for id, events in ((here[0], (Opened(),)), (here[2], (Opened(), Closed()))):
        database.write_now(lambda sql, id=id, events=events: log.tell(sql, id, events, NOW))  # type: ignore[misc]  # what is bound here
    return here


def announced(database: Database, rooms: list[str]) -> list[Item | None]:
    return [database.read_now(lambda sql, id=id: log.fold(sql, id)).announcement for id in rooms]  # type: ignore[misc]  # what is bound here


def words(found: list[Item | None]) -> list[tuple[object, object] | None]:
    return [(one["text"], one["by"]) if one else None for one in found]


def test_organiser_announces_in_every_room_that_is_not_over(
    client: TestClient, database: Database, rooms: list[str]
) -> None:
    key = Page(client.get("/organise").text).fields["key"]
    answer = client.post(HERE, data={"text": "  We begin ten minutes later. ", "key": key})
    assert (answer.status_code, answer.headers["location"]) == (303, "/organise?told=spring&rooms=2#announce-spring")
    said = ("We begin ten minutes later.", "organiser")
    assert words(announced(database, rooms)) == [said, said, None]
    assert announced(database, [room(database, "before-autumn")]) == [None]
    assert "Done in 2 rooms." in Page(client.get(answer.headers["location"]).text).words
    assert "We begin ten minutes later." in Page(client.get(f"/rooms/{rooms[0]}").text).words


def test_announcement_that_is_posted_twice_is_made_once(
    client: TestClient, database: Database, rooms: list[str]
) -> None:
    form = {"text": "Soon.", "key": "k1"}
    client.post(HERE, data=form)
    before = rows(database)[tables.events.name]
    answer = client.post(HERE, data=form)
    assert (answer.headers["location"], rows(database)[tables.events.name]) == (
        "/organise?told=spring&rooms=2#announce-spring",
        before,
    )
    client.post(HERE, data={**form, "text": "Now."})  # from the same page, put right
    assert words(announced(database, rooms)) == [("Now.", "organiser"), ("Now.", "organiser"), None]


def test_announcement_is_taken_back_everywhere(client: TestClient, database: Database, rooms: list[str]) -> None:
    client.post(HERE, data={"text": "Soon.", "key": "k1"})
    client.post(HERE, data={"text": "Soon.", "key": "k2", "what": "back"})
    assert announced(database, rooms) == [None, None, None]
    events = database.read_now(lambda sql: log.read(sql, rooms[1])).records
    assert [record.event for record in events[-2:]] == [Announced("Soon.", "organiser"), Announced(None, "organiser")]


@pytest.mark.parametrize("text", ["", "  ", "x" * 501])
def test_announcement_that_is_none_is_refused_and_kept_in_the_form(
    client: TestClient, database: Database, rooms: list[str], text: str
) -> None:
    before = rows(database)
    answer = client.post(HERE, data={"text": text, "key": "k1"})
    page = Page(answer.text)
    assert (answer.status_code, page.fields["key"], rows(database)) == (422, "k1", before)
    assert "An announcement has 1 to 500 characters." in page.words
    assert f">{text.strip()}</textarea>" in answer.text


def test_announcement_says_when_a_room_could_not_be_told_and_the_next_try_tells_all_once(
    client: TestClient, database: Database, rooms: list[str]
) -> None:
    def stand_in_the_way(off: bool) -> None:
        when = f"WHEN new.room = '{rooms[1]}' BEGIN SELECT json('not JSON'); END"
        way = "DROP TRIGGER way" if off else f"CREATE TRIGGER way BEFORE INSERT ON events {when}"
        database.write_now(lambda sql: sql.exec_driver_sql(way) and None)

    form = {"text": "Soon.", "key": "k1"}
    stand_in_the_way(off=False)
    answer = client.post(HERE, data=form)
    assert answer.status_code == 503
    assert "1 room could not be told just now. Please send it again." in Page(answer.text).words
    stand_in_the_way(off=True)
    assert client.post(HERE, data=form).status_code == 303
    assert words(announced(database, rooms)) == [("Soon.", "organiser"), ("Soon.", "organiser"), None]
    events = database.read_now(lambda sql: log.read(sql, rooms[0])).records
    assert [record.event for record in events].count(Announced("Soon.", "organiser")) == 1
