"""The agenda: items in order, at most one running; commands are absolute, never "next".

A countdown is an absolute end. When an item runs over, what follows is expected later; nothing ticks on the wire.
"""

from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec

from rooms.core import Command, Decided, Event, Id, Item, Key, Moment, Record, Refused, Texts, main_text

Kind = Literal["contribution", "discussion", "break", "other"]
Minutes = Annotated[int, msgspec.Meta(ge=1, le=600)]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"\S")]
State = Literal["waiting", "running", "done", "skipped"]
UNDO = timedelta(minutes=1)
ITEMS = 200  # in one agenda; more is an accident


class Speaker(msgspec.Struct, frozen=True):
    """Who is announced with an item; an expert of the programme, who need not be a person here."""

    name: str
    city: str = ""


class PlannedItem(msgspec.Struct, frozen=True):
    """An item as the programme has it."""

    id: str
    titles: Texts
    kind: Kind
    minutes: int
    contribution: str | None = None
    speaker: Speaker | None = None
    language: str | None = None


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Add(Command, frozen=True, tag="agenda.add"):
    title: Title
    kind: Kind
    minutes: Minutes
    after: Id | None = None


class Edit(Command, frozen=True, tag="agenda.edit"):
    item: Id
    title: Title | None = None
    kind: Kind | None = None
    minutes: Minutes | None = None


class Move(Command, frozen=True, tag="agenda.move"):
    """`after` null: to the top."""

    item: Id
    after: Id | None


class Remove(Command, frozen=True, tag="agenda.remove"):
    item: Id


class Start(Command, frozen=True, tag="agenda.start"):
    item: Id
    was: State | None = None


class Finish(Command, frozen=True, tag="agenda.finish"):
    item: Id
    was: State | None = None


class Skip(Command, frozen=True, tag="agenda.skip"):
    item: Id
    was: State | None = None


class Extend(Command, frozen=True, tag="agenda.extend"):
    """shift moves what follows; absorb takes the minutes from the next break; cut from what follows, last first."""

    item: Id
    minutes: Annotated[int, msgspec.Meta(ge=1, le=240)]
    how: Literal["shift", "absorb", "cut"]


class Undo(Command, frozen=True, tag="agenda.undo"):
    """Takes the last start, finish or skip back, for a minute."""


Commands = Add | Edit | Move | Remove | Start | Finish | Skip | Extend | Undo


# ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Added(Event, frozen=True, tag="agenda.added"):
    item: str
    title: str | None
    kind: Kind
    minutes: int
    after: str | None


class Edited(Event, frozen=True, tag="agenda.edited"):
    item: str
    title: str | None = None
    kind: Kind | None = None
    minutes: int | None = None


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


class Extended(Event, frozen=True, tag="agenda.extended"):
    """`minutes`: the new length of every item that the extension changed, by id."""

    item: str
    by: int
    how: str
    minutes: dict[str, int]


class Was(msgspec.Struct, frozen=True):
    state: State
    started_at: datetime | None
    finished_at: datetime | None


class Undone(Event, frozen=True, tag="agenda.undone"):
    """What is again as it was, by item."""

    items: dict[str, Was]


Events = Added | Edited | Moved | Removed | Started | Finished | Skipped | Extended | Undone


# ── State ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Entry(msgspec.Struct):
    id: str
    titles: Texts
    kind: Kind
    minutes: int
    planned_start: datetime  # of an item added in the room: when it was expected to start then
    contribution: str | None = None
    speaker: Speaker | None = None
    language: str | None = None
    by_hand: bool = True  # added in the room: a new plan leaves it alone
    state: State = "waiting"
    started_at: datetime | None = None
    finished_at: datetime | None = None

    def ends_at(self, starts: datetime) -> datetime:
        minutes = 0 if self.state == "skipped" else self.minutes
        return self.finished_at or starts + timedelta(minutes=minutes)


class Turn(msgspec.Struct):
    """What the last start, finish or skip changed, so that it can be taken back; `seq` is its last event's."""

    at: datetime
    by: str
    items: dict[str, Was]
    seq: int
    whole: bool  # its command has no more events


class Agenda(msgspec.Struct):
    """The items in order, when the session was to start, and the last turn."""

    starts: datetime
    entries: dict[str, Entry] = {}
    turn: Turn | None = None

    def running(self) -> Entry | None:
        return next((entry for entry in self.entries.values() if entry.state == "running"), None)

    def times(self) -> dict[str, tuple[datetime, datetime]]:
        """When each item is expected to start and to end (or did), by id."""
        begun = [entry.ends_at(entry.started_at) for entry in self.entries.values() if entry.started_at]
        expected, times = max(begun, default=self.starts), {}  # what waits comes after all that has begun
        for entry in self.entries.values():
            starts = entry.started_at or expected
            times[entry.id] = (starts, entry.ends_at(starts))
            expected = max(expected, times[entry.id][1])
        return times

    def expected_end(self) -> datetime:
        """When the last of the items is expected to end."""
        return max((end for _, end in self.times().values()), default=self.starts)


# ── Decide ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def decide(command: Commands, agenda: Agenda, moment: Moment) -> Decided:
    match command:
        case Add():
            if command.after is not None:
                find(agenda, command.after)
            if len(agenda.entries) >= ITEMS:
                raise Refused("agenda.full", limit=ITEMS)
            item = moment.new_id()
            after = command.after if command.after is not None else next(reversed(agenda.entries), None)
            return made(item, Added(item, command.title.strip(), command.kind, command.minutes, after))
        case Edit():
            title = command.title and command.title.strip()
            return made(find(agenda, command.item).id, Edited(command.item, title, command.kind, command.minutes))
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
            expect(find(agenda, command.item), command.was, "running")
            return made(command.item, Finished(command.item))
        case Skip():
            expect(find(agenda, command.item), command.was, "waiting", "running")
            return made(command.item, Skipped(command.item))
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


def expect(entry: Entry, was: State | None, *possible: State) -> None:
    """Refuse when somebody else was first: the sender saw another state, or the item has left the possible."""
    if entry.state not in possible or (was is not None and was != entry.state):
        raise Refused("state.changed", state=entry.state)


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
    return made(entry.id, Extended(entry.id, command.minutes, command.how, minutes))


# ── Apply ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def apply(record: Record, agenda: Agenda) -> list[Key]:
    """Change the agenda and name every item that may look different: all whose times may have moved."""
    event, entries, touched = record.event, agenda.entries, set(agenda.entries)
    match event:
        case Added():
            entry = Entry(event.item, {"und": event.title or ""}, event.kind, event.minutes, agenda.starts)
            place(agenda, entry, event.after)
            entry.planned_start = agenda.times()[entry.id][0]
        case Edited():
            entry = entries[event.item]
            if event.title is not None:
                entry.titles = {"und": event.title}
            entry.kind, entry.minutes = event.kind or entry.kind, event.minutes or entry.minutes
        case Moved():
            place(agenda, entries.pop(event.item), event.after)
        case Removed():
            del entries[event.item]
        case Started():
            entry = turn(agenda, record, event.item)
            entry.state, entry.started_at, entry.finished_at = "running", record.at, None
        case Finished():
            entry = turn(agenda, record, event.item)
            entry.state, entry.finished_at = "done", record.at
        case Skipped():
            entry = turn(agenda, record, event.item)
            entry.state, entry.finished_at = "skipped", record.at if entry.started_at else None
        case Extended():
            for id, length in event.minutes.items():
                entries[id].minutes = length
        case Undone():
            for id, was in event.items.items():
                entry = entries[id]
                entry.state, entry.started_at, entry.finished_at = was.state, was.started_at, was.finished_at
            agenda.turn = None
    return [("agenda", id) for id in sorted(touched | set(agenda.entries))]


def place(agenda: Agenda, entry: Entry, after: str | None) -> None:
    """Put an entry behind another; at the top without one, at the end if that one is gone."""
    order = [other for other in agenda.entries.values() if other.id != entry.id]
    at = next((n for n, other in enumerate(order, 1) if other.id == after), len(order)) if after else 0
    order.insert(at, entry)
    agenda.entries = {other.id: other for other in order}


def turn(agenda: Agenda, record: Record, item: str) -> Entry:
    """Remember how an entry was; the events of one command are one turn, its receipt stands on the last."""
    entry, last = agenda.entries[item], agenda.turn
    if last is None or last.whole or (last.at, last.by, last.seq) != (record.at, record.by, record.seq - 1):
        agenda.turn = last = Turn(record.at, record.by, {}, record.seq, whole=False)
    last.seq, last.whole = record.seq, record.receipt is not None
    last.items.setdefault(entry.id, Was(entry.state, entry.started_at, entry.finished_at))
    return entry


def plan(agenda: Agenda, starts: datetime, items: tuple[PlannedItem, ...]) -> list[Key]:
    """Take over the programme's items; what has begun, and what was added by hand, stays behind what it followed."""
    touched, planned, later = set(agenda.entries), {item.id for item in items}, starts - agenda.starts
    kept = {id: entry for id, entry in agenda.entries.items() if id in planned or entry.by_hand or entry.started_at}
    agenda.starts, agenda.entries = starts, {}
    for item in items:
        entry = kept.get(item.id) or Entry(item.id, item.titles, item.kind, item.minutes, starts, by_hand=False)
        entry.planned_start = starts
        starts += timedelta(minutes=item.minutes)
        entry.titles, entry.contribution = item.titles, item.contribution
        entry.speaker, entry.language = item.speaker, item.language
        if entry.state == "waiting":
            entry.kind, entry.minutes = item.kind, item.minutes
        agenda.entries[item.id] = entry
    for before, id in zip((None, *kept), kept, strict=False):
        if id not in planned:
            kept[id].planned_start += later
            place(agenda, kept[id], before)
    return [("agenda", id) for id in sorted(touched | set(agenda.entries))]


# ── See ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def see(agenda: Agenda, id: str) -> Item | None:
    entry = agenda.entries.get(id)
    if entry is None:
        return None
    expected, ends = agenda.times()[id]
    return {
        "title": main_text(entry.titles),
        "titles": entry.titles,
        "kind": entry.kind,
        "order": list(agenda.entries).index(id),
        "minutes": entry.minutes,
        "state": entry.state,
        "planned_start": entry.planned_start,
        "expected_start": expected,
        "started_at": entry.started_at,
        "finished_at": entry.finished_at,
        "ends_at": ends if entry.state == "running" else None,
        "contribution": entry.contribution,
        "speaker": {"name": entry.speaker.name, "city": entry.speaker.city} if entry.speaker else None,
        "language": entry.language,
    }
