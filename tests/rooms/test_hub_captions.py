"""What is shown and not kept: to everybody, once, and never before what is decided with it is durable."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from rooms import hub as hubs
from rooms import presence
from rooms.captions import Add, Added, Interim
from rooms.core import Actor, Command, Item, Receipt, Record
from rooms.hub import Hub
from rooms.lifecycle import Opened, RecordingSet
from rooms.lists import Summary
from rooms.memory import MemoryLog
from rooms.ports import Away, Conflict
from rooms.questions import Ask, Asked
from tests.rooms.seats import House, Seat, asks, refused, sit, told
from tests.rooms.stage import ANNA, BERT, MODERATOR, SCRIBE
from tests.rooms.stories import PLAN

AT = "2020-11-24T09:00:00Z"
LINE = asks("k1", Add("Good evening.", "en", "Rania"))
GONE: Item = {"interim-en": None}


class Fickle(MemoryLog):
    """A log that fails as told, one append after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[Exception] = []

    async def append(self, room: str, expected: int, records: tuple[Record, ...], summary: Summary | None) -> None:
        if self.failures:
            raise self.failures.pop(0)
        await super().append(room, expected, records, summary)


class Studio(House):
    """An open room that is not recorded, one hub, and somebody of each audience who watches; seq 2."""

    hub_: Hub
    seats: list[Seat]

    def __init__(self) -> None:
        super().__init__()
        self.log: Fickle = Fickle()
        self.log.create("r1")

    async def begin(self) -> "Studio":
        await self.write(PLAN, Opened())
        self.hub_ = await self.hub()
        self.seats = await sit(self.hub_, BERT, SCRIBE, MODERATOR)
        return self

    def shown(self) -> list[object]:
        """What everybody was shown of captions since this was last asked; the same to all."""
        seen = [[frame for frame in seat.taken() if "captions" in json.dumps(frame)] for seat in self.seats]
        assert seen[0] == seen[1] == seen[2]
        return list(seen[0])

    async def together(self, *work: tuple[Actor, str, Command]) -> list[Receipt | BaseException]:
        """Carry out commands as one batch."""
        async with self.hub_.lock:
            tasks = [asyncio.create_task(self.hub_.do(actor, asks(id, command))) for actor, id, command in work]
            await asyncio.sleep(0)
        return await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture(autouse=True)
def no_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "PRESENCE", 60.0)


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    studio = await Studio().begin()
    yield studio
    await studio.close()


def line(text: str, **more: object) -> Item:
    return {"language": "en", "text": text, "speaker": None, "at": AT, "source": "typed", **more}


def unkept(id: str) -> Item:
    return {"put": {"captions": {id: line("Good evening.", speaker="Rania", kept=False), **GONE}}}


async def test_line_that_is_being_typed_is_shown_and_not_kept(studio: Studio) -> None:
    for id, text in (("k1", "Good"), ("k2", "Good eve"), ("k3", "")):
        receipt = await studio.hub_.do(SCRIBE, asks(id, Interim("en", text)))
        assert (receipt.seq, receipt.ok) == (2, {})
    typing = [{"put": {"captions": {"interim-en": line(text, interim=True)}}} for text in ("Good", "Good eve")]
    await told(studio.hub_)
    assert studio.shown() == [*typing, {"put": {"captions": GONE}}]
    assert len(studio.events()) == 2
    [late] = await sit(studio.hub_, ANNA)
    assert late.screen["captions"] == {}


async def test_line_of_a_room_that_is_not_recorded_is_shown_and_not_kept(studio: Studio) -> None:
    receipt = await studio.hub_.do(SCRIBE, LINE)
    assert (receipt.ok, receipt.seq, studio.shown()) == ({"caption": "id-0001"}, 2, [unkept("id-0001")])
    assert len(studio.events()) == 2


async def test_line_of_a_room_that_is_recorded_is_shown_with_its_seq_and_ends_what_was_typed(studio: Studio) -> None:
    await studio.write(RecordingSet("on"))
    await studio.hub_.catch_up()
    await studio.hub_.do(SCRIBE, LINE)
    kept = {"put": {"captions": {"id-0001": line("Good evening.", speaker="Rania")}}, "seq": 4}
    await told(studio.hub_)
    assert studio.shown() == [kept, {"put": {"captions": GONE}}]
    assert studio.events(3) == [Added("id-0001", "en", "Good evening.", "typed", "Rania")]


async def test_line_sent_again_is_answered_and_not_shown_again(studio: Studio) -> None:
    receipt = await studio.hub_.do(SCRIBE, LINE)
    assert [await studio.hub_.do(SCRIBE, LINE), studio.shown()] == [receipt, [unkept("id-0001")]]
    assert await refused(studio.hub_, SCRIBE, asks("k1", Add("Good night.", "en"))) == "command.reused"
    await told(studio.hub_)
    assert studio.shown() == []


async def test_line_sent_twice_at_once_is_shown_once(studio: Studio) -> None:
    line = Add("Good evening.", "en", "Rania")
    one, two = await studio.together((SCRIBE, "k1", line), (SCRIBE, "k1", line))
    assert (one, studio.shown()) == (two, [unkept("id-0001")])


async def test_line_that_is_not_kept_is_answered_again_for_a_while_and_typing_pushes_none_out(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "PASSED", 3)
    for n in range(5):
        await studio.hub_.do(SCRIBE, asks(f"k{n}", Add("Good evening.", "en")))
        await studio.hub_.do(SCRIBE, asks(f"i{n}", Interim("en", "And now")))
    assert [id for _, id in studio.hub_.passed] == ["k2", "k3", "k4"]


@pytest.mark.parametrize("failure", [Conflict("r1"), Away("gone")], ids=["others were first", "away"])
async def test_line_decided_with_something_that_fails_is_shown_once_when_that_is_durable(
    studio: Studio, failure: Exception
) -> None:
    """A question and a line that is not kept are carried out together, and the question cannot be written at first."""
    studio.log.failures = [failure]
    work = ((ANNA, "q1", Ask("Why?", "en")), (SCRIBE, "k1", Add("Good evening.", "en", "Rania")))
    outcomes = await studio.together(*work)
    if isinstance(failure, Away):
        assert (outcomes, studio.shown()) == ([failure, failure], [])
        outcomes = await studio.together(*work)  # as clients do
    asked, said = outcomes
    assert isinstance(asked, Receipt)
    assert isinstance(said, Receipt)
    await told(studio.hub_)
    assert studio.shown() == [unkept(said.ok["caption"])]
    assert studio.events(2) == [Asked(asked.ok["question"], "p0", "Why?", "en")]
    assert [await studio.hub_.do(SCRIBE, LINE), studio.shown()] == [said, []]
