"""Captions: lines of transcript per language. What is not recorded is shown and not kept; a correction keeps its time.

The last lines of each language are on screens; all of them are here for the archive.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from rooms.core import Actor, Command, Decided, Event, Id, Item, Key, Language, Moment, Record, Refused, blank

LENGTH = 1_000  # characters of a line; two lines under a stage have some 160
SPEAKER = 80  # characters of a name
LANGUAGES = 24  # in one room
SHOWN = 50  # last lines per language on screens
INTERIM = "interim-"  # with the language: the id of a line that is still being typed

Source = Literal["typed", "booth", "machine", "corrected"]
Text = Annotated[str, msgspec.Meta(max_length=16_384)]  # the length that counts is checked after stripping
Speaker = Annotated[str, msgspec.Meta(max_length=SPEAKER)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=864_000)]  # since the room was opened; ten days


class Add(Command, frozen=True, tag="caption.add"):
    """A final line. `speaker`: a contribution's id, or how the captioner calls whoever speaks."""

    text: Text
    language: Language
    speaker: Speaker | None = None
    start: Seconds | None = msgspec.field(name="from", default=None)
    end: Seconds | None = msgspec.field(name="to", default=None)


class Correct(Command, frozen=True, tag="caption.correct"):
    caption: Id
    text: Text


class Interim(Command, frozen=True, tag="caption.interim"):
    """A line that is still being typed: latest wins, never kept. Empty: nothing is."""

    language: Language
    text: Text


Commands = Add | Correct | Interim


class Added(Event, frozen=True, tag="caption.added"):
    caption: str
    language: str
    text: str | None
    source: Source
    speaker: str | None = None
    start: float | None = None
    end: float | None = None


class Corrected(Event, frozen=True, tag="caption.corrected"):
    caption: str
    text: str | None


Events = Added | Corrected


class Line(msgspec.Struct):
    id: str
    language: str
    text: str
    source: Source
    speaker: str | None
    at: datetime
    start: float | None
    end: float | None


class Captions(msgspec.Struct):
    """All lines in their order, and the ids of each language's."""

    all: dict[str, Line] = {}
    by_language: dict[str, list[str]] = {}


def decide(command: Commands, captions: Captions, actor: Actor, moment: Moment, *, recorded: bool) -> Decided:
    """What is not recorded is passed on to screens and makes no event."""
    match command:
        case Correct():
            if command.caption not in captions.all:
                raise Refused("caption.unknown")
            return Decided((Corrected(command.caption, measured(command.text)),), {"caption": command.caption})
        case Interim():
            text = command.text.strip()
            if len(text) > LENGTH:
                raise Refused("caption.length", limit=LENGTH)
            typing = line(text, command.language, None, moment.now, source(actor)) | {"interim": True}
            return Decided(passing={interim(command.language): typing if text else None})
        case Add():
            return add(command, captions, actor, moment, recorded)


def add(command: Add, captions: Captions, actor: Actor, moment: Moment, recorded: bool) -> Decided:
    text, language = measured(command.text), command.language
    if language not in captions.by_language and len(captions.by_language) >= LANGUAGES:
        raise Refused("caption.languages", limit=LANGUAGES)
    if command.start is not None and command.end is not None and command.end < command.start:
        raise Refused("command.invalid", field="to")
    id, speaker = moment.new_id(), (command.speaker or "").strip() or None
    gone: dict[Key, Item | None] = {interim(language): None}
    if not recorded:
        shown = line(text, language, speaker, moment.now, source(actor)) | {"kept": False}
        return Decided((), {"caption": id}, {("captions", id): shown, **gone})
    added = Added(id, language, text, source(actor), speaker, command.start, command.end)
    return Decided((added,), {"caption": id}, gone)


def measured(text: str) -> str:
    """One line of text; Refused if there is nothing, or too much."""
    text = " ".join(text.split())
    if blank(text) or len(text) > LENGTH:
        raise Refused("caption.length", limit=LENGTH)
    return text


def source(actor: Actor) -> Source:
    return "booth" if actor.role == "interpreter" else "typed"


def interim(language: str) -> Key:
    return ("captions", f"{INTERIM}{language}")


def apply(record: Record, captions: Captions) -> list[Key]:
    match record.event:
        case Added() as added:
            captions.all[added.caption] = Line(
                added.caption,
                added.language,
                added.text or "",
                added.source,
                added.speaker,
                record.at,
                added.start,
                added.end,
            )
            lines = captions.by_language.setdefault(added.language, [])
            lines.append(added.caption)
            return [("captions", id) for id in (added.caption, *lines[-SHOWN - 1 : -SHOWN])]  # one comes, one goes
        case Corrected() as corrected:
            found = captions.all[corrected.caption]
            found.text, found.source = corrected.text or "", "corrected"
            return [("captions", found.id)]
    return []


def see(captions: Captions, id: str) -> Item | None:
    """A line among the last of its language."""
    found = captions.all.get(id)
    if found is None or id not in captions.by_language[found.language][-SHOWN:]:
        return None
    times = {"from": found.start, "to": found.end} if found.start is not None else {}
    return line(found.text, found.language, found.speaker, found.at, found.source) | times


def line(text: str, language: str, speaker: str | None, at: datetime, source: Source) -> Item:
    return {"language": language, "text": text, "speaker": speaker, "at": at, "source": source}
