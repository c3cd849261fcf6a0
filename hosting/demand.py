"""Which languages a session's listeners need, beside what is planned and who is booked: what its organiser decides on.

Pure. A language is told from another by its first subtag alone: who can follow Spanish is served by es-419.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

import msgspec

from hosting.grants import Booked
from hosting.needs import Need
from hosting.programme import Session
from hosting.texts import base_of

State = Literal["planned", "declined", "open"]
PAIR = 2  # interpreters of one channel, who take turns


class Wanted(msgspec.Struct, frozen=True):
    """A language of a session. `number` of people can follow in it; `only` of them not everything without it.

    `channel` is the one that serves it, which may be a variety of it; `part`: some of the session is spoken in it.
    """

    language: str
    number: int
    only: int
    state: State
    channel: str | None
    part: bool
    declined_at: datetime | None
    booked: tuple[Booked, ...]

    def due(self, threshold: int) -> bool:
        """Whether it is to be decided on."""
        return self.state == "open" and self.number >= threshold

    @property
    def lacking(self) -> int:
        """How many interpreters are still to be found."""
        return max(0, PAIR - len(self.booked)) if self.state == "planned" else 0


def wanted(
    session: Session,
    needs: Iterable[Need],
    declined: Mapping[tuple[str, str], datetime],
    booked: Mapping[tuple[str, str], list[Booked]],
) -> list[Wanted]:
    """The planned languages of a session in their order, then all others that are needed, the most needed first.

    Nobody interprets into a language in which all of it is spoken.
    """
    mine = [need for need in needs if not need.rooms or session.id in need.rooms]
    numbers = Counter(tag for need in mine for tag in need.languages)
    only = Counter(tag for need in mine for tag in need.languages if not served(session, need, tag))
    others = {tag for room, tag in (*declined, *booked) if room == session.id}
    ordered = sorted({*numbers, *others} - {*session.channels}, key=lambda tag: (-numbers[tag], tag))
    return [
        Wanted(
            tag,
            numbers[tag],
            only[tag],
            "planned" if channel else "declined" if (session.id, tag) in declined else "open",
            channel,
            like(tag, session.languages) is not None,
            declined.get((session.id, tag)),
            tuple(booked.get((session.id, tag), ())),
        )
        for tag in (*session.channels, *ordered)
        for channel in [like(tag, session.channels)]
        if not throughout(session, [tag])
    ]


def served(session: Session, need: Need, without: str) -> bool:
    """Whether somebody can follow everything although there is no channel in one of their languages."""
    others = [tag for tag in need.languages if base_of(tag) != base_of(without)]
    return throughout(session, need.languages) or any(like(tag, session.channels) for tag in others)


def throughout(session: Session, languages: Iterable[str]) -> bool:
    """Whether all that is spoken is in these languages."""
    known = {base_of(tag) for tag in languages}
    return {base_of(tag) for tag in session.languages} <= known


def like(tag: str, among: Iterable[str]) -> str | None:
    """The same language among others, to the letter or in another variety."""
    tags = list(among)
    return tag if tag in tags else next((one for one in tags if base_of(one) == base_of(tag)), None)


def in_order(found: Iterable[Wanted], threshold: int) -> list[Wanted]:
    """What is to be decided on first, then as it was."""
    return sorted(found, key=lambda each: not each.due(threshold))
