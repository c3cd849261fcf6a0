"""What a grant covers: the contributions for which somebody is expert, the pages of work, and where it begins."""

from collections.abc import Iterable

from sqlalchemy import Connection, Select, or_, select

from hosting import tables
from hosting.programme import Session

Door = tuple[str, str | None]  # the page of a room, and the language of a booth


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


def landing(role: str, exchange: str, room: str | None, contribution: str | None = None) -> str:
    """The page where the work of a new grant begins: an expert's desk, a captioner's page, the room, the programme."""
    if role == "expert":
        return f"/desk/{contribution}" if contribution else "/desk"
    if role == "captioner" and room:
        return f"/rooms/{room}/captions"
    return f"/rooms/{room}" if room else f"/exchanges/{exchange}"


def doors(connection: Connection, person: str, sessions: Iterable[Session]) -> dict[str, list[Door]]:
    """The pages on which a person works, by session: to moderate any; of those not over, to caption and interpret."""
    columns = tables.grants.c
    wanted = columns.role.in_(("organiser", "moderator", "captioner", "interpreter"))
    found = select(columns.role, columns.exchange, columns.room).where(columns.person == person, wanted)
    given = {tuple(row) for row in connection.execute(found)}
    own: dict[str, list[Door]] = {}
    for session in sessions:
        roles = {role for role, exchange, room in given if exchange == session.exchange and room in (None, session.id)}
        own[session.id] = [("moderate", None)] if roles & {"organiser", "moderator"} else []
        if session.state == "closed":
            continue
        if "captioner" in roles:
            own[session.id].append(("captions", None))
        if "interpreter" in roles:
            states = session.heard or dict.fromkeys(session.channels, "silent")
            own[session.id] += [(f"booth/{tag}", tag) for tag, state in states.items() if state != "closed"]
    return own
