"""How many heard each channel of a room, counted at every full minute while it is open. Numbers alone, no persons."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec
from sqlalchemy import Connection, select

from hosting.database import upsert
from hosting.moments import parse, show
from hosting.tables_languages import listeners
from rooms.booths import FLOOR

MINUTE = timedelta(minutes=1)
Row = dict[str, object]


class Course(msgspec.Struct, frozen=True):
    """One channel over time: at each minute in which it was counted, how many heard it."""

    channel: str
    counts: tuple[tuple[datetime, int], ...]

    @property
    def most(self) -> int:
        return max(number for _, number in self.counts)

    @property
    def most_at(self) -> datetime:
        """When that many heard it first."""
        return next(minute for minute, number in self.counts if number == self.most)

    @property
    def mean(self) -> float:
        return sum(number for _, number in self.counts) / len(self.counts)

    @property
    def last(self) -> int:
        return self.counts[-1][1]

    def line(self, frame: "Frame") -> str:
        """The path of an SVG as wide and high as the frame: a minute to the side, a listener upward.

        Minutes that were not counted part it; one that stands alone is a dot.
        """
        path, before = [], None
        for minute, number in self.counts:
            gap = before is None or minute - before != MINUTE
            path.append(f"{'M' if gap else 'L'}{(minute - frame.begins) // MINUTE} {frame.height - number}")
            before = minute
        alone = [one[0] == after[0] == "M" for one, after in pairwise([*path, "M"])]
        return " ".join(f"{one}h.1" if dot else one for one, dot in zip(path, alone, strict=True))


class Frame(msgspec.Struct, frozen=True):
    """What holds the lines of all channels of a room, so that they can be compared: in minutes and in listeners."""

    begins: datetime
    width: int
    height: int


def frame(courses: Sequence[Course]) -> Frame:
    minutes = [minute for course in courses for minute, _ in course.counts] or [datetime.min]
    return Frame(
        min(minutes), max(1, (max(minutes) - min(minutes)) // MINUTE), max([1, *(one.most for one in courses)])
    )


def rows(room: str, minute: datetime, heard: Mapping[str, int], channels: Sequence[str]) -> list[Row]:
    """What is to be kept of a room: the floor, its open channels, and whatever else is heard."""
    tags = dict.fromkeys([FLOOR, *channels, *(tag for tag, number in heard.items() if number)])
    return [{"room": room, "minute": show(minute), "channel": tag, "number": heard.get(tag, 0)} for tag in tags]


def keep(connection: Connection, counted: list[Row]) -> None:
    """Keep what was counted; of one minute the last."""
    for row in counted:
        upsert(connection, listeners, row)


def courses(connection: Connection, room: str) -> list[Course]:
    """Every channel of a room over time: the floor first, then by tag."""
    columns = listeners.c
    query = select(columns.channel, columns.minute, columns.number).where(columns.room == room)
    found: dict[str, list[tuple[datetime, int]]] = {}
    for row in connection.execute(query.order_by(columns.channel != FLOOR, columns.channel, columns.minute)):
        found.setdefault(row.channel, []).append((parse(row.minute), row.number))
    return [Course(channel, tuple(counts)) for channel, counts in found.items()]


def in_time(courses: Sequence[Course]) -> Iterator[tuple[datetime, str, int]]:
    """All counts by minute, within one in the order of the channels."""
    counts = {(minute, place): number for place, course in enumerate(courses) for minute, number in course.counts}
    for minute, place in sorted(counts):
        yield minute, courses[place].channel, counts[minute, place]


def thinned(courses: Sequence[Course], step: int) -> Iterator[tuple[datetime, list[int | None]]]:
    """The counts of all channels side by side at every so many minutes; None: it was not counted then."""
    by_channel = [dict(course.counts) for course in courses]
    for minute in sorted({minute for counts in by_channel for minute in counts}):
        if minute.minute % step == 0:
            yield minute, [counts.get(minute) for counts in by_channel]
