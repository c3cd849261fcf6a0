"""The programme for other programs: schedule.json by c3voc's schema, and the public API."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from starlette.testclient import TestClient

from hosting import demo, importing, planning, programme
from hosting.app import create_app
from hosting.config import Config
from hosting.database import Database
from tests.hosting.programmes import NOW, PROGRAMME, room, take_in

SCHEMA = Path(__file__).parents[3] / "shared" / "formats" / "c3voc-schedule.schema.json"
SAMPLE = (demo.SAMPLE / "programme-2020.toml").read_bytes()
SLUGS = [exchange.slug for exchange in importing.read(SAMPLE).exchange]

Json = dict[str, Any]  # as it comes from other programs


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A browser at the programme of 2020 as it was; nothing here changes it."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('sample') / 'austausch.sqlite3'}")
    database.start()
    database.write_now(lambda sql: planning.write(sql, importing.read(SAMPLE), NOW))
    with TestClient(create_app(Config(), database)) as browser:
        yield browser
    database.stop()


def schedule(browser: TestClient, slug: str) -> Json:
    answer = browser.get(f"/exchanges/{slug}/schedule.json")
    assert answer.headers["content-type"] == "application/json"
    found: Json = answer.json()
    return found


def days(value: Json) -> list[Json]:
    return list(value["schedule"]["conference"]["days"])


def events(value: Json) -> list[Json]:
    """All sessions of a schedule, by moment and title."""
    every = [event for day in days(value) for events in day["rooms"].values() for event in events]
    return sorted(every, key=lambda event: (datetime.fromisoformat(event["date"]), event.get("title", "")))


# ── The schema ───────────────────────────────────────────────────────────────────────────────────────────────────────

PATTERNS = {"code": "[A-Z0-9]+", "slug": "[a-z0-9_-]+[a-z0-9]", "start": r"\d\d:\d\d", "duration": r"\d+:\d\d"}
NEEDED = {
    *("abstract", "date", "duration", "guid", "id", "language", "links", "persons", "room", "slug", "start"),
    *("subtitle", "title", "track", "type", "url"),
}


def faults(value: Json) -> list[str]:
    """What programs trip over, and where the schema lies beside the checkout, whatever it does not allow."""
    conference = value["schedule"]["conference"]
    named = [room["name"] for room in conference["rooms"]]
    found = [] if re.fullmatch("[a-z0-9_-][a-z0-9_]{3,}", conference["acronym"]) else ["acronym"]
    found += [] if conference["daysCount"] == len(conference["days"]) else ["daysCount"]
    for event in events(value):
        found += sorted(NEEDED - event.keys()) + [
            key for key in PATTERNS if not re.fullmatch(PATTERNS[key], event[key])
        ]
        found += [] if event["room"] in named and event["id"] > 0 else [event["room"]]
    if SCHEMA.is_file():
        checker = jsonschema.Draft6Validator(json.loads(SCHEMA.read_text()))
        found += [f"{error.json_path}: {error.message}" for error in checker.iter_errors(value)]
    return found


@pytest.mark.parametrize("slug", SLUGS)
def test_schedule_of_the_sample_is_valid(sample: TestClient, slug: str) -> None:
    assert faults(schedule(sample, slug)) == []


@pytest.mark.parametrize("slug", ["spring", "autumn", "circle"])
def test_schedule_is_valid_around_a_clock_change(client: TestClient, database: Database, slug: str) -> None:
    take_in(database)
    assert faults(schedule(client, slug)) == []


@pytest.mark.parametrize("part", [("conference", "acronym"), ("conference", "days")])
def test_check_finds_what_is_missing(sample: TestClient, part: tuple[str, str]) -> None:
    value = schedule(sample, "global-exchange-2020")
    value["schedule"][part[0]][part[1]] = value["schedule"][part[0]][part[1]][:1]
    events(value)[0].pop("title", None)
    assert faults(value) != []


def test_schedule_of_the_global_exchange_has_every_session(sample: TestClient) -> None:
    value = schedule(sample, "global-exchange-2020")
    assert (len(events(value)), len(days(value)), len(value["schedule"]["conference"]["tracks"])) == (18, 11, 8)
    assert sum(len(event["persons"]) for event in events(value)) == 30


def test_no_two_sessions_of_one_lane_overlap(sample: TestClient) -> None:
    value, pairs = schedule(sample, "global-exchange-2020"), 0
    for lane in value["schedule"]["conference"]["rooms"]:
        for one, next in pairwise(event for event in events(value) if event["room"] == lane["name"]):
            hours, minutes = map(int, one["duration"].split(":"))
            gap = datetime.fromisoformat(next["date"]) - datetime.fromisoformat(one["date"])
            assert gap.total_seconds() >= 60 * (60 * hours + minutes)
            pairs += 1
    assert pairs == 18 - len(value["schedule"]["conference"]["rooms"]) > 0


# ── Both sides of a clock change ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "slug, expected",
    [
        (
            "spring",
            [
                ("2027-03-28T01:00:00+01:00", "01:00", "00:45", "Room 1"),
                ("2027-03-28T01:30:00+01:00", "01:30", "01:00", "Room 2"),  # the clock says two hours
                ("2027-03-28T03:00:00+02:00", "03:00", "00:45", "Room 1"),
            ],
        ),
        (
            "autumn",
            [
                ("2027-10-31T02:00:00+02:00", "02:00", "00:30", "Room 1"),  # the first of two
                ("2027-10-31T03:00:00+01:00", "03:00", "00:30", "Room 1"),
            ],
        ),
        ("circle", [("2027-11-30T21:00:00-05:00", "21:00", "01:00", "Room 1")]),  # 1 December in UTC
    ],
)
def test_schedule_has_the_zones_times(
    client: TestClient, database: Database, slug: str, expected: list[tuple[str, ...]]
) -> None:
    take_in(database)
    found = events(schedule(client, slug))
    assert [tuple(event[key] for key in ("date", "start", "duration", "room")) for event in found] == expected


@pytest.mark.parametrize(
    "slug, opens, closes",
    [
        ("spring", "2027-03-28T00:00:00+01:00", "2027-03-29T00:00:00+02:00"),
        ("autumn", "2027-10-31T00:00:00+02:00", "2027-11-01T00:00:00+01:00"),
    ],
)
def test_day_of_a_clock_change_has_23_or_25_hours(
    client: TestClient, database: Database, slug: str, opens: str, closes: str
) -> None:
    take_in(database)
    assert [(day["day_start"], day["day_end"]) for day in days(schedule(client, slug))] == [(opens, closes)]


# ── The same until a change ──────────────────────────────────────────────────────────────────────────────────────────

ADDRESSES = [
    "/exchanges/spring/schedule.json",
    "/exchanges/spring/schedule.ics",
    "/api/exchanges",
    "/api/exchanges/spring",
]


@pytest.mark.parametrize("path", ADDRESSES)
def test_same_bytes_until_the_programme_changes(client: TestClient, database: Database, path: str) -> None:
    take_in(database)
    first = client.get(path)
    take_in(database)
    again = client.get(path)
    take_in(database, PROGRAMME.replace("Before the clocks go forward", "Early").replace("Spring ex", "Springtime ex"))
    changed = client.get(path)
    assert (first.content, first.headers["etag"]) == (again.content, again.headers["etag"])
    assert first.content != changed.content
    assert first.headers["etag"] != changed.headers["etag"]


@pytest.mark.parametrize("path", ADDRESSES)
def test_whoever_has_the_newest_is_told_in_a_line(client: TestClient, database: Database, path: str) -> None:
    take_in(database)
    tag = client.get(path).headers["etag"]
    answer = client.get(path, headers={"if-none-match": f'"other", W/{tag}'})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200


@pytest.mark.parametrize("path", ADDRESSES)
def test_programme_may_be_read_from_any_site(client: TestClient, database: Database, path: str) -> None:
    take_in(database)
    headers = client.get(path, headers={"origin": "https://elsewhere.example"}).headers
    assert (headers["access-control-allow-origin"], headers["cache-control"]) == ("*", "no-cache")
    assert "access-control-allow-credentials" not in headers


@pytest.mark.parametrize("path", [path.replace("spring", "unknown") for path in ADDRESSES if "spring" in path])
def test_unknown_exchange_has_no_schedule(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_addresses_are_those_people_use(database: Database) -> None:
    take_in(database)
    with TestClient(create_app(Config(base_url="https://exchange.example.org/"), database)) as browser:
        urls = {event["url"] for event in events(schedule(browser, "autumn"))}
    keys = ("before-autumn", "after-autumn")
    assert urls == {f"https://exchange.example.org/rooms/{room(database, key)}" for key in keys}


def test_texts_come_in_the_language_asked_and_in_no_unknown_one(client: TestClient, database: Database) -> None:
    take_in(database)
    titles = [
        client.get(f"/exchanges/spring/schedule.json?lang={tag}").json()["schedule"]["conference"]["title"]
        for tag in ("ar", "de", "tlh", "")
    ]
    assert titles == ["لقاء الربيع", "Spring exchange", "Spring exchange", "Spring exchange"]


@pytest.mark.parametrize("key, shown", [("before-spring", True), ("behind-doors", False)])
def test_stream_of_a_private_exchange_is_not_in_its_schedule(
    client: TestClient, database: Database, key: str, shown: bool
) -> None:
    take_in(database)
    link, where = "https://stream.example.org/key", room(database, key)
    database.write_now(lambda sql: programme.set_stream(sql, where, link, 0.0))
    slug = "spring" if shown else "circle"
    for path in (f"/exchanges/{slug}/schedule.json", f"/exchanges/{slug}/schedule.ics", f"/api/exchanges/{slug}"):
        assert (link in client.get(path).text) is (shown and path.endswith("json"))
