"""Recording what is heard: while a room says so, every packet that passes in its channels, and never anything else.

Packets are only put in order here; they are written twice a second in a thread, and nobody who listens waits for it.
What the disk does not take ends a file, not the session.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import datetime

from hosting import moments
from hosting.engine import MediaEngine, Packet
from hosting.errors import Unavailable
from hosting.ogg import SLOT, Writer
from hosting.recordings import State, Tape
from hosting.tapes import Tapes
from hosting.tracks import Tracks
from rooms.booths import FLOOR

FLUSH = 0.5  # seconds between two writes: a process that dies loses no more than a second
AGAIN = 2.0  # seconds until what could not be finished is tried again
MOST = 3_000  # packets of a file that wait for the disk: a minute; what comes then is silence

logger = logging.getLogger("austausch.recording")


class Recording:
    """All rooms that are recorded here. `start` and `stop` as they say; `clock` is the engine's."""

    def __init__(
        self,
        tapes: Tapes,
        engine: MediaEngine,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = moments.now,
    ) -> None:
        self.tapes, self.engine, self.clock, self.now = tapes, engine, clock, now
        self.runs: dict[str, Run] = {}
        self.ending: dict[str, asyncio.Task[None]] = {}  # of rooms that have stopped, what is still written
        self.resuming: asyncio.Task[None] | None = None
        self.closing = asyncio.Event()

    def resume(self) -> None:
        """Finish what a process has left that died. What is recorded from now on goes on behind it."""
        self.resuming = asyncio.create_task(self.tapes.finish_all())

    def start(self, room: str, zero: datetime, channels: Iterable[str]) -> None:
        """Record exactly these channels of a room, which the engine has, from now on. Their files begin at `zero`."""
        if room not in self.runs:
            before = (self.resuming, self.ending.get(room))
            self.runs[room] = Run(self, room, zero, [task for task in before if task])
        self.runs[room].follow(set(channels))

    def stop(self, room: str) -> None:
        """Keep nothing more of what is heard in a room, from this moment on."""
        run = self.runs.pop(room, None)
        if run:
            run.stop()
            self.ending[room] = run.task
            run.task.add_done_callback(lambda task: self.ended(room, task))

    def ended(self, room: str, task: asyncio.Task[None]) -> None:
        if self.ending.get(room) is task:
            del self.ending[room]

    async def settled(self, room: str) -> None:
        """Wait until everything is written of a room that has stopped."""
        if room in self.ending:
            await asyncio.wait([self.ending[room]])

    async def close(self) -> None:
        """Stop everywhere, and write what waits; what cannot be finished now is when the next process begins."""
        self.closing.set()
        for room in list(self.runs):
            self.stop(room)
        tasks = [*self.ending.values(), *([self.resuming] if self.resuming else ())]
        await asyncio.gather(*tasks, return_exceptions=True)
        self.tapes.close()


class Growing:
    """One file of a room: the packets that wait for it, and where they are written, once there were any."""

    def __init__(self, channel: str, lane: int) -> None:
        self.channel, self.lane = channel, lane
        self.waiting: list[tuple[int, bytes]] = []
        self.lost = 0
        self.file: tuple[Tape, Writer] | None = None
        self.broken = False

    def take(self, slot: int, data: bytes) -> None:
        if len(self.waiting) < MOST and not self.broken:
            self.waiting.append((slot, data))
        else:
            self.lost += 1


class Run:
    """One room, from when it is recorded to when it is not. `began`: its zero, on the engine's clock."""

    def __init__(self, recording: Recording, room: str, zero: datetime, before: list[asyncio.Task[None]]) -> None:
        self.recording, self.room, self.zero = recording, room, zero
        self.began = recording.clock() - (recording.now() - zero).total_seconds()
        self.readers: dict[str, asyncio.Task[None]] = {}
        self.ended: list[asyncio.Task[None]] = []  # readers that have been told so
        self.growing: dict[tuple[str, int], Growing] = {}
        self.over: list[tuple[Growing, int]] = []  # with the slot in which they end
        self.late: list[tuple[Tape, State]] = []  # what could not be finished yet
        self.stopped = asyncio.Event()
        self.task = asyncio.create_task(self.write_all(before))

    # ── In the order of time ─────────────────────────────────────────────────────────────────────────────────────

    def follow(self, channels: set[str]) -> None:
        """Listen to these, and to no others any more."""
        for channel in self.readers.keys() - channels:
            self.leave(channel)
        for channel in channels:
            if channel not in self.readers or self.readers[channel].done():  # it was closed, and is open again
                try:
                    packets = self.recording.engine.tap(self.room, channel)
                except KeyError:  # the engine has lost it: nothing is heard there, and no command is to fail for it
                    logger.warning("room %s has no channel %s to record", self.room, channel)
                else:
                    self.readers[channel] = asyncio.create_task(self.read(channel, packets))

    def leave(self, channel: str) -> None:
        self.ended.append(self.readers.pop(channel))
        self.ended[-1].cancel()
        slot = int((self.recording.clock() - self.began) / SLOT)
        for key in [key for key in self.growing if key[0] == channel]:
            self.over.append((self.growing.pop(key), slot))

    def stop(self) -> None:
        self.follow(set())
        self.stopped.set()

    async def read(self, channel: str, packets: AsyncIterator[Packet]) -> None:
        tracks = Tracks(many=channel == FLOOR)
        try:
            async for packet in packets:
                place = tracks.place(packet, packet.arrival - self.began)
                if place:
                    lane, slot = place
                    growing = self.growing.setdefault((channel, lane), Growing(channel, lane))
                    growing.take(slot, packet.data)
        except Exception:  # a bug here ends this channel's recording only
            logger.exception("room %s, channel %s", self.room, channel)

    # ── To the disk ──────────────────────────────────────────────────────────────────────────────────────────────

    async def write_all(self, before: list[asyncio.Task[None]]) -> None:
        """Write what waits, again and again, and in the end finish everything; behind what is still being finished."""
        if before:
            await asyncio.wait(before)
        while self.over or self.growing or not self.stopped.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FLUSH):
                    await self.stopped.wait()
            try:
                while self.over:  # first: the same file may be growing again
                    await self.finish(*self.over.pop(0))
                for growing in list(self.growing.values()):
                    await self.write(growing)
            except Exception:  # a bug at one file must not end all that is recorded after it
                logger.exception("room %s", self.room)
        await asyncio.gather(*self.ended, return_exceptions=True)
        while self.late and not self.recording.closing.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(AGAIN):
                    await self.recording.closing.wait()
            late, self.late = self.late, []
            for tape, state in late:
                try:
                    await self.keep(tape, state, self.recording.tapes.finish_left(tape.id, state))
                except OSError as broken:
                    logger.error("recording %s is finished when the server begins again: %s", tape.id, broken)

    async def write(self, growing: Growing) -> None:
        waiting, growing.waiting = growing.waiting, []
        if not waiting:
            return
        try:
            if not growing.file:
                growing.file = await self.recording.tapes.open(self.room, self.zero, growing.channel, growing.lane)
            await self.recording.tapes.write(growing.file[1], waiting)
        except Unavailable as away:
            logger.warning("the recording of %s in room %s waits: %s", growing.channel, self.room, away)
            growing.waiting = waiting + growing.waiting
        except OSError as full:
            await self.break_off(growing, full)

    async def finish(self, growing: Growing, slot: int) -> None:
        await self.write(growing)
        lost = growing.lost + len(growing.waiting)
        if lost:
            logger.warning("%s packets of %s in room %s were lost", lost, growing.channel, self.room)
        if growing.file and not growing.broken:
            tape, writer = growing.file
            try:
                await self.keep(tape, "done", self.recording.tapes.finish(tape, writer, slot))
            except OSError as full:
                await self.break_off(growing, full)

    async def break_off(self, growing: Growing, why: OSError) -> None:
        """The disk takes no more of a file: it ends here, and all else goes on."""
        logger.error("the recording of %s in room %s ends: %s", growing.channel, self.room, why)
        growing.broken, growing.waiting = True, []
        if growing.file:
            tape, writer = growing.file
            try:
                await self.keep(tape, "broken", self.recording.tapes.finish(tape, writer, 0, "broken"))
            except OSError:
                self.late.append((tape, "broken"))

    async def keep(self, tape: Tape, state: State, finishing: Awaitable[None]) -> None:
        """Finish a file now, or as soon as the database is there again. OSError."""
        try:
            await finishing
        except Unavailable as away:
            logger.warning("the recording of %s in room %s is finished later: %s", tape.channel, self.room, away)
            self.late.append((tape, state))
