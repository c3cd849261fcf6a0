"""Logs, ballots, boxes and a bus in memory: the reference behaviour of the ports, and what tests run on."""

from collections import Counter
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from rooms.chat import Blanked, Said
from rooms.core import Receipt, Record, Refused
from rooms.lists import Summary
from rooms.ports import Conflict, Duplicate, NoSuchRoom, Tail, Tally


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


class MemoryBoxes:
    """Votes in polls: of open ones who chose what, of secret ones who voted, and sums. Receipts as those of ballots."""

    def __init__(self, log: MemoryLog) -> None:
        self.log = log
        self.votes: dict[tuple[str, str], dict[str, tuple[int, ...]]] = {}
        self.voters: dict[tuple[str, str], set[str]] = {}
        self.sums: dict[tuple[str, str], Counter[int]] = {}
        self.sealed: set[tuple[str, str]] = set()

    async def cast(
        self, room: str, poll: str, choices: tuple[int, ...], among: int, secret: bool, receipt: Receipt
    ) -> Receipt:
        key, voter = (room, poll), receipt.actor
        known = self.log.receipts.get((room, voter, receipt.id))
        if known:
            return known
        if key in self.sealed:
            raise Refused("state.changed", state="closed")
        if secret and voter in self.voters.get(key, ()):
            raise Refused("poll.voted")
        if secret:
            self.voters.setdefault(key, set()).add(voter)
            self.sums.setdefault(key, Counter()).update(choices)
        else:
            self.votes.setdefault(key, {})[voter] = choices
        self.log.receipts[room, voter, receipt.id] = receipt
        return receipt

    def tally(self, key: tuple[str, str]) -> Tally:
        if key in self.voters:
            return Tally(len(self.voters[key]), dict(self.sums[key]))
        votes = self.votes.get(key, {})
        return Tally(len(votes), dict(Counter(place for chosen in votes.values() for place in chosen)))

    async def counts(self, room: str) -> dict[str, Tally]:
        return {poll: self.tally((where, poll)) for where, poll in self.votes if where == room}

    async def seal(self, room: str, poll: str) -> Tally:
        self.sealed.add((room, poll))
        return self.tally((room, poll))

    async def of(self, room: str, voter: str) -> list[str]:
        boxes = [*self.votes.items(), *self.voters.items()]
        return sorted(poll for (where, poll), voters in boxes if where == room and voter in voters)


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
