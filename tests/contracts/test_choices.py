"""What every store of choices promises: one per person and room, the last one made, once per command, durable."""

import pytest

from rooms.core import Receipt, Record
from rooms.lifecycle import Opened
from rooms.ports import Away, Duplicate, Tail
from tests.contracts.stores import SqlStores, Stores
from tests.rooms.stories import START


def receipt(id: str, actor: str = "p1", digest: bytes = b"digest", language: str = "fr") -> Receipt:
    return Receipt(actor, id, digest, 0, {"language": language})


async def chosen(stores: Stores) -> list[str | None]:
    """What p1 and p2 hear in r1, and p1 in r2."""
    return [await stores.choices.of(room, person) for room, person in (("r1", "p1"), ("r1", "p2"), ("r2", "p1"))]


async def test_choice_of_nobody_is_none(stores: Stores) -> None:
    assert await chosen(stores) == [None, None, None]


async def test_choice_returns_the_receipt_and_is_kept(stores: Stores) -> None:
    kept = receipt("k1")
    assert await stores.choices.choose("r1", "fr", kept) == kept
    assert await chosen(stores) == ["fr", None, None]


async def test_choice_made_last_is_the_one(stores: Stores) -> None:
    for id, language in (("k1", "fr"), ("k2", "ar"), ("k3", "zh-Hant"), ("k4", "floor")):
        await stores.choices.choose("r1", language, receipt(id, language=language))
    assert await chosen(stores) == ["floor", None, None]


async def test_choices_of_rooms_and_persons_are_separate(stores: Stores) -> None:
    await stores.choices.choose("r1", "fr", receipt("k1"))
    await stores.choices.choose("r1", "ar", receipt("k1", "p2"))
    await stores.choices.choose("r2", "en", receipt("k1"))
    assert await chosen(stores) == ["fr", "ar", "en"]


async def test_choice_with_a_known_id_gives_the_earlier_receipt_and_changes_nothing(stores: Stores) -> None:
    kept = receipt("k1")
    await stores.choices.choose("r1", "fr", kept)
    await stores.choices.choose("r1", "ar", receipt("k2", language="ar"))
    assert await stores.choices.choose("r1", "fr", receipt("k1")) == kept
    assert await stores.choices.choose("r1", "en", receipt("k1", digest=b"another", language="en")) == kept
    assert await chosen(stores) == ["ar", None, None]


async def test_choices_share_their_ids_with_votes_and_with_the_log(stores: Stores) -> None:
    vote = Receipt("p1", "v1", b"of the ballots", 0, {"question": "q1"})
    await stores.ballots.cast("r1", "q1", vote, True)
    logged = Receipt("p1", "l1", b"of the log", 1, {})
    await stores.log.append("r1", 0, (Record(1, START, "p1", Opened(), logged),), None)
    assert [await stores.choices.choose("r1", "fr", receipt(id)) for id in ("v1", "l1")] == [vote, logged]
    assert await chosen(stores) == [None, None, None]


async def test_log_does_not_take_an_id_that_the_choices_know(stores: Stores) -> None:
    await stores.choices.choose("r1", "fr", receipt("k1"))
    again = (Record(1, START, "p1", Opened(), Receipt("p1", "k1", b"of the log", 1, {})),)
    with pytest.raises(Duplicate) as duplicate:
        await stores.log.append("r1", 0, again, None)
    assert duplicate.value.receipt == receipt("k1")
    assert await stores.log.read("r1") == Tail("e1", ())


async def test_choice_is_known_as_an_answer_and_is_in_no_log(stores: Stores) -> None:
    kept = receipt("k1")
    await stores.choices.choose("r1", "fr", kept)
    assert await stores.ballots.known("r1", "p1", "k1") == kept
    assert await stores.log.read("r1") == Tail("e1", ())


async def test_choice_is_the_same_after_reopening(stores: Stores) -> None:
    kept = receipt("k1")
    await stores.choices.choose("r1", "fr", kept)
    await stores.reopen()
    assert await chosen(stores) == ["fr", None, None]
    assert await stores.choices.choose("r1", "ar", receipt("k1")) == kept
    assert await chosen(stores) == ["fr", None, None]


async def test_choices_in_sql_out_of_reach_are_away(sqlite: SqlStores) -> None:
    await sqlite.database.write(lambda connection: connection.exec_driver_sql("DROP TABLE choices") and None)
    for work in (sqlite.choices.choose("r1", "fr", receipt("k1")), sqlite.choices.of("r1", "p1")):
        with pytest.raises(Away):
            await work
    assert await sqlite.ballots.known("r1", "p1", "k1") is None  # all or none
