"""What becomes of questions: their events and their state. A part of the questions.

All of it is found without looking at every question: a room may have ten thousand.
"""

from datetime import datetime
from typing import Literal

import msgspec

from rooms import translations
from rooms.core import Event, Key, Record, Texts
from rooms.translations import Translations

State = Literal[
    "submitted", "screened", "published", "queued", "on_air", "answered", "answered_in_writing", "deferred",
    "declined", "merged", "withdrawn",
]  # fmt: skip
HIDDEN: tuple[State, ...] = ("submitted", "screened", "declined", "merged", "withdrawn")  # but to asker and crew
OPEN: tuple[State, ...] = ("published", "queued", "on_air")  # to votes
OVER: tuple[State, ...] = ("answered", "answered_in_writing", "deferred")  # may have an answer in writing


# ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Asked(Event, frozen=True, tag="question.asked"):
    question: str
    by: str
    text: str | None
    language: str
    to: str | None = None
    anonymous: bool = False


class Edited(Event, frozen=True, tag="question.edited"):
    """As it is from here on, whole."""

    question: str
    text: str | None
    language: str
    to: str | None = None


class Withdrawn(Event, frozen=True, tag="question.withdrawn"):
    question: str


class Screened(Event, frozen=True, tag="question.screened"):
    question: str


class Published(Event, frozen=True, tag="question.published"):
    question: str


class Queued(Event, frozen=True, tag="question.queued"):
    """`place`: counted from 0 in the queue without the question itself."""

    question: str
    place: int


class Aired(Event, frozen=True, tag="question.aired"):
    question: str


class Closed(Event, frozen=True, tag="question.answered"):
    """Answered by word."""

    question: str


class Written(Event, frozen=True, tag="question.written"):
    """Answered in writing; of what is over already, only the text."""

    question: str
    by: str
    text: str | None
    language: str


class Declined(Event, frozen=True, tag="question.declined"):
    """`code` is one of the reasons known, without a text, or "other" with one."""

    question: str
    text: str | None
    code: str = "other"


class Merged(Event, frozen=True, tag="question.merged"):
    question: str
    into: str


class Deferred(Event, frozen=True, tag="question.deferred"):
    """To a later room, which it is then carried to, or to a follow-up, or to one that has a room."""

    question: str
    room: str | None = None
    follow_up: str | None = None
    titles: Texts = {}


class Carried(Event, frozen=True, tag="question.carried"):
    """It has arrived in another room, as `copy` there; with neither, it has been taken back from there."""

    question: str
    room: str | None = None
    copy: str | None = None


class Brought(Event, frozen=True, tag="question.brought"):
    """Deferred to this room by another; written by its asker. `room` and `titles` say where it comes from."""

    question: str
    by: str
    text: str | None
    language: str
    room: str
    titles: Texts
    anonymous: bool = False
    unnamed: bool = False


class Restored(Event, frozen=True, tag="question.restored"):
    """Back in an earlier state; in the queue, at its top."""

    question: str
    state: State


class Scored(Event, frozen=True, tag="question.scored"):
    """How many votes questions have now, by id."""

    votes: dict[str, int]


Steps = (
    Edited | Withdrawn | Screened | Published | Queued | Aired | Closed | Written | Declined | Merged | Deferred
    | Carried | Restored | translations.Translated | translations.TranslationApproved
)  # fmt: skip
Events = Asked | Brought | Steps | Scored

TO: dict[type[Event], State] = {Withdrawn: "withdrawn", Screened: "screened", Published: "published"}
TO |= {Aired: "on_air", Closed: "answered", Declined: "declined", Merged: "merged", Deferred: "deferred"}


# ── State ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Answer(msgspec.Struct, frozen=True):
    """In writing."""

    text: str | None
    language: str
    by: str
    at: datetime


class Destination(msgspec.Struct, frozen=True):
    """Where a question is deferred to; `errand` is the same for one deferral only."""

    room: str | None
    follow_up: str | None
    titles: Texts
    errand: int


class Origin(msgspec.Struct, frozen=True):
    """Where a question was brought from."""

    room: str
    titles: Texts


class Question(msgspec.Struct):
    id: str
    by: str
    text: str | None
    language: str
    to: str | None
    anonymous: bool
    asked_at: datetime
    state: State = "submitted"
    unnamed: bool = False  # whose it is, not even the crew sees
    reason: str | None = None
    code: str | None = None  # of the reason
    votes: int = 0
    place: int | None = None  # in the queue
    path: list[State] = []  # the states before this one, without steps that were taken back
    merged_into: str | None = None
    merged: list[str] = []  # those merged into this one
    answer: Answer | None = None
    translations: Translations = msgspec.field(default_factory=Translations)
    deferred_to: Destination | None = None
    carried: tuple[str, str] | None = None  # the room it was deferred to and has arrived in, and its id there
    origin: Origin | None = None

    @property
    def hidden(self) -> bool:
        """From everybody but the asker and the crew: what was never published, or is no longer."""
        return self.state in HIDDEN or (self.state == "deferred" and not self.shown)

    @property
    def shown(self) -> bool:
        """Whether it was published before."""
        return not set(OPEN).isdisjoint(self.path)

    @property
    def untouched(self) -> bool:
        """Whether it was brought from another room and nobody has done anything with it."""
        return self.origin is not None and not self.path and not self.merged and self.state == "screened"

    @property
    def errand(self) -> bool:
        """Whether it is not yet where it was deferred to, or still is where it is no longer deferred to."""
        wanted = self.deferred_to.room if self.deferred_to else None
        return wanted != (self.carried[0] if self.carried else None)


class Questions(msgspec.Struct):
    """All questions of a room, the queue in order, and which ids are each person's own."""

    all: dict[str, Question] = {}
    queue: list[str] = []
    own: dict[str, list[str]] = {}
    air: str | None = None  # the one on it
    waiting: dict[str, int] = {}  # how many of each person nobody has looked at
    named: dict[str, dict[str, None]] = {}  # where else each person's name stands: at answers and translations
    errands: dict[str, None] = {}  # questions to be carried to another room, or to be taken back from there
    merged: dict[str, None] = {}  # into others
    deferred: dict[str, None] = {}  # to wherever
    unnamed: bool = False  # whether whoever asks anonymously now does so for the crew, too

    def on_air(self) -> Question | None:
        return self.all[self.air] if self.air else None

    def root(self, id: str) -> str:
        """The question that votes for this one count for."""
        while (into := self.all[id].merged_into) is not None:
            id = into
        return id

    def group(self, id: str) -> list[str]:
        """A question and all that are merged into it, directly or not."""
        found = [id]
        for one in found:  # which grows meanwhile
            found += self.all[one].merged
        return found

    def groups(self) -> dict[str, str]:
        """For every question that is merged into another, the one that its votes count for."""
        return {id: self.root(id) for id in self.merged}


# ── Apply ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def apply(record: Record, questions: Questions) -> list[Key]:
    """`votes` is touched besides the collections: who voted for these questions may now have voted for another one."""
    event = record.event
    match event:
        case Scored():
            for id, votes in event.votes.items():
                questions.all[id].votes = votes
            return [("scores", id) for id in event.votes]
        case Asked():
            asked = Question(event.question, event.by, event.text, event.language, event.to, event.anonymous, record.at)
            asked.unnamed = event.anonymous and questions.unnamed
            return take_in(questions, asked)
        case Brought():
            if event.question in questions.all:
                return []
            came = Question(event.question, event.by, event.text, event.language, None, event.anonymous, record.at)
            came.state, came.unnamed, came.origin = "screened", event.unnamed, Origin(event.room, event.titles)
            return take_in(questions, came)
        case _ if isinstance(event, Steps):
            question = questions.all[event.question]
            before = (question.hidden, question.merged_into)
            touched = change(record, event, question, questions)
            same = before == (question.hidden, question.merged_into)
            return keys_of(question, questions, touched, among=[question.id] if same else questions.group(question.id))
    return []


def take_in(questions: Questions, question: Question) -> list[Key]:
    questions.all[question.id] = question
    questions.own.setdefault(question.by, []).append(question.id)
    if question.state == "submitted":
        questions.waiting[question.by] = questions.waiting.get(question.by, 0) + 1
    return [("questions", question.id), ("scores", question.id), ("mine", question.by)]


def change(record: Record, event: Steps, question: Question, questions: Questions) -> list[Key]:
    """Change a question; what is touched besides it and what is merged into it."""
    touched: list[Key] = []
    match event:
        case Withdrawn() | Screened() | Published() | Aired() | Closed() | Declined() | Merged() | Deferred():
            touched = move(questions, question, TO[type(event)])
        case Queued():
            touched = move(questions, question, "queued", event.place)
        case Restored():
            touched = restore(questions, question, event.state)
    match event:
        case Edited():
            if (event.text, event.language) != (question.text, question.language):
                question.translations = Translations()  # they are of another text
            question.text, question.language, question.to = event.text, event.language, event.to
        case Written():
            if question.state in OPEN:
                touched = move(questions, question, "answered_in_writing")
            question.answer = Answer(event.text, event.language, event.by, record.at)
            questions.named.setdefault(event.by, {})[question.id] = None
        case Declined():
            question.reason, question.code = event.text, event.code
        case Merged():
            question.merged_into = event.into
            questions.all[event.into].merged.append(question.id)
            questions.merged[question.id] = None
            touched += [("questions", event.into), *votes_of(questions, question)]
        case Deferred():
            question.deferred_to = Destination(event.room, event.follow_up, event.titles, record.seq)
            questions.deferred[question.id] = None
        case Carried():
            question.carried = (event.room, event.copy) if event.room and event.copy else None
        case translations.Translated() | translations.TranslationApproved():
            translations.apply(event, question.translations)
            if event.by:
                questions.named.setdefault(event.by, {})[question.id] = None
    questions.errands.pop(question.id, None)
    if question.errand:
        questions.errands[question.id] = None
    return touched


def restore(questions: Questions, question: Question, state: State) -> list[Key]:
    """Take steps back, with what they made."""
    touched = move(questions, question, state, 0 if state == "queued" else None)
    question.path = question.path[: question.path.index(state)]
    question.reason = question.code = question.answer = question.deferred_to = None
    questions.deferred.pop(question.id, None)
    if question.merged_into is not None:
        into = questions.all[question.merged_into]
        into.merged.remove(question.id)
        question.merged_into = None
        del questions.merged[question.id]
        touched += [("questions", into.id), *votes_of(questions, question)]
    return touched


def move(questions: Questions, question: Question, state: State, place: int | None = None) -> list[Key]:
    before = question.state
    if before != state:
        question.path.append(before)
        for now, more in ((before, -1), (state, 1)):
            if now == "submitted":
                questions.waiting[question.by] = questions.waiting.get(question.by, 0) + more
        if before == "on_air":
            questions.air = None
        if state == "on_air":
            questions.air = question.id
    question.state = state
    touched = line_up(questions, question, place)
    if question.merged and (before in HIDDEN) != (state in HIDDEN):
        touched += votes_of(questions, question)
    return touched


def line_up(questions: Questions, question: Question, place: int | None) -> list[Key]:
    """Put a question in its place in the queue, or take it out (None); those whose place has changed."""
    before, queue = question.place, questions.queue
    if before is not None:
        del queue[before]
    if place is not None:
        queue.insert(place, question.id)
    question.place = place
    places = [one for one in (before, place) if one is not None]
    if not places:
        return []
    last = max(places) + 1 if len(places) == 2 else len(queue)
    moved = queue[min(places) : last]
    for at, id in enumerate(moved, min(places)):
        questions.all[id].place = at
    return [("questions", id) for id in moved if id != question.id]


def votes_of(questions: Questions, question: Question) -> list[Key]:
    return [("votes", id) for id in questions.group(question.id)]


def keys_of(question: Question, questions: Questions, others: list[Key], among: list[str]) -> list[Key]:
    """A question and what else was touched; and those whose own are `among` these, as what is merged into a question
    is told so where that is seen.
    """
    mine = dict.fromkeys(questions.all[one].by for one in among)
    scores: list[Key] = [("scores", question.id)]  # appears and goes with its question
    return [("questions", question.id), *scores, *others, *(("mine", by) for by in mine)]
