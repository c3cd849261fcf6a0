"""The server's clock jumps: order, leases, what was acknowledged do not notice; who is signed in goes by the clock."""

import asyncio
import itertools
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select
from websockets.exceptions import InvalidStatus

from hosting import log, moments, people, tables
from tests.faults.crashes import logged
from tests.faults.processes import Process, tracebacks
from tests.faults.shifted import PROGRAM, Clock
from tests.flows.clients import WAIT, joined
from tests.flows.town import Town

HOUR, DAY = 3_600.0, 86_400.0  # seconds
JUMPS = (HOUR, -HOUR, DAY, -DAY, 0.0)
EACH = 10  # commands after each jump
ROOM = "before-spring"
APART = 1.0  # seconds between two jumps
LEASE = 3.0  # seconds; ten would show no more
LATE = 4.0  # seconds more than LEASE that a machine under load may take


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """With a sign-in that is over before the server begins."""
    town = Town(tmp_path / "data")
    late = moments.now() - 2 * people.SIGN_IN
    town.cookies["late"] = town.write(lambda sql: people.open_sign_in(sql, town.people["participant"], late))
    return town


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path / "shift")


@pytest.fixture
def process(town: Town, clock: Clock) -> Iterator[Process]:
    with Process(town.folder, program=PROGRAM, given={**clock.given, "LEASE": str(LEASE)}, rate=0) as process:
        yield process
    assert tracebacks(process.said()) == []
    assert process.check() == "ok"


async def test_order_and_what_was_acknowledged_do_not_notice_a_jump(town: Town, clock: Clock, process: Process) -> None:
    room, sent = town.rooms[ROOM], []
    async with (
        joined(process.running, room, town.cookies["moderator"]) as crew,
        joined(process.running, room, town.cookies["participant"]) as reader,
    ):
        item = next(iter(crew.screen["agenda"]))
        for jump in JUMPS:
            clock.put(jump)
            for number in range(EACH):
                id = f"{jump:.0f}/{number}"
                assert "ok" in await crew.do("agenda.edit", id=id, item=item, title=id)
                sent.append(id)
                await reader.until(lambda: reader.screen["agenda"][item]["title"] == sent[-1])  # a frame for each
        shown = [frame["put"]["agenda"][item]["title"] for frame in reader.frames if "agenda" in frame.get("put", {})]
        seqs = [frame["seq"] for frame in reader.frames if "put" in frame and "seq" in frame]
        for id in sent:  # a retry under any clock has the first answer
            assert "ok" in await crew.do("agenda.edit", id=id, item=item, title=id)
        assert (crew.code, reader.code) == (None, None)
    database = town.database()
    records = database.read_now(lambda sql: log.read(sql, room)).records
    database.stop()
    times = [record.at for record in records if record.receipt]
    backwards = sum(later < earlier for earlier, later in itertools.pairwise(times))
    print(f"clock jumps {clock.injected}, acknowledged {len(sent)}, lost 0/{len(sent)}, out of order 0/{len(shown)}")
    assert clock.injected == len(JUMPS)
    assert backwards == 2  # it was another clock that wrote these times
    assert logged(town, room) == sent
    assert shown == sent
    assert seqs == sorted(set(seqs))


async def test_lease_of_a_booth_goes_by_no_clock(town: Town, clock: Clock, process: Process) -> None:
    room = town.rooms[ROOM]
    town.add("another", "interpreter")
    gone: dict[str, float] = {}
    took: dict[str, float] = {}
    async with joined(process.running, room, town.cookies["moderator"]) as crew:

        async def silent(language: str) -> None:
            async with crew.news:
                await crew.news.wait_for(lambda: crew.screen["channels"][language]["state"] == "silent")
            took[language] = time.monotonic() - gone[language]

        assert "ok" in await crew.do("room.open")
        async with asyncio.timeout(LEASE + APART + LATE), asyncio.TaskGroup() as waiting:
            for language, name, jump in (("fr", "interpreter", DAY), ("ar", "another", -DAY)):
                async with joined(process.running, room, town.cookies[name]) as client:
                    for command in ("booth.enter", "booth.on_air"):
                        assert "ok" in await client.do(command, language=language)
                    await crew.until(lambda: crew.screen["channels"][language]["state"] == "live")  # noqa: B023  # awaited
                gone[language] = time.monotonic()
                clock.put(jump)
                waiting.create_task(silent(language))
                await asyncio.sleep(APART)
    early = sum(seconds < LEASE - 0.5 for seconds in took.values())
    print(f"clock jumps {clock.injected}: off air after {took} s, lease {LEASE:.0f} s, early {early}/{len(took)}")
    assert clock.injected == 2
    assert early == 0
    assert max(took.values()) <= LEASE + LATE


async def entered(process: Process, room: str, cookie: str = "", bearer: str = "") -> int | None:
    """The close code of whoever may not enter; None for who may."""
    try:
        async with joined(process.running, room, cookie, bearer=bearer) as client:
            return client.bye["code"] if client.bye else None
    except InvalidStatus as refused:
        return refused.response.status_code


async def swept(town: Town) -> None:
    """Wait until the server has forgotten the sign-ins that are over."""
    database, digests = town.database(), select(tables.sign_ins.c.digest)
    late = people.digest(town.cookies["late"])
    try:
        async with asyncio.timeout(WAIT):
            while late in database.read_now(lambda sql: sql.execute(digests).scalars().all()):  # noqa: ASYNC110  # of another process
                await asyncio.sleep(0.05)
    finally:
        database.stop()


async def test_nobody_is_let_in_outside_their_time_as_the_clock_says(
    town: Town, clock: Clock, process: Process
) -> None:
    room, person = town.rooms[ROOM], town.people["participant"]
    made = moments.now() - people.SIGN_IN + timedelta(hours=12)  # signed in half a day before it is over
    cookie = town.write(lambda sql: people.open_sign_in(sql, person, made))
    link = town.write(
        lambda sql: people.sign_in_link(sql, person, moments.now() - people.SIGN_IN_LINK + timedelta(hours=12))
    )
    token = town.write(lambda sql: people.api_token(sql, person, 1, moments.now() - timedelta(hours=12)))
    wanted = {HOUR: None, -HOUR: None, DAY: 4001, -DAY: None, 0.0: None}
    found, links = {}, {}
    await swept(town)  # by the right clock, and not again within the hour
    async with httpx2.AsyncClient(base_url=process.running.url, trust_env=False) as browser:
        for jump in JUMPS:
            clock.put(jump)
            found[jump] = (await entered(process, room, cookie), await entered(process, room, bearer=token))
            links[jump] = (await browser.get(f"/sign-in/{link}")).status_code
    print(f"clock jumps {clock.injected}, let in outside their time 0/{3 * list(wanted.values()).count(4001)}")
    assert clock.injected == len(JUMPS)
    assert found == {jump: (code, code) for jump, code in wanted.items()}
    assert links == {jump: 410 if code else 200 for jump, code in wanted.items()}
