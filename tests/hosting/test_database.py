"""The one writer: commits shared, each write alone in what it raises, nothing acknowledged that is not there."""

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from hosting import tables
from hosting.database import Database, Prepared, driver
from hosting.errors import Unavailable
from hosting.writer import BATCH, CHECKPOINT

Write = Callable[[Connection], int]


def put(id: int, size: int = 1) -> Write:
    """A write of one row: a room with a name of a given size."""

    def write(sql: Connection) -> int:
        sql.execute(insert(tables.rooms), {"id": str(id), "epoch": "e" * size})
        return id

    return write


def stumble(id: int) -> Write:
    """A write that raises after its row."""

    def write(sql: Connection) -> int:
        put(id)(sql)
        raise ZeroDivisionError(id)

    return write


def connected(database: Database) -> contextlib.closing[Any]:  # a DB-API connection
    """The same file as another process has it, by the same library: two in one process would break its locks."""
    path = database.url.removeprefix("sqlite:///")
    return contextlib.closing(driver().connect(path, isolation_level=None))


def counted(database: Database) -> list[str]:
    """The commits of the writer from here on."""
    commits: list[str] = []
    database.writing.raw.set_trace_callback(lambda text: commits.append(text) if text == "COMMIT" else None)
    return commits


async def there(database: Database) -> list[int]:
    """The rows that are there."""
    found = await database.read(lambda sql: sql.execute(select(tables.rooms.c.id)).scalars().all())
    return sorted(int(id) for id in found)


@contextlib.asynccontextmanager
async def held(database: Database) -> AsyncIterator[None]:
    """The writer kept busy, so that what is written meanwhile waits and shares the next commit."""
    gate, begun = threading.Event(), threading.Event()

    def wait(_sql: Connection) -> None:
        begun.set()
        gate.wait(10)

    busy = asyncio.create_task(database.write(wait))
    await asyncio.to_thread(begun.wait, 10)
    try:
        yield
    finally:
        gate.set()
        await busy


async def together(database: Database, *writes: Write) -> list[int | BaseException]:
    """The answers of writes that wait for the writer at the same time."""
    async with held(database):
        waiting = [asyncio.create_task(database.write(write)) for write in writes]
        await asyncio.sleep(0)  # now each has begun, and waits
    return await asyncio.gather(*waiting, return_exceptions=True)


# ── Group commit ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_waiting_writes_share_a_commit(database: Database) -> None:
    commits = counted(database)
    answers = await together(database, *(put(id) for id in range(200)))
    assert answers == list(range(200)) == await there(database)
    assert len(commits) == 2  # that of whoever was first, and that of all who waited


async def test_one_commit_takes_no_more_than_a_batch(database: Database) -> None:
    commits = counted(database)
    await together(database, *(put(id) for id in range(2 * BATCH + 1)))
    assert len(commits) == 4
    assert len(await there(database)) == 2 * BATCH + 1


async def test_whoever_raises_is_rolled_back_alone(database: Database) -> None:
    answers = await together(database, put(1), stumble(2), put(3), put(1), put(4))
    kinds = [type(answer).__name__ for answer in answers]
    assert kinds == ["int", "ZeroDivisionError", "int", "IntegrityError", "int"]
    assert await there(database) == [1, 3, 4]


async def test_answer_comes_after_the_row_can_be_read(database: Database) -> None:
    for id in range(20):
        await database.write(put(id))
        assert await there(database) == list(range(id + 1))


async def test_cancelled_write_that_has_not_begun_is_not_done(database: Database) -> None:
    async with held(database):
        waiting = [asyncio.create_task(database.write(put(id))) for id in (1, 2)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0.01)  # until the writer could know
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert (type(answers[0]), answers[1]) == (asyncio.CancelledError, 2)
    assert await there(database) == [2]


async def test_stopping_finishes_what_waits(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    database.start()
    async with held(database):
        waiting = [asyncio.create_task(database.write(put(id))) for id in range(50)]
        await asyncio.sleep(0)
        stopping = asyncio.create_task(asyncio.to_thread(database.stop))
        await asyncio.sleep(0.05)
    assert await asyncio.gather(*waiting) == list(range(50))
    await stopping
    with connected(database) as raw:
        assert raw.execute("SELECT count(*) FROM rooms").fetchone() == (50,)


# ── Written together ─────────────────────────────────────────────────────────────────────────────────────────────────


class Pile:
    """A function that writes all that waits for it, and what it was called with."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []

    def put_all(self, sql: Connection, ids: list[int]) -> list[int]:
        self.calls.append(list(ids))
        return [put(id)(sql) for id in ids]


async def piled(database: Database, pile: Pile, *ids: int, others: tuple[Write, ...] = ()) -> list[int | BaseException]:
    """The answers of items that wait for the writer at the same time, and of writes of their own between them."""
    put_all = pile.put_all  # one function: a method is another one each time it is looked up
    async with held(database):
        waiting = []
        for place, id in enumerate(ids):
            waiting.append(asyncio.create_task(database.together(put_all, id)))
            waiting += [asyncio.create_task(database.write(other)) for other in others[place : place + 1]]
        await asyncio.sleep(0)
    return await asyncio.gather(*waiting, return_exceptions=True)


async def test_items_that_wait_are_written_by_one_call_in_their_order(database: Database) -> None:
    pile, commits = Pile(), counted(database)
    assert await piled(database, pile, 3, 1, 2, others=(put(7), put(8))) == [3, 7, 1, 8, 2]
    assert (pile.calls, len(commits)) == ([[3, 1, 2]], 2)
    assert await there(database) == [1, 2, 3, 7, 8]


async def test_item_that_cannot_be_written_hits_its_own_sender_only(database: Database) -> None:
    pile = Pile()
    await database.write(put(2))
    answers = await piled(database, pile, 1, 2, 3, 3, others=(stumble(7), put(8)))
    kinds = [type(answer).__name__ for answer in answers]
    assert kinds == ["int", "ZeroDivisionError", "IntegrityError", "int", "int", "IntegrityError"]
    assert pile.calls == [[1, 2, 3, 3], [1], [2], [3], [3]]
    assert await there(database) == [1, 2, 3, 8]


async def test_item_alone_that_cannot_be_written_leaves_nothing_and_the_next_is_written(database: Database) -> None:
    def put_two(sql: Connection, ids: list[int]) -> list[int]:
        put(1)(sql)
        return [put(id)(sql) for id in ids]

    with pytest.raises(IntegrityError):
        await database.together(put_two, 1)
    assert await database.together(put_two, 2) == 2
    assert await there(database) == [1, 2]


async def test_loop_is_woken_once_for_all_answers_of_a_commit(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, woken = asyncio.get_running_loop(), []
    wake = loop.call_soon_threadsafe

    def counting(*call: Any, **more: Any) -> asyncio.Handle:
        if threading.current_thread().name == "writer":
            woken.append(call)
        return wake(*call, **more)

    monkeypatch.setattr(loop, "call_soon_threadsafe", counting)
    assert await piled(database, Pile(), *range(200)) == list(range(200))
    assert len(woken) == 2  # that of whoever was first, and that of all who waited


async def test_prepared_statement_raises_as_any_other(database: Database) -> None:
    insert_room = Prepared(insert(tables.rooms).values(id=bindparam("id"), epoch=bindparam("epoch")))
    assert await database.write(lambda sql: insert_room(sql, {"id": "1", "epoch": "e"})) == 1
    with pytest.raises(IntegrityError):
        await database.write(lambda sql: insert_room(sql, {"id": "1", "epoch": "e"}))
    await database.write(lambda sql: sql.exec_driver_sql("DROP TABLE events") and None)
    with pytest.raises(Unavailable):
        await database.write(lambda sql: Prepared(delete(tables.events))(sql, {}))
    assert await there(database) == [1]


@pytest.mark.parametrize(
    "execute", [Prepared(insert(tables.topics)), lambda sql, row: sql.execute(insert(tables.topics), row)]
)
async def test_error_of_a_statement_says_nothing_of_its_values(
    database: Database, execute: Callable[[Connection, dict[str, object]], object]
) -> None:
    row = {"exchange": "none", "id": "x", "place": 0, "short": "canary", "title": "canary"}
    with pytest.raises(IntegrityError) as raised:
        await database.write(lambda sql: execute(sql, row))
    assert ("canary" in str(raised.value), "INSERT INTO topics" in str(raised.value)) == (False, True)


# ── The log of pages ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_log_of_pages_stays_small(database: Database) -> None:
    steps: list[str] = []
    database.writing.raw.set_trace_callback(steps.append)
    many = 3 * CHECKPOINT
    for start in range(0, many, 200):
        await asyncio.gather(*(database.write(put(id)) for id in range(start, start + 200)))
    await database.write(put(many))  # whatever came after the answers is done
    assert steps.count("PRAGMA wal_checkpoint(PASSIVE)") == 3
    log = database.url.removeprefix("sqlite:///") + "-wal"
    assert os.stat(log).st_size < 40_000_000


async def test_answer_does_not_wait_for_a_checkpoint(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint, gate, waited = database.writing.checkpoint, threading.Event(), []

    def slow() -> None:
        waited.append(gate.wait(10))
        checkpoint()

    monkeypatch.setattr(database.writing, "checkpoint", slow)
    assert (await database.write(put(1)), waited) == (1, [])
    gate.set()
    assert (await database.write(put(2)), waited[:1]) == (2, [True])


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_reader_cannot_write(database: Database) -> None:
    with pytest.raises(Unavailable, match="readonly"):
        await database.read(put(1))
    assert await there(database) == []


async def test_reader_sees_one_moment(database: Database) -> None:
    between, gone_on = threading.Event(), threading.Event()

    def look_twice(sql: Connection) -> list[int]:
        count = select(func.count()).select_from(tables.rooms)
        first = sql.execute(count).scalar_one()
        between.set()
        gone_on.wait(10)
        return [first, sql.execute(count).scalar_one()]

    looking = asyncio.create_task(database.read(look_twice))
    await asyncio.to_thread(between.wait, 10)
    await database.write(put(1))
    gone_on.set()
    assert (await looking, await there(database)) == ([0, 0], [1])


async def test_what_a_reader_raises_is_raised_to_who_asked(database: Database) -> None:
    def fall(_sql: Connection) -> None:
        raise KeyError("planted")

    with pytest.raises(KeyError, match="planted"):
        await database.read(fall)
    assert await there(database) == []


# ── Other processes ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_writes_of_others_are_noticed_once_and_ones_own_never(database: Database) -> None:
    noticed = [await database.changed_elsewhere()]
    await database.write(put(1))
    noticed.append(await database.changed_elsewhere())
    with connected(database) as raw:
        raw.execute("INSERT INTO rooms (id, epoch) VALUES ('2', 'e')")
    noticed += [await database.changed_elsewhere(), await database.changed_elsewhere()]
    assert noticed == [False, False, True, False]


async def test_reading_elsewhere_is_no_change(database: Database) -> None:
    await database.changed_elsewhere()
    with connected(database) as raw:
        raw.execute("SELECT count(*) FROM rooms").fetchall()
    assert await database.changed_elsewhere() is False


async def test_writer_waits_for_another_process_that_writes(database: Database) -> None:
    with connected(database) as raw:
        raw.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(database.write(put(1)))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        raw.execute("COMMIT")
        assert await waiting == 1


# ── Away ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def pages(database: Database, more: int) -> None:
    """Let the file grow by so many pages and no further: a full disk."""

    def limit(sql: Connection) -> None:
        count = sql.exec_driver_sql("PRAGMA page_count").scalar_one()
        sql.exec_driver_sql(f"PRAGMA max_page_count={count + more}").scalar_one()

    await database.write(limit)


async def test_full_database_is_away_and_works_again_with_room(database: Database) -> None:
    await pages(database, 3)
    with pytest.raises(Unavailable):
        await database.write(put(1, 100_000))
    assert await database.write(put(2)) == 2
    await pages(database, 1_000)
    assert await database.write(put(3, 100_000)) == 3
    assert await there(database) == [2, 3]


async def test_nothing_is_acknowledged_that_a_full_disk_took_away(database: Database) -> None:
    await pages(database, 3)
    answers = await together(database, *(put(id, 100_000 if id == 5 else 1) for id in range(10)))
    acknowledged = [answer for answer in answers if isinstance(answer, int)]
    assert {type(answer) for answer in answers} <= {int, Unavailable}
    assert isinstance(answers[5], Unavailable)
    assert await there(database) == acknowledged


async def test_commit_that_fails_takes_nobody_with_it_but_its_batch(database: Database) -> None:
    def orphan(sql: Connection) -> int:
        sql.exec_driver_sql("PRAGMA defer_foreign_keys=ON")  # checked at the commit, which is where disks fail too
        row = {"exchange": "none", "id": "x", "place": 0, "short": {}, "title": {}}
        sql.execute(insert(tables.topics), row)
        return 0

    answers = await together(database, put(1), orphan, put(2))
    assert [type(answer) for answer in answers] == [Unavailable] * 3
    assert await database.write(put(3)) == 3
    assert await there(database) == [3]


async def test_read_only_database_is_away_and_works_again(database: Database) -> None:
    raw: Any = database.writing.raw
    raw.execute("PRAGMA query_only=ON")
    answers = await asyncio.gather(*(database.write(put(id)) for id in (1, 2, 3)), return_exceptions=True)
    raw.execute("PRAGMA query_only=OFF")
    assert [type(answer) for answer in answers] == [Unavailable] * 3
    assert await database.write(put(4)) == 4
    assert await there(database) == [4]


@pytest.mark.parametrize(
    "url", ["sqlite:///:memory:", "sqlite:///{folder}", "sqlite:////proc/none/a.sqlite3", "{text}"]
)
def test_database_that_cannot_be_safe_is_refused(tmp_path: Path, url: str) -> None:
    (tmp_path / "text").write_text("this is no database, though it is long enough to look like one " * 20)
    database = Database(url.format(folder=tmp_path, text=f"sqlite:///{tmp_path / 'text'}"))
    with pytest.raises(Unavailable, match="sqlite:///"):
        database.start()
