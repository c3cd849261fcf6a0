"""The agenda: what a moderator does to its items, at most one of which runs; commands are absolute, never "next".

Hidden items are seen by booth and crew; to the public they are not there. What times make of it is the timetable's.
"""

from datetime import timedelta
from typing import Annotated, Literal

import msgspec

from rooms.core import Audience, Command, Decided, Event, Id, Item, Key, Moment, Record, Refused, blank, main_text
from rooms.timetable import Agenda, Entry, Kind, Turn, Was, place

Minutes = Annotated[int, msgspec.Meta(ge=1, le=600)]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"\S")]
Seen = Literal["waiting", "running", "paused", "done", "skipped"]  # `running` is true of what is paused too
UNDO = timedelta(minutes=1)
ITEMS = 200  # in one agenda; more is an accident


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Add(Command, frozen=True, tag="agenda.add"):
    title: Title
    kind: Kind
    minutes: Minutes
    after: Id | None = None
    hidden: bool = False


class Edit(Command, frozen=True, tag="agenda.edit"):
    """`minutes` is a new budget: what was added or cut before is forgotten."""

    item: Id
    title: Title | None = None
    kind: Kind | None = None
    minutes: Minutes | None = None
    hidden: bool | None = None


class Move(Command, frozen=True, tag="agenda.move"):
    """`after` null: to the top."""

    item: Id
    after: Id | None


class Remove(Command, frozen=True, tag="agenda.remove"):
    item: Id


class Start(Command, frozen=True, tag="agenda.start"):
    item: Id
    was: Seen | None = None


class Finish(Command, frozen=True, tag="agenda.finish"):
    item: Id
    was: Seen | None = None


class Skip(Command, frozen=True, tag="agenda.skip"):
    item: Id
    was: Seen | None = None


class Pause(Command, frozen=True, tag="agenda.pause"):
    """The speaking time of the running item stands still; it runs on."""

    item: Id
    was: Seen | None = None


class Resume(Command, frozen=True, tag="agenda.resume"):
    item: Id
    was: Seen | None = None


class Extend(Command, frozen=True, tag="agenda.extend"):
    """shift moves what follows; absorb takes the minutes from the next break; cut from what follows, last first.

    What they do not give moves what follows.
    """

    item: Id
    minutes: Annotated[int, msgspec.Meta(ge=1, le=240)]
    how: Literal["shift", "absorb", "cut"]


class Undo(Command, frozen=True, tag="agenda.undo"):
    """Takes the last start, finish or skip back, for a minute; a pause is taken back by going on."""


Commands = Add | Edit | Move | Remove | Start | Finish | Skip | Pause | Resume | Extend | Undo


# ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Added(Event, frozen=True, tag="agenda.added"):
    item: str
    title: str | None
    kind: Kind
    minutes: int
    after: str | None
    hidden: bool = False


class Edited(Event, frozen=True, tag="agenda.edited"):
    item: str
    title: str | None = None
    kind: Kind | None = None
    minutes: int | None = None
    hidden: bool | None = None


class Moved(Event, frozen=True, tag="agenda.moved"):
    item: str
    after: str | None


class Removed(Event, frozen=True, tag="agenda.removed"):
    item: str


class Started(Event, frozen=True, tag="agenda.started"):
    item: str


class Finished(Event, frozen=True, tag="agenda.finished"):
    item: str


class Skipped(Event, frozen=True, tag="agenda.skipped"):
    item: str


class Paused(Event, frozen=True, tag="agenda.paused"):
    item: str


class Resumed(Event, frozen=True, tag="agenda.resumed"):
    item: str


class Extended(Event, frozen=True, tag="agenda.extended"):
    """`minutes`: the new length of every item that the extension changed, by id; `shifted`: the minutes nobody gave."""

    item: str
    by: int
    how: str
    minutes: dict[str, int]
    shifted: int = 0


class Undone(Event, frozen=True, tag="agenda.undone"):
    """What is again as it was, by item."""

    items: dict[str, Was]


Events = Added | Edited | Moved | Removed | Started | Finished | Skipped | Paused | Resumed | Extended | Undone


# ── Decide ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def decide(command: Commands, agenda: Agenda, moment: Moment) -> Decided:
    if isinstance(command, Add | Edit) and command.title is not None and blank(command.title):
        raise Refused("command.invalid", field="title")
    match command:
        case Add():
            if command.after is not None:
                find(agenda, command.after)
            if len(agenda.entries) >= ITEMS:
                raise Refused("agenda.full", limit=ITEMS)
            item = moment.new_id()
            after = command.after if command.after is not None else next(reversed(agenda.entries), None)
            title = command.title.strip()
            return made(item, Added(item, title, command.kind, command.minutes, after, command.hidden))
        case Edit():
            new = (command.title and command.title.strip(), command.kind, command.minutes, command.hidden)
            return made(find(agenda, command.item).id, Edited(command.item, *new))
        case Move():
            if command.after is not None:
                find(agenda, command.after)
            if command.after == command.item:
                raise Refused("command.invalid", field="after")
            return made(find(agenda, command.item).id, Moved(command.item, command.after))
        case Remove():
            if find(agenda, command.item).state == "running":
                raise Refused("state.changed", state="running")
            return made(command.item, Removed(command.item))
        case Start():
            expect(find(agenda, command.item), command.was, "waiting", "skipped", "done")
            running = agenda.running()
            return made(command.item, *((Finished(running.id),) if running else ()), Started(command.item))
        case Finish():
            expect(find(agenda, command.item), command.was, "running", "paused")
            return made(command.item, Finished(command.item))
        case Skip():
            expect(find(agenda, command.item), command.was, "waiting", "running", "paused")
            return made(command.item, Skipped(command.item))
        case Pause():
            expect(find(agenda, command.item), command.was, "running")
            return made(command.item, Paused(command.item))
        case Resume():
            expect(find(agenda, command.item), command.was, "paused")
            return made(command.item, Resumed(command.item))
        case Extend():
            return extend(command, agenda)
        case Undo():
            turn = agenda.turn
            if turn is None or moment.now - turn.at > UNDO or not turn.items.keys() <= agenda.entries.keys():
                raise Refused("agenda.undo")
            return Decided((Undone(turn.items),))


def find(agenda: Agenda, item: str) -> Entry:
    if item not in agenda.entries:
        raise Refused("agenda.unknown", item=item)
    return agenda.entries[item]


def expect(entry: Entry, was: Seen | None, *possible: Seen) -> None:
    """Refuse when somebody else was first: the sender saw another state, or the item has left the possible."""
    now: Seen = "paused" if entry.paused else entry.state
    if now not in possible or was not in (None, now, entry.state):
        raise Refused("state.changed", state=now)


def made(item: str, *events: Event) -> Decided:
    return Decided(events, {"item": item})


def extend(command: Extend, agenda: Agenda) -> Decided:
    entry = find(agenda, command.item)
    if entry.state not in ("waiting", "running"):
        raise Refused("state.changed", state=entry.state)
    minutes, left = {entry.id: entry.minutes + command.minutes}, command.minutes
    entries = list(agenda.entries.values())
    following = [other for other in entries[entries.index(entry) + 1 :] if other.state == "waiting"]
    breaks = [other for other in following if other.kind == "break"]
    givers = {"shift": [], "absorb": breaks[:1], "cut": following[::-1]}[command.how]
    for other in givers:  # none falls below a minute: to drop an item is a decision of its own
        taken = min(left, other.minutes - 1)
        if taken:
            minutes[other.id] = other.minutes - taken
            left -= taken
    if command.how != "shift" and left == command.minutes:
        raise Refused("agenda.nothing_to_take", how=command.how)
    return made(entry.id, Extended(entry.id, command.minutes, command.how, minutes, left))


# ── Apply ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def apply(record: Record, agenda: Agenda) -> list[Key]:
    """Change the agenda and name every item that may look different: all whose times may have moved."""
    event, entries, touched = record.event, agenda.entries, set(agenda.entries)
    match event:
        case Added():
            titles, minutes = {"und": event.title or ""}, event.minutes
            entry = Entry(event.item, titles, event.kind, minutes, minutes, agenda.starts)
            entry.hidden = entry.hidden_by_hand = event.hidden
            place(agenda, entry, event.after)
            entry.planned_start = agenda.times()[entry.id][0]
        case Edited():
            entry = entries[event.item]
            if event.title is not None:
                entry.titles = {"und": event.title}
            entry.kind = event.kind or entry.kind
            if event.minutes is not None:
                entry.minutes = entry.budget = event.minutes
            if event.hidden is not None:
                entry.hidden, entry.hidden_by_hand = event.hidden, True
        case Moved():
            place(agenda, entries.pop(event.item), event.after)
        case Removed():
            del entries[event.item]
        case Started():
            entry = turn(agenda, record, event.item)
            entry.state, entry.started_at, entry.finished_at = "running", record.at, None
            entry.clock = entry.clock.started(record.at)
        case Finished():
            entry = turn(agenda, record, event.item)
            entry.state, entry.finished_at, entry.clock = "done", record.at, entry.clock.ended(record.at)
        case Skipped():
            entry = turn(agenda, record, event.item)
            ran = entry.state == "running"
            entry.state, entry.finished_at = "skipped", record.at if ran else None
            entry.clock = entry.clock.ended(record.at)
        case Paused():
            entry = entries[event.item]
            entry.clock = entry.clock.paused(record.at)
        case Resumed():
            entry = entries[event.item]
            entry.clock = entry.clock.resumed(record.at)
        case Extended():
            for id, length in event.minutes.items():
                entries[id].minutes = length
        case Undone():
            for id, was in event.items.items():
                entry = entries[id]
                entry.state, entry.started_at, entry.finished_at = was.state, was.started_at, was.finished_at
                entry.clock = (agenda.turn and agenda.turn.clocks.get(id)) or was.clock()
            agenda.turn = None
    agenda.settle()
    return [("agenda", id) for id in sorted(touched | set(agenda.entries))]


def turn(agenda: Agenda, record: Record, item: str) -> Entry:
    """Remember how an entry was; the events of one command are one turn, its receipt stands on the last."""
    entry, last = agenda.entries[item], agenda.turn
    if last is None or last.whole or (last.at, last.by, last.seq) != (record.at, record.by, record.seq - 1):
        agenda.turn = last = Turn(record.at, record.by, {}, record.seq, whole=False)
    last.seq, last.whole = record.seq, record.receipt is not None
    last.items.setdefault(entry.id, Was(entry.state, entry.started_at, entry.finished_at))
    last.clocks.setdefault(entry.id, entry.clock)
    return entry


# ── See ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def see(agenda: Agenda, id: str, audience: Audience) -> Item | None:
    """An item with its place among those that this audience gets; times and lengths are of the whole agenda."""
    entry = agenda.entries.get(id)
    if entry is None or not entry.seen_by(audience):
        return None
    expected, ends = agenda.shown_times[id]
    clock, running = entry.clock, entry.state == "running"
    return {
        "title": main_text(entry.titles),
        "titles": entry.titles,
        "kind": entry.kind,
        "order": agenda.places[audience][id],
        "minutes": entry.minutes,
        "budget": entry.budget,
        "hidden": entry.hidden,
        "state": entry.state,
        "planned_start": entry.planned_start,
        "expected_start": expected,
        "started_at": entry.started_at,
        "finished_at": entry.finished_at,
        "ends_at": ends if running and not entry.paused else None,
        "paused_at": clock.paused_at,
        "left": entry.left().total_seconds() if entry.paused else None,
        "spoken": clock.total.total_seconds(),
        "spoken_since": clock.since,
        "contribution": entry.contribution,
        "speaker": {"name": entry.speaker.name, "city": entry.speaker.city} if entry.speaker else None,
        "language": entry.language,
    }
