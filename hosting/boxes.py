"""Votes in polls: rows, with the receipts of their commands. An open vote says who chose what; a secret one is two
tables that do not: who has voted, and how often each choice was taken.

Sealing a box also removes what rows and log would still tell of the order in which votes came: see docs/decisions.md.
"""

from typing import NamedTuple

from sqlalchemy import Connection, Table, bindparam, delete, func, insert, select, union

from hosting import receipts, tables
from hosting.database import Database, Prepared, adding, inserting_new
from hosting.errors import Unavailable
from rooms.core import Receipt, Refused
from rooms.ports import Away, Tally

VOTE, VOTER, COUNT, SEAL = tables.poll_votes.c, tables.poll_voters.c, tables.poll_counts.c, tables.poll_seals.c
PUT = Prepared(insert(tables.poll_votes))
TAKE = Prepared(delete(tables.poll_votes).where(*(VOTE[name] == bindparam(name) for name in ("room", "poll", "voter"))))
SIGN = Prepared(inserting_new(tables.poll_voters))
ADD = Prepared(adding(tables.poll_counts, "votes"))


class Paper(NamedTuple):
    """What somebody puts into a box; `row` is its receipt as it is stored."""

    room: str
    poll: str
    choices: tuple[int, ...]
    secret: bool
    receipt: Receipt
    row: dict[str, object]


class SqlBoxes:
    """The Boxes port on a database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def cast(self, room: str, poll: str, choices: tuple[int, ...], secret: bool, receipt: Receipt) -> Receipt:
        paper = Paper(room, poll, choices, secret, receipt, receipts.row_of(room, receipt, logged=False))
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
    room, poll, choices, secret, receipt, row = paper
    box = {"room": room, "poll": poll}
    known = receipts.kept(connection, room, [(receipt.actor, receipt.id)])
    if known:
        return known
    if sealed(connection, room, poll):
        return Refused("state.changed", state="closed")
    if secret and SIGN(connection, {**box, "voter": receipt.actor}) == 0:
        return Refused("poll.voted")
    if not secret:
        TAKE(connection, {**box, "voter": receipt.actor})
    for choice in choices:
        if secret:
            ADD(connection, {**box, "choice": choice, "votes": 1})
        else:
            PUT(connection, {**box, "voter": receipt.actor, "choice": choice})
    receipts.keep(connection, row)
    return receipt


def sealed(connection: Connection, room: str, poll: str) -> bool:
    found = select(SEAL.poll).where(SEAL.room == room, SEAL.poll == poll)
    return connection.execute(found).first() is not None


def seal(connection: Connection, room: str, poll: str) -> Tally:
    """Take no more votes, and write the rows of a secret one anew in the order of their keys.

    Within a page rows lie in the order in which they came, until they are written again.
    """
    if not sealed(connection, room, poll):
        connection.execute(insert(tables.poll_seals), {"room": room, "poll": poll})
        for table in (tables.poll_voters, tables.poll_counts):
            rewrite(connection, table, room, poll)
    voters = connection.execute(
        select(func.count()).select_from(tables.poll_voters).where(VOTER.room == room, VOTER.poll == poll)
    ).scalar_one()
    if not voters:
        return counts(connection, room).get(poll, Tally(0, {}))
    votes = select(COUNT.choice, COUNT.votes).where(COUNT.room == room, COUNT.poll == poll)
    return Tally(voters, dict(connection.execute(votes).all()))


def rewrite(connection: Connection, table: Table, room: str, poll: str) -> None:
    here = (table.c.room == room, table.c.poll == poll)
    rows = [row._asdict() for row in connection.execute(select(table).where(*here).order_by(*table.primary_key))]
    if rows:
        connection.execute(delete(table).where(*here))
        connection.execute(insert(table), rows)


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
