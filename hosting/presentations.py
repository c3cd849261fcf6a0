"""Presentations: the decks that experts sent, how far each is, and the notes to their pages. No bytes."""

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from hosting import log, tables
from hosting.moments import parse, show

State = Literal["receiving", "checking", "converting", "ready", "rejected"]
TIME = timedelta(hours=24)  # in which all bytes must come
COLUMNS = tables.presentations.c
WAITING = COLUMNS.state.in_(("receiving", "checking", "converting"))


class Presentation(msgspec.Struct, frozen=True):
    """One deck. `size` is as announced; `reason` is a code once rejected, `pages` a number once ready.

    `notes` are the sender's own, by the number of the page as text. `digest` is that of the original while it is kept.
    """

    id: str
    contribution: str
    room: str
    person: str
    filename: str
    size: int
    state: State
    reason: str | None
    pages: int | None
    digest: str | None
    notes: dict[str, str]
    created_at: datetime
    expires_at: datetime | None


FOUND = select(*(COLUMNS[name] for name in Presentation.__struct_fields__))


def read(row: Row[Any]) -> Presentation:
    expires = parse(row.expires_at) if row.expires_at else None
    return Presentation(**{**row._mapping, "created_at": parse(row.created_at), "expires_at": expires})


# ── One deck ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def create(
    connection: Connection,
    id: str,
    contribution: str,
    room: str,
    person: str,
    filename: str,
    size: int,
    now: datetime,
    state: State = "receiving",
) -> Presentation:
    """Note that a deck will come, or is there already."""
    expires = now + TIME if state == "receiving" else None
    deck = Presentation(id, contribution, room, person, filename, size, state, None, None, None, {}, now, expires)
    row = {**msgspec.structs.asdict(deck), "created_at": show(now), "expires_at": show(expires) if expires else None}
    connection.execute(insert(tables.presentations), row)
    return deck


def find(connection: Connection, id: str) -> Presentation | None:
    row = connection.execute(FOUND.where(COLUMNS.id == id)).first()
    return read(row) if row else None


def of_contribution(connection: Connection, contribution: str) -> list[Presentation]:
    """All decks of a contribution, the newest first."""
    newest = (COLUMNS.created_at.desc(), COLUMNS.id)
    return [
        read(row) for row in connection.execute(FOUND.where(COLUMNS.contribution == contribution).order_by(*newest))
    ]


def set_note(connection: Connection, id: str, page: int, text: str) -> bool:
    """Write the note to a page, or take it away with an empty text; False if there is no such deck."""
    found = find(connection, id)
    if found is None:
        return False
    notes = {**found.notes, str(page): text}
    kept = {number: note for number, note in notes.items() if note}
    connection.execute(update(tables.presentations).where(COLUMNS.id == id).values(notes=kept))
    return True


def drop(connection: Connection, id: str) -> None:
    connection.execute(delete(tables.presentations).where(COLUMNS.id == id))


def room_of(connection: Connection, contribution: str) -> str | None:
    """The room in which a contribution is held."""
    parts = tables.contributions.c
    return connection.execute(select(parts.session).where(parts.id == contribution)).scalar()


# ── Limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def unfinished(connection: Connection, person: str) -> int:
    """A person's decks that are neither ready nor rejected."""
    return connection.execute(select(func.count()).where(COLUMNS.person == person, WAITING)).scalar_one()


def unused(connection: Connection, contribution: str, room: str, most: int) -> bool:
    """Whether a contribution has so many finished decks that were never handed in."""
    finished = select(COLUMNS.id).where(COLUMNS.contribution == contribution, COLUMNS.state == "ready")
    ids = set(connection.execute(finished).scalars())
    if len(ids) < most:
        return False  # without folding the room
    slot = log.fold(connection, room).contributions.get(contribution)
    return len(ids - ({slot.presentation, *slot.earlier} if slot else set())) >= most


def promised(connection: Connection) -> int:
    """The bytes that uploads on their way may yet bring, those that are there already included."""
    total = select(func.coalesce(func.sum(COLUMNS.size), 0)).where(COLUMNS.state == "receiving")
    return int(connection.execute(total).scalar_one())


def on_their_way(connection: Connection) -> list[Presentation]:
    """All decks that are neither ready nor rejected."""
    return [read(row) for row in connection.execute(FOUND.where(WAITING))]


def with_pages(connection: Connection) -> set[str]:
    """The decks that have pages, or may be getting them now."""
    return set(connection.execute(select(COLUMNS.id).where(COLUMNS.state.in_(("converting", "ready")))).scalars())


def forget_expired(connection: Connection, now: datetime) -> list[str]:
    """Forget the decks whose bytes did not come in time; their ids."""
    late = delete(tables.presentations).where(COLUMNS.state == "receiving", COLUMNS.expires_at <= show(now))
    return list(connection.execute(late.returning(COLUMNS.id)).scalars())


# ── From state to state ──────────────────────────────────────────────────────────────────────────────────────────────


def received(connection: Connection, id: str) -> bool:
    """All bytes are there: the deck waits for its conversion, if it does not already. False if it is gone."""
    changed = update(tables.presentations).where(COLUMNS.id == id, COLUMNS.state == "receiving")
    connection.execute(changed.values(state="checking", expires_at=None))
    return find(connection, id) is not None


def next_waiting(connection: Connection) -> Presentation | None:
    """The oldest deck that is to be converted, those whose conversion was interrupted included."""
    waiting = FOUND.where(COLUMNS.state.in_(("checking", "converting")))
    row = connection.execute(waiting.order_by(COLUMNS.created_at, COLUMNS.id)).first()
    return read(row) if row else None


def begin(connection: Connection, id: str) -> int:
    """Count a try before it is made, so that a deck that ends the process is not tried for ever."""
    tries = update(tables.presentations).where(COLUMNS.id == id).values(tries=COLUMNS.tries + 1)
    return connection.execute(tries.returning(COLUMNS.tries)).scalar() or 0


def give_back(connection: Connection, id: str) -> None:
    """A try that ended because the server did, or because something was away for a while, is none."""
    connection.execute(update(tables.presentations).where(COLUMNS.id == id).values(tries=COLUMNS.tries - 1))


def convert(connection: Connection, id: str, digest: str) -> None:
    changed = update(tables.presentations).where(COLUMNS.id == id)
    connection.execute(changed.values(state="converting", digest=digest))


def ready(connection: Connection, id: str, pages: int) -> bool:
    """Its pages can be shown; False if the deck is gone."""
    changed = update(tables.presentations).where(COLUMNS.id == id)
    return connection.execute(changed.values(state="ready", pages=pages)).rowcount == 1


def reject(connection: Connection, id: str, reason: str) -> None:
    changed = update(tables.presentations).where(COLUMNS.id == id)
    connection.execute(changed.values(state="rejected", reason=reason, digest=None))


def is_kept(connection: Connection, digest: str) -> bool:
    """Whether any deck still has this original."""
    return connection.execute(select(COLUMNS.id).where(COLUMNS.digest == digest)).first() is not None
