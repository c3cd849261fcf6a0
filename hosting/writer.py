"""The one thread that writes: whatever waits when it is free shares one commit, and is answered after that only.

Whoever raises is rolled back alone. A commit that fails, or a full disk, takes all who share it, and each is told. A
disk that fails to sync ends the process: what the kernel has thrown away by then, a second try would seem to write.
"""

import asyncio
import contextlib
import logging
import os
import queue
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from hosting.errors import Unavailable

BATCH = 256  # writes in one commit: bounds how long the first of them waits
CHECKPOINT = 4_000  # rows written between two checkpoints: some 8,000 pages of log where each is alone in its commit
Many = Callable[[Connection, list[Any]], list[Any]]  # writes items and answers each, or raises and has written none


logger = logging.getLogger("austausch.writer")


class Waiting:
    """An item that waits to be written by a function, and what became of it."""

    __slots__ = ("answer", "future", "item", "many", "raised")

    def __init__(self, many: Many, item: Any, future: asyncio.Future[Any] | Future[Any]) -> None:
        self.many, self.item, self.future = many, item, future
        self.answer: Any = None
        self.raised: BaseException | None = None


def call(connection: Connection, functions: list[Callable[[Connection], Any]]) -> list[Any]:
    """What writes an item that is a function itself: always one, as it must not run a second time."""
    return [function(connection) for function in functions]


class Writer:
    """The thread and its connection, which is nobody else's. `stop` finishes what waits."""

    def __init__(self) -> None:
        self.queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self.thread: threading.Thread | None = None
        self.checked = 0  # rows written until the last checkpoint
        self.forgetting = True  # whether the log may hold what is to be gone; from before a crash, too

    def start(self, connection: Connection) -> None:
        self.connection = connection
        self.raw: Any = connection.connection.driver_connection  # SQLAlchemy's own transactions take six times as long
        self.wal = f"{connection.exec_driver_sql('PRAGMA database_list').one().file}-wal"
        connection.rollback()
        self.log = os.open(self.wal, os.O_RDONLY)
        self.forget()  # it may hold what a crash has left
        self.thread = threading.Thread(target=self.write_all, name="writer", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        if self.thread:
            self.queue.put(None)
            self.thread.join()
            self.connection.close()
            os.close(self.log)

    def put(self, many: Many, item: Any, future: asyncio.Future[Any] | Future[Any]) -> None:
        self.queue.put(Waiting(many, item, future))

    def write_all(self) -> None:
        going = True
        while going:
            batch = [self.queue.get()]
            with contextlib.suppress(queue.Empty):
                while len(batch) < BATCH:
                    batch.append(self.queue.get_nowait())
            going = None not in batch
            waiting = [each for each in batch if each and not each.future.cancelled()]
            if waiting:
                self.commit(waiting)
                give(waiting)
                self.checkpoint()
                self.forget()

    def commit(self, batch: list[Waiting]) -> None:
        """One transaction for all, and what became of each."""
        try:
            self.raw.execute("BEGIN IMMEDIATE")
            for group in grouped(batch):
                self.run(group, alone=len(batch) == 1)
            if self.raw.in_transaction:
                self.raw.execute("COMMIT")
        except Exception as broken:  # whatever it is, nobody's write is there, and the thread goes on
            self.end_if_unsynced()
            self.undo()  # a commit that failed may leave its transaction open
            away = Unavailable(str(getattr(broken, "orig", broken)))
            for each in batch:
                each.raised = away

    def run(self, group: list[Waiting], *, alone: bool = False) -> None:
        """Have one function write all of a group; if that raises, each of them by itself."""
        try:
            answers = self.attempt(group, alone=alone)
        except Exception as raised:  # belongs to whoever asked for the write, and is raised there
            if not (alone or self.raw.in_transaction):
                raise  # SQLite has undone the whole batch by itself, as on a full disk: nobody's write is there
            if len(group) > 1:
                for each in group:
                    self.run([each])
            else:
                away = isinstance(raised, OperationalError)
                group[0].raised = Unavailable(str(getattr(raised, "orig", raised))) if away else raised
        else:
            for each, answer in zip(group, answers, strict=True):
                each.answer = answer

    def attempt(self, group: list[Waiting], *, alone: bool) -> list[Any]:
        """The answers of a group; whatever it raises, nothing of it is left. Who is alone in a commit is all of it."""
        items = [each.item for each in group]
        if alone:
            try:
                return group[0].many(self.connection, items)
            except BaseException:
                self.undo()
                raise
        self.raw.execute("SAVEPOINT own")
        try:
            answers = group[0].many(self.connection, items)
        except BaseException:
            if self.raw.in_transaction:
                self.raw.execute("ROLLBACK TO own")
                self.raw.execute("RELEASE own")
            raise
        self.raw.execute("RELEASE own")
        return answers

    def checkpoint(self) -> None:
        """Bring the log's pages into the database now and then: after the answers, so that nobody waits for it."""
        if self.raw.total_changes - self.checked >= CHECKPOINT:
            self.checked = self.raw.total_changes
            with contextlib.suppress(self.connection.dialect.loaded_dbapi.Error):  # if the disk is full, a commit tells
                self.raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def forget(self) -> None:
        """Empty the log, where something in it is to be gone; while somebody reads it, after the next batch.

        What an SSD or a copy of the files still holds is not in our hands.
        """
        if not self.forgetting:
            return
        with contextlib.suppress(self.connection.dialect.loaded_dbapi.Error):
            before = self.raw.execute("PRAGMA busy_timeout").fetchone()[0]
            self.raw.execute("PRAGMA busy_timeout=0")
            try:
                if self.raw.execute("PRAGMA user_version").fetchone()[0]:  # of `scatter`, after a crash too
                    self.raw.execute("VACUUM")
                    self.raw.execute("PRAGMA user_version=0")
                busy, _, _ = self.raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                self.forgetting = bool(busy)
                self.checked = self.raw.total_changes
            finally:
                self.raw.execute(f"PRAGMA busy_timeout={before}")

    def end_if_unsynced(self) -> None:
        """End the process, with no word to anybody, if it was the disk's sync that failed.

        SQLite's code for that does not come through every driver. But Linux tells each open file of it once, ours too.
        """
        try:
            os.fsync(self.log)
        except OSError as broken:
            logger.critical("%s: the disk failed to sync, so what it holds is uncertain: %s", self.wal, broken)
            os._exit(os.EX_IOERR)

    def undo(self) -> None:
        with contextlib.suppress(self.connection.dialect.loaded_dbapi.Error):
            self.raw.rollback()


def grouped(batch: Iterable[Waiting]) -> Iterable[list[Waiting]]:
    """What one function writes, in the order of the queue; functions in the order of their first items."""
    groups: dict[object, list[Waiting]] = {}
    for each in batch:
        groups.setdefault(each if each.many is call else each.many, []).append(each)
    return groups.values()


def give(batch: list[Waiting]) -> None:
    """Answer everybody: a loop is woken once for all who wait in it."""
    loops: dict[asyncio.AbstractEventLoop, list[Waiting]] = {}
    for each in batch:
        if isinstance(each.future, Future):
            settle([each])
        else:
            loops.setdefault(each.future.get_loop(), []).append(each)
    for loop, waiting in loops.items():
        with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            loop.call_soon_threadsafe(settle, waiting)


def settle(batch: list[Waiting]) -> None:
    for each in batch:
        if each.future.done():
            continue  # cancelled meanwhile
        if each.raised is None:
            each.future.set_result(each.answer)
        else:
            each.future.set_exception(each.raised)
