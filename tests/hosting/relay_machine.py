"""A relay under lines that come, go, speak, listen and stand still, beside a model that knows only what is promised.

What came to each line is read by hand and held against what the model says has passed. Of every packet that came it is
looked up whether its speaker was active when it was sent, and whether anybody else was heard in that moment.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hosting.engine import LISTEN, SPEAK, Spec, Ticket, Use
from hosting.packets import SAMPLES, Head, packet
from hosting.relay import EmbeddedRelay
from hosting.relay import Line as Wire
from tests.contracts.engines import packets_in
from tests.flows.lines import Line
from tests.hosting.relays import Clock

T = TypeVar("T")
CHANNELS = {"floor": Spec(many=True), "es": Spec(), "fr": Spec()}
PEOPLE = ("anna", "ben", "carla")
LINES = 5  # open at once
LONG = 60.0  # seconds for which a ticket may be used
PLACE = st.integers(0, 2**16)  # of something among those there are
channels, persons = st.sampled_from(tuple(CHANNELS)), st.sampled_from(PEOPLE)
uses: st.SearchStrategy[Use] = st.sampled_from((SPEAK, LISTEN))


class Held:
    """One line as the model sees it. `due`: by channel what comes, and whether it must."""

    def __init__(self, person: str) -> None:
        self.person, self.lane = person, Line()
        self.may: set[str] = set()
        self.hearing: list[str] = []
        self.behind = False
        self.due: defaultdict[str, list[tuple[str, bool]]] = defaultdict(list)
        self.open: dict[str, bool] = {}  # by source, what it was told

    def came(self) -> dict[str, list[str]]:
        """The packets that have come, by channel: each says who spoke, where, in which moment, and its number."""
        found: dict[str, list[str]] = defaultdict(list)
        for message in self.lane.packets:
            for frame in packets_in(message):
                text = frame[16:].decode()
                found[text.split()[1]].append(text)
        return found


class Machine(RuleBasedStateMachine):
    """The relay, and the model: lines, tickets that are good, microphones that are open, who is active."""

    counted: Counter[str] = Counter()  # by all machines

    def __init__(self) -> None:
        super().__init__()
        self.loop, self.clock, self.number = asyncio.new_event_loop(), Clock(), 0
        self.lines: list[Held] = []
        self.wires: dict[Held, Wire] = {}
        self.gone: list[Held] = []
        self.tickets: list[tuple[Ticket, str, float]] = []  # with the person, and until when
        self.good: set[str] = set()  # tokens
        self.sources: dict[int, tuple[Held, str, int]] = {}  # those that are open: line, channel, channel's number
        self.known: list[int] = [0]  # all sources that there ever were
        self.active: dict[str, set[str]] = {}
        self.moment = 0
        self.moments: dict[int, tuple[str, frozenset[str]]] = {}  # who was active in which channel

    @initialize(many=st.sampled_from((0, 1, 200)))
    def begin(self, many: int) -> None:
        self.relay = EmbeddedRelay(many, self.clock)
        for channel in CHANNELS:
            self.ensure(channel)

    def teardown(self) -> None:
        try:
            for line in list(self.lines):
                self.close(line)
            for line in self.gone:
                self.check(line, at_the_end=True)
            assert (self.relay.lines, [room.sources for room in self.relay.rooms.values() if room.sources]) == ({}, [])
        finally:
            self.loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def do(self, work: Callable[..., T], *given: object) -> T:
        """Do in the loop what waits for nothing."""

        async def there() -> T:
            return work(*given)

        return self.run(there())

    def now(self, channel: str, active: set[str]) -> None:
        """A new moment of a channel."""
        self.moment += 1
        self.active[channel] = active
        self.moments[self.moment] = (channel, frozenset(active))

    # ── Lines and tickets ────────────────────────────────────────────────────────────────────────────────────────

    @rule(person=persons, listens=st.lists(channels, min_size=1, unique=True), speaks=channels)
    def come(self, person: str, listens: list[str], speaks: str) -> None:
        """Somebody comes as a page does, with all that it wants at once."""
        if len(self.lines) == LINES:
            self.close(self.lines[0])
        line = Held(person)
        self.lines.append(line)
        self.wires[line] = self.do(self.relay.open, line.lane, person, "r")
        for channel in (one for one in listens if one in self.active):
            self.redeem_it(line, self.granted(person, channel, LISTEN))
        if speaks in self.active:
            self.redeem_it(line, self.granted(person, speaks, SPEAK))
        self.hear_these(line, listens)

    @rule(place=PLACE)
    def go(self, place: int) -> None:
        if self.lines:
            self.close(self.lines[place % len(self.lines)])

    def close(self, line: Held) -> None:
        self.do(self.wires.pop(line).close)
        self.lines.remove(line)
        self.gone.append(line)
        self.sources = {source: of for source, of in self.sources.items() if of[0] is not line}

    def granted(self, person: str, channel: str, use: Use) -> int:
        """The place of a new ticket."""
        ticket = self.run(self.relay.grant(person, "r", channel, use, LONG))
        self.tickets.append((ticket, person, self.clock.now + LONG))
        self.good.add(ticket.token)
        return len(self.tickets) - 1

    @rule(person=persons, channel=channels, use=uses)
    def grant(self, person: str, channel: str, use: Use) -> None:
        if channel in self.active:
            self.granted(person, channel, use)

    @rule(line=PLACE, ticket=PLACE)
    def redeem(self, line: int, ticket: int) -> None:
        if self.lines and self.tickets:
            self.redeem_it(self.lines[line % len(self.lines)], ticket % len(self.tickets))

    def redeem_it(self, line: Held, place: int) -> None:
        ticket, person, until = self.tickets[place]
        right = self.do(self.wires[line].redeem, ticket.token)
        good = ticket.token in self.good and line.person == person and self.clock.now < until
        self.counted["redeemed" if good else "refused"] += 1
        assert (right is not None) == good
        if not right:
            return
        self.good.discard(ticket.token)
        assert (right.channel, right.use, right.number) == (ticket.channel, ticket.use, ticket.number)
        if ticket.use == LISTEN:
            line.may.add(ticket.channel)
            return
        self.end(person, ticket.channel)
        assert right.source
        assert right.source not in self.sources
        self.known.append(right.source)
        self.sources[right.source] = (line, ticket.channel, ticket.number)

    def end(self, person: str, channel: str | None) -> None:
        self.sources = {
            source: of
            for source, of in self.sources.items()
            if not (of[0].person == person and channel in (None, of[1]))
        }

    @rule(person=persons, channel=st.none() | channels, use=st.none() | uses, sure=st.integers(0, 2))
    def revoke(self, person: str, channel: str | None, use: Use | None, sure: int) -> None:
        if sure:
            return
        self.run(self.relay.revoke(person, "r", channel, use))
        self.take_back(person, channel, use)

    def take_back(self, person: str, channel: str | None, use: Use | None) -> None:
        for ticket, whose, _ in self.tickets:
            if whose == person and channel in (None, ticket.channel) and use in (None, ticket.use):
                self.good.discard(ticket.token)
        if use != LISTEN:
            self.end(person, channel)
        for line in self.lines:
            if line.person == person and use != SPEAK:
                line.may = {name for name in line.may if channel not in (None, name)}
                line.hearing = [name for name in line.hearing if name in line.may]

    @rule(seconds=st.sampled_from((1.0, LONG / 2)))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    # ── Channels ─────────────────────────────────────────────────────────────────────────────────────────────────

    @rule(channel=channels)
    def ensure(self, channel: str) -> None:
        self.run(self.relay.ensure_channel("r", channel, CHANNELS[channel]))
        if channel not in self.active:
            self.now(channel, set())

    @rule(channel=channels, sure=st.integers(0, 5))
    def shut(self, channel: str, sure: int) -> None:
        if sure or channel not in self.active:
            return
        self.run(self.relay.close_channel("r", channel))
        for person in PEOPLE:
            self.take_back(person, channel, None)
        del self.active[channel]

    @rule(channel=channels, active=st.sets(persons, max_size=2))
    def activate(self, channel: str, active: set[str]) -> None:
        if channel not in self.active:
            return
        try:
            self.run(self.relay.set_active("r", channel, active))
        except ValueError:
            assert (len(active), CHANNELS[channel].many) == (2, False)
        else:
            assert len(active) < 2 or CHANNELS[channel].many
            self.now(channel, active)

    @rule(source=PLACE, count=st.integers(0, 5))
    def hand_over(self, source: int, count: int) -> None:
        """Somebody with a microphone is active from now on, and all who have one speak at once."""
        if self.sources:
            line, channel, _ = self.sources[sorted(self.sources)[source % len(self.sources)]]
            self.activate(channel, {line.person})
            for _ in range(count):
                for place in range(len(self.sources)):
                    self.say(place, 1)

    # ── Sound ────────────────────────────────────────────────────────────────────────────────────────────────────

    @rule(line=PLACE, wanted=st.lists(channels, unique=True))
    def hear(self, line: int, wanted: list[str]) -> None:
        if self.lines:
            self.hear_these(self.lines[line % len(self.lines)], wanted)

    def hear_these(self, line: Held, wanted: list[str]) -> None:
        line.hearing = [name for name in wanted if name in line.may]
        assert self.do(self.wires[line].hear, wanted) == line.hearing

    @rule(source=PLACE, count=st.integers(1, 5))
    def say(self, source: int, count: int) -> None:
        """Somebody speaks, as browsers do."""
        if self.sources:
            number = sorted(self.sources)[source % len(self.sources)]
            line, _, channel = self.sources[number]
            for _ in range(count):
                self.send(line, number, channel)

    @rule(line=PLACE, old=st.sampled_from((0, 5)))
    def forge(self, line: int, old: int) -> None:
        """Somebody sends every head that may be right for somebody else, or was at some time."""
        if self.lines:
            for source in sorted({*self.sources, *self.known[-old:]}):
                for channel in range(4):
                    self.send(self.lines[line % len(self.lines)], source, channel)

    def send(self, line: Held, source: int, number: int) -> None:
        self.clock.now += 0.02
        self.number += 1
        owner, channel, its = self.sources.get(source, (None, "nowhere", -1))
        passes = owner is line and its == number and line.person in self.active[channel]
        here = channel if passes else next((name for name in self.active if name != "floor"), "floor")
        moment = max((at for at, (name, _) in self.moments.items() if name == here), default=0)
        text = f"{line.person} {here} {moment} {self.number}"
        head = Head(number, source, self.number, self.number * SAMPLES)
        if passes:
            for ear in self.lines:
                if channel in ear.hearing and (not ear.behind or self.relay.many < 200):
                    ear.due[channel].append((text, not ear.behind))
        self.counted["passed" if passes else "dropped"] += 1
        self.do(self.wires[line].hear_packet, packet(head, text.encode()))

    @rule(line=PLACE)
    def stand_still(self, line: int) -> None:
        """A line takes no more; what is on its way in a bundle may be lost."""
        if self.lines:
            held = self.lines[line % len(self.lines)]
            came = held.came()
            for channel, due in held.due.items():
                held.due[channel] = [(text, must and text in came[channel]) for text, must in due]
            held.behind, held.lane.ready = True, False
            self.do(self.wires[held].full)

    @rule(line=PLACE, source=PLACE)
    def stand_still_for_a_while(self, line: int, source: int) -> None:
        self.stand_still(line)
        self.hand_over(source, 3)
        self.go_on(line)
        self.hand_over(source, 3)

    @rule(line=PLACE)
    def go_on(self, line: int) -> None:
        if self.lines:
            held = self.lines[line % len(self.lines)]
            held.behind, held.lane.ready = False, True
            self.do(self.wires[held].drained)

    # ── What holds ───────────────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def lines_got_what_passed(self) -> None:
        for line in self.lines:
            self.check(line)

    @invariant()
    def lines_know_whether_they_pass(self) -> None:
        self.run(asyncio.sleep(0))
        for line in [*self.lines, *self.gone]:
            for text in line.lane.taken():
                line.open |= text.get("open", {})
        for source, (line, channel, _) in self.sources.items():
            assert line.open[str(source)] == (line.person in self.active[channel])

    def check(self, line: Held, at_the_end: bool = False) -> None:
        """Everything that came to a line is what passed while it heard, in order and once; in the end all of it."""
        came = line.came()
        assert came.keys() <= line.due.keys()
        for channel, due in line.due.items():
            rest = iter(due)
            for text in came[channel]:
                for passed, must in rest:
                    if passed == text:
                        break
                    assert not must, f"{passed} is missing"
                else:
                    raise AssertionError(f"{text} must not be there")
            assert not (at_the_end and any(must for _, must in rest)), "the last is missing"
            self.counted["came"] += len(came[channel]) if at_the_end else 0
            heard: dict[str, set[str]] = defaultdict(set)
            for person, _, moment, _ in map(str.split, came[channel]):
                assert self.moments[int(moment)][0] == channel
                assert person in self.moments[int(moment)][1]
                heard[moment].add(person)
            assert CHANNELS[channel].many or all(len(voices) == 1 for voices in heard.values())
