"""What a grant covers: the contributions for which somebody is expert, the channels for which interpreters are booked,
the pages of work, and where it begins.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import Connection, Select, or_, select

from hosting import people, tables
from hosting.programme import Session

Door = tuple[str, str | None]  # the page of a room, and the language of a booth


class Booked(msgspec.Struct, frozen=True):
    """Somebody who is to interpret into a channel of a session."""

    grant: str
    person: str
    name: str


class Known(msgspec.Struct, frozen=True):
    """Somebody who is an interpreter of an exchange, to be chosen."""

    person: str
    name: str
    email: str | None


def slots(person: str) -> Select[str]:
    """The contributions of every grant as expert: for the whole exchange, a room, or one of them alone."""
    grants, sessions, parts = tables.grants.c, tables.sessions.c, tables.contributions.c
    whole = grants.contribution.is_(None) & or_(grants.room.is_(None), grants.room == sessions.id)
    return (
        select(parts.id)
        .join(tables.sessions, sessions.id == parts.session)
        .join(tables.grants, grants.exchange == sessions.exchange)
        .where(grants.person == person, grants.role == "expert", or_(whole, grants.contribution == parts.id))
        .distinct()
    )


def expert_slots(connection: Connection, person: str, room: str) -> frozenset[str]:
    """The contributions of a room for which a person is expert."""
    found = slots(person).where(tables.contributions.c.session == room)
    return frozenset(connection.execute(found).scalars())


def expert_contributions(connection: Connection, person: str) -> list[str]:
    """Every contribution for which a person is expert, by the time of its session and its place there."""
    sessions, parts = tables.sessions.c, tables.contributions.c
    ordered = slots(person).add_columns(sessions.starts, parts.place).order_by(sessions.starts, parts.place, parts.id)
    return list(connection.execute(ordered).scalars())


def throughout(connection: Connection, person: str, exchange: str) -> set[str]:
    """What a person is in all rooms of an exchange."""
    columns = tables.grants.c
    whole = (columns.room.is_(None), columns.contribution.is_(None))
    found = select(columns.role).where(columns.person == person, columns.exchange == exchange, *whole)
    return set(connection.execute(found).scalars())


def landing(
    role: str, exchange: str, room: str | None, contribution: str | None = None, language: str | None = None
) -> str:
    """The page where the work of a new grant begins: an expert's desk, a captioner's page, a booth, the room, the
    programme.
    """
    if role == "expert":
        return f"/desk/{contribution}" if contribution else "/desk"
    if room and language:
        return f"/rooms/{room}/booth/{language}"
    if role == "captioner" and room:
        return f"/rooms/{room}/captions"
    return f"/rooms/{room}" if room else f"/exchanges/{exchange}"


def doors(connection: Connection, person: str, sessions: Iterable[Session]) -> dict[str, list[Door]]:
    """The pages on which a person works, by session: to moderate any; of those not over, to caption and interpret."""
    columns = tables.grants.c
    wanted = columns.role.in_(("organiser", "moderator", "captioner", "interpreter"))
    found = select(columns.role, columns.language, columns.exchange, columns.room)
    given = {tuple(row) for row in connection.execute(found.where(columns.person == person, wanted))}
    own: dict[str, list[Door]] = {}
    for session in sessions:
        here = [row for row in given if row[2] == session.exchange and row[3] in (None, session.id)]
        roles = {role for role, *_ in here}
        own[session.id] = [("moderate", None)] if roles & {"organiser", "moderator"} else []
        if session.state == "closed":
            continue
        if "captioner" in roles:
            own[session.id].append(("captions", None))
        if "interpreter" in roles:
            states = session.heard or dict.fromkeys(session.channels, "silent")
            booked = {tag for role, tag, *_ in here if role == "interpreter"}
            tags = [tag for tag, state in states.items() if state != "closed"]
            mine = [tag for tag in tags if tag in booked] if None not in booked else []
            own[session.id] += [(f"booth/{tag}", tag) for tag in mine or tags]
    return own


# ── Booths ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def booked(connection: Connection, exchange: str) -> dict[tuple[str, str], list[Booked]]:
    """Who is booked, by session and channel, in the order in which that was done."""
    columns, persons = tables.grants.c, tables.persons.c
    found = select(columns.room, columns.language, columns.id, columns.person, persons.name)
    found = found.join(tables.persons, persons.id == columns.person).order_by(columns.created_at, columns.id)
    whose = (columns.exchange == exchange, columns.role == "interpreter", columns.room.is_not(None))
    by_channel: dict[tuple[str, str], list[Booked]] = {}
    for row in connection.execute(found.where(*whose, columns.language.is_not(None))):
        by_channel.setdefault((row.room, row.language), []).append(Booked(row.id, row.person, row.name))
    return by_channel


def interpreters(connection: Connection, exchange: str) -> list[Known]:
    """The interpreters of an exchange or of one of its rooms, by name; of one name there may be several."""
    columns, persons = tables.grants.c, tables.persons.c
    found = select(persons.id, persons.name, persons.email).join(tables.grants, columns.person == persons.id).distinct()
    found = found.where(columns.exchange == exchange, columns.role == "interpreter").order_by(
        persons.name, persons.email, persons.id
    )
    return [Known(row.id, row.name, row.email) for row in connection.execute(found)]


def book(connection: Connection, person: str, exchange: str, room: str, language: str, now: datetime) -> bool:
    """Have somebody interpret into a channel of a session; False if they are booked for it already."""
    already = booked(connection, exchange).get((room, language), [])
    if person in [each.person for each in already]:
        return False
    people.grant(connection, person, "interpreter", exchange, room, now, language=language)
    return True
