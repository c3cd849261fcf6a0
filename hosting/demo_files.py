"""What the sample says besides its programme: questions, lines of transcript, slides. Fields: the README beside it."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from rooms.timetable import Entry

PAUSE = 12.0  # seconds before the first line of an item, and after its last
PACE = 14.0  # characters a second


class Question(msgspec.Struct, frozen=True):
    id: str
    session: str
    text: str
    language: str
    to: str | None = None
    same_as: str | None = None
    votes: int = 0
    translation: dict[str, str] = {}  # by language, as people have approved it


class Line(msgspec.Struct, frozen=True):
    """A line by language; times are seconds from the start, `typed` the one language that is no booth's."""

    start: float
    end: float
    speaker: str
    texts: dict[str, str]
    typed: str | None


class Caption(msgspec.Struct, frozen=True):
    """A line with its times; in English first, typed or by a booth."""

    speaker: str
    source: str
    text: dict[str, str]
    start: float = msgspec.field(name="from")
    end: float = msgspec.field(name="to")


class Part(msgspec.Struct, frozen=True):
    """Lines that are spread over an item of the agenda, counted from 0."""

    session: str
    item: int
    language: str
    speaker: str
    lines: list[dict[str, str]]


class Slides(msgspec.Struct, frozen=True):
    """The pages after the first."""

    contribution: str
    page: list[dict[str, object]]


class Sample:
    """The files of the sample's folder, read once."""

    def __init__(self, folder: Path) -> None:
        def read(name: str) -> dict[str, object]:
            return tomllib.loads((folder / name).read_text("utf-8"))

        captions = read("captions.toml")
        self.questions = msgspec.convert(read("questions.toml")["question"], list[Question])
        self.captioned = str(captions["session"])
        self.captions = msgspec.convert(captions["caption"], list[Caption])
        self.parts = msgspec.convert(read("transcripts.toml")["part"], list[Part])
        decks = msgspec.convert(read("slides/decks.toml")["deck"], list[Slides])
        self.pages = {deck.contribution: 1 + len(deck.page) for deck in decks}
        self.slides = folder / "slides"

    def lines(self, session: str, entries: list[Entry]) -> Iterator[Line]:
        """The lines of a session with this agenda."""
        for line in self.captions if session == self.captioned else ():
            yield Line(line.start, line.end, line.speaker, line.text, "en" if line.source == "typed" else None)
        for part in (part for part in self.parts if part.session == session):
            begun = 60 * sum(entry.minutes for entry in entries[: part.item]) + PAUSE
            each = (60 * entries[part.item].minutes - 2 * PAUSE) / len(part.lines)
            for number, texts in enumerate(part.lines):
                start = round(begun + number * each, 1)
                end = round(start + 1.5 + max(map(len, texts.values())) / PACE, 1)
                yield Line(start, end, part.speaker, texts, part.language)
