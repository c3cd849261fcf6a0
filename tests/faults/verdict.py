"""What the checker says: complaints by kind, each with its evidence, and the counts that give "none" a denominator."""

from collections import Counter
from typing import Literal, get_args

import msgspec

Kind = Literal[
    "lost",  # acknowledged, and not in the log, not a row, or not where the answer said
    "twice",  # one command, applied twice
    "contradicted",  # one command, answered differently; or refused and yet applied
    "gap",  # a change that a subscriber must have been shown and was not
    "duplicate",  # shown again without a change, or a seq that came twice
    "reordered",  # back in time: a lower seq, or an item as it was before
    "wrong room",  # an item, or an answer, of another room
    "wrong audience",  # what this audience, or this person, must not see
    "differs",  # an item that no fold of the log shows
    "unlogged",  # shown before it was in the log, or never in it
    "behind",  # at rest, and still not shown
    "heartbeat",  # names a seq that the client was not sent
    "epoch",  # not the one of this room and audience
    "broken",  # not in the protocol, or a log that is none
]
KINDS: tuple[Kind, ...] = get_args(Kind)
SHOWN = 20  # complaints in a text; they come in crowds


class Complaint(msgspec.Struct, frozen=True):
    """What is wrong, and where to look: client and connection, command or item, seq."""

    kind: Kind
    room: str
    what: str
    client: str = ""
    connection: int = 0
    id: str = ""
    seq: int = 0

    def __str__(self) -> str:
        where = [self.client and f"{self.client}/{self.connection}", self.id, self.seq and f"seq {self.seq}"]
        return f"{self.kind}: room {self.room}, {', '.join(str(part) for part in where if part)}: {self.what}"


class Verdict:
    """All complaints, and how much was looked at.

    Counts: clients, connections, events; commands (distinct), attempts, retries, acknowledged, refused, unknown, of
    them applied; passed (shown, never kept); snapshots, resumes, deliveries (numbered frames), passing (frames without
    a number), comparisons (items), heartbeats, rests.
    """

    def __init__(self) -> None:
        self.complaints: list[Complaint] = []
        self.counts: Counter[str] = Counter()

    @property
    def kinds(self) -> set[Kind]:
        return {complaint.kind for complaint in self.complaints}

    def complain(self, kind: Kind, room: str, what: str, **where: str | int) -> None:
        self.complaints.append(Complaint(kind, room, what, **where))  # type: ignore[arg-type]  # by its names

    def __str__(self) -> str:
        found = Counter(complaint.kind for complaint in self.complaints)
        lines = [", ".join(f"{count} {name}" for name, count in self.counts.items())]
        lines += [", ".join(f"{found[kind]} {kind}" for kind in KINDS)]
        lines += [str(complaint) for complaint in self.complaints[:SHOWN]]
        if len(self.complaints) > SHOWN:
            lines.append(f"… and {len(self.complaints) - SHOWN} more")
        return "\n".join(lines)
