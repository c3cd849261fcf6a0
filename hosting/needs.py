"""In which languages people can follow an exchange, and what its organisers decided on it. No person leaves this store:
what is counted has no name.
"""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, delete, select, update

from hosting import tables
from hosting.database import upsert
from hosting.moments import parse, show
from hosting.tables_languages import declined, needs

LANGUAGES = 20  # that one person names, at most
KEPT = timedelta(days=30)  # after the end of an exchange


class Need(msgspec.Struct, frozen=True):
    """The languages in which somebody can follow, and the sessions for which they say so; none: the whole exchange."""

    languages: tuple[str, ...]
    rooms: tuple[str, ...] = ()


# ── What people say ──────────────────────────────────────────────────────────────────────────────────────────────────


def say(connection: Connection, person: str, exchange: str, need: Need, now: datetime) -> None:
    """Take what somebody says in place of what they said before; no language: nothing is kept."""
    if not need.languages:
        connection.execute(delete(needs).where(needs.c.person == person, needs.c.exchange == exchange))
        return
    row = {"person": person, "exchange": exchange, "said_at": show(now)}
    upsert(connection, needs, {**row, "languages": list(need.languages), "rooms": list(need.rooms)})


def said(connection: Connection, person: str) -> dict[str, Need]:
    """What somebody said, by exchange."""
    found = select(needs.c.exchange, needs.c.languages, needs.c.rooms).where(needs.c.person == person)
    return {row.exchange: Need(tuple(row.languages), tuple(row.rooms)) for row in connection.execute(found)}


def of_exchange(connection: Connection, exchange: str) -> list[Need]:
    """What everybody said of an exchange, to be counted."""
    found = select(needs.c.languages, needs.c.rooms).where(needs.c.exchange == exchange).order_by(needs.c.person)
    return [Need(tuple(row.languages), tuple(row.rooms)) for row in connection.execute(found)]


def forget(connection: Connection, person: str) -> None:
    """Keep nothing of what somebody said."""
    connection.execute(delete(needs).where(needs.c.person == person))


def forget_over(connection: Connection, now: datetime) -> None:
    """Keep nothing of what was said of exchanges that have been over for a month."""
    columns = tables.exchanges.c
    over = select(columns.slug).where(columns.ends < show(now - KEPT))  # a date or a moment: both sort as they read
    connection.execute(delete(needs).where(needs.c.exchange.in_(over)))


# ── What organisers decide ───────────────────────────────────────────────────────────────────────────────────────────


def settle(connection: Connection, exchange: str, languages: list[str], threshold: int, now: datetime) -> None:
    """Set an exchange's working languages, and from how many people on a language is worth a decision."""
    columns = tables.exchanges.c
    values = {"languages": languages, "threshold": threshold, "changed_at": show(now)}
    connection.execute(update(tables.exchanges).where(columns.slug == exchange).values(**values))


def decline(connection: Connection, room: str, language: str, by: str, now: datetime) -> None:
    """Keep that a session will not be interpreted into a language, and who decided it."""
    upsert(connection, declined, {"room": room, "language": language, "by": by, "at": show(now)})


def reconsider(connection: Connection, room: str, language: str) -> None:
    """Take that back."""
    connection.execute(delete(declined).where(declined.c.room == room, declined.c.language == language))


def declinations(connection: Connection, exchange: str) -> dict[tuple[str, str], datetime]:
    """When it was declined to interpret, by session and language."""
    sessions = tables.sessions.c
    found = select(declined.c.room, declined.c.language, declined.c.at)
    found = found.join(tables.sessions, sessions.id == declined.c.room).where(sessions.exchange == exchange)
    return {(row.room, row.language): parse(row.at) for row in connection.execute(found)}
