"""Questions from participants: asked, screened and published by moderators, queued by hand, put on air, answered.

Before a question is published only its asker (in `mine`) and the crew see it. Votes are ballots outside the log;
the log gets their sums (`Scored`).
"""

from datetime import datetime
from typing import Annotated, Literal, get_args

import msgspec

from rooms.core import (
    Actor,
    Audience,
    Command,
    Decided,
    Event,
    Id,
    Item,
    Key,
    Language,
    Moment,
    Names,
    Record,
    Refused,
)

LENGTH = 2_000  # characters of a question
WAITING = 20  # questions of one person that no moderator has looked at
State = Literal["submitted", "screened", "published", "queued", "on_air", "answered", "declined", "withdrawn"]
HIDDEN = ("submitted", "screened", "declined", "withdrawn")  # from everybody but the asker and the crew
OPEN: tuple[State, ...] = ("published", "queued", "on_air")  # to votes
BEFORE_AIR: tuple[State, ...] = ("submitted", "screened", "published", "queued")

Text = Annotated[str, msgspec.Meta(max_length=16_384)]  # the length that counts is checked after stripping
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=r"\S")]


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Ask(Command, frozen=True, tag="question.ask"):
    """`to`: the contribution asked; null: the room."""

    text: Text
    language: Language
    to: Id | None = None
    anonymous: bool = False


class Withdraw(Command, frozen=True, tag="question.withdraw"):
    question: Id


class Vote(Command, frozen=True, tag="question.vote"):
    question: Id


class Unvote(Command, frozen=True, tag="question.unvote"):
    question: Id


class Screen(Command, frozen=True, tag="question.screen"):
    question: Id
    was: State | None = None


class Publish(Command, frozen=True, tag="question.publish"):
    question: Id
    was: State | None = None


class Queue(Command, frozen=True, tag="question.queue"):
    """Line up, or move within the queue: behind `after`; null is the top, absent the end."""

    question: Id
    after: Id | msgspec.UnsetType | None = msgspec.UNSET
    was: State | None = None


class Air(Command, frozen=True, tag="question.air"):
    question: Id
    was: State | None = None


class Answered(Command, frozen=True, tag="question.answered"):
    question: Id
    was: State | None = None


class Decline(Command, frozen=True, tag="question.decline"):
    question: Id
    reason: Reason
    was: State | None = None


class Restore(Command, frozen=True, tag="question.restore"):
    """Takes the last step of a question back; not its asker's withdrawal."""

    question: Id
    was: State | None = None


Commands = Ask | Withdraw | Vote | Unvote | Screen | Publish | Queue | Air | Answered | Decline | Restore


# ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Asked(Event, frozen=True, tag="question.asked"):
    question: str
    by: str
    text: str | None
    language: str
    to: str | None = None
    anonymous: bool = False


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


class Declined(Event, frozen=True, tag="question.declined"):
    question: str
    text: str | None


class Restored(Event, frozen=True, tag="question.restored"):
    """Back in an earlier state; in the queue, at its top."""

    question: str
    state: State


class Scored(Event, frozen=True, tag="question.scored"):
    """How many votes questions have now, by id."""

    votes: dict[str, int]


Events = Asked | Withdrawn | Screened | Published | Queued | Aired | Closed | Declined | Restored | Scored


TO: dict[type[Event], State] = {Withdrawn: "withdrawn", Screened: "screened", Published: "published"}
TO |= {Aired: "on_air", Closed: "answered"}

# ── State ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Question(msgspec.Struct):
    id: str
    by: str
    text: str | None
    language: str
    to: str | None
    anonymous: bool
    asked_at: datetime
    state: State = "submitted"
    reason: str | None = None
    votes: int = 0
    path: list[State] = []  # the states before this one, without steps that were taken back


class Questions(msgspec.Struct):
    """All questions of a room, the queue in order, and which ids are each person's own."""

    all: dict[str, Question] = {}
    queue: list[str] = []
    own: dict[str, list[str]] = {}

    def on_air(self) -> Question | None:
        return next((question for question in self.all.values() if question.state == "on_air"), None)


# ── Decide ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def decide(command: Commands, questions: Questions, actor: Actor, moment: Moment) -> Decided:
    """Votes are not decided here: they are ballots, `votable` says whether one may be cast."""
    match command:
        case Ask():
            return ask(command, questions, actor, moment)
        case Withdraw():
            question = find(questions, command.question)
            if question.by != actor.id:
                raise Refused("question.unknown")  # that it exists is not the sender's business
            expect(question, None, *BEFORE_AIR)
            return made(question, Withdrawn(question.id))
        case Screen():
            return made(expect(find(questions, command.question), command.was, "submitted"), Screened(command.question))
        case Publish():
            question = expect(find(questions, command.question), command.was, "submitted", "screened")
            return made(question, Published(question.id))
        case Queue():
            question = expect(find(questions, command.question), command.was, "published", "queued")
            return made(question, Queued(question.id, place(command, questions)))
        case Air():
            question = expect(find(questions, command.question), command.was, "published", "queued")
            now = questions.on_air()
            return made(question, *((Closed(now.id),) if now else ()), Aired(question.id))
        case Answered():
            question = expect(find(questions, command.question), command.was, "published", "queued", "on_air")
            return made(question, Closed(question.id))
        case Decline():
            question = expect(find(questions, command.question), command.was, *BEFORE_AIR)
            return made(question, Declined(question.id, command.reason.strip()))
        case Restore():
            steps = (state for state in get_args(State) if state != "withdrawn")
            question = expect(find(questions, command.question), command.was, *steps)
            return made(question, Restored(question.id, step_back(question, questions)))
        case Vote() | Unvote():
            raise AssertionError("votes are ballots")


def ask(command: Ask, questions: Questions, actor: Actor, moment: Moment) -> Decided:
    text = command.text.strip()
    if not 0 < len(text) <= LENGTH:
        raise Refused("question.length", limit=LENGTH)
    waiting = sum(questions.all[id].state == "submitted" for id in questions.own.get(actor.id, ()))
    if waiting >= WAITING:
        raise Refused("question.too_many", limit=WAITING)
    id = moment.new_id()
    asked = Asked(id, actor.id, text, command.language, command.to, command.anonymous)
    return Decided((asked,), {"question": id})


def find(questions: Questions, id: str) -> Question:
    question = questions.all.get(id)
    if question is None:
        raise Refused("question.unknown")
    return question


def expect(question: Question, was: State | None, *possible: State) -> Question:
    """Refuse when somebody else was first: the sender saw another state, or the question has left the possible ones."""
    if question.state not in possible or (was is not None and was != question.state):
        raise Refused("state.changed", state=question.state)
    return question


def made(question: Question, *events: Event) -> Decided:
    return Decided(events, {"question": question.id})


def step_back(question: Question, questions: Questions) -> State:
    """The state before this one; the one before that, where only one question can be in it and another is."""
    taken = questions.on_air() is not None
    for state in reversed(question.path):
        if not (state == "on_air" and taken):
            return state
    raise Refused("state.changed", state=question.state)


def place(command: Queue, questions: Questions) -> int:
    others = [id for id in questions.queue if id != command.question]
    if command.after is msgspec.UNSET:
        return len(others)
    if command.after is None:
        return 0
    if command.after not in others:
        raise Refused("state.changed", state="queue")
    return others.index(command.after) + 1


def votable(command: Vote | Unvote, questions: Questions, actor: Actor, audience: Audience) -> None:
    """Refuse a vote for a question that is unseen, over, or one's own."""
    question = find(questions, command.question)
    if audience != "crew" and question.state in HIDDEN:
        raise Refused("question.unknown")
    if question.by == actor.id:
        raise Refused("question.own")
    expect(question, None, *OPEN)


# ── Apply ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def apply(record: Record, questions: Questions) -> list[Key]:
    event, queue = record.event, list(questions.queue)
    match event:
        case Asked():
            asked = Question(event.question, event.by, event.text, event.language, event.to, event.anonymous, record.at)
            questions.all[asked.id] = asked
            questions.own.setdefault(asked.by, []).append(asked.id)
            touched = [asked.id]
        case Withdrawn() | Screened() | Published() | Aired() | Closed():
            touched = [move(questions, event.question, TO[type(event)])]
        case Queued():
            touched = [move(questions, event.question, "queued")]
            questions.queue.insert(event.place, event.question)
        case Declined():
            touched = [move(questions, event.question, "declined")]
            questions.all[event.question].reason = event.text
        case Restored():
            touched = [move(questions, event.question, event.state)]
            question = questions.all[event.question]
            question.path, question.reason = question.path[: question.path.index(event.state)], None
            if event.state == "queued":
                questions.queue.insert(0, event.question)
        case Scored():
            for id, votes in event.votes.items():
                questions.all[id].votes = votes
            return [("scores", id) for id in event.votes]
        case _:
            return []
    if queue != questions.queue:  # every place in it may have moved
        touched += [id for id in dict.fromkeys(queue + questions.queue) if id not in touched]
    keys: list[Key] = [("questions", id) for id in touched]
    keys += [("scores", touched[0])]  # appears and goes with its question
    keys += [("mine", by) for by in dict.fromkeys(questions.all[id].by for id in touched)]
    return keys


def move(questions: Questions, id: str, state: State) -> str:
    question = questions.all[id]
    if question.state != state:
        question.path.append(question.state)
    question.state = state
    if id in questions.queue:
        questions.queue.remove(id)
    return id


# ── See ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def see(questions: Questions, id: str, audience: Audience, names: Names) -> Item | None:
    question = questions.all.get(id)
    if question is None or (question.state in HIDDEN and audience != "crew"):
        return None
    by = {"id": question.by, "name": names.get(question.by, "")}
    return {
        "text": question.text,
        "language": question.language,
        "by": by if audience == "crew" or not question.anonymous else None,
        "anonymous": question.anonymous,
        "state": question.state,
        "order": questions.queue.index(id) if id in questions.queue else None,
        "to": question.to,
        "answer": None,
        "translations": {},
        "merged_into": None,
        "asked_at": question.asked_at,
        **({"reason": question.reason} if question.reason is not None else {}),
    }


def names_asker(questions: Questions, id: str, audience: Audience) -> bool:
    """Whether this audience sees whose a question is."""
    question = questions.all[id]
    return audience == "crew" or not (question.anonymous or question.state in HIDDEN)


def score(questions: Questions, id: str, audience: Audience) -> Item | None:
    question = questions.all.get(id)
    if question is None or (question.state in HIDDEN and audience != "crew"):
        return None
    return {"votes": question.votes}


def mine(questions: Questions, person: str) -> Item:
    """A person's own questions with their path and, if declined, the reason; in the order asked."""
    return {
        id: {
            "text": question.text,
            "language": question.language,
            "state": question.state,
            "to": question.to,
            "anonymous": question.anonymous,
            "asked_at": question.asked_at,
            **({"reason": question.reason} if question.state == "declined" else {}),
        }
        for id in questions.own.get(person, ())
        for question in [questions.all[id]]
    }
