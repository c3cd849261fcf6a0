"""A room as it went on: its log followed record by record, and when each item ran, page was shown, channel was made,
and whether it was recorded.

Pure. Steps that were taken back are forgotten here as they are on screens.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from rooms import agenda, booths, interpretation, questions, slides
from rooms.core import Event, Record
from rooms.lifecycle import Closed, Opened, Planned, RecordingSet
from rooms.room import Room, apply


class Step(msgspec.Struct, frozen=True):
    """A state of a question, and since when."""

    state: questions.State
    at: datetime


class Span(msgspec.Struct):
    """Something that lasted, while it is being followed."""

    start: datetime
    what: tuple[object, ...]
    end: datetime | None = None


class Course(msgspec.Struct):
    """A room as it goes on, and when what happened in it."""

    room: Room
    opened: datetime | None = None
    runs: dict[str, list[Span]] = {}
    shown: list[Span] = []
    channels: dict[str, list[Span]] = {}
    recording: list[Span] = []  # (True,) and (False,), one after the other while the room is live
    steps: dict[str, list[Step]] = {}


def follow(room: str, records: Iterable[Record]) -> Course:
    course = Course(Room(room))
    for record in records:
        apply(record, course.room)
        event = record.event
        match event:
            case Opened():
                course.opened = course.opened or record.at
            case _ if isinstance(event, agenda.Events):
                run(course, record.at, event)
            case _ if isinstance(event, questions.Events) and not isinstance(event, questions.Scored):
                step(course, record.at, event.question)
            case slides.Shown():
                show(course.shown, record.at, (event.presentation, event.page, event.pages, event.contribution))
            case slides.Hidden():
                show(course.shown, record.at, None)
        if isinstance(event, Closed):
            show(course.shown, record.at, None)
        if isinstance(event, Opened | Closed | RecordingSet):
            live = course.room.state in ("open", "paused")
            show(course.recording, record.at, (course.room.recording == "on",) if live else None)
        if isinstance(event, interpretation.Events | Closed | Planned):
            hear(course, record.at)
    return course


def run(course: Course, at: datetime, event: Event) -> None:
    match event:
        case agenda.Started():
            course.runs.setdefault(event.item, []).append(Span(at, ()))
        case agenda.Finished() | agenda.Skipped():
            for span in course.runs.get(event.item, [])[-1:]:
                span.end = span.end or at
        case agenda.Undone():
            for item, was in event.items.items():
                kept = [span for span in course.runs.get(item, []) if was.started_at and span.start <= was.started_at]
                for span in kept[-1:]:
                    span.end = was.finished_at
                course.runs[item] = kept


def step(course: Course, at: datetime, id: str) -> None:
    """Note a new state; steps that were taken back are forgotten, as they are on screens."""
    question, steps = course.room.questions.all[id], course.steps.setdefault(id, [])
    del steps[len(question.path) + 1 :]
    if len(steps) <= len(question.path):
        steps.append(Step(question.state, at))


def show(spans: list[Span], at: datetime, what: tuple[object, ...] | None) -> None:
    """What begins ends what was before; the same again goes on."""
    now = spans[-1] if spans and spans[-1].end is None else None
    if now and now.what == what:
        return
    if now:
        now.end = at
    if what is not None:
        spans.append(Span(at, what))


def hear(course: Course, at: datetime) -> None:
    here = course.room.interpretation.channels
    for tag in {*here, *course.channels}:
        channel = here.get(tag, booths.Channel(tag))
        what = (channel.on_air, channel.relay_of) if channel.open and channel.on_air else None
        show(course.channels.setdefault(tag, []), at, what)
