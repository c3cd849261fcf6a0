"""Tickets of sound that have not been used: in memory only, each for one person, room, channel and use, and good once.

Whoever is somebody else, or elsewhere, does not even find them. There is a bound to how many are kept.
"""

import secrets
from collections.abc import Callable

import msgspec

from hosting.channels import Channel
from hosting.engine import Use

EACH = 256  # of one person in one room; of more the oldest are void
PERSONS = 1000  # in rooms, of whom there may be tickets before all are looked through for old ones


class Granted(msgspec.Struct, frozen=True):
    """What a ticket lets one do, and until when by the clock."""

    channel: Channel
    use: Use
    until: float


class Tickets:
    """By room and person, then by token."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.given: dict[tuple[str, str], dict[str, Granted]] = {}
        self.enough = PERSONS

    def give(self, room: str, person: str, channel: Channel, use: Use, seconds: float) -> str:
        """A token that lets a person use a channel for so long."""
        if len(self.given) >= self.enough:
            for key in list(self.given):
                self.tidy(key)
            self.enough = max(PERSONS, 2 * len(self.given))
        own, token = self.given.setdefault((room, person), {}), secrets.token_urlsafe(16)
        while len(own) >= EACH:
            del own[next(iter(own))]
        own[token] = Granted(channel, use, self.clock() + seconds)
        return token

    def take(self, room: str, person: str, token: str) -> Granted | None:
        """Use a ticket up; None: it is old or used, or was never this person's in this room."""
        granted = self.given.get((room, person), {}).pop(token, None)
        self.tidy((room, person))
        return granted if granted and granted.until > self.clock() else None

    def void(self, room: str, person: str, channel: str | None, use: Use | None) -> None:
        """Take back those for a channel and a use; None: for all."""
        for token, granted in list(self.given.get((room, person), {}).items()):
            if channel in (None, granted.channel.name) and use in (None, granted.use):
                del self.given[room, person][token]
        self.tidy((room, person))

    def tidy(self, key: tuple[str, str]) -> None:
        """Forget a person's old ones."""
        now = self.clock()
        left = {token: granted for token, granted in self.given.pop(key, {}).items() if granted.until > now}
        if left:
            self.given[key] = left
