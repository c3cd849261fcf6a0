"""Who is due in two rooms at once, as these now run: experts with a contribution to come, interpreters of a room.

Read from columns and without folding a log; what follows from them is arithmetic, and pure. A closed room holds nobody.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Literal

import msgspec
from sqlalchemy import Connection, and_, func, or_, select

from hosting import tables
from hosting.moments import parse, show

Kind = Literal["expert", "interpreter"]
Item = dict[str, object]
OVER = ("done", "declined", "no_show")  # contributions that hold nobody any more
SLACK = timedelta(minutes=1)  # what ends some seconds late keeps nobody from anything
AFTER = timedelta(days=1)  # how long after the last session of an exchange others are looked at
SESSIONS = 1_000  # that are looked at together, the earliest first
MOST = 1_000  # conflicts that are told, the earliest first


class Sitting(msgspec.Struct, frozen=True):
    """A session as it now runs; `starts` and `ends` as expected."""

    room: str
    exchange: str
    public: bool
    titles: dict[str, str]
    live: bool
    starts: datetime
    ends: datetime


class Due(msgspec.Struct, frozen=True):
    """Somebody who is needed in a room from a time on. `said`: the name in the programme, if it has one."""

    who: str
    name: str
    said: str
    kind: Kind
    room: str
    starts: datetime


class Conflict(msgspec.Struct, frozen=True):
    """Somebody is expected in `later` before `earlier` is expected to end; times are when each room needs them."""

    id: str
    person: str
    said: str
    kind: Kind
    earlier: Sitting
    since: datetime
    later: Sitting
    starts: datetime

    @property
    def rooms(self) -> tuple[str, str]:
        return self.earlier.room, self.later.room

    @property
    def minutes(self) -> int:
        return (self.earlier.ends - self.starts) // timedelta(minutes=1)


# ── What clashes ─────────────────────────────────────────────────────────────────────────────────────────────────────


def conflicts(sittings: Mapping[str, Sitting], dues: Iterable[Due]) -> tuple[Conflict, ...]:
    """Every two rooms in which somebody is due at once, by the time at which that begins."""
    found, place = [], {room: number for number, room in enumerate(sittings)}  # as planned, where times are the same
    for _, group in groupby(sorted(dues, key=lambda due: (due.who, due.starts, place[due.room])), lambda due: due.who):
        first: dict[str, Due] = {}
        for due in group:
            first.setdefault(due.room, due)
        needed = list(first.values())
        for after, one in enumerate(needed, 1):
            until = sittings[one.room].ends
            for other in needed[after:]:
                if until - other.starts < SLACK:  # nor do those that come after it
                    break
                found.append(between(one, other, sittings))
    told = {(each.person, *each.rooms): each for each in found}  # named by the programme, and holding a grant
    return tuple(sorted(told.values(), key=lambda each: (each.starts, each.id))[:MOST])


def between(one: Due, other: Due, sittings: Mapping[str, Sitting]) -> Conflict:
    named = f"{one.who} {sorted((one.room, other.room))}"  # the same, whichever begins first
    id = hashlib.blake2b(named.encode(), digest_size=9).hexdigest()
    name = other.said if other.said and one.said == other.said else other.name
    earlier, later = sittings[one.room], sittings[other.room]
    return Conflict(id, name, other.said, other.kind, earlier, one.starts, later, other.starts)


def item(conflict: Conflict, room: str) -> Item:
    """A conflict as booth and crew of one of its rooms see it: that room is `here`."""
    sides = (conflict.earlier, conflict.since), (conflict.later, conflict.starts)
    here, there = sides if conflict.earlier.room == room else sides[::-1]
    other = side(*there) if known(there[0], here[0].exchange) else {**side(*there), "room": None, "titles": {}}
    facts: Item = {"person": conflict.person, "kind": conflict.kind, "minutes": conflict.minutes}
    return {**facts, "here": side(*here), "there": other}


def side(sitting: Sitting, needed: datetime) -> Item:
    return {"room": sitting.room, "titles": sitting.titles, "starts": needed, "ends": sitting.ends}


def known(sitting: Sitting, exchange: str) -> bool:
    """Whether people of an exchange may know of a session: it is one of theirs, or everybody may enter."""
    return sitting.public or sitting.exchange == exchange


def awaited(found: Iterable[Conflict], room: str) -> list[Conflict]:
    """What everybody in the lobby of a room may know: who is still in another, which is open."""
    return [
        each
        for each in found
        if each.later.room == room and each.earlier.live and known(each.earlier, each.later.exchange)
    ]


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def find(
    connection: Connection, now: datetime, rooms: Iterable[str] = (), exchanges: Iterable[str] = ()
) -> tuple[Conflict, ...]:
    """Who is due in two rooms at once, of all sessions until a day after the exchanges named, or those of some rooms.

    Those of other exchanges at the same time are among them. Minutes are whole, so that times do not change between.
    """
    now = now.replace(second=0, microsecond=0)
    sittings, slots = sessions(connection, now, rooms, exchanges)
    return conflicts(sittings, [*experts(connection, sittings, slots), *interpreters(connection, sittings)])


def sessions(
    connection: Connection, now: datetime, among: Iterable[str], exchanges: Iterable[str]
) -> tuple[dict[str, Sitting], dict[str, dict[str, datetime]]]:
    """The sessions that are not over, and when each contribution to come is expected in them."""
    columns, rooms, of = tables.sessions.c, tables.rooms.c, tables.exchanges.c
    own = select(columns.exchange).where(columns.id.in_(list(among)))
    last = select(func.max(columns.ends)).where(or_(columns.exchange.in_(own), columns.exchange.in_(list(exchanges))))
    until = connection.execute(last).scalar()
    if until is None:
        return {}, {}
    live = rooms.state.in_(("open", "paused"))
    planned = and_(rooms.state == "planned", columns.ends > show(now), columns.starts < show(parse(until) + AFTER))
    query = (
        select(
            *(columns.id, columns.exchange, of.public, columns.title, columns.starts, columns.ends),
            *(rooms.state, rooms.expected_ends, rooms.now_ends, rooms.slots),
        )
        .join(tables.rooms, rooms.id == columns.id)
        .join(tables.exchanges, of.slug == columns.exchange)
        .where(or_(live, planned))
        .order_by(columns.starts, columns.id)
        .limit(SESSIONS)
    )
    sittings: dict[str, Sitting] = {}
    slots: dict[str, dict[str, datetime]] = {}
    for row in connection.execute(query):
        starts, ends, open = parse(row.starts), parse(row.ends), row.state != "planned"
        expected = parse(row.expected_ends) if row.expected_ends else ends
        awaits = parse(row.now_ends) if open and row.now_ends else now if open else starts
        late = max(now - awaits, timedelta())  # all that has not begun is later by as much
        begins = starts if open else starts + late
        over = (expected if open else ends) + late
        sittings[row.id] = Sitting(row.id, row.exchange, row.public, row.title, open, begins, over)
        slots[row.id] = {}
        for id, (state, _, *times) in (row.slots or {}).items():
            if state not in OVER:
                due = parse(times[0]) if times else starts
                slots[row.id][id] = due + late if due >= awaits else due
    return sittings, slots


def experts(
    connection: Connection, sittings: Mapping[str, Sitting], slots: Mapping[str, Mapping[str, datetime]]
) -> Iterator[Due]:
    """Whose contributions are to come: whom the programme names, and who holds a grant for them.

    A grant for an exchange or a room is for what names its person there; one for a room in which nothing does, for
    everything in it; one for a contribution is for that.
    """
    parts, grants, persons = tables.contributions.c, tables.grants.c, tables.persons.c
    by_room: dict[str, list[str]] = {}
    by_name: dict[tuple[str | None, str], list[str]] = {}  # within an exchange, or a room
    said: dict[str, str] = {}
    found = select(parts.id, parts.session, parts.expert).where(parts.session.in_(list(sittings))).order_by(parts.place)
    for id, room, expert in connection.execute(found):
        if id in slots[room]:
            said[id], name = " ".join(expert["name"].split()), plain(expert["name"])
            by_room.setdefault(room, []).append(id)
            for place in (room, sittings[room].exchange):
                by_name.setdefault((place, name), []).append(id)
            yield Due(f"{name}, {plain(expert['city'])}", said[id], said[id], "expert", room, slots[room][id])
    home = {id: room for room, ids in by_room.items() for id in ids}
    given = (
        select(grants.person, persons.name, grants.exchange, grants.room, grants.contribution)
        .join(tables.persons, persons.id == grants.person)
        .where(grants.role == "expert", grants.exchange.in_({each.exchange for each in sittings.values()}))
    )
    for person, name, exchange, room, contribution in connection.execute(given):
        own = [contribution] if contribution else by_name.get((room or exchange, plain(name))) or by_room.get(room, [])
        for id in own:
            if id in home:
                yield Due(person, name, said[id], "expert", home[id], slots[home[id]][id])


def plain(text: str) -> str:
    return " ".join(text.casefold().split())


def interpreters(connection: Connection, sittings: Mapping[str, Sitting]) -> Iterator[Due]:
    """Who interprets in a room, for as long as its session lasts; whoever does in a whole exchange is due nowhere."""
    grants, persons = tables.grants.c, tables.persons.c
    given = (
        select(grants.person, persons.name, grants.room)
        .join(tables.persons, persons.id == grants.person)
        .where(grants.role == "interpreter", grants.room.in_(list(sittings)))
    )
    for person, name, room in connection.execute(given):
        yield Due(person, name, "", "interpreter", room, sittings[room].starts)
