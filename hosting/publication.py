"""What is published of a session, as one frozen value: what ran, was shown, said, asked, voted, interpreted, and when.

All times are on one clock, the seconds since the room was first opened; every moment has an anchor of that time.
"""

from datetime import datetime
from typing import Literal, get_args

import msgspec

from hosting.following import Step
from hosting.transcripts import Line
from rooms import questions, timetable, translations
from rooms.core import Texts
from rooms.timetable import Speaker

Fate = Literal["answered", "answered_in_writing", "deferred", "declined", "merged", "withdrawn", "open"]
FATES: tuple[Fate, ...] = get_args(Fate)
Recorded = Literal["all", "parts", "nothing"]


class Chapter(msgspec.Struct, frozen=True):
    """A stretch in which an item of the agenda ran that is not hidden; `end` None: it still runs."""

    anchor: str
    start: int
    end: int | None
    item: str
    titles: Texts
    kind: timetable.Kind
    speaker: Speaker | None
    planned_start: datetime
    started_at: datetime
    finished_at: datetime | None


class Left(msgspec.Struct, frozen=True):
    """An item of the agenda that did not run, unless it is hidden."""

    item: str
    titles: Texts
    state: timetable.State


class Slide(msgspec.Struct, frozen=True):
    """A page while it was shown. `there`: everybody may still get it, it was not replaced."""

    anchor: str
    start: int
    end: int | None
    presentation: str
    page: int
    pages: int
    contribution: str
    there: bool


class Translation(msgspec.Struct, frozen=True):
    """A question in another language, as a person has approved it; `by` is None where a machine proposed it."""

    text: str | None
    by: str | None
    source: translations.Source


class Answer(msgspec.Struct, frozen=True):
    """An answer in writing."""

    text: str | None
    language: str
    by: str
    at: datetime


class Place(msgspec.Struct, frozen=True):
    """Where a question was put off to, or from where: a room, a follow-up, or one that has a room."""

    room: str | None
    follow_up: str | None
    titles: Texts


class Twin(msgspec.Struct, frozen=True):
    """A question that was public before it was merged into another: how that was asked, too."""

    text: str
    language: str


class Question(msgspec.Struct, frozen=True):
    """A question that is public; `start` is when it was taken up in the session, None if it was not.

    `by` is None where it was asked without a name; `path` has the public states with their times; `votes` are of all
    who voted for it or for what is merged into it.
    """

    id: str
    anchor: str
    start: int | None
    text: str | None
    language: str
    by: str | None
    to: str | None
    state: questions.State
    votes: int
    asked_at: datetime
    path: tuple[Step, ...]
    answer: Answer | None = None
    translations: dict[str, Translation] = {}
    put_off: Place | None = None
    came_from: Place | None = None
    also: tuple[Twin, ...] = ()

    @property
    def outcome(self) -> Fate:
        return fate(self.state)

    def reading(self, language: str) -> tuple[str, Translation] | None:
        """The translation for readers of a language, with its tag; None: there is none, or the question is in it."""
        if self.language.split("-")[0] == language.split("-")[0]:
            return None
        found = (tag for tag in self.translations if tag.split("-")[0] == language.split("-")[0])
        return next(((tag, self.translations[tag]) for tag in found), None)

    def when(self, state: questions.State) -> datetime | None:
        return next((step.at for step in self.path if step.state == state), None)


class Result(msgspec.Struct, frozen=True):
    """How a poll came out: how often each choice was taken by those who voted."""

    id: str
    title: str
    secret: bool
    voters: int
    choices: tuple[tuple[str, int], ...]

    def percent(self, votes: int) -> int:
        return round(100 * votes / self.voters) if self.voters else 0


class Stretch(msgspec.Struct, frozen=True):
    """A time in which somebody made a channel; `relay_of`: from another channel."""

    language: str
    start: int
    end: int | None
    interpreter: str
    relay_of: str | None


class Turn(msgspec.Struct, frozen=True):
    """A moment from which on a session was recorded, or not; `first`: nothing of it was before."""

    anchor: str
    start: int
    on: bool
    first: bool


class Spoken(msgspec.Struct, frozen=True):
    """How long somebody spoke, pauses left out, in how many turns; `minutes` were planned for it, None: none."""

    name: str
    city: str
    seconds: int
    turns: int
    minutes: int | None


class Expert(msgspec.Struct, frozen=True):
    """Who spoke. `slides`: whether any page was shown."""

    contribution: str
    name: str
    city: str
    titles: Texts
    language: str
    slides: bool


class Outcome(msgspec.Struct, frozen=True):
    """What became of how many of all the questions that were asked; `code` is why they were declined, else None."""

    state: Fate
    code: str | None
    number: int


def fate(state: questions.State) -> Fate:
    return next((one for one in FATES if one == state), "open")


class Publication(msgspec.Struct, frozen=True):
    room: str
    head: int
    state: str
    titles: Texts
    zone: str
    starts: datetime
    ends: datetime
    opened_at: datetime | None
    closed_at: datetime | None
    spoken: tuple[str, ...]
    floor: str | None
    chapters: tuple[Chapter, ...]
    left: tuple[Left, ...]
    slides: tuple[Slide, ...]
    questions: tuple[Question, ...]
    record: tuple[Outcome, ...]
    polls: tuple[Result, ...]
    lines: dict[str, tuple[Line, ...]]
    interpretation: tuple[Stretch, ...]
    experts: tuple[Expert, ...]
    speaking: tuple[Spoken, ...]
    recorded: Recorded
    turns: tuple[Turn, ...]
    homes: dict[str, str] = {}  # of the follow-ups that questions were put off to, by key: an exchange

    @property
    def length(self) -> int | None:
        """Seconds from the first opening to the last closing."""
        if self.opened_at is None or self.closed_at is None:
            return None
        return int((self.closed_at - self.opened_at).total_seconds())

    @property
    def interpreted(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(stretch.language for stretch in self.interpretation))
