"""A programme file into the tables and the rooms' logs: whole or not at all, twice without doubling.

A broken file is answered with every problem found and its place; nothing is written then.
"""

import datetime as dt
import secrets
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from sqlalchemy import Connection, Table, select

from hosting import log, tables
from hosting.database import upsert
from hosting.errors import HostingError
from hosting.moments import show
from hosting.sheet import Contribution, Exchange, Session, Sheet
from rooms.agenda import PlannedItem, Speaker
from rooms.room import Planned, PlannedContribution

ENTRIES = ("exchange", "topic", "session", "contribution", "good_practice", "follow_up")


class BrokenFile(HostingError):
    """What is wrong with a file: a line for each problem, each with its place."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


Report = Counter[str]  # "sessions new", "sessions changed", "sessions as before", …


# ── Reading and checking ─────────────────────────────────────────────────────────────────────────────────────────────


def read(raw: bytes) -> Sheet:
    """Parse and check a programme file. BrokenFile."""
    try:
        data = tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as broken:
        raise BrokenFile([f"not UTF-8: byte {broken.start}"]) from broken
    except tomllib.TOMLDecodeError as broken:
        raise BrokenFile([f"not TOML: {broken}"]) from broken
    for entry in data.get("exchange", []) if isinstance(data.get("exchange"), list) else ():
        if isinstance(entry, dict):  # a date and a time are two types in TOML, and one field here
            entry |= {key: entry[key].isoformat() for key in ("starts", "ends") if isinstance(entry.get(key), dt.date)}
    problems = list(shapes(data))
    if problems:
        raise BrokenFile(problems)
    sheet = msgspec.convert(data, Sheet)
    problems = list(check(sheet))
    if problems:
        raise BrokenFile(problems)
    return sheet


def shapes(data: dict[str, object]) -> Iterator[str]:
    """Problems of shape: each entry is checked alone, so that one bad entry does not hide the next."""
    known = set(Sheet.__struct_fields__)
    yield from (f"{name}: nobody knows this part" for name in data if name not in known)
    for part in ("series", "exchange"):
        if part not in data:
            yield f"{part}: is missing"
    if "series" in data:
        yield from shape(data["series"], Sheet.__annotations__["series"], "series")
    for part in ENTRIES:
        entries = data.get(part, [])
        if not isinstance(entries, list):
            yield f"{part}: must be written [[{part}]]"
            continue
        kind = Sheet.__annotations__[part].__args__[0]
        for number, entry in enumerate(entries, 1):
            yield from shape(entry, kind, place(part, number, entry))


def shape(entry: object, kind: type, where: str) -> Iterator[str]:
    try:
        msgspec.convert(entry, kind)
    except msgspec.ValidationError as broken:
        sentence, _, path = str(broken).partition(" - at `$")
        field = path.rstrip("`").replace("[...]", "")
        yield f"{where}{field}: {sentence[0].lower()}{sentence[1:]}"
    yield from controls(entry, where)


def controls(value: object, where: str) -> Iterator[str]:
    """Characters that no text should have: control characters other than line ends."""
    if isinstance(value, str):
        if any(ord(character) < 32 and character not in "\n\t\r" for character in value):
            yield f"{where}: has control characters"
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from controls(inner, f"{where}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from controls(inner, f"{where}[{number}]")


def place(part: str, number: int, entry: object) -> str:
    """Where an entry stands, as its writer knows it: session[3] "water-for-everyone"."""
    name = (entry.get("id") or entry.get("slug")) if isinstance(entry, dict) else getattr(entry, "id", None)
    name = name or getattr(entry, "slug", None)
    return f'{part}[{number}] "{name}"' if isinstance(name, str) else f"{part}[{number}]"


def check(sheet: Sheet) -> Iterator[str]:
    """Problems between entries: doubles, references, zones, times, minutes."""
    slugs = [entry.slug for entry in sheet.exchange]
    sessions = {entry.id: entry for entry in sheet.session}
    contributions = {entry.id: entry for entry in sheet.contribution}
    topics = {(entry.exchange, entry.id) for entry in sheet.topic}
    focuses = {focus.id for focus in sheet.series.focus}
    yield from zone_problem(sheet.series.zone, "series.zone")
    if sheet.series.ends < sheet.series.starts:
        yield "series.ends: is before starts"
    for part in ENTRIES:
        entries = getattr(sheet, part)
        names = Counter(getattr(entry, "slug", None) or entry.id for entry in entries)
        yield from (f'{part} "{name}": stands {count} times' for name, count in names.items() if count > 1)
    for number, exchange in enumerate(sheet.exchange, 1):
        yield from check_exchange(exchange, place("exchange", number, exchange))
    for number, topic in enumerate(sheet.topic, 1):
        where = place("topic", number, topic)
        if topic.exchange not in slugs:
            yield f'{where}.exchange: there is no exchange "{topic.exchange}"'
        if focuses and topic.id not in focuses:
            yield f'{where}.id: the series has no focus "{topic.id}"'
    for number, session in enumerate(sheet.session, 1):
        where = place("session", number, session)
        if session.exchange not in slugs:
            yield f'{where}.exchange: there is no exchange "{session.exchange}"'
        elif (session.exchange, session.topic) not in topics:
            yield f'{where}.topic: the exchange has no topic "{session.topic}"'
        yield from check_session(session, contributions, where)
    for number, slot in enumerate(sheet.contribution, 1):
        where = place("contribution", number, slot)
        held = sessions.get(slot.session)
        if held is None:
            yield f'{where}.session: there is no session "{slot.session}"'
        elif slot.language not in held.languages:
            yield f'{where}.language: "{slot.language}" is not spoken in "{held.id}"'
    for number, practice in enumerate(sheet.good_practice, 1):
        if practice.contribution and practice.contribution not in contributions:
            where = place("good_practice", number, practice)
            yield f'{where}.contribution: there is no contribution "{practice.contribution}"'
    for number, idea in enumerate(sheet.follow_up, 1):
        if idea.session and idea.session not in sessions:
            yield f'{place("follow_up", number, idea)}.session: there is no session "{idea.session}"'


def zone_problem(zone: str, where: str) -> Iterator[str]:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield f'{where}: there is no time zone "{zone}"'


def check_exchange(exchange: Exchange, where: str) -> Iterator[str]:
    bad_zone = list(zone_problem(exchange.zone, f"{where}.zone"))
    yield from bad_zone
    for field in ("starts", "ends"):
        if ("T" in getattr(exchange, field)) != exchange.time_known:
            form = "a date and a time" if exchange.time_known else "a date"
            yield f"{where}.{field}: must be {form}, as time_known says"
            return
    if exchange.last < exchange.first:
        yield f"{where}.ends: is before starts"
    if exchange.part and exchange.parts and exchange.part > exchange.parts:
        yield f"{where}.part: is more than parts"
    if exchange.time_known and not bad_zone:
        yield from clock_problem(exchange.first, exchange.zone, f"{where}.starts")


def check_session(session: Session, contributions: dict[str, Contribution], where: str) -> Iterator[str]:
    bad_zone = list(zone_problem(session.zone, f"{where}.zone"))
    yield from bad_zone
    if session.starts.tzinfo or session.ends.tzinfo:
        yield f"{where}.starts: must be local to the zone, without an offset"
        return
    if session.ends <= session.starts:
        yield f"{where}.ends: is not after starts"
    if not bad_zone:
        yield from clock_problem(session.starts, session.zone, f"{where}.starts")
    if not session.languages:
        yield f"{where}.languages: a session has at least one language"
    minutes = sum(item.minutes for item in session.agenda)
    length = int((session.ends - session.starts).total_seconds() // 60)
    if session.agenda and minutes != length:
        yield f"{where}.agenda: its minutes add up to {minutes}, the session has {length}"
    for number, item in enumerate(session.agenda, 1):
        spot = f"{where}.agenda[{number}]"
        if item.contribution is not None:
            slot = contributions.get(item.contribution)
            if slot is None:
                yield f'{spot}.contribution: there is no contribution "{item.contribution}"'
            elif slot.session != session.id:
                yield f'{spot}.contribution: "{slot.id}" belongs to the session "{slot.session}"'
        elif not item.title:
            yield f"{spot}.title: is missing, and no contribution gives one"


def clock_problem(when: dt.date, zone: str, where: str) -> Iterator[str]:
    """A local time that the clock change skips. One that comes twice is taken as the first."""
    if isinstance(when, dt.datetime) and when.tzinfo is None:
        there = when.replace(tzinfo=ZoneInfo(zone))
        if there.astimezone(dt.UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != when:
            yield f"{where}: {when:%H:%M} does not exist on that day in {zone}"


def moment(when: dt.datetime, zone: str) -> dt.datetime:
    """A local time of a zone as a moment in UTC."""
    return when.replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC) if when.tzinfo is None else when.astimezone(dt.UTC)


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def write(connection: Connection, sheet: Sheet, now: dt.datetime) -> Report:
    """Make the tables and logs say what the file says; the rooms go on where they are."""
    report: Report = Counter()
    head = sheet.series
    facts = ("organiser", "partners", "interpretation", "intro", "audience", "invitation")
    row: dict[str, object] = {
        "slug": head.slug,
        "title": head.title,
        "subtitle": head.subtitle,
        "starts": head.starts.isoformat(),
        "ends": head.ends.isoformat(),
        "zone": head.zone,
        "working_language": head.working_language,
        "facts": {name: getattr(head, name) for name in facts},
        "focuses": plain(head.focus),
    }
    put(connection, tables.series, row, report)
    titles = {focus.id: focus.title for focus in head.focus}
    for number, exchange in enumerate(sheet.exchange):
        put(connection, tables.exchanges, exchange_row(exchange, sheet, number, now), report)
    for number, topic in enumerate(sheet.topic):
        row = {"exchange": topic.exchange, "id": topic.id, "place": number, "short": topic.short}
        put(connection, tables.topics, {**row, "title": titles.get(topic.id, topic.short)}, report)
    rooms: dict[str, str] = {}
    slots: dict[str, str] = {}
    for number, session in enumerate(sheet.session):
        own = [slot for slot in sheet.contribution if slot.session == session.id]
        rooms[session.id] = write_session(connection, session, own, number, now, slots, report)
    of_session = {session.id: session.exchange for session in sheet.session}
    of_topic = {topic.id: topic.exchange for topic in sheet.topic}
    for number, practice in enumerate(sheet.good_practice):
        row = {"exchange": of_topic.get(practice.topic, sheet.exchange[0].slug), "key": practice.id, "place": number}
        row |= fields(practice, "topic", "city", "country", "title", "summary", "sample")
        row["contribution"] = slots.get(practice.contribution or "")
        put(connection, tables.good_practices, row, report)
    for number, idea in enumerate(sheet.follow_up):
        row = {"exchange": of_session.get(idea.session or "", sheet.exchange[0].slug), "key": idea.id, "place": number}
        row |= fields(idea, "topic", "status", "title", "aim", "format", "month", "minutes", "languages", "regions")
        row |= {"session": rooms.get(idea.session or ""), "sample": idea.sample}
        put(connection, tables.follow_ups, row, report)
    return report


def fields(entry: msgspec.Struct, *names: str) -> dict[str, object]:
    return {name: plain(getattr(entry, name)) for name in names}


def plain(value: object) -> object:
    """A value as it comes back from a JSON column: lists for tuples."""
    return msgspec.json.decode(msgspec.json.encode(value))


def put(connection: Connection, table: Table, row: dict[str, object], report: Report) -> bool:
    """Insert or update one row, and count which; `changed_at` alone is no change. True if something is new."""
    key = [column for column in table.primary_key]
    found = connection.execute(select(table).where(*(column == row[column.name] for column in key))).mappings().first()
    same = found is not None and all(found[name] == row[name] for name in row if name != "changed_at")
    if not same:
        upsert(connection, table, row)
    report[f"{table.name} {'as before' if same else 'changed' if found else 'new'}"] += 1
    return not same


def exchange_row(exchange: Exchange, sheet: Sheet, number: int, now: dt.datetime) -> dict[str, object]:
    names = ("slug", "kind", "title", "subtitle", "description", "target_group", "zone", "time_known", "part", "parts")
    row = fields(exchange, *names, "part_of", "regions", "title_regions", "stated", "public")
    languages = exchange.languages or (sheet.series.working_language,)
    for field, when in (("starts", exchange.first), ("ends", exchange.last)):
        row[field] = show(moment(when, exchange.zone)) if isinstance(when, dt.datetime) else when.isoformat()
    return {**row, "series": sheet.series.slug, "place": number, "languages": list(languages), "changed_at": show(now)}


def write_session(
    connection: Connection,
    session: Session,
    own: list[Contribution],
    number: int,
    now: dt.datetime,
    slots: dict[str, str],
    report: Report,
) -> str:
    """One session with its contributions and its room; returns the room's id."""
    columns, parts = tables.sessions.c, tables.contributions.c
    before = (
        connection.execute(
            select(tables.sessions).where(columns.exchange == session.exchange, columns.key == session.id)
        )
        .mappings()
        .first()
    )
    room = str(before["id"]) if before else secrets.token_urlsafe(9)
    known = {
        row.key: row.id
        for row in connection.execute(select(parts.key, parts.id).where(parts.session == room))
    }
    slots |= {slot.id: known.get(slot.id) or secrets.token_urlsafe(9) for slot in own}
    agenda = plan_agenda(session, own, slots, before["agenda"] if before else [])
    planned = Planned(
        exchange=session.exchange,
        titles=session.title,
        starts=moment(session.starts, session.zone),
        ends=moment(session.ends, session.zone),
        zone=session.zone,
        languages=session.languages,
        channels=session.channels,
        items=agenda,
        contributions=tuple(
            PlannedContribution(slots[slot.id], slot.title, slot.expert.name, slot.expert.city) for slot in own
        ),
    )
    log.plan(connection, room, planned, now, secrets.token_urlsafe(6))
    row = fields(session, "exchange", "topic", "title", "abstract", "zone", "languages", "channels", "regions")
    row |= {"id": room, "key": session.id, "place": number, "sample": session.sample, "changed_at": show(now)}
    row |= {"starts": show(planned.starts), "ends": show(planned.ends)}
    row["agenda"] = plain(agenda)
    if before and (before["starts"], before["ends"]) != (row["starts"], row["ends"]):
        row["sequence"] = before["sequence"] + 1  # RFC 5545 3.8.7.4
    put(connection, tables.sessions, row, report)
    for place, slot in enumerate(own):
        entry = fields(slot, "title", "abstract", "expert", "language", "minutes", "sample")
        entry |= {"id": slots[slot.id], "key": slot.id, "session": room, "place": place}
        put(connection, tables.contributions, entry, report)
    return room


def plan_agenda(
    session: Session, own: list[Contribution], slots: dict[str, str], before: list[dict[str, object]]
) -> tuple[PlannedItem, ...]:
    """The agenda as planned; an item that was there before under the same title keeps its id."""
    ids: dict[str, list[str]] = {}
    for old in before:
        ids.setdefault(str(old["titles"]), []).append(str(old["id"]))
    by_id = {slot.id: slot for slot in own}
    planned = []
    for item in session.agenda:
        slot = by_id.get(item.contribution or "")
        titles = item.title or (slot.title if slot else {})
        kept = ids.get(str(titles)) or [secrets.token_urlsafe(9)]
        planned.append(
            PlannedItem(
                kept.pop(0),
                titles,
                item.kind,
                item.minutes,
                slots[slot.id] if slot else None,
                Speaker(slot.expert.name, slot.expert.city) if slot else None,
                slot.language if slot else None,
            )
        )
    return tuple(planned)
