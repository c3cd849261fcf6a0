"""People: persons, grants, sign-in links, signed-in browsers, tokens. The one store that holds names and e-mail.

Tokens are random, 256 bits, and kept only as their SHA-256.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Literal, get_args

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, or_, select, update

from hosting import tables
from hosting.database import asked, insert_or_ignore
from hosting.moments import parse, show
from rooms.core import Role

Kind = Literal["guest", "person", "token", "service", "nobody", "unknown"]
SIGN_IN_LINK = timedelta(days=7)
SIGN_IN = timedelta(days=30)
RANK: tuple[Role, ...] = ("organiser", "moderator", "captioner", "interpreter", "expert", "participant")
ROLES = tuple(role for role in get_args(Role) if role != "system")


class Visitor(msgspec.Struct, frozen=True):
    """Who is behind a request or socket. A nameless guest has an id but no row; `nobody` has neither."""

    person: str = ""
    name: str | None = None
    language: str | None = None
    zone: str | None = None
    kind: Kind = "nobody"
    organises: bool = False  # some exchange as a whole
    speaks: bool = False  # is expert for something
    sign_in: bytes = b""  # the digest of the browser's sign-in

    @property
    def signed_in(self) -> bool:
        return self.kind in ("person", "token", "service")


NOBODY = Visitor()
UNKNOWN = Visitor(kind="unknown")  # who it is cannot be looked up now: to be asked to come again
SERVICE = Visitor("service", "Service", kind="service", organises=True)


class Grant(msgspec.Struct, frozen=True):
    """A role for all rooms of an exchange, one, one contribution or channel; with the person's name and e-mail."""

    id: str
    person: str
    name: str
    role: Role
    exchange: str
    room: str | None
    email: str | None = None
    contribution: str | None = None
    language: str | None = None


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def new_token() -> str:
    return secrets.token_urlsafe(32)


# ── Persons ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def create_person(
    connection: Connection,
    name: str,
    now: datetime,
    email: str | None = None,
    language: str | None = None,
    kind: str = "person",
    id: str | None = None,
) -> str:
    """Make a person; returns the random id."""
    person = id or secrets.token_urlsafe(9)
    row = {
        "id": person,
        "name": name,
        "email": email,
        "language": language,
        "kind": kind,
        "created_at": show(now),
    }
    connection.execute(insert(tables.persons), row)
    return person


def name_guest(connection: Connection, person: str, name: str, language: str | None, now: datetime) -> None:
    """Give a guest a name: from here on the person exists."""
    row: dict[str, object] = {
        "id": person,
        "name": name,
        "language": language,
        "kind": "guest",
        "created_at": show(now),
    }
    if not insert_or_ignore(connection, tables.persons, row):
        change(connection, person, name, language, None)


def change(connection: Connection, person: str, name: str, language: str | None, zone: str | None) -> None:
    """Change how a person is called and spoken to; None leaves language or zone as it is."""
    values: dict[str, object] = {"name": name}
    values |= {key: value for key, value in (("language", language), ("zone", zone)) if value is not None}
    connection.execute(update(tables.persons).where(tables.persons.c.id == person).values(**values))


def by_email(connection: Connection, email: str) -> str | None:
    """The person of an e-mail address, whatever the case of its letters."""
    columns = tables.persons.c
    found = select(columns.id).where(func.lower(columns.email) == email.lower(), columns.kind == "person")
    return connection.execute(found.order_by(columns.created_at)).scalars().first()


def called(connection: Connection, person: str) -> tuple[str | None, str | None]:
    """A person's name and language; None for what is not known."""
    columns = tables.persons.c
    row = connection.execute(select(columns.name, columns.language).where(columns.id == person)).first()
    return (row.name, row.language) if row else (None, None)


def is_somebody(connection: Connection, person: str) -> bool:
    """Whether an id is a person's, or a guest's who has no name."""
    persons, sign_ins = tables.persons.c, tables.sign_ins.c
    known = or_(exists().where(persons.id == person), exists().where(sign_ins.person == person))
    return bool(connection.execute(select(known)).scalar())


def names(connection: Connection, persons: list[str]) -> dict[str, str]:
    """Names by id; unknown ids are absent."""
    columns, wanted = tables.persons.c, asked("persons")
    found = select(columns.id, columns.name).where(columns.id.in_(select(wanted.c.value)))
    return {row.id: row.name for row in connection.execute(found, {"persons": msgspec.json.encode(persons).decode()})}


def demo_person(connection: Connection, name: str, role: Role, exchange: str, now: datetime) -> str:
    """The demo's person of that name and role, made on first use, with a grant for the whole exchange."""
    persons, grants = tables.persons.c, tables.grants.c
    found = connection.execute(
        select(persons.id)
        .join(tables.grants, grants.person == persons.id)
        .where(persons.kind == "demo", persons.name == name, grants.role == role, grants.exchange == exchange)
    ).scalar()
    if found:
        return str(found)
    person = create_person(connection, name, now, kind="demo")
    grant(connection, person, role, exchange, None, now)
    return person


# ── Grants ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def grant(
    connection: Connection,
    person: str,
    role: Role,
    exchange: str,
    room: str | None,
    now: datetime,
    *,
    contribution: str | None = None,
    language: str | None = None,
) -> str:
    """Give a person a role in an exchange, in a room of it, or for a contribution or channel there; the grant's id."""
    id = secrets.token_urlsafe(9)
    row = {"id": id, "person": person, "role": role, "exchange": exchange, "room": room, "created_at": show(now)}
    row["language"] = language
    if contribution:
        of = select(tables.contributions.c.session).where(tables.contributions.c.id == contribution)
        row |= {"contribution": contribution, "room": connection.execute(of).scalar_one()}
    connection.execute(insert(tables.grants), row)
    return id


def revoke(connection: Connection, grant: str) -> str | None:
    """Take a grant back; returns the person's id, None if there was no such grant."""
    columns = tables.grants.c
    person = connection.execute(select(columns.person).where(columns.id == grant)).scalar()
    connection.execute(delete(tables.grants).where(columns.id == grant))
    return person


def last_organiser(connection: Connection, grant: Grant) -> bool:
    """Whether nobody would organise the exchange without this grant."""
    columns = tables.grants.c
    whole = (columns.exchange == grant.exchange, columns.role == "organiser", columns.room.is_(None))
    others = select(columns.id).where(*whole, columns.id != grant.id)
    return grant.role == "organiser" and grant.room is None and not connection.execute(others).first()


def grants(connection: Connection, exchange: str) -> list[Grant]:
    """All grants of an exchange, by name."""
    columns, persons = tables.grants.c, tables.persons.c
    rows = connection.execute(
        select(
            *(columns.id, columns.person, persons.name, columns.role, columns.exchange, columns.room),
            *(persons.email, columns.contribution, columns.language),
        )
        .join(tables.persons, persons.id == columns.person)
        .where(columns.exchange == exchange)
        .order_by(persons.name, columns.id)
    )
    return [Grant(*row) for row in rows]


def roles_in(connection: Connection, person: str, room: str) -> tuple[Role, ...]:
    """The roles a person was given for a room, the highest first."""
    columns, sessions = tables.grants.c, tables.sessions.c
    given = set(
        connection.execute(
            select(columns.role)
            .join(tables.sessions, sessions.exchange == columns.exchange)
            .where(columns.person == person, sessions.id == room, (columns.room.is_(None)) | (columns.room == room))
        ).scalars()
    )
    return tuple(role for role in RANK if role in given)


def standing(person: ColumnElement[str]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Whether a person organises any exchange as a whole, and whether they are expert for anything."""
    columns = tables.grants.c
    whole = exists().where(columns.person == person, columns.role == "organiser", columns.room.is_(None))
    return whole.label("organises"), exists().where(columns.person == person, columns.role == "expert").label("speaks")


def organises(connection: Connection, person: str) -> list[str]:
    """The exchanges that a person organises as a whole."""
    columns = tables.grants.c
    found = select(columns.exchange).where(
        columns.person == person, columns.role == "organiser", columns.room.is_(None)
    )
    return sorted(set(connection.execute(found).scalars()))


def exchanges_of(connection: Connection, person: str) -> set[str]:
    """Every exchange in which a person has a role."""
    columns = tables.grants.c
    return set(connection.execute(select(columns.exchange).where(columns.person == person)).scalars())


# ── Signing in ───────────────────────────────────────────────────────────────────────────────────────────────────────


def sign_in_link(connection: Connection, person: str, now: datetime, next: str | None = None) -> str:
    """A token that signs a person in once within seven days."""
    token = new_token()
    row = {
        "digest": digest(token),
        "person": person,
        "next": next,
        "created_at": show(now),
        "expires_at": show(now + SIGN_IN_LINK),
    }
    connection.execute(insert(tables.sign_in_links), row)
    return token


def drop_links(connection: Connection, person: str) -> None:
    """Make a person's unused links useless."""
    links = tables.sign_in_links
    connection.execute(delete(links).where(links.c.person == person, links.c.used_at.is_(None)))


def link_holder(connection: Connection, token: str, now: datetime) -> str | None:
    """The name of whom an unused link would sign in; looking does not use it."""
    links, persons = tables.sign_in_links.c, tables.persons.c
    return connection.execute(
        select(persons.name)
        .join(tables.sign_in_links, links.person == persons.id)
        .where(links.digest == digest(token), links.used_at.is_(None), links.expires_at > show(now))
    ).scalar()


def redeem(connection: Connection, token: str, now: datetime) -> tuple[str, str | None] | None:
    """Use a link: the token of the new sign-in and where to go; None if it is used, late or unknown."""
    links = tables.sign_in_links
    used = connection.execute(
        update(links)
        .where(links.c.digest == digest(token), links.c.used_at.is_(None), links.c.expires_at > show(now))
        .values(used_at=show(now))
    )
    if used.rowcount != 1:
        return None
    row = connection.execute(select(links.c.person, links.c.next).where(links.c.digest == digest(token))).one()
    return open_sign_in(connection, row.person, now), row.next


def open_sign_in(connection: Connection, person: str, now: datetime, *, guest: bool = False) -> str:
    """Sign a browser in; returns the token for its cookie."""
    token = new_token()
    row = {
        "digest": digest(token),
        "person": person,
        "guest": guest,
        "created_at": show(now),
        "expires_at": show(now + SIGN_IN),
    }
    connection.execute(insert(tables.sign_ins), row)
    return token


def open_guest(connection: Connection, now: datetime) -> tuple[str, Visitor]:
    """A guest's sign-in: an id, and no name yet."""
    person = secrets.token_urlsafe(9)
    token = open_sign_in(connection, person, now, guest=True)
    return token, Visitor(person, kind="guest", sign_in=digest(token))


def find_sign_in(connection: Connection, token: str, now: datetime) -> Visitor:
    """Who a cookie belongs to; NOBODY if it is over or unknown."""
    sign_ins, persons = tables.sign_ins.c, tables.persons.c
    row = connection.execute(
        select(
            *(sign_ins.person, sign_ins.guest, sign_ins.expires_at, persons.name, persons.language, persons.zone),
            *standing(sign_ins.person),
        )
        .select_from(tables.sign_ins.outerjoin(tables.persons, persons.id == sign_ins.person))
        .where(sign_ins.digest == digest(token))
    ).first()
    if row is None or parse(row.expires_at) <= now:
        return NOBODY
    kind: Kind = "guest" if row.guest else "person"
    return Visitor(row.person, row.name, row.language, row.zone, kind, row.organises, row.speaks, digest(token))


def valid_tickets(connection: Connection, digests: set[bytes], now: datetime) -> set[bytes]:
    """Which of these sign-ins and tokens are neither closed nor over."""
    asked, found = sorted(digests), set[bytes]()
    for start in range(0, len(asked), 500):  # parameters of one statement are limited
        for columns in (tables.sign_ins.c, tables.tokens.c):
            some = columns.digest.in_(asked[start : start + 500]), columns.expires_at > show(now)
            found |= set(connection.execute(select(columns.digest).where(*some)).scalars())
    return found


def close_sign_in(connection: Connection, sign_in: bytes) -> None:
    """Sign one browser out, by the digest of its sign-in."""
    connection.execute(delete(tables.sign_ins).where(tables.sign_ins.c.digest == sign_in))


def close_all_sign_ins(connection: Connection, person: str) -> None:
    """Sign a person out everywhere, and make links and tokens useless."""
    for table in (tables.sign_ins, tables.sign_in_links, tables.tokens):
        connection.execute(delete(table).where(table.c.person == person))


def forget_expired(connection: Connection, now: datetime) -> None:
    """Delete sign-ins, links and tokens that are over."""
    for table in (tables.sign_ins, tables.sign_in_links, tables.tokens):
        connection.execute(delete(table).where(table.c.expires_at <= show(now)))


def api_token(connection: Connection, person: str, days: int, now: datetime) -> str:
    """A bearer token for programs that act as this person."""
    token = new_token()
    row = {
        "digest": digest(token),
        "person": person,
        "created_at": show(now),
        "expires_at": show(now + timedelta(days=days)),
    }
    connection.execute(insert(tables.tokens), row)
    return token


def find_token(connection: Connection, token: str, now: datetime) -> Visitor:
    """Who a bearer token stands for; NOBODY if it is over or unknown."""
    tokens, persons = tables.tokens.c, tables.persons.c
    row = connection.execute(
        select(
            *(persons.id, persons.name, persons.language, persons.zone, tokens.expires_at),
            *standing(persons.id),
        )
        .join(tables.persons, persons.id == tokens.person)
        .where(tokens.digest == digest(token))
    ).first()
    if row is None or parse(row.expires_at) <= now:
        return NOBODY
    return Visitor(row.id, row.name, row.language, row.zone, "token", row.organises, row.speaks)


def as_role(text: str) -> Role:
    """A role by its name; msgspec.ValidationError for another word."""
    role: Role = msgspec.convert(text, Role)
    return role
