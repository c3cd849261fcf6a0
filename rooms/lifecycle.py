"""The room's own commands and events: opened, paused, closed, recorded, and what the programme says of it.

Who decides and applies them is the room, for what they do crosses its features.
"""

from datetime import datetime
from typing import Literal

from rooms.agenda import PlannedItem
from rooms.contributions import PlannedContribution
from rooms.core import Command, Event, Texts


class Open(Command, frozen=True, tag="room.open"):
    """Also reopens, and ends a pause."""


class Pause(Command, frozen=True, tag="room.pause"):
    pass


class Close(Command, frozen=True, tag="room.close"):
    pass


Recording = Literal["off", "announced", "on"]


class SetRecording(Command, frozen=True, tag="room.record"):
    """Whether what is said is kept, as lines of transcript; shown to everybody."""

    state: Recording


Commands = Open | Pause | Close | SetRecording


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
    anonymous: Literal["participants", "everybody"] = "participants"  # to whom those who ask anonymously are


class StreamSet(Event, frozen=True, tag="room.stream_set"):
    stream: str | None


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


Events = Planned | StreamSet | Opened | Paused | Closed | Renamed | RecordingSet
