"""What every box for votes in polls promises: a vote counts once or not at all, none after the seal."""

import asyncio
from functools import partial

import pytest
from sqlalchemy import Connection, select

from hosting import tables
from rooms.core import Receipt, Record, Refused
from rooms.lifecycle import Opened
from rooms.ports import Away, Duplicate, Tally
from tests.contracts.stores import SqlStores, Stores
from tests.rooms.stories import START

both = pytest.mark.parametrize("secret", [False, True], ids=["open", "secret"])


def receipt(id: str, actor: str = "p1", digest: bytes = b"digest", poll: str = "v1") -> Receipt:
    return Receipt(actor, id, digest, 3, {"poll": poll})


async def put(stores: Stores, choices: tuple[int, ...], secret: bool, kept: Receipt, room: str = "r1") -> str:
    """Cast a vote; the code of the refusal, if it is refused."""
    try:
        assert await stores.boxes.cast(room, kept.ok["poll"], choices, 3, secret, kept) == kept
    except Refused as refused:
        return refused.code
    return ""


async def test_boxes_of_nobody_are_empty(stores: Stores) -> None:
    assert (await stores.boxes.counts("r1"), await stores.boxes.of("r1", "p1")) == ({}, [])


@both
async def test_boxes_without_a_vote_are_sealed_as_well(stores: Stores, secret: bool) -> None:
    assert await stores.boxes.seal("r1", "v1") == Tally(0, {})
    assert await put(stores, (0,), secret, receipt("k1")) == "state.changed"
    assert await stores.boxes.of("r1", "p1") == []


@both
async def test_boxes_sum_voters_and_choices(stores: Stores, secret: bool) -> None:
    for number, choices in enumerate(((0,), (0, 2), (2,), (0, 1, 2))):
        assert await put(stores, choices, secret, receipt("k1", f"p{number}")) == ""
    sums = Tally(4, {0: 3, 1: 1, 2: 3})
    assert await stores.boxes.counts("r1") == ({} if secret else {"v1": sums})
    assert await stores.boxes.seal("r1", "v1") == sums
    assert await stores.boxes.seal("r1", "v1") == sums  # as often as one likes


async def test_boxes_take_another_vote_in_place_of_the_first_in_an_open_poll(stores: Stores) -> None:
    for number, choices in enumerate(((0, 1), (2,), (1, 2))):
        assert await put(stores, choices, False, receipt(f"k{number}")) == ""
    assert await stores.boxes.counts("r1") == {"v1": Tally(1, {1: 1, 2: 1})}


async def test_boxes_take_one_vote_only_in_a_secret_poll(stores: Stores) -> None:
    assert await put(stores, (0,), True, receipt("k1")) == ""
    assert await put(stores, (1,), True, receipt("k2")) == "poll.voted"
    assert await stores.ballots.known("r1", "p1", "k2") is None  # a refusal is not kept
    assert await stores.boxes.seal("r1", "v1") == Tally(1, {0: 1})


@both
async def test_boxes_answer_a_known_id_as_before_and_change_nothing(stores: Stores, secret: bool) -> None:
    await put(stores, (0,), secret, receipt("k1"))
    again = receipt("k1", digest=b"another")
    assert await stores.boxes.cast("r1", "v1", (1,), 3, secret, again) == receipt("k1")
    assert await stores.boxes.cast("r1", "v2", (1,), 3, secret, again) == receipt("k1")
    assert await stores.boxes.seal("r1", "v1") == Tally(1, {0: 1})
    assert await stores.boxes.cast("r1", "v1", (1,), 3, secret, again) == receipt("k1")
    assert await stores.boxes.of("r1", "p1") == ["v1"]


@both
async def test_boxes_do_not_take_an_id_that_the_log_knows(stores: Stores, secret: bool) -> None:
    known = Receipt("p1", "k1", b"of the log", 1, {})
    await stores.log.append("r1", 0, (Record(1, START, "p1", Opened(), known),), None)
    assert await stores.boxes.cast("r1", "v1", (0,), 3, secret, receipt("k1")) == known
    assert (await stores.boxes.of("r1", "p1"), await stores.boxes.seal("r1", "v1")) == ([], Tally(0, {}))


@both
async def test_log_does_not_take_an_id_that_the_boxes_know(stores: Stores, secret: bool) -> None:
    await put(stores, (0,), secret, receipt("k1"))
    again = (Record(1, START, "p1", Opened(), Receipt("p1", "k1", b"of the log", 1, {})),)
    with pytest.raises(Duplicate) as duplicate:
        await stores.log.append("r1", 0, again, None)
    assert duplicate.value.receipt == receipt("k1")


@both
async def test_boxes_of_rooms_polls_and_persons_are_separate(stores: Stores, secret: bool) -> None:
    for room, poll, voter in (("r1", "v2", "p1"), ("r1", "v1", "p1"), ("r1", "v1", "p2"), ("r2", "v1", "p1")):
        assert await put(stores, (0,), secret, receipt(f"{poll}", voter, poll=poll), room) == ""
    assert await stores.boxes.seal("r1", "v1") == Tally(2, {0: 2})
    assert [await stores.boxes.of(*key) for key in (("r1", "p1"), ("r1", "p2"), ("r2", "p1"), ("r2", "p2"))] == [
        *(["v1", "v2"], ["v1"], ["v1"], []),
    ]
    assert await put(stores, (0,), secret, receipt("k1", "p3"), "r2") == ""  # that one is not sealed


@both
async def test_boxes_are_the_same_after_reopening(stores: Stores, secret: bool) -> None:
    await put(stores, (1,), secret, receipt("k1"))
    await stores.boxes.seal("r1", "v2")
    await stores.reopen()
    assert await stores.boxes.of("r1", "p1") == ["v1"]
    assert await put(stores, (0,), secret, receipt("k1", poll="v2", actor="p2")) == "state.changed"
    assert await stores.boxes.seal("r1", "v1") == Tally(1, {1: 1})


@both
async def test_boxes_sealed_amid_votes_count_exactly_those_that_were_answered(stores: Stores, secret: bool) -> None:
    """Whoever is answered is in the sum, whoever is refused is not: nobody is both or neither."""

    async def vote(number: int) -> str:
        return await put(stores, (number % 3,), secret, receipt("k1", f"p{number}"))

    before = await asyncio.gather(*map(vote, range(50)))
    sums, *amid = await asyncio.gather(stores.boxes.seal("r1", "v1"), *map(vote, range(50, 150)))
    after = await asyncio.gather(*map(vote, range(150, 200)))
    assert (set(before), set(after)) == ({""}, {"state.changed"})
    codes = [*before, *amid, *after]
    taken = [number for number, code in enumerate(codes) if code == ""]
    assert isinstance(sums, Tally)
    assert set(codes) == {"", "state.changed"}
    by_choice = {place: sum(number % 3 == place for number in taken) for place in range(3)}
    assert sums == Tally(len(taken), {place: votes for place, votes in by_choice.items() if votes})
    assert await stores.boxes.seal("r1", "v1") == sums


async def test_boxes_of_one_person_at_once_have_one_row_set(stores: Stores) -> None:
    work = [put(stores, (n % 2, 2), False, receipt(f"k{n}")) for n in range(100)]
    assert await asyncio.gather(*work) == [""] * 100
    assert await stores.boxes.counts("r1") == {"v1": Tally(1, {1: 1, 2: 1})}
    secret = [put(stores, (n % 2,), True, receipt(f"s{n}", poll="v2")) for n in range(100)]
    assert sorted(await asyncio.gather(*secret)) == ["", *["poll.voted"] * 99]
    assert await stores.boxes.seal("r1", "v2") == Tally(1, {0: 1})


async def test_boxes_in_sql_keep_one_row_for_each_choice_of_an_open_vote(sqlite: SqlStores) -> None:
    def rows(sql: Connection) -> list[tuple[object, ...]]:
        return [tuple(row) for row in sql.execute(select(tables.poll_votes))]

    for number in range(50):
        await put(sqlite, (number % 3,), False, receipt(f"k{number}"))
    assert await sqlite.database.read(rows) == [("r1", "v1", "p1", 1)]


def drop(table: str, sql: Connection) -> None:
    sql.exec_driver_sql(f"DROP TABLE {table}")


async def test_boxes_in_sql_out_of_reach_are_away(sqlite: SqlStores) -> None:
    for table in ("poll_votes", "poll_voters"):
        await sqlite.database.write(partial(drop, table))
    for work in (
        sqlite.boxes.cast("r1", "v1", (0,), 3, False, receipt("k1")),
        sqlite.boxes.cast("r1", "v1", (0,), 3, True, receipt("k1")),
        sqlite.boxes.counts("r1"),
        sqlite.boxes.seal("r1", "v1"),
        sqlite.boxes.of("r1", "p1"),
    ):
        with pytest.raises(Away):
            await work
    assert await sqlite.ballots.known("r1", "p1", "k1") is None  # nothing is half written
