"""schedule.ics as calendars need it (RFC 5545), and the lists of the public API."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from icalendar import Calendar
from msgspec.structs import replace
from starlette.testclient import TestClient

from hosting import demo, importing, log, planning
from hosting.database import Database
from rooms import agenda
from rooms.agenda import Extended
from rooms.core import Actor, Command, Moment
from rooms.lifecycle import Opened
from rooms.room import decide
from tests.hosting.programmes import NOW, PROGRAMME, room, take_in

LONG = 'Wasser, Abwasser; und \\\\ \\"alles\\"\\nauf zwei Zeilen: ' + "شاه‌دخت و باران " * 12


def ics(client: TestClient, slug: str = "spring") -> bytes:
    answer = client.get(f"/exchanges/{slug}/schedule.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    return answer.content


def entries(body: bytes) -> list[Any]:  # icalendar's events, whose fields have no types
    return list(Calendar.from_ical(body).walk("VEVENT"))


def title(old: str, new: str) -> str:
    assert old in PROGRAMME
    return PROGRAMME.replace(old, new)


# ── Form ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def long(client: TestClient, database: Database) -> bytes:
    """A calendar with a title in which everything is that must be escaped or folded."""
    take_in(database, title("Before the clocks go forward", LONG))
    return ics(client)


def test_lines_end_as_the_standard_says(long: bytes) -> None:
    assert long.endswith(b"END:VCALENDAR\r\n")
    assert long.count(b"\n") == long.count(b"\r\n") == long.count(b"\r") > 30


def test_lines_are_folded_at_75_octets_and_within_no_character(long: bytes) -> None:
    lines = long.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert sum(line.startswith(b" ") for line in lines) >= 5
    assert all(line.decode("utf-8") is not None for line in lines)


def test_commas_semicolons_backslashes_and_line_ends_are_escaped(long: bytes) -> None:
    unfolded = long.replace(b"\r\n ", b"").decode()
    assert 'SUMMARY:Wasser\\, Abwasser\\; und \\\\ "alles"\\nauf zwei Zeilen' in unfolded


def test_what_was_written_can_be_read_again(long: bytes) -> None:
    assert entries(long)[0]["SUMMARY"] == LONG.replace('\\"', '"').replace("\\\\", "\\").replace("\\n", "\n")


def test_every_entry_has_what_calendars_need(long: bytes) -> None:
    assert long.startswith(b"BEGIN:VCALENDAR\r\n")
    assert {b"VERSION:2.0", b"PRODID:-//Austausch//EN"} <= set(long.split(b"\r\n"))
    needed = {"UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "SUMMARY", "URL"}
    assert [needed - set(entry) for entry in entries(long)] == [set()] * 3


# ── Times ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "slug, times",
    [
        ("spring", ["20270328T000000Z/004500Z", "20270328T003000Z/013000Z", "20270328T010000Z/014500Z"]),
        ("autumn", ["20271031T000000Z/003000Z", "20271031T020000Z/023000Z"]),
        ("circle", ["20271201T020000Z/030000Z"]),
    ],
)
def test_times_are_right_around_a_clock_change(
    client: TestClient, database: Database, slug: str, times: list[str]
) -> None:
    take_in(database)
    starts, ends = (re.findall(rf"{name}:(\d+T\d+Z)", ics(client, slug).decode()) for name in ("DTSTART", "DTEND"))
    assert [f"{start}/{end.partition('T')[2]}" for start, end in zip(starts, ends, strict=True)] == times


@pytest.fixture
def series(client: TestClient, database: Database) -> TestClient:
    """A browser at the series of 2020."""
    sheet = importing.read((demo.SAMPLE / "programme-2020.toml").read_bytes())
    database.write_now(lambda sql: planning.write(sql, sheet, NOW))
    return client


@pytest.mark.parametrize(
    "slug, starts, ends",
    [
        ("role-of-innovation", date(2020, 10, 14), date(2020, 10, 15)),  # exclusive
        ("closing-2020", date(2020, 12, 9), date(2020, 12, 10)),
    ],
)
def test_date_whose_time_is_open_is_all_day(series: TestClient, slug: str, starts: date, ends: date) -> None:
    [entry] = entries(ics(series, slug))
    assert (entry["DTSTART"].dt, entry["DTEND"].dt) == (starts, ends)
    assert b"DTSTART;VALUE=DATE:2020" in ics(series, slug)


def test_date_with_a_time_but_no_sessions_is_one_entry(series: TestClient) -> None:
    [entry] = entries(ics(series, "crisis-teams-and-deployment"))
    starts = datetime(2020, 8, 26, 11, 0, tzinfo=UTC)
    assert (entry["DTSTART"].dt, entry["DTEND"].dt) == (starts, starts + timedelta(hours=3))


# ── Changes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def sequences(body: bytes) -> dict[str, int]:
    return {str(entry["UID"]): int(entry["SEQUENCE"]) for entry in entries(body)}


def test_entries_keep_their_ids_when_everything_else_changes(client: TestClient, database: Database) -> None:
    take_in(database)
    before = sequences(ics(client))
    take_in(
        database, PROGRAMME.replace("clocks", "bells").replace("28T03:00", "28T04:00").replace("28T03:45", "28T04:45")
    )
    assert sequences(ics(client)).keys() == before.keys()
    assert len(before) == 3


def test_sequence_grows_with_every_change_of_a_time(client: TestClient, database: Database) -> None:
    seen = []
    for hour in ("03", "04", "04", "05", "03"):
        take_in(
            database, PROGRAMME.replace("28T03:00:00", f"28T{hour}:00:00").replace("28T03:45:00", f"28T{hour}:45:00")
        )
        seen.append(sorted(sequences(ics(client)).values()))
    assert seen == [[0, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 2], [0, 0, 3]]


def test_changed_title_is_stamped_and_leaves_the_sequence(client: TestClient, database: Database) -> None:
    take_in(database)
    later = NOW + timedelta(days=1)
    take_in(database, title("Before the clocks go forward", "Early"), later)
    found = {str(entry["SUMMARY"]): (int(entry["SEQUENCE"]), entry["DTSTAMP"].dt) for entry in entries(ics(client))}
    assert found["Early"] == (0, later)
    assert found["After the clocks went forward"] == (0, NOW)


def run_over(database: Database, id: str, minutes: int) -> None:
    """Make a room's first item so long that the session will end this much late."""
    state = database.read_now(lambda sql: log.fold(sql, id))
    entry = next(iter(state.agenda.entries.values()))
    more = minutes - int((state.agenda.expected_end() - state.plan.ends).total_seconds() // 60)
    longer = Extended(entry.id, more, "shift", {entry.id: entry.minutes + more})
    database.write_now(lambda sql: log.tell(sql, id, (longer,), NOW + timedelta(hours=minutes)))


def test_overrun_moves_the_end_and_the_sequence_by_steps_of_five_minutes(
    client: TestClient, database: Database
) -> None:
    take_in(database)
    id, seen = room(database, "before-spring"), []
    ends = database.read_now(lambda sql: log.fold(sql, id)).plan.ends
    for minutes in (4, 6, 9, 26):
        run_over(database, id, minutes)
        [entry] = [each for each in entries(ics(client)) if each["SUMMARY"] == "Before the clocks go forward"]
        seen.append((entry["DTEND"].dt - ends, int(entry["SEQUENCE"]), entry["DTSTAMP"].dt - NOW))
    minute, hour = timedelta(minutes=1), timedelta(hours=1)
    assert seen == [
        (0 * minute, 0, 0 * hour),
        (5 * minute, 1, 6 * hour),
        (5 * minute, 1, 6 * hour),
        (25 * minute, 2, 26 * hour),
    ]


BROKEN = PROGRAMME.replace(  # with a break
    '{ minutes = 20, kind = "discussion", title.en = "Questions" }',
    '{ minutes = 10, kind = "break", title.en = "Break" }, { minutes = 10, kind = "other", title.en = "Goodbye" }',
    1,
)
Steps = tuple[tuple[float, Command], ...]  # commands, each with its minute after the planned start
BEGUN = (0, agenda.Start("0"))
PAUSED = (BEGUN, (2, agenda.Pause("0")))
MOVES: list[tuple[str, Steps, int, int]] = [  # by how many minutes the end moves, and how often calendars are told
    ("shift", (BEGUN, (1, agenda.Extend("0", 12, "shift"))), 10, 1),
    ("shift within a step", (BEGUN, (1, agenda.Extend("0", 6, "shift")), (2, agenda.Extend("0", 2, "shift"))), 5, 1),
    ("absorb", (BEGUN, (1, agenda.Extend("0", 9, "absorb"))), 0, 0),
    ("absorb more than the break has", (BEGUN, (1, agenda.Extend("0", 15, "absorb"))), 5, 1),
    ("cut", (BEGUN, (1, agenda.Extend("0", 25, "cut"))), 0, 0),
    ("pause", (*PAUSED, (4, agenda.Resume("0"))), 0, 0),
    ("a long pause, told when it goes on", (*PAUSED, (14, agenda.Resume("0"))), 10, 1),
    ("a long pause that lasts", (*PAUSED, (14, agenda.Edit("3", title="Late"))), 0, 0),
    ("a pause made good", (*PAUSED, (14, agenda.Resume("0")), (14, agenda.Skip("1"))), 0, 2),
    ("a late start", ((5.5, agenda.Start("0")),), 5, 1),
    ("a late start undone", ((5.5, agenda.Start("0")), (6, agenda.Undo())), 0, 2),
]


@pytest.mark.parametrize(("steps", "minutes", "told"), [row[1:] for row in MOVES], ids=[row[0] for row in MOVES])
def test_end_and_sequence_move_by_whole_steps_and_other_sessions_never(
    client: TestClient, database: Database, steps: Steps, minutes: int, told: int
) -> None:
    take_in(database, BROKEN)
    before = {str(entry["SUMMARY"]): entry for entry in entries(ics(client))}
    run(database, room(database, "before-spring"), steps)
    after = {str(entry["SUMMARY"]): entry for entry in entries(ics(client))}
    was, now = (each.pop("Before the clocks go forward") for each in (before, after))
    moved = [(now[name].dt - was[name].dt) / timedelta(minutes=1) for name in ("DTSTART", "DTEND")]
    assert (moved, int(now["SEQUENCE"]) - int(was["SEQUENCE"])) == ([0, minutes], told)
    assert [entry.to_ical() for entry in after.values()] == [entry.to_ical() for entry in before.values()]


def run(database: Database, id: str, steps: Steps) -> None:
    """Have a moderator do this in a room; items by their places."""
    database.write_now(lambda sql: log.tell(sql, id, (Opened(),), NOW))
    for minute, command in steps:
        state = database.read_now(lambda sql: log.fold(sql, id))
        items = list(state.agenda.entries)
        if not isinstance(command, agenda.Undo):
            command = replace(command, item=items[int(command.item)])  # type: ignore[attr-defined]  # all others have
        moment = Moment(state.plan.starts + timedelta(minutes=minute), str)
        events = decide(command, state, Actor("m0", "moderator"), moment).events
        database.write_now(partial(log.tell, room=id, events=events, now=moment.now))


# ── The public API ───────────────────────────────────────────────────────────────────────────────────────────────────

FIELDS = {"slug", "title", "series", "starts", "ends", "time_known", "languages", "regions", "part", "parts"}


def test_api_lists_the_eighteen_dates_in_order(series: TestClient) -> None:
    found = series.get("/api/exchanges").json()["exchanges"]
    assert [FIELDS - entry.keys() for entry in found] == [set()] * 18
    assert [entry["starts"] for entry in found] == sorted(entry["starts"] for entry in found)
    timed = {entry["slug"]: (entry["starts"], entry["ends"]) for entry in found if entry["time_known"]}
    assert timed == {
        "crisis-teams-and-deployment": ("2020-08-26T11:00:00Z", "2020-08-26T14:00:00Z"),
        "refugee-hosting-municipalities": ("2020-08-27T11:30:00Z", "2020-08-27T13:00:00Z"),
    }


def test_api_shows_an_exchange_with_all_its_parts(series: TestClient) -> None:
    found = series.get("/api/exchanges/global-exchange-2020").json()
    sizes = {part: len(found[part]) for part in ("topics", "sessions", "contributions")}
    assert sizes == {"topics": 8, "sessions": 18, "contributions": 30}
    session, slot = found["sessions"][0], found["contributions"][0]
    assert {"id", "room", "title", "topic", "starts", "ends", "languages", "state"} <= session.keys()
    assert {"id", "room", "title", "expert", "state"} <= slot.keys()
    assert (session["id"], session["state"], slot["state"]) == (session["room"], "planned", "invited")


def test_api_times_are_moments_in_utc(client: TestClient, database: Database) -> None:
    take_in(database)
    found = client.get("/api/exchanges/circle").json()["sessions"]
    assert [(s["id"], s["starts"], s["ends"], s["zone"]) for s in found] == [
        (room(database, "behind-doors"), "2027-12-01T02:00:00Z", "2027-12-01T03:00:00Z", "America/Bogota")
    ]
