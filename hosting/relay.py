"""The engine that needs nothing else: packets come in over WebSockets and go out over WebSockets, in this process.

A line is one socket of sound. Nothing is ever decoded, and nobody is waited for: who does not take a packet skips it.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Set

import msgspec

from hosting.channels import BURST, RATE, Channel, Room, Source, Tap
from hosting.engine import LISTEN, SPEAK, Spec, Stats, Ticket, Use
from hosting.lanes import STALL, Lane
from hosting.packets import ECHO, head
from hosting.tickets import Tickets
from rooms.session import Bucket
from rooms.wire import encoder

MANY = 200  # listeners of a channel above which it is sent in bundles
LOOK = 0.25  # seconds between two looks at what lines have not taken
OLD = 2  # looks after which what is not taken is older than anybody wants to hear
OTHER = 1024  # bytes that may be texts, echoes and heads of frames
BUSY = 0.25  # seconds by which a look may be late: sound is no earlier
FLOOD, PAUSE = 10, 0.25  # times the rate of one microphone, at which a line is not read for so many seconds
CHUNK = 500  # lines that are told of the end of a channel before others have their turn

Text = dict[str, object]


class Redeemed(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a line may do from now on: listen, or speak as a source."""

    channel: str
    number: int
    use: Use
    source: int | None = None


class Line:
    """One socket: what it may listen to and what of that it hears, and its microphones by number.

    `told` sends its texts, if it is not the lane that does.
    """

    def __init__(
        self, relay: "EmbeddedRelay", lane: Lane, person: str, room: str, told: Callable[[Text], None] | None
    ) -> None:
        self.relay, self.lane, self.person, self.room, self.told = relay, lane, person, room, told
        self.may: dict[str, Channel] = {}
        self.hearing: dict[str, Channel] = {}
        self.sources: dict[int, Source] = {}
        self.changed: set[int] = set()  # sources of which it has not been told whether they pass
        self.echoes, self.all = Bucket(RATE, BURST), Bucket(FLOOD * RATE, FLOOD * BURST)
        self.behind: float | None = None  # since when it has taken nothing, if it skips what passes
        self.unsent = 0  # bytes when that was last looked at
        self.sent: deque[int] = deque(maxlen=OLD)  # bytes that its channels had sent, at the last looks
        self.held = self.closed = False

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
            wanted[name].add(self, self.lane.ready and self.behind is None)
        if wanted != self.hearing:
            self.hearing = wanted
            self.sent.clear()
        return list(wanted)

    def leave(self, source: int) -> None:
        """End one of its microphones."""
        if source in self.sources:
            self.relay.end(self.sources[source])

    def hear_packet(self, frame: bytes) -> None:
        """Take a binary message. Malformed."""
        found, now = head(frame), self.relay.clock()
        if self.all.take(now) and not self.held:
            self.held = True
            self.lane.hold(True)
            asyncio.get_running_loop().call_later(PAUSE, self.read_on)
        if found.channel == ECHO:
            if self.lane.ready and self.behind is None and not self.closed and not self.echoes.take(now):
                self.lane.put_bytes(frame)
            return
        source = self.sources.get(found.source)
        if source and source.channel.number == found.channel:
            source.channel.take(source, found, frame)
        else:
            self.relay.drop(self.room, found.channel)

    def read_on(self) -> None:
        self.held = False
        self.lane.hold(False)

    def close(self) -> None:
        """The socket is gone."""
        if not self.closed:
            self.closed, self.told = True, None
            self.hear(())
            self.may.clear()
            for source in list(self.sources.values()):
                self.relay.end(source)
            self.relay.forget(self)

    # ── What it is sent ──────────────────────────────────────────────────────────────────────────────────────────

    def send(self, *parts: bytes) -> bool:
        return self.lane.put_bytes(*parts)

    def full(self) -> None:
        """It takes no more: from now on it skips what passes."""
        if self.behind is None:
            self.behind = self.relay.clock()
            for channel in self.hearing.values():
                channel.row.discard(self)

    def drained(self) -> None:
        self.look()

    def stalled(self) -> None:
        self.lane.abort()

    def look(self) -> None:
        """Whether it takes what it is sent. Who is behind goes on with the newest once all that was sent is taken."""
        unsent, before = self.lane.backlog(), self.unsent
        self.unsent = unsent
        if self.behind is None:
            sent = sum(channel.bytes for channel in self.hearing.values())
            if len(self.sent) == OLD and unsent > sent - self.sent[0] + OTHER:
                self.full()
            self.sent.append(sent)
        elif self.lane.ready and not unsent:
            self.behind = None
            self.sent.clear()
            for channel in self.hearing.values():
                channel.row.add(self)
        elif unsent < before:
            self.behind = self.relay.clock()
        elif self.relay.clock() - self.behind >= self.relay.stall:
            self.stalled()

    def tell(self, text: Text) -> None:
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
    """Rooms and their channels, tickets and lines of this process.

    `many`: listeners above which there are bundles; `stall`: seconds after which a line that takes nothing is cut off.
    """

    name = "embedded"
    capabilities = frozenset({"audio", "tap", "many"})

    def __init__(self, many: int = MANY, clock: Callable[[], float] = time.monotonic, stall: float = STALL) -> None:
        self.many, self.clock, self.stall = many, clock, stall
        self.timer: asyncio.TimerHandle | None = None
        self.due = self.late = 0.0  # when it looks next, and how late it was
        self.rooms: dict[str, Room] = {}
        self.tickets = Tickets(clock)
        self.lines: dict[tuple[str, str], dict[Line, None]] = {}  # by room and person

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
        ended = here.channels.pop(channel)
        del here.numbers[ended.number]
        persons = {person for where, person in (*self.tickets.given, *self.lines) if where == room}
        texts = [text for person in persons for text in self.take_back(room, person, channel, None)]
        ended.end()
        if not here.channels:
            del self.rooms[room]
        for place, (line, text) in enumerate(texts, 1):
            line.tell(text)
            if place % CHUNK == 0:
                await asyncio.sleep(0)

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
        return f"it is {self.late:.1f} s late" if self.timer and self.late > BUSY else None

    def channel(self, room: str, channel: str) -> Channel:
        """KeyError: there is none."""
        return self.rooms[room].channels[channel]

    # ── Tickets ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def grant(self, person: str, room: str, channel: str, use: Use, seconds: float) -> Ticket:
        found = self.channel(room, channel)
        token = self.tickets.give(room, person, found, use, seconds)
        return Ticket(self.name, f"/rooms/{room}/sound", token, channel, found.number, use, seconds)

    async def revoke(self, person: str, room: str, channel: str | None = None, use: Use | None = None) -> None:
        for line, text in self.take_back(room, person, channel, use):
            line.tell(text)

    def take_back(self, room: str, person: str, channel: str | None, use: Use | None) -> list[tuple["Line", Text]]:
        """Take back a person's rights, used or not; what their lines are to be told of it."""
        self.tickets.void(room, person, channel, use)
        texts: list[tuple[Line, Text]] = []
        for line in self.lines.get((room, person), ()):
            if use != LISTEN:
                for source in [one for one in line.sources.values() if channel in (None, one.channel.name)]:
                    self.end(source)
                    texts.append((line, revoked(source.channel.name, SPEAK)))
            if use != SPEAK:
                taken = [name for name in line.may if channel in (None, name)]
                for name in taken:
                    del line.may[name]
                    texts.append((line, revoked(name, LISTEN)))
                line.hear(line.hearing)
        return texts

    # ── Lines ────────────────────────────────────────────────────────────────────────────────────────────────────

    def open(self, lane: Lane, person: str, room: str, told: Callable[[Text], None] | None = None) -> Line:
        line = Line(self, lane, person, room, told)
        self.lines.setdefault((room, person), {})[line] = None
        if not self.timer:
            self.look_again()
        return line

    def look_again(self) -> None:
        self.due = self.clock() + LOOK
        self.timer = asyncio.get_running_loop().call_later(LOOK, self.look)

    def look(self) -> None:
        """Look after all lines, for as long as there are any."""
        self.timer, self.late = None, self.clock() - self.due
        for line in [line for lines in self.lines.values() for line in lines]:
            line.look()
        if self.lines:
            self.look_again()

    def forget(self, line: Line) -> None:
        others = self.lines[line.room, line.person]
        del others[line]
        if not others:
            del self.lines[line.room, line.person]

    def redeem(self, line: Line, token: str) -> Redeemed | None:
        granted = self.tickets.take(line.room, line.person, token)
        if granted is None:
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


def revoked(channel: str, use: Use) -> Text:
    """What a line is told of a right that was taken back."""
    return {"revoked": {"channel": channel, "use": use}}
