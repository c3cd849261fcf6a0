"""Who is silenced or removed in a live room: told when it is durable, and asked of whoever comes."""

import json
from collections.abc import AsyncIterator

import pytest

from rooms import presence
from rooms.core import Actor, Event, Facts, Record, Refused
from rooms.hub import Hub
from rooms.interpretation import Choose
from rooms.lists import Summary
from rooms.memory import MemoryLog
from rooms.people import Readmit, Readmitted, Remove, Removed, Silence, Silenced
from rooms.ports import Away
from rooms.questions import Ask, Asked, Published, Vote
from tests.rooms.seats import House, Seat, asks, opened, refused, settle, sit
from tests.rooms.stage import ANNA, BERT, IDA, MODERATOR

KNOWN = Facts(person=frozenset())


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "PRESENCE", 0.01)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """An open room; seq 2."""
    house = await opened()
    yield house
    await house.close()


def heard(hub: Hub) -> list[tuple[str, int]]:
    """Of whom the hub says that what they may do has changed, and how long the log was then."""
    said: list[tuple[str, int]] = []

    def reseat(person: str) -> None:
        assert isinstance(hub.log, MemoryLog)
        said.append((person, len(hub.log.logs["r1"])))

    hub.reseat = reseat
    return said


@pytest.mark.parametrize("command", [Silence("p0"), Remove("p0", "Insults")])
async def test_restriction_is_told_once_it_is_durable(house: House, command: Silence | Remove) -> None:
    hub = await house.hub()
    said = heard(hub)
    await hub.do(MODERATOR, asks("k1", command), KNOWN)
    await hub.do(MODERATOR, asks("k2", Ask("Why?", "en")))
    await settle(hub)
    assert set(said) == {("p0", 3)}
    await hub.do(MODERATOR, asks("k3", Readmit("p0")), KNOWN)
    assert said[-1] == ("p0", 5)


async def test_restriction_that_does_not_become_durable_is_told_to_nobody(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = await house.hub()
    said = heard(hub)

    async def away(room: str, expected: int, records: tuple[Record, ...], summary: Summary | None) -> None:
        raise Away("full")

    with monkeypatch.context() as broken:
        broken.setattr(house.log, "append", away)
        with pytest.raises(Away):
            await hub.do(MODERATOR, asks("k1", Remove("p0")), KNOWN)
    seat = Seat(ANNA)
    await hub.join(seat, ANNA, seat.you(), None)
    assert (said, seat.screen["room"] != {}) == ([], True)


async def test_restriction_that_another_process_wrote_is_told_when_it_is_read(house: House) -> None:
    hub = await house.hub()
    said = heard(hub)
    await house.write(Silenced("p0"), Removed("p1"))
    await hub.catch_up()
    assert sorted(set(said)) == [("p0", 4), ("p1", 4)]


@pytest.mark.parametrize("cursor", [None, ("e1-public", 2)])
async def test_who_is_silenced_is_told_in_the_first_frame(house: House, cursor: tuple[str, int] | None) -> None:
    await house.write(Silenced("p0", "Please wait"))
    hub = await house.hub()
    seat = Seat(ANNA)
    bound = await hub.join(seat, ANNA, {**seat.you(), "rights": ["question.ask", "question.vote"]}, cursor)
    you = json.loads(seat.texts[0])["you"]
    still = ["channel.choose", "hand.lower", "poll.vote", "question.unvote", "question.vote", "question.withdraw"]
    assert (you["silenced"], you["rights"]) == ({"reason": "Please wait"}, still)
    assert bound == hub.room.restricted["p0"]


async def test_who_is_removed_gets_neither_frame_nor_snapshot(house: House) -> None:
    await house.write(Removed("p0", "Insults"))
    hub = await house.hub()
    seat = Seat(ANNA)
    for work in (hub.join(seat, ANNA, seat.you(), None), hub.snapshot(ANNA, seat.you()), hub.expect(ANNA)):
        with pytest.raises(Refused) as found:
            await work
        assert (found.value.code, found.value.facts) == ("person.removed", {"reason": "Insults"})
    assert (seat.texts, seat in hub.crowd) == ([], False)


async def test_rows_are_refused_like_commands(house: House) -> None:
    asked: tuple[Event, ...] = (Asked("q1", "p1", "Why?", "en"), Published("q1"))
    await house.write(*asked, Removed("p0"), Silenced("p2"))
    hub = await house.hub()
    for command in (Vote("q1"), Choose("fr")):
        assert await refused(hub, ANNA, asks("k1", command)) == "person.removed"
        await hub.do(Actor("p2", "participant"), asks(f"k{command.__struct_config__.tag}", command))
    assert await house.ballots.of("r1", "p2") == ["q1"]
    assert (await house.choices.of("r1", "p0"), await house.choices.of("r1", "p2")) == (None, "fr")


async def test_retry_of_who_is_silenced_meanwhile_is_answered(house: House) -> None:
    hub = await house.hub()
    receipt = await hub.do(ANNA, asks("k1", Ask("Why?", "en")))
    await hub.do(MODERATOR, asks("k2", Silence("p0")), KNOWN)
    assert await hub.do(ANNA, asks("k1", Ask("Why?", "en"))) == receipt
    assert await refused(hub, ANNA, asks("k3", Ask("And how?", "en"))) == "person.silenced"


async def test_crew_alone_is_sent_who_is_restricted_with_the_name_of_somebody_who_never_said_a_word(
    house: House,
) -> None:
    hub = await house.hub()
    bert, booth, crew = await sit(hub, BERT, IDA, MODERATOR)
    await hub.do(MODERATOR, asks("k1", Silence("p3", "Please wait")), KNOWN)
    item = {"by": {"id": "p3", "name": "Name of p3"}, "state": "silenced", "reason": "Please wait"}
    item |= {"at": "2020-11-24T09:00:00Z", "moderator": {"id": "m0", "name": "Name of m0"}}
    assert [seat.taken() for seat in (bert, booth)] == [[], []]
    assert crew.taken() == [{"put": {"restricted": {"p3": item}}, "seq": 3}]
    again = Seat(MODERATOR)
    await (await house.hub()).join(again, MODERATOR, again.you(), None)  # after a restart
    assert again.screen["restricted"] == {"p3": item}
    await hub.do(MODERATOR, asks("k2", Readmit("p3")), KNOWN)
    await settle(hub)
    assert crew.screen["restricted"] == {}
    assert house.events(2) == [Silenced("p3", "Please wait"), Readmitted("p3")]
