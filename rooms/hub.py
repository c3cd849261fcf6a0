"""A room live on this node: decide, apply, append, see, fan out, in this order and under one lock.

asyncio for the order of things, no I/O of its own. Never awaits a listener; never acts on state read before an await
unless it holds the lock.
"""

import asyncio
import contextlib
import functools
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping, Set
from datetime import datetime

from rooms import fanout, lifecycle, people, polls, presence, roles, rows, tallies, turns
from rooms import room as rooms_room
from rooms.core import (
    AUDIENCES,
    NO_FACTS,
    SYSTEM,
    Actor,
    Audience,
    Command,
    Decided,
    Event,
    Facts,
    Item,
    Key,
    Moment,
    Names,
    Receipt,
    Record,
    Refused,
)
from rooms.crowd import Crowd, Listener, PlainRow, Row, audience_of
from rooms.interpretation import Choose
from rooms.lists import summary_if
from rooms.people import Restriction
from rooms.ports import Away, Ballots, Boxes, Bus, Choices, Clock, Conflict, Directory, Log, Restored
from rooms.presence import Absence
from rooms.questions import Unvote, Vote
from rooms.reactions import React, Reactions
from rooms.room import Room, name_of
from rooms.rows import Cast, Own, Read
from rooms.turns import TRIES, Waiting
from rooms.view import View
from rooms.wire import Envelope, encoder

CLOCKWORK = Actor(SYSTEM, "system")
PASSED = 256  # receipts of what was shown and not kept


class Hub:
    """One room on this node: its state, a view per audience, and who listens.

    While the lock is held the room may be ahead of the disk; nobody is shown anything of it until it is durable. If it
    does not become durable, the room is folded anew.
    """

    def __init__(
        self,
        id: str,
        log: Log,
        ballots: Ballots,
        choices: Choices,
        boxes: Boxes,
        bus: Bus,
        clock: Clock,
        directory: Directory,
        new_id: Callable[[], str],
        new_row: Callable[[], Row] = PlainRow,
        reseat: Callable[[str], None] = lambda _person: None,
        heed: Callable[["Hub", Set[str]], None] = lambda _hub, _collections: None,
    ) -> None:
        self.log, self.ballots, self.choices, self.boxes, self.bus = log, ballots, choices, boxes, bus
        self.clock, self.directory = clock, directory
        self.new_id = new_id
        self.reseat = reseat  # called when what somebody may do here has changed, durably
        self.heed = heed  # called when anything has, with the collections of what changed; the room is held meanwhile
        self.id = id
        self.epoch = ""
        self.names: Names = {}
        self.outside: dict[tuple[str, str], Receipt] = {}  # receipts that are in no log
        self.passed: dict[tuple[str, str], Receipt] = {}  # the last of what was shown and not kept
        self.waiting: list[Waiting] = []
        self.crowd = Crowd(new_row)
        self.drained: dict[Listener, None] = {}  # who was behind and can take more
        self.lock = asyncio.Lock()
        self.own: dict[str, Own] = {}  # the rows of everybody who is here
        self.untold: dict[str, dict[str, None]] = {}  # and what of them their persons have not been told
        self.cast: deque[Cast] = deque(maxlen=rows.CAST)  # the last rows
        self.casts = 0  # and how many there have been
        self.gone: dict[Absence, float] = {}  # since when who is missing has had no connection, in the loop's seconds
        self.at_page: set[tuple[str, str]] = set()  # who was seen at the page of a booth they are in: language, person
        self.away: dict[str, list[str]] = {}  # of each booth, who was last said to be away
        self.counted: set[str] = set()  # the languages of the last count
        self.ever: set[str] = set()  # and of all
        self.conflicts: dict[str, Item] = {}  # who is due in another room as well; told by whoever knows the others
        self.warned: set[str] = set()  # all of which booth and crew have been told
        self.scored_at = self.next_at = float("-inf")  # when sums of votes were made, when the next frame may go out
        self.reactions, self.reacted_at = Reactions(), float("-inf")  # not shown yet; when others were
        self.counted_at = float("-inf")  # when polls were counted
        self.owed: set[str] = set()  # who has voted in a poll since, and is told its sums
        self.ended: set[Key] = set()  # what was shown without being kept, and is over
        self.later: set[Key] = set()  # what was not kept and is over, to be said with the next frame
        self.tasks: dict[str, asyncio.Task[None]] = {}  # what waits to be done, at most one of a name
        self.running: set[asyncio.Task[None]] = set()  # these, and those at work
        self.shown = 0  # up to where frames have been composed
        self.heads = dict.fromkeys(AUDIENCES, 0)  # the last seq until there in which an audience saw a change
        self.begin()

    def begin(self) -> None:
        """A room before its first event."""
        self.room = Room(self.id)
        self.views = {audience: View(audience) for audience in AUDIENCES}
        self.receipts = dict(self.outside)
        self.touched: dict[Key, None] = {}  # since `shown`
        self.passing: dict[Key, Item | None] = {}  # to be shown and not kept, once what is decided with it is durable
        self.new: dict[tuple[str, str], Receipt] = {}  # the receipts of that
        self.stale = False

    # ── Opening and catching up ──────────────────────────────────────────────────────────────────────────────────

    async def open(self) -> None:
        """Fold the log; sum the ballots where the log's sums differ. NoSuchRoom, Away."""
        try:
            async with self.held():
                await self.read_tail()
                await rows.sum_up(self)
                await tallies.count(self)
        except BaseException:  # nobody will listen here, so nobody's time may run out here
            await self.close()
            raise
        presence.heed_absent(self)

    async def catch_up(self, head: int | None = None) -> None:
        """Apply what others have appended; with a head, only if this room is behind it. Restored, Away."""
        async with self.held():
            if head is None or head > self.room.seq:
                await self.read_tail()

    @contextlib.asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """The room as it is on disk, for as long as this lasts."""
        async with self.lock:
            if self.stale:
                await self.reload()
            yield

    async def reload(self) -> None:
        self.begin()
        self.stale = True  # until the log has been read
        await self.read_tail()
        self.stale = False
        presence.heed_absent(self)  # who has left meanwhile was looked for in a room that has not become durable

    async def read_tail(self) -> None:
        tail = await self.log.read(self.id, self.room.seq)
        if self.epoch and tail.epoch != self.epoch:
            raise Restored(self.id)
        self.epoch = tail.epoch
        renamed = {record.event.person for record in tail.records if isinstance(record.event, lifecycle.Renamed)}
        events = [record.event for record in tail.records]
        named = presence.named(events) | people.named(events)
        await self.know({record.by for record in tail.records} | named, renamed)
        for record in tail.records:
            self.take(record)
        self.show()

    def take(self, record: Record) -> None:
        """Apply a record, and take note of what it touched."""
        keys = rooms_room.apply(record, self.room)
        for view in self.views.values():
            view.touch(self.room, record.event, keys, self.names)
        if record.seq > self.shown:
            self.touched.update(dict.fromkeys(keys))
        if record.receipt:
            self.receipts[record.receipt.actor, record.receipt.id] = record.receipt

    async def know(self, persons: set[str], renamed: Set[str] = frozenset()) -> None:
        """Have the names at hand that will be shown."""
        unknown = renamed | {person for person in persons if person not in self.names and person != SYSTEM}
        if unknown:
            self.names.update(await self.directory.names(frozenset(unknown)))

    async def close(self) -> None:
        """End what runs in the background; what has not been carried out is not."""
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)
        for waiting in self.waiting:
            waiting.told(Away("closed"))

    # ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def do(self, actor: Actor, envelope: Envelope, facts: Facts = NO_FACTS) -> Receipt:
        """Carry out a command, durably and once. Refused says why not; Away: send the same id again."""
        if isinstance(envelope.command, Vote | Unvote):
            return await rows.vote(self, actor, envelope, envelope.command)
        if isinstance(envelope.command, Choose):
            return await rows.choose(self, actor, envelope, envelope.command)
        if isinstance(envelope.command, React):
            return await presence.react(self, actor, envelope, envelope.command)
        if isinstance(envelope.command, polls.Vote):
            return await tallies.vote(self, actor, envelope, envelope.command)
        waiting = Waiting(actor, envelope, facts)
        self.waiting.append(waiting)
        self.once("commands", functools.partial(turns.carry_out, self))
        return await waiting.outcome

    def decide(self, waiting: Waiting, records: list[Record]) -> Receipt:
        """Decide a command and apply its events ahead, adding their records."""
        actor, envelope = waiting.actor, waiting.envelope
        known = self.known(actor, envelope)
        if known:
            return known
        moment = Moment(self.clock.now(), self.new_id)
        decided = rooms_room.decide(envelope.command, self.room, actor, moment, waiting.facts)
        last = self.room.seq + len(decided.events)
        receipt = Receipt(actor.id, envelope.id, envelope.digest, last, decided.ok)
        for seq, event in enumerate(decided.events, self.room.seq + 1):
            record = Record(seq, moment.now, actor.id, event, receipt if seq == last else None)
            self.take(record)
            records.append(record)
        self.passing |= decided.passing
        if not decided.events and decided.ok:
            self.new[actor.id, envelope.id] = receipt
        return receipt

    def remember(self) -> None:
        """Commands that left nothing in the log are answered again for a while, and not shown twice."""
        self.passed |= self.new
        self.new = {}
        for key in list(self.passed)[:-PASSED]:
            del self.passed[key]

    async def let_happen(self, over: Callable[[], Command | None]) -> None:
        """Carry out a command of the system: time has run out, if it still has once nobody else acts. Away."""
        async with self.held():
            for _ in range(TRIES):
                if self.stale:
                    await self.reload()
                command, moment = over(), Moment(self.clock.now(), self.new_id)
                decided = rooms_room.decide(command, self.room, CLOCKWORK, moment) if command else Decided()
                if not decided.events:
                    return
                await self.know(presence.named(decided.events))
                self.stale = True  # until it is durable
                with contextlib.suppress(Conflict):
                    await self.commit(self.ahead(decided.events, moment.now))
                    return
        raise Away("others write")

    def ahead(self, events: Iterable[Event], now: datetime) -> list[Record]:
        """Apply what the system makes happen, before it is durable."""
        records = [Record(seq, now, SYSTEM, event) for seq, event in enumerate(events, self.room.seq + 1)]
        for record in records:
            self.take(record)
        return records

    def known(self, actor: Actor, envelope: Envelope) -> Receipt | None:
        """The receipt of a command carried out before; None for a new one that its sender may give. Refused."""
        key = (actor.id, envelope.id)
        known = self.receipts.get(key) or self.passed.get(key) or self.new.get(key)
        if known:
            return rows.same(known, envelope)
        name = name_of(envelope.command)
        if not roles.may(actor.role, name):
            raise Refused("role.missing", command=name)
        if name in roles.NAMED and not actor.named:
            raise Refused("name.missing")
        return None

    async def commit(self, records: list[Record]) -> None:
        """Make durable what was applied ahead, then show it."""
        await self.log.append(self.id, records[0].seq - 1, tuple(records), summary_if(self.room, records))
        self.stale = False
        self.show()
        self.bus.publish(self.id, self.room.seq)

    # ── Listeners ────────────────────────────────────────────────────────────────────────────────────────────────

    async def join(
        self,
        listener: Listener,
        actor: Actor,
        you: Item,
        cursor: tuple[str, int] | None,
        found: Read | None = None,
        booth: str | None = None,
    ) -> Restriction | None:
        """Send a connection its first frame (what changed since its cursor, else everything) and keep it told.

        One that listens already does so as somebody else from here on. `found` are the person's rows, where they have
        been read already. `booth`: the language of the booth whose page this is. What the person is told they may do no
        longer is returned. Refused, Restored, Away.
        """
        if cursor and cursor[1] > self.room.seq:
            await self.catch_up()
        async with self.held():
            bound = people.here(self.room.restricted, actor)
            own = await rows.own(self, actor.id, found)
            frame = self.first_frame(actor, {**you, **self.limits(actor, bound)}, own, cursor)
            self.own[actor.id] = own
            self.crowd.add(listener, actor, booth)
            fanout.send(self, listener, *frame)
        presence.come(self, actor)
        return bound

    async def expect(self, actor: Actor) -> None:
        """Refuse somebody who is not to come in. Refused, Restored, Away."""
        async with self.held():
            people.here(self.room.restricted, actor)

    def limits(self, actor: Actor, bound: Restriction | None) -> Item:
        return people.you(bound, roles.rights(actor.role, *actor.also) if bound else ())

    async def snapshot(self, actor: Actor, you: Item) -> bytes:
        """Everything somebody sees, as the first frame of a connection has it. Refused, Restored, Away."""
        async with self.held():
            bound = people.here(self.room.restricted, actor)
            own = await rows.own(self, actor.id, None)
            return b"".join(self.first_frame(actor, {**you, **self.limits(actor, bound)}, own, None))

    def leave(self, listener: Listener) -> None:
        actor = self.crowd.remove(listener)
        self.drained.pop(listener, None)
        if actor:
            presence.go(self, actor)

    def first_frame(self, actor: Actor, you: Item, own: Own, cursor: tuple[str, int] | None) -> tuple[bytes, ...]:
        """The parts of a first frame; that of a whole room is the same object for all who come at one seq."""
        view, audience = self.views[audience_of(actor)], audience_of(actor)
        epoch, mine = self.epoch_of(audience), {"mine": rows.mine(self, actor.id, own)}
        sums = tallies.results(self, own)
        rest = encoder.encode({"seq": self.room.seq, "epoch": epoch, "you": you, "at": self.clock.now()})[1:]
        if cursor and cursor[0] == epoch and cursor[1] <= self.room.seq:
            warned = {**presence.warnings_anew(self, audience), **({"results": sums} if sums else {})}
            put = {**view.since(self.room, cursor[1], self.names), **warned, **mine}
            return (b'{"put":%b,%b' % (encoder.encode(put), rest),)
        told = {**presence.counts(self, audience), **presence.warnings(self, audience), "results": sums}
        here = encoder.encode({**told, **mine})[1:]
        return b'{"all":{', view.encoded(self.room, self.names), b",%b,%b" % (here, rest)

    def epoch_of(self, audience: Audience) -> str:
        return f"{self.epoch}-{audience}"

    def show(self) -> None:
        fanout.show(self)

    def fan_out(self, since: int, touched: Mapping[Key, None]) -> Iterator[None]:
        return fanout.fan_out(self, since, touched)

    def tell(self, person: str, mine: Item) -> None:
        """Send all connections of a person something of their own, without a place in the log."""
        self.crowd.whisper(person, encoder.encode({"put": {"mine": mine}}))

    def warn(self, conflicts: dict[str, Item]) -> None:
        """Take over who is due in another room as well, by id; booth and crew are told what changed of it."""
        presence.warn(self, conflicts)

    def heartbeat(self, audience: Audience) -> bytes:
        """`at` and the last seq that this audience was sent."""
        return encoder.encode({"at": self.clock.now(), "seq": self.heads[audience]})

    # ── In the background ──────────────────────────────────────────────────────────────────────────────────────────

    def once(self, name: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Start a piece of background work unless it waits already; work takes its name off when it no longer waits."""
        if name not in self.tasks:
            task = self.tasks[name] = asyncio.create_task(work())
            self.running.add(task)
            task.add_done_callback(self.running.discard)
