"""The channels of the relay: the microphones on each, who hears, and the one way a packet takes from here to there.

A packet passes whole and at once to all who hear, or it is dropped; nobody is waited for, and what is not taken is
skipped. For a large channel three packets go in one message, which costs a third and comes 40 ms later.
"""

import asyncio
import secrets
from collections import Counter, deque
from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import WeakSet

from hosting.connections import FastRow
from hosting.engine import Packet, Spec, Stats
from hosting.lanes import BINARY
from hosting.packets import ECHO, Head, bundle, opus
from rooms.booths import FLOOR
from rooms.session import Bucket

if TYPE_CHECKING:
    from hosting.relay import Line

RATE, BURST = 60, 50  # packets a second of one microphone: a few more than there are; and at once, after a stalled line
SEVERAL, LATEST = 3, 0.055  # packets of one voice in a bundle; seconds that the first of them may wait
BACK = 0.8  # of the listeners above which there are bundles, at which there are none again
KEPT = 500  # packets that a tap holds for a reader who is slow: ten seconds of one voice
SOURCES = 65_535  # numbers that sources may have, from 1
NOBODY: frozenset["Line"] = frozenset()


class Source:
    """One microphone: a person's on a channel, by its number in the heads of its packets."""

    def __init__(self, number: int, line: "Line", channel: "Channel") -> None:
        self.number, self.line, self.channel = number, line, channel
        self.bucket = Bucket(RATE, BURST)

    @property
    def open(self) -> bool:
        """Whether its sound passes."""
        return self.line.person in self.channel.active


class Tap:
    """What passes in a channel from when this was made, for one reader; over when the channel is closed."""

    def __init__(self) -> None:
        self.packets: deque[Packet] = deque(maxlen=KEPT)
        self.news = asyncio.Event()
        self.over = False

    def give(self, packet: Packet) -> None:
        self.packets.append(packet)
        self.news.set()

    def end(self) -> None:
        self.over = True
        self.news.set()

    def __aiter__(self) -> "Tap":
        return self

    async def __anext__(self) -> Packet:
        while not self.packets:
            if self.over:
                raise StopAsyncIteration
            self.news.clear()
            await self.news.wait()
        return self.packets.popleft()


class Channel:
    """One channel of one room. `above`: more listeners than so many get bundles. `sources` by person."""

    def __init__(self, name: str, number: int, spec: Spec, above: int, clock: Callable[[], float]) -> None:
        self.name, self.number, self.spec, self.above, self.clock = name, number, spec, above, clock
        self.active: frozenset[str] = frozenset()
        self.sources: dict[str, Source] = {}
        self.ears: dict[Line, None] = {}
        self.row: FastRow[Line] = FastRow(first=BINARY)  # of these, who can take more
        self.taps: WeakSet[Tap] = WeakSet()
        self.bundled = False
        self.waiting: list[bytes] = []  # packets that have passed, for the next bundle
        self.voices: Counter[int] = Counter()  # how many of each source
        self.timer: asyncio.TimerHandle | None = None
        self.passed = self.dropped = self.skipped = 0
        self.bytes = 0  # that were sent to everybody

    # ── Who hears ────────────────────────────────────────────────────────────────────────────────────────────────

    def add(self, ear: "Line", ready: bool) -> None:
        self.flush()  # what has passed before is not for them
        self.ears[ear] = None
        if ready:
            self.row.add(ear)
        self.weigh()

    def remove(self, ear: "Line") -> None:
        self.flush()
        self.ears.pop(ear, None)
        self.row.discard(ear)
        self.weigh()

    def weigh(self) -> None:
        """Begin or end with bundles."""
        if len(self.ears) > self.above:
            self.bundled = True
        elif len(self.ears) <= self.above * BACK:
            self.bundled = False

    # ── Who speaks ───────────────────────────────────────────────────────────────────────────────────────────────

    def activate(self, persons: frozenset[str]) -> None:
        """Let exactly these pass from now on."""
        self.flush()
        changed, self.active = persons ^ self.active, persons
        for person in changed & self.sources.keys():
            self.sources[person].line.note(self.sources[person])

    def take(self, source: Source, head: Head, frame: bytes) -> None:
        """Let a packet pass, or drop it."""
        arrival = self.clock()
        if source.bucket.take(arrival) or source.line.person not in self.active:
            self.dropped += 1
            return
        self.passed += 1
        if self.taps:
            packet = Packet(source.number, source.line.person, head.seq, head.time, opus(frame), arrival)
            for tap in self.taps:
                tap.give(packet)
        if self.bundled:
            self.gather(source.number, frame)
        else:
            self.send(frame, 1)

    # ── Sending ──────────────────────────────────────────────────────────────────────────────────────────────────

    def gather(self, source: int, frame: bytes) -> None:
        self.waiting.append(frame)
        self.voices[source] += 1
        if self.voices[source] == SEVERAL or len(self.waiting) == 255:
            self.flush()
        elif not self.timer:
            self.timer = asyncio.get_running_loop().call_later(LATEST, self.flush)

    def flush(self) -> None:
        """Send what waits for a bundle."""
        if self.timer:
            self.timer.cancel()
            self.timer = None
        if self.waiting:
            frames, self.waiting = self.waiting, []
            self.voices.clear()
            self.send(bundle(frames), len(frames))

    def send(self, message: bytes, packets: int) -> None:
        self.bytes += len(message)
        self.skipped += packets * (len(self.ears) - len(self.row))
        for ear in self.row.send(message, 0, len(self.row), NOBODY):
            ear.full()

    # ── What becomes of it ───────────────────────────────────────────────────────────────────────────────────────

    def stats(self) -> Stats:
        return Stats(
            listeners=len(self.ears), speakers=len(self.sources), voices=self.active,
            passed=self.passed, dropped=self.dropped, skipped=self.skipped, bundled=self.bundled,
        )  # fmt: skip

    def end(self) -> None:
        self.flush()
        for tap in self.taps:
            tap.end()


class Room:
    """The channels of one room, and whatever speaks in them."""

    def __init__(self) -> None:
        self.channels: dict[str, Channel] = {}
        self.numbers: dict[int, Channel] = {}
        self.sources: dict[int, Source] = {}
        self.latest = secrets.randbelow(SOURCES)  # the number of the newest source

    def free_number(self, channel: str) -> int:
        """A number for a new channel. ValueError: there are too many."""
        free = 0 if channel == FLOOR else next((n for n in range(1, ECHO) if n not in self.numbers), None)
        if free is None:
            raise ValueError("a room has no more than 254 languages")
        return free

    def free_source(self) -> int:
        """A number that no decoder has met for a long time."""
        self.latest = self.latest % SOURCES + 1
        while self.latest in self.sources:
            self.latest = self.latest % SOURCES + 1
        return self.latest
