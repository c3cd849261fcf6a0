"""What an organiser planned on the pages, when the programme file is imported again."""

from pathlib import Path

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from hosting import programme, tables
from hosting.database import Database
from tests.hosting.forms import planned_in
from tests.hosting.programmes import changed, rows, take_in
from tests.hosting.test_booking import book, booked
from tests.hosting.test_languages import decide

CLOCKS = "Before the clocks go forward"
UNPLAN = "to unplan it, see Languages and interpreters, or Edit"


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


def test_channel_planned_by_hand_stays_with_its_people_when_the_file_comes_again(
    client: TestClient, database: Database, here: str
) -> None:
    decide(client, here, "plan", "es")
    book(client, here, "Ana Lima", "es")
    database.write_now(lambda sql: programme.set_stream(sql, here, "https://example.org/live", 3.0))
    before = rows(database)
    report = take_in(database)
    assert rows(database) == before
    assert report.notes == [f'kept            channel es of "{CLOCKS}": planned by hand; {UNPLAN}']
    take_in(database, changed(('channels = ["en", "fr", "ar"]', 'channels = ["ar", "pt"]')))
    assert planned_in(database, here).channels == ("ar", "pt", "es")
    assert booked(database) == {(here, "es"): ["Ana Lima"]}


def test_channel_that_a_file_brought_goes_with_it_and_who_is_booked_is_said(
    client: TestClient, database: Database, here: str
) -> None:
    book(client, here, "Karim Nasser")
    report = take_in(database, changed(('channels = ["en", "fr", "ar"]', 'channels = ["en", "fr"]')))
    assert planned_in(database, here).channels == ("en", "fr")
    assert report.notes == [
        f'removed         channel ar of "{CLOCKS}": no longer in the file; still booked for it: Karim Nasser',
        f'changed         session "{CLOCKS}": channels (was en, fr, ar)',
    ]


def test_channel_unplanned_by_hand_comes_again_with_the_file_which_says_so(
    client: TestClient, database: Database, here: str
) -> None:
    decide(client, here, "withdraw", "fr")
    report = take_in(database)
    assert planned_in(database, here).channels == ("en", "fr", "ar")
    assert report.notes == [
        f'planned again   channel fr of "{CLOCKS}": it was unplanned by hand; the file names it',
        f'changed         session "{CLOCKS}": channels (was en, ar)',
    ]


def test_no_channel_goes_where_it_is_not_known_who_planned_it(database: Database, here: str) -> None:
    database.write_now(lambda sql: sql.execute(update(tables.sessions).values(filed=None)) and None)  # older data
    shorter = changed(('channels = ["en", "fr", "ar"]', 'channels = ["ar"]'))
    assert take_in(database, shorter).notes[:2] == [
        f'kept            channel {tag} of "{CLOCKS}": not known who planned it; {UNPLAN}' for tag in ("en", "fr")
    ]
    assert planned_in(database, here).channels == ("ar", "en", "fr")
