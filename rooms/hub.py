"""A room live on this node: decide, apply, append, see, fan out, in this order and under one lock.

asyncio for the order of things, no I/O of its own. Never awaits a listener; never acts on state read before an await
unless it holds the lock.
"""

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable, Coroutine, Set

from rooms import fanout, questions, roles
from rooms import room as rooms_room
from rooms.core import (
    AUDIENCES,
    SYSTEM,
    Actor,
    Audience,
    Item,
    Key,
    Moment,
    Names,
    Receipt,
    Record,
    Refused,
)
from rooms.fanout import Listener, audience_of
from rooms.ports import Away, Ballots, Bus, Clock, Conflict, Directory, Duplicate, Log, Restored
from rooms.questions import Scored, Unvote, Vote
from rooms.room import Room, name_of, summary_if
from rooms.view import View
from rooms.wire import Envelope, encoder

TRIES = 5  # to append against other writers before commands are sent back
BATCH = 64  # commands made durable together
SCORES = 1.0  # seconds between two sums of votes in the log
AGAIN = (0.5, 2.0, 8.0)  # seconds between tries to show a person's votes while the store is away
PRESENCE = 0.25  # seconds between two counts of people


class Waiting:
    """A command that waits for its turn; the outcome is a receipt, or what its sender is to be told."""

    def __init__(self, actor: Actor, envelope: Envelope) -> None:
        self.actor, self.envelope = actor, envelope
        self.outcome: Receipt | Exception | None = None


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
        bus: Bus,
        clock: Clock,
        directory: Directory,
        new_id: Callable[[], str],
    ) -> None:
        self.log, self.ballots, self.bus, self.clock, self.directory = log, ballots, bus, clock, directory
        self.new_id = new_id
        self.id = id
        self.epoch = ""
        self.names: Names = {}
        self.outside: dict[tuple[str, str], Receipt] = {}  # receipts that are in no log
        self.waiting: list[Waiting] = []
        self.listeners: dict[Listener, Actor] = {}  # and for whom each listens
        self.lock, self.telling = asyncio.Lock(), asyncio.Lock()
        self.scored_at = float("-inf")
        self.tasks: dict[str, asyncio.Task[None]] = {}  # what waits to be done, at most one of a name
        self.running: set[asyncio.Task[None]] = set()  # these, and those at work
        self.shown = 0  # the last seq that listeners were sent
        self.heads = dict.fromkeys(AUDIENCES, 0)  # the last of them in which an audience saw a change
        self.begin()

    def begin(self) -> None:
        """A room before its first event."""
        self.room = Room(self.id)
        self.views = {audience: View(audience) for audience in AUDIENCES}
        self.receipts = dict(self.outside)
        self.touched: dict[Key, None] = {}  # since `shown`
        self.stale = False

    # ── Opening and catching up ──────────────────────────────────────────────────────────────────────────────────

    async def open(self) -> None:
        """Fold the log; sum the ballots where the log's sums differ. NoSuchRoom, Away."""
        async with self.held():
            await self.read_tail()
            await self.sum_up()

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

    async def read_tail(self) -> None:
        tail = await self.log.read(self.id, self.room.seq)
        if self.epoch and tail.epoch != self.epoch:
            raise Restored(self.id)
        self.epoch = tail.epoch
        renamed = {record.event.person for record in tail.records if isinstance(record.event, rooms_room.Renamed)}
        await self.know({record.by for record in tail.records}, renamed)
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
        """End what runs in the background."""
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)

    # ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def do(self, actor: Actor, envelope: Envelope) -> Receipt:
        """Carry out a command, durably and once. Refused says why not; Away: send the same id again."""
        if isinstance(envelope.command, Vote | Unvote):
            return await self.vote(actor, envelope, envelope.command)
        waiting = Waiting(actor, envelope)
        self.waiting.append(waiting)
        try:
            async with self.held():
                while waiting in self.waiting:  # whoever had the lock before may have carried it out
                    await self.carry_out()
        finally:
            if waiting in self.waiting:
                self.waiting.remove(waiting)
        if isinstance(waiting.outcome, Receipt):
            return waiting.outcome
        raise waiting.outcome or Away("interrupted")

    async def carry_out(self) -> None:
        """Decide a batch of what waits, one after the other, and make it durable together."""
        batch, self.waiting = self.waiting[:BATCH], self.waiting[BATCH:]
        for waiting, outcome in zip(batch, await self.together(batch), strict=True):
            waiting.outcome = outcome

    async def together(self, batch: list[Waiting]) -> list[Receipt | Exception]:
        """Try a batch until it is durable, or it is clear that it will not be; an outcome for each."""
        for _ in range(TRIES):
            try:
                if self.stale:
                    await self.reload()
                return await self.attempt(batch)
            except Conflict:
                continue
            except Duplicate as duplicate:  # known to the store and not to the log: a vote's
                self.outside[duplicate.receipt.actor, duplicate.receipt.id] = duplicate.receipt
            except Away as away:
                return [away] * len(batch)
            except Exception as bug:  # hits its own sender only
                return [bug] if len(batch) == 1 else [one for each in batch for one in await self.together([each])]
        return [Refused("try.again", after=1)] * len(batch)

    async def attempt(self, batch: list[Waiting]) -> list[Receipt | Exception]:
        """Conflict, Duplicate, Away: none of it is durable, as far as is known."""
        self.stale = True  # until it is
        await self.know({waiting.actor.id for waiting in batch})
        records: list[Record] = []
        outcomes: list[Receipt | Exception] = []
        for waiting in batch:
            try:
                outcomes.append(self.decide(waiting.actor, waiting.envelope, records))
            except Refused as refused:
                outcomes.append(refused)
        if records:
            await self.commit(records)
        self.stale = False
        return outcomes

    def decide(self, actor: Actor, envelope: Envelope, records: list[Record]) -> Receipt:
        """Decide a command and apply its events ahead, adding their records."""
        known = self.known(actor, envelope)
        if known:
            return known
        moment = Moment(self.clock.now(), self.new_id)
        decided = rooms_room.decide(envelope.command, self.room, actor, moment)
        last = self.room.seq + len(decided.events)
        receipt = Receipt(actor.id, envelope.id, envelope.digest, last, decided.ok)
        for seq, event in enumerate(decided.events, self.room.seq + 1):
            record = Record(seq, moment.now, actor.id, event, receipt if seq == last else None)
            self.take(record)
            records.append(record)
        return receipt

    def known(self, actor: Actor, envelope: Envelope) -> Receipt | None:
        """The receipt of a command carried out before; None for a new one that its sender may give. Refused."""
        known = self.receipts.get((actor.id, envelope.id))
        if known:
            return same(known, envelope)
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

    # ── Votes ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def vote(self, actor: Actor, envelope: Envelope, command: Vote | Unvote) -> Receipt:
        """A row of its own, answered when that is durable. The log gets the sum."""
        try:
            async with self.held():
                known = self.known(actor, envelope)
                if known:
                    return known
                rooms_room.admit(command, self.room, actor)
                questions.votable(command, self.room.questions, actor, audience_of(actor))
        except Refused:
            earlier = await self.ballots.known(self.id, actor.id, envelope.id)
            if earlier:  # a retry is answered even when the question is over
                return same(earlier, envelope)
            raise
        receipt = Receipt(actor.id, envelope.id, envelope.digest, self.room.seq, {"question": command.question})
        kept = await self.ballots.cast(self.id, command.question, receipt, isinstance(command, Vote))
        same(kept, envelope)
        self.once(f"votes of {actor.id}", functools.partial(self.show_votes, actor.id))
        self.once("scores", self.sum_up_soon)
        return kept

    async def show_votes(self, person: str) -> None:
        for wait in (0, *AGAIN):
            await asyncio.sleep(wait)
            async with self.telling:  # in order: what is sent last is what was read last
                self.tasks.pop(f"votes of {person}", None)  # a vote from here on is shown anew
                with contextlib.suppress(Away):
                    self.tell(person, {"votes": await self.ballots.of(self.id, person)})
                    return

    async def sum_up_soon(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self.scored_at + SCORES - loop.time()))
        self.scored_at = loop.time()
        self.tasks.pop("scores", None)  # a vote from here on makes the next sum
        try:
            async with self.held():
                await self.sum_up()
        except Away:
            self.once("scores", self.sum_up_soon)

    async def sum_up(self) -> None:
        """Bring the log's sums of votes up to the ballots; nothing if they agree. Away."""
        tally = await self.ballots.tally(self.id)
        for _ in range(TRIES):
            if self.stale:
                await self.reload()
            stand = self.room.questions.all
            changed = {id: tally.get(id, 0) for id in stand if tally.get(id, 0) != stand[id].votes}
            if not changed:
                return
            record = Record(self.room.seq + 1, self.clock.now(), SYSTEM, Scored(changed))
            self.stale = True  # until it is durable
            self.take(record)
            with contextlib.suppress(Conflict):
                await self.commit([record])

    # ── Listeners ────────────────────────────────────────────────────────────────────────────────────────────────

    async def join(self, listener: Listener, actor: Actor, you: Item, cursor: tuple[str, int] | None) -> None:
        """Send a connection its first frame (what changed since its cursor, else everything) and keep it told.

        One that listens already does so as somebody else from here on. Restored, Away.
        """
        if cursor and cursor[1] > self.room.seq:
            await self.catch_up()
        async with self.held(), self.telling:
            votes = await self.ballots.of(self.id, actor.id)
            listener.send(self.first_frame(actor, you, votes, cursor))
            self.listeners[listener] = actor
        self.once("presence", self.count_soon)

    async def snapshot(self, actor: Actor, you: Item) -> str:
        """Everything somebody sees, as the first frame of a connection has it. Restored, Away."""
        async with self.held():
            return self.first_frame(actor, you, await self.ballots.of(self.id, actor.id), None)

    def leave(self, listener: Listener) -> None:
        self.listeners.pop(listener, None)
        self.once("presence", self.count_soon)

    def first_frame(self, actor: Actor, you: Item, votes: list[str], cursor: tuple[str, int] | None) -> str:
        view, audience = self.views[audience_of(actor)], audience_of(actor)
        epoch = self.epoch_of(audience)
        own = {
            "questions": questions.mine(self.room.questions, actor.id),
            "votes": votes,
            "channel": None,
            "hand": None,
        }
        if cursor and cursor[0] == epoch and cursor[1] <= self.room.seq:
            put = {**view.since(self.room, cursor[1], self.names), "mine": own}
            frame: dict[str, object] = {"put": put, "seq": self.room.seq}
        else:
            everything = {**view.everything(self.room, self.names), "people": self.people(), "mine": own}
            frame = {"all": everything, "seq": self.room.seq}
        return encoder.encode({**frame, "epoch": epoch, "you": you, "at": self.clock.now()}).decode()

    def epoch_of(self, audience: Audience) -> str:
        return f"{self.epoch}-{audience}"

    def show(self) -> None:
        """Send every audience what was touched and is durable now, as one frame."""
        touched, since = self.touched, self.shown
        self.touched, self.shown = {}, self.room.seq
        self.heads = {audience: view.head for audience, view in self.views.items()}
        if touched and self.listeners:
            self.fan_out(since, touched)

    def fan_out(self, since: int, touched: dict[Key, None]) -> None:
        fanout.fan_out(self.listeners, self.views, self.room, self.names, since, touched)

    def tell(self, person: str, mine: Item) -> None:
        """Send all connections of a person something of their own, without a place in the log."""
        frame = encoder.encode({"put": {"mine": mine}}).decode()
        for listener, actor in self.listeners.items():
            if actor.id == person:
                listener.send(frame)

    def heartbeat(self, audience: Audience) -> str:
        """`at` and the last seq that this audience was sent."""
        return encoder.encode({"at": self.clock.now(), "seq": self.heads[audience]}).decode()

    # ── People ───────────────────────────────────────────────────────────────────────────────────────────────────

    def present(self) -> int:
        return len({actor.id for actor in self.listeners.values()})

    def people(self) -> dict[str, Item]:
        return {"people": {"present": self.present()}}

    async def count_soon(self) -> None:
        await asyncio.sleep(PRESENCE)
        self.tasks.pop("presence", None)
        frame = encoder.encode({"put": {"people": self.people()}}).decode()
        for listener in self.listeners:
            listener.send(frame)

    def once(self, name: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Start a piece of background work unless it waits already; work takes its name off when it no longer waits."""
        if name not in self.tasks:
            task = self.tasks[name] = asyncio.create_task(work())
            self.running.add(task)
            task.add_done_callback(self.running.discard)


def same(known: Receipt, envelope: Envelope) -> Receipt:
    """The receipt of an earlier command, if this is that command again."""
    if known.digest != envelope.digest:
        raise Refused("command.reused")
    return known
