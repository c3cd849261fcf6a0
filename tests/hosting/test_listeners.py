"""How many listened to which channel: counted each minute in open rooms, shown to the crew alone."""

import csv
import io
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hosting import chores, listeners, log, moments, people, programme
from hosting.config import Config
from hosting.connections import Connection
from hosting.database import Database
from hosting.errors import Unavailable
from hosting.listeners import Course, Frame, frame, in_time, rows, thinned
from hosting.live import Live
from hosting.relay import EmbeddedRelay
from rooms.core import Event
from rooms.interpretation import Closed as ChannelClosed
from rooms.lifecycle import Closed, Opened, Paused
from rooms.wire import command
from tests.conftest import ORIGIN
from tests.flows.lines import connected
from tests.hosting.programmes import NOW, room, sign_in
from tests.hosting.reading import Page

SERVICE = "a-service-token-for-tests"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture
def config() -> Config:
    return Config(origins=(ORIGIN,), rate=0, service_token=SERVICE)


def at(minute: int) -> datetime:
    return NOW + minute * MINUTE


def course(channel: str, *numbers: int | None) -> Course:
    """A channel with these numbers from minute 0 on; None: not counted."""
    return Course(channel, tuple((at(minute), number) for minute, number in enumerate(numbers) if number is not None))


def keep(database: Database, room: str, *courses: Course) -> None:
    for each in courses:
        for minute, number in each.counts:
            counted = [{"room": room, "minute": moments.show(minute), "channel": each.channel, "number": number}]
            database.write_now(partial(listeners.keep, counted=counted))


def tell(database: Database, room: str, *events: Event) -> None:
    database.write_now(lambda sql: log.tell(sql, room, events, NOW))


def kept(database: Database, room: str) -> list[Course]:
    return database.read_now(partial(listeners.courses, room=room))


# ── Numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_course_says_the_most_when_and_the_mean() -> None:
    ar = course("ar", 0, 4, None, 7, 7, 2)
    assert (ar.most, ar.most_at, ar.mean, ar.last) == (7, at(3), 4.0, 2)


def test_line_goes_up_with_listeners_and_is_parted_where_nothing_was_counted() -> None:
    ar, floor = course("ar", 0, 4, None, 7, 7, None, 2), course("floor", 10)
    whole = frame([floor, ar])
    assert whole == Frame(at(0), 6, 10)
    assert ar.line(whole) == "M0 10 L1 6 M3 3 L4 3 M6 8h.1"
    assert floor.line(whole) == "M0 0h.1"


def test_frame_of_nothing_can_be_drawn() -> None:
    assert (frame([]).width, frame([]).height) == (1, 1)
    assert (frame([course("floor", 0)]).width, frame([course("floor", 0)]).height) == (1, 1)


def test_counts_stand_side_by_side_at_every_fifth_minute() -> None:
    found = [course("floor", *range(12)), course("ar", *[None] * 6, *range(6))]
    assert list(thinned(found, 5)) == [(at(0), [0, None]), (at(5), [5, None]), (at(10), [10, 4])]
    assert list(in_time(found))[5:8] == [(at(5), "floor", 5), (at(6), "floor", 6), (at(6), "ar", 0)]


def test_rows_are_of_the_floor_the_open_channels_and_what_else_is_heard() -> None:
    found = rows("r", NOW, Counter({"floor": 3, "ar": 2, "fr": 1, "es": 0}), ["ar", "en"])
    assert [(row["channel"], row["number"]) for row in found] == [("floor", 3), ("ar", 2), ("en", 0), ("fr", 1)]
    assert {(row["room"], row["minute"]) for row in found} == {("r", "2027-03-01T12:00:00Z")}
    assert set(found[0]) == {"room", "minute", "channel", "number"}  # and no person


# ── Counting ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Clock:
    """The minute that chores see, set by hand."""

    def __init__(self) -> None:
        self.minute = 0

    def __call__(self) -> datetime:
        return at(self.minute)


@pytest.fixture
async def live(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Live]:
    """A node that has started in minute 0."""
    clock = Clock()
    monkeypatch.setattr(chores, "full_minute", clock)
    node = Live(database, Config(rate=0), EmbeddedRelay())
    yield node
    await node.stop()


async def count(live: Live, minute: int) -> None:
    chores.full_minute.minute = minute  # type: ignore[attr-defined]  # the clock above
    await live.chores.count()


async def listen(live: Live, database: Database, room: str, channel: str = "floor") -> Connection:
    """Somebody comes in and chooses what to hear."""
    cookie, _guest = database.write_now(lambda sql: people.open_guest(sql, moments.now()))
    visitor = database.read_now(lambda sql: people.find_sign_in(sql, cookie, moments.now()))
    socket, _line = connected(room, visitor)
    await live.join(socket, None)
    await live.do(room, visitor, command({"id": "k", "do": "channel.choose", "with": {"language": channel}}))
    return socket


async def test_open_rooms_are_counted_once_in_a_minute(live: Live, database: Database) -> None:
    keys = ("before-spring", "across-spring", "after-spring", "before-autumn")
    open, planned, paused, over = (room(database, key) for key in keys)
    tell(database, open, Opened(), ChannelClosed("fr"))
    tell(database, paused, Opened(), Paused())
    tell(database, over, Opened())
    sockets = [await listen(live, database, id) for id in (open, planned, paused, over)]
    tell(database, over, Closed())
    await live.catch_up(over)
    sockets.append(await listen(live, database, open, "ar"))

    await count(live, 0)  # of the minute of the start it is not known whether it was counted before
    assert kept(database, open) == []
    await count(live, 1)
    sockets.append(await listen(live, database, open, "ar"))
    await count(live, 1)  # once is enough
    assert kept(database, open) == [
        Course("floor", ((at(1), 1),)),
        Course("ar", ((at(1), 1),)),
        Course("en", ((at(1), 0),)),
    ]
    await count(live, 2)
    live.leave(sockets[0])
    await count(live, 3)
    assert [(each.channel, [number for _, number in each.counts]) for each in kept(database, open)] == [
        ("floor", [1, 1, 0]),
        ("ar", [1, 2, 2]),
        ("en", [0, 0, 0]),
    ]
    assert [kept(database, id) for id in (planned, paused, over)] == [[], [], []]
    for socket in sockets[1:]:
        live.leave(socket)


async def test_minute_that_could_not_be_written_is_counted_again(live: Live, database: Database) -> None:
    id = room(database, "before-spring")
    tell(database, id, Opened())
    socket = await listen(live, database, id)
    database.write_now(lambda sql: sql.exec_driver_sql("ALTER TABLE listeners RENAME TO away") and None)
    with pytest.raises(Unavailable):
        await count(live, 1)
    database.write_now(lambda sql: sql.exec_driver_sql("ALTER TABLE away RENAME TO listeners") and None)
    await count(live, 1)
    assert kept(database, id)[0] == Course("floor", ((at(1), 1),))
    live.leave(socket)


def test_minute_is_counted_whole() -> None:
    minute = chores.full_minute()
    assert (minute.second, minute.microsecond, minute.tzinfo) == (0, 0, UTC)
    assert moments.now() - minute < MINUTE + timedelta(seconds=5)


# ── Who sees it ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def here(database: Database) -> str:
    """A room that is over, in which Arabic was listened to."""
    id = room(database, "before-spring")
    keep(database, id, course("floor", 5, 6, 7, 7, 8, 8), course("ar", *[None] * 3, 1, 2, 4711))
    tell(database, id, Opened(), Closed())
    return id


def test_crew_reads_the_course_beside_the_live_counts(client: TestClient, database: Database, here: str) -> None:
    sign_in(client, database, "moderator")
    answer = client.get(f"/rooms/{here}/listeners")
    assert answer.json() == {
        "width": 5,
        "height": 4711,
        "channels": {
            "floor": {
                "most": 8,
                "at": "2027-03-01T12:04:00Z",
                "last": 8,
                "line": "M0 4706 L1 4705 L2 4704 L3 4704 L4 4703 L5 4703",
            },
            "ar": {"most": 4711, "at": "2027-03-01T12:05:00Z", "last": 4711, "line": "M3 4710 L4 4709 L5 0"},
        },
    }
    assert answer.headers["cache-control"] == "no-store"
    other = room(database, "after-spring")
    assert client.get(f"/rooms/{other}/listeners").json() == {"width": 1, "height": 1, "channels": {}}


def test_crew_finds_it_in_the_archive_in_numbers(client: TestClient, database: Database, here: str) -> None:
    sign_in(client, database, "moderator")
    page = Page(client.get(f"/archive/{here}").text)
    assert page.refused == []
    said = " ".join(page.words)
    assert "Channel Most On average Over time Floor 8 13:04 6.8 Arabic 4711 13:05 1571.3" in said
    assert "Time Floor Arabic 13:00 5 – 13:05 8 4711" in said
    assert f"/archive/{here}/listeners.csv" in page.links


def test_every_minute_is_a_row_of_the_csv(client: TestClient, database: Database, here: str) -> None:
    sign_in(client, database, "organiser")
    answer = client.get(f"/archive/{here}/listeners.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    found = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert found[0] == ["minute", "channel", "listeners"]
    assert found[1:4] == [
        ["2027-03-01T12:00:00Z", "floor", "5"],
        ["2027-03-01T12:01:00Z", "floor", "6"],
        ["2027-03-01T12:02:00Z", "floor", "7"],
    ]
    assert found[-2:] == [["2027-03-01T12:05:00Z", "floor", "8"], ["2027-03-01T12:05:00Z", "ar", "4711"]]
    assert len(found) == 10


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("nobody", 401),
        *((role, 403) for role in ("participant", "expert", "interpreter", "captioner", "elsewhere")),
        *((role, 200) for role in ("moderator", "organiser", "service")),
    ],
)
def test_only_the_rooms_crew_sees_it(client: TestClient, database: Database, here: str, who: str, status: int) -> None:
    database.write_now(partial(programme.release, room=here, now=NOW))
    if who == "service":
        client.headers["authorization"] = f"Bearer {SERVICE}"
    elif who != "nobody":
        role, exchange = ("moderator", "autumn") if who == "elsewhere" else (who, "spring")
        sign_in(client, database, role, exchange)
    paths = (f"/rooms/{here}/listeners", f"/archive/{here}/listeners.csv")
    assert [client.get(path).status_code for path in paths] == [status, status]
    page = client.get(f"/archive/{here}")
    assert (page.status_code, "4711" in page.text) == (200, status == 200)
