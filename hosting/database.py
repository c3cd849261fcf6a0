"""The database engine: one thread that writes, a few that read, and everything in which dialects differ.

What `write` returned from is durable (SQLite: WAL, synchronous FULL). Stores are plain functions of a connection:
`await database.write(fn)`; those that live rooms call by the thousand write many items at once: `together(many, item)`.
"""

import asyncio
import importlib
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Table,
    TableValuedAlias,
    bindparam,
    create_engine,
    event,
    func,
    literal_column,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError
from sqlalchemy.pool import NullPool
from sqlalchemy.sql.expression import UpdateBase

from hosting.errors import Unavailable
from hosting.schema import upgrade
from hosting.writer import Writer, call

T = TypeVar("T")
Item = TypeVar("Item")
READERS = 4
BUSY = 5_000  # ms to wait for another process (the command line) that writes
WRITING = (
    "secure_delete=ON",
    "wal_autocheckpoint=8000",  # pages, 32 MB: the writer checkpoints before, unless rows are large
    "journal_size_limit=67108864",  # bytes to which the log shrinks again after a long reader kept it growing
)


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
        url,
        module=driver(),
        poolclass=NullPool,
        hide_parameters=True,  # errors are logged, and values are what people wrote
        connect_args={"check_same_thread": False, "cached_statements": 256},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:  # a DB-API connection
        connection.isolation_level = None  # transactions begin where we say so
        for pragma in (
            f"busy_timeout={BUSY}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            *(WRITING if writer else ("query_only=ON", "wal_autocheckpoint=0")),
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if not connection.connection.driver_connection.in_transaction:  # type: ignore[union-attr]  # the writer has begun
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

    return engine


def inserting_new(table: Table) -> sqlite.Insert:
    """An insert that passes over a row whose key is there."""
    return sqlite.insert(table).on_conflict_do_nothing()


def upserting(table: Table, names: Iterable[str]) -> sqlite.Insert:
    """An insert of these columns that makes the row of the same primary key like it."""
    key = [column.name for column in table.primary_key]
    statement = sqlite.insert(table)
    rest = {name: statement.excluded[name] for name in names if name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=rest) if rest else inserting_new(table)


def scatter(connection: Connection) -> None:
    """To be called where a text is overwritten that is to be gone: `Database.forget` then makes all pages anew.

    What SQLite moves when it splits a page stays in the page's gap. The header says that it is to be done, in the same
    transaction: a crash in between does not take that away, nor does it matter who opens the database first after it.
    """
    connection.exec_driver_sql("PRAGMA user_version=1")


def insert_or_ignore(connection: Connection, table: Table, row: dict[str, object]) -> bool:
    """Insert a row unless its key is there; whether it was inserted."""
    return connection.execute(inserting_new(table), row).rowcount == 1


def upsert(connection: Connection, table: Table, row: dict[str, object]) -> None:
    """Insert a row, or make the row of the same primary key like it."""
    connection.execute(upserting(table, row), row)


class Prepared:
    """A statement that writes and is run by the thousand: compiled once, then given to the driver as it is.

    SQLAlchemy takes three to ten times as long for each execution. The driver knows no JSON columns.
    """

    def __init__(self, statement: UpdateBase) -> None:
        self.statement = statement
        self.texts: dict[str, str] = {}  # by the dialect's name

    def __call__(self, connection: Connection, row: Mapping[str, object]) -> int:
        """Run it with the values of one row; the number of rows that it wrote or deleted."""
        text = self.texts.get(connection.dialect.name) or self.text(connection)
        driven: Any = connection.connection.driver_connection
        try:
            return int(driven.execute(text, row).rowcount)
        except connection.dialect.loaded_dbapi.Error as broken:
            raise DBAPIError.instance(text, None, broken, connection.dialect.loaded_dbapi.Error) from broken

    def text(self, connection: Connection) -> str:
        named: Any = type(connection.dialect)  # whose parameters are not those of the type it is declared to be
        text = self.texts[connection.dialect.name] = str(self.statement.compile(dialect=named(paramstyle="named")))
        return text


def gathered(*columns: ColumnElement[Any]) -> ColumnElement[str]:
    """All rows as one JSON list of lists, each as those columns.

    A row that is fetched alone costs a turn at the interpreter's lock, behind whatever the event loop is doing.
    """
    return func.json_group_array(func.json_array(*columns))


def hexed(column: ColumnElement[bytes]) -> ColumnElement[str]:
    """Bytes as JSON can hold them: in hexadecimal digits."""
    return func.hex(column)


def asked(name: str) -> TableValuedAlias:
    """The members of a JSON list that is given as a parameter: a row each, with its `value`."""
    return func.json_each(bindparam(name)).table_valued("value", name=f"{name}_asked")


def member(rows: TableValuedAlias, place: int) -> ColumnElement[str]:
    """Where the members of what is `asked` are lists: what stands at a place of each."""
    return func.json_extract(rows.c.value, literal_column(f"'$[{place}]'"))


class Database:
    """One database. `start` brings its schema to this version and checks that it is safe; `stop` waits for writes."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.reading = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self.local = threading.local()
        self.open_readers: list[Connection] = []
        self.writing = Writer()

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
            connection = self.writer.connect()
            self.check(connection)
        except DatabaseError as broken:
            raise Unavailable(f"{self.url}: {broken.orig}") from broken
        self.writing.start(connection)

    def check(self, connection: Connection) -> None:
        """Refuse settings under which an acknowledged command could be lost; remember what was written so far."""
        for pragma, wanted in (("journal_mode", "wal"), ("synchronous", 2)):
            found = connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one()
            if found != wanted:
                raise Unavailable(f"{self.url}: {pragma} is {found}, it must be {wanted}")
        self.version = data_version(connection)
        connection.rollback()

    def stop(self) -> None:
        """Finish what is queued, then close everything."""
        self.writing.stop()
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
        return await self.together(call, fn)

    async def together(self, many: Callable[[Connection, list[Item]], list[T]], item: Item) -> T:
        """Have an item written by a function of all items that wait for it, which answers each; durable as by `write`.

        If it raises it is run again for each of them alone, and what it raises then belongs to that one. Unavailable.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.writing.put(many, item, future)
        return await future

    def write_now(self, fn: Callable[[Connection], T]) -> T:
        """The same as `write` for the command line, which has no loop."""
        future: Future[T] = Future()
        self.writing.put(call, fn, future)
        return future.result()

    def forget(self) -> None:
        """Have what is overwritten from here on vanish from SQLite's log too: with the next write that nobody's reading
        hinders. In the database file `secure_delete` overwrites it at once, but for what `scatter` is for."""
        self.writing.forgetting = True

    async def cut_log(self) -> None:
        """Have SQLite's log emptied, which keeps each step by which rows became what they are.

        At once, unless somebody is reading: then with one of the next writes. Unavailable.
        """
        self.writing.forgetting = True
        await self.write(lambda _: None)

    async def changed_elsewhere(self) -> bool:
        """Whether another process has written since this was last asked, or since the start."""
        found = await self.write(data_version)
        before, self.version = self.version, found
        return found != before


def data_version(connection: Connection) -> int:
    return int(connection.exec_driver_sql("PRAGMA data_version").scalar_one())
