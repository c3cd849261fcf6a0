"""One session as its organiser edits it: read from the tables in the file's terms, and written back whole.

What is written is what an import of it would write, through the same functions. Ids of what stays are kept; an id that
is not this session's is never taken.
"""

import hashlib
import secrets
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, delete, select

from hosting import log, planning, programme, tables
from hosting.moments import parse
from hosting.sheet import AgendaItem, Contribution, Session
from rooms.core import Refused
from rooms.interpretation import LinkSet
from rooms.lifecycle import StreamSet
from rooms.timetable import PlannedItem


class Edited(msgspec.Struct, frozen=True):
    """A session in the file's terms with the ids behind them; empty ids are of what is new.

    `items` are the agenda's, in its order, `slots` the contributions', by their names in the file. `made_from` names
    the state that was edited.
    """

    session: Session
    contributions: tuple[Contribution, ...]
    items: tuple[str, ...]
    slots: dict[str, str]
    made_from: str = ""


def stored(connection: Connection, room: str) -> Edited:
    """A session as it is now."""
    columns, parts = tables.sessions.c, tables.contributions.c
    row = connection.execute(select(tables.sessions).where(columns.id == room)).mappings().one()
    found = select(parts.id, parts.key).where(parts.session == room).order_by(parts.place)
    keys = {slot.id: slot.key for slot in connection.execute(found)}
    slots = planning.contributions_of(connection, room, row["key"])
    titles = {id: slot.title for id, slot in zip(keys, slots, strict=True)}
    agenda = msgspec.convert(row["agenda"], tuple[PlannedItem, ...])
    same = ("exchange", "topic", "title", "abstract", "zone", "languages", "channels", "regions", "sample")
    entry = {name: row[name] for name in same} | {
        "id": row["key"],
        "starts": local(row["starts"], row["zone"]),
        "ends": local(row["ends"], row["zone"]),
        "agenda": [
            AgendaItem(
                kind=item.kind,
                minutes=item.minutes,
                title={} if item.titles == titles.get(item.contribution or "") else item.titles,
                contribution=keys.get(item.contribution),
                hidden=item.hidden,
            )
            for item in agenda
        ],
    }
    edited = Edited(
        msgspec.convert(entry, Session),
        tuple(slots),
        tuple(item.id for item in agenda),
        {key: id for id, key in keys.items()},
    )
    return msgspec.structs.replace(edited, made_from=hashlib.sha256(msgspec.json.encode(edited)).hexdigest())


def local(moment: str, zone: str) -> datetime:
    return parse(moment).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def edit(connection: Connection, room: str, edited: Edited, now: datetime) -> None:
    """Make the tables and the room's log say what an organiser wants, within the caller's transaction.

    Refused: `state.changed` if it is no longer as when the form was made; `contribution.needed` with `held`, what
    hangs on each contribution that was to be removed. LookupError for an id of another session.
    """
    before = stored(connection, room)
    if edited.made_from != before.made_from:
        raise Refused("state.changed")
    known = set(before.slots.values())
    if not ({*edited.slots.values()} <= {"", *known} and {*edited.items} <= {"", *before.items}):
        raise LookupError(f"session {room} has no such part")
    gone = known - set(edited.slots.values())
    held = planning.needed(connection, room, gone)
    if held:
        raise Refused("contribution.needed", held=held)
    connection.execute(delete(tables.contributions).where(tables.contributions.c.id.in_(gone)))
    slots = {key: id or secrets.token_urlsafe(9) for key, id in edited.slots.items()}
    by_key = {slot.id: slot for slot in edited.contributions}
    agenda = tuple(
        planning.plan_item(id or secrets.token_urlsafe(9), item, by_key.get(item.contribution or ""), slots)
        for id, item in zip(edited.items, edited.session.agenda, strict=True)
    )
    place = connection.execute(select(tables.sessions.c.place).where(tables.sessions.c.id == room)).scalar_one()
    own = edited.contributions
    planning.put_session(connection, room, edited.session, own, agenda, slots, place, now, planning.Report())


def set_links(
    connection: Connection, room: str, links: tuple[StreamSet | LinkSet, ...], now: datetime, by: str
) -> None:
    """Set links to a session's picture and sound and to the sound of channels, as far as it has them, all at once."""
    channels = connection.execute(select(tables.rooms.c.channels).where(tables.rooms.c.id == room)).scalar_one()
    links = tuple(link for link in links if isinstance(link, StreamSet) or link.language in (channels or {}))
    for link in links:
        if isinstance(link, StreamSet):
            programme.set_stream(connection, room, link.stream, link.delay)
    if links:
        log.tell(connection, room, links, now, by)
