"""Logs, ballots and a bus in memory: the reference behaviour of the ports, and what tests run on."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from rooms.chat import Blanked, Said
from rooms.core import Receipt, Record
from rooms.lists import Summary
from rooms.ports import Conflict, Duplicate, NoSuchRoom, Tail


class MemoryLog:
    """Logs in a dictionary. `create` makes a room; `summaries` holds what the rows of rooms would."""

    def __init__(self) -> None:
        self.logs: dict[str, list[Record]] = {}
        self.epochs: dict[str, str] = {}
        self.receipts: dict[tuple[str, str, str], Receipt] = {}
        self.summaries: dict[str, Summary] = {}

    def create(self, room: str, epoch: str = "e1") -> None:
        self.logs[room] = []
        self.epochs[room] = epoch

    async def read(self, room: str, after: int = 0) -> Tail:
        if room not in self.logs:
            raise NoSuchRoom(room)
        return Tail(self.epochs[room], tuple(self.logs[room][after:]))

    async def append(self, room: str, expected: int, records: tuple[Record, ...], summary: Summary | None) -> None:
        if room not in self.logs:
            raise NoSuchRoom(room)
        for receipt in (record.receipt for record in records if record.receipt):
            known = self.receipts.get((room, receipt.actor, receipt.id))
            if known:
                raise Duplicate(known)
        if len(self.logs[room]) != expected:
            raise Conflict(room)
        self.logs[room].extend(records)
        for end in (record.seq for record in records if isinstance(record.event, Blanked)):
            self.logs[room][:end] = [blank(record) for record in self.logs[room][:end]]
        for receipt in (record.receipt for record in records if record.receipt):
            self.receipts[room, receipt.actor, receipt.id] = receipt
        if summary:
            self.summaries[room] = summary


def blank(record: Record) -> Record:
    """A record without what was said in the chat."""
    return replace(record, event=replace(record.event, text=None)) if isinstance(record.event, Said) else record


class MemoryBallots:
    """Votes in a set; the receipts are shared with the log, as ids are unique over both."""

    def __init__(self, log: MemoryLog) -> None:
        self.log = log
        self.votes: set[tuple[str, str, str]] = set()

    async def cast(
        self, room: str, question: str, receipt: Receipt, vote: bool, merged: tuple[str, ...] = ()
    ) -> Receipt:
        known = self.log.receipts.setdefault((room, receipt.actor, receipt.id), receipt)
        if known is receipt and vote:
            self.votes.add((room, question, receipt.actor))
        elif known is receipt:
            self.votes -= {(room, each, receipt.actor) for each in (question, *merged)}
        return known

    async def known(self, room: str, actor: str, id: str) -> Receipt | None:
        return self.log.receipts.get((room, actor, id))

    async def tally(self, room: str, groups: Mapping[str, str]) -> dict[str, int]:
        voters: dict[str, set[str]] = {}
        for where, question, who in self.votes:
            for counted in {question, groups.get(question, question)} if where == room else ():
                voters.setdefault(counted, set()).add(who)
        return {question: len(whose) for question, whose in voters.items()}

    async def of(self, room: str, voter: str) -> list[str]:
        return sorted(question for where, question, who in self.votes if (where, who) == (room, voter))


class MemoryChoices:
    """What people hear, in a dictionary; receipts as those of ballots."""

    def __init__(self, log: MemoryLog) -> None:
        self.log = log
        self.chosen: dict[tuple[str, str], str] = {}

    async def choose(self, room: str, language: str, receipt: Receipt) -> Receipt:
        known = self.log.receipts.setdefault((room, receipt.actor, receipt.id), receipt)
        if known is receipt:
            self.chosen[room, receipt.actor] = language
        return known

    async def of(self, room: str, person: str) -> str | None:
        return self.chosen.get((room, person))


class MemoryBus:
    """Hints within one process."""

    def __init__(self) -> None:
        self.ears: dict[object, Callable[[str, int], None]] = {}

    def publish(self, room: str, head: int) -> None:
        for hear in list(self.ears.values()):
            hear(room, head)

    def subscribe(self, hear: Callable[[str, int], None]) -> Callable[[], None]:
        key = object()
        self.ears[key] = hear
        return lambda: self.ears.pop(key, None) and None
