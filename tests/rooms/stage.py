"""Given events, when a command comes, then what? A room where things have happened, a clock set by hand, counted ids.

`given` obeys events as a log would; `when` only asks; `do` asks and lets it happen.
"""

from datetime import datetime, timedelta

from rooms.core import NO_FACTS, Actor, Audience, Command, Decided, Event, Facts, Item, Moment, Receipt, Record, Refused
from rooms.lifecycle import Opened, Planned
from rooms.questions import (
    Aired,
    Asked,
    Closed,
    Declined,
    Deferred,
    Merged,
    Published,
    Queued,
    Screened,
    State,
    Withdrawn,
    Written,
)
from rooms.room import Room, apply, decide, see
from tests.rooms.stories import NAMES, PLAN, START

MODERATOR = Actor("m0", "moderator")
ANNA = Actor("p0", "participant")
BERT = Actor("p1", "participant")
EXPERT = Actor("e1", "expert")
IDA = Actor("i1", "interpreter")
IGOR = Actor("i2", "interpreter")
SCRIBE = Actor("k1", "captioner")
CLOCKWORK = Actor("system", "system")
TO: dict[State, tuple[Event, ...]] = {  # what brings q1, once asked, into each state
    "submitted": (),
    "screened": (Screened("q1"),),
    "published": (Published("q1"),),
    "queued": (Published("q1"), Queued("q1", 0)),
    "on_air": (Published("q1"), Aired("q1")),
    "answered": (Published("q1"), Aired("q1"), Closed("q1")),
    "declined": (Published("q1"), Declined("q1", "Off topic")),
    "withdrawn": (Published("q1"), Withdrawn("q1")),
    "answered_in_writing": (Published("q1"), Written("q1", "e1", "Because.", "fr")),
    "deferred": (Published("q1"), Deferred("q1", "r2", None, {"en": "Later"})),
    "merged": (Asked("q0", "p2", "How come?", "en"), Published("q0"), Published("q1"), Merged("q1", "q0")),
}
Fact = tuple[str, dict[str, object]]


class Stage:
    """The room of the stories' plan, opened unless told otherwise."""

    def __init__(self, *events: Event, plan: Planned = PLAN, opened: bool = True) -> None:
        self.room = Room("r1")
        self.now = START
        self.ids = 0
        self.given(plan, *((Opened(),) if opened else ()), *events)

    def new_id(self) -> str:
        self.ids += 1
        return f"n{self.ids}"

    def at(self, minutes: float) -> "Stage":
        """Set the clock, in minutes after the planned start."""
        self.now = START + timedelta(minutes=minutes)
        return self

    def given(self, *events: Event, by: Actor = MODERATOR) -> "Stage":
        for event in events:
            apply(Record(self.room.seq + 1, self.now, by.id, event), self.room)
        return self

    def decided(self, command: Command, actor: Actor = MODERATOR, facts: Facts = NO_FACTS) -> Decided:
        return decide(command, self.room, actor, Moment(self.now, self.new_id), facts)

    def when(self, command: Command, actor: Actor = MODERATOR, facts: Facts = NO_FACTS) -> tuple[Event, ...]:
        return self.decided(command, actor, facts).events

    def do(self, command: Command, actor: Actor = MODERATOR, facts: Facts = NO_FACTS) -> "Stage":
        """Ask, and let it happen as the log has it: the receipt stands on the last of the command's events."""
        *before, last = self.when(command, actor, facts)
        self.given(*before, by=actor)
        receipt = Receipt(actor.id, f"k{self.room.seq}", b"", self.room.seq + 1, {})
        apply(Record(receipt.seq, self.now, actor.id, last, receipt), self.room)
        return self

    def refused(self, command: Command, actor: Actor = MODERATOR, facts: Facts = NO_FACTS) -> Fact:
        """The code and the facts of a refusal; AssertionError if the command is taken."""
        try:
            events = self.when(command, actor, facts)
        except Refused as refused:
            return refused.code, refused.facts
        raise AssertionError(f"not refused: {events}")

    def see(self, collection: str, id: str, audience: Audience = "crew") -> Item | None:
        return see(self.room, (collection, id), audience, NAMES)

    def shown(self, collection: str, id: str, audience: Audience = "crew") -> Item:
        """An item that must be there."""
        item = self.see(collection, id, audience)
        assert item is not None
        return item


def states(stage: Stage) -> dict[str, str]:
    """The state of every agenda item, in order."""
    return {id: entry.state for id, entry in stage.room.agenda.entries.items()}


def minutes(moment: object) -> float | None:
    """A moment as minutes after the planned start."""
    return (moment - START) / timedelta(minutes=1) if isinstance(moment, datetime) else None
