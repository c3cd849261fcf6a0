"""Questions merged: the votes of all are those of one, and come apart again; what askers and voters are told of it."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator

import pytest

from rooms import presence, rows
from rooms.core import Actor, Record, Refused
from rooms.questions import (
    Air,
    Asked,
    Decline,
    Merge,
    Merged,
    Publish,
    Published,
    Queued,
    Restore,
    Restored,
    Scored,
    Screened,
    State,
    Unvote,
    Vote,
    Withdraw,
    Withdrawn,
)
from rooms.room import apply
from rooms.sight import counted_for, mine
from tests.rooms.seats import House, asks, opened, refused, settle, sit
from tests.rooms.stage import ANNA, BERT, MODERATOR, Stage
from tests.rooms.stories import NAMES

CARLA = Actor("p2", "participant")


def stage(*published: str) -> Stage:
    """Questions q1 to q4, each of another person; some are published."""
    asked = (Asked(f"q{n}", f"p{n}", "Why?", "en") for n in range(1, 5))
    return Stage(*asked, *(Published(id) for id in published))


# ── The rules ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("into", ["submitted", "screened", "published", "queued", "on_air"])
def test_merge_goes_into_what_is_open(into: State) -> None:
    given = stage("q1").room.questions
    given.all["q2"].state = into
    here = stage("q1")
    here.room.questions = given
    assert here.when(Merge("q1", "q2")) == (Merged("q1", "q2"),)


@pytest.mark.parametrize("into", ["answered", "answered_in_writing", "deferred", "declined", "withdrawn", "merged"])
def test_merge_into_what_is_over_is_refused(into: State) -> None:
    here = stage("q1")
    here.room.questions.all["q2"].state = into
    assert here.refused(Merge("q1", "q2")) == ("state.changed", {"state": into})


def test_merge_of_a_question_with_itself_is_refused() -> None:
    assert stage("q1").refused(Merge("q1", "q1")) == ("question.same", {})


def test_merge_makes_no_circle() -> None:
    here = stage("q1", "q2", "q3").do(Merge("q1", "q2")).do(Merge("q2", "q3"))
    for into in ("q1", "q2"):
        assert here.refused(Merge("q3", into)) == ("state.changed", {"state": "merged"})


def test_merge_shows_the_crew_what_is_in_a_question() -> None:
    here = stage("q1", "q2", "q3").do(Merge("q1", "q2")).do(Merge("q2", "q3"))
    found = [(here.shown("questions", id)["merged_into"], here.shown("questions", id).get("merged")) for id in QS]
    assert found == [("q2", None), ("q3", ["q1"]), (None, ["q2"])]
    assert [here.see("questions", id, "public") is not None for id in QS] == [False, False, True]


QS = ("q1", "q2", "q3")


def test_merge_is_taken_back_with_all_that_is_in_it() -> None:
    here = stage("q1", "q2", "q3").do(Merge("q1", "q2")).do(Merge("q2", "q3"))
    assert here.when(Restore("q2")) == (Restored("q2", "published"),)
    here.do(Restore("q2"))
    assert here.room.questions.groups() == {"q1": "q2"}


def test_merge_ends_when_the_asker_withdraws_what_others_are_merged_into() -> None:
    here = stage("q1", "q3").do(Merge("q1", "q2")).do(Merge("q3", "q2"))
    events = here.when(Withdraw("q2"), Actor("p2", "participant"))
    assert events == (Withdrawn("q2"), Restored("q1", "published"), Restored("q3", "published"))


def test_merge_is_told_to_the_asker_once_everybody_sees_into_what() -> None:
    here = stage("q1").do(Merge("q1", "q2"))
    told = []
    for command in (Publish("q2"), Decline("q2", "unclear"), Restore("q2")):
        here.do(command)
        own = mine(here.room.questions, "p1", NAMES)["q1"]
        told.append((own["state"], own["merged_into"]))  # type: ignore[index]  # an item
    assert told == [("merged", "q2"), ("merged", None), ("merged", "q2")]


# ── Votes, against an oracle ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "SCORES", 0.01)
    monkeypatch.setattr(presence, "PRESENCE", 0.01)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """An open room with questions q1 to q5 of Bert's and q6 of Anna's, all published; seq 14."""
    asked = (Asked(f"q{n}", "p1" if n < 6 else "p0", "Why?", "en") for n in range(1, 7))
    house = await opened(*asked, *(Published(f"q{n}") for n in range(1, 7)))
    yield house
    await house.close()


def united(into: dict[str, str], cast: set[tuple[str, str]]) -> Iterator[tuple[str, set[str]]]:
    """Who voted for each question, by what is merged into what; without a way of its own to find a root."""
    for id in (f"q{n}" for n in range(1, 7)):
        group, before = {id}, set[str]()
        while group != before:
            before = set(group)
            group |= {one for one, target in into.items() if target in group}
        yield id, {voter for voter, question in cast if question in (group if id not in into else {id})}


@pytest.mark.parametrize("seed", range(12))
async def test_merge_unites_voters_and_a_restore_parts_them_whatever_happens(house: House, seed: int) -> None:
    chance, hub = random.Random(seed), await house.hub()
    people = [Actor(f"w{n}", "participant") for n in range(5)]
    seats = await sit(hub, *people)
    into: dict[str, str] = {}
    cast: set[tuple[str, str]] = set()
    merges = 0
    for turn in range(120):
        draw, one, other = chance.random(), *(f"q{chance.randrange(1, 7)}" for _ in range(2))
        actor = chance.choice(people)
        command = (
            Vote(one)
            if draw < 0.5
            else Unvote(one)
            if draw < 0.6
            else Merge(one, other)
            if draw < 0.85
            else Restore(one)
        )
        try:
            await hub.do(MODERATOR if isinstance(command, Merge | Restore) else actor, asks(f"k{turn}", command))
        except Refused:
            continue
        match command:
            case Vote():
                cast.add((actor.id, one))
            case Unvote():
                inside = {one}
                for _ in into:
                    inside |= {each for each, target in into.items() if target in inside}
                cast -= {(actor.id, each) for each in inside}
            case Merge():
                into[one] = other
                merges += 1
            case Restore():
                into.pop(one, None)
                if hub.room.questions.all[one].state != "published":
                    await hub.do(MODERATOR, asks(f"p{turn}", Publish(one)))
        await settle(hub)
        every = dict(united(into, cast))
        assert {id: len(voters) for id, voters in every.items()} == {
            id: question.votes for id, question in hub.room.questions.all.items()
        }
        for seat in seats:
            roots = {id for id, voters in every.items() if id not in into and seat.actor.id in voters}
            assert seat.screen["mine"]["votes"] == sorted(roots)
    assert merges > 5
    again = await house.hub()
    assert [again.room.questions.all[id].votes for id, _ in every.items()] == [len(who) for who in every.values()]


async def test_merge_is_summed_soon_and_told_to_those_whose_votes_moved(house: House) -> None:
    hub = await house.hub()
    for id, actor, question in (("1", ANNA, "q1"), ("2", ANNA, "q2"), ("3", CARLA, "q1"), ("4", CARLA, "q3")):
        await hub.do(actor, asks(id, Vote(question)))
    await settle(hub)
    anna, carla, bert = await sit(hub, ANNA, CARLA, BERT)
    before = len(house.events())
    await hub.do(MODERATOR, asks("m", Merge("q1", "q2")))
    await settle(hub)
    assert house.events(before) == [Merged("q1", "q2"), Scored({"q2": 2})]
    assert [votes_of(seat) for seat in (anna, carla, bert)] == [[["q2"]], [["q2", "q3"]], []]
    await hub.do(MODERATOR, asks("r", Restore("q1")))
    await settle(hub)
    assert house.events(before + 2) == [Restored("q1", "published"), Scored({"q2": 1})]
    assert [votes_of(seat) for seat in (anna, carla, bert)] == [[["q1", "q2"]], [["q1", "q3"]], []]


def votes_of(seat: object) -> list[object]:
    """What a person was told of their votes since this was last asked."""
    frames = seat.taken()  # type: ignore[attr-defined]  # a seat
    mines = [frame["put"]["mine"] for frame in frames if "mine" in frame.get("put", {})]
    return [own["votes"] for own in mines if "votes" in own]


async def test_merge_counts_the_askers_of_the_other_question(house: House) -> None:
    """Who asked what others are merged into may have voted for one of those before."""
    hub = await house.hub()
    await hub.do(ANNA, asks("1", Vote("q1")))
    await hub.do(MODERATOR, asks("m", Merge("q1", "q6")))
    await settle(hub)
    assert hub.room.questions.all["q6"].votes == 1
    assert await refused(hub, ANNA, asks("2", Vote("q6"))) == "question.own"


@pytest.mark.parametrize("command", [Vote("q1"), Unvote("q1")])
async def test_merge_ends_voting_for_what_is_merged(house: House, command: Vote | Unvote) -> None:
    hub = await house.hub()
    await hub.do(MODERATOR, asks("m", Merge("q1", "q2")))
    assert await refused(hub, ANNA, asks("1", command)) == "state.changed"


async def test_merge_is_seen_by_who_comes_later_and_by_other_nodes(house: House) -> None:
    one, two = await house.hub(), await house.hub()
    await one.do(ANNA, asks("1", Vote("q1")))
    [anna] = await sit(two, ANNA)
    await one.do(MODERATOR, asks("m", Merge("q1", "q2")))
    await two.catch_up()
    await asyncio.gather(settle(one), settle(two))
    [late] = await sit(one, ANNA)
    assert anna.screen["mine"]["votes"] == late.screen["mine"]["votes"] == ["q2"]


async def test_merge_into_what_nobody_sees_yet_does_not_tell_its_id(house: House) -> None:
    await house.write(Asked("q7", "p1", "Secret?", "en"))
    hub = await house.hub()
    await hub.do(ANNA, asks("1", Vote("q1")))
    [anna, asker] = await sit(hub, ANNA, BERT)
    await hub.do(MODERATOR, asks("m", Merge("q1", "q7")))
    await settle(hub)
    assert (anna.screen["mine"]["votes"], "q7" in str(anna.texts)) == ([], False)
    assert asker.screen["mine"]["questions"]["q1"]["merged_into"] is None  # type: ignore[index]  # an item
    await hub.do(MODERATOR, asks("p", Publish("q7")))
    await settle(hub)
    assert anna.screen["mine"]["votes"] == ["q7"]
    assert asker.screen["mine"]["questions"]["q1"]["merged_into"] == "q7"  # type: ignore[index]  # an item
    await hub.do(MODERATOR, asks("a", Air("q7")))
    assert counted_for(hub.room.questions, {"q1"}) == ["q7"]


# ── What is told ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_step_of_a_question_touches_nothing_of_what_is_merged_into_it_but_whether_it_is_seen() -> None:
    """A thousand questions may be merged into one, and each has somebody who would be sent a frame."""
    here = Stage(Asked("q1", "p0", "Why?", "en"), Asked("q2", "p1", "How?", "en"), Merged("q2", "q1"))
    touched = [
        apply(Record(here.room.seq + 1, here.now, "m0", event), here.room)
        for event in (Screened("q1"), Published("q1"), Queued("q1", 0))
    ]
    alone = [("questions", "q1"), ("scores", "q1"), ("mine", "p0")]
    votes = [("votes", "q1"), ("votes", "q2")]
    assert touched == [alone, [*alone[:2], *votes, ("mine", "p0"), ("mine", "p1")], alone]
