"""Booths under everything that can happen to them, on a hub whose time is a fake: commands, lines that come and go with
and without the booth's page, roles that are lost, a store that is away, restarts. After every step the log is judged by
tests.rooms.booth_law, and the room is what the log says.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Coroutine
from datetime import datetime, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from rooms import booths
from rooms.core import Actor, Facts, Record, Refused
from rooms.hub import Hub
from rooms.lifecycle import Opened
from rooms.memory import MemoryBallots, MemoryBoxes, MemoryChoices
from rooms.presence import AGAIN, LEASE, RETURN
from rooms.room import Room, apply, see
from rooms.wire import Envelope, command
from tests.rooms.booth_law import Law
from tests.rooms.clockwork import Clockwork
from tests.rooms.confidences import Faulty
from tests.rooms.histories import insist
from tests.rooms.seats import House
from tests.rooms.stage import MODERATOR
from tests.rooms.stories import NAMES, PLAN, START

LATE = timedelta(seconds=8 * AGAIN)  # what a store that is away now and then may cost
PERSONS = st.sampled_from(("i1", "i2", "i3"))
BOOTHS = st.sampled_from(("fr", "fr", "fr", "ar"))
CHANNELS = st.sampled_from(("en", "fr", "ar", "zh"))
ENDS = ("accept", "accept", "withdraw", "leave", "off_air", "gone", "lost", "elsewhere", "alone")  # of a hand-over
VERBS = ("enter", "leave", "on_air", "off_air", "offer", "request", "accept", "withdraw", "slower", "no_sound")


class Line:
    """A connection that takes everything."""

    def send(self, *parts: bytes) -> bool:
        return True


class Timed(House):
    """A house whose clock is the loop's."""

    def __init__(self, loop: Clockwork) -> None:
        super().__init__()
        self.loop = loop
        self.log = Faulty(Random(1))
        self.log.create("r1")
        self.ballots, self.choices, self.boxes = MemoryBallots(self.log), MemoryChoices(self.log), MemoryBoxes(self.log)

    def now(self) -> datetime:
        return START + timedelta(seconds=self.loop.time())


class Booths(RuleBasedStateMachine):
    """A room with three interpreters, and what is known of their lines without asking the hub."""

    happened: Counter[str] = Counter()  # by all machines; with "system" before what a time that ran out made happen

    def __init__(self) -> None:
        super().__init__()
        self.loop = Clockwork()
        self.house, self.law = Timed(self.loop), Law(PLAN.channels, self.counts)
        self.lines: dict[Line, tuple[str, str | None]] = {}  # whose, and the page of which booth
        self.interprets = {"i1", "i2", "i3"}
        self.written: set[tuple[str, str]] = set()  # language and person: entered at the page, by the log
        self.paged: set[tuple[str, str]] = set()  # and whoever has been seen there
        self.lost: dict[
            tuple[str, str, str], datetime
        ] = {}  # since when somebody has had no line: place, language, person
        self.given = self.seq = 0  # commands, and the last record that was judged

    @initialize()
    def begin(self) -> None:
        self.loop.run_until_complete(self.house.write(PLAN, Opened()))
        self.run(self.open())

    async def open(self) -> None:
        self.hub = await insist(lambda: self.house.hub(Hub))

    def teardown(self) -> None:
        self.loop.run_until_complete(self.house.close())
        self.loop.close()

    def run(self, work: Coroutine[Any, Any, object]) -> None:
        self.loop.run_until_complete(work)
        self.look()

    # ── What happens ─────────────────────────────────────────────────────────────────────────────────────────────

    @rule(person=PERSONS, page=st.sampled_from((None, "fr", "fr", "ar")))
    def come(self, person: str, page: str | None) -> None:
        self.set_role(person, True)
        line = Line()
        self.lines[line] = (person, page)
        self.run(self.seat(line, person, page))

    async def seat(self, line: Line, person: str, page: str | None) -> None:
        await insist(lambda: self.hub.join(line, self.actor(person), {}, None, booth=page))

    @rule(person=PERSONS, all=st.booleans())
    def go(self, person: str, all: bool) -> None:
        own = [line for line, (whose, _) in self.lines.items() if whose == person]
        self.run(self.leave(own if all else own[:1]))

    async def leave(self, lines: list[Line]) -> None:
        for line in lines:
            del self.lines[line]
            self.hub.leave(line)

    @rule(moves=st.lists(st.tuples(PERSONS, BOOTHS, st.sampled_from(VERBS)), min_size=3, max_size=9))
    def work(self, moves: list[tuple[str, str, str]]) -> None:
        for person, language, verb in moves:
            self.give(self.actor(person), f"booth.{verb}", language=language)

    @rule(person=PERSONS, language=BOOTHS, sources=st.lists(st.tuples(CHANNELS, CHANNELS), min_size=1, max_size=4))
    def listen(self, person: str, language: str, sources: list[tuple[str, str]]) -> None:
        for booth, of in (*sources, (language, "en")):
            for do, facts in (("enter", {}), ("relay", {"of": of})):
                self.give(self.actor(person), f"booth.{do}", language=booth, **facts)

    @rule(language=BOOTHS, offers=st.booleans(), gap=st.sampled_from((0.0, 0.0, 5.0, 12.0)), end=st.sampled_from(ENDS))
    def hand_over(self, language: str, offers: bool, gap: float, end: str) -> None:
        """Two of those in a booth do what they should, with a pause before the microphone is taken, or not."""
        for person in ("i1", "i2"):
            self.set_role(person, True)
            self.work([(person, other, "off_air") for other in ("en", "fr", "ar")])
            self.give(self.actor(person), "booth.enter", language=language)
        self.give(self.actor("i1"), "booth.on_air", language=language)
        booth = self.law.booths[language]
        if booth.on_air is None:
            return
        holder, other = booth.on_air, next((one for one in booth.inside if one != booth.on_air), "i3")
        if end == "alone":
            self.work([(one, language, "leave") for one in booth.inside if one != holder])
        opens, takes = (holder, other) if offers else (other, holder)
        self.give(self.actor(opens), "booth.offer" if offers else "booth.request", language=language)
        if end in ("gone", "lost", "elsewhere", "alone"):
            self.come(other, language)
            for do in ("enter", "on_air") if end == "elsewhere" else ():
                self.give(self.actor(other), f"booth.{do}", language="en")
            self.go(opens if end == "gone" else holder, True)
            gap = 25.0
        self.wait(gap)
        verb, by = ("withdraw", opens) if end == "withdraw" else (end if end in VERBS else "accept", takes)
        self.give(self.actor(by), f"booth.{verb}", language=language)

    @rule(
        kind=st.sampled_from(("role", "silence", "remove", "pause", "end", "channel")),
        person=PERSONS,
        language=CHANNELS,
    )
    def trouble(self, kind: str, person: str, language: str) -> None:
        """What is seldom. Who is removed has no line any more, as hosting sees to it; most is soon taken back."""
        match kind:
            case "role":
                self.come(person, None)
                self.work([(person, "fr", "enter"), (person, "fr", "on_air")])
                self.set_role(person, False)
                self.wait(25.0)
            case "silence" | "remove":
                self.give(MODERATOR, f"room.{kind}", person=person)
                if kind == "remove":
                    self.go(person, True)
                self.give(MODERATOR, "room.readmit", person=person)
            case "pause" | "end":
                self.give(MODERATOR, "room.pause" if kind == "pause" else "room.close")
                self.work([(person, "fr", verb) for verb in VERBS])
                self.give(MODERATOR, "room.open")
            case "channel":
                for do, facts in (("enter", {}), ("relay", {"of": language})):
                    self.give(self.actor(person), f"booth.{do}", language="ar", **facts)
                self.give(MODERATOR, "channel.close", language=language)
                self.work([(person, language, verb) for verb in VERBS])
                self.give(MODERATOR, "channel.open", language=language)

    def set_role(self, person: str, has: bool) -> None:
        """A role is given or taken back; the lines stay, as those of somebody else."""
        if (person in self.interprets) != has:
            self.interprets ^= {person}
            for line, (whose, page) in self.lines.items():
                if whose == person:
                    self.run(self.seat(line, person, page))

    @rule(person=PERSONS, later=st.booleans(), again=st.booleans())
    def close_the_page(self, person: str, later: bool, again: bool) -> None:
        """Somebody on air goes on with another window only, it may be after a restart; not for long."""
        page: list[str | None] = [None, "fr"] if later else ["fr", None]
        self.come(person, page[0])
        self.give(self.actor(person), "booth.enter", language="fr")
        self.come(person, page[1])
        self.give(self.actor(person), "booth.on_air", language="fr")
        own = [line for line, each in self.lines.items() if each == (person, "fr")]
        if again:
            self.restart([(person, None)])
        else:
            self.run(self.leave(own))
        self.wait(25.0)

    @rule(seconds=st.sampled_from((0.5, 4.0, 6.0, 11.0, 25.0, 70.0, 130.0)))
    def wait(self, seconds: float) -> None:
        end = self.loop.time() + seconds
        while self.loop.time() < end:  # in small steps: each is looked at
            self.run(asyncio.sleep(min(1.0, end - self.loop.time())))

    @rule(back=st.lists(st.tuples(PERSONS, st.sampled_from((None, "fr"))), max_size=3))
    def restart(self, back: list[tuple[str, str | None]]) -> None:
        """Nothing is left but the log; some come back at once."""
        self.loop.run_until_complete(self.hub.close())
        self.lines.clear()
        self.lost.clear()
        self.paged = set(self.written)
        self.run(self.open())
        for person, page in back:
            self.come(person, page)

    def actor(self, person: str) -> Actor:
        return Actor(person, "interpreter" if person in self.interprets else "participant")

    def give(self, actor: Actor, do: str, **facts: str) -> None:
        self.given += 1
        envelope = command({"id": f"k{self.given}", "do": do, "with": facts})
        with contextlib.suppress(Refused):
            self.run(insist(lambda: self.hub.do(actor, envelope, self.known(actor, envelope))))

    def known(self, actor: Actor, envelope: Envelope) -> Facts:
        """As hosting.facts has it, by what is known here of lines; and everybody is a person."""
        language = getattr(envelope.command, "language", "")
        return Facts(person=frozenset({"interpreter"}), at_booth=(actor.id, language) in self.lines.values())

    # ── What always holds ────────────────────────────────────────────────────────────────────────────────────────

    def look(self) -> None:
        for record in self.house.log.logs["r1"][self.seq :]:
            self.judge(record)
        self.remember()
        now = self.house.now()
        for (place, language, person), since in self.lost.items():
            limit = timedelta(seconds=LEASE if place == "air" else RETURN) + LATE
            assert now - since < limit, f"{person} is gone and still there: {place} {language}"
        self.room_is_what_the_log_says()

    def judge(self, record: Record) -> None:
        self.seq = record.seq
        event, person = record.event, getattr(record.event, "person", "")
        kind = type(event).__name__
        if record.by == "system" and isinstance(event, booths.Events):
            place = "booth" if isinstance(event, booths.Left) else "air"
            since = self.lost.get((place, event.language, person))
            least = timedelta(seconds=LEASE if place == "air" else RETURN)
            out = isinstance(event, booths.Muted | booths.HandedOver) and ("booth", event.language, person) in self.lost
            assert out or since is not None, f"{person} is there and runs out of time"
            assert out or since is None or record.at - since >= least - timedelta(milliseconds=1)
            kind = f"system {kind}"
        self.happened[kind] += 1
        self.law.happen(record)
        if isinstance(event, booths.Entered) and event.page:
            self.written.add((event.language, person))
        inside = {(language, one) for language, booth in self.law.booths.items() for one in booth.inside}
        self.written &= inside
        self.paged = (self.paged | self.written) & inside

    def counts(self, language: str, person: str, at: datetime | None = None) -> bool:
        """Whether somebody is there: any line of theirs, but only the booth's page of who has worked at it."""
        pages = [page for whose, page in self.lines.values() if whose == person and person in self.interprets]
        return language in pages or (bool(pages) and (language, person) not in self.paged)

    def remember(self) -> None:
        """Who has been seen at the page of a booth they are in, and who is gone since when."""
        missing = set()
        for language, booth in self.law.booths.items():
            self.paged |= {(language, person) for person in booth.inside if (person, language) in self.lines.values()}
            gone = [person for person in booth.inside if not self.counts(language, person)]
            missing |= {("booth", language, person) for person in gone}
            holding = (booth.on_air, booth.open[0] if booth.open else None)
            missing |= {("air", language, person) for person in gone if person in holding}
        now = self.house.now()
        self.lost = {each: self.lost.get(each, now) for each in missing}

    def room_is_what_the_log_says(self) -> None:
        """Folded anew and by the law; what the crew is shown is just that. Not while the store is away."""
        fresh = Room("r1")
        for record in self.house.log.logs["r1"]:
            apply(record, fresh)
        if not self.hub.stale and self.hub.room.seq == fresh.seq:
            assert self.hub.room == fresh
        for language, booth in self.law.booths.items():
            item: Any = see(fresh, ("channels", language), "crew", NAMES)
            if item is None:  # only known by its link, or not yet
                continue
            open = {"by": booth.open[0], "kind": booth.open[1]} if booth.open else None
            step = {None: "idle", "offer": "offered", "request": "requested"}[booth.open[1] if booth.open else None]
            found = (item["interpreter"] or {}).get("id"), [one["id"] for one in item["booth"]], item["offer"]
            assert (*found, item["handover"]) == (booth.on_air, booth.inside, open, step)
            assert item["relay_of"] == booth.relay
            if not booth.is_open:
                assert item["state"] == "closed"
            else:
                assert (item["state"] == "silent") == (booth.on_air is None)
