"""What one client of a live socket keeps while it works: what it dialled, sent and heard, and how connections ended.

Nothing is judged here. Times are seconds of the machine's monotonic clock, so diaries of several processes compare.
"""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

Body = dict[str, Any]  # what stands in `with`


class Dialled(msgspec.Struct, frozen=True, tag="dialled"):
    """A connection is asked for, with this cursor; empty: none."""

    connection: int
    at: float
    cursor: str


class Sent(msgspec.Struct, frozen=True, tag="sent"):
    """A command is about to leave; whether it did nobody knows before its reply."""

    connection: int
    at: float
    id: str
    do: str
    body: Body = msgspec.field(name="with")


class Heard(msgspec.Struct, frozen=True, tag="heard"):
    """A frame, as it came."""

    connection: int
    at: float
    frame: str


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """A connection is over; no code: it was cut, or never there."""

    connection: int
    at: float
    code: int | None


class Rested(msgspec.Struct, frozen=True, tag="rested"):
    """Nothing was under way for long enough that an open connection must have been shown everything up to `head`."""

    connection: int
    at: float
    head: int


Line = Dialled | Sent | Heard | Ended | Rested


class Diary(msgspec.Struct):
    """Everything one client went through, in order. `role`: as what it must be greeted; None: as whatever."""

    client: str
    person: str
    room: str
    role: str | None = None
    lines: list[Line] = []


class Head(msgspec.Struct, frozen=True, tag="diary"):
    """The first line of a file."""

    client: str
    person: str
    room: str
    role: str | None = None


encoder = msgspec.json.Encoder()
decoder = msgspec.json.Decoder(Head | Line)


def now() -> float:
    return time.monotonic()


class Texts:
    """One copy of each frame's text, however many heard it: a fan-out is the same text thousands of times."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def one(self, text: str) -> str:
        return self.kept.setdefault(text, text)


def write(diaries: Iterable[Diary], file: Path) -> None:
    """Write diaries as JSON lines, each behind a line that says whose it is."""
    with file.open("wb") as lines:
        for diary in diaries:
            head = Head(diary.client, diary.person, diary.room, diary.role)
            lines.writelines(encoder.encode(line) + b"\n" for line in (head, *diary.lines))


def read(file: Path) -> list[Diary]:
    """The diaries of a file, as they were written; the last line may be torn, as its writer may have been killed."""
    diaries: list[Diary] = []
    texts, raw = Texts(), file.read_bytes()
    for text in raw[: raw.rfind(b"\n") + 1].splitlines():
        match decoder.decode(text):
            case Head() as head:
                diaries.append(Diary(head.client, head.person, head.room, head.role))
            case Heard() as heard:
                diaries[-1].lines.append(msgspec.structs.replace(heard, frame=texts.one(heard.frame)))
            case line:
                diaries[-1].lines.append(line)
    return diaries
