"""Reactions: applause and the like. Nobody keeps them; what comes within a second is counted and shown together."""

from typing import Literal

import msgspec

from rooms.core import Command, Key

Kind = Literal["applause", "agree", "thanks", "laugh", "wonder"]
KEY: Key = ("reactions", "reactions")


class React(Command, frozen=True, tag="react"):
    kind: Kind = msgspec.field(name="with")


class Reactions(msgspec.Struct):
    """How many of each kind have come since they were last shown."""

    since: dict[str, int] = {}

    def add(self, kind: Kind) -> None:
        self.since[kind] = self.since.get(kind, 0) + 1

    def taken(self) -> dict[str, int]:
        """All of them, by kind; from here on they are shown."""
        since, self.since = self.since, {}
        return since
