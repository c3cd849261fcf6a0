"""Who comes into a room, read for many at once: who they are, their roles there, their votes, what they hear.

It says of each what people.find_sign_in or find_token, people.roles_in, ballots.votes_of, boxes.polls_of and
ballots.chosen say of one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

import msgspec
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, Select, Table, bindparam, false, select

from hosting import tables
from hosting.database import asked, gathered, hexed, member
from hosting.moments import parse
from hosting.people import NOBODY, RANK, Kind, Visitor
from rooms.core import Role

Given = tuple[str, str, str, str | None]  # a person's role in an exchange, or in one room of it
Pair = tuple[str, str]  # a room and a person


class Ticket(msgspec.Struct, frozen=True):
    """What a socket showed at the door: the digest of a browser's sign-in, or of a bearer token."""

    digest: bytes
    bearer: bool = False


Shown = Ticket | Visitor  # a visitor where it is known who that is: the service, or nobody


class Admission(msgspec.Struct, frozen=True):
    """Who somebody is, and what in one room. Roles: the highest first; none: not to enter."""

    visitor: Visitor
    roles: tuple[Role, ...] = ()
    votes: tuple[str, ...] = ()  # the questions they voted for and the polls they voted in, sorted
    channel: str | None = None  # what they have chosen to hear


STRANGER = Admission(NOBODY)

SIGNED_IN = msgspec.json.Decoder(list[tuple[str, str, int, str, str | None, str | None, str | None]])
GIVEN = msgspec.json.Decoder(list[Given])
PLACES = msgspec.json.Decoder(list[tuple[str, str, int]])
OWN = msgspec.json.Decoder(list[tuple[str, str, str]])


def tickets(table: Table, guest: ColumnElement[bool]) -> Select[str]:
    """Who is behind each of `digests`; a guest without a name has no row among the persons."""
    columns, persons = table.c, tables.persons.c
    called = (persons.name, persons.language, persons.zone)
    return (
        select(gathered(hexed(columns.digest), columns.expires_at, guest, columns.person, *called))
        .select_from(table.outerjoin(tables.persons, persons.id == columns.person))
        .where(columns.digest.in_(bindparam("digests", expanding=True)))
    )


def rest() -> Select[str, str, str, str, str, str]:
    """The grants of `people`, where `rooms` belong, and the votes and choices of `pairs` of a room and a person."""
    grants, sessions, exchanges = tables.grants.c, tables.sessions.c, tables.exchanges.c
    ballots, choices = tables.ballots.c, tables.choices.c
    people, rooms, pairs = asked("people"), asked("rooms"), asked("pairs")
    room, person = member(pairs, 0), member(pairs, 1)
    given = select(gathered(grants.person, grants.role, grants.exchange, grants.room))
    places = select(gathered(sessions.id, sessions.exchange, exchanges.public))
    votes = select(gathered(ballots.room, ballots.voter, ballots.question))
    heard = select(gathered(choices.room, choices.person, choices.language))
    papers = [
        select(gathered(t.c.room, t.c.voter, t.c.poll))
        .select_from(pairs.join(t, (t.c.room == room) & (t.c.voter == person)))
        .scalar_subquery()
        for t in (tables.poll_votes, tables.poll_voters)
    ]  # a row each for several choices
    return select(
        given.where(grants.person.in_(select(people.c.value))).scalar_subquery(),
        places.join(tables.exchanges, exchanges.slug == sessions.exchange)
        .where(sessions.id.in_(select(rooms.c.value)))
        .scalar_subquery(),
        votes.select_from(
            pairs.join(tables.ballots, (ballots.room == room) & (ballots.voter == person))
        ).scalar_subquery(),
        heard.select_from(
            pairs.join(tables.choices, (choices.room == room) & (choices.person == person))
        ).scalar_subquery(),
        *papers,
    )


# What every reading runs, built once. Rows come as JSON: see hosting.database.gathered.
SIGN_INS, TOKENS, REST = tickets(tables.sign_ins, tables.sign_ins.c.guest), tickets(tables.tokens, false()), rest()


def admissions(connection: Connection, asking: Collection[tuple[Shown, str]], now: datetime) -> list[Admission]:
    """The admission of each to the room they ask for, in their order; 256 at most, for a statement's parameters."""
    visitors = whose(connection, {shown for shown, _ in asking if isinstance(shown, Ticket)}, now)
    come = [(visitors.get(shown, NOBODY) if isinstance(shown, Ticket) else shown, room) for shown, room in asking]
    pairs = {(room, visitor.person) for visitor, room in come if visitor.person}
    if not pairs:
        return [STRANGER] * len(come)
    wanted = {
        "people": listed(sorted({person for _, person in pairs})),
        "rooms": listed(sorted({room for room, _ in pairs})),
        "pairs": listed(sorted(pairs)),
    }
    grants, places, votes, choices, *papers = connection.execute(REST, wanted).one()
    given: defaultdict[str, list[Given]] = defaultdict(list)
    for grant in GIVEN.decode(grants):
        given[grant[0]].append(grant)
    exchanges = {room: (exchange, bool(public)) for room, exchange, public in PLACES.decode(places)}
    voted: defaultdict[Pair, set[str]] = defaultdict(set)
    for room, person, id in (row for rows in (votes, *papers) for row in OWN.decode(rows)):
        voted[room, person].add(id)
    heard = {(room, person): language for room, person, language in OWN.decode(choices)}
    return [
        Admission(
            standing(visitor, given),
            roles(visitor, room, given.get(visitor.person, ()), exchanges),
            tuple(sorted(voted.get((room, visitor.person), ()))),
            heard.get((room, visitor.person)),
        )
        if visitor.person
        else STRANGER
        for visitor, room in come
    ]


def whose(connection: Connection, tickets: Collection[Ticket], now: datetime) -> dict[Ticket, Visitor]:
    """Who is behind each ticket, without their standing; tickets that are unknown or over are absent."""
    found: dict[Ticket, Visitor] = {}
    for statement, bearer in ((SIGN_INS, False), (TOKENS, True)):
        digests = [ticket.digest for ticket in tickets if ticket.bearer == bearer]
        if not digests:
            continue
        rows = SIGNED_IN.decode(connection.execute(statement, {"digests": digests}).scalar_one())
        for hexadecimal, expires_at, guest, person, name, language, zone in rows:
            if parse(expires_at) > now:
                digest = bytes.fromhex(hexadecimal)
                kind: Kind = "token" if bearer else "guest" if guest else "person"
                sign_in = b"" if bearer else digest
                found[Ticket(digest, bearer)] = Visitor(person, name, language, zone, kind, sign_in=sign_in)
    return found


def standing(visitor: Visitor, given: Mapping[str, Iterable[Given]]) -> Visitor:
    """A visitor with whether they organise any exchange as a whole, and whether they are expert for anything."""
    grants = given.get(visitor.person)
    if not grants or visitor.kind == "service":
        return visitor
    organises = any(role == "organiser" and room is None for _, role, _, room in grants)
    return replace(visitor, organises=organises, speaks=any(role == "expert" for _, role, _, _ in grants))


def roles(
    visitor: Visitor, room: str, grants: Iterable[Given], exchanges: Mapping[str, tuple[str, bool]]
) -> tuple[Role, ...]:
    """By grant, the highest first; without one a participant where the exchange is public."""
    if visitor.kind == "service":
        return ("organiser",)
    exchange, public = exchanges.get(room, ("", False))
    given = {role for _, role, where, only in grants if where == exchange and only in (None, room)}
    if given:
        return tuple(role for role in RANK if role in given)
    return ("participant",) if public else ()


def listed(items: list[str] | list[Pair]) -> str:
    return msgspec.json.encode(items).decode()
