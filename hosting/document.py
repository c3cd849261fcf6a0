"""A publication as it is read: chapters one after the other, in each what was shown, said and asked, by time.

Lines of one speaker become paragraphs. Nothing is decided here about who may see what: a `Publication` is public.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

import msgspec

from hosting.publication import Chapter, Publication, Question, Slide, Turn
from hosting.transcripts import Line

PARAGRAPH = 45_000  # ms: a longer one is hard to point into
PAUSE = 8_000  # ms of silence after which a paragraph begins


class Paragraph(msgspec.Struct, frozen=True):
    """What one speaker said without a pause. `named`: the reader has to be told who it is."""

    start: int
    lines: tuple[Line, ...]
    named: bool = False


Entry = Slide | Question | Turn | Paragraph


class Part(msgspec.Struct, frozen=True):
    """A chapter with what happened in it; without one, what was before the first."""

    chapter: Chapter | None
    entries: tuple[Entry, ...]


def parts(publication: Publication, language: str | None) -> tuple[Part, ...]:
    """The document with the transcript of a language; the questions that were not taken up are not in it."""
    entries: list[Entry] = [*publication.turns, *publication.slides]
    entries += (one for one in publication.questions if one.start is not None)
    chapters = publication.chapters
    begins = [chapter.start for chapter in chapters]
    entries += paragraphs(publication.lines.get(language or "", ()), [*begins, *(start(one) for one in entries)])
    entries.sort(key=start)  # stable: a slide comes before what is said to it
    rest, found = iter(entries), []
    waiting = next(rest, None)
    for chapter, until in zip((None, *chapters), (*begins, None), strict=True):
        own: list[Entry] = []
        while waiting is not None and (until is None or start(waiting) < until):
            own.append(waiting)
            waiting = next(rest, None)
        if chapter or own:
            found.append(Part(chapter, tuple(introduced(own))))
    return tuple(found)


def start(entry: Entry) -> int:
    """Seconds since the opening."""
    return entry.start or 0


def introduced(entries: Iterable[Entry]) -> Iterable[Entry]:
    """The entries of one chapter, a speaker named where it is another one, and again after a question
    or where recording was off."""
    speaker: str | None = None
    for entry in entries:
        if isinstance(entry, Paragraph):
            who = entry.lines[0].speaker
            yield msgspec.structs.replace(entry, named=who is not None and who != speaker)
            speaker = who
        else:
            speaker = None if isinstance(entry, Question | Turn) else speaker
            yield entry


def paragraphs(lines: Sequence[Line], breaks: Iterable[int]) -> list[Paragraph]:
    """Lines by speaker, anew after a pause, at a break (seconds), and before they grow too long."""
    cuts = sorted(set(breaks))
    runs = groupby(lines, lambda line: (bisect_right(cuts, line.start // 1_000), line.speaker))
    return [Paragraph(some[0].start // 1_000, tuple(some)) for _key, own in runs for some in divided(list(own))]


def divided(lines: list[Line]) -> Iterable[list[Line]]:
    current: list[Line] = []
    for line in lines:
        if current and (line.start - current[-1].end > PAUSE or line.end - current[0].start > PARAGRAPH):
            yield current
            current = []
        current.append(line)
    yield current


def moment_at(parts: Sequence[Part]) -> Callable[[int], str | None]:
    """The anchor of the last moment of a document at or before a second; None before the first."""
    found: dict[int, str] = {}
    for part in parts:
        if part.chapter:
            found.setdefault(part.chapter.start, part.chapter.anchor)
        for entry in part.entries:
            own = entry.lines[0] if isinstance(entry, Paragraph) else entry
            found.setdefault(start(entry), own.anchor)
    seconds = sorted(found)

    def at(second: int) -> str | None:
        place = bisect_right(seconds, second)
        return found[seconds[place - 1]] if place else None

    return at


def not_taken(publication: Publication) -> list[Question]:
    """Public questions that the session did not come to, most votes first."""
    left = [question for question in publication.questions if question.start is None]
    return sorted(left, key=lambda question: (-question.votes, question.asked_at))
