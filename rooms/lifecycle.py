"""The room's own commands and events: opened, paused, closed, recorded, announced, and what the programme says of it.

Who decides and applies them is the room, for what they do crosses its features.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from rooms.contributions import PlannedContribution
from rooms.core import Command, Event, Texts
from rooms.timetable import PlannedItem


class Open(Command, frozen=True, tag="room.open"):
    """Also reopens, and ends a pause."""


class Pause(Command, frozen=True, tag="room.pause"):
    pass


class Close(Command, frozen=True, tag="room.close"):
    pass


Recording = Literal["off", "announced", "on"]


class SetRecording(Command, frozen=True, tag="room.record"):
    """Whether what is said is kept, as sound and as lines of transcript; shown to everybody."""

    state: Recording


ANNOUNCEMENT = 500  # characters
Announcer = Literal["moderator", "organiser"]


class Announce(Command, frozen=True, tag="room.announce"):
    """One sentence for everybody, until the next. Empty: there is none any more."""

    text: Annotated[str, msgspec.Meta(max_length=16_384)]  # the length that counts is checked after stripping


Commands = Open | Pause | Close | SetRecording | Announce


Anonymous = Literal["participants", "everybody"]  # from whom a question without a name hides who asked it


class Planned(Event, frozen=True, tag="room.planned"):
    """What the programme says of this room, whole; a changed programme makes a new one."""

    exchange: str
    titles: Texts
    starts: datetime
    ends: datetime
    zone: str
    languages: tuple[str, ...]
    channels: tuple[str, ...]
    items: tuple[PlannedItem, ...]
    contributions: tuple[PlannedContribution, ...] = ()
    keeps_chat: bool = False  # when the room closes
    anonymous: Anonymous = "participants"


DELAY = 30.0  # seconds


class StreamSet(Event, frozen=True, tag="room.stream_set"):
    """`delay`: by how many seconds the picture lags behind the room, so that sound from here can wait for it."""

    stream: str | None
    delay: float = 0.0


class Opened(Event, frozen=True, tag="room.opened"):
    pass


class Paused(Event, frozen=True, tag="room.paused"):
    pass


class Closed(Event, frozen=True, tag="room.closed"):
    pass


class Renamed(Event, frozen=True, tag="room.renamed"):
    """A person's name changed: what bears it looks different. The name itself is not in the log."""

    person: str


class RecordingSet(Event, frozen=True, tag="room.recording_set"):
    state: Recording


class Announced(Event, frozen=True, tag="room.announced"):
    """`text`: None where there is nothing to announce any more."""

    text: str | None
    role: Announcer = "moderator"


Events = Planned | StreamSet | Opened | Paused | Closed | Renamed | RecordingSet | Announced


def since(before: datetime | None, recording: Recording, state: str, at: datetime) -> datetime | None:
    """Since when what is said was first recorded: once that has begun, its zero is the same for good."""
    return at if before is None and recording == "on" and state in ("open", "paused") else before
