"""What every log promises: durable records in one gapless order, all or none, and each command at most once."""

import asyncio
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.exc import IntegrityError

from hosting import log
from hosting.receipts import ANSWERED
from rooms.chat import Blanked, Said
from rooms.core import Event, Receipt, Record
from rooms.lifecycle import Closed, Opened
from rooms.lists import Summary
from rooms.ports import Away, Conflict, Duplicate, Log, NoSuchRoom, Tail
from rooms.questions import Asked, Screened
from tests.contracts.stores import SqlStores, Stores
from tests.rooms.stories import PLAN, START
from tests.rooms.test_wire_events import EVENTS

AT = START + timedelta(milliseconds=123)
OPEN = Summary(
    "open",
    START + timedelta(hours=1),
    {"en": "Welcome", "ar": "أهلاً"},
    overrun=5,
    now_ends=AT,
    floor="ar",
    channels={"en": "silent", "zh-Hant": "relay"},
    slots={"c1": ("on_air", "needs_changes"), "c2": ("invited", "none")},
    due={"c2": AT},
)


def records(after: int, *events: Event, receipt: Receipt | None = None, by: str = "p1") -> tuple[Record, ...]:
    """Records that follow a seq; the receipt stands on the last."""
    last = after + len(events)
    return tuple(
        Record(seq, AT, by, event, receipt if seq == last else None) for seq, event in enumerate(events, after + 1)
    )


def receipt(id: str, seq: int, actor: str = "p1", digest: bytes = b"digest") -> Receipt:
    return Receipt(actor, id, digest, seq, {"question": "q1"})


FIRST = records(0, Asked("q1", "p1", "Why?", "en"), Screened("q1"), receipt=receipt("k1", 2))


# ── Reading and appending ────────────────────────────────────────────────────────────────────────────────────────────


async def test_log_reads_back_what_was_appended(stores: Stores) -> None:
    await stores.log.append("r1", 0, FIRST, None)
    more = records(2, Opened(), by="system")
    await stores.log.append("r1", 2, more, None)
    assert await stores.log.read("r1") == Tail("e1", FIRST + more)


async def test_log_keeps_events_of_every_type_as_they_were(stores: Stores) -> None:
    await stores.log.append("r1", 0, records(0, *EVENTS), None)
    assert [record.event for record in (await stores.log.read("r1")).records] == list(EVENTS)


@pytest.mark.parametrize(("after", "seqs"), [(0, [1, 2, 3]), (1, [2, 3]), (3, []), (9, [])])
async def test_log_reads_only_what_comes_after(stores: Stores, after: int, seqs: list[int]) -> None:
    await stores.log.append("r1", 0, records(0, PLAN, Opened(), Closed()), None)
    assert [record.seq for record in (await stores.log.read("r1", after)).records] == seqs


async def test_logs_of_rooms_are_separate(stores: Stores) -> None:
    await stores.log.append("r1", 0, FIRST, OPEN)
    other = records(0, Opened(), receipt=receipt("k1", 1, digest=b"another"))
    await stores.log.append("r2", 0, other, None)
    assert await stores.log.read("r2") == Tail("e2", other)
    assert await stores.log.read("r1") == Tail("e1", FIRST)


async def test_log_of_no_room_is_none(stores: Stores) -> None:
    with pytest.raises(NoSuchRoom):
        await stores.log.read("r9")
    with pytest.raises(NoSuchRoom):
        await stores.log.append("r9", 0, FIRST, None)


# ── All or none ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("expected", [0, 1, 3])
async def test_log_refuses_an_append_at_another_place_than_its_end_and_writes_nothing(
    stores: Stores, expected: int
) -> None:
    await stores.log.append("r1", 0, FIRST, OPEN)
    late = records(expected, Opened(), Closed(), receipt=receipt("k2", expected + 2))
    with pytest.raises(Conflict):
        await stores.log.append("r1", expected, late, Summary("closed", START, None))
    assert (await stores.log.read("r1"), await stores.summary("r1")) == (Tail("e1", FIRST), OPEN)
    right = records(2, Opened(), Closed(), receipt=receipt("k2", 4))
    await stores.log.append("r1", 2, right, None)  # its id was not used up
    assert await stores.log.read("r1", 2) == Tail("e1", right)


@pytest.mark.parametrize("expected", [2, 0], ids=["at the end", "at a place that is taken too"])
async def test_log_refuses_a_command_id_used_before_with_its_receipt_and_writes_nothing(
    stores: Stores, expected: int
) -> None:
    await stores.log.append("r1", 0, FIRST, OPEN)
    again = records(expected, Opened(), Closed(), receipt=receipt("k1", expected + 2, digest=b"another"))
    with pytest.raises(Duplicate) as duplicate:
        await stores.log.append("r1", expected, again, Summary("closed", START, None))
    assert duplicate.value.receipt == receipt("k1", 2)
    assert (await stores.log.read("r1"), await stores.summary("r1")) == (Tail("e1", FIRST), OPEN)


async def test_log_takes_the_same_command_id_of_another_person(stores: Stores) -> None:
    await stores.log.append("r1", 0, FIRST, None)
    other = records(2, Opened(), receipt=receipt("k1", 3, actor="p2"), by="p2")
    await stores.log.append("r1", 2, other, None)
    assert await stores.log.read("r1", 2) == Tail("e1", other)


async def test_log_keeps_every_receipt_of_commands_appended_together(stores: Stores) -> None:
    one = records(0, Asked("q1", "p1", "Why?", "en"), receipt=receipt("k1", 1))
    two = records(1, Screened("q1"), Opened(), receipt=receipt("k1", 3, actor="p2"), by="p2")
    await stores.log.append("r1", 0, one + two, None)
    assert await stores.log.read("r1") == Tail("e1", one + two)
    new = records(3, Closed(), receipt=receipt("k2", 4))
    for known in (receipt("k1", 1), receipt("k1", 3, actor="p2")):
        again = records(4, Opened(), receipt=receipt(known.id, 5, actor=known.actor), by=known.actor)
        with pytest.raises(Duplicate) as duplicate:
            await stores.log.append("r1", 3, new + again, OPEN)
        assert duplicate.value.receipt == known
    assert await stores.log.read("r1") == Tail("e1", one + two)
    await stores.log.append("r1", 3, new, None)


async def test_log_in_sql_looks_commands_up_by_their_key_however_many_there_are(sqlite: SqlStores) -> None:
    keys = [("p1", "k1"), ("p2", "k2")]
    query = ANSWERED.params(room="r1", keys=keys).compile(dialect=dialect(), compile_kwargs={"literal_binds": True})
    plan = await sqlite.database.read(lambda sql: sql.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all())
    searches = [row[3] for row in plan if "commands" in row[3]]
    assert len(searches) == 1
    assert searches[0].endswith("(room=? AND actor=? AND id=?)")


async def test_log_in_sql_writes_none_of_several_when_one_cannot_be_written(sqlite: SqlStores) -> None:
    twice = (*records(0, Opened()), *records(0, Closed(), receipt=receipt("k1", 1)))
    with pytest.raises(IntegrityError):
        await sqlite.log.append("r1", 0, twice, OPEN)
    assert (await sqlite.log.read("r1"), await sqlite.summary("r1")) == (Tail("e1", ()), None)
    await sqlite.log.append("r1", 0, FIRST, None)


async def test_log_in_sql_out_of_reach_is_away(sqlite: SqlStores) -> None:
    await sqlite.database.write(lambda connection: connection.exec_driver_sql("DROP TABLE events") and None)
    with pytest.raises(Away):
        await sqlite.log.read("r1")
    with pytest.raises(Away):
        await sqlite.log.append("r1", 0, FIRST, None)


# ── What lists show ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_log_stores_the_summary_with_the_append_and_keeps_it_when_there_is_none(stores: Stores) -> None:
    await stores.log.append("r1", 0, records(0, Opened()), OPEN)
    await stores.log.append("r1", 1, records(1, Asked("q1", "p1", "Why?", "en")), None)
    closed = Summary("closed", AT, None)
    seen = [await stores.summary("r1")]
    await stores.log.append("r1", 2, records(2, Closed()), closed)
    assert [*seen, await stores.summary("r1")] == [OPEN, closed]


# ── What is said and gone ────────────────────────────────────────────────────────────────────────────────────────────


async def test_log_blanks_what_was_said_in_the_append_that_says_so_and_nothing_else(stores: Stores) -> None:
    """In this room only, with what is appended together; answers stay, and what is said later stands."""
    talk = records(0, Said("s1", "p1", "One", "crew"), Asked("q1", "p1", "Why?", "en"), receipt=receipt("k1", 2))
    await stores.log.append("r1", 0, talk, None)
    await stores.log.append("r2", 0, records(0, Said("s1", "p1", "Another room")), None)
    more = (Said("s2", "p1", "Two"), Closed(), Blanked())
    await stores.log.append("r1", 2, records(2, *more, receipt=receipt("k2", 5)), OPEN)
    later = records(5, Said("s3", "p1", "Three"))
    await stores.log.append("r1", 5, later, None)
    blank = records(0, Said("s1", "p1", None, "crew"), Asked("q1", "p1", "Why?", "en"), receipt=receipt("k1", 2))
    rest = records(2, Said("s2", "p1", None), *more[1:], receipt=receipt("k2", 5))
    assert await stores.log.read("r1") == Tail("e1", blank + rest + later)
    assert await stores.log.read("r2") == Tail("e2", records(0, Said("s1", "p1", "Another room")))
    with pytest.raises(Duplicate) as duplicate:
        await stores.log.append("r1", 6, records(6, Opened(), receipt=receipt("k1", 7)), None)
    assert duplicate.value.receipt == receipt("k1", 2)


async def test_log_that_cannot_append_the_blanking_blanks_nothing(stores: Stores) -> None:
    talk = records(0, Said("s1", "p1", "One"))
    await stores.log.append("r1", 0, talk, None)
    with pytest.raises(Conflict):
        await stores.log.append("r1", 7, records(7, Closed(), Blanked()), None)
    assert await stores.log.read("r1") == Tail("e1", talk)


def bytes_of(url: str) -> bytes:
    """All that the database's files hold: the file, and SQLite's log."""
    path = Path(url.removeprefix("sqlite:///"))
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


async def test_log_in_sql_leaves_no_byte_of_what_is_blanked_in_its_files(sqlite: SqlStores) -> None:
    """Short and long messages, in pages that are rewritten and in those that overflow; searched while it runs."""
    says = [f"canary-{number:04}-" + "x" * (number % 40) * 25 for number in range(400)]
    head = 0
    for said in says:
        await sqlite.log.append("r1", head, records(head, Said(f"s{head}", "p1", said)), None)
        head += 1
    before = bytes_of(sqlite.url)
    found = [said for said in says if said[:12].encode() in before]
    assert found == says
    await sqlite.log.append("r1", head, records(head, Closed(), Blanked()), OPEN)
    await sqlite.database.write(lambda connection: None)  # the writer forgets before it begins anything else
    after = bytes_of(sqlite.url)
    assert (after.count(b"canary-"), b'"message":"s1"' in after) == (0, True)


async def test_log_in_sql_forgets_once_nobody_reads_what_was_before(sqlite: SqlStores) -> None:
    await sqlite.log.append("r1", 0, records(0, Said("s1", "p1", "canary-0001")), None)
    reading, done = threading.Event(), threading.Event()

    def hold(connection: Connection) -> None:
        log.read(connection, "r1")
        reading.set()
        assert done.wait(20)

    reader = asyncio.create_task(sqlite.database.read(hold))
    await asyncio.to_thread(reading.wait, 20)
    await sqlite.log.append("r1", 1, records(1, Closed(), Blanked()), None)
    await sqlite.database.write(lambda connection: None)
    assert b"canary-" in bytes_of(sqlite.url)  # somebody still reads it
    done.set()
    await reader
    for _ in range(2):  # as a server does each second
        await sqlite.database.changed_elsewhere()
    assert bytes_of(sqlite.url).count(b"canary-") == 0


# ── Many at once, and after a while ──────────────────────────────────────────────────────────────────────────────────


async def insist(log: Log, number: int) -> int:
    """Append two records whatever others do; how often somebody else was first."""
    conflicts = head = 0
    while True:
        head += len((await log.read("r1", head)).records)
        asked = Asked(f"q{number}", "p1", "Why?", "en")
        pair = records(head, asked, Screened(asked.question), receipt=receipt(f"k{number}", head + 2))
        try:
            await log.append("r1", head, pair, None)
        except Conflict:
            conflicts += 1
        else:
            return conflicts


async def test_log_of_fifty_who_append_at_once_has_no_gap_and_no_mixture(stores: Stores) -> None:
    async with asyncio.timeout(60):
        conflicts = await asyncio.gather(*(insist(stores.log, number) for number in range(50)))
    found = (await stores.log.read("r1")).records
    assert [record.seq for record in found] == list(range(1, 101))
    asked, screened = found[::2], found[1::2]
    pairs = [
        (getattr(a.event, "question", ""), getattr(s.event, "question", ""))
        for a, s in zip(asked, screened, strict=True)
    ]
    assert sorted(pairs) == sorted((f"q{number}", f"q{number}") for number in range(50))
    assert [record.receipt and record.receipt.seq for record in screened] == [record.seq for record in screened]
    assert sum(conflicts) > 0 or not isinstance(stores, SqlStores)  # in memory nobody is ever interrupted


async def test_log_is_the_same_after_reopening(stores: Stores) -> None:
    await stores.log.append("r1", 0, FIRST, OPEN)
    await stores.reopen()
    assert (await stores.log.read("r1"), await stores.summary("r1")) == (Tail("e1", FIRST), OPEN)
    with pytest.raises(Duplicate) as duplicate:
        await stores.log.append("r1", 2, records(2, Opened(), receipt=receipt("k1", 3)), None)
    assert duplicate.value.receipt == receipt("k1", 2)
