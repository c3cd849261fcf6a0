"""What was answered to commands: one table for those in the log, for votes and for choices, as they share their ids."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, bindparam, select, tuple_

from hosting import tables
from hosting.database import Prepared, inserting_new
from rooms.core import Receipt
from rooms.wire import encoder

OK = msgspec.json.Decoder(dict[str, str])
ANSWERED = select(tables.commands).where(
    tables.commands.c.room == bindparam("room"),
    tuple_(tables.commands.c.actor, tables.commands.c.id).in_(bindparam("keys", expanding=True)),  # by the primary key
)
KEEP = Prepared(inserting_new(tables.commands))


def row_of(room: str, receipt: Receipt, *, logged: bool) -> dict[str, object]:
    return {
        "room": room,
        "actor": receipt.actor,
        "id": receipt.id,
        "digest": receipt.digest,
        "seq": receipt.seq,
        "ok": encoder.encode(receipt.ok),
        "logged": logged,
    }


def keep(connection: Connection, row: dict[str, object]) -> bool:
    """Keep a receipt, once per room, actor and id; whether it is new."""
    return KEEP(connection, row) == 1


def kept(connection: Connection, room: str, keys: Sequence[tuple[str, str]]) -> Receipt | None:
    """One of what was answered to commands of these actors and ids, if anything was."""
    row = connection.execute(ANSWERED, {"room": room, "keys": keys}).first()
    return Receipt(row.actor, row.id, row.digest, row.seq, OK.decode(row.ok)) if row else None
