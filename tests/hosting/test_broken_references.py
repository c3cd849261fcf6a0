"""What hangs together wrongly in a programme file: references, doubles, zones, times, minutes; each with its place."""

import pytest

from hosting import importing
from hosting.database import Database
from hosting.importing import BrokenFile
from tests.hosting.programmes import PROGRAMME, changed, rows, take_in

SPRING = 'exchange[1] "spring"'
AUTUMN = 'exchange[2] "autumn"'
BEFORE = 'session[1] "before-spring"'
ACROSS = 'session[2] "across-spring"'
AFTER = 'session[3] "after-spring"'
SLOT = 'contribution[1] "dry-cellars"'

PRACTICE = """
[[good_practice]]
id = "wells"
topic = "{topic}"
contribution = "{contribution}"
city = "Amman"
title.en = "Shared wells"

[[follow_up]]
id = "in-may"
topic = "{topic}"
session = "{session}"
status = "idea"
title.en = "Again in May"
month = "2027-05"
minutes = 60
"""

ONE: dict[str, tuple[str, list[str]]] = {
    "unknown exchange": (
        changed(('exchange = "spring"\ntopic = "floods"', 'exchange = "winter"\ntopic = "floods"')),
        [
            f'{BEFORE}.exchange: there is no exchange "winter"',
        ],
    ),
    "unknown topic": (
        changed(('exchange = "spring"\ntopic = "floods"', 'exchange = "spring"\ntopic = "fish"')),
        [
            f'{BEFORE}.topic: the exchange has no topic "fish"',
        ],
    ),
    "topic without a focus": (
        changed(('id = "floods"\ntitle', 'id = "fish"\ntitle')),
        [
            'topic[1] "floods".id: the series has no focus "floods"',
            'topic[3] "floods".id: the series has no focus "floods"',
        ],
    ),
    "unknown contribution": (
        changed(('contribution = "dry-cellars"', 'contribution = "wet-cellars"')),
        [
            f'{BEFORE}.agenda[2].contribution: there is no contribution "wet-cellars"',
        ],
    ),
    "contribution of another session": (
        changed(('session = "before-spring"', 'session = "after-spring"'), ('language = "fr"', 'language = "en"')),
        [
            f'{BEFORE}.agenda[2].contribution: "dry-cellars" belongs to the session "after-spring"',
        ],
    ),
    "contribution of no session": (
        changed(('session = "before-spring"', 'session = "none"')),
        [
            f'{BEFORE}.agenda[2].contribution: "dry-cellars" belongs to the session "none"',
            f'{SLOT}.session: there is no session "none"',
        ],
    ),
    "language not spoken": (
        changed(('language = "fr"', 'language = "ru"')),
        [f'{SLOT}.language: "ru" is not spoken in "before-spring"'],
    ),
    "item without a title": (
        changed((', title.en = "Welcome"', "")),
        [f"{BEFORE}.agenda[1].title: is missing, and no contribution gives one"],
    ),
    "duplicate id": (
        changed(('id = "after-spring"', 'id = "across-spring"')),
        ['session "across-spring": stands 2 times'],
    ),
    "duplicate topic": (
        changed(
            ('id = "banks"\nshort', 'id = "floods"\nshort'),
            ('topic = "banks"', 'topic = "floods"'),
            ('topic = "banks"', 'topic = "floods"'),
        ),
        [
            'topic "floods": stands 2 times in "spring"',
        ],
    ),
    "bad zone": (
        changed(('zone = "Europe/Berlin"\nlanguages = ["es"]', 'zone = "Europe/Bonn"\nlanguages = ["es"]')),
        [
            f'{ACROSS}.zone: there is no time zone "Europe/Bonn"',
            f"{ACROSS}.agenda: its minutes add up to 60, the session has 120",
        ],
    ),
    "zone that is a path": (
        changed(('zone = "Europe/Berlin"\nworking', 'zone = "../../etc/passwd"\nworking')),
        ['series.zone: there is no time zone "../../etc/passwd"'],
    ),
    "starts in the gap": (
        changed(("28T03:00:00", "28T02:30:00")),
        [f"{AFTER}.starts: 02:30 does not exist on that day in Europe/Berlin"],
    ),
    "ends in the gap": (
        changed(("28T01:45:00", "28T02:15:00")),
        [
            f"{BEFORE}.ends: 02:15 does not exist on that day in Europe/Berlin",
            f"{BEFORE}.agenda: its minutes add up to 45, the session has 75",
        ],
    ),
    "session ends before it starts": (
        changed(("ends = 2027-03-28T03:45", "ends = 2027-03-28T01:45")),
        [f"{AFTER}.ends: is not after starts"],
    ),
    "session with an offset": (
        changed(("28T03:00:00", "28T03:00:00+02:00")),
        [f"{AFTER}.starts: must be local to the zone, without an offset"],
    ),
    "minutes that do not add up": (
        changed(("minutes = 5,", "minutes = 6,")),
        [f"{BEFORE}.agenda: its minutes add up to 46, the session has 45"],
    ),
    "clock minutes instead of real ones": (
        changed(("minutes = 60,", "minutes = 120,")),
        [f"{ACROSS}.agenda: its minutes add up to 120, the session has 60"],
    ),
    "no language": (
        changed(('languages = ["es"]', "languages = []")),
        [f"{ACROSS}.languages: a session has at least one language"],
    ),
    "exchange ends before it starts": (
        changed(("ends = 2027-03-28\n", "ends = 2027-03-27\n")),
        [f"{SPRING}.ends: is before starts"],
    ),
    "time where none is known": (
        changed(("starts = 2027-03-28\n", "starts = 2027-03-28T10:00:00\n")),
        [f"{SPRING}.starts: must be a date, as time_known says"],
    ),
    "no time where one is known": (
        changed(("starts = 2027-10-31T02:00:00", "starts = 2027-10-31")),
        [f"{AUTUMN}.starts: must be a date and a time, as time_known says"],
    ),
    "exchange with an offset": (
        changed(("starts = 2027-10-31T02:00:00", "starts = 2027-10-31T02:00:00+02:00")),
        [
            f"{AUTUMN}.starts: it must be local to the zone, without an offset",
        ],
    ),
    "exchange in month 13": (
        changed(("starts = 2027-03-28\n", 'starts = "2027-13-28"\n')),
        [f"{SPRING}.starts: month must be in 1..12"],
    ),
    "year that is a slip": (
        changed(("starts = 2027-03-01", "starts = 0227-03-01")),
        ["series.starts: the year is 227"],
    ),
    "series ends before it starts": (
        changed(("ends = 2027-11-30", "ends = 2026-11-30")),
        ["series.ends: is before starts"],
    ),
    "part beyond the parts": (
        changed(('kind = "closing"', 'kind = "closing"\npart = 3\nparts = 2')),
        ['exchange[3] "circle".part: is more than parts'],
    ),
    "practice and idea that hang in the air": (
        PROGRAMME + PRACTICE.format(topic="fish", contribution="none", session="none"),
        [
            'good_practice[1] "wells".topic: there is no topic "fish"',
            'good_practice[1] "wells".contribution: there is no contribution "none"',
            'follow_up[1] "in-may".topic: there is no topic "fish"',
            'follow_up[1] "in-may".session: there is no session "none"',
        ],
    ),
}


def problems(text: str) -> list[str]:
    with pytest.raises(BrokenFile) as broken:
        importing.read(text.encode())
    return broken.value.problems


@pytest.mark.parametrize("text, said", ONE.values(), ids=ONE)
def test_problem_is_named_with_its_place(text: str, said: list[str]) -> None:
    assert problems(text) == said


def test_problems_between_entries_are_all_said() -> None:
    text = changed(
        ("28T03:00:00", "28T02:30:00"),
        ("minutes = 5,", "minutes = 6,"),
        ('session = "before-spring"', 'session = "none"'),
    )
    assert problems(text) == [
        f"{BEFORE}.agenda: its minutes add up to 46, the session has 45",
        f'{BEFORE}.agenda[2].contribution: "dry-cellars" belongs to the session "none"',
        f"{AFTER}.starts: 02:30 does not exist on that day in Europe/Berlin",
        f'{SLOT}.session: there is no session "none"',
    ]


def test_nothing_of_a_broken_file_is_written(database: Database) -> None:
    take_in(database)
    before = rows(database)
    for text, _said in ONE.values():
        with pytest.raises(BrokenFile):
            take_in(database, text)
    assert rows(database) == before


def test_the_file_that_is_broken_in_every_test_is_whole_without_them() -> None:
    importing.read(
        (PROGRAMME + PRACTICE.format(topic="floods", contribution="dry-cellars", session="before-spring")).encode()
    )
