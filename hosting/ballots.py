"""Votes, and what people hear: rows, with the receipts of their commands. All that wait are written in one commit.

A row and its receipt are written together or not at all, once per room, actor and command id.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, select

from hosting import receipts, tables
from hosting.database import Database, Prepared, asked, inserting_new, upserting
from hosting.errors import Unavailable
from rooms.core import Receipt
from rooms.ports import Away

BALLOT = tables.ballots.c
CHOICE = tables.choices.c
SET = Prepared(inserting_new(tables.ballots))
CLEAR = Prepared(delete(tables.ballots).where(*(column == bindparam(column.name) for column in BALLOT)))
CHOOSE = Prepared(upserting(tables.choices, CHOICE.keys()))
VOTES = select(BALLOT.question).where(BALLOT.room == bindparam("room"), BALLOT.voter == bindparam("voter"))


class Ballot(NamedTuple):
    """A vote to be set or cleared; `row` is its receipt as it is stored."""

    room: str
    question: str
    receipt: Receipt
    row: dict[str, object]
    vote: bool
    merged: tuple[str, ...]


class Choice(NamedTuple):
    """What somebody wants to hear; `row` is its receipt as it is stored."""

    room: str
    language: str
    receipt: Receipt
    row: dict[str, object]


class SqlBallots:
    """The Ballots port on a database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def cast(
        self, room: str, question: str, receipt: Receipt, vote: bool, merged: tuple[str, ...] = ()
    ) -> Receipt:
        ballot = Ballot(room, question, receipt, receipts.row_of(room, receipt, logged=False), vote, merged)
        try:
            return await self.database.together(cast_all, ballot)
        except Unavailable as away:
            raise Away(str(away)) from away

    async def known(self, room: str, actor: str, id: str) -> Receipt | None:
        try:
            return await self.database.read(lambda connection: receipts.kept(connection, room, [(actor, id)]))
        except Unavailable as away:
            raise Away(str(away)) from away

    async def tally(self, room: str, groups: Mapping[str, str]) -> dict[str, int]:
        try:
            return await self.database.read(lambda connection: tally(connection, room, groups))
        except Unavailable as away:
            raise Away(str(away)) from away

    async def of(self, room: str, voter: str) -> list[str]:
        try:
            return await self.database.read(lambda connection: votes_of(connection, room, voter))
        except Unavailable as away:
            raise Away(str(away)) from away


class SqlChoices:
    """The Choices port on a database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def choose(self, room: str, language: str, receipt: Receipt) -> Receipt:
        choice = Choice(room, language, receipt, receipts.row_of(room, receipt, logged=False))
        try:
            return await self.database.together(choose_all, choice)
        except Unavailable as away:
            raise Away(str(away)) from away

    async def of(self, room: str, person: str) -> str | None:
        try:
            return await self.database.read(lambda connection: chosen(connection, room, person))
        except Unavailable as away:
            raise Away(str(away)) from away


# ── Votes ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def cast_all(connection: Connection, ballots: list[Ballot]) -> list[Receipt]:
    """Set or clear votes in their order, each once per command id; the receipt kept of each."""
    return [cast(connection, ballot) for ballot in ballots]


def cast(connection: Connection, ballot: Ballot) -> Receipt:
    if not receipts.keep(connection, ballot.row):
        return earlier(connection, ballot.room, ballot.receipt)
    for question in (ballot.question,) if ballot.vote else (ballot.question, *ballot.merged):
        set_vote(connection, ballot.room, question, ballot.receipt.actor, ballot.vote)
    return ballot.receipt


def earlier(connection: Connection, room: str, receipt: Receipt) -> Receipt:
    """What is kept of a command whose id was used before."""
    return receipts.kept(connection, room, [(receipt.actor, receipt.id)]) or receipt


def set_vote(connection: Connection, room: str, question: str, voter: str, vote: bool) -> None:
    """A vote is a state, not a count: set twice it is set once."""
    (SET if vote else CLEAR)(connection, {"room": room, "question": question, "voter": voter})


def tally(connection: Connection, room: str, groups: Mapping[str, str]) -> dict[str, int]:
    """Votes per question, those that are merged included; what others are merged into has each voter once."""
    counted = select(BALLOT.question, func.count()).where(BALLOT.room == room).group_by(BALLOT.question)
    votes: dict[str, int] = dict(connection.execute(counted).all())
    united: dict[str, set[str]] = {}
    for question, voter in voters(connection, room, {*groups, *groups.values()}):
        united.setdefault(groups.get(question, question), set()).add(voter)
    return votes | {root: len(whose) for root, whose in united.items()}


def voters(connection: Connection, room: str, questions: Collection[str]) -> list[tuple[str, str]]:
    """Who voted for some questions: pairs of a question and a person."""
    if not questions:
        return []
    these = asked("questions")
    cast = select(BALLOT.question, BALLOT.voter).select_from(
        these.join(tables.ballots, (BALLOT.room == bindparam("room")) & (BALLOT.question == these.c.value))
    )
    wanted = msgspec.json.encode(sorted(questions)).decode()
    return [(row.question, row.voter) for row in connection.execute(cast, {"room": room, "questions": wanted})]


def votes_of(connection: Connection, room: str, voter: str) -> list[str]:
    return sorted(connection.execute(VOTES, {"room": room, "voter": voter}).scalars())


# ── Choices ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def choose_all(connection: Connection, choices: list[Choice]) -> list[Receipt]:
    """Keep what people hear in their order, each once per command id; the receipt kept of each."""
    return [choose(connection, choice) for choice in choices]


def choose(connection: Connection, choice: Choice) -> Receipt:
    if not receipts.keep(connection, choice.row):
        return earlier(connection, choice.room, choice.receipt)
    row = {"room": choice.room, "person": choice.receipt.actor, "language": choice.language}
    CHOOSE(connection, row)
    return choice.receipt


def chosen(connection: Connection, room: str, person: str) -> str | None:
    return connection.execute(select(CHOICE.language).where(CHOICE.room == room, CHOICE.person == person)).scalar()
