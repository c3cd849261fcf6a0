"""Those who come together are looked up together; nobody is forgotten, and nobody's fault is another's."""

import asyncio
import heapq
import random
from collections import Counter, deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest
from sqlalchemy import Connection, update

from hosting import moments, people, tables
from hosting.admission import STRANGER, Admission, Ticket
from hosting.database import Database
from hosting.entrance import APART, BATCH, CROWD, LONGEST, RATE, Door, Entrance
from hosting.errors import Unavailable
from hosting.people import NOBODY, SERVICE
from tests.hosting.programmes import room

T = TypeVar("T")


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


class Slow(Database):
    """A database whose readings wait until they are let go, and are counted."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.readings = 0
        self.going = asyncio.Event()
        self.going.set()

    async def read(self, fn: Callable[[Connection], T]) -> T:
        self.readings += 1
        await self.going.wait()
        return await super().read(fn)


@pytest.fixture
def slow(database: Database) -> Iterator[Slow]:
    started = Slow(database.url)
    started.start()
    yield started
    started.stop()


@pytest.fixture
def where(database: Database) -> str:
    return room(database, "before-spring")


def guests(database: Database, number: int) -> list[Ticket]:
    """The tickets of guests; each sign-in is somebody else's."""
    tokens = database.write_now(lambda sql: [people.open_guest(sql, moments.now())[0] for _ in range(number)])
    return [Ticket(people.digest(token)) for token in tokens]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110  # what is waited for is the state of what is tested
            await asyncio.sleep(0.001)


# ── Together ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_storm_is_a_few_readings_and_everybody_is_given_their_own(slow: Slow, where: str) -> None:
    tickets, door = guests(slow, 5_000), Entrance(slow)
    found = await asyncio.gather(*(door.admit(ticket, where) for ticket in tickets))
    print(f"{len(found)} joins, {slow.readings} readings")
    assert [each.visitor.sign_in for each in found] == [ticket.digest for ticket in tickets]
    assert {each.roles for each in found} == {("participant",)}
    assert slow.readings == -(-len(tickets) // BATCH)
    await until(lambda: door.looking is None)
    assert (door.waiting, len(door.line)) == (0, 0)


async def test_who_comes_alone_is_looked_up_at_once(slow: Slow, where: str) -> None:
    [ticket], door = guests(slow, 1), Entrance(slow)
    slow.going.clear()
    coming = asyncio.create_task(door.admit(ticket, where))
    await asyncio.sleep(0)  # it comes
    await asyncio.sleep(0)  # it is looked up
    assert (slow.readings, door.waiting) == (1, 1)
    slow.going.set()
    assert (await coming).visitor.sign_in == ticket.digest


async def test_a_stream_of_people_is_a_reading_every_few_milliseconds(slow: Slow, where: str) -> None:
    tickets, door, loop = guests(slow, 400), Entrance(slow), asyncio.get_running_loop()
    begun, coming = loop.time(), []
    for ticket in tickets:
        coming.append(asyncio.create_task(door.admit(ticket, where)))
        await asyncio.sleep(0.0005)
    assert all([(await each).roles for each in coming])
    print(f"{len(tickets)} joins, {slow.readings} readings")
    assert 2 <= slow.readings <= (loop.time() - begun) / APART + 1


async def test_who_comes_while_others_are_looked_up_is_in_the_next_reading(slow: Slow, where: str) -> None:
    tickets, door = guests(slow, 101), Entrance(slow)
    slow.going.clear()
    first = asyncio.create_task(door.admit(tickets[0], where))
    await until(lambda: slow.readings == 1)
    others = [asyncio.create_task(door.admit(ticket, where)) for ticket in tickets[1:]]
    await until(lambda: door.waiting == 101)
    slow.going.set()
    await asyncio.gather(first, *others)
    assert slow.readings == 2


async def test_nothing_is_kept_of_a_reading(database: Database, where: str) -> None:
    [ticket], door = guests(database, 1), Entrance(database)
    before = await door.admit(ticket, where)
    await database.write(lambda sql: people.name_guest(sql, before.visitor.person, "Agnes", None, moments.now()))
    await database.write(lambda sql: people.grant(sql, before.visitor.person, "expert", "spring", where, moments.now()))
    granted = await door.admit(ticket, where)
    await database.write(lambda sql: people.close_sign_in(sql, ticket.digest))
    assert (before.roles, granted.roles) == (("participant",), ("expert",))
    assert (granted.visitor.name, granted.visitor.speaks) == ("Agnes", True)
    assert await door.admit(ticket, where) == STRANGER


async def test_nobody_and_the_service_are_known_at_sight(slow: Slow, where: str) -> None:
    door = Entrance(slow)
    assert await door.admit(NOBODY, where) == STRANGER
    assert slow.readings == 0
    assert await door.admit(SERVICE, where) == Admission(SERVICE, ("organiser",))


# ── What goes wrong ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_who_goes_away_waiting_keeps_nobody_else_waiting(slow: Slow, where: str) -> None:
    tickets, door, chance = guests(slow, 1_000), Entrance(slow), random.Random(7)
    slow.going.clear()
    coming = [asyncio.create_task(door.admit(ticket, where)) for ticket in tickets]
    await until(lambda: slow.readings == 1)
    gone = set(chance.sample(range(1_000), 600))
    for place in gone:
        coming[place].cancel()
    await asyncio.sleep(0)
    assert door.waiting == 400
    slow.going.set()
    found = await asyncio.gather(*coming, return_exceptions=True)
    assert {place for place, each in enumerate(found) if isinstance(each, asyncio.CancelledError)} == gone
    here = [(each, tickets[place]) for place, each in enumerate(found) if isinstance(each, Admission)]
    assert len(here) == 400
    assert all(each.visitor.sign_in == ticket.digest for each, ticket in here)
    print(f"{len(gone)} callers cancelled, {len(here)} of {len(here)} others admitted")
    left = len([place for place in range(BATCH, 1_000) if place not in gone])
    assert slow.readings == 1 + -(-left // BATCH)  # nobody is looked up who has gone
    assert (door.waiting, len(door.line)) == (0, 0)


async def test_all_who_wait_are_told_that_the_database_is_away(database: Database, where: str) -> None:
    tickets, door = guests(database, 600), Entrance(database)
    await database.write(lambda sql: sql.exec_driver_sql("ALTER TABLE sign_ins RENAME TO mislaid"))
    found = await asyncio.gather(*(door.admit(ticket, where) for ticket in tickets), return_exceptions=True)
    assert [type(each) for each in found] == [Unavailable] * 600
    await database.write(lambda sql: sql.exec_driver_sql("ALTER TABLE mislaid RENAME TO sign_ins"))
    again = await asyncio.gather(*(door.admit(ticket, where) for ticket in tickets))
    assert [each.visitor.sign_in for each in again] == [ticket.digest for ticket in tickets]


async def test_a_broken_row_hits_its_owner_only(database: Database, where: str) -> None:
    tickets, door = guests(database, 40), Entrance(database)
    columns = tables.sign_ins.c
    broken = update(tables.sign_ins).where(columns.digest.in_([tickets[3].digest, tickets[17].digest]))
    await database.write(lambda sql: sql.execute(broken.values(expires_at="soon")))
    found = await asyncio.gather(*(door.admit(ticket, where) for ticket in tickets), return_exceptions=True)
    hit = [place for place, each in enumerate(found) if isinstance(each, ValueError)]
    well = [each.visitor.sign_in for each in found if isinstance(each, Admission)]
    assert (hit, len(well)) == ([3, 17], 38)
    assert well == [ticket.digest for place, ticket in enumerate(tickets) if place not in hit]


@pytest.mark.parametrize("readings", [0, 1])
async def test_whoever_still_waits_at_the_end_is_told_so(slow: Slow, where: str, readings: int) -> None:
    tickets, door = guests(slow, 300), Entrance(slow)
    slow.going.clear()
    coming = [asyncio.create_task(door.admit(ticket, where)) for ticket in tickets]
    await asyncio.sleep(0)  # they come, and nobody has been looked up yet
    await until(lambda: slow.readings == readings)
    await door.stop()
    async with asyncio.timeout(10):
        found = await asyncio.gather(*coming, door.admit(tickets[0], where), return_exceptions=True)
    assert [type(each) for each in found] == [Unavailable] * 301
    assert (door.waiting, slow.readings) == (0, readings)


# ── Who is asked back ────────────────────────────────────────────────────────────────────────────────────────────────


class Storm(msgspec.Struct):
    """What became of people who all came within a second."""

    inside: int = 0
    longest: int = 0  # the line
    tries: int = 0  # the most that anybody needed
    over: float = 0.0  # seconds until the last was inside
    returns: Counter[int] = msgspec.field(default_factory=Counter)  # by second


def storm(number: int, speed: float, seed: int, newcomers: float = 0.0) -> Storm:
    """So many come, and some a second later on; as many as `speed` a second are let in, each in their turn."""
    chance, seen, line = random.Random(seed), Storm(), deque[float]()
    door, free = Door(chance.random), 0.0
    coming = [(chance.random(), 1) for _ in range(number)]
    coming += [(1 + place / newcomers, 1) for place in range(int(60 * newcomers))]
    heapq.heapify(coming)
    while coming:
        now, tries = heapq.heappop(coming)
        while line and line[0] <= now:
            line.popleft()
        after = door.ask_back(len(line), now)
        if after is None:
            free = max(free, now) + 1 / speed
            line.append(free)
            seen.inside, seen.tries, seen.over = seen.inside + 1, max(seen.tries, tries), free
            seen.longest = max(seen.longest, len(line))
        else:
            assert 0 < after <= LONGEST + 1
            heapq.heappush(coming, (now + after, tries + 1))
            seen.returns[int(now + after)] += 1
    return seen


def test_a_small_crowd_is_asked_back_by_nobody() -> None:
    door = Door(random.Random(1).random)
    assert [door.ask_back(waiting, 0.0) for waiting in (0, 1, CROWD - 1)] == [None] * 3
    assert door.ask_back(CROWD, 0.0) is not None


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("number", [10_000, 20_000, 40_000])
def test_a_crowd_comes_back_as_a_stream(number: int, seed: int) -> None:
    seen = storm(number, speed=1_000, seed=seed)
    print(f"{number} at once: the line {seen.longest}, {seen.tries} tries at most, all in after {seen.over:.0f} s")
    assert (seen.inside, seen.longest) == (number, CROWD)
    assert seen.tries <= 2
    assert max(seen.returns.values(), default=0) <= RATE * 1.5
    assert seen.over <= 1 + CROWD / 1_000 + number / RATE + 5


def test_returns_are_spread_over_what_the_line_will_take_and_more() -> None:
    chance = random.Random(3)
    door = Door(chance.random, crowd=100, rate=50)
    backs = [door.ask_back(100, 0.0) for _ in range(500)]
    after = sorted(back for back in backs if back is not None)
    assert len(after) == 500
    assert 2 <= after[0] <= 3  # 100 who wait, 50 a second
    assert 12 <= after[-1] <= 12.5  # and 500 after them
    assert max(Counter(int(each) for each in after).values()) <= 75


@pytest.mark.parametrize("seed", range(2))
def test_everybody_comes_in_though_the_server_is_slower_than_they_are_asked_back(seed: int) -> None:
    seen = storm(20_000, speed=150, seed=seed)
    print(f"all in after {seen.over:.0f} s, {seen.tries} tries at most")
    assert (seen.inside, seen.longest) == (20_000, CROWD)
    assert seen.over <= 20_000 / 150 + 2 * LONGEST


def test_those_asked_back_come_in_though_others_keep_coming() -> None:
    seen = storm(10_000, speed=1_000, seed=5, newcomers=400)
    assert seen.inside == 10_000 + 60 * 400
    assert seen.tries <= 3


def test_a_crowd_without_end_is_asked_back_within_a_minute() -> None:
    chance = random.Random(9)
    door = Door(chance.random)
    backs = [door.ask_back(10**9, 0.0) for _ in range(200_000)]
    assert all(back is not None and LONGEST / 2 <= back <= LONGEST for back in backs)
