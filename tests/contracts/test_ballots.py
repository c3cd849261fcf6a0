"""What every ballot box promises: a vote is a state, set at most once per command, durable with its receipt."""

import asyncio

import pytest

from rooms.core import Receipt, Record
from rooms.ports import Away, Duplicate, Tail
from rooms.room import Opened
from tests.contracts.stores import SqlStores, Stores
from tests.rooms.stories import START


def receipt(id: str, actor: str = "p1", digest: bytes = b"digest", question: str = "q1") -> Receipt:
    return Receipt(actor, id, digest, 0, {"question": question})


async def votes(stores: Stores) -> tuple[dict[str, int], list[str]]:
    """The tally of r1, and what p1 voted for there."""
    return await stores.ballots.tally("r1"), await stores.ballots.of("r1", "p1")


async def test_ballots_of_nobody_are_none(stores: Stores) -> None:
    assert await votes(stores) == ({}, [])


async def test_ballots_return_the_receipt_and_count(stores: Stores) -> None:
    kept = receipt("v1")
    assert await stores.ballots.cast("r1", "q1", kept, True) == kept
    assert await votes(stores) == ({"q1": 1}, ["q1"])


async def test_ballots_are_counted_per_question_and_listed_per_voter(stores: Stores) -> None:
    for voter, question in (("p1", "q3"), ("p1", "q1"), ("p2", "q1"), ("p2", "q2"), ("p3", "q1")):
        await stores.ballots.cast("r1", question, receipt(question, voter), True)
    assert await votes(stores) == ({"q1": 3, "q2": 1, "q3": 1}, ["q1", "q3"])


async def test_ballots_cast_twice_count_once(stores: Stores) -> None:
    for id in ("v1", "v2"):
        await stores.ballots.cast("r1", "q1", receipt(id), True)
    assert await votes(stores) == ({"q1": 1}, ["q1"])


async def test_ballots_taken_back_count_no_more(stores: Stores) -> None:
    await stores.ballots.cast("r1", "q1", receipt("v1"), True)
    await stores.ballots.cast("r1", "q1", receipt("other", "p2"), True)
    await stores.ballots.cast("r1", "q1", receipt("v2"), False)
    assert await votes(stores) == ({"q1": 1}, [])


async def test_ballots_taken_back_that_were_never_cast_change_nothing(stores: Stores) -> None:
    await stores.ballots.cast("r1", "q1", receipt("v1"), False)
    assert await votes(stores) == ({}, [])


async def test_ballots_with_a_known_id_give_the_earlier_receipt_and_change_nothing(stores: Stores) -> None:
    kept = receipt("v1")
    await stores.ballots.cast("r1", "q1", kept, True)
    await stores.ballots.cast("r1", "q1", receipt("v2"), False)
    assert await stores.ballots.cast("r1", "q1", receipt("v1"), True) == kept
    assert await stores.ballots.cast("r1", "q2", receipt("v1", digest=b"another", question="q2"), True) == kept
    assert await votes(stores) == ({}, [])


async def test_ballots_of_rooms_and_persons_are_separate(stores: Stores) -> None:
    await stores.ballots.cast("r1", "q1", receipt("v1"), True)
    await stores.ballots.cast("r2", "q1", receipt("v1"), True)
    await stores.ballots.cast("r2", "q1", receipt("v1", "p2"), True)
    await stores.ballots.cast("r2", "q1", receipt("v2"), False)
    assert await votes(stores) == ({"q1": 1}, ["q1"])
    assert await stores.ballots.tally("r2") == {"q1": 1}


async def test_ballots_do_not_take_an_id_that_the_log_knows(stores: Stores) -> None:
    known = Receipt("p1", "k1", b"of the log", 1, {})
    await stores.log.append("r1", 0, (Record(1, START, "p1", Opened(), known),), None)
    assert await stores.ballots.cast("r1", "q1", receipt("k1"), True) == known
    assert await votes(stores) == ({}, [])


async def test_log_does_not_take_an_id_that_the_ballots_know(stores: Stores) -> None:
    await stores.ballots.cast("r1", "q1", receipt("k1"), True)
    again = (Record(1, START, "p1", Opened(), Receipt("p1", "k1", b"of the log", 1, {})),)
    with pytest.raises(Duplicate) as duplicate:
        await stores.log.append("r1", 0, again, None)
    assert duplicate.value.receipt == receipt("k1")
    assert await stores.log.read("r1") == Tail("e1", ())


async def test_ballots_know_what_was_answered_to_a_vote(stores: Stores) -> None:
    kept = receipt("v1")
    await stores.ballots.cast("r1", "q1", kept, True)
    asked = [("r1", "p1", "v1"), ("r2", "p1", "v1"), ("r1", "p2", "v1"), ("r1", "p1", "v2")]
    assert [await stores.ballots.known(*key) for key in asked] == [kept, None, None, None]


async def test_ballots_leave_no_receipt_in_the_log(stores: Stores) -> None:
    cast = Receipt("p1", "v1", b"digest", 1, {"question": "q1"})  # at a seq that the log will have
    await stores.ballots.cast("r1", "q1", cast, True)
    opened = (Record(1, START, "m1", Opened()),)
    await stores.log.append("r1", 0, opened, None)
    assert await stores.log.read("r1") == Tail("e1", opened)


async def test_ballots_of_fifty_at_once_are_all_counted(stores: Stores) -> None:
    work = [stores.ballots.cast("r1", "q1", receipt(f"v{n % 2}", f"p{n // 2}"), True) for n in range(100)]
    await asyncio.gather(*work)  # everybody twice
    assert await stores.ballots.tally("r1") == {"q1": 50}


async def test_ballots_are_the_same_after_reopening(stores: Stores) -> None:
    kept = receipt("v1")
    await stores.ballots.cast("r1", "q1", kept, True)
    await stores.reopen()
    assert await votes(stores) == ({"q1": 1}, ["q1"])
    assert await stores.ballots.cast("r1", "q1", receipt("v1"), False) == kept
    assert await votes(stores) == ({"q1": 1}, ["q1"])


async def test_ballots_in_sql_out_of_reach_are_away(sqlite: SqlStores) -> None:
    await sqlite.database.write(lambda connection: connection.exec_driver_sql("DROP TABLE ballots") and None)
    for work in (
        sqlite.ballots.cast("r1", "q1", receipt("v1"), True),
        sqlite.ballots.tally("r1"),
        sqlite.ballots.of("r1", "p1"),
    ):
        with pytest.raises(Away):
            await work
    tail = await sqlite.log.read("r1")
    assert tail == Tail("e1", ())  # and the log is not
