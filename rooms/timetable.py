"""The timetable: the items of an agenda in order, when each is expected, and how long was spoken in it.

Nothing ticks: what runs has an absolute end, or seconds left while its speaking time stands still. What is still to
come is expected as the times say until `slips_from`, and later by all that passes after it: whoever shows it adds that.
"""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from rooms.core import AUDIENCES, Audience, Key, Texts

Kind = Literal["contribution", "discussion", "break", "other"]
State = Literal["waiting", "running", "done", "skipped"]
NONE = timedelta()


class Speaker(msgspec.Struct, frozen=True):
    """Who is announced with an item; an expert of the programme, who need not be a person here."""

    name: str
    city: str = ""


class PlannedItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An item as the programme has it. `hidden`: the public does not get to know of it."""

    id: str
    titles: Texts
    kind: Kind
    minutes: int
    contribution: str | None = None
    speaker: Speaker | None = None
    language: str | None = None
    hidden: bool = False


class Clock(msgspec.Struct, frozen=True):
    """Speaking time: `spoken` in this run up to the last start, pause or end; `before` in the runs before it."""

    since: datetime | None = None  # since when it goes on
    paused_at: datetime | None = None
    spoken: timedelta = NONE
    before: timedelta = NONE

    @property
    def total(self) -> timedelta:
        return self.before + self.spoken

    def started(self, at: datetime) -> "Clock":
        return Clock(since=at, before=self.before + self.spoken)

    def paused(self, at: datetime) -> "Clock":
        return Clock(None, at, self.until(at), self.before)

    def resumed(self, at: datetime) -> "Clock":
        return Clock(at, None, self.spoken, self.before)

    def ended(self, at: datetime) -> "Clock":
        return Clock(None, None, self.until(at), self.before)

    def until(self, at: datetime) -> timedelta:
        """What has been spoken in this run by then; a machine's clock may be set back."""
        return self.spoken + (max(NONE, at - self.since) if self.since else NONE)


class Entry(msgspec.Struct):
    """An item as it stands. `budget` is its length as planned, `minutes` what extensions have made of it."""

    id: str
    titles: Texts
    kind: Kind
    minutes: int
    budget: int
    planned_start: datetime  # of an item added in the room: when it was expected to start then
    contribution: str | None = None
    speaker: Speaker | None = None
    language: str | None = None
    by_hand: bool = True  # added in the room: a new plan leaves it alone
    hidden: bool = False
    hidden_by_hand: bool = False  # hidden or shown in the room: a new plan must not show what the crew has hidden
    state: State = "waiting"
    started_at: datetime | None = None
    finished_at: datetime | None = None
    clock: Clock = Clock()

    @property
    def paused(self) -> bool:
        return self.clock.paused_at is not None

    def left(self) -> timedelta:
        """Of its minutes in this run what had not been spoken at the last start or pause; below 0 when it is over."""
        return timedelta(minutes=self.minutes) - self.clock.spoken

    def ends_at(self, starts: datetime) -> datetime:
        """When it ended, or will: of what stands still, if it went on where it paused."""
        if self.finished_at:
            return self.finished_at
        return starts if self.state == "skipped" else (self.clock.since or self.clock.paused_at or starts) + self.left()

    def seen_by(self, audience: Audience) -> bool:
        return audience != "public" or not self.hidden


class Was(msgspec.Struct, frozen=True):
    state: State
    started_at: datetime | None
    finished_at: datetime | None

    def clock(self) -> Clock:
        """The speaking time of what never stood still."""
        if self.state == "running":
            return Clock(since=self.started_at)
        over = self.started_at and self.finished_at
        return Clock(spoken=self.finished_at - self.started_at) if over else Clock()  # type: ignore[operator]  # both there


class Turn(msgspec.Struct):
    """What the last start, finish or skip changed, so that it can be taken back; `seq` is its last event's.

    `floor`: what was spoken before a start and after it, `cause` why it was spoken before.
    """

    at: datetime
    by: str
    items: dict[str, Was]
    seq: int
    whole: bool  # its command has no more events
    clocks: dict[str, Clock] = {}
    floor: tuple[str | None, str | None] | None = None
    cause: Literal["brought", "over"] | None = None


class Agenda(msgspec.Struct):
    """The items in order, when the session was to start, and the last turn.

    `shown_times` and `places` follow from these: worked out once for each change, not for each item that is shown.
    """

    starts: datetime
    entries: dict[str, Entry] = {}
    turn: Turn | None = None
    shown_times: dict[str, tuple[datetime, datetime]] = {}
    places: dict[Audience, dict[str, int]] = {}  # among the items that an audience gets

    def settle(self) -> None:
        """Something has changed."""
        self.shown_times = self.times()
        self.places = {audience: {id: n for n, id in enumerate(self.seen_by(audience))} for audience in AUDIENCES}

    def running(self, audience: Audience = "crew") -> Entry | None:
        """What runs, as far as this audience may know of it."""
        running = next((entry for entry in self.entries.values() if entry.state == "running"), None)
        return running if running and running.seen_by(audience) else None

    def seen_by(self, audience: Audience) -> list[str]:
        """The ids of the items that an audience gets, in order."""
        return [entry.id for entry in self.entries.values() if entry.seen_by(audience)]

    def times(self) -> dict[str, tuple[datetime, datetime]]:
        """When each item is expected to start and to end (or did), by id; hidden ones take their time like all."""
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

    def slips_from(self) -> datetime | None:
        """From when on all that is to come is later with every minute: what runs is over its time, or stands still."""
        running = self.running()
        return (running.clock.paused_at or running.ends_at(running.started_at or self.starts)) if running else None


def place(agenda: Agenda, entry: Entry, after: str | None) -> None:
    """Put an entry behind another; at the top without one, at the end if that one is gone."""
    order = [other for other in agenda.entries.values() if other.id != entry.id]
    at = next((n for n, other in enumerate(order, 1) if other.id == after), len(order)) if after else 0
    order.insert(at, entry)
    agenda.entries = {other.id: other for other in order}


def plan(agenda: Agenda, starts: datetime, items: tuple[PlannedItem, ...]) -> list[Key]:
    """Take over the programme's items; what has begun, and what was added by hand, stays behind what it followed."""
    touched, planned, later = set(agenda.entries), {item.id for item in items}, starts - agenda.starts
    kept = {id: entry for id, entry in agenda.entries.items() if id in planned or entry.by_hand or entry.started_at}
    agenda.starts, agenda.entries = starts, {}
    for item in items:
        entry = kept.get(item.id) or Entry(
            item.id, item.titles, item.kind, item.minutes, item.minutes, starts, by_hand=False
        )
        entry.planned_start = starts
        starts += timedelta(minutes=item.minutes)
        entry.titles, entry.contribution = item.titles, item.contribution
        entry.speaker, entry.language = item.speaker, item.language
        entry.hidden = entry.hidden if entry.hidden_by_hand else item.hidden
        if entry.state == "waiting":
            entry.kind, entry.minutes, entry.budget = item.kind, item.minutes, item.minutes
        agenda.entries[item.id] = entry
    for before, id in zip((None, *kept), kept, strict=False):
        if id not in planned:
            kept[id].planned_start += later
            place(agenda, kept[id], before)
    agenda.settle()
    return [("agenda", id) for id in sorted(touched | set(agenda.entries))]
