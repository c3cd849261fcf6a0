"""Hands: the list of those who want to speak from the floor, points of order before the rest, and who is called.

One person is called at a time. How long and how often each has spoken is kept, for the archive.
"""

from datetime import datetime

import msgspec

from rooms.core import Actor, Command, Decided, Event, Id, Item, Key, Names, Record, Refused

WAITING = 1_000  # hands of one kind; more is an accident


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Raise(Command, frozen=True, tag="hand.raise"):
    """`order`: for a point of order."""

    order: bool = False


class Lower(Command, frozen=True, tag="hand.lower"):
    """One's own; who has been called gives the floor back."""


class Call(Command, frozen=True, tag="hand.call"):
    """Give somebody the floor; whoever had it before is done."""

    person: Id


class Done(Command, frozen=True, tag="hand.done"):
    person: Id


class Close(Command, frozen=True, tag="hand.close"):
    """Take no more hands, but for points of order."""


class Open(Command, frozen=True, tag="hand.open"):
    pass


Commands = Raise | Lower | Call | Done | Close | Open


# ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Raised(Event, frozen=True, tag="hand.raised"):
    """Of somebody who waits already: the hand is for a point of order from here on."""

    person: str
    order: bool = False


class Lowered(Event, frozen=True, tag="hand.lowered"):
    person: str


class Called(Event, frozen=True, tag="hand.called"):
    person: str


class Finished(Event, frozen=True, tag="hand.finished"):
    """Whoever was called has spoken."""

    person: str


class Closed(Event, frozen=True, tag="hand.closed"):
    pass


class Opened(Event, frozen=True, tag="hand.opened"):
    pass


Events = Raised | Lowered | Called | Finished | Closed | Opened


# ── State ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Hand(msgspec.Struct):
    """One raised hand; `at`: since when it waits as what it is, or has the floor."""

    person: str
    at: datetime
    order: bool = False
    place: int | None = None  # from 0 among those who wait; None: called


class Spoken(msgspec.Struct, frozen=True):
    """What somebody has said from the floor: how long, and how often they were called."""

    person: str
    seconds: float = 0
    turns: int = 0


class Hands(msgspec.Struct):
    """Those who wait, in order; who is called; and who has spoken, in the order in which they first had."""

    open: bool = True
    all: dict[str, Hand] = {}
    line: list[str] = []
    called: str | None = None
    spoken: dict[str, Spoken] = {}


# ── Decide ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def decide(command: Commands, hands: Hands, actor: Actor) -> Decided:
    match command:
        case Raise():
            return made(raise_hand(command, hands, actor.id))
        case Lower():
            if actor.id not in hands.all:
                raise Refused("hand.none")
            return made(*gone(hands, actor.id))
        case Call():
            if command.person not in hands.line:
                raise Refused("state.changed", state=state(hands, command.person))
            before = (Finished(hands.called),) if hands.called else ()
            return made(*before, Called(command.person))
        case Done():
            if command.person != hands.called:
                raise Refused("state.changed", state=state(hands, command.person))
            return made(Finished(command.person))
        case Close():
            return Decided((Closed(),))
        case Open():
            return Decided((Opened(),))


def raise_hand(command: Raise, hands: Hands, person: str) -> Raised:
    """A person waits once; a plain hand may become one for a point of order."""
    hand = hands.all.get(person)
    if hand and (hand.place is None or hand.order or not command.order):
        raise Refused("hand.raised")
    if not hands.open and not command.order:
        raise Refused("hand.closed")
    if sum(hands.all[id].order == command.order for id in hands.line) >= WAITING:
        raise Refused("hand.full", limit=WAITING)
    return Raised(person, command.order)


def gone(hands: Hands, person: str) -> tuple[Event, ...]:
    """What happens when somebody wants to speak no longer, or may not: nothing, where no hand is raised."""
    if person not in hands.all:
        return ()
    return (Finished(person),) if person == hands.called else (Lowered(person),)


def made(*events: Event) -> Decided:
    return Decided(events, {"person": events[-1].person})  # type: ignore[attr-defined]  # each of these names one


def state(hands: Hands, person: str) -> str:
    return "none" if person not in hands.all else "called" if person == hands.called else "waiting"


# ── Apply ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def apply(record: Record, hands: Hands) -> list[Key]:
    event = record.event
    match event:
        case Closed() | Opened():
            hands.open = isinstance(event, Opened)
            return [("room", "room")]
        case Raised():
            take_out(hands, event.person)
            hands.all[event.person] = Hand(event.person, record.at, event.order)
            orders = sum(hands.all[id].order for id in hands.line)
            hands.line.insert(orders if event.order else len(hands.line), event.person)
        case Lowered():
            take_out(hands, event.person)
            del hands.all[event.person]
        case Called():
            take_out(hands, event.person)
            hands.all[event.person].at, hands.called = record.at, event.person
        case Finished():
            finish(hands, record.at)
        case _:
            return []
    return touched([event.person, *moved(hands)])


def take_out(hands: Hands, person: str) -> None:
    if person in hands.line:
        hands.line.remove(person)
        hands.all[person].place = None


def finish(hands: Hands, at: datetime) -> None:
    """Whoever has the floor has spoken until now."""
    if hands.called:
        hand, before = hands.all.pop(hands.called), hands.spoken.get(hands.called, Spoken(hands.called))
        seconds = max(0.0, (at - hand.at).total_seconds())
        hands.spoken[hand.person] = Spoken(hand.person, before.seconds + seconds, before.turns + 1)
        hands.called = None


def moved(hands: Hands) -> list[str]:
    """Give everybody who waits the place they have now; those whose place is another than before."""
    found = [person for place, person in enumerate(hands.line) if hands.all[person].place != place]
    for place, person in enumerate(hands.line):
        hands.all[person].place = place
    return found


def end(hands: Hands, at: datetime) -> list[Key]:
    """The session is over: nobody waits, and whoever had the floor is done."""
    before = list(hands.all)
    finish(hands, at)
    hands.all, hands.line = {}, []
    return touched(before)


def touched(persons: list[str]) -> list[Key]:
    """Their hands, for everybody and for themselves."""
    return [(collection, person) for person in dict.fromkeys(persons) for collection in ("hands", "mine.hand")]


# ── See ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def see(hands: Hands, person: str, names: Names) -> Item | None:
    """`order`: the place among those who wait, from 0; null of who is called."""
    hand = hands.all.get(person)
    if hand is None:
        return None
    return {
        "by": {"id": person, "name": names.get(person, "")},
        "state": state(hands, person),
        "order": hand.place,
        "point_of_order": hand.order,
        "at": hand.at,
    }


def mine(hands: Hands, person: str) -> Item | None:
    hand = hands.all.get(person)
    return {"state": state(hands, person), "place": hand.place, "point_of_order": hand.order} if hand else None


def spoken(hands: Hands) -> tuple[Spoken, ...]:
    """Who has spoken from the floor and is done, whoever spoke longest first; ids, names are asked for elsewhere."""
    return tuple(sorted(hands.spoken.values(), key=lambda one: -one.seconds))
