"""Votes in polls: rows, with the receipts of their commands. An open vote says who chose what; a secret one is two
tables that do not: who has voted, and how often each choice was taken.

The rows of a secret one are made with its first vote and never change their length, so that nothing of the order in
which they grew is left between them. What is promised: docs/decisions.md.
"""

from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, insert, literal_column, select, union, update

from hosting import receipts, tables
from hosting.database import Database, Prepared, inserting_new
from hosting.errors import Unavailable
from rooms.core import Receipt, Refused
from rooms.ports import Away, Tally

VOTE, VOTER, COUNT, SEAL = tables.poll_votes.c, tables.poll_voters.c, tables.poll_counts.c, tables.poll_seals.c
PUT = Prepared(insert(tables.poll_votes))
TAKE = Prepared(delete(tables.poll_votes).where(*(VOTE[name] == bindparam(name) for name in ("room", "poll", "voter"))))
SIGN = Prepared(inserting_new(tables.poll_voters))
LAY = Prepared(insert(tables.poll_counts))
ADD = Prepared(
    update(tables.poll_counts)
    .where(*(COUNT[name] == bindparam(f"of_{name}") for name in ("room", "poll", "choice")))
    .values(votes=COUNT.votes + literal_column("1"))
)
NONE = 1 << 40  # what no vote is written as: SQLite keeps an integer from here on in six bytes, a small one in fewer


class Paper(NamedTuple):
    """What somebody puts into a box; `row` is its receipt as it is stored."""

    room: str
    poll: str
    choices: tuple[int, ...]
    among: int
    secret: bool
    receipt: Receipt
    row: dict[str, object]


class SqlBoxes:
    """The Boxes port on a database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def cast(
        self, room: str, poll: str, choices: tuple[int, ...], among: int, secret: bool, receipt: Receipt
    ) -> Receipt:
        paper = Paper(room, poll, choices, among, secret, receipt, receipts.row_of(room, receipt, logged=False))
        try:
            kept = await self.database.together(cast_all, paper)
        except Unavailable as away:
            raise Away(str(away)) from away
        if isinstance(kept, Refused):
            raise kept
        return kept

    async def counts(self, room: str) -> dict[str, Tally]:
        try:
            return await self.database.read(lambda connection: counts(connection, room))
        except Unavailable as away:
            raise Away(str(away)) from away

    async def seal(self, room: str, poll: str) -> Tally:
        try:
            tally = await self.database.write(lambda connection: seal(connection, room, poll))
            await self.database.cut_log()
        except Unavailable as away:
            raise Away(str(away)) from away
        return tally

    async def of(self, room: str, voter: str) -> list[str]:
        try:
            return await self.database.read(lambda connection: polls_of(connection, room, voter))
        except Unavailable as away:
            raise Away(str(away)) from away


def cast_all(connection: Connection, papers: list[Paper]) -> list[Receipt | Refused]:
    """Put votes in, in their order, each once per command id; the receipt kept of each, or why it is not taken."""
    return [cast(connection, paper) for paper in papers]


def cast(connection: Connection, paper: Paper) -> Receipt | Refused:
    room, poll, choices, among, secret, receipt, row = paper
    box: dict[str, object] = {"room": room, "poll": poll}
    known = receipts.kept(connection, room, [(receipt.actor, receipt.id)])
    if known:
        return known
    if sealed(connection, room, poll):
        return Refused("state.changed", state="closed")
    if secret and SIGN(connection, {**box, "voter": receipt.actor}) == 0:
        return Refused("poll.voted")
    if secret:
        add(connection, box, choices, among)
    else:
        TAKE(connection, {**box, "voter": receipt.actor})
        for choice in choices:
            PUT(connection, {**box, "voter": receipt.actor, "choice": choice})
    receipts.keep(connection, row)
    return receipt


def add(connection: Connection, box: dict[str, object], choices: tuple[int, ...], among: int) -> None:
    for choice in choices:
        row = {"of_room": box["room"], "of_poll": box["poll"], "of_choice": choice}
        if ADD(connection, row) == 0:
            for place in range(among):
                LAY(connection, {**box, "choice": place, "votes": NONE})
            ADD(connection, row)


def sealed(connection: Connection, room: str, poll: str) -> bool:
    found = select(SEAL.poll).where(SEAL.room == room, SEAL.poll == poll)
    return connection.execute(found).first() is not None


def seal(connection: Connection, room: str, poll: str) -> Tally:
    """Take no more votes; the sums."""
    if not sealed(connection, room, poll):
        connection.execute(insert(tables.poll_seals), {"room": room, "poll": poll})
    signed = select(func.count()).select_from(tables.poll_voters).where(VOTER.room == room, VOTER.poll == poll)
    voters = connection.execute(signed).scalar_one()
    if not voters:
        return counts(connection, room).get(poll, Tally(0, {}))
    votes = select(COUNT.choice, COUNT.votes - NONE).where(COUNT.room == room, COUNT.poll == poll, COUNT.votes > NONE)
    return Tally(voters, dict(connection.execute(votes).all()))


def counts(connection: Connection, room: str) -> dict[str, Tally]:
    """The sums of all open votes of a room."""
    voters = select(VOTE.poll, func.count(VOTE.voter.distinct())).where(VOTE.room == room).group_by(VOTE.poll)
    votes = select(VOTE.poll, VOTE.choice, func.count()).where(VOTE.room == room).group_by(VOTE.poll, VOTE.choice)
    found = {poll: Tally(number, {}) for poll, number in connection.execute(voters)}
    for poll, choice, number in connection.execute(votes):
        found[poll].votes[choice] = number
    return found


def polls_of(connection: Connection, room: str, voter: str) -> list[str]:
    open, secret = (select(one.poll).where(one.room == room, one.voter == voter) for one in (VOTE, VOTER))
    return sorted(connection.execute(union(open, secret)).scalars())
