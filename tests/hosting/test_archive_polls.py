"""Polls in an archive: those that were published with how they came out, and no word of any other."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hosting import log
from hosting.database import Database
from hosting.publication import Result
from rooms import lifecycle, polls
from rooms.polls import Closed, Counted, Drafted, Opened, Published, Sum
from tests.hosting.programmes import NOW, room
from tests.hosting.reading import Page
from tests.hosting.sessions import held, release
from tests.hosting.test_archive_publication import published

CANARY = ("canary one", "canary two")


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


def test_archive_has_the_results_that_were_published_and_nothing_of_other_polls(
    client: TestClient, database: Database
) -> None:
    here = held(database, room(database, "before-spring"), lines=3, asked=1)
    drafted = (
        Drafted("v1", "How <often>?", ("Once & again", "Never", "أحيانًا"), secret=True),
        Drafted("v2", "canary draft", CANARY),
        Drafted("v3", "canary closed", CANARY),
    )
    steps = (*(Opened(id) for id in ("v1", "v3")), *(Closed(id) for id in ("v1", "v3")))
    sums = Counted({"v1": Sum(30, (12, 17, 1)), "v3": Sum(7_654_321, (7_654_320, 1))})
    events = (*drafted, *steps, sums, Published("v1"))
    database.write_now(lambda sql: log.tell(sql, here, events, NOW))
    release(database, here)
    html = client.get(f"/archive/{here}", headers={"accept-language": "en"}).text
    words = Page(html).words
    first = words.index("What was voted on, and how it came out")
    assert words[first + 1 : first + 9] == [
        "How <often>?",
        "Secret vote, 30 people voted",
        *("Once & again", "12 of 30, 40 %"),
        *("Never", "17 of 30, 57 %"),
        *("أحيانًا", "1 of 30, 3 %"),
    ]
    assert '<meter aria-hidden="true" min="0" max="30" value="12">' in html
    assert [word for word in ("canary", "7654321", "7654320") if word in html] == []


def test_archive_without_polls_has_no_place_for_them(client: TestClient, database: Database) -> None:
    here = held(database, room(database, "before-spring"), lines=3, asked=1)
    release(database, here)
    assert 'id="polls"' not in client.get(f"/archive/{here}").text


def test_polls_that_were_published_are_there_with_their_results_and_no_others() -> None:
    drafted = [polls.Drafted(f"v{n}", f"Title {n}", ("One", "Two", "Three"), secret=n == 3) for n in range(4)]
    states = [
        event(f"v{n}") for n in (1, 2, 3) for event in (polls.Opened, polls.Closed) if (n, event) != (1, polls.Closed)
    ]
    sums = polls.Counted({f"v{n}": polls.Sum(3, (2, 1, 0)) for n in (1, 2, 3)})
    found = published(
        (0, lifecycle.Opened()), *((1, event) for event in (*drafted, *states, sums, polls.Published("v3")))
    )
    assert found.polls == (Result("v3", "Title 3", True, 3, (("One", 2), ("Two", 1), ("Three", 0))),)
    assert [found.polls[0].percent(votes) for _, votes in found.polls[0].choices] == [67, 33, 0]
    assert "Title 0" not in str(found)


def test_poll_in_which_nobody_voted_has_a_result() -> None:
    none = (polls.Drafted("v1", "Title", ("One", "Two")), polls.Opened("v1"), polls.Closed("v1"))
    found = published(
        (0, lifecycle.Opened()),
        *((1, event) for event in (*none, polls.Counted({"v1": polls.Sum(0, (0, 0))}), polls.Published("v1"))),
    )
    assert [found.polls[0].percent(votes) for _, votes in found.polls[0].choices] == [0, 0]
