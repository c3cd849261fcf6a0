"""Who is told what of polls in a live room: sums to those who voted, where the poll says so; drafts to nobody."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from rooms import fanout, polls, presence, rows, tallies
from rooms.core import Actor
from rooms.memory import MemoryLog
from rooms.polls import Close, Counted, Drafted, Publish, Sum, Vote
from rooms.ports import Away
from tests.rooms.polling import CROWD, asked, cast, polling, sums
from tests.rooms.seats import House, Seat, asks, opened, settle, sit
from tests.rooms.stage import ANNA, BERT, MODERATOR


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "COUNTS", 0.05)
    monkeypatch.setattr(tallies, "AGAIN", 0.05)
    monkeypatch.setattr(presence, "PRESENCE", 0.01)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = await polling()
    yield house
    await house.close()


# ── Who is told ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_voters_are_told_the_sums_and_nobody_else_is(house: House) -> None:
    hub = await house.hub()
    anna, bert, crew = await sit(hub, ANNA, BERT, MODERATOR)
    await cast(hub, "vote", 1)
    await settle(hub)
    assert sums(anna) == [{"vote": {"voters": 1, "results": [0, 1, 0]}}]
    assert (sums(bert), sums(crew)) == ([], [])
    assert crew.screen["polls"]["vote"]["results"] == [0, 1, 0]  # type: ignore[index]  # a dictionary
    await cast(hub, "vote", 2, actor=BERT)
    await settle(hub)
    both = {"vote": {"voters": 2, "results": [0, 1, 1]}}
    assert (sums(anna)[1:], sums(bert)) == ([both], [both])
    assert [json.loads(text) for text in anna.texts if b"results" in text][-1] == {"put": {"results": both}}


async def test_voters_of_polls_that_keep_their_sums_are_told_nothing(house: House) -> None:
    hub = await house.hub()
    (anna,) = await sit(hub, ANNA)
    for poll in ("end", "secret", "hushed"):
        await cast(hub, poll, 1)
        await hub.do(MODERATOR, asks(f"close {poll}", Close(poll)))
    await settle(hub)
    assert sums(anna) == []
    assert [anna.screen["polls"][poll]["results"] for poll in ("end", "secret", "hushed")] == [None] * 3  # type: ignore[index]  # dictionaries


async def test_voters_are_told_once_a_second_at_most(house: House) -> None:
    hub, loop = await house.hub(), asyncio.get_running_loop()
    (anna,) = await sit(hub, ANNA)
    began = loop.time()
    for actor in (ANNA, *CROWD):
        await cast(hub, "vote", 0, actor=actor)
        await asyncio.sleep(0.004)
    await settle(hub)
    found = sums(anna)
    assert found[-1] == {"vote": {"voters": 51, "results": [51, 0, 0]}}
    assert 2 <= len(found) <= 2 + (loop.time() - began) / tallies.COUNTS


async def test_voter_whose_vote_changes_no_sum_is_told_nevertheless(house: House) -> None:
    """Another node has counted it before this one knew that it was cast."""
    hub = await house.hub()
    (anna,) = await sit(hub, ANNA)
    await house.write(Counted({"vote": Sum(1, (1, 0, 0))}))
    await hub.catch_up()
    await cast(hub, "vote", 0)
    await settle(hub)
    assert sums(anna) == [{"vote": {"voters": 1, "results": [1, 0, 0]}}]


async def test_first_frame_has_the_sums_of_what_one_voted_in(house: House) -> None:
    hub = await house.hub()
    for actor in (ANNA, BERT):
        await cast(hub, "end", 1, actor=actor)
    await cast(hub, "vote", 1)
    await settle(hub)
    told = {"vote": {"voters": 1, "results": [0, 1, 0]}}
    anna, bert, back = Seat(ANNA), Seat(BERT), Seat(ANNA)
    for seat in (anna, bert):
        await hub.join(seat, seat.actor, seat.you(), None)
    await hub.join(back, ANNA, back.you(), anna.cursor())
    assert [seat.screen["results"] for seat in (anna, bert, back)] == [told, {}, told]
    assert [seat.screen["mine"]["votes"] for seat in (anna, bert)] == [["end", "vote"], ["end"]]


async def test_voter_who_was_behind_is_told_the_sums(house: House) -> None:
    hub = await house.hub()
    anna, bert = await sit(hub, ANNA, BERT)
    await cast(hub, "vote", 1)
    for seat in (anna, bert):
        fanout.full(hub, seat)
    await cast(hub, "vote", 0, actor=CROWD[0])
    await settle(hub)
    assert sums(anna) == []
    for seat in (anna, bert):
        fanout.drained(hub, seat)
    await settle(hub)
    assert (sums(anna), sums(bert)) == ([{"vote": {"voters": 2, "results": [1, 1, 0]}}], [])


async def test_sums_that_are_not_durable_are_told_to_nobody(house: House) -> None:
    class Stuck(MemoryLog):
        going = asyncio.Event()

        async def append(self, *given: object) -> None:
            await self.going.wait()
            raise Away("not written")

    hub = await house.hub()
    (anna,) = await sit(hub, ANNA)
    stuck = Stuck()
    stuck.logs, stuck.epochs, stuck.receipts = house.log.logs, house.log.epochs, house.log.receipts
    hub.log = stuck
    await cast(hub, "vote", 1)
    await asyncio.sleep(0.1)
    hub.owed.add("p0")
    hub.once("results", lambda: tallies.tell_results(hub))
    await asyncio.sleep(0.05)
    told = sums(anna)
    hub.log = house.log
    stuck.going.set()
    await settle(hub)
    assert (told, sums(anna)) == ([], [{"vote": {"voters": 1, "results": [0, 1, 0]}}])


# ── What must not leak ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_participants_are_sent_nothing_of_drafts_and_of_sums_that_are_not_published() -> None:
    """Two hundred and thirty-nine have voted: that number, or the words of a draft, would stand out."""
    draft = Drafted("v9", "canary draft", ("canary a", "canary b"))
    house = await opened(draft, *asked("end"), *asked("secret", True))
    hub = await house.hub()
    people = (ANNA, BERT, Actor("e1", "expert"), Actor("i1", "interpreter"), Actor("k1", "captioner"))
    seats = [Seat(actor) for actor in people]
    crew = Seat(MODERATOR)
    for seat in (*seats, crew):
        await hub.join(seat, seat.actor, seat.you(), None)
    await hub.do(MODERATOR, asks("e1", polls.Edit("v9", "canary draft 2", ("canary c", "canary d"))))
    voters = [Actor(f"w{n}", "participant") for n in range(239)]
    for poll in ("end", "secret"):
        await asyncio.gather(*(cast(hub, poll, 1, actor=actor) for actor in voters))
        await settle(hub)
        await hub.do(MODERATOR, asks(f"close {poll}", Close(poll)))
        await settle(hub)
    late = Seat(ANNA)
    await hub.join(late, ANNA, late.you(), None)
    snapshot = await hub.snapshot(ANNA, late.you())
    for text in (b"".join(seat.texts) for seat in (*seats, late)):
        assert (b"239" in text, b"canary draft" in text, b"canary c" in text) == (False, False, False)
        assert b"canary one" in text  # the search finds what is there
    assert (b"239" in snapshot, b"canary draft" in snapshot) == (False, False)
    seen = b"".join(crew.texts)
    assert (seen.count(b'"voters":239') >= 2, b"canary draft 2" in seen) == (True, True)
    touched = [json.loads(text) for seat in seats for text in seat.texts if b'"polls":{"end"' in text]
    assert [frame["put"]["polls"]["end"]["state"] for frame in touched if "put" in frame] == ["closed"] * len(people)
    await hub.do(MODERATOR, asks("publish", Publish("end")))
    await settle(hub)
    assert [seat.screen["polls"]["end"]["voters"] for seat in seats] == [239] * len(people)  # type: ignore[index]  # dictionaries
    await house.close()


def test_rows_of_those_present_hold_polls_and_questions_alike() -> None:
    own = rows.Own(set(), None)
    rows.turn(own, rows.Cast("p1", Vote("v1", ())))
    assert own.votes == {"v1"}
