"""Random histories through a hub: listeners drop at any point and return by cursor, people vote and send things twice,
the node restarts, others write, the log fails. `check` holds one history to the law; the same seed is the same history.
"""

import asyncio
import contextlib
import json
import random
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import TypeVar

from msgspec.structs import replace

from rooms.core import NO_FACTS, Actor, Event, Facts, Receipt, Record, Refused
from rooms.fanout import audience_of
from rooms.hub import Hub
from rooms.lists import Summary
from rooms.memory import MemoryBallots, MemoryChoices, MemoryLog
from rooms.ports import Away
from rooms.questions import HIDDEN, OPEN, Ask, Published, Scored, Unvote, Vote
from rooms.room import Opened, Renamed
from rooms.wire import Envelope
from tests.rooms.seats import House, Seat, asks, settle
from tests.rooms.stories import PEOPLE, PLAN, Story, facts

T = TypeVar("T")

SEATS = (
    *(Actor(id, "participant") for id in ("p0", "p0", "p1", "p2")),
    Actor("e1", "expert"),
    *(Actor(id, "interpreter") for id in ("i1", "i1")),
    Actor("k1", "captioner"),
    *(Actor(id, "moderator") for id in ("m0", "m0", "m1")),
    Actor("o1", "organiser"),
)


class Watched(Seat):
    """A seat whose frames are searched, as they come, for what this person must not see."""

    def __init__(self, actor: Actor, history: "History") -> None:
        super().__init__(actor)
        self.history = history

    def send(self, frame: str) -> None:
        super().send(frame)
        if audience_of(self.actor) != "crew":
            secrets = self.history.secrets(self.actor.id)
            self.history.searched += len(secrets)
            self.history.leaks += [f"{secret} to {self.actor.id}" for secret in secrets if secret in frame]


class Faulty(MemoryLog):
    """A log that is slow, and now and then away: before it has written, or after."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.chance = chance
        self.faults = 0

    async def append(self, room: str, expected: int, records: tuple[Record, ...], summary: Summary | None) -> None:
        await asyncio.sleep(0)
        draw = self.chance.random()
        if draw >= 0.05:
            await super().append(room, expected, records, summary)
        if draw < 0.1:
            self.faults += 1
            raise Away("written" if draw >= 0.05 else "not written")


class History:
    """A house with one hub at a time, seats that come and go, and a seeded source of what happens next."""

    def __init__(self, seed: int, kind: type[Hub]) -> None:
        self.kind = kind
        self.story = Story(seed)
        self.chance = self.story.chance
        self.house = House()
        self.house.log = self.log = Faulty(self.chance)
        self.log.create("r1")
        self.house.ballots, self.house.choices = MemoryBallots(self.log), MemoryChoices(self.log)
        self.seats = [Watched(actor, self) for actor in SEATS]
        self.given: list[tuple[Actor, Envelope, Receipt]] = []
        self.leaks: list[str] = []
        self.commands = self.searched = self.resumed = 0

    async def open(self) -> None:
        """A new hub, as after a restart; nobody listens yet."""
        self.hub = await insist(lambda: self.house.hub(self.kind))

    def secrets(self, person: str) -> list[str]:
        """Ids of what was never published, texts of what is hidden now: of others' questions."""
        log = self.house.log.logs["r1"][: self.hub.room.seq]
        published = {record.event.question for record in log if isinstance(record.event, Published)}
        others = [question for question in self.hub.room.questions.all.values() if question.by != person]
        return [question.id for question in others if question.id not in published] + [
            str(question.text) for question in others if question.state in HIDDEN
        ]

    async def step(self) -> None:
        self.house.time += timedelta(seconds=self.chance.randrange(60))
        draw = self.chance.random()
        if draw < 0.5:
            seats = self.chance.sample(self.seats, self.chance.randrange(2))
            commands = [self.command() for _ in range(self.chance.randrange(1, 6))]
            await asyncio.gather(*commands, *(self.come_or_go(seat) for seat in seats))
        elif draw < 0.7:
            await self.vote()
        elif draw < 0.88:
            for seat in self.chance.sample(self.seats, 3):
                await self.come_or_go(seat)
        elif draw < 0.93:
            await self.write_past()
        elif draw < 0.98:
            await self.retry()
        else:
            await self.restart()
        self.compare_heartbeats()

    async def command(self) -> None:
        self.story.room = self.hub.room
        actor, command = self.story.turn()
        if isinstance(command, Ask):
            command = replace(command, text=f"Text {self.commands:04} of {actor.id}?")
        await self.do(actor, asks(f"k{self.commands}", command), facts(actor, command))

    async def vote(self) -> None:
        all = self.hub.room.questions.all
        question = self.chance.choice([id for id in all if all[id].state in OPEN] or [*all, "none"])
        vote = Vote(question) if self.chance.random() < 0.7 else Unvote(question)
        await self.do(self.chance.choice(SEATS), asks(f"k{self.commands}", vote))

    async def do(self, actor: Actor, envelope: Envelope, known: Facts = NO_FACTS) -> None:
        self.commands += 1
        with contextlib.suppress(Refused):
            self.given.append((actor, envelope, await insist(lambda: self.hub.do(actor, envelope, known))))

    async def come_or_go(self, seat: Seat) -> None:
        if seat in self.hub.listeners:
            self.hub.leave(seat)
            return
        cursor = seat.cursor() if self.chance.random() < 0.9 else None
        await self.hub.join(seat, seat.actor, seat.you(), cursor)
        self.resumed += cursor is not None and cursor[0] != ""

    async def write_past(self) -> None:
        """Another process writes a name or a programme; the hub hears of it, or finds out by itself."""
        if self.chance.random() < 0.5:
            person = self.chance.choice(PEOPLE).id
            self.house.book[person] = f"Name {self.commands} of {person}"
            await self.house.write(Renamed(person))
        else:
            await self.house.write(replace(PLAN, items=tuple(self.chance.sample(PLAN.items, 3))))
        if self.chance.random() < 0.5:
            await self.hub.catch_up()

    async def retry(self) -> None:
        """A reply was lost: the same id gives the same receipt and nothing more."""
        if self.given:
            actor, envelope, receipt = self.chance.choice(self.given)
            await self.hub.catch_up()
            before = self.done()
            assert await insist(lambda: self.hub.do(actor, envelope)) == receipt
            assert self.done() == before

    def done(self) -> list[Event]:
        """All that has happened, but for sums of votes, which come when they come."""
        return [event for event in self.house.events() if not isinstance(event, Scored)]

    async def restart(self) -> None:
        for seat in list(self.hub.listeners):
            self.hub.leave(seat)
        await self.hub.close()
        await self.open()

    def compare_heartbeats(self) -> None:
        """Nobody who listens is told of a seq that was not sent: it would reconnect for nothing."""
        for seat in self.seats:
            if seat in self.hub.listeners:
                assert json.loads(self.hub.heartbeat(audience_of(seat.actor)))["seq"] <= seat.seq <= self.hub.room.seq

    async def compare_screens(self) -> None:
        """Whoever listens has the screen that a fresh join shows."""
        await settle(self.hub)
        for seat in self.seats:
            if seat in self.hub.listeners:
                fresh = Seat(seat.actor)
                await self.hub.join(fresh, fresh.actor, fresh.you(), None)
                assert seat.screen == fresh.screen, seat.actor
                self.hub.leave(fresh)
        assert self.leaks == []

    def account(self) -> None:
        """Every answer that was given stands in the log, once; of votes, among the receipts."""
        kept = [record.receipt for record in self.log.logs["r1"] if record.receipt]
        assert len({(receipt.actor, receipt.id) for receipt in kept}) == len(kept)
        for _, envelope, receipt in self.given:
            vote = isinstance(envelope.command, Vote | Unvote)
            assert receipt in (self.log.receipts.values() if vote else kept)

    async def all_come(self) -> None:
        for seat in self.seats:
            if seat not in self.hub.listeners:
                await self.come_or_go(seat)


async def insist(work: Callable[[], Coroutine[None, None, T]]) -> T:
    """What a client does while the store is away: the same again. AssertionError if it never comes back."""
    for _ in range(20):
        try:
            return await work()
        except Away:
            continue
        except Refused as refused:
            if refused.code != "try.again":
                raise
    raise AssertionError("away for ever")


async def check(seed: int, kind: type[Hub] = Hub, steps: int = 300) -> History:
    """Hold one random history to the law. AssertionError."""
    history = History(seed, kind)
    await history.house.write(PLAN, Opened())
    try:
        await history.open()
        await history.all_come()
        for step in range(steps):
            await history.step()
            if step % 40 == 0:
                await history.compare_screens()
        await history.all_come()
        await history.compare_screens()
        history.account()
    finally:
        await history.house.close()
    return history
