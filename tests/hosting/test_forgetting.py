"""What was said in a chat that is not kept is in no byte of the database, though the server was killed in between."""

import random
import shutil
from pathlib import Path

import pytest
from sqlalchemy import Connection

from hosting import log
from hosting.database import Database
from rooms.chat import Blanked, Said
from tests.rooms.stories import START

ROOMS = ("r1", "r2", "r3")
CANARY = b"canary-"


def talk(sql: Connection) -> None:
    """Rooms in which many speak in turn: rows come between rows, so that pages are split."""
    chance = random.Random(5)
    for room in ROOMS:
        log.create(sql, room, "e1")
    for number in range(300):
        text = f"canary-{number:03} " + "x" * chance.randrange(400)
        log.tell(sql, chance.choice(ROOMS), (Said(f"s{number}", "p1", text),), START)


def blank(sql: Connection) -> None:
    for room in ROOMS:
        log.tell(sql, room, (Blanked(),), START)


def held(folder: Path) -> int:
    """How often what was said stands in the files."""
    return sum(file.read_bytes().count(CANARY) for file in folder.iterdir())


@pytest.fixture
def crashed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files as a kill left them, between the commit that blanks and what makes the pages anew."""
    database = Database(f"sqlite:///{tmp_path / 'first' / 'a.sqlite3'}")
    database.start()
    database.write_now(talk)
    monkeypatch.setattr(database.writing, "forget", lambda: None)
    database.write_now(blank)
    shutil.copytree(tmp_path / "first", tmp_path / "left")
    database.stop()
    return tmp_path / "left"


def opened_and_closed(folder: Path, times: int) -> None:
    for _ in range(times):
        database = Database(f"sqlite:///{folder / 'a.sqlite3'}")
        database.start()
        database.stop()


@pytest.mark.parametrize("times", [1, 2])
def test_what_was_blanked_before_a_crash_is_gone_after_the_next_start(crashed: Path, times: int) -> None:
    assert held(crashed) > 0  # there is something to leave
    opened_and_closed(crashed, times)
    assert held(crashed) == 0


def test_pages_hold_what_was_blanked_until_they_are_made_anew(crashed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the test above would show nothing: overwriting alone does not do it."""
    monkeypatch.setattr("hosting.writer.Writer.forget", lambda self: None)
    opened_and_closed(crashed, 2)
    assert held(crashed) > 0
