"""Questions from participants: asked, screened and published by moderators, queued by hand, put on air, answered by
word or in writing, merged, deferred to a later room. Who may do what with them; what becomes of them is in `asked`, who
sees it in `sight`.

Votes are ballots outside the log; the log gets their sums (`Scored`).
"""

from typing import Annotated, get_args

import msgspec

from rooms import asked, translations
from rooms.asked import (
    HIDDEN,
    OPEN,
    OVER,
    Aired,
    Asked,
    Brought,
    Carried,
    Closed,
    Declined,
    Deferred,
    Edited,
    Merged,
    Published,
    Question,
    Questions,
    Queued,
    Restored,
    Scored,
    Screened,
    State,
    Withdrawn,
    Written,
)
from rooms.core import (
    Actor,
    Audience,
    Command,
    Decided,
    Event,
    Facts,
    Id,
    Language,
    Moment,
    Refused,
    blank,
)

# Whoever speaks of questions imports this file: what is given on of the other.
__all__ = (
    "HIDDEN", "OPEN", "OVER", "Aired", "Asked", "Brought", "Carried", "Closed", "Declined", "Deferred",
    "Edited", "Merged", "Published", "Question", "Questions", "Queued", "Restored", "Scored", "Screened",
    "State", "Withdrawn", "Written",
)  # fmt: skip

LENGTH = 2_000  # characters of a question
ANSWER = 4_000  # of an answer in writing, the most that a frame has room for in every script
WAITING = 20  # questions of one person that no moderator has looked at
REASONS = ("off_topic", "answered_already", "unclear", "no_time", "not_public")
BEFORE_AIR: tuple[State, ...] = ("submitted", "screened", "published", "queued")
TRANSLATED = tuple(state for state in get_args(State) if state not in ("declined", "merged", "withdrawn"))

Text = Annotated[str, msgspec.Meta(max_length=16_384)]  # the length that counts is checked after stripping
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=r"\S")]
Events = asked.Events


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Ask(Command, frozen=True, tag="question.ask"):
    """`to`: the contribution or the agenda item asked; null: the room."""

    text: Text
    language: Language
    to: Id | None = None
    anonymous: bool = False


class Edit(Command, frozen=True, tag="question.edit"):
    """By its asker, before anybody has looked at it. What is absent stays as it is."""

    question: Id
    text: Text | None = None
    language: Language | None = None
    to: Id | msgspec.UnsetType | None = msgspec.UNSET


class Withdraw(Command, frozen=True, tag="question.withdraw"):
    """Those merged into it are questions of their own again."""

    question: Id


class Vote(Command, frozen=True, tag="question.vote"):
    question: Id


class Unvote(Command, frozen=True, tag="question.unvote"):
    """Takes the votes back for those merged into it, too."""

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
    """Put on air; `on_air` is what the sender saw there: null is nothing, absent whatever it is."""

    question: Id
    was: State | None = None
    on_air: Id | msgspec.UnsetType | None = msgspec.UNSET


class Answered(Command, frozen=True, tag="question.answered"):
    question: Id
    was: State | None = None


class Write(Command, frozen=True, tag="question.write"):
    """Answers in writing; where it is answered or deferred already, this only sets the text."""

    question: Id
    text: Text
    language: Language


class Decline(Command, frozen=True, tag="question.decline"):
    """`reason`: one of REASONS, or in words for the asker."""

    question: Id
    reason: Reason
    was: State | None = None


class Merge(Command, frozen=True, tag="question.merge"):
    question: Id
    into: Id
    was: State | None = None


class Defer(Command, frozen=True, tag="question.defer"):
    """`to`: the room of a later session of the series, or the key of a follow-up."""

    question: Id
    to: Id
    was: State | None = None


class Restore(Command, frozen=True, tag="question.restore"):
    """Takes the last step of a question back; not its asker's withdrawal."""

    question: Id
    was: State | None = None


Commands = (
    Ask | Edit | Withdraw | Vote | Unvote | Screen | Publish | Queue | Air | Answered | Write | Decline | Merge | Defer
    | Restore | translations.Translate | translations.ApproveTranslation
)  # fmt: skip
ByMachine = translations.ProposeTranslation


# ── Decide ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def decide(
    command: Commands | ByMachine, questions: Questions, actor: Actor, moment: Moment, facts: Facts, crew: bool
) -> Decided:
    """Votes are not decided here: they are ballots, `votable` says whether one may be cast."""
    match command:
        case Ask():
            return ask(command, questions, actor, moment)
        case ByMachine():
            return Decided(propose_by_machine(command, questions))
        case Vote() | Unvote():
            raise AssertionError("votes are ballots")
    question = find(questions, command.question)
    if isinstance(command, Edit | Withdraw) and question.by != actor.id:
        raise Refused("question.unknown")  # that it exists is not the sender's business
    if question.hidden and not crew and question.by != actor.id:
        raise Refused("question.unknown")
    match command:
        case Edit():
            return made(question, edit(command, question))
        case Withdraw():
            expect(question, None, *BEFORE_AIR)
            freed = (questions.all[id] for id in question.merged)
            return made(question, Withdrawn(question.id), *(Restored(one.id, one.path[-1]) for one in freed))
        case Screen():
            return made(expect(question, command.was, "submitted"), Screened(question.id))
        case Publish():
            return made(expect(question, command.was, "submitted", "screened"), Published(question.id))
        case Queue():
            expect(question, command.was, "published", "queued")
            return made(question, Queued(question.id, place(command, questions)))
        case Air():
            expect(question, command.was, "published", "queued")
            now = questions.on_air()
            if command.on_air not in (msgspec.UNSET, now.id if now else None):
                raise Refused("state.changed", state=question.state)  # what is there now is not answered yet
            return made(question, *((Closed(now.id),) if now else ()), Aired(question.id))
        case Answered():
            return made(expect(question, command.was, *OPEN), Closed(question.id))
        case Write():
            expect(question, None, *OPEN, *OVER)
            text = worded(command.text, "answer.length", ANSWER)
            return made(question, Written(question.id, actor.id, text, command.language))
        case Decline():
            expect(question, command.was, *BEFORE_AIR)
            reason = command.reason.strip()
            known = reason in REASONS
            return made(question, Declined(question.id, None, reason) if known else Declined(question.id, reason))
        case Merge():
            expect(question, command.was, *BEFORE_AIR)
            expect(find(questions, command.into), None, *BEFORE_AIR, "on_air")
            if command.into == question.id:
                raise Refused("question.same")
            return made(question, Merged(question.id, command.into))
        case Defer():
            expect(question, command.was, *BEFORE_AIR)
            if facts.elsewhere is None:
                raise Refused("question.elsewhere")
            there = facts.elsewhere
            return made(question, Deferred(question.id, there.room, there.follow_up, there.titles))
        case Restore():
            expect(question, command.was, *(state for state in get_args(State) if state != "withdrawn"))
            back = Restored(question.id, step_back(question, questions))
            if question.carried and facts.taken_up:
                raise Refused("question.taken_up")
            return made(question, back)
        case translations.Translate():
            expect(question, None, *TRANSLATED)
            text = "" if blank(command.text) else command.text.strip()
            here, original = question.translations, question.language
            return made(question, translations.propose(command, original, here, actor, text))
        case translations.ApproveTranslation():
            expect(question, None, *TRANSLATED)
            return made(question, translations.approve(command, question.translations, actor, crew))


def ask(command: Ask, questions: Questions, actor: Actor, moment: Moment) -> Decided:
    text = worded(command.text, "question.length", LENGTH)
    if questions.waiting.get(actor.id, 0) >= WAITING:
        raise Refused("question.too_many", limit=WAITING)
    id = moment.new_id()
    made = Asked(id, actor.id, text, command.language, command.to, command.anonymous)
    return Decided((made,), {"question": id})


def worded(text: str, code: str, limit: int) -> str:
    """A text as it is kept: as it was typed, but for the space around it."""
    stripped = text.strip()
    if len(stripped) > limit or blank(stripped):
        raise Refused(code, limit=limit)
    return stripped


def edit(command: Edit, question: Question) -> Edited:
    expect(question, None, "submitted")
    text = question.text if command.text is None else worded(command.text, "question.length", LENGTH)
    to = question.to if command.to is msgspec.UNSET else command.to
    return Edited(question.id, text, command.language or question.language, to)


def propose_by_machine(command: ByMachine, questions: Questions) -> tuple[Event, ...]:
    question = questions.all.get(command.question)
    if question is None or question.state not in TRANSLATED or question.text != command.of:
        return ()
    return translations.propose_by_machine(command, question.language, question.translations)


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
    """Counted without the question itself."""
    own = questions.all[command.question].place
    if command.after is msgspec.UNSET:
        return len(questions.queue) - (own is not None)
    if command.after is None:
        return 0
    after = questions.all.get(command.after)
    if after is None or after.place is None or after.id == command.question:
        raise Refused("state.changed", state="queue")
    return after.place + 1 - (own is not None and own < after.place)


def votable(command: Vote | Unvote, questions: Questions, actor: Actor, audience: Audience) -> None:
    """Refuse a vote for a question that is unseen, over, or one's own. One that was merged was seen before."""
    question = find(questions, command.question)
    if audience != "crew" and question.hidden and not (question.state == "merged" and question.shown):
        raise Refused("question.unknown")
    if question.by == actor.id:
        raise Refused("question.own")
    expect(question, None, *OPEN)
