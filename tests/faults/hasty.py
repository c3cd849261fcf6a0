"""Servers that break the promise of durability on purpose, to test the tests: `python -m tests.faults.hasty serve`.

`HASTY=normal` does not sync the commits, `HASTY=early` answers before the commit; every other value is PRAGMAs that
the real check of the settings must refuse, such as `journal_mode=DELETE`.
"""

import os
import time
from typing import Any

from sqlalchemy import Connection, Engine, event

from hosting import database
from hosting.cli import main
from hosting.writer import Waiting, Writer, give, grouped

PROGRAM = ("tests.faults.hasty",)


def with_pragmas(*pragmas: str) -> None:
    """Have every connection set these after those of the house."""
    opened = database.open_engine

    def open_engine(url: str, *, writer: bool) -> Engine:
        engine = opened(url, writer=writer)

        @event.listens_for(engine, "connect")
        def hurry(connection: Any, _record: object) -> None:  # a DB-API connection
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")

        return engine

    database.open_engine = open_engine


def early(self: Writer, batch: list[Waiting]) -> None:
    """Answer within the transaction, and commit a moment later."""
    self.raw.execute("BEGIN IMMEDIATE")
    for group in grouped(batch):
        self.run(group, alone=len(batch) == 1)
    give(batch)
    time.sleep(0.02)  # long enough for every answer to be out first
    if self.raw.in_transaction:
        self.raw.execute("COMMIT")


def unsynced(self: Writer, connection: Connection) -> None:
    """Hurry once the settings have been checked."""
    raw: Any = connection.connection.driver_connection
    raw.execute("PRAGMA synchronous=NORMAL")
    started(self, connection)


started = Writer.start


if __name__ == "__main__":
    match os.environ["HASTY"]:
        case "early":
            Writer.commit = early  # type: ignore[method-assign]  # that is what this is for
        case "normal":
            Writer.start = unsynced  # type: ignore[method-assign]  # as above
        case other:
            with_pragmas(*other.split())
    main(prog_name="austausch")
