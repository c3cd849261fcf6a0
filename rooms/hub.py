"""A room live on this node: decide, append, apply, see, fan out, in this order and under one lock.

asyncio for the order of things, no I/O of its own. Never awaits a listener; never acts on state read before an await
unless it holds the lock.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Protocol

import msgspec

from rooms import questions, roles
from rooms import room as rooms_room
from rooms.core import (
    AUDIENCES,
    SYSTEM,
    Actor,
    Audience,
    Decided,
    Event,
    Item,
    Key,
    Moment,
    Names,
    Receipt,
    Record,
    Refused,
)
from rooms.ports import Away, Ballots, Bus, Clock, Conflict, Directory, Duplicate, Log
from rooms.questions import Scored, Unvote, Vote
from rooms.room import Room, name_of, summary_after
from rooms.view import View
from rooms.wire import Envelope, encoder

TRIES = 5  # to append against other writers before the command is sent back
SCORES = 1.0  # seconds between two sums of votes in the log
PRESENCE = 0.25  # seconds between two counts of people


class Listener(Protocol):
    """One connection as the hub sees it. `send` puts a frame into a bounded queue and never waits."""

    @property
    def actor(self) -> Actor: ...

    def send(self, frame: str) -> None: ...


def audience_of(actor: Actor) -> Audience:
    return roles.AUDIENCE[actor.role]


class Hub:
    """One room on this node: its state, a view per audience, and who listens."""

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
        self.room = Room(id)
        self.epoch = ""
        self.names: Names = {}
        self.views = {audience: View(audience) for audience in AUDIENCES}
        self.receipts: dict[tuple[str, str], Receipt] = {}
        self.listeners: set[Listener] = set()
        self.lock = asyncio.Lock()
        self.scored_at = float("-inf")
        self.tasks: dict[str, asyncio.Task[None]] = {}  # at most one of a name: scores, presence

    # ── Opening and catching up ──────────────────────────────────────────────────────────────────────────────────

    async def open(self) -> None:
        """Fold the log; sum the ballots where the log's sums differ. NoSuchRoom."""
        async with self.lock:
            await self.read_tail()
            await self.sum_up()

    async def catch_up(self, head: int | None = None) -> None:
        """Apply what others have appended; with a head, only if this room is behind it."""
        async with self.lock:
            if head is None or head > self.room.seq:
                await self.read_tail()

    async def read_tail(self) -> None:
        tail = await self.log.read(self.room.id, self.room.seq)
        if self.epoch and tail.epoch != self.epoch:
            raise Away("the log was restored; this room opens anew")
        self.epoch = tail.epoch
        await self.apply(tail.records)

    async def close(self) -> None:
        """End what runs in the background."""
        for task in self.tasks.values():
            task.cancel()
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)

    # ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def do(self, actor: Actor, envelope: Envelope) -> Receipt:
        """Carry out a command, durably and once. Refused says why not; Away: send the same id again."""
        async with self.lock:
            known = self.receipts.get((actor.id, envelope.id))
            if known:
                return same(known, envelope)
            name = name_of(envelope.command)
            if not roles.may(actor.role, name):
                raise Refused("role.missing", command=name)
            if name in roles.NAMED and not actor.named:
                raise Refused("name.missing")
            if isinstance(envelope.command, Vote | Unvote):
                return await self.vote(actor, envelope, envelope.command)
            for _ in range(TRIES):
                decided = self.decide(actor, envelope)
                receipt = Receipt(
                    actor.id, envelope.id, envelope.digest, self.room.seq + len(decided.events), decided.ok
                )
                try:
                    await self.append(actor.id, decided.events, receipt)
                except Conflict:
                    await self.read_tail()
                    known = self.receipts.get((actor.id, envelope.id))
                    if known:
                        return same(known, envelope)
                except Duplicate as duplicate:
                    await self.read_tail()  # it was applied elsewhere, or was durable here and not shown
                    return same(duplicate.receipt, envelope)
                else:
                    return receipt
        raise Refused("try.again")

    def decide(self, actor: Actor, envelope: Envelope) -> Decided:
        moment = Moment(self.clock.now(), self.new_id)
        return rooms_room.decide(envelope.command, self.room, actor, moment)

    async def append(self, by: str, events: tuple[Event, ...], receipt: Receipt | None) -> None:
        """Make events durable, then apply and show them. The lock is held."""
        at, seq = self.clock.now(), self.room.seq
        last = seq + len(events)
        records = tuple(
            Record(number, at, by, event, receipt if number == last else None)
            for number, event in enumerate(events, seq + 1)
        )
        await self.log.append(self.room.id, seq, records, summary_after(self.room, records))
        await self.apply(records)
        self.bus.publish(self.room.id, self.room.seq)

    async def apply(self, records: tuple[Record, ...]) -> None:
        """Apply durable records and send every audience what changed, as one frame."""
        if not records:
            return
        await self.know(records)
        before = self.room.seq
        touched: dict[Key, None] = {}
        for record in records:
            keys = rooms_room.apply(record, self.room)
            for view in self.views.values():
                view.touch(self.room, keys, self.names)
            touched.update(dict.fromkeys(keys))
            if record.receipt:
                self.receipts[record.receipt.actor, record.receipt.id] = record.receipt
        if self.listeners:
            self.fan_out(before, {id for collection, id in touched if collection == "mine"})

    async def know(self, records: tuple[Record, ...]) -> None:
        """Have the names at hand that these records will show."""
        unknown = {record.by for record in records if record.by not in self.names and record.by != SYSTEM}
        unknown |= {record.event.person for record in records if isinstance(record.event, rooms_room.Renamed)}
        if unknown:
            self.names.update(await self.directory.names(frozenset(unknown)))

    # ── Votes ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def vote(self, actor: Actor, envelope: Envelope, command: Vote | Unvote) -> Receipt:
        rooms_room.admit(command, self.room, actor)
        questions.votable(command, self.room.questions, actor, audience_of(actor))
        receipt = Receipt(actor.id, envelope.id, envelope.digest, self.room.seq, {"question": command.question})
        kept = await self.ballots.cast(self.room.id, command.question, receipt, isinstance(command, Vote))
        if kept.digest != envelope.digest:
            raise Refused("command.reused")
        await self.show_votes(actor.id)
        self.once("scores", self.sum_up_soon)
        self.receipts[actor.id, envelope.id] = kept  # a retry is answered even when the question is over
        return kept

    async def show_votes(self, person: str) -> None:
        votes = await self.ballots.of(self.room.id, person)
        self.tell(person, {"votes": votes})

    async def sum_up_soon(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self.scored_at + SCORES - loop.time()))
        async with self.lock:
            self.scored_at = loop.time()
            self.tasks.pop("scores", None)  # a vote from here on makes the next sum
            try:
                await self.sum_up()
            except Away:
                self.once("scores", self.sum_up_soon)

    async def sum_up(self) -> None:
        """Bring the log's sums of votes up to the ballots; nothing if they agree. The lock is held."""
        tally = await self.ballots.tally(self.room.id)
        stand = self.room.questions.all
        changed = {id: tally.get(id, 0) for id in stand if tally.get(id, 0) != stand[id].votes}
        if changed:
            try:
                await self.append(SYSTEM, (Scored(changed),), None)
            except Conflict:
                await self.read_tail()
                await self.sum_up()

    # ── Listeners ────────────────────────────────────────────────────────────────────────────────────────────────

    async def join(self, listener: Listener, you: Item, cursor: tuple[str, int] | None) -> None:
        """Send a new connection its first frame (what changed since its cursor, else everything) and keep it told."""
        if cursor and cursor[1] > self.room.seq:
            await self.catch_up()
        async with self.lock:
            votes = await self.ballots.of(self.room.id, listener.actor.id)
            listener.send(self.first_frame(listener.actor, you, votes, cursor))
            self.listeners.add(listener)
        self.once("presence", self.count_soon)

    def leave(self, listener: Listener) -> None:
        self.listeners.discard(listener)
        self.once("presence", self.count_soon)

    def first_frame(self, actor: Actor, you: Item, votes: list[str], cursor: tuple[str, int] | None) -> str:
        view = self.views[audience_of(actor)]
        epoch = self.epoch_of(view.audience)
        mine = {"questions": questions.mine(self.room.questions, actor.id), "votes": votes}
        own = {**mine, "channel": None, "hand": None}
        resumed = cursor is not None and cursor[0] == epoch and cursor[1] <= self.room.seq
        if resumed and cursor:
            put: dict[str, object] = {**view.since(self.room, cursor[1], self.names), "mine": own}
            frame: dict[str, object] = {"put": put, "seq": self.room.seq}
        else:
            everything = {**view.everything(self.room, self.names), "people": self.people(), "mine": own}
            frame = {"all": everything, "seq": self.room.seq}
        return encoder.encode({**frame, "epoch": epoch, "you": you, "at": self.clock.now()}).decode()

    def epoch_of(self, audience: Audience) -> str:
        return f"{self.epoch}-{audience}"

    def fan_out(self, before: int, persons: set[str]) -> None:
        """Encode what changed once per audience and give every listener the same text; own questions are spliced in."""
        bodies: dict[Audience, str] = {}
        for listener in self.listeners:
            audience = audience_of(listener.actor)
            if audience not in bodies:
                put = self.views[audience].since(self.room, before, self.names)
                bodies[audience] = encoder.encode(put).decode()[1:-1]
        tail = f',"seq":{self.room.seq}}}'
        frames = {audience: f'{{"put":{{{body}}}{tail}' for audience, body in bodies.items() if body}
        spliced: dict[tuple[Audience, str], str] = {}
        for listener in self.listeners:
            audience, person = audience_of(listener.actor), listener.actor.id
            if person in persons:
                if (audience, person) not in spliced:
                    own = encoder.encode({"questions": questions.mine(self.room.questions, person)}).decode()
                    rest = f",{bodies[audience]}" if bodies[audience] else ""
                    spliced[audience, person] = f'{{"put":{{"mine":{own}{rest}}}{tail}'
                listener.send(spliced[audience, person])
            elif audience in frames:
                listener.send(frames[audience])

    def tell(self, person: str, mine: Item) -> None:
        """Send all connections of a person something of their own, without a place in the log."""
        frame = encoder.encode({"put": {"mine": mine}}).decode()
        for listener in self.listeners:
            if listener.actor.id == person:
                listener.send(frame)

    def heartbeat(self, audience: Audience) -> str:
        """`at` and the last seq that this audience was sent."""
        return encoder.encode({"at": self.clock.now(), "seq": self.views[audience].head}).decode()

    # ── People ───────────────────────────────────────────────────────────────────────────────────────────────────

    def present(self) -> int:
        return len({listener.actor.id for listener in self.listeners})

    def people(self) -> dict[str, Item]:
        return {"people": {"present": self.present()}}

    async def count_soon(self) -> None:
        await asyncio.sleep(PRESENCE)
        self.tasks.pop("presence", None)
        frame = encoder.encode({"put": {"people": self.people()}}).decode()
        for listener in self.listeners:
            listener.send(frame)

    def once(self, name: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Start a piece of background work unless it waits already."""
        if name not in self.tasks:
            self.tasks[name] = asyncio.create_task(work())


def same(known: Receipt, envelope: Envelope) -> Receipt:
    """The receipt of an earlier command, if this is that command again."""
    if known.digest != envelope.digest:
        raise Refused("command.reused")
    return known


def snapshot(hub: Hub, audience: Audience) -> Item:
    """Everything one audience sees, without a person: for pages and programs."""
    view = hub.views[audience]
    everything = {**view.everything(hub.room, hub.names), "people": hub.people()}
    plain = msgspec.to_builtins({"all": everything, "seq": hub.room.seq, "epoch": hub.epoch_of(audience)})
    return dict(plain)
