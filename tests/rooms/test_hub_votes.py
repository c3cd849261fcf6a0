"""Votes: told at once to the voter, summed into the log now and then, and never counted twice."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from rooms import presence, rows
from rooms.core import Actor, Event, Receipt
from rooms.questions import Answered, Asked, Merged, Published, Scored, Unvote, Vote
from tests.rooms.seats import House, asks, opened, refused, settle, sit
from tests.rooms.stage import ANNA, BERT, MODERATOR

VOTE = asks("v1", Vote("q1"))
CROWD = [Actor(f"w{n}", "participant") for n in range(50)]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "SCORES", 0.05)
    monkeypatch.setattr(presence, "PRESENCE", 0.01)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """An open room with two published questions of Bert's; seq 6."""
    asked = (Asked("q1", "p1", "Why?", "en"), Asked("q2", "p1", "How?", "en"))
    house = await opened(*asked, Published("q1"), Published("q2"))
    yield house
    await house.close()


def written(house: House) -> list[Event]:
    """What has been written since the house was opened."""
    return house.events(6)


async def test_vote_is_answered_with_its_question_and_the_seq_it_was_cast_at(house: House) -> None:
    hub = await house.hub()
    assert await hub.do(ANNA, VOTE) == Receipt("p0", "v1", VOTE.digest, 6, {"question": "q1"})
    assert house.ballots.votes == {("r1", "q1", "p0")}


async def test_vote_is_told_at_once_to_every_window_of_the_voter_and_to_nobody_else(house: House) -> None:
    hub = await house.hub()
    seats = await sit(hub, ANNA, ANNA, BERT, MODERATOR)
    await settle(hub)
    for seat in seats:
        seat.taken()
    for id, vote in (("v1", Vote("q2")), ("v2", Vote("q1")), ("v3", Unvote("q2"))):
        await hub.do(ANNA, asks(id, vote))
        await hub.tasks["rows"]
    told = [{"put": {"mine": {"votes": votes}}} for votes in (["q2"], ["q1", "q2"], ["q1"])]
    own = [[frame for frame in seat.taken() if "seq" not in frame] for seat in seats]  # without the sums
    assert own == [told, told, [], []]


async def test_nobody_is_told_what_votes_count_for_after_a_merge_that_is_not_durable(house: House) -> None:
    hub = await house.hub()
    await hub.do(ANNA, asks("v1", Vote("q2")))
    await settle(hub)
    [seat] = await sit(hub, ANNA)
    async with hub.held():
        hub.stale = True
        hub.ahead((Merged("q2", "q1"),), house.time)  # and it never becomes durable
        rows.tell(hub, ANNA.id, "votes")
        await asyncio.sleep(0.01)
        before = [frame for frame in seat.taken() if "mine" in str(frame)]
    await hub.tasks["rows"]
    assert before == []
    assert [frame for frame in seat.taken() if "mine" in str(frame)] == [{"put": {"mine": {"votes": ["q2"]}}}]


async def test_votes_reach_all_screens_as_a_small_frame_of_sums(house: House) -> None:
    hub = await house.hub()
    bert, crew = await sit(hub, BERT, MODERATOR)
    await settle(hub)
    bert.taken()
    crew.taken()
    await asyncio.gather(*(hub.do(actor, VOTE) for actor in CROWD))
    await settle(hub)
    assert bert.taken() == crew.taken() == [{"put": {"scores": {"q1": {"votes": 50}}}, "seq": 7}]


async def test_votes_in_a_stream_make_no_more_than_a_sum_at_a_time(house: House) -> None:
    hub, loop = await house.hub(), asyncio.get_running_loop()
    began = loop.time()
    for actor in CROWD:
        await hub.do(actor, VOTE)
        await asyncio.sleep(0.004)
    await settle(hub)
    sums = written(house)
    assert sums[-1] == Scored({"q1": 50})
    assert 2 <= len(sums) <= 2 + (loop.time() - began) / rows.SCORES


async def test_vote_given_twice_counts_once(house: House) -> None:
    hub = await house.hub()
    await hub.do(ANNA, asks("v1", Vote("q1")))
    await hub.do(ANNA, asks("v2", Vote("q1")))
    await settle(hub)
    assert written(house) == [Scored({"q1": 1})]


async def test_vote_taken_back_before_the_sum_makes_no_event(house: House) -> None:
    hub = await house.hub()
    await hub.do(ANNA, asks("v1", Vote("q1")))
    await hub.do(ANNA, asks("v2", Unvote("q1")))
    await settle(hub)
    assert (written(house), house.ballots.votes) == ([], set())


async def test_vote_taken_back_after_the_sum_is_subtracted(house: House) -> None:
    hub = await house.hub()
    await hub.do(ANNA, asks("v1", Vote("q1")))
    await settle(hub)
    await hub.do(ANNA, asks("v2", Unvote("q1")))
    await settle(hub)
    assert written(house) == [Scored({"q1": 1}), Scored({"q1": 0})]


async def test_vote_sent_again_is_answered_and_not_cast(house: House) -> None:
    hub = await house.hub()
    receipt = await hub.do(ANNA, VOTE)
    await hub.do(ANNA, asks("v2", Unvote("q1")))
    assert [await hub.do(ANNA, VOTE), house.ballots.votes] == [receipt, set()]


async def test_vote_sent_again_after_reopening_is_answered_and_not_cast(house: House) -> None:
    receipt = await (await house.hub()).do(ANNA, VOTE)
    hub = await house.hub()
    await hub.do(ANNA, asks("v2", Unvote("q1")))
    assert [await hub.do(ANNA, VOTE), house.ballots.votes] == [receipt, set()]


async def test_vote_sent_again_is_answered_even_when_the_question_is_over(house: House) -> None:
    hub = await house.hub()
    receipt = await hub.do(ANNA, VOTE)
    await hub.do(MODERATOR, asks("k1", Answered("q1")))
    assert await hub.do(ANNA, VOTE) == receipt


@pytest.mark.parametrize("again", [Vote("q2"), Unvote("q1")])
async def test_vote_with_a_used_id_and_another_body_is_refused(house: House, again: Vote | Unvote) -> None:
    hub = await house.hub()
    await hub.do(ANNA, VOTE)
    for node in (hub, await house.hub()):
        assert await refused(node, ANNA, asks("v1", again)) == "command.reused"
    assert house.ballots.votes == {("r1", "q1", "p0")}


# ── Opening, and several hubs ────────────────────────────────────────────────────────────────────────────────────────


async def test_votes_not_yet_summed_are_summed_on_opening(house: House) -> None:
    first = await house.hub()
    for actor in CROWD:
        await first.do(actor, VOTE)
    await first.close()
    second = await house.hub()
    assert written(house) == [Scored({"q1": 50})]
    assert second.room.questions.all["q1"].votes == 50


async def test_votes_that_are_summed_make_no_event_on_opening(house: House) -> None:
    hub = await house.hub()
    await hub.do(ANNA, VOTE)
    await settle(hub)
    await house.hub()
    assert written(house) == [Scored({"q1": 1})]


async def test_votes_on_several_hubs_are_summed_whoever_is_first(house: House) -> None:
    one, two = await house.hub(), await house.hub()
    for place, actor in enumerate(CROWD):
        await (one, two)[place % 2].do(actor, VOTE)
    await asyncio.gather(settle(one), settle(two))
    assert written(house) == [Scored({"q1": 50})]
    assert [hub.room.questions.all["q1"].votes for hub in (one, two)] == [50, 50]


async def test_votes_are_summed_when_others_have_written_meanwhile(house: House) -> None:
    hub = await house.hub()
    await hub.do(ANNA, VOTE)
    await house.write(Asked("q3", "p1", "When?", "en"))
    await settle(hub)
    assert written(house) == [Asked("q3", "p1", "When?", "en"), Scored({"q1": 1})]
