"""What every ballot box promises: a vote is a state, set at most once per command, durable with its receipt."""

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite import dialect

from hosting.ballots import VOTES
from rooms.core import Receipt, Record
from rooms.lifecycle import Opened
from rooms.ports import Away, Duplicate, Tail
from tests.contracts.stores import SqlStores, Stores
from tests.rooms.stories import START


def receipt(id: str, actor: str = "p1", digest: bytes = b"digest", question: str = "q1") -> Receipt:
    return Receipt(actor, id, digest, 0, {"question": question})


async def votes(stores: Stores) -> tuple[dict[str, int], list[str]]:
    """The tally of r1, and what p1 voted for there."""
    return await stores.ballots.tally("r1", {}), await stores.ballots.of("r1", "p1")


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


CAST = (("p1", "q1"), ("p1", "q2"), ("p2", "q1"), ("p3", "q2"), ("p3", "q3"), ("p1", "q4"))


async def cast_all(stores: Stores) -> None:
    for voter, question in CAST:
        await stores.ballots.cast("r1", question, receipt(question, voter), True)


@pytest.mark.parametrize(
    ("groups", "tally"),
    [
        ({}, {"q1": 2, "q2": 2, "q3": 1, "q4": 1}),
        ({"q1": "q2"}, {"q1": 2, "q2": 3, "q3": 1, "q4": 1}),
        ({"q1": "q3", "q2": "q3"}, {"q1": 2, "q2": 2, "q3": 3, "q4": 1}),
        ({"q3": "q4", "q1": "q9"}, {"q1": 2, "q2": 2, "q3": 1, "q4": 2, "q9": 2}),
        ({"q8": "q1", "q7": "q6"}, {"q1": 2, "q2": 2, "q3": 1, "q4": 1}),
    ],
    ids=["apart", "two", "three", "into one without votes", "that have no votes"],
)
async def test_ballots_of_questions_that_are_merged_count_each_voter_once(
    stores: Stores, groups: dict[str, str], tally: dict[str, int]
) -> None:
    await cast_all(stores)
    await stores.ballots.cast("r2", "q1", receipt("v1", "p9"), True)  # elsewhere
    assert await stores.ballots.tally("r1", groups) == tally
    assert await stores.ballots.of("r1", "p1") == ["q1", "q2", "q4"]  # rows stay as they were cast


async def test_ballots_taken_back_are_taken_back_for_all_that_is_merged(stores: Stores) -> None:
    await cast_all(stores)
    back = receipt("back")
    assert await stores.ballots.cast("r1", "q2", back, False, ("q1", "q9")) == back
    assert await stores.ballots.of("r1", "p1") == ["q4"]
    assert await stores.ballots.tally("r1", {"q1": "q2"}) == {"q1": 1, "q2": 2, "q3": 1, "q4": 1}


async def test_ballots_of_ten_thousand_merged_questions_are_counted(stores: Stores) -> None:
    await cast_all(stores)
    groups = {f"other{n}": "q1" for n in range(10_000)} | {"q2": "q1"}
    assert await stores.ballots.tally("r1", groups) == {"q1": 3, "q2": 2, "q3": 1, "q4": 1}


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
    assert await stores.ballots.tally("r2", {}) == {"q1": 1}


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
    assert await stores.ballots.tally("r1", {}) == {"q1": 50}


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
        sqlite.ballots.tally("r1", {}),
        sqlite.ballots.of("r1", "p1"),
    ):
        with pytest.raises(Away):
            await work
    tail = await sqlite.log.read("r1")
    assert tail == Tail("e1", ())  # and the log is not


# ── Many at once ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_ballots_of_one_person_cast_at_once_keep_their_order(stores: Stores) -> None:
    for last in (True, False):
        work = [stores.ballots.cast("r1", "q1", receipt(f"{last}{n}"), (n % 2 == 0) is last) for n in range(101)]
        await asyncio.gather(*work)
        assert await stores.ballots.of("r1", "p1") == ["q1"] * last


async def test_ballots_with_one_id_cast_at_once_are_one_and_the_first(stores: Stores) -> None:
    kept = receipt("v1")
    work = [stores.ballots.cast("r1", "q1", kept, True)]
    work += [stores.ballots.cast("r1", f"q{n}", receipt("v1", digest=b"another"), n % 2 == 0) for n in range(1, 20)]
    assert await asyncio.gather(*work) == [kept] * 20
    assert await votes(stores) == ({"q1": 1}, ["q1"])


async def test_ballots_and_appends_of_many_rooms_at_once_each_have_their_own_answer(stores: Stores) -> None:
    await stores.ballots.cast("r1", "q1", receipt("known", "p9"), True)
    opened = (Record(1, START, "p9", Opened(), Receipt("p9", "known", b"of the log", 1, {})),)
    other = (Record(1, START, "p9", Opened(), Receipt("p9", "k1", b"of the log", 1, {})),)
    answers = await asyncio.gather(
        *(stores.ballots.cast("r1", "q1", receipt("v1", f"w{n}"), True) for n in range(20)),
        stores.log.append("r1", 0, opened, None),
        stores.log.append("r2", 0, other, None),
        stores.log.append("r9", 0, other, None),
        *(stores.choices.choose("r2", "fr", receipt("c1", f"w{n}")) for n in range(20)),
        stores.log.append("r2", 7, (), None),
        return_exceptions=True,
    )
    kinds = [type(answer).__name__ for answer in answers]
    assert kinds[:20] == kinds[23:43] == ["Receipt"] * 20
    assert kinds[20:23] + kinds[43:] == ["Duplicate", "NoneType", "NoSuchRoom", "Conflict"]
    assert await stores.ballots.tally("r1", {}) == {"q1": 21}
    assert await stores.log.read("r1") == Tail("e1", ())
    assert await stores.log.read("r2") == Tail("e2", other)


async def test_ballots_in_sql_that_a_full_disk_took_away_are_not_answered(
    sqlite: SqlStores, capsys: pytest.CaptureFixture[str]
) -> None:
    def limit(more: int) -> Callable[[Connection], None]:
        def write(sql: Connection) -> None:
            count = sql.exec_driver_sql("PRAGMA page_count").scalar_one()
            sql.exec_driver_sql(f"PRAGMA max_page_count={count + more}").scalar_one()

        return write

    answered, away = 0, 0
    await sqlite.database.write(limit(3))
    for turn in range(20):
        work = [sqlite.ballots.cast("r1", "q1", receipt("v1", f"{turn}-{n}"), True) for n in range(50)]
        answers = await asyncio.gather(*work, return_exceptions=True)
        answered += sum(isinstance(answer, Receipt) for answer in answers)
        away += sum(isinstance(answer, Away) for answer in answers)
        assert await sqlite.ballots.tally("r1", {}) == ({"q1": answered} if answered else {})
    await sqlite.database.write(limit(1_000))
    for turn in range(20):  # all of them once more: who was answered is not counted again
        await asyncio.gather(*(sqlite.ballots.cast("r1", "q1", receipt("v1", f"{turn}-{n}"), True) for n in range(50)))
    assert (answered + away, await sqlite.ballots.tally("r1", {})) == (1_000, {"q1": 1_000})
    with capsys.disabled():
        print(f"\nballots: {away} of 1000 casts met a full disk, {answered} answered before, 1000 counted after")
    assert away > 0


async def test_ballots_in_sql_are_found_by_an_index(sqlite: SqlStores) -> None:
    query = VOTES.params(room="r1", voter="p1").compile(dialect=dialect(), compile_kwargs={"literal_binds": True})
    plan = await sqlite.database.read(lambda sql: sql.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all())
    searches = [row[3] for row in plan if "ballots" in row[3]]
    assert searches == ["SEARCH ballots USING COVERING INDEX ix_ballots_room_voter (room=? AND voter=?)"]
