"""A checked programme into the tables and the rooms' logs: whole, and twice without doubling."""

import datetime as dt
import secrets
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, RowMapping, Table, delete, select, update

from hosting import grants, log, tables
from hosting.database import upsert
from hosting.moments import parse, show
from hosting.sheet import AgendaItem, Contribution, Exchange, Session, Sheet, moment
from rooms.contributions import PlannedContribution
from rooms.core import canonical
from rooms.lifecycle import Planned
from rooms.timetable import PlannedItem, Speaker


class Report(Counter[str]):
    """How many are "sessions new", "sessions as before", …; and `notes`, a line for what an organiser must know."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []

    def note(self, became: str, what: str, title: object, more: str) -> None:
        """Say what became of one thing; `title` by language, or a name."""
        name = title.get("en") or next(iter(title.values()), "") if isinstance(title, dict) else title
        self.notes.append(f'{became:16}{what} "{name}": {more}')


GLANCE = 100  # characters
NAMES = {  # of the tables' rows, as the file calls them
    "series": "series",
    "exchanges": "exchange",
    "topics": "topic",
    "sessions": "session",
    "contributions": "contribution",
    "good_practices": "good practice",
    "follow_ups": "follow-up",
}


def write(connection: Connection, sheet: Sheet, now: dt.datetime) -> Report:
    """Make the tables and logs say what the file says; the rooms go on where they are."""
    report = Report()
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
        row = {"exchange": of_topic[practice.topic], "key": practice.id, "place": number}
        row |= fields(practice, "topic", "city", "country", "title", "summary", "sample")
        row["contribution"] = slots.get(practice.contribution or "")
        put(connection, tables.good_practices, row, report)
    for number, idea in enumerate(sheet.follow_up):
        row = {"exchange": of_session.get(idea.session or "") or of_topic[idea.topic], "key": idea.id, "place": number}
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
    key = list(table.primary_key)
    found = connection.execute(select(table).where(*(column == row[column.name] for column in key))).mappings().first()
    same = found is not None and all(found[name] == row[name] for name in row if name != "changed_at")
    if not same:
        upsert(connection, table, row)
    if found and not same:
        name = found.get("title") or found["key" if "key" in found else "slug"]
        report.note("changed", NAMES[table.name], name, ", ".join(differences(found, row)))
    report[f"{table.name} {'as before' if same else 'changed' if found else 'new'}"] += 1
    return not same


def differences(found: RowMapping, row: Mapping[str, object]) -> Iterator[str]:
    """What is not as it was, in the file's words, with what it was where that is short: it may be an organiser's."""
    for name, new in row.items():
        was = found[name]
        if name in ("changed_at", "sequence") or was == new:
            continue
        if isinstance(was, dict) and isinstance(new, dict):
            parts = [part for part in {**was, **new} if was.get(part) != new.get(part)]
            yield from (f"{name}.{part}{briefly(was.get(part))}" for part in parts)
        elif name in ("starts", "ends") and "T" in was:
            yield f"{name} (was {parse(was).astimezone(ZoneInfo(found['zone'])):%Y-%m-%d %H:%M})"
        else:
            yield name + ("" if name == "place" else briefly(was))


def briefly(was: object) -> str:
    """What something was, if one reads it at a glance."""
    if isinstance(was, list) and all(isinstance(one, str) for one in was):
        return f" (was {', '.join(was) or 'none'})"
    if isinstance(was, str) and len(was) <= GLANCE:
        return f' (was "{was}")'
    return f" (was {'none' if was is None else str(was).lower()})" if was is None or isinstance(was, int) else ""


def exchange_row(exchange: Exchange, sheet: Sheet, number: int, now: dt.datetime) -> dict[str, object]:
    names = ("slug", "kind", "title", "subtitle", "description", "target_group", "zone", "time_known", "part", "parts")
    row = fields(exchange, *names, "part_of", "regions", "title_regions", "stated", "public")
    row |= fields(exchange, "keep_chat", "anonymous")
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
    named = list(session.channels)
    if before:
        session = msgspec.structs.replace(session, channels=channels_of(connection, session, before, report))
    known = {row.key: row.id for row in connection.execute(select(parts.key, parts.id).where(parts.session == room))}
    slots |= {slot.id: known.get(slot.id) or secrets.token_urlsafe(9) for slot in own}
    agenda = plan_agenda(session, own, slots, before["agenda"] if before else [])
    others = {id for key, id in known.items() if key not in {slot.id for slot in own}}
    held = needed(connection, room, others)
    others -= held.keys()  # what was added by hand goes: the file has the last word
    stay = [slot for slot in contributions_of(connection, room, session.id) if known[slot.id] in held]
    mine = {**slots, **{slot.id: known[slot.id] for slot in stay}}  # another session may have one of this name by now
    put_session(connection, room, session, [*own, *stay], agenda, mine, number, now, report)
    connection.execute(update(tables.sessions).where(columns.id == room).values(filed=named))
    for slot in stay:
        report.note("kept", "contribution", slot.title, f"not in the file, but needed ({held[known[slot.id]]})")
    if others:
        for title in connection.execute(
            select(parts.title).where(parts.id.in_(others)).order_by(parts.place)
        ).scalars():
            report.note("removed", "contribution", title, "not in the file")
        connection.execute(delete(tables.contributions).where(parts.id.in_(others)))
        report["contributions removed"] += len(others)
    return room


def channels_of(connection: Connection, session: Session, before: RowMapping, report: Report) -> tuple[str, ...]:
    """The channels that the file names, and those planned by hand: what no file has brought, no file takes away."""
    there, filed = before["channels"], before["filed"] or []
    why = "not known who planned it" if before["filed"] is None else "planned by hand"
    named = {canonical(tag) for tag in session.channels}
    others = [tag for tag in there if canonical(tag) not in named]
    kept = tuple(tag for tag in others if tag not in filed)
    booked = grants.booked(connection, session.exchange)
    for tag in others:
        if tag in kept:
            where = "to unplan it, see Languages and interpreters, or Edit"
            report.note("kept", f"channel {tag} of", session.title, f"{why}; {where}")
        else:
            names = ", ".join(each.name for each in booked.get((before["id"], tag), ()))
            still = f"; still booked for it: {names}" if names else ""
            report.note("removed", f"channel {tag} of", session.title, f"no longer in the file{still}")
    for tag in session.channels:
        if tag in filed and tag not in there:
            report.note(
                "planned again", f"channel {tag} of", session.title, "it was unplanned by hand; the file names it"
            )
    return (*session.channels, *kept)


def contributions_of(connection: Connection, room: str, session: str) -> list[Contribution]:
    """A room's contributions as they are, in the file's terms; there their session is called as given."""
    columns = tables.contributions.c
    found = select(tables.contributions).where(columns.session == room).order_by(columns.place)
    own = ("title", "abstract", "expert", "language", "minutes", "sample")
    return [
        msgspec.convert({name: slot[name] for name in own} | {"id": slot["key"], "session": session}, Contribution)
        for slot in connection.execute(found).mappings()
    ]


def put_session(
    connection: Connection,
    room: str,
    session: Session,
    own: Sequence[Contribution],
    agenda: tuple[PlannedItem, ...],
    slots: Mapping[str, str],
    number: int,
    now: dt.datetime,
    report: Report,
) -> None:
    """Write a session, its contributions and the plan of its room."""
    columns = tables.sessions.c
    exchanges = tables.exchanges.c
    rules = select(exchanges.keep_chat, exchanges.anonymous).where(exchanges.slug == session.exchange)
    keeps_chat, anonymous = connection.execute(rules).one()
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
            PlannedContribution(slots[slot.id], slot.title, slot.expert.name, slot.expert.city, slot.language)
            for slot in own
        ),
        keeps_chat=keeps_chat,
        anonymous=anonymous,
    )
    log.plan(connection, room, planned, now, secrets.token_urlsafe(6))
    row = fields(session, "exchange", "topic", "title", "abstract", "zone", "languages", "channels", "regions")
    row |= {"id": room, "key": session.id, "place": number, "sample": session.sample, "changed_at": show(now)}
    row |= {"starts": show(planned.starts), "ends": show(planned.ends)}
    row["agenda"] = plain(agenda)
    told = (columns.starts, columns.ends, columns.languages, columns.channels)  # what calendars say
    before = connection.execute(select(*told, columns.sequence).where(columns.id == room)).first()
    if before and [*before[:-1]] != [row[column.name] for column in told]:
        row["sequence"] = before.sequence + 1  # RFC 5545 3.8.7.4
    put(connection, tables.sessions, row, report)
    for place, slot in enumerate(own):
        entry = fields(slot, "title", "abstract", "expert", "language", "minutes", "sample")
        entry |= {"id": slots[slot.id], "key": slot.id, "session": room, "place": place}
        put(connection, tables.contributions, entry, report)


def needed(connection: Connection, room: str, contributions: Collection[str]) -> dict[str, str]:
    """What hangs on contributions so that they must stay, by id: "expert", "slides", "practice" or "question"."""
    if not contributions:
        return {}
    held: dict[str, str] = {}
    hanging = {"expert": tables.grants, "slides": tables.presentations, "practice": tables.good_practices}
    for what, table in hanging.items():
        of = table.c.contribution
        held |= dict.fromkeys(connection.execute(select(of).where(of.in_(contributions))).scalars(), what)
    asked = {question.to for question in log.fold(connection, room).questions.all.values()}
    return held | {id: "question" for id in contributions if id in asked}


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
        planned.append(plan_item(kept.pop(0), item, slot, slots))
    return tuple(planned)


def plan_item(id: str, item: AgendaItem, slot: Contribution | None, slots: Mapping[str, str]) -> PlannedItem:
    """An item as rooms have it: one without a title of its own is called as its contribution."""
    return PlannedItem(
        id,
        item.title or (slot.title if slot else {}),
        item.kind,
        item.minutes,
        slots[slot.id] if slot else None,
        Speaker(slot.expert.name, slot.expert.city) if slot else None,
        slot.language if slot else None,
        item.hidden,
    )
