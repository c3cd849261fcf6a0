"""Listeners who do not take what passes: they skip it, nothing is kept for them, nobody else notices, and they are cut
off in the end. By hand, and on a real server with real sockets, with a fast lane and without.
"""

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from hosting.engine import Stats
from hosting.lanes import STALL
from hosting.packets import Head, packet
from hosting.relay import OLD
from tests.bench import machine
from tests.bench.contenders import Stand, running
from tests.contracts.engines import packets_in
from tests.hosting.relays import Here, One

WAIT = 10.0  # seconds for anything that must come
NARROW = 4096  # bytes that the kernel of a reader takes
PACE = 0.02  # seconds between two packets of a voice
LARGE = b"x" * 1200  # so much that a stop is felt at once
SLACK = 4_000  # kilobytes that a process may grow by itself


# ── By hand ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def here() -> Here:
    return await Here().begin()


async def test_line_that_is_behind_skips_until_it_has_taken_all_and_goes_on_with_the_newest(here: Here) -> None:
    """Behind is who has not taken what was sent before the last look but one."""
    anna, slow, other = One(here, "anna"), await One(here, "ben").hears("es"), await One(here, "carla").hears("es")
    right = await anna.speaks()
    await here.relay.set_active("r", "es", {"anna"})
    size = len(anna.say(right, 0, LARGE))
    for seq, packets in enumerate((1, 1, 2, 2, 3, 3, 1, 0, 0), 1):
        slow.lane.waiting = packets * size
        here.relay.look()
        anna.say(right, seq, LARGE)
    numbers = [[int.from_bytes(frame[4:8]) for frame in one.lane.packets] for one in (slow, other)]
    assert numbers == [[0, 1, 2, 3, 4, 8, 9], list(range(10))]
    assert (await here.relay.stats("r", "es")).skipped == 3


async def test_line_is_not_behind_by_what_has_just_been_sent_however_much(here: Here) -> None:
    anna, well = One(here, "anna"), await One(here, "ben").hears("es")
    right = await anna.speaks()
    await here.relay.set_active("r", "es", {"anna"})
    for seq in range(40):
        size = len(anna.say(right, seq, LARGE))
        if seq % 4 == 3:  # none of these has been taken when it is looked at
            well.lane.waiting = 4 * size
            here.relay.look()
    assert len(well.lane.packets) == 40


async def test_line_that_is_full_skips_in_every_channel_also_in_those_it_comes_to(here: Here) -> None:
    anna, slow = One(here, "anna"), await One(here, "ben").hears("es", "floor")
    es, floor = await anna.speaks("es"), await anna.speaks("floor")
    for channel in ("es", "floor"):
        await here.relay.set_active("r", channel, {"anna"})
    slow.lane.ready = False
    slow.wire.full()
    anna.say(es)
    slow.wire.hear(["floor"])
    slow.wire.hear(["floor", "es"])
    anna.say(floor)
    anna.say(es)
    assert slow.lane.packets == []
    slow.lane.ready = True
    slow.wire.drained()
    sent = [anna.say(floor, 1), anna.say(es, 1)]
    assert slow.lane.packets == sent


async def test_line_that_takes_nothing_is_cut_off_and_one_that_takes_a_little_is_not(here: Here) -> None:
    idle, slow, well = [await One(here, person).hears("es") for person in ("ben", "carla", "dora")]
    idle.lane.waiting = slow.lane.waiting = 9 * len(LARGE)
    for _ in range(OLD):
        here.relay.look()
    began = here.clock.now
    while here.clock.now < began + STALL - 1:
        here.relay.look()
        slow.lane.waiting -= 1
        here.clock.now += 1
    assert [one.lane.code for one in (idle, slow, well)] == [0, 0, 0]
    for _ in range(2):
        here.clock.now += 1
        slow.lane.waiting -= 1
        here.relay.look()
    assert [one.lane.code for one in (idle, slow, well)] == [1006, 0, 0]


# ── On a real server ─────────────────────────────────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def relaying(**settings: str) -> Iterator[Stand]:
    """A server that is a relay, as it is measured."""
    with running("a relay", [sys.executable, "-m", "tests.bench.sounding"], **settings) as stand:
        yield stand


class Socket:
    """One socket of sound, and the packets that came, each with its time on the way in seconds."""

    def __init__(self, client: ClientConnection, right: dict[str, Any]) -> None:
        self.client, self.right, self.seq = client, right, 0
        self.came: list[tuple[int, int, float]] = []  # source, number, time on the way
        self.texts: asyncio.Queue[str] = asyncio.Queue()
        self.news, self.over = asyncio.Event(), asyncio.Event()
        self.reading = asyncio.create_task(self.read())

    async def read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for message in self.client:
                now = asyncio.get_running_loop().time()
                if isinstance(message, str):
                    if message.startswith("["):
                        self.texts.put_nowait(message)
                    continue
                self.news.set()
                for frame in packets_in(message):
                    sent = int.from_bytes(frame[8:16]) / 1e6
                    self.came.append((int.from_bytes(frame[2:4]), int.from_bytes(frame[4:8]), now - sent))
        self.over.set()

    async def say(self, data: bytes) -> None:
        """Send a packet that says when it was sent, which relays take for its sample time."""
        now = round(asyncio.get_running_loop().time() * 1e6)
        await self.client.send(packet(Head(self.right["number"], self.right["source"], self.seq, now), data))
        self.seq += 1

    async def until(self, found: Callable[[], bool]) -> None:
        """Wait until what came is as it must be."""
        async with asyncio.timeout(WAIT):
            while not found():
                self.news.clear()
                await self.news.wait()

    async def stats(self) -> Stats:
        """Of the one channel there is."""
        await self.client.send("?")
        found: list[Stats] = msgspec.json.decode(await asyncio.wait_for(self.texts.get(), WAIT), type=list[Stats])
        [stats] = found
        return stats


@contextlib.asynccontextmanager
async def arriving(stand: Stand, asked: str, narrow: bool = False) -> AsyncIterator[Socket]:
    line = socket.socket()
    if narrow:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW)
    line.connect(("127.0.0.1", stand.port))
    line.setblocking(False)
    async with connect(
        f"ws://127.0.0.1:{stand.port}/?{asked}", sock=line, compression=None, close_timeout=0.2
    ) as client:
        [right, *_] = msgspec.json.decode(await asyncio.wait_for(client.recv(), WAIT))["redeemed"]
        one = Socket(client, right)
        yield one
        one.reading.cancel()


async def talk(speakers: Sequence[Socket], count: int, data: bytes = LARGE) -> None:
    for _ in range(count):
        for speaker in speakers:
            await speaker.say(data)
        await asyncio.sleep(PACE)


def numbers(one: Socket) -> dict[int, list[int]]:
    """What came, by source."""
    found: dict[int, list[int]] = {}
    for source, seq, _ in one.came:
        found.setdefault(source, []).append(seq)
    return found


@pytest.mark.parametrize("many", [200, 0], ids=["packets", "bundles"])
async def test_listeners_who_stop_reading_cost_nothing_and_disturb_nobody(many: int) -> None:
    with relaying(MANY=str(many)) as stand:
        async with contextlib.AsyncExitStack() as stack:
            speakers = [await stack.enter_async_context(arriving(stand, f"person=s{n}&speak=floor")) for n in range(5)]
            well = await stack.enter_async_context(arriving(stand, "person=well&hear=floor"))
            stopped = [
                await stack.enter_async_context(arriving(stand, f"person=n{n}&hear=floor", narrow=True))
                for n in range(20)
            ]
            await talk(speakers, 30)
            for one in stopped:
                one.client.transport.pause_reading()
            await talk(speakers, 20)
            before = machine.memory(stand.pid)
            await talk(speakers, 120)
            grown = machine.memory(stand.pid) - before
            unbounded = 20 * 5 * 120 * len(LARGE) / 1024
            print(f"grown by {grown:.0f} KB; all that was skipped would be {unbounded:.0f}")
            assert grown < SLACK < unbounded / 3
            expected = {speaker.right["source"]: list(range(170)) for speaker in speakers}
            await well.until(lambda: numbers(well) == expected)
            late = sorted(time for *_, time in well.came)
            print(
                f"on the way {1000 * late[len(late) // 2]:.1f} ms, 99 % within {1000 * late[-len(late) // 100]:.1f} ms"
            )
            stats = await speakers[0].stats()
            assert (stats.listeners, stats.passed, stats.dropped) == (21, 5 * 170, 0)
            assert stats.skipped > 20 * 5 * 60
            for one in stopped:
                one.client.transport.resume_reading()
            await talk(speakers, 60)
            for one in stopped:  # there is a gap, and then the newest
                await one.until(lambda one=one: {found[-1] for found in numbers(one).values()} == {229})  # type: ignore[misc]  # a default binds it
                for found in numbers(one).values():
                    assert found == sorted(set(found))
                    assert len(found) < 230 - 60


async def test_listener_who_takes_nothing_is_cut_off_and_the_others_are_not() -> None:
    with relaying(STALL="1") as stand:
        async with (
            arriving(stand, "person=s&speak=floor") as speaker,
            arriving(stand, "person=well&hear=floor") as well,
            arriving(stand, "person=narrow&hear=floor", narrow=True) as stopped,
        ):
            stopped.client.transport.pause_reading()
            async with asyncio.timeout(WAIT):
                while (await speaker.stats()).listeners == 2:
                    await talk([speaker], 5)
            stopped.client.transport.resume_reading()
            await asyncio.wait_for(stopped.over.wait(), WAIT)
            assert stopped.client.close_code == 1006
            await talk([speaker], 5)
            await well.until(lambda: len(well.came) == speaker.seq)
            assert numbers(well) == {speaker.right["source"]: list(range(speaker.seq))}


async def test_server_without_a_fast_lane_carries_sound_too() -> None:
    with relaying(LANE="queue") as stand:
        async with (
            arriving(stand, "person=s&speak=floor") as speaker,
            arriving(stand, "person=one&hear=floor") as one,
            arriving(stand, "person=two&hear=floor") as two,
        ):
            await talk([speaker], 50)
            for ear in (one, two):
                await ear.until(lambda ear=ear: numbers(ear) == {speaker.right["source"]: list(range(50))})  # type: ignore[misc]  # a default binds it
