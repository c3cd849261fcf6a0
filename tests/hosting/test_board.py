"""The organisers' board: how each room stands and what needs a hand, from columns and without folding a log."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hosting import log
from hosting.database import Database
from rooms.booths import Aired, Entered, RelaySet
from rooms.contributions import Accepted, Returned, Submitted
from rooms.contributions import Aired as OnAir
from rooms.core import Event
from rooms.interpretation import FloorSet
from rooms.lifecycle import Closed, Opened
from tests.hosting.programmes import NOW
from tests.hosting.reading import Page


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


def words(client: TestClient, room: str = "") -> str:
    """What the row of one room says, or the whole board."""
    html = client.get("/organise").text
    return " ".join(Page(html[html.index(f'<li id="{room}">') :].partition("</li>")[0] if room else html).words)


def happen(database: Database, room: str, *events: Event) -> None:
    database.write_now(lambda sql: log.tell(sql, room, events, NOW))


def test_board_names_the_channels_that_are_silent_in_a_live_room(
    client: TestClient, database: Database, here: str
) -> None:
    assert "Silent" not in words(client, here)
    happen(database, here, Opened(), FloorSet("fr"), Entered("ar", "i1"), Aired("ar", "i1"))
    assert "English: Silent French: Silent Arabic: Interpreted" in words(client, here)
    assert "1 channel silent" in words(client)  # what is spoken needs no interpreter
    happen(database, here, Entered("en", "i2"), Aired("en", "i2"), RelaySet("ar", "en"))
    assert "English: Interpreted French: Silent Arabic: Interpreted by relay" in words(client, here)
    assert "channel silent" not in words(client)


def test_board_has_the_organisers_own_time_and_the_events_on_hover(
    client: TestClient, database: Database, here: str
) -> None:
    moment = "2027-03-28T00:00:00+00:00"
    seen = {}
    for zone in ("", "Europe/London", "Asia/Amman"):
        client.cookies.set("zone", zone)
        page = Page(client.get("/organise").text)
        said = next(word for word in page.words if word.startswith("Times in"))
        seen[said] = next(text for when, text in page.times if when == moment)
    assert seen == {"Times in Berlin": "01:00", "Times in London": "00:00", "Times in Amman": "03:00"}
    assert f'datetime="{moment}" title="01:00 Berlin"' in client.get("/organise").text


def test_board_names_whose_slides_are_missing_or_wait_to_be_looked_at(
    client: TestClient, database: Database, here: str
) -> None:
    (slot,) = database.read_now(lambda sql: log.fold(sql, here)).contributions
    names = ("Slides missing: Rania Haddad", "Slides to look at: Rania Haddad")
    seen = []
    for event in (Opened(), Submitted(slot, "d1", 3), Returned(slot, "Too small"), Accepted(slot), OnAir(slot)):
        happen(database, here, event)
        said = words(client, here)
        seen.append([name for name in names if name in said])
    assert seen == [[names[0]], [names[1]], [names[0]], [], []]


def test_board_says_what_is_not_set_and_not_released(client: TestClient, database: Database, here: str) -> None:
    assert "No stream link yet." in words(client, here)
    client.post(f"/organise/rooms/{here}/stream", data={"stream": "https://stream.example.org"})
    assert "No stream link yet." not in words(client, here)
    happen(database, here, Opened(), Closed())
    assert "The archive is not released." in words(client, here)
    assert f"/archive/{here}" in Page(client.get("/organise").text).links
