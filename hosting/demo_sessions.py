"""The demo's sessions as they ran: commands with their times and givers, decided by the room's own rules.

A live session is one that goes on to its end, cut off at now; what nobody has done by then nobody has. Nobody is on air
in a booth, as whoever is there without a connection would leave the air at once.
"""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection

from hosting import ballots, log, media
from hosting.demo_files import Sample
from hosting.files import Incoming
from hosting.programme import Contribution, Session
from rooms import agenda, captions, contributions, interpretation, questions, slides, translations
from rooms import room as rooms_room
from rooms.core import SYSTEM, Actor, Command, Deck, Event, Facts, Moment, Record
from rooms.lifecycle import Close, Open, Opened, SetRecording
from rooms.lists import summary
from rooms.room import Room
from rooms.timetable import Entry

DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
ITEMS_LEFT = 2  # of a live session: what a moderator has still to start
LAG = 2.0  # seconds that a booth is behind
SENT, SENT_EARLY = 2 * DAY + 5 * MINUTE, 5 * DAY  # how long before a session its slides came

# When each step of a contribution is taken, counted from the start of its session.
WHEN: dict[type[Command], timedelta] = {
    contributions.Confirm: -6 * DAY,
    contributions.Submit: -2 * DAY,
    contributions.Accept: -1 * DAY,
    contributions.CheckIn: -15 * MINUTE,
    contributions.Ready: -5 * MINUTE,
}
# Those for which a moderator has still to do something.
UNFINISHED: dict[str, tuple[type[Command], ...]] = {
    "waste-pickers-as-partners": (contributions.Confirm, contributions.Submit, contributions.CheckIn),
    "what-the-counter-knows": (contributions.Confirm,),
}


class Cast(msgspec.Struct, frozen=True):
    """Who gives the commands; experts by the id of their contribution."""

    moderator: Actor
    captioner: Actor
    interpreter: Actor
    guests: list[Actor]
    experts: dict[str, Actor]


class Step(msgspec.Struct, frozen=True):
    """A command at its time, or what the system says by itself. `id` is for what it makes."""

    at: datetime
    by: Actor
    do: Command | Event
    id: str = ""
    facts: Facts = Facts()


SYSTEM_ACTOR = Actor(SYSTEM, "system")


class Script:
    """What happens in the sessions, as the sample says; `now` is where it is cut off."""

    def __init__(self, sample: Sample, cast: Cast, now: datetime, incoming: Incoming | None) -> None:
        self.sample, self.cast, self.now, self.incoming = sample, cast, now, incoming

    def play(self, connection: Connection, session: Session, *, live: bool) -> None:
        """Write a session's log up to now, with the slides that were handed in and the votes."""
        state = log.fold(connection, session.id)
        entries = list(state.agenda.entries.values())
        decks = self.hand_in(connection, session, live=live)
        steps = [
            *self.before(session, decks),
            Step(session.starts, self.cast.moderator, Open()),
            Step(session.starts, self.cast.moderator, SetRecording("on")),
            *self.course(session, entries[:-ITEMS_LEFT] if live else entries, decks),
            *self.captioned(session, entries),
            *self.questioned(connection, session, entries, live=live),
        ]
        if not live:
            steps.append(Step(session.ends, self.cast.moderator, Close()))
        perform(connection, state, [step for step in steps if step.at <= self.now])

    # ── Contributions and slides ─────────────────────────────────────────────────────────────────────────────────

    def hand_in(self, connection: Connection, session: Session, *, live: bool) -> dict[str, Deck]:
        """Take the session's slides in; the next server that runs makes pages of them, in the order they came."""
        decks: dict[str, Deck] = {}
        sent = session.starts - (SENT_EARLY if live else SENT)
        for slot in session.contributions:
            if self.incoming and slot.key in self.sample.pages:
                id, expert = secrets.token_urlsafe(16), self.cast.experts[slot.id].id
                path = self.sample.slides / f"{slot.key}.pdf"
                media.adopt(connection, self.incoming, path, slot.id, session.id, expert, id, sent)
                decks[slot.id] = Deck(id, slot.id, self.sample.pages[slot.key])
        return decks

    def before(self, session: Session, decks: dict[str, Deck]) -> Iterator[Step]:
        """What each contribution has behind it when the session opens."""
        for slot in session.contributions:
            deck = decks.get(slot.id)
            facts = Facts(frozenset({slot.id}), deck)
            for kind in UNFINISHED.get(slot.key, tuple(WHEN)):
                by = self.cast.moderator if kind is contributions.Accept else self.cast.experts[slot.id]
                command = step_of(kind, slot, deck)
                if command:
                    yield Step(session.starts + WHEN[kind], by, command, facts=facts)

    def course(self, session: Session, entries: list[Entry], decks: dict[str, Deck]) -> Iterator[Step]:
        """One item after the other in its time, the pages turned by their expert; what is spoken follows."""
        at, floor = session.starts, session.languages[0]
        for entry in entries:
            yield Step(at, self.cast.moderator, agenda.Start(entry.id))
            spoken = entry.language or session.languages[0]
            if entry.language is None and spoken != floor:  # an expert's language is set by the start of the item
                yield Step(at, self.cast.moderator, interpretation.SetFloor(spoken))
            floor, length = spoken, entry.minutes * MINUTE
            if deck := decks.get(entry.contribution or ""):
                facts, expert = Facts(frozenset({deck.contribution})), self.cast.experts[deck.contribution]
                for page in range(2, deck.pages + 1):
                    turned = at + length * (page - 1) / deck.pages
                    yield Step(turned, expert, slides.Show(deck.presentation, page), facts=facts)
            at += length

    # ── Captions ─────────────────────────────────────────────────────────────────────────────────────────────────

    def captioned(self, session: Session, entries: list[Entry]) -> Iterator[Step]:
        """Every line in every language it is given in; the floor's is typed, the others are a booth's."""
        slots = {slot.key: slot.id for slot in session.contributions}
        for line in self.sample.lines(session.key, entries):
            speaker = slots.get(line.speaker, "Moderator")
            for language, text in line.texts.items():
                typed = language == line.typed
                said = captions.Add(text, language, speaker, line.start, line.end)
                late = line.end + (0 if typed else LAG)
                by = self.cast.captioner if typed else self.cast.interpreter
                yield Step(session.starts + late * SECOND, by, said, id=secrets.token_urlsafe(9))

    # ── Questions ────────────────────────────────────────────────────────────────────────────────────────────────

    def questioned(
        self, connection: Connection, session: Session, entries: list[Entry], *, live: bool
    ) -> Iterator[Step]:
        """Asked a minute apart, translated, voted for. Live, the last wait for a moderator; else all were answered."""
        slots = {slot.key: slot.id for slot in session.contributions}
        asked = [question for question in self.sample.questions if question.session == session.key]
        at, by, votes, ids = session.starts, self.cast.moderator, dict[str, int](), dict[str, str]()
        for number, question in enumerate(asked):
            at, id = at + MINUTE, secrets.token_urlsafe(9)
            ids[question.id] = id
            ask = questions.Ask(question.text, question.language, slots.get(question.to or ""))
            yield Step(at, self.cast.guests[number % len(self.cast.guests)], ask, id=id)
            if live and (number >= max(2, len(asked) - 4) or question.same_as):
                continue
            if question.same_as:
                yield Step(at + 90 * SECOND, by, questions.Merge(id, ids[question.same_as]))
                continue
            for language, text in question.translation.items():
                yield Step(at + 60 * SECOND, by, translations.Translate(id, language, text))
                yield Step(at + 60 * SECOND, by, translations.ApproveTranslation(id, language))
            yield Step(at + 90 * SECOND, by, questions.Publish(id))
            votes[id] = question.votes
            for voter in range(votes[id]):
                ballots.set_vote(connection, session.id, id, f"sample-{voter}", vote=True)
        if votes:
            yield Step(session.starts + 20 * MINUTE, SYSTEM_ACTOR, questions.Scored(votes))
        if live and len(votes) > 3:  # a full list: one of its questions is next in line
            yield Step(session.starts + 21 * MINUTE, by, questions.Queue(next(iter(votes))))
        elif votes:
            yield from self.answered(session, entries, sorted(votes, key=lambda id: -votes[id]))

    def answered(self, session: Session, entries: list[Entry], ids: list[str]) -> Iterator[Step]:
        """In the first discussion, one after the other."""
        item = next(n for n, entry in enumerate(entries) if entry.kind == "discussion")
        begun = session.starts + sum(entry.minutes for entry in entries[:item]) * MINUTE + MINUTE
        each = (entries[item].minutes - 2) * MINUTE / len(ids)
        for number, id in enumerate(ids):
            yield Step(begun + number * each, self.cast.moderator, questions.Air(id))
            yield Step(begun + (number + 1) * each - SECOND, self.cast.moderator, questions.Answered(id))


def step_of(kind: type[Command], slot: Contribution, deck: Deck | None) -> Command | None:
    """A contribution's command of a kind; None for those that need slides where there are none."""
    if kind is contributions.Submit:
        return contributions.Submit(slot.id, deck.presentation) if deck else None
    if kind is contributions.Accept:
        return contributions.Accept(slot.id, deck.presentation) if deck else None
    return msgspec.convert({"do": kind.__struct_config__.tag, "contribution": slot.id}, kind)


# ── Writing it down ──────────────────────────────────────────────────────────────────────────────────────────────────


def perform(connection: Connection, state: Room, steps: list[Step]) -> None:
    """Carry steps out in the order of time, and append what they make. Refused where a live room would refuse."""
    records: list[Record] = []

    def write() -> None:
        rows = [log.row_of(state.id, record) for record in records]
        if records:
            log.append(connection, state.id, records[0].seq - 1, tuple(records), rows, summary(state))
        records.clear()

    for step in sorted(steps, key=lambda step: step.at):
        for event in events_of(step, state):
            record = Record(state.seq + 1, step.at, step.by.id, event)
            rooms_room.apply(record, state)
            records.append(record)
            if isinstance(event, Opened):  # lists take the time of an opening from the last record of an append
                write()
    write()


def events_of(step: Step, state: Room) -> tuple[Event, ...]:
    if isinstance(step.do, Event):
        return (step.do,)
    return rooms_room.decide(step.do, state, step.by, Moment(step.at, lambda: step.id), step.facts).events
