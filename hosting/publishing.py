"""One fold of a room's log into what is published of it. Only what everybody could see then.

Pure: records and names in, a `Publication` out. Hidden questions, hidden items of the agenda, reasons, notes, and whose
an anonymous question is, never enter.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from hosting.following import Course, Span, follow
from hosting.publication import (
    FATES,
    Answer,
    Chapter,
    Expert,
    Left,
    Outcome,
    Place,
    Publication,
    Question,
    Recorded,
    Result,
    Slide,
    Spoken,
    Stretch,
    Translation,
    Turn,
    Twin,
    fate,
)
from hosting.transcripts import Line, timed
from rooms import captions, contributions, hands, polls, questions, timetable
from rooms.core import Record
from rooms.course import answerable
from rooms.room import Room

Names = Mapping[str, str]


class Clock:
    """The session's clock, and the anchors given out on it: `t-734`; the second of one moment is `t-734-2`."""

    def __init__(self, zero: datetime) -> None:
        self.zero = zero
        self.given: dict[int, int] = {}

    def seconds(self, at: datetime) -> int:
        return max(0, int((at - self.zero).total_seconds()))

    def end(self, at: datetime | None) -> int | None:
        return None if at is None else self.seconds(at)

    def anchor(self, seconds: int) -> str:
        place = self.given[seconds] = self.given.get(seconds, 0) + 1
        return f"t-{seconds}" if place == 1 else f"t-{seconds}-{place}"


def publish(room: str, records: Iterable[Record], names_of: Callable[[list[str]], Names]) -> Publication:
    """Fold a room's records; `names_of` is asked once, for those whose names are public."""
    course = follow(room, records)
    here = course.room
    clock = Clock(course.opened or here.plan.starts)
    public = [question for question in here.questions.all.values() if not question.hidden]
    named = {question.by for question in public if not question.anonymous}
    written = [one for question in public for one in (question.answer, *question.translations.approved.values())]
    named |= {one.by for one in written if one and one.by} | {one.person for one in hands.spoken(here.hands)}
    named |= {str(span.what[0]) for spans in course.channels.values() for span in spans}
    names = names_of(sorted(named)) if named else {}
    runs = [(span, here.agenda.entries[item]) for item, spans in course.runs.items() for span in spans
            if item in here.agenda.seen_by("public")]  # fmt: skip
    runs.sort(key=lambda one: one[0].start)
    seen = [here.agenda.entries[item] for item in here.agenda.seen_by("public")]
    ran = {entry.id for _span, entry in runs}
    chapters = tuple(chapter(span, entry, clock) for span, entry in runs)
    shown = tuple(slide(span, here.contributions, clock) for span in course.shown)
    asked = tuple(taken(question, course, names, clock) for question in public)
    return Publication(
        room,
        here.seq,
        here.state,
        here.plan.titles,
        here.plan.zone,
        here.plan.starts,
        here.plan.ends,
        course.opened,
        here.closed_at if here.state == "closed" else None,
        here.plan.languages,
        here.interpretation.floor,
        chapters,
        tuple(Left(e.id, e.titles, e.state) for e in seen if e.id not in ran),
        shown,
        asked,
        record_of(here.questions.all.values()),
        tuple(result(poll, poll.sum) for poll in here.polls.all.values() if poll.state == "published" and poll.sum),
        {tag: lines for tag, ids in here.captions.by_language.items() if (lines := transcript(here, ids, clock))},
        stretches(course.channels, names, clock),
        experts(here, ran, shown),
        totals((*said_in(runs, here), *from_the_floor(here, names))),
        *recording(course.recording, clock),
    )


def chapter(span: Span, entry: timetable.Entry, clock: Clock) -> Chapter:
    start = clock.seconds(span.start)
    return Chapter(
        clock.anchor(start),
        start,
        clock.end(span.end),
        entry.id,
        entry.titles,
        entry.kind,
        entry.speaker,
        entry.planned_start,
        span.start,
        span.end,
    )


def slide(span: Span, slots: contributions.Slots, clock: Clock) -> Slide:
    start, (presentation, page, pages, contribution) = clock.seconds(span.start), span.what
    return Slide(
        clock.anchor(start),
        start,
        clock.end(span.end),
        str(presentation),
        int(str(page)),
        int(str(pages)),
        str(contribution),
        contributions.may_see_pages(slots, str(presentation), "public"),
    )


def taken(question: questions.Question, course: Course, names: Names, clock: Clock) -> Question:
    path = tuple(step for step in course.steps[question.id] if step.state not in questions.HIDDEN)
    closed = course.room.closed_at if course.room.state == "closed" else None
    up = next((step.at for step in path if step.state in ("on_air", "answered")), None)
    start = clock.seconds(up) if up and (closed is None or up <= closed) else None
    answer, to = question.answer, question.deferred_to
    named = answerable(question.to, course.room.agenda, course.room.contributions)
    return Question(
        question.id,
        f"q-{question.id}" if start is None else clock.anchor(start),
        start,
        question.text,
        question.language,
        None if question.anonymous else names.get(question.by),
        question.to if named else None,
        question.state,
        question.votes,
        question.asked_at,
        path,
        Answer(answer.text, answer.language, names.get(answer.by, ""), answer.at) if answer else None,
        {
            tag: Translation(one.text, names.get(one.by, "") if one.by else None, one.source)
            for tag, one in question.translations.approved.items()
        },
        Place(to.room, to.follow_up, to.titles) if to else None,
        Place(question.origin.room, None, question.origin.titles) if question.origin else None,
        tuple(twins(question, course.room.questions)),
    )


def twins(question: questions.Question, all: questions.Questions) -> Iterator[Twin]:
    """What was merged into a question, as far as it was public by then; the texts of others are nobody's business."""
    for merged in map(all.all.__getitem__, all.group(question.id)[1:]):
        if merged.shown and merged.text:
            yield Twin(merged.text, merged.language)


def record_of(all: Iterable[questions.Question]) -> tuple[Outcome, ...]:
    """The open record: sums of all that was asked, what nobody else has seen included."""
    found = Counter((fate(question.state), question.code if question.state == "declined" else None) for question in all)
    outcomes = [Outcome(state, code, number) for (state, code), number in found.items()]
    return tuple(sorted(outcomes, key=lambda one: (FATES.index(one.state), -one.number, one.code or "")))


def result(poll: polls.Poll, sum: polls.Sum) -> Result:
    choices = tuple(zip(poll.choices, sum.results, strict=True))
    return Result(poll.id, poll.title, poll.secret, sum.voters, choices)


def transcript(here: Room, ids: list[str], clock: Clock) -> tuple[Line, ...]:
    """The lines of one language as they are now. Anchors of other languages may be the same: a page has one."""
    own = Clock(clock.zero)
    own.given = dict(clock.given)
    written = [line for line in map(here.captions.all.__getitem__, ids) if line.text]
    return tuple(said(line, start, end, here, own) for start, end, line in timed(written, clock.zero))


def said(line: captions.Line, start: int, end: int, here: Room, clock: Clock) -> Line:
    slot = here.contributions.get(line.speaker or "")
    return Line(
        line.id,
        clock.anchor(start // 1_000),
        start,
        end,
        line.at,
        line.text,
        line.source,
        slot.name if slot else line.speaker,
        slot.id if slot else None,
    )


def stretches(channels: dict[str, list[Span]], names: Names, clock: Clock) -> tuple[Stretch, ...]:
    found = [
        Stretch(tag, clock.seconds(span.start), clock.end(span.end), names.get(str(span.what[0]), ""), relay)
        for tag, spans in channels.items()
        for span in spans
        for relay in [None if span.what[1] is None else str(span.what[1])]
    ]
    return tuple(sorted(found, key=lambda stretch: stretch.start))


def experts(here: Room, ran: set[str], shown: tuple[Slide, ...]) -> tuple[Expert, ...]:
    spoke = {here.agenda.entries[item].contribution for item in ran}
    with_slides = {slide.contribution for slide in shown}
    return tuple(
        Expert(slot.id, slot.name, slot.city, slot.titles, slot.language, slot.id in with_slides)
        for slot in here.contributions.values()
        if slot.state in contributions.PUBLIC or (slot.id in spoke and slot.state not in ("declined", "no_show"))
    )


def said_in(runs: list[tuple[Span, timetable.Entry]], here: Room) -> Iterator[Spoken]:
    """What was spoken in each item that is held by somebody: the one announced with it, else its expert."""
    turns = Counter(entry.id for _span, entry in runs)
    for entry in {entry.id: entry for _span, entry in runs}.values():
        who = entry.speaker or here.contributions.get(entry.contribution or "")
        if who and who.name:
            yield Spoken(who.name, who.city, int(entry.clock.total.total_seconds()), turns[entry.id], entry.budget)


def from_the_floor(here: Room, names: Names) -> Iterator[Spoken]:
    """What was spoken by those who had raised their hand and were called, and are known by name."""
    for one in hands.spoken(here.hands):
        if one.person in names:
            yield Spoken(names[one.person], "", int(one.seconds), one.turns, None)


def totals(parts: Iterable[Spoken]) -> tuple[Spoken, ...]:
    """A line for each speaker, in the order of their first words; whatever else counts as speech is one more part."""
    found: dict[tuple[str, str], Spoken] = {}
    for part in parts:
        key = (part.name, part.city)
        before = found.get(key, Spoken(*key, 0, 0, None))
        planned = [minutes for minutes in (before.minutes, part.minutes) if minutes is not None]
        seconds, turns = before.seconds + part.seconds, before.turns + part.turns
        found[key] = Spoken(*key, seconds, turns, sum(planned) if planned else None)
    return tuple(found.values())


def recording(spans: list[Span], clock: Clock) -> tuple[Recorded, tuple[Turn, ...]]:
    """How much of the session was recorded, and where that changed; what lasted less than a second is left out."""
    lasting = [span for span in spans if span.end is None or clock.seconds(span.end) > clock.seconds(span.start)]
    kinds = {bool(span.what[0]) for span in lasting}
    if kinds != {True, False}:
        return ("nothing" if kinds == {False} else "all"), ()
    found, before = [], bool(lasting[0].what[0])
    ever = before
    for span in lasting[1:]:
        now, start = bool(span.what[0]), clock.seconds(span.start)
        if now != before:  # across what was left out, or while the room was closed, nothing changes
            found.append(Turn(f"r-{start}", start, now, not ever))
        before, ever = now, ever or now
    return "parts", tuple(found)
