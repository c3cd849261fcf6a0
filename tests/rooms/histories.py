"""Random histories through a hub: listeners drop at any point and return by cursor, people vote, choose what they hear
and send things twice, the node restarts, others write, the log fails. `check` holds one history to the law.

One interpreter, STEADY, comes back at once after every restart: nothing may ever run out for them, what they have asked
for is never forgotten, and they are shown every line that is not kept exactly once.
"""

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import TypeVar

from msgspec.structs import replace

from rooms import fanout, people, polls, presence, tallies
from rooms.booths import Enter, HandedOver, Left, Muted, OffAir, OnAir, Request, Withdrawn
from rooms.captions import Add, Interim
from rooms.chat import Say
from rooms.core import NO_FACTS, Actor, Command, Event, Facts, Receipt, Refused
from rooms.crowd import audience_of
from rooms.hub import Hub
from rooms.interpretation import Choose
from rooms.lifecycle import Opened, Renamed
from rooms.memory import MemoryBallots, MemoryBoxes, MemoryChoices
from rooms.ports import Away
from rooms.questions import OPEN, Ask, Edit, Unvote, Vote
from rooms.reactions import React
from rooms.room import Room, apply
from rooms.slides import Hide
from rooms.wire import Envelope
from tests.rooms.clockwork import Clockwork
from tests.rooms.confidences import Faulty, confidences
from tests.rooms.seats import House, Seat, asks, settle, told
from tests.rooms.stories import LONG, PEOPLE, Story, facts

T = TypeVar("T")
STEADY = "i2"
PASSING = Add | Interim | Hide | React  # may leave nothing in the log

SEATS = (
    *(Actor(id, "participant") for id in ("p0", "p0", "p1", "p2")),
    Actor("e1", "expert"),
    *(Actor(id, "interpreter") for id in ("i2", "i1", "i1")),
    Actor("k1", "captioner"),
    *(Actor(id, "moderator") for id in ("m0", "m0", "m1")),
    Actor("o1", "organiser"),
)


AUDIENCE_OF = {actor.id: audience_of(actor) for actor in SEATS}


class Watched(Seat):
    """A seat whose frames are searched, as they come, for what this person must not see."""

    def __init__(self, actor: Actor, history: "History") -> None:
        super().__init__(actor)
        self.history = history
        self.passed: Counter[str] = Counter()  # texts of lines that were not kept
        self.full = False  # its line takes no more, until it has drained

    def send(self, *parts: bytes) -> bool:
        assert not self.full, "sent more than a line takes"
        restless = self is not self.history.steady and not self.history.calm
        self.full = restless and self.history.chance.random() < 0.08
        frame, before = b"".join(parts).decode(), self.seq
        super().send(*parts)
        read = json.loads(frame)
        assert "you" in read or read.get("seq", before + 1) > before, "the same again, or back in time"
        for item in read.get("put", {}).get("captions", {}).values():
            if item and item.get("kept") is False:
                self.passed[item["text"]] += 1
        late = read.get("seq", self.history.hub.room.seq) < self.history.hub.room.seq  # a frame of before
        if audience_of(self.actor) != "crew" and not late:
            secrets = self.history.secrets(self.actor.id)
            self.history.searched += len(secrets)
            self.history.leaks += [f"{secret} to {self.actor.id}" for secret in secrets if secret in frame]
        return not self.full


class History:
    """A house with one hub at a time, seats that come and go, and a seeded source of what happens next."""

    def __init__(self, seed: int, kind: type[Hub]) -> None:
        self.kind = kind
        self.story = Story(seed)
        self.story.weights[1:3] = [8, 4]  # there is always something that could leak
        self.story.weights[5] = self.story.weights[8] = 8  # and somebody in a booth, and lines
        self.chance = self.story.chance
        self.house = House()
        self.house.log = self.log = Faulty(self.chance)
        self.log.create("r1")
        self.house.ballots, self.house.choices = MemoryBallots(self.log), MemoryChoices(self.log)
        self.house.boxes = MemoryBoxes(self.log)
        self.seats = [Watched(actor, self) for actor in SEATS]
        self.steady = next(seat for seat in self.seats if seat.actor.id == STEADY)
        self.fell_behind, self.calm = 0, False
        self.given: list[tuple[Actor, Envelope, Receipt]] = []
        self.leaks: list[str] = []
        self.commands = self.searched = self.resumed = self.turned_out = self.ran_out = self.passed = self.polled = 0

    async def open(self) -> None:
        """A new hub, as after a restart; only the steady one listens yet."""
        self.hub = await insist(lambda: self.house.hub(self.kind))
        self.hub.reseat = self.turn_out
        await self.come_or_go(self.steady)

    def turn_out(self, person: str) -> None:
        """Whoever is removed listens no longer, as hosting sees to it."""
        for seat in [seat for seat in self.seats if seat.actor.id == person and seat in self.hub.crowd.actors]:
            bound = people.of(self.hub.room.restricted, seat.actor)
            if bound and bound.state == "removed":
                self.hub.leave(seat)
                self.turned_out += 1

    def secrets(self, person: str) -> list[str]:
        return confidences(self.hub, self.house.log.logs["r1"], person, AUDIENCE_OF[person])

    async def step(self) -> None:
        self.house.time += timedelta(seconds=self.chance.randrange(60))
        if self.chance.random() < 0.1:
            due = self.chance.sample(("x", "y", "z"), self.chance.randrange(4))
            self.hub.warn({id: {"minutes": self.chance.randrange(1, 4)} for id in due})
        draw = self.chance.random()
        if draw < 0.04:
            await self.lose_the_line()
        elif draw < 0.5:
            seats = self.chance.sample(self.seats, self.chance.randrange(2))
            commands = [self.command() for _ in range(self.chance.randrange(1, 6))]
            await asyncio.gather(*commands, *(self.come_or_go(seat) for seat in seats))
        elif draw < 0.6:
            await self.vote()
        elif draw < 0.7:
            choose = Choose(self.chance.choice((*LONG.channels, "zh", "floor")))
            await self.do(self.chance.choice(SEATS), asks(f"k{self.commands}", choose))
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
        self.compare_booths()
        if self.chance.random() < 0.15:
            await self.vote_in_a_poll()
        for seat in self.seats:
            if seat.full and self.chance.random() < 0.2:
                self.drain(seat)

    def drain(self, seat: "Watched") -> None:
        """A line that was full takes frames again."""
        seat.full = False
        self.fell_behind += seat in self.hub.crowd.behind
        fanout.drained(self.hub, seat)

    async def command(self) -> None:
        self.story.room = self.hub.room
        actor, command = self.story.turn()
        if isinstance(command, Ask) or (isinstance(command, Edit) and command.text):
            command = replace(command, text=f"Text {self.commands:04} of {actor.id}?")
        if isinstance(command, Say):
            command = replace(command, text=f"Said {self.commands:04} to {command.to}.")
        if isinstance(command, Add):
            command = replace(command, text=f"Line {self.commands:04}.")
        await self.do(actor, asks(f"k{self.commands}", command), facts(actor, command))

    async def lose_the_line(self) -> None:
        """Somebody is on air, the steady one asks for the microphone, and the line of the former breaks."""
        speaker, steady = (next(seat.actor for seat in self.seats if seat.actor.id == id) for id in ("i1", STEADY))
        for actor, command in (
            *((actor, step) for actor in (speaker, steady) for step in (OffAir("en"), OffAir("fr"), Enter("fr"))),
            *((speaker, OnAir("fr")), (steady, Request("fr"))),
        ):
            await self.do(actor, asks(f"k{self.commands}", command))
        for seat in [seat for seat in self.seats if seat.actor == speaker and seat in self.hub.crowd.actors]:
            self.hub.leave(seat)
        await asyncio.sleep(2 * presence.LEASE)

    async def vote(self) -> None:
        all = self.hub.room.questions.all
        question = self.chance.choice([id for id in all if all[id].state in OPEN] or [*all, "none"])
        vote = Vote(question) if self.chance.random() < 0.7 else Unvote(question)
        await self.do(self.chance.choice(SEATS), asks(f"k{self.commands}", vote))

    async def vote_in_a_poll(self) -> None:
        """Some vote, it may be that the poll closes meanwhile."""
        all = self.hub.room.polls.all
        poll = self.chance.choice([id for id in all if all[id].state == "open"] or [*all, "none"])
        given: list[tuple[Actor, Command]] = [
            (actor, polls.Vote(poll, (self.chance.randrange(3),)))
            for actor in self.chance.sample(SEATS, self.chance.randrange(1, 5))
        ]
        if self.chance.random() < 0.1:
            given.append((PEOPLE[-1], polls.Close(poll)))
        first = self.commands
        await asyncio.gather(*(self.do(actor, asks(f"v{first}-{n}", it)) for n, (actor, it) in enumerate(given)))

    async def do(self, actor: Actor, envelope: Envelope, known: Facts = NO_FACTS) -> None:
        self.commands += 1
        with contextlib.suppress(Refused):
            self.given.append((actor, envelope, await insist(lambda: self.hub.do(actor, envelope, known))))

    async def come_or_go(self, seat: Watched) -> None:
        if seat in self.hub.crowd.actors:
            if seat is not self.steady:
                self.hub.leave(seat)
            return
        seat.screen.pop("listeners", None)  # not replayed
        seat.screen.pop("booths", None)
        seat.screen.pop("conflicts", None)  # whole in every first frame
        seat.full = False
        cursor = seat.cursor() if self.chance.random() < 0.9 else None
        with contextlib.suppress(Refused):
            await self.hub.join(seat, seat.actor, seat.you(), cursor)
        self.resumed += cursor is not None and cursor[0] != ""

    async def write_past(self) -> None:
        """Another process writes a name or a programme; the hub hears of it, or finds out by itself."""
        if self.chance.random() < 0.5:
            person = self.chance.choice(PEOPLE).id
            self.house.book[person] = f"Name {self.commands} of {person}"
            await self.house.write(Renamed(person))
        else:
            durable = not self.hub.stale  # a room that is ahead of its log names what nobody else can know
            self.story.room = self.hub.room
            fact = self.story.fact() if durable and self.chance.random() < 0.5 else self.story.plan()
            await self.house.write(fact if not isinstance(fact, polls.Counted) else self.story.plan())  # not made up
        if self.chance.random() < 0.5:
            await self.hub.catch_up()

    async def retry(self) -> None:
        """A reply was lost: the same id gives the same receipt and nothing more."""
        if known := [given for given in self.given if not isinstance(given[1].command, PASSING)]:
            actor, envelope, receipt = self.chance.choice(known)
            await self.hub.catch_up()
            before = self.done()
            assert await insist(lambda: self.hub.do(actor, envelope)) == receipt
            assert self.done() == before

    def done(self) -> list[Event]:
        """All that people have made happen; sums of votes and the end of a time come when they come."""
        return [record.event for record in self.log.logs["r1"] if record.by != "system"]

    async def restart(self) -> None:
        for seat in list(self.hub.crowd.actors):
            self.hub.leave(seat)
        await self.hub.close()
        await self.open()

    def compare_heartbeats(self) -> None:
        """Nobody who listens is told of a seq that was not sent: it would reconnect for nothing."""
        for seat in self.seats:
            if seat in self.hub.crowd.actors and seat not in self.hub.crowd.behind:
                told = json.loads(self.hub.heartbeat(audience_of(seat.actor)))["seq"]
                assert told <= seat.seq <= self.hub.room.seq, (told, seat.seq, self.hub.room.seq, self.hub.stale)

    def compare_booths(self) -> None:
        """Whoever is on air is in the booth, and nobody speaks two languages at once."""
        channels = self.hub.room.interpretation.channels.values()
        speaking = [one.on_air for one in channels if one.on_air]
        assert len(set(speaking)) == len(speaking)
        assert [one.on_air for one in channels if one.on_air and one.on_air not in one.booth] == []

    def compare_times(self) -> None:
        """Time ran out only for those who were away, and a partner who was there and had asked took over."""
        room = Room("r1")
        for record in self.log.logs["r1"]:
            event = record.event
            if record.by == "system" and isinstance(event, Muted | HandedOver | Left | Withdrawn):
                self.ran_out += 1
                assert event.person != STEADY, "somebody who is here has run out of time"
                channels = room.interpretation.channels
                handover = channels[event.language].handover
                asked = handover is not None and (handover.person, handover.kind) == (STEADY, "request")
                elsewhere = STEADY in {one.on_air for one in channels.values()}
                assert not (asked and not elsewhere and isinstance(event, Muted)), "a partner who asked is forgotten"
            apply(record, room)

    def compare_lines(self) -> None:
        """Lines that were answered and not kept: shown once to whoever was there all the time."""
        said = [(envelope.command, receipt) for _, envelope, receipt in self.given if isinstance(envelope.command, Add)]
        unkept = [command.text for command, receipt in said if receipt.ok["caption"] not in self.hub.room.captions.all]
        assert self.steady.passed == Counter(unkept)
        self.passed = len(unkept)

    async def compare_screens(self) -> None:
        """Whoever listens has the screen that a fresh join shows; and nobody is on air who is not here."""
        self.calm = True  # or what is compared could have missed what the comparing itself makes happen
        await settle(self.hub)
        for seat in [seat for seat in self.seats if seat.full]:
            self.drain(seat)
        await settle(self.hub)
        running_out = [task for name, task in self.hub.tasks.items() if name.startswith("air ")]
        async with asyncio.timeout(5):
            await asyncio.gather(*running_out)
        await settle(self.hub)
        for one in self.hub.room.interpretation.channels.values():
            holding = {one.on_air, one.handover.person if one.handover else None} - {None}
            assert holding <= presence.there(self.hub, one)
        for seat in self.seats:
            if seat in self.hub.crowd.actors:
                fresh = await self.fresh(seat.actor)
                for shown in (seat.screen, fresh.screen):
                    shown["captions"] = {id: line for id, line in shown["captions"].items() if kept(line)}
                for collection, items in fresh.screen.items():
                    assert seat.screen[collection] == items, (seat.actor, collection)
                self.hub.leave(fresh)
        for person, own in self.hub.own.items():
            votes = {*await self.house.ballots.of("r1", person), *await self.house.boxes.of("r1", person)}
            assert (own.votes, own.channel) == (votes, await self.house.choices.of("r1", person))
        await self.compare_polls()
        assert self.leaks == []
        self.calm = False

    async def compare_polls(self) -> None:
        """The sums in the log are those of the boxes: of open votes, and of all that have closed."""
        running = await self.house.boxes.counts("r1")
        for poll in self.hub.room.polls.all.values():
            over = poll.state in ("closed", "published")
            assert poll.counted == over
            if over or poll.id in running:
                tally = await self.house.boxes.seal("r1", poll.id) if over else running[poll.id]
                assert poll.sum == tallies.sum_of(poll, tally)
                self.polled += tally.voters

    async def fresh(self, actor: Actor) -> Seat:
        """Somebody who has just come, while all others have been shown everything."""
        while True:
            await told(self.hub)
            seat = Seat(actor)
            await self.hub.join(seat, seat.actor, seat.you(), None)
            if "tell" not in self.hub.tasks:
                return seat
            self.hub.leave(seat)  # a time has run out meanwhile

    def account(self) -> None:
        """Every answer that was given stands in the log, once; of votes, among the receipts."""
        kept = [record.receipt for record in self.log.logs["r1"] if record.receipt]
        assert len({(receipt.actor, receipt.id) for receipt in kept}) == len(kept)
        for _, envelope, receipt in self.given:
            row = isinstance(envelope.command, Vote | Unvote | Choose | polls.Vote)
            if not isinstance(envelope.command, PASSING):
                assert receipt in (self.log.receipts.values() if row else kept)

    async def all_come(self) -> None:
        for seat in self.seats:
            if seat not in self.hub.crowd.actors:
                await self.come_or_go(seat)


def kept(line: object) -> bool:
    """Whether a line of captions is more than shown for the moment."""
    return isinstance(line, dict) and not line.get("interim") and line.get("kept") is not False


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


def check(seed: int, kind: type[Hub] = Hub, steps: int = 300) -> History:
    """Hold one random history to the law, in a time that passes while all wait, however slow. AssertionError."""
    with asyncio.Runner(loop_factory=Clockwork) as runner:
        return runner.run(hold(seed, kind, steps))


async def hold(seed: int, kind: type[Hub], steps: int) -> History:
    history = History(seed, kind)
    await history.house.write(LONG, Opened())
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
        history.compare_times()
        history.compare_lines()
    finally:
        await history.house.close()
    return history
