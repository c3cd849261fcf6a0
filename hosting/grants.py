"""What a grant covers: the contributions for which somebody is expert, and where work with it begins."""

from sqlalchemy import Connection, Select, or_, select

from hosting import tables


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
    """The page where the work of a new grant begins: an expert's desk, else the room or the programme."""
    if role == "expert":
        return f"/desk/{contribution}" if contribution else "/desk"
    return f"/rooms/{room}" if room else f"/exchanges/{exchange}"
