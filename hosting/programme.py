"""The programme as pages and calendars need it: series, exchanges, topics, sessions with their room's state."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, func, select, update

from hosting import tables
from hosting.moments import parse, show
from rooms.core import Elsewhere

Texts = dict[str, str]


class Series(msgspec.Struct, frozen=True):
    slug: str
    title: Texts
    subtitle: Texts
    starts: date
    ends: date
    zone: str
    working_language: str
    facts: dict[str, Texts]


class Exchange(msgspec.Struct, frozen=True):
    """One dated entry. `starts` and `ends` are moments, or dates where the time is open; `ends` is inclusive then."""

    slug: str
    series: str
    kind: str
    title: Texts
    subtitle: Texts
    description: Texts
    target_group: Texts
    starts: datetime | str
    ends: datetime | str
    zone: str
    time_known: bool
    languages: list[str]
    regions: list[str]
    title_regions: list[str]
    part: int | None
    parts: int | None
    part_of: str | None
    public: bool
    threshold: int

    @property
    def first_day(self) -> date:
        return day_of(self.starts, self.zone)

    @property
    def last_day(self) -> date:
        return day_of(self.ends, self.zone)


def day_of(when: datetime | str, zone: str) -> date:
    return when.astimezone(ZoneInfo(zone)).date() if isinstance(when, datetime) else date.fromisoformat(when)


class Topic(msgspec.Struct, frozen=True):
    id: str
    short: Texts
    title: Texts


class Expert(msgspec.Struct, frozen=True):
    name: str
    city: str
    role: Texts = {}
    country: str = ""
    region: str = ""


class Contribution(msgspec.Struct, frozen=True):
    """A slot of a session; `key` is its name in the programme's file."""

    id: str
    key: str
    session: str
    title: Texts
    abstract: Texts
    expert: Expert
    language: str
    minutes: int


class FollowUp(msgspec.Struct, frozen=True):
    """An idea for later, in a month that is not a date yet."""

    key: str
    title: Texts
    month: str


class Origin(msgspec.Struct, frozen=True):
    """A session from which questions were put off to a follow-up: how many that everybody saw."""

    session: str
    title: Texts
    released: bool
    number: int


class Session(msgspec.Struct, frozen=True):
    """A session and the state of its room; `key` is its name in the programme's file."""

    id: str
    key: str
    exchange: str
    topic: str | None
    title: Texts
    abstract: Texts
    starts: datetime
    ends: datetime
    zone: str
    languages: list[str]
    channels: list[str]
    regions: list[str]
    sample: bool
    stream: str | None
    delay: float
    sequence: int
    changed_at: datetime
    state: str
    opened_at: datetime | None
    closed_at: datetime | None
    expected_ends: datetime | None
    now: Texts | None
    now_ends: datetime | None
    overrun: int  # minutes, in steps
    moved: int
    moved_at: datetime | None
    floor: str | None  # what is spoken
    heard: dict[str, str]  # the state of each channel, by language
    slots: dict[str, tuple[str, str]]  # the state and the material of each contribution, by id
    released_at: datetime | None  # since when the archive is everybody's
    contributions: list[Contribution] = []

    @property
    def live(self) -> bool:
        return self.state in ("open", "paused")

    @property
    def released(self) -> bool:
        """Whether everybody who may enter has the archive; not while the room is open again."""
        return self.state == "closed" and self.released_at is not None

    @property
    def silent(self) -> list[str]:
        """Open channels of which nobody makes anything, though another language is spoken."""
        return [tag for tag, state in self.heard.items() if state == "silent" and tag != self.floor]

    def awaiting(self, *materials: str) -> list[Contribution]:
        """Contributions to come whose slides are in one of these states."""
        return [
            slot
            for slot in self.contributions
            for state, material in [self.slots.get(slot.id, ("invited", "none"))]
            if state not in ("done", "declined", "no_show", "on_air") and material in materials
        ]

    @property
    def missing(self) -> list[Contribution]:
        """Contributions to come that have no slides, or none that can stay as they are."""
        return self.awaiting("none", "needs_changes")

    @property
    def to_review(self) -> list[Contribution]:
        return self.awaiting("submitted")

    @property
    def until(self) -> datetime:
        """When it ends, for calendars: as planned, or later by an overrun."""
        return self.ends + timedelta(minutes=self.overrun)

    def expected(self, now: datetime) -> datetime:
        """When a live session will end: as its agenda says, and later by what now runs over; a closed one has ended."""
        over = max(now - self.now_ends, timedelta()) if self.now_ends else timedelta()
        return self.ends if self.state == "planned" else (self.expected_ends or self.ends) + over

    def late(self, now: datetime) -> int:
        """Minutes by which a live session will end after its time."""
        return max(0, (self.expected(now) - self.ends) // timedelta(minutes=1)) if self.live else 0

    def overdue(self, now: datetime) -> int:
        """Minutes since a session should have begun whose room is not open yet, for as long as it was to last."""
        due = self.state == "planned" and self.starts < now < self.ends
        return (now - self.starts) // timedelta(minutes=1) if due else 0


MOMENTS = (
    *("starts", "ends", "opened_at", "closed_at", "expected_ends", "now_ends", "changed_at", "moved_at"),
    "released_at",
)


def series(connection: Connection) -> list[Series]:
    """All series, the earliest first."""
    columns = tables.series.c
    rows = connection.execute(select(tables.series).order_by(columns.starts, columns.slug)).mappings()
    return [
        Series(**{**{name: row[name] for name in Series.__struct_fields__}, **dates(row["starts"], row["ends"])})
        for row in rows
    ]


def dates(starts: str, ends: str) -> dict[str, date]:
    return {"starts": date.fromisoformat(starts), "ends": date.fromisoformat(ends)}


def exchanges(connection: Connection, slug: str | None = None) -> list[Exchange]:
    """All exchanges in the order of the calendar, or the one of a slug."""
    columns = tables.exchanges.c
    query = select(tables.exchanges).order_by(columns.starts, columns.place)
    rows = connection.execute(query if slug is None else query.where(columns.slug == slug)).mappings()
    found = []
    for row in rows:
        values = {name: row[name] for name in Exchange.__struct_fields__}
        if row["time_known"]:
            values |= {"starts": parse(row["starts"]), "ends": parse(row["ends"])}
        found.append(Exchange(**values))
    return found


def exchange(connection: Connection, slug: str) -> Exchange | None:
    return next(iter(exchanges(connection, slug)), None)


def topics(connection: Connection, slug: str) -> list[Topic]:
    """The topics of an exchange in their order."""
    columns = tables.topics.c
    rows = connection.execute(
        select(columns.id, columns.short, columns.title).where(columns.exchange == slug).order_by(columns.place)
    )
    return [Topic(*row) for row in rows]


def short_topics(connection: Connection) -> dict[tuple[str, str], Texts]:
    """The short titles of all topics by exchange and id, in their order."""
    columns = tables.topics.c
    query = select(columns.exchange, columns.id, columns.short).order_by(columns.exchange, columns.place)
    return {(row.exchange, row.id): row.short for row in connection.execute(query)}


def sessions(connection: Connection, slug: str | None = None, id: str | None = None) -> list[Session]:
    """Sessions by start, then by their place in the programme; of one exchange, or the one of an id."""
    columns, rooms = tables.sessions.c, tables.rooms.c
    query = (
        select(
            tables.sessions,
            rooms.state,
            rooms.opened_at,
            rooms.closed_at,
            rooms.expected_ends,
            rooms.now_titles.label("now"),
            *(rooms.now_ends, rooms.overrun, rooms.moved, rooms.moved_at, rooms.floor, rooms.slots),
            rooms.channels.label("heard"),
        )
        .join(tables.rooms, rooms.id == columns.id)
        .order_by(columns.starts, columns.place)
    )
    if slug is not None:
        query = query.where(columns.exchange == slug)
    if id is not None:
        query = query.where(columns.id == id)
    slots = contributions(connection, slug, id)
    found = []
    for row in connection.execute(query).mappings():
        values = {name: row[name] for name in Session.__struct_fields__ if name != "contributions"}
        for name in MOMENTS:
            values[name] = parse(values[name]) if values[name] else None
        values["heard"] = values["heard"] or {}
        values["slots"] = {id: (state, material) for id, (state, material, *_) in (values["slots"] or {}).items()}
        found.append(Session(**values, contributions=slots.get(row["id"], [])))
    return found


def session(connection: Connection, id: str) -> Session | None:
    return next(iter(sessions(connection, id=id)), None)


def contributions(connection: Connection, slug: str | None, id: str | None) -> dict[str, list[Contribution]]:
    """Contributions by session, each in the order of the programme."""
    columns, sessions = tables.contributions.c, tables.sessions.c
    query = (
        select(tables.contributions)
        .join(tables.sessions, sessions.id == columns.session)
        .order_by(columns.session, columns.place)
    )
    if slug is not None:
        query = query.where(sessions.exchange == slug)
    if id is not None:
        query = query.where(sessions.id == id)
    found: dict[str, list[Contribution]] = {}
    for row in connection.execute(query).mappings():
        values = {name: row[name] for name in Contribution.__struct_fields__}
        values["expert"] = msgspec.convert(row["expert"], Expert)
        found.setdefault(row["session"], []).append(Contribution(**values))
    return found


def follow_ups(connection: Connection, exchange: str) -> list[FollowUp]:
    """What an exchange plans to take up again, in the programme's order."""
    columns = tables.follow_ups.c
    query = select(columns.key, columns.title, columns.month).where(columns.exchange == exchange)
    return [FollowUp(*row) for row in connection.execute(query.order_by(columns.place))]


def homes(connection: Connection, exchange: str) -> dict[str, str]:
    """By key, the exchange whose follow-up is meant in an exchange: its own, else one of its series, as `elsewhere`."""
    exchanges, ideas = tables.exchanges.c, tables.follow_ups.c
    series = select(exchanges.series).where(exchanges.slug == exchange).scalar_subquery()
    query = select(ideas.key, ideas.exchange).join(tables.exchanges, exchanges.slug == ideas.exchange)
    order = (ideas.exchange == exchange, ideas.exchange.desc())  # the last of a key is kept
    rows = connection.execute(query.where(exchanges.series == series).order_by(*order))
    return {row.key: row.exchange for row in rows}


def put_off(connection: Connection, exchange: str) -> list[tuple[FollowUp, list[Origin]]]:
    """The follow-ups of an exchange to which questions were put off, with the sessions that these come from."""
    ideas, sessions, rooms = follow_ups(connection, exchange), tables.sessions.c, tables.rooms.c
    query = select(sessions.id, sessions.exchange, sessions.title, sessions.released_at, rooms.put_off, rooms.state)
    query = query.join(tables.rooms, rooms.id == sessions.id).order_by(sessions.starts, sessions.place)
    found = [row for row in connection.execute(query.where(rooms.put_off.is_not(None))) if row.put_off] if ideas else []
    meant = {slug: homes(connection, slug) for slug in {row.exchange for row in found}}
    origins: dict[str, list[Origin]] = {}
    for row in found:
        for key, number in row.put_off.items():
            if meant[row.exchange].get(key) == exchange:
                released = row.released_at is not None and row.state == "closed"
                origins.setdefault(key, []).append(Origin(row.id, row.title, released, number))
    return [(idea, origins[idea.key]) for idea in ideas if idea.key in origins]


def elsewhere(connection: Connection, room: str, to: str) -> Elsewhere | None:
    """Where a question of a room may be deferred to: a later session of the series that is not over, or a follow-up.

    A follow-up that has such a session is that, too. `to` is a room's id or a follow-up's key.
    """
    sessions, exchanges, ideas = tables.sessions.c, tables.exchanges.c, tables.follow_ups.c
    there, own = tables.sessions.alias(), tables.exchanges.alias()
    own_series = (
        select(exchanges.series, sessions.starts, sessions.exchange)
        .join(tables.sessions, sessions.exchange == exchanges.slug)
        .where(sessions.id == room)
        .subquery()
    )
    later = (
        select(there.c.id, there.c.title)
        .join(own, own.c.slug == there.c.exchange)
        .join(own_series, (own_series.c.series == own.c.series) & (there.c.starts > own_series.c.starts))
        .join(tables.rooms, (tables.rooms.c.id == there.c.id) & (tables.rooms.c.state != "closed"))
    )
    found = connection.execute(later.where(there.c.id == to)).first()
    if found:
        return Elsewhere(found.id, None, found.title)
    idea = connection.execute(
        select(ideas.session, ideas.title)
        .join(own, own.c.slug == ideas.exchange)
        .join(own_series, own_series.c.series == own.c.series)
        .where(ideas.key == to)
        .order_by(ideas.exchange != own_series.c.exchange, ideas.exchange)
    ).first()
    if idea is None:
        return None
    held = connection.execute(later.where(there.c.id == idea.session)).first() if idea.session else None
    return Elsewhere(held.id if held else None, to, idea.title)


def set_stream(connection: Connection, room: str, stream: str | None, delay: float) -> None:
    """Set or clear the link to a session's picture and sound, and by how many seconds it lags behind the room."""
    changed = update(tables.sessions).where(tables.sessions.c.id == room)
    connection.execute(changed.values(stream=stream, delay=delay))


def release(connection: Connection, room: str, now: datetime | None) -> bool:
    """Release a session's archive, or withdraw it (None). False: its room is not closed, there is none to release."""
    columns, rooms = tables.sessions.c, tables.rooms.c
    if now is None:
        connection.execute(update(tables.sessions).where(columns.id == room).values(released_at=None))
        return True
    closed = select(rooms.id).where(rooms.id == room, rooms.state == "closed")
    since = func.coalesce(columns.released_at, show(now))
    released = update(tables.sessions).where(columns.id == room, columns.id.in_(closed)).values(released_at=since)
    return connection.execute(released).rowcount == 1


def is_public(connection: Connection, room: str) -> bool:
    """Whether anybody may enter a session's room; not, where there is no such session."""
    sessions, exchanges = tables.sessions.c, tables.exchanges.c
    query = select(exchanges.public).join(tables.sessions, sessions.exchange == exchanges.slug)
    return bool(connection.execute(query.where(sessions.id == room)).scalar())
