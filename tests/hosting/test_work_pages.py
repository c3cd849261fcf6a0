"""The booth's and the captioner's page, and what the room shows of their work before any script runs."""

from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hosting import log
from hosting.database import Database
from rooms import captions, slides
from rooms.core import Event
from rooms.interpretation import Closed as ChannelClosed
from rooms.interpretation import LinkSet
from rooms.interpretation import Opened as ChannelOpened
from rooms.lifecycle import Closed, Opened
from tests.hosting.programmes import NOW, room, sign_in
from tests.hosting.reading import Page

LINK = "https://sound.example.org/arabic?a=b&c"


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


def tell(database: Database, id: str, *events: Event) -> None:
    database.write_now(lambda sql: log.tell(sql, id, events, NOW + timedelta(minutes=1), "system"))


@pytest.fixture
def here(database: Database) -> str:
    """An open room with an Arabic and a Georgian channel, the Georgian one closed again."""
    id = room(database, "before-spring")
    tell(database, id, Opened(), ChannelOpened("ar"), ChannelOpened("ka"), ChannelClosed("ka"))
    return id


BOOTH = {
    "nobody": 401,
    "participant": 403,
    "expert": 403,
    "captioner": 403,
    "interpreter": 200,
    "moderator": 200,
    "organiser": 200,
}
CAPTIONS = {**BOOTH, "captioner": 200}
WHO_MAY = [("booth/ar", *each) for each in BOOTH.items()] + [("captions", *each) for each in CAPTIONS.items()]


@pytest.mark.parametrize("path, who, status", WHO_MAY)
def test_work_page_is_for_those_who_work_there(
    client: TestClient, database: Database, here: str, path: str, who: str, status: int
) -> None:
    if who != "nobody":
        sign_in(client, database, who)
    assert client.get(f"/rooms/{here}/{path}").status_code == status


@pytest.mark.parametrize("language", ["xx", "ar-EG", "%00", "x" * 300])
def test_booth_of_a_language_without_a_channel_is_not_here(
    client: TestClient, database: Database, here: str, language: str
) -> None:
    sign_in(client, database, "interpreter")
    assert client.get(f"/rooms/{here}/booth/{language}").status_code == 404


def test_interpreter_finds_the_open_booths_and_a_participant_none(
    client: TestClient, database: Database, here: str
) -> None:
    def booths() -> list[str]:
        return [link for link in Page(client.get(f"/rooms/{here}").text).links if "/booth/" in link]

    assert booths() == []
    client.cookies.clear()
    sign_in(client, database, "interpreter")
    found = booths()
    assert (f"/rooms/{here}/booth/ar" in found, f"/rooms/{here}/booth/ka" in found) == (True, False)


def test_room_shows_channels_with_their_links(client: TestClient, database: Database, here: str) -> None:
    tell(database, here, LinkSet("ar", LINK))
    other = room(database, "after-spring")
    assert [LINK in Page(client.get(f"/rooms/{id}").text).links for id in (here, other)] == [True, False]


def test_room_shows_the_last_captions_in_their_language(client: TestClient, database: Database, here: str) -> None:
    lines = [captions.Added(f"c{number}", "ar", f"سطر {number}", "typed", "Moderator") for number in range(20)]
    tell(database, here, *lines, captions.Corrected("c19", "سطر أخير <b>"))
    html = client.get(f"/rooms/{here}").text
    shown = [words for words in Page(html).sections["transcript"] if words.startswith("سطر")]
    assert shown == ["سطر أخير <b>", *(f"سطر {number}" for number in range(18, 7, -1))]
    assert html.count('<p lang="ar" dir="rtl">سطر') == 12


def test_room_shows_the_page_on_the_stage(client: TestClient, database: Database, here: str) -> None:
    tell(database, here, slides.Shown("deck", "slot", 3, 9))
    other = room(database, "after-spring")
    pages = [client.get(f"/rooms/{id}").text for id in (here, other)]
    for words in ("/presentations/deck/pages/3.webp?w=480", "Page 3 of 9", "/presentations/deck/pages/3.txt"):
        assert [words in page for page in pages] == [True, False]


def test_ended_room_leads_the_crew_to_the_archive_and_others_not_yet(
    client: TestClient, database: Database, here: str
) -> None:
    tell(database, here, Closed())
    archive = f"/archive/{here}"
    assert archive not in Page(client.get(f"/rooms/{here}").text).links
    client.cookies.clear()
    sign_in(client, database, "moderator")
    assert archive in Page(client.get(f"/rooms/{here}").text).links
