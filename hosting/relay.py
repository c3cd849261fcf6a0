"""The engine that needs nothing else: packets come in over WebSockets and go out over WebSockets, in this process.

A line is one socket of sound. Tickets are kept in memory, each for one person, room, channel and use, and good once.
Nothing is ever decoded, and nobody is waited for.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable, Set

import msgspec

from hosting.channels import BURST, RATE, Channel, Source, Tap
from hosting.engine import LISTEN, SPEAK, Spec, Stats, Ticket, Use
from hosting.lanes import Lane
from hosting.packets import ECHO, head
from rooms.booths import FLOOR
from rooms.session import Bucket
from rooms.wire import encoder

MANY = 200  # listeners of a channel above which it is sent in bundles
SOURCES = 65_535  # numbers of sources, from 1

Told = Callable[[dict[str, object]], None]


class Redeemed(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a line may do from now on: listen, or speak as a source."""

    channel: str
    number: int
    use: Use
    source: int | None = None


class Granted(msgspec.Struct, frozen=True):
    """A ticket that has not been used."""

    channel: Channel
    use: Use
    until: float


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


class Line:
    """One socket: what it may listen to and what of that it hears, and its microphones by number.

    `told` sends its texts, if it is not the lane that does.
    """

    def __init__(self, relay: "EmbeddedRelay", lane: Lane, person: str, room: str, told: Told | None) -> None:
        self.relay, self.lane, self.person, self.room, self.told = relay, lane, person, room, told
        self.may: dict[str, Channel] = {}
        self.hearing: dict[str, Channel] = {}
        self.sources: dict[int, Source] = {}
        self.changed: set[int] = set()  # sources of which it has not been told whether they pass
        self.echoes = Bucket(RATE, BURST)
        self.closed = False

    # ── What it asks for ─────────────────────────────────────────────────────────────────────────────────────────

    def redeem(self, token: str) -> Redeemed | None:
        """Use a ticket; None: it is used, too old, taken back, or was never this person's for this room."""
        return None if self.closed else self.relay.redeem(self, token)

    def hear(self, channels: Iterable[str]) -> list[str]:
        """Hear these of those it may listen to, and no others; which they are."""
        wanted = {name: self.may[name] for name in channels if name in self.may}
        for name in self.hearing.keys() - wanted.keys():
            self.hearing[name].remove(self)
        for name in wanted.keys() - self.hearing.keys():
            wanted[name].add(self, self.lane.ready)
        self.hearing = wanted
        return list(wanted)

    def leave(self, source: int) -> None:
        """End one of its microphones."""
        if source in self.sources:
            self.relay.end(self.sources[source])

    def hear_packet(self, frame: bytes) -> None:
        """Take a binary message. Malformed."""
        found = head(frame)
        if found.channel == ECHO:
            if self.lane.ready and not self.closed and not self.echoes.take(self.relay.clock()):
                self.lane.put_bytes(frame)
            return
        source = self.sources.get(found.source)
        if source and source.channel.number == found.channel:
            source.channel.take(source, found, frame)
        else:
            self.relay.drop(self.room, found.channel)

    def close(self) -> None:
        """The socket is gone."""
        if not self.closed:
            self.closed, self.told = True, None
            self.hear(())
            for source in list(self.sources.values()):
                self.relay.end(source)
            self.relay.forget(self)

    # ── What it is sent ──────────────────────────────────────────────────────────────────────────────────────────

    def send(self, *parts: bytes) -> bool:
        return self.lane.put_bytes(*parts)

    def full(self) -> None:
        """It takes no more: it skips what passes."""
        for channel in self.hearing.values():
            channel.row.discard(self)

    def drained(self) -> None:
        for channel in self.hearing.values():
            channel.row.add(self)

    def stalled(self) -> None:
        self.lane.abort()

    def tell(self, text: dict[str, object]) -> None:
        if self.told:
            self.told(text)
        elif not self.closed:
            self.lane.put(encoder.encode(text))

    def note(self, source: Source) -> None:
        """Tell soon whether a source passes: behind what is being answered, and once for all that change together."""
        if not self.changed:
            asyncio.get_running_loop().call_soon(self.tell_open)
        self.changed.add(source.number)

    def tell_open(self) -> None:
        changed, self.changed = sorted(self.changed & self.sources.keys()), set()
        if changed:
            self.tell({"open": {str(number): self.sources[number].open for number in changed}})


class EmbeddedRelay:
    """Rooms and their channels, tickets and lines of this process. `many`: listeners above which there are bundles."""

    name = "embedded"
    capabilities = frozenset({"audio", "tap", "many"})

    def __init__(self, many: int = MANY, clock: Callable[[], float] = time.monotonic) -> None:
        self.many, self.clock = many, clock
        self.rooms: dict[str, Room] = {}
        self.tickets: dict[tuple[str, str], dict[str, Granted]] = {}  # by room and person, then by token
        self.lines: dict[tuple[str, str], dict[Line, None]] = {}

    # ── Channels ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def ensure_channel(self, room: str, channel: str, spec: Spec) -> None:
        here = self.rooms.setdefault(room, Room())
        if channel not in here.channels:
            number = here.free_number(channel)
            made = Channel(channel, number, spec, self.many, self.clock)
            here.channels[channel] = here.numbers[number] = made

    async def close_channel(self, room: str, channel: str) -> None:
        here = self.rooms.get(room)
        if not here or channel not in here.channels:
            return
        for where, person in [key for key in (*self.tickets, *self.lines) if key[0] == room]:
            self.take_back(where, person, channel, None)
        ended = here.channels.pop(channel)
        del here.numbers[ended.number]
        ended.end()
        if not here.channels:
            del self.rooms[room]

    async def set_active(self, room: str, channel: str, persons: Set[str]) -> None:
        found = self.channel(room, channel)
        if len(persons) > 1 and not found.spec.many:
            raise ValueError(f"{channel} has one voice")
        found.activate(frozenset(persons))

    def tap(self, room: str, channel: str) -> Tap:
        tap = Tap()
        self.channel(room, channel).taps.add(tap)
        return tap

    async def stats(self, room: str, channel: str) -> Stats:
        return self.channel(room, channel).stats()

    async def health(self) -> str | None:
        return None

    def channel(self, room: str, channel: str) -> Channel:
        """KeyError: there is none."""
        return self.rooms[room].channels[channel]

    # ── Tickets ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def grant(self, person: str, room: str, channel: str, use: Use, seconds: float) -> Ticket:
        found, token, now = self.channel(room, channel), secrets.token_urlsafe(16), self.clock()
        given = self.tickets.setdefault((room, person), {})
        for old in [old for old, granted in given.items() if granted.until < now]:
            del given[old]
        given[token] = Granted(found, use, now + seconds)
        return Ticket(self.name, f"/rooms/{room}/sound", token, channel, found.number, use, seconds)

    async def revoke(self, person: str, room: str, channel: str | None = None, use: Use | None = None) -> None:
        self.take_back(room, person, channel, use)

    def take_back(self, room: str, person: str, channel: str | None, use: Use | None) -> None:
        given = self.tickets.pop((room, person), {})
        left = {
            token: granted
            for token, granted in given.items()
            if channel not in (None, granted.channel.name) or use not in (None, granted.use)
        }
        if left:
            self.tickets[room, person] = left
        for line in list(self.lines.get((room, person), ())):
            if use != LISTEN:
                for source in [one for one in line.sources.values() if channel in (None, one.channel.name)]:
                    self.end(source)
                    line.tell(revoked(source.channel.name, SPEAK))
            if use != SPEAK:
                for name in [name for name in line.may if channel in (None, name)]:
                    del line.may[name]
                    line.hear(line.hearing)
                    line.tell(revoked(name, LISTEN))

    # ── Lines ────────────────────────────────────────────────────────────────────────────────────────────────────

    def open(self, lane: Lane, person: str, room: str, told: Told | None = None) -> Line:
        line = Line(self, lane, person, room, told)
        self.lines.setdefault((room, person), {})[line] = None
        return line

    def forget(self, line: Line) -> None:
        others = self.lines[line.room, line.person]
        del others[line]
        if not others:
            del self.lines[line.room, line.person]

    def redeem(self, line: Line, token: str) -> Redeemed | None:
        granted = self.tickets.get((line.room, line.person), {}).pop(token, None)
        if granted is None or granted.until < self.clock():
            return None
        channel = granted.channel
        if granted.use == LISTEN:
            line.may[channel.name] = channel
            return Redeemed(channel.name, channel.number, LISTEN)
        older = channel.sources.get(line.person)
        if older:
            self.end(older)
            older.line.tell(revoked(channel.name, SPEAK))
        room = self.rooms[line.room]
        source = Source(room.free_source(), line, channel)
        room.sources[source.number] = channel.sources[line.person] = line.sources[source.number] = source
        line.note(source)
        return Redeemed(channel.name, channel.number, SPEAK, source.number)

    def end(self, source: Source) -> None:
        source.channel.flush()
        del source.channel.sources[source.line.person]
        del source.line.sources[source.number]
        del self.rooms[source.line.room].sources[source.number]

    def drop(self, room: str, number: int) -> None:
        """Count a packet of somebody who has no microphone there."""
        here = self.rooms.get(room)
        if here and number in here.numbers:
            here.numbers[number].dropped += 1


def revoked(channel: str, use: Use) -> dict[str, object]:
    """What a line is told of a right that was taken back."""
    return {"revoked": {"channel": channel, "use": use}}
