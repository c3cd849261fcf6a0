"""What a log publishes of the agenda's speaking time, and that hidden items are no part of a publication."""

import re

from starlette.testclient import TestClient

from hosting.database import Database
from hosting.publication import Spoken
from hosting.publishing import totals
from rooms import agenda, questions, timetable
from rooms.lifecycle import Closed, Opened
from tests.hosting.programmes import room, take_in
from tests.hosting.sessions import held, release
from tests.hosting.test_archive_publication import asked, published


def test_hidden_item_is_no_chapter_and_was_not_left_out_either() -> None:
    found = published(
        (0, Opened()),
        (1, agenda.Added("h1", "Time in hand", "other", 5, "a1", hidden=True)),
        (1, agenda.Edited("a4", hidden=True)),
        (2, asked("q1", to="h1")),
        (2, questions.Published("q1")),
        (5, agenda.Started("a1")),
        (9, agenda.Finished("a1")),
        (9, agenda.Started("h1")),
        (20, agenda.Finished("h1")),
        (30, Closed()),
    )
    assert [c.item for c in found.chapters] == ["a1"]
    assert [item.item for item in found.left] == ["a2", "a3"]
    assert [question.to for question in found.questions] == [None]
    assert "h1" not in str(found)


def test_speaking_time_is_of_each_speaker_without_pauses() -> None:
    found = published(
        (0, Opened()),
        (10, agenda.Started("a1")),  # is nobody's
        (20, agenda.Finished("a1")),
        (20, agenda.Started("a2")),
        (50, agenda.Paused("a2")),
        (90, agenda.Resumed("a2")),
        (100, agenda.Extended("a2", 5, "shift", {"a2": 25}, 5)),
        (120, agenda.Finished("a2")),
        (200, agenda.Started("a2")),
        (215, agenda.Skipped("a2")),
        (300, Closed()),
    )
    assert found.speaking == (Spoken("Rania Haddad", "Amman", 30 + 30 + 15, 2, 20),)


def test_speaking_time_that_was_undone_or_is_hidden_is_not_counted() -> None:
    waiting = timetable.Was("waiting", None, None)
    undone = ((0, Opened()), (10, agenda.Started("a2")), (40, agenda.Undone({"a2": waiting})))
    ran = ((0, Opened()), (10, agenda.Started("a2")), (40, agenda.Finished("a2")))
    assert published(*undone).speaking == ()
    assert published(*ran, (50, agenda.Edited("a2", hidden=True))).speaking == ()
    assert published(*ran).speaking == (Spoken("Rania Haddad", "Amman", 30, 1, 20),)


def test_speaking_time_of_one_person_is_one_line() -> None:
    parts = (Spoken("Ada", "", 9, 1, None), Spoken("Omar", "Sfax", 5, 1, 10), Spoken("Ada", "", 1, 2, 4))
    assert totals(parts) == (Spoken("Ada", "", 10, 3, 4), Spoken("Omar", "Sfax", 5, 1, 10))


def test_speaking_time_is_a_table_of_the_archive(client: TestClient, database: Database) -> None:
    take_in(database)
    id = held(database, room(database, "before-spring"))
    release(database, id)
    html = client.get(f"/archive/{id}").text
    table = re.search(r'id="speaking".*?(<table.*?</table>)', html, re.S)
    assert table
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", table[1])).strip()
    assert words == "Name City Spoke Planned Rania Haddad Amman 16:40 20:00"
    assert '<a href="#speaking">' in html
