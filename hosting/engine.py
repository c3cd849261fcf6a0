"""What carries sound, as a protocol: channels, tickets to speak or listen, who may be heard, a tap for recordings.

Who may speak when is decided above it (hosting.speaking) and only carried out here; nothing here knows a room's rules.
Every engine passes tests/contracts/test_engine.py.
"""

from collections.abc import AsyncIterator, Set
from typing import Final, Literal, Protocol

import msgspec

SPEAK: Final = "speak"
LISTEN: Final = "listen"
Use = Literal["speak", "listen"]


class Spec(msgspec.Struct, frozen=True):
    """What a channel is like. `many`: several voices at once, as on the floor; else one."""

    many: bool = False


class Ticket(msgspec.Struct, frozen=True):
    """Lets one person use one channel in one way, once. What is in `token` only the engine knows."""

    engine: str
    url: str  # where the browser's part of the engine goes with it
    token: str
    channel: str
    number: int  # of the channel in the heads of its packets
    use: Use
    seconds: float  # for which it may be used


class Packet(msgspec.Struct, frozen=True):
    """One packet of a voice that may be heard.

    `time`: 48 kHz samples since the source began; `arrival`: monotonic seconds.
    """

    source: int
    person: str
    seq: int
    time: int
    data: bytes
    arrival: float


class Stats(msgspec.Struct, frozen=True):
    """One channel now, and what has passed since it was opened. `voices`: persons whose sound passes."""

    listeners: int = 0
    speakers: int = 0
    voices: frozenset[str] = frozenset()
    passed: int = 0  # packets that were sent on
    dropped: int = 0  # packets of whoever may not be heard, or too many
    skipped: int = 0  # packets that slow listeners were not sent
    bundled: bool = False


class MediaEngine(Protocol):
    """Carries sound between browsers. Channels are named by room and language, `floor` for what is spoken."""

    name: str
    capabilities: frozenset[str]  # among audio, video, tap, cascade, many

    async def ensure_channel(self, room: str, channel: str, spec: Spec) -> None:
        """Have a channel; the same again changes nothing. Also after the engine was begun anew."""

    async def close_channel(self, room: str, channel: str) -> None:
        """End a channel with all its tickets; whoever spoke or listened there does so no more."""

    async def grant(self, person: str, room: str, channel: str, use: Use, seconds: float) -> Ticket:
        """A ticket. KeyError: there is no such channel."""

    async def revoke(self, person: str, room: str, channel: str | None = None, use: Use | None = None) -> None:
        """Take back what somebody was granted in a room, used or not; None: all channels, both ways."""

    async def set_active(self, room: str, channel: str, persons: Set[str]) -> None:
        """Whose sound passes from this moment on, for all listeners at once; that of all others is dropped.

        ValueError: more than one, where a channel has one voice.
        """

    def tap(self, room: str, channel: str) -> AsyncIterator[Packet]:
        """All packets that pass from now on. A reader who is slow loses the oldest, never holds others up."""

    async def stats(self, room: str, channel: str) -> Stats:
        """KeyError: there is no such channel."""

    async def health(self) -> str | None:
        """What is wrong with the engine; None: nothing."""
