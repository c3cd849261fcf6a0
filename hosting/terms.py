"""The interpreters' word list: terms in several languages, of one session or of its whole exchange.

For booths and crew alone; who may change it is for the route. Of two who change one term at once, one is told.
"""

import secrets
import unicodedata
from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from hosting import tables
from hosting.tables_languages import terms

MOST = 3_000  # terms of one exchange
LENGTH = 200  # characters of a term in one language
Words = dict[str, str]  # by language


class Full(Exception):
    """There are MOST terms already."""


class Term(msgspec.Struct, frozen=True):
    """One term. `room` None: of the whole exchange."""

    id: str
    room: str | None
    words: Words
    version: int = 1


def of(connection: Connection, room: str) -> list[Term]:
    """All terms that a session has: its own and those of its exchange, in the order in which they are read."""
    columns, sessions = terms.c, tables.sessions.c
    found = (
        select(columns.id, columns.room, columns.words, columns.version)
        .join(tables.sessions, sessions.exchange == columns.exchange)
        .where(sessions.id == room, columns.room.is_(None) | (columns.room == room))
    )
    every = [Term(*row) for row in connection.execute(found)]
    return sorted(every, key=lambda term: (alike(next(iter(term.words.values()))), term.id))


def alike(word: str) -> str:
    """A word as it is compared: without case, accents and doubled spaces."""
    bare = "".join(one for one in unicodedata.normalize("NFKD", word) if not unicodedata.combining(one))
    return " ".join(bare.casefold().split())


def find(connection: Connection, room: str, id: str) -> Term | None:
    return next((term for term in of(connection, room) if term.id == id), None)


def add(connection: Connection, room: str, words: Words, *, everywhere: bool) -> str:
    """Keep one more term; its id. `everywhere`: for all sessions of the exchange. Full."""
    [id] = insert_all(connection, room, [words], everywhere=everywhere)
    return id


def change(connection: Connection, term: Term, words: Words) -> bool:
    """Take other words for a term as it was read; False if somebody else has changed or removed it meanwhile."""
    columns = terms.c
    there = update(terms).where(columns.id == term.id, columns.version == term.version)
    return connection.execute(there.values(words=words, version=columns.version + 1)).rowcount == 1


def remove(connection: Connection, id: str) -> None:
    connection.execute(delete(terms).where(terms.c.id == id))


def take_in(connection: Connection, room: str, lines: Iterable[Words], *, everywhere: bool) -> tuple[int, int]:
    """Keep a list: how many terms are new, how many were there and have changed. Full.

    A line whose first word is there already, in its language and for the same sessions, adds to that term, so that a
    list can be taken in again.
    """
    there = {term.id: term for term in of(connection, room) if (term.room is None) == everywhere}
    ids = {(language, alike(word)): id for id, term in there.items() for language, word in term.words.items()}
    new: dict[tuple[str, str], Words] = {}
    more: dict[str, Words] = {}
    for words in lines:
        key = next((language, alike(word)) for language, word in words.items())
        if key in ids:
            more[ids[key]] = more.get(ids[key], there[ids[key]].words) | words
        else:
            new[key] = new.get(key, {}) | words
    changed = {id: words for id, words in more.items() if words != there[id].words}
    for id, words in changed.items():
        change(connection, there[id], words)
    insert_all(connection, room, new.values(), everywhere=everywhere)
    return len(new), len(changed)


def insert_all(connection: Connection, room: str, lines: Iterable[Words], *, everywhere: bool) -> list[str]:
    exchange = connection.execute(select(tables.sessions.c.exchange).where(tables.sessions.c.id == room)).scalar_one()
    of_it = select(func.count()).select_from(terms).where(terms.c.exchange == exchange)
    rows = [
        {"id": secrets.token_urlsafe(9), "exchange": exchange, "room": None if everywhere else room, "words": words}
        for words in lines
    ]
    if connection.execute(of_it).scalar_one() + len(rows) > MOST:
        raise Full
    if rows:
        connection.execute(insert(terms), rows)
    return [str(row["id"]) for row in rows]
