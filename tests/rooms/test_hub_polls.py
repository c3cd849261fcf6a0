"""Polls in a live room: votes and their sums, and what comes into the log when."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from rooms import lifecycle, presence, tallies
from rooms.core import Actor, Event, Receipt, Refused
from rooms.memory import MemoryBoxes
from rooms.polls import Close, Closed, Counted, Publish, Published, Sum, Vote
from rooms.ports import Away, Tally
from tests.rooms.polling import CROWD, cast, polling
from tests.rooms.seats import House, asks, refused, settle, sit
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


def written(house: House) -> list[Event]:
    """What has been written since the house was opened."""
    return house.events(10)


# ── Votes ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_vote_in_a_poll_is_answered_as_if_at_the_opening(house: House) -> None:
    hub = await house.hub()
    vote, secret = asks("k1", Vote("end", (0, "canary two"))), asks("k2", Vote("secret", (1,)))
    assert await hub.do(ANNA, vote) == Receipt("p0", "k1", vote.digest, 4, {"poll": "end"})
    receipt = await hub.do(ANNA, secret)
    assert receipt == Receipt("p0", "k2", receipt.digest, 8, {"poll": "secret"})
    assert receipt.digest != secret.digest


async def test_vote_in_a_poll_is_told_to_the_voter_alone_and_without_what_was_chosen(house: House) -> None:
    hub = await house.hub()
    seats = await sit(hub, ANNA, ANNA, BERT, MODERATOR)
    await settle(hub)
    for seat in seats:
        seat.taken()
    await cast(hub, "secret", 1)
    await cast(hub, "hushed", 1)
    await settle(hub)
    told = [{"put": {"mine": {"votes": ["hushed", "secret"]}}}]
    assert [seat.taken() for seat in seats] == [told, told, [], []]


async def test_vote_in_an_open_poll_may_be_changed(house: House) -> None:
    hub = await house.hub()
    for number, choices in enumerate(((0,), (1,), (1, 2))):
        await cast(hub, "end", *choices, id=f"k{number}")
    await settle(hub)
    assert written(house)[-1] == Counted({"end": Sum(1, (0, 1, 1))})


async def test_vote_in_a_secret_poll_is_the_only_one(house: House) -> None:
    hub = await house.hub()
    await sit(hub, BERT)
    for actor in (ANNA, BERT):  # who is not here is found in the store
        await cast(hub, "secret", 1, actor=actor)
        assert await refused(hub, actor, asks("k2", Vote("secret", (1,)))) == "poll.voted"


async def test_vote_in_a_secret_poll_sent_again_with_other_choices_is_answered_as_before(house: House) -> None:
    hub = await house.hub()
    first = await cast(hub, "secret", 1, id="k1")
    assert await cast(hub, "secret", 2, id="k1") == first
    assert await cast(hub, "secret", 2, id="k1", actor=BERT) != first
    await hub.do(MODERATOR, asks("c1", Close("secret")))
    assert await cast(hub, "secret", 0, id="k1") == first
    await settle(hub)
    assert written(house) == [Closed("secret"), Counted({"secret": Sum(2, (0, 1, 1))})]


@pytest.mark.parametrize(("poll", "choices"), [("end", (1,)), ("secret", (1,))])
async def test_vote_with_an_id_of_something_else_is_refused(house: House, poll: str, choices: tuple[int]) -> None:
    hub = await house.hub()
    await cast(hub, "vote", 0, id="k1")
    assert await refused(hub, ANNA, asks("k1", Vote(poll, choices))) == "command.reused"
    await cast(hub, "secret", 0, id="k2")
    assert await refused(hub, ANNA, asks("k2", Vote("vote", (0,)))) == "command.reused"


@pytest.mark.parametrize("poll", ["end", "secret"])
async def test_vote_in_a_poll_that_has_closed_is_refused(house: House, poll: str) -> None:
    hub = await house.hub()
    await hub.do(MODERATOR, asks("c1", Close(poll)))
    assert await refused(hub, ANNA, asks("k1", Vote(poll, (0,)))) == "state.changed"


@pytest.mark.parametrize(
    ("vote", "code"),
    [
        (Vote("none", (0,)), "poll.unknown"),
        (Vote("end", ()), "poll.how_many"),
        (Vote("vote", (0, 1)), "poll.how_many"),
        (Vote("secret", (3,)), "poll.choice"),
        (Vote("secret", ("Canary one",)), "poll.choice"),
    ],
)
async def test_vote_that_is_none_is_refused_and_leaves_nothing(house: House, vote: Vote, code: str) -> None:
    hub = await house.hub()
    assert await refused(hub, ANNA, asks("k1", vote)) == code
    assert await cast(hub, "secret", 0, id="k1")  # the id is free


async def test_vote_without_a_name_is_refused(house: House) -> None:
    hub = await house.hub()
    nameless = replace(ANNA, named=False)
    assert await refused(hub, nameless, asks("k1", Vote("end", (0,)))) == "name.missing"


# ── Sums ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_sums_of_an_open_vote_come_a_few_at_a_time_and_of_a_secret_one_once_it_has_closed(house: House) -> None:
    hub, loop = await house.hub(), asyncio.get_running_loop()
    began = loop.time()
    for actor in CROWD:
        await cast(hub, "end", 0, actor=actor)
        await cast(hub, "secret", 2, actor=actor)
        await asyncio.sleep(0.004)
    await settle(hub)
    counted = written(house)
    assert {id for event in counted if isinstance(event, Counted) for id in event.polls} == {"end"}
    assert counted[-1] == Counted({"end": Sum(50, (50, 0, 0))})
    assert 2 <= len(counted) <= 2 + (loop.time() - began) / tallies.COUNTS
    await hub.do(MODERATOR, asks("c1", Close("secret")))
    await settle(hub)
    assert written(house)[len(counted) :] == [Closed("secret"), Counted({"secret": Sum(50, (0, 0, 50))})]


@pytest.mark.parametrize("poll", ["end", "secret"])
async def test_votes_amid_the_closing_are_in_the_sum_if_they_were_answered_and_else_refused(
    house: House, poll: str
) -> None:
    hub = await house.hub()

    async def vote(actor: Actor) -> str:
        for _ in range(int(actor.id[1:]) // 5):  # turns of the loop
            await asyncio.sleep(0)
        try:
            await cast(hub, poll, 1, actor=actor)
        except Refused as late:
            return late.code
        return "taken"

    async def close() -> str:
        return str(await hub.do(MODERATOR, asks("c1", Close(poll))))

    *answers, _ = await asyncio.gather(*map(vote, CROWD), close())
    await settle(hub)
    assert set(answers) == {"taken", "state.changed"}
    taken = answers.count("taken")
    assert written(house)[-1] == Counted({poll: Sum(taken, (0, taken, 0))})
    assert [type(event) for event in written(house) if isinstance(event, Counted)].count(Counted) <= 2
    assert hub.room.polls.all[poll].counted


class Slow(MemoryBoxes):
    """A box into which votes go slowly."""

    async def cast(
        self, room: str, poll: str, choices: tuple[int, ...], among: int, secret: bool, receipt: Receipt
    ) -> Receipt:
        await asyncio.sleep(0.1)
        return await super().cast(room, poll, choices, among, secret, receipt)


async def test_vote_that_comes_to_a_sealed_box_is_refused_although_it_was_admitted(house: House) -> None:
    house.boxes = Slow(house.log)
    hub = await house.hub()
    late = asyncio.create_task(cast(hub, "secret", 0))
    await asyncio.sleep(0.01)
    await hub.do(MODERATOR, asks("c1", Close("secret")))
    await asyncio.sleep(0.05)
    last = written(house)[-1]
    assert last == Counted({"secret": Sum(0, (0, 0, 0))})
    with pytest.raises(Refused) as found:
        await late
    assert (found.value.code, house.boxes.voters) == ("state.changed", {})
    await settle(hub)
    assert written(house)[-1] is last


async def test_sums_are_made_when_the_room_is_loaded(house: House) -> None:
    """The node has died after votes, and right after a closing."""
    hub = await house.hub()
    await cast(hub, "end", 0, 2)
    await cast(hub, "secret", 1)
    await hub.close()
    before = written(house)
    await house.write(Closed("secret"), Closed("hushed"), Published("hushed"))
    again = await house.hub()
    await settle(again)
    sums = {"secret": Sum(1, (0, 1, 0)), "hushed": Sum(0, (0, 0, 0)), "end": Sum(1, (1, 0, 1))}
    assert (before, written(house)[3:]) == ([], [Counted(sums)])
    await house.hub()
    assert len(written(house)) == 4  # and no second time


async def test_sums_wait_while_the_store_is_away(house: House) -> None:
    class Failing(MemoryBoxes):
        left = 2

        async def seal(self, room: str, poll: str) -> Tally:
            self.left -= 1
            if self.left >= 0:
                raise Away("for a while")
            return await super().seal(room, poll)

    house.boxes = Failing(house.log)
    hub = await house.hub()
    await cast(hub, "secret", 1)
    await hub.do(MODERATOR, asks("c1", Close("secret")))
    await settle(hub)
    assert written(house) == [Closed("secret"), Counted({"secret": Sum(1, (0, 1, 0))})]


async def test_sums_of_two_nodes_are_one(house: House) -> None:
    one, another = await house.hub(), await house.hub()
    await cast(one, "secret", 1)
    await cast(another, "secret", 2, actor=BERT)
    await one.do(MODERATOR, asks("c1", Close("secret")))
    await another.catch_up()
    await settle(one)
    await settle(another)
    assert written(house) == [Closed("secret"), Counted({"secret": Sum(2, (0, 1, 1))})]


async def test_room_that_closes_has_its_open_polls_summed(house: House) -> None:
    hub = await house.hub()
    await cast(hub, "secret", 0)
    await hub.do(MODERATOR, asks("c1", lifecycle.Close()))
    await settle(hub)
    zero, none = Sum(0, (0, 0, 0)), ("end", "vote", "hushed")
    assert [event for event in written(house) if isinstance(event, Counted)] == [
        Counted({"secret": Sum(1, (1, 0, 0)), **dict.fromkeys(none, zero)})
    ]
    published = await hub.do(MODERATOR, asks("c2", Publish("secret")))
    assert published.ok == {"poll": "secret"}


async def test_poll_is_summed_although_the_room_is_being_folded_anew_when_that_is_tried_again(house: House) -> None:
    hub, tried = await house.hub(), asyncio.Event()
    await cast(hub, "secret", 1)

    class Ill(MemoryBoxes):
        async def seal(self, room: str, poll: str) -> Tally:
            hub.boxes = house.boxes
            tried.set()
            raise Away("for once")

    hub.boxes = Ill(house.log)
    await hub.do(MODERATOR, asks("k1", Close("secret")))
    await tried.wait()
    async with hub.lock:
        hub.begin()
        hub.stale = True  # as `reload` has it until it has read the log
        await asyncio.sleep(2 * tallies.AGAIN)
    await settle(hub)
    assert written(house) == [Closed("secret"), Counted({"secret": Sum(1, (0, 1, 0))})]
