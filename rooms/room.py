"""The state of one room: its parts, its place in the log, and the rules that cross features.

`decide` answers and changes nothing; `apply` obeys, changes in place and names every key it touched.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from rooms import agenda, questions
from rooms.agenda import Agenda, PlannedItem
from rooms.core import (
    Actor,
    Audience,
    Command,
    Decided,
    Event,
    Item,
    Key,
    Moment,
    Names,
    Record,
    Refused,
    Texts,
    main_text,
)
from rooms.questions import Questions

# ── The room's own commands and events ───────────────────────────────────────────────────────────────────────────────


class Open(Command, frozen=True, tag="room.open"):
    """Also reopens, and ends a pause."""


class Pause(Command, frozen=True, tag="room.pause"):
    pass


class Close(Command, frozen=True, tag="room.close"):
    pass


RoomCommands = Open | Pause | Close


class PlannedContribution(msgspec.Struct, frozen=True):
    """A slot of the programme that a question may be put to."""

    id: str
    titles: Texts
    name: str = ""
    city: str = ""


class Planned(Event, frozen=True, tag="room.planned"):
    """What the programme says of this room, whole; a changed programme makes a new one."""

    exchange: str
    titles: Texts
    starts: datetime
    ends: datetime
    zone: str
    languages: tuple[str, ...]
    channels: tuple[str, ...]
    items: tuple[PlannedItem, ...]
    contributions: tuple[PlannedContribution, ...] = ()


class StreamSet(Event, frozen=True, tag="room.stream_set"):
    stream: str | None


class Opened(Event, frozen=True, tag="room.opened"):
    pass


class Paused(Event, frozen=True, tag="room.paused"):
    pass


class Closed(Event, frozen=True, tag="room.closed"):
    pass


class Renamed(Event, frozen=True, tag="room.renamed"):
    """A person's name changed: what bears it looks different. The name itself is not in the log."""

    person: str


RoomEvents = Planned | StreamSet | Opened | Paused | Closed | Renamed

COMMANDS: tuple[type[Command], ...] = (
    *RoomCommands.__args__,  # the members of the unions, in their order
    *agenda.Commands.__args__,
    *questions.Commands.__args__,
)
EVENTS: tuple[type[Event], ...] = (*RoomEvents.__args__, *agenda.Events.__args__, *questions.Events.__args__)

# What a room that is not open still takes. Crew only where roles say so; a pause binds everybody but the crew.
WHILE_PLANNED = (Open, agenda.Add, agenda.Edit, agenda.Move, agenda.Remove, *questions.Commands.__args__)
WHILE_CLOSED = (Open, questions.Answered, questions.Decline, questions.Restore)


def name_of(command: Command | type[Command]) -> str:
    """`area.verb`, as on the wire."""
    return str(command.__struct_config__.tag)


# ── State ────────────────────────────────────────────────────────────────────────────────────────────────────────────

OVERRUN = timedelta(minutes=5)  # the least that moves a session's end in calendars
NEVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class Room(msgspec.Struct):
    """One room as its log says; `seq` is the last event applied."""

    id: str
    seq: int = 0
    state: str = "planned"
    closed_at: datetime | None = None
    plan: Planned = Planned("", {}, NEVER, NEVER, "UTC", (), (), ())
    stream: str | None = None
    agenda: Agenda = msgspec.field(default_factory=lambda: Agenda(NEVER))
    questions: Questions = msgspec.field(default_factory=Questions)


class Summary(msgspec.Struct, frozen=True):
    """What lists show of a room; written to its row in the transaction of the append.

    `now` is what runs, `now_ends` when it was to end; `overrun` is in minutes.
    """

    state: str
    expected_ends: datetime
    now: Texts | None
    overrun: int = 0
    now_ends: datetime | None = None


# ── Decide ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def decide(command: Command, room: Room, actor: Actor, moment: Moment) -> Decided:
    """Answer a command of somebody whose role allows it: the events it makes, or Refused."""
    admit(command, room, actor)
    match command:
        case Open():
            if room.state == "open":
                raise Refused("state.changed", state="open")
            return Decided((Opened(),), {"room": room.id})
        case Pause():
            if room.state != "open":
                raise Refused("state.changed", state=room.state)
            return Decided((Paused(),), {"room": room.id})
        case Close():
            if room.state not in ("open", "paused"):
                raise Refused("state.changed", state=room.state)
            running = room.agenda.running()
            before: tuple[Event, ...] = (agenda.Finished(running.id),) if running else ()
            return Decided((*before, Closed()), {"room": room.id})
        case questions.Ask() if command.to is not None and not asked_here(command.to, room):
            raise Refused("question.to", to=command.to)
        case _ if isinstance(command, agenda.Commands):
            return agenda.decide(command, room.agenda, moment)
        case _ if isinstance(command, questions.Commands):
            return questions.decide(command, room.questions, actor, moment)
    raise AssertionError(f"nobody decides {name_of(command)}")


def admit(command: Command, room: Room, actor: Actor) -> None:
    """The rule over all features: what a room takes in its state."""
    if room.state == "closed" and not isinstance(command, WHILE_CLOSED):
        raise Refused("room.closed")
    if room.state == "paused" and actor.role not in ("moderator", "organiser"):
        raise Refused("room.paused")
    if room.state == "planned" and not isinstance(command, WHILE_PLANNED):
        raise Refused("room.planned")


def asked_here(contribution: str, room: Room) -> bool:
    return any(contribution == slot.id for slot in room.plan.contributions)


# ── Apply ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def apply(record: Record, room: Room) -> list[Key]:
    """Change the room as the record says; every key whose item may look different, for anybody."""
    room.seq = record.seq
    event = record.event
    match event:
        case Planned():
            room.plan = event
            return [("room", "room"), *agenda.plan(room.agenda, event.starts, event.items)]
        case StreamSet():
            room.stream = event.stream
            return [("room", "room")]
        case Opened():
            room.state = "open"
            return [("room", "room")]
        case Paused():
            room.state = "paused"
            return [("room", "room")]
        case Closed():
            room.state, room.closed_at = "closed", record.at
            return [("room", "room")]
        case Renamed():
            own = room.questions.own.get(event.person, ())
            return [("questions", id) for id in own]
        case _ if isinstance(event, agenda.Events):
            return [("room", "room"), *agenda.apply(record, room.agenda)]
        case _ if isinstance(event, questions.Events):
            return questions.apply(record, room.questions)
    raise AssertionError(f"nobody applies {type(event).__name__}")


def summary(room: Room) -> Summary:
    running, ends = room.agenda.running(), expected_end(room)
    until = room.agenda.times()[running.id][1] if running else None
    return Summary(room.state, ends, running.titles if running else None, overrun(room.plan.ends, ends), until)


def overrun(planned: datetime, expected: datetime) -> int:
    """Whole steps by which a session ends late, in minutes: what calendars are told, which want no seconds."""
    return max(0, (expected - planned) // OVERRUN) * int(OVERRUN.total_seconds() // 60)


def expected_end(room: Room) -> datetime:
    """When the session ended, or will end as the agenda now runs; as planned where there is no agenda."""
    if room.state == "closed" and room.closed_at:
        return room.closed_at
    return room.agenda.expected_end() if room.agenda.entries else room.plan.ends


def listed(event: Event) -> bool:
    """Whether lists may show another summary after this event."""
    return isinstance(event, Planned | Opened | Paused | Closed | agenda.Events)


def summary_if(room: Room, records: Iterable[Record]) -> Summary | None:
    """What lists show of a room to which these records were applied; None if they changed nothing there."""
    return summary(room) if any(listed(record.event) for record in records) else None


# ── See ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def concerns(event: Event, room: Room, key: Key, audience: Audience) -> bool:
    """Whether an audience may learn that this event touched this item: a rename must not tell what is whose."""
    return not isinstance(event, Renamed) or questions.names_asker(room.questions, key[1], audience)


def see(room: Room, key: Key, audience: Audience, names: Names) -> Item | None:
    """One item as one audience may see it; None: not at all."""
    collection, id = key
    match collection:
        case "room":
            return header(room) if room.seq else None  # before its first plan a room is nothing
        case "agenda":
            return agenda.see(room.agenda, id)
        case "questions":
            return questions.see(room.questions, id, audience, names)
        case "scores":
            return questions.score(room.questions, id, audience)
        case _:
            return None


def header(room: Room) -> Item:
    running = room.agenda.running()
    return {
        "title": main_text(room.plan.titles),
        "titles": room.plan.titles,
        "exchange": room.plan.exchange,
        "state": room.state,
        "starts": room.plan.starts,
        "ends": room.plan.ends,
        "expected_ends": expected_end(room),
        "zone": room.plan.zone,
        "languages": room.plan.languages,
        "recording": "off",
        "now": running.id if running else None,
        "stream": room.stream,
    }
