"""People whom a moderator has silenced or removed: who may no longer do what, and why.

The reason is for the person and the crew alone. What else happens to somebody who is removed is for the room.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from rooms.core import Actor, Audience, Command, Decided, Event, Facts, Id, Item, Key, Names, Record, Refused

CREW = frozenset({"moderator", "organiser"})
STILL = frozenset(  # what somebody may do who is silenced; nothing of it is heard or read by others
    {
        *("question.vote", "question.unvote", "question.withdraw", "poll.vote"),
        *("channel.choose", "hand.lower"),
    }
)
Reason = Annotated[str, msgspec.Meta(max_length=500)]
State = Literal["silenced", "removed"]


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Silence(Command, frozen=True, tag="room.silence"):
    person: Id
    reason: Reason | None = None


class Remove(Command, frozen=True, tag="room.remove"):
    person: Id
    reason: Reason | None = None


class Readmit(Command, frozen=True, tag="room.readmit"):
    """Takes either back."""

    person: Id


Commands = Silence | Remove | Readmit


# ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Silenced(Event, frozen=True, tag="room.silenced"):
    """`text`: the reason, where one was given."""

    person: str
    text: str | None = None


class Removed(Event, frozen=True, tag="room.removed"):
    """`text`: the reason, where one was given."""

    person: str
    text: str | None = None


class Readmitted(Event, frozen=True, tag="room.readmitted"):
    person: str


Events = Silenced | Removed | Readmitted


# ── State ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Restriction(msgspec.Struct, frozen=True):
    """What somebody may do no longer: say anything, or be here; `by`: the moderator."""

    state: State
    reason: str | None
    by: str
    at: datetime


Restricted = dict[str, Restriction]


def of(restricted: Restricted, actor: Actor) -> Restriction | None:
    """What holds for somebody; nothing for the crew, whatever was before they belonged to it."""
    return None if {actor.role, *actor.also} & CREW else restricted.get(actor.id)


# ── Decide ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def decide(command: Commands, restricted: Restricted, actor: Actor, facts: Facts) -> Decided:
    person, now = command.person, restricted.get(command.person)
    if person == actor.id:
        raise Refused("person.self")
    if facts.person is None:
        raise Refused("person.unknown")
    if facts.person & CREW and not isinstance(command, Readmit):
        raise Refused("person.crew")
    match command:
        case Silence() if now is None or now.state == "silenced":
            return made(Silenced(person, said(command.reason)))
        case Remove():
            return made(Removed(person, said(command.reason)))
        case Readmit() if now is not None:
            return made(Readmitted(person))
    raise Refused("state.changed", state=now.state if now else "none")


def said(reason: str | None) -> str | None:
    return (reason or "").strip() or None


def made(event: Silenced | Removed | Readmitted) -> Decided:
    return Decided((event,), {"person": event.person})


def admit(restricted: Restricted, actor: Actor, command: str) -> None:
    """Refuse what somebody may do no longer."""
    now = of(restricted, actor)
    if now and (now.state == "removed" or command not in STILL):
        raise Refused(f"person.{now.state}", reason=now.reason)


def here(restricted: Restricted, actor: Actor) -> Restriction | None:
    """What holds for somebody who comes in; Refused for whoever is not to."""
    now = of(restricted, actor)
    if now and now.state == "removed":
        raise Refused("person.removed", reason=now.reason)
    return now


def you(now: Restriction | None, rights: Iterable[str]) -> Item:
    """What a first frame tells somebody of it, and what they may do still."""
    if now is None:
        return {"silenced": None}
    return {"silenced": {"reason": now.reason}, "rights": [right for right in rights if right in STILL]}


# ── Apply ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def apply(record: Record, restricted: Restricted) -> list[Key]:
    event = record.event
    match event:
        case Silenced():
            restricted[event.person] = Restriction("silenced", event.text, record.by, record.at)
        case Removed():
            restricted[event.person] = Restriction("removed", event.text, record.by, record.at)
        case Readmitted():
            restricted.pop(event.person, None)
        case _:
            return []
    return [("restricted", event.person)]


def bearing(restricted: Restricted, person: str) -> list[str]:
    """Whose item bears a person's name: their own, and those of whom they restricted."""
    return [id for id, now in restricted.items() if person in (id, now.by)]


def named(events: Iterable[Event]) -> set[str]:
    """Persons whom events name who may never have done anything here."""
    return {event.person for event in events if isinstance(event, Silenced | Removed)}


# ── See ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def see(restricted: Restricted, person: str, audience: Audience, names: Names) -> Item | None:
    """For the crew alone: `by` is the person, `moderator` who did it."""
    now = restricted.get(person)
    if now is None or audience != "crew":
        return None
    return {
        "by": {"id": person, "name": names.get(person, "")},
        "state": now.state,
        "reason": now.reason,
        "at": now.at,
        "moderator": {"id": now.by, "name": names.get(now.by, "")},
    }
