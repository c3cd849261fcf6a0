"""Lines of transcript with their times on the session's clock, written as WebVTT, SubRip, plain text and JSON.

Written by hand: the usual libraries do not escape `&`, or drop what they do not understand.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from hosting.moments import elapsed
from rooms import captions

NEAR = 8_000  # ms: a pause longer than this is not filled by the line after it
SHORTEST = 200  # ms of a cue, so that every one can be pointed at
PACE = 15  # characters that are read in a second
READING = (1_000, 7_000)  # ms: the least and the most that reading a line is taken to need


class Line(msgspec.Struct, frozen=True):
    """A line of transcript; `start` and `end` in milliseconds since the room was opened.

    `speaker` is a name to show; `contribution` whose expert that is, if known.
    """

    id: str
    anchor: str
    start: int
    end: int
    at: datetime
    text: str
    source: captions.Source
    speaker: str | None = None
    contribution: str | None = None


# ── Times ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def timed(lines: Iterable[captions.Line], opened: datetime) -> list[tuple[int, int, captions.Line]]:
    """When each line of one language was said, in milliseconds since the opening, in the order of time.

    A line's own `from` and `to` hold. Without `to` it ended when it came in, or a reading time after its `from`.
    Without `from` it began where the line before it ended, if that is at most 8 s ago, else a reading time before its
    end. Then, in the order of their beginnings: none begins before 0, each begins at least 0.2 s after the one before,
    lasts at least as long, and ends where the next begins at the latest: cues never overlap and never run backwards.
    """
    said: list[tuple[int, int, captions.Line]] = []
    before: int | None = None
    for line in lines:
        came, needed = milliseconds((line.at - opened).total_seconds()), reading_time(line.text)
        start = None if line.start is None else milliseconds(line.start)
        if line.end is not None:
            end = milliseconds(line.end)
        else:
            end = came if start is None or came > start else start + needed
        if start is None:
            follows = before is not None and 0 <= end - before <= NEAR
            start = before if before is not None and follows else end - needed
        said.append((start, end, line))
        before = end
    said.sort(key=lambda one: one[0])  # stable: lines that begin together keep the order in which they came
    return apart(said)


def apart(said: list[tuple[int, int, captions.Line]]) -> list[tuple[int, int, captions.Line]]:
    """The same lines, none overlapping another."""
    starts: list[int] = []
    for start, _end, _line in said:
        starts.append(max(start, 0, starts[-1] + SHORTEST if starts else 0))
    placed = []
    for place, (start, (_, end, line)) in enumerate(zip(starts, said, strict=True), 1):
        latest = starts[place] if place < len(starts) else end
        placed.append((start, max(min(end, latest), start + SHORTEST), line))
    return placed


def milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1_000))


def reading_time(text: str) -> int:
    least, most = READING
    return min(most, max(least, len(text) * 1_000 // PACE))


# ── Formats ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def vtt(lines: Iterable[Line]) -> str:
    """WebVTT (W3C, 4.1): the cue's id is the anchor of the same moment in the archive."""
    cues = ["WEBVTT\n"]
    for line in lines:
        voice = f"<v {escaped(line.speaker)}>" if line.speaker else ""
        times = f"{clock(line.start, '.')} --> {clock(line.end, '.')}"
        cues.append(f"{line.anchor}\n{times}\n{voice}{escaped(line.text)}\n")
    return "\n".join(cues)


def srt(lines: Iterable[Line]) -> str:
    """SubRip, which knows no escaping: text is written as it is, without what would be taken for markup."""
    cues = []
    for number, line in enumerate(lines, 1):
        voice = f"{one_line(line.speaker)}: " if line.speaker else ""
        times = f"{clock(line.start, ',')} --> {clock(line.end, ',')}"
        text = (voice + one_line(line.text)).translate(LOOKALIKES)
        cues.append(f"{number}\n{times}\n{text}\n")
    return "\n".join(cues)


LOOKALIKES = str.maketrans("<>{}", "‹›()")  # players take tags and style codes out of the text


def txt(lines: Iterable[Line], headings: Sequence[tuple[int, str]] = ()) -> str:
    """Plain text: a line per line of transcript; headings, by their milliseconds, stand where they began."""
    waiting, written, speaker = list(headings), [], None
    for line in lines:
        while waiting and waiting[0][0] <= line.start:
            written.append(f"\n{one_line(waiting.pop(0)[1])}\n")
            speaker = None
        voice = f"{one_line(line.speaker)}: " if line.speaker and line.speaker != speaker else ""
        written.append(f"[{elapsed(line.start // 1_000)}] {voice}{one_line(line.text)}")
        speaker = line.speaker
    return "\n".join(written).lstrip("\n") + "\n"


def items(lines: Iterable[Line]) -> list[dict[str, object]]:
    """For JSON; times in seconds since the opening."""
    return [
        {
            "id": line.id,
            "from": line.start / 1_000,
            "to": line.end / 1_000,
            "at": line.at,
            "speaker": line.speaker,
            "contribution": line.contribution,
            "text": line.text,
            "source": line.source,
            "anchor": line.anchor,
        }
        for line in lines
    ]


def clock(milliseconds: int, point: str) -> str:
    """HH:MM:SS.mmm; hours go beyond 99 where a room was open for days."""
    seconds, rest = divmod(milliseconds, 1_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{point}{rest:03}"


def one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def escaped(text: str | None) -> str:
    """Text of a cue or of a voice: nothing in it is markup, a time arrow or the end of the cue."""
    return one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
