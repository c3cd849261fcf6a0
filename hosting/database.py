"""The database engine: one thread that writes, a few that read, and everything in which dialects differ.

What `write` returned from is durable (SQLite: WAL, synchronous FULL). Stores are plain functions of a connection:
`await database.write(fn)`. Whatever waits when the writer is free shares one commit, a savepoint each.
"""

import asyncio
import contextlib
import importlib
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from hosting.errors import Unavailable
from hosting.schema import upgrade

T = TypeVar("T")
BATCH = 256  # writes in one commit: bounds how long the first of them waits
READERS = 4
BUSY = 5_000  # ms to wait for another process (the command line) that writes


def driver() -> Any:  # the DB-API module, which has no type of its own
    """A SQLite without the WAL-reset bug where its wheel is installed, else Python's own."""
    try:
        return importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        return importlib.import_module("sqlite3")


def sqlite_version() -> str:
    return str(driver().sqlite_version)


def open_engine(url: str, *, writer: bool) -> Engine:
    """An engine on SQLite. The writer checkpoints; readers never do and cannot write."""
    engine = create_engine(
        url, module=driver(), poolclass=NullPool, connect_args={"check_same_thread": False, "cached_statements": 256}
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:  # a DB-API connection
        connection.isolation_level = None  # transactions begin where we say so
        for pragma in (
            f"busy_timeout={BUSY}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            *(("secure_delete=ON",) if writer else ("query_only=ON", "wal_autocheckpoint=0")),
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

    return engine


def insert_or_ignore(connection: Connection, table: Table, row: dict[str, object]) -> bool:
    """Insert a row unless its key is there; whether it was inserted."""
    statement = sqlite.insert(table).on_conflict_do_nothing()
    return connection.execute(statement, row).rowcount == 1


def upsert(connection: Connection, table: Table, row: dict[str, object]) -> None:
    """Insert a row, or make the row of the same primary key like it."""
    key = [column.name for column in table.primary_key]
    statement = sqlite.insert(table).values(row)
    rest = {name: statement.excluded[name] for name in row if name not in key}
    connection.execute(
        statement.on_conflict_do_update(index_elements=key, set_=rest) if rest else statement.on_conflict_do_nothing()
    )


class Database:
    """One database. `start` brings its schema to this version and checks that it is safe; `stop` waits for writes."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.work: queue.SimpleQueue[tuple[Callable[[Connection], object], Future[Any]] | None] = queue.SimpleQueue()
        self.reading = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self.local = threading.local()
        self.open_readers: list[Connection] = []
        self.thread: threading.Thread | None = None

    def start(self) -> None:
        """Open, migrate, start the writer. Unavailable says what the database cannot do."""
        path = self.url.removeprefix("sqlite:///")
        if path and path != ":memory:":
            try:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            except OSError as broken:
                raise Unavailable(f"{self.url}: {broken}") from broken
        self.writer = open_engine(self.url, writer=True)
        self.reader = open_engine(self.url, writer=False)
        try:
            with self.writer.connect() as connection:
                upgrade(connection)
                connection.commit()
            self.writing = self.writer.connect()
            self.raw: Any = self.writing.connection.driver_connection
            self.check()
        except DatabaseError as broken:
            raise Unavailable(f"{self.url}: {broken.orig}") from broken
        self.thread = threading.Thread(target=self.write_all, name="writer", daemon=True)
        self.thread.start()

    def check(self) -> None:
        """Refuse settings under which an acknowledged command could be lost; remember what was written so far."""
        for pragma, wanted in (("journal_mode", "wal"), ("synchronous", 2)):
            found = self.writing.exec_driver_sql(f"PRAGMA {pragma}").scalar_one()
            if found != wanted:
                raise Unavailable(f"{self.url}: {pragma} is {found}, it must be {wanted}")
        self.version = self.data_version(self.writing)
        self.writing.rollback()

    def stop(self) -> None:
        """Finish what is queued, then close everything."""
        if self.thread:
            self.work.put(None)
            self.thread.join()
            self.writing.close()
        self.reading.shutdown()
        for connection in self.open_readers:
            connection.close()
        self.writer.dispose()
        self.reader.dispose()

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """Run fn in a reading transaction of its own, in a thread. Unavailable."""
        return await asyncio.get_running_loop().run_in_executor(self.reading, self.read_now, fn)

    def read_now(self, fn: Callable[[Connection], T]) -> T:
        connection: Connection | None = getattr(self.local, "connection", None)
        if connection is None:
            connection = self.local.connection = self.reader.connect()
            self.open_readers.append(connection)
        try:
            return fn(connection)
        except OperationalError as broken:
            raise Unavailable(str(broken.orig)) from broken
        finally:
            connection.rollback()

    async def write(self, fn: Callable[[Connection], T]) -> T:
        """Run fn in the writer's thread; when this returns, what it wrote is durable. Unavailable: nothing was."""
        future: Future[Any] = Future()
        self.work.put((fn, future))
        return cast(T, await asyncio.wrap_future(future))

    def write_now(self, fn: Callable[[Connection], T]) -> T:
        """The same for the command line, which has no loop."""
        future: Future[Any] = Future()
        self.work.put((fn, future))
        return cast(T, future.result())

    async def changed_elsewhere(self) -> bool:
        """Whether another process has written since this was last asked, or since the start."""
        future: Future[Any] = Future()
        self.work.put((self.data_version, future))
        found = await asyncio.wrap_future(future)
        before, self.version = self.version, found
        return bool(found != before)

    def data_version(self, connection: Connection) -> object:
        return connection.exec_driver_sql("PRAGMA data_version").scalar_one()

    # ── The writer's thread ──────────────────────────────────────────────────────────────────────────────────────

    def write_all(self) -> None:
        going = True
        while going:
            batch = [self.work.get()]
            while len(batch) < BATCH and not self.work.empty():
                batch.append(self.work.get())
            going = None not in batch
            self.commit_batch([work for work in batch if work])

    def commit_batch(self, batch: list[tuple[Callable[[Connection], object], Future[Any]]]) -> None:
        """One commit for all; whoever raises is rolled back alone. Answers are given after the commit only."""
        batch = [(fn, future) for fn, future in batch if future.set_running_or_notify_cancel()]
        if not batch:
            return
        answers: list[tuple[Future[Any], object, BaseException | None]] = []
        try:
            with self.writing.begin():
                for fn, future in batch:
                    answers.append((future, *self.run(fn)))
        except (DBAPIError, OSError) as broken:
            with contextlib.suppress(driver().Error):
                self.raw.rollback()  # a commit that failed may leave its transaction open
            away = Unavailable(str(getattr(broken, "orig", broken)))
            answers = [(future, None, away) for _, future in batch]
        for future, value, raised in answers:
            if raised is None:
                future.set_result(value)
            else:
                future.set_exception(raised)

    def run(self, fn: Callable[[Connection], object]) -> tuple[object, BaseException | None]:
        try:
            with self.writing.begin_nested():
                return fn(self.writing), None
        except OperationalError as broken:
            if not self.raw.in_transaction:
                raise  # SQLite has undone the whole batch by itself, as on a full disk: nobody's write is there
            return None, Unavailable(str(broken.orig))
        except Exception as raised:  # belongs to whoever asked for the write, and is raised there
            return None, raised
