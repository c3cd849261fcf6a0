"""What exchanges say of their chats and of questions without a name; what of a chat is kept, and for whom."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hosting import log
from hosting.database import Database
from rooms.chat import Blanked, Hidden, Said
from rooms.lifecycle import Closed, Opened
from tests.hosting.programmes import changed, room, sign_in, take_in
from tests.hosting.reading import Page
from tests.hosting.sessions import Held, people_named, release

KEPT = changed(('slug = "spring"\n', 'slug = "spring"\nkeep_chat = true\nanonymous = "everybody"\n'))


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


def rules(database: Database, key: str) -> tuple[bool, str]:
    plan = database.read_now(lambda sql: log.fold(sql, room(database, key))).plan
    return plan.keeps_chat, plan.anonymous


def test_exchange_says_whether_chats_are_kept_and_from_whom_askers_are_hidden(database: Database) -> None:
    before = rules(database, "before-spring"), rules(database, "before-autumn")
    take_in(database, KEPT)
    assert (before, rules(database, "before-spring")) == (((False, "participants"),) * 2, (True, "everybody"))
    assert rules(database, "before-autumn") == (False, "participants")
    take_in(database)  # the file says nothing of it any more
    assert rules(database, "before-spring") == (False, "participants")


def talked(database: Database, *end: Closed | Blanked) -> str:
    """A room in which two have talked, and then something else."""
    anna, mod = people_named(database, "Anna Weiss", "Mod Erator")
    said = (Said("s1", anna, "Where is the list?"), Said("s2", mod, "Give her the floor", "crew"))
    talk = (*said, Said("s3", anna, "Nonsense"), Hidden("s3"), *end)
    return Held(database, room(database, "before-spring")).happens(Opened(), *talk).write()


@pytest.mark.parametrize("role", ["moderator", "organiser"])
def test_archive_shows_a_kept_chat_to_the_crew(client: TestClient, database: Database, role: str) -> None:
    here = talked(database, Closed())
    release(database, here)
    sign_in(client, database, role)
    page = Page(client.get(f"/archive/{here}").text)
    shown = ["3 messages", "Anna Weiss", "Where is the list?", "Among moderators", "Give her the floor", "Nonsense"]
    assert [words for words in page.words if words in shown] == [
        "3 messages",
        *("Anna Weiss", "Where is the list?", "Among moderators", "Give her the floor", "Anna Weiss", "Nonsense"),
    ]


@pytest.mark.parametrize("role", [None, "participant", "interpreter"])
def test_archive_shows_a_chat_to_nobody_else(client: TestClient, database: Database, role: str | None) -> None:
    here = talked(database, Closed())
    release(database, here)
    sign_in(client, database, role)
    answer = client.get(f"/archive/{here}")
    found = [words for words in ("Where is the list?", "Give her the floor", "Nonsense") if words in answer.text]
    assert (answer.status_code, found) == (200, [])


def test_archive_of_a_blanked_chat_says_nothing_of_it(client: TestClient, database: Database) -> None:
    here = talked(database, Closed(), Blanked())
    sign_in(client, database, "organiser")
    lines = client.get(f"/archive/{here}/log.ndjson").text.splitlines()
    assert [line.split('"text":')[1] for line in lines if "chat.said" in line] == [
        *("null}", 'null,"to":"crew"}', "null}"),
    ]
    assert "messages" not in client.get(f"/archive/{here}").text
