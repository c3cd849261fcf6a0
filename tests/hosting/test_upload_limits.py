"""How much may be sent: files on their way, files nobody hands in, the disk; nothing is written for who may not."""

from pathlib import Path

import pytest
from sqlalchemy import Connection
from starlette.testclient import TestClient

from hosting import log, moments, presentations, uploads
from hosting.config import Config
from hosting.database import Database
from hosting.files import Incoming, LocalFiles
from hosting.media import Media
from hosting.people import Visitor
from hosting.uploads import UNFINISHED, Uploads
from rooms.contributions import Submitted
from rooms.core import Refused
from tests.hosting import decks
from tests.hosting.decks import TUS
from tests.hosting.programmes import contribution, expert, person, room, rows
from tests.hosting.slides import begin, lying, offset, patch, sit

CONTENT = decks.deck(2)


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture
def rania(client: TestClient, database: Database) -> str:
    """The expert who sits at the browser."""
    id = expert(database)
    sit(client, database, id)
    return id


def test_more_than_five_on_their_way_are_too_many(client: TestClient, database: Database, rania: str) -> None:
    ids = [begin(client, database, 100) for _ in range(UNFINISHED)]
    more = decks.creation(100, contribution(database))
    answer = client.post("/files", headers=more)
    assert (answer.status_code, "5 files" in answer.text) == (429, True)
    client.delete(f"/files/{ids[0]}", headers=TUS)
    assert client.post("/files", headers=more).status_code == 201


def test_more_than_ten_that_nobody_handed_in_are_too_many(client: TestClient, database: Database, rania: str) -> None:
    slot, where = contribution(database), room(database, "before-spring")

    def finished(sql: Connection) -> None:
        for number in range(uploads.UNUSED):
            presentations.create(sql, f"d{number}", slot, where, rania, "a.pdf", 9, moments.now(), "ready")

    database.write_now(finished)
    before, more = rows(database), decks.creation(100, slot)
    answer = client.post("/files", headers=more)
    assert (answer.status_code, answer.text) == (
        429,
        "10 files for this contribution are not handed in. Please hand in one of them first.",
    )
    assert (rows(database), lying(client)) == (before, [])
    happened = (Submitted(slot, "d0", 1), Submitted(slot, "d1", 1))
    database.write_now(lambda sql: log.tell(sql, where, happened, moments.now()))
    assert [begin(client, database, 100) != "" for _ in range(2)] == [True, True]


async def test_nothing_is_put_on_the_disk_for_who_may_not(config: Config, database: Database) -> None:
    incoming = Incoming(config.files_folder / "incoming")
    media = Media(database, LocalFiles(config.files_folder), incoming, config.files_folder / "work")
    stranger = Visitor(person(database, "moderator"), "Samira Kassem", kind="person")
    with pytest.raises(Refused) as refused:
        await Uploads(database, incoming, media).create(stranger, contribution(database), "a.pdf", 100)
    assert (refused.value.code, config.files_folder.exists()) == ("upload.role", False)


def test_disk_that_would_be_full_takes_nothing(
    client: TestClient, database: Database, rania: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = begin(client, database, len(CONTENT))
    monkeypatch.setattr(uploads, "RESERVE", 10**18)
    before = rows(database)
    assert client.post("/files", headers=decks.creation(100, contribution(database))).status_code == 507
    assert patch(client, id, 0, CONTENT).status_code == 507
    assert (rows(database), offset(client, id)) == (before, 0)
    monkeypatch.undo()
    assert patch(client, id, 0, CONTENT).status_code == 204
