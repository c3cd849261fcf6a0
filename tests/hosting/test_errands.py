"""Questions deferred to a later session: there exactly once, with all that belongs to them, whenever the node ends."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from hosting import errands, log, moments, programme
from hosting.config import Config
from hosting.database import Database
from hosting.errors import Unavailable
from hosting.live import Live
from hosting.people import SERVICE
from hosting.relay import EmbeddedRelay
from rooms.core import SYSTEM, Actor, Command, Elsewhere, Event, Refused
from rooms.lifecycle import Closed, Opened
from rooms.questions import Asked, Brought, Carried, Defer, Deferred, Published, Question, Restore, Restored, Withdrawn
from rooms.room import name_of
from rooms.translations import Translated, TranslationApproved
from rooms.wire import Envelope, command
from tests.hosting.programmes import PROGRAMME, room, take_in
from tests.rooms.seats import Seat

IDEAS = """
[[follow_up]]
id = "again"
topic = "floods"
session = "after-spring"
status = "planned"
title.en = "Once more"
month = "2027-04"
minutes = 60

[[follow_up]]
id = "one-day"
topic = "floods"
status = "idea"
title.en = "One day"
month = "2027-05"
minutes = 60
"""
ASKED = (
    Asked("q1", "p1", "لماذا؟", "ar", None, True),
    Translated("q1", "en", "Why?", "i1"),
    TranslationApproved("q1", "en", "m1"),
    Translated("q1", "fr", "Pourquoi ?", None),
    Published("q1"),
)


class Town:
    """Two sessions of one series on one node, and what is asked of them."""

    def __init__(self, database: Database) -> None:
        take_in(database, PROGRAMME + IDEAS)
        self.database, self.asked = database, 0
        self.first, self.later = room(database, "before-spring"), room(database, "after-spring")
        self.tell(self.first, Opened(), *ASKED)
        self.live = Live(database, Config(rate=0), EmbeddedRelay())

    def tell(self, id: str, *events: Event) -> None:
        for event in events:
            by = str(getattr(event, "by", None) or SYSTEM)
            self.database.write_now(lambda sql, event=event, by=by: log.tell(sql, id, (event,), moments.now(), by))  # type: ignore[misc]  # defaults bind them

    async def do(self, given: Command, where: str | None = None) -> None:
        self.asked += 1
        body = {name: getattr(given, name) for name in given.__struct_fields__ if name != "was"}
        envelope: Envelope = command({"id": f"k{self.asked}", "do": name_of(given), "with": body})
        await self.live.do(where or self.first, SERVICE, envelope)
        await asyncio.gather(*self.live.working)

    def events(self, id: str, after: int = 1) -> list[Event]:
        records = self.database.read_now(lambda sql: log.read(sql, id)).records
        return [record.event for record in records[after:]]

    def there(self) -> list[Question]:
        return list(self.database.read_now(lambda sql: log.fold(sql, self.later)).questions.all.values())

    def open_errands(self) -> list[str]:
        return self.database.read_now(log.with_errands)

    async def restart(self) -> None:
        await self.live.stop()
        self.live = Live(self.database, Config(rate=0), EmbeddedRelay())


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    town = Town(database)
    yield town
    await town.live.stop()


def copy(town: Town, errand: int) -> str:
    return errands.copy_of(town.first, "q1", errand)


async def test_errand_brings_a_question_with_all_that_belongs_to_it(town: Town) -> None:
    await town.do(Defer("q1", town.later))
    titles = {"en": "After the clocks went forward"}
    id = copy(town, 8)
    assert town.events(town.first, 7) == [
        Deferred("q1", town.later, None, titles),
        Carried("q1", town.later, id),
    ]
    assert town.events(town.later) == [
        Brought(id, "p1", "لماذا؟", "ar", town.first, {"en": "Before the clocks go forward"}, True),
        Translated(id, "en", "Why?", "i1"),
        TranslationApproved(id, "en", SYSTEM),
        Translated(id, "fr", "Pourquoi ?", None),
    ]
    records = town.database.read_now(lambda sql: log.read(sql, town.later)).records
    assert [record.by for record in records[1:]] == ["p1", "i1", SYSTEM, SYSTEM]  # whose names will be shown
    [question] = town.there()
    assert (question.state, question.origin is not None, town.open_errands()) == ("screened", True, [])


async def test_errand_shows_the_question_at_once_to_who_listens_in_the_other_room(town: Town) -> None:
    hub = await town.live.hub(town.later)
    crew, asker = Seat(Actor("m1", "moderator")), Seat(Actor("p1", "participant"))
    for seat in (crew, asker):
        await hub.join(seat, seat.actor, seat.you(), None)
    await town.do(Defer("q1", town.later))
    [item] = crew.screen["questions"].values()
    [own] = asker.screen["mine"]["questions"].values()  # type: ignore[attr-defined]  # items
    origin = {"room": town.first, "titles": {"en": "Before the clocks go forward"}}
    assert [(one["state"], one["from"]) for one in (item, own)] == [("screened", origin)] * 2  # type: ignore[index]
    assert asker.screen["questions"] == {}


async def test_errand_that_the_end_of_the_node_interrupted_is_done_after_the_next_start(town: Town) -> None:
    town.tell(town.first, Deferred("q1", town.later, None, {"en": "Later"}))  # durable; and then the power went
    assert (town.open_errands(), town.there()) == ([town.first], [])
    for _ in range(3):
        await town.restart()
        await town.live.chores.carry()
    assert [question.id for question in town.there()] == [copy(town, 8)]
    assert town.events(town.first, 8) == [Carried("q1", town.later, copy(town, 8))]
    assert town.open_errands() == []


async def test_errand_whose_question_is_there_already_brings_no_other(town: Town) -> None:
    """As after a restore of one room's log from before, or with a log that another kind of store keeps."""
    town.tell(town.later, Brought(copy(town, 8), "p1", "لماذا؟", "ar", town.first, {}))
    town.tell(town.first, Deferred("q1", town.later, None, {"en": "Later"}))
    await town.live.chores.carry()
    assert (len(town.there()), town.events(town.first, 8)) == (1, [Carried("q1", town.later, copy(town, 8))])


async def test_errand_is_done_once_by_many_at_once(town: Town) -> None:
    town.tell(town.first, *(Asked(f"x{n}", "p2", "How?", "en") for n in range(5)))
    town.tell(town.first, *(Deferred(f"x{n}", town.later, None, {}) for n in range(5)))
    others = [Live(town.database, Config(rate=0), EmbeddedRelay()) for _ in range(3)]
    await asyncio.gather(*(errands.run(live, town.first) for live in (town.live, *others)))
    await town.live.chores.carry()
    assert [question.text for question in town.there()] == ["How?"] * 5
    assert sum(isinstance(event, Carried) for event in town.events(town.first)) == 5


async def test_errand_is_written_in_both_rooms_or_in_none(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    real, written = log.write, 0

    def breaks(sql: object, this: log.Append) -> None:
        nonlocal written
        written += 1
        if written == 2:
            raise Unavailable("the disk is full")
        real(sql, this)  # type: ignore[arg-type]  # a connection

    town.tell(town.first, Deferred("q1", town.later, None, {}))
    monkeypatch.setattr(log, "write", breaks)
    await errands.run(town.live, town.first)
    assert (written, town.there(), town.open_errands()) == (2, [], [town.first])
    await errands.run(town.live, town.first)
    assert (len(town.there()), town.open_errands()) == (1, [])


# ── Taken back ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_errand_taken_back_before_anybody_looked_at_it_takes_the_question_out_there(town: Town) -> None:
    await town.do(Defer("q1", town.later))
    await town.do(Restore("q1"))
    assert town.events(town.first, 9) == [Restored("q1", "published"), Carried("q1")]
    assert town.events(town.later, 5) == [Withdrawn(copy(town, 8))]
    await town.do(Defer("q1", town.later))  # and now for good
    assert [question.state for question in town.there()] == ["withdrawn", "screened"]


async def test_errand_whose_question_was_taken_up_there_is_not_taken_back(town: Town) -> None:
    await town.do(Defer("q1", town.later))
    town.tell(town.later, Published(copy(town, 8)))
    with pytest.raises(Refused, match=r"^question\.taken_up$"):
        await town.do(Restore("q1"))


async def test_errand_that_was_not_done_yet_is_no_more(town: Town) -> None:
    town.tell(town.first, Deferred("q1", town.later, None, {}), Restored("q1", "published"))
    await town.live.chores.carry()
    assert (town.there(), town.open_errands()) == ([], [])


async def test_errand_to_another_room_leads_by_way_of_the_first(town: Town) -> None:
    autumn = room(town.database, "before-autumn")
    await town.do(Defer("q1", town.later))
    town.tell(town.first, Restored("q1", "published"), Deferred("q1", autumn, None, {}))
    await town.live.chores.carry()
    assert [question.state for question in town.there()] == ["withdrawn"]
    assert [type(event) for event in town.events(autumn)][:1] == [Brought]


# ── Where to ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_question_is_deferred_to_later_sessions_of_the_series_and_to_follow_ups(database: Database) -> None:
    take_in(database, PROGRAMME + IDEAS)
    rooms = {key: room(database, key) for key in ("before-spring", "after-spring", "before-autumn", "behind-doors")}

    def found(start: str, to: str) -> Elsewhere | None:
        return database.read_now(lambda sql: programme.elsewhere(sql, rooms[start], rooms.get(to, to)))

    after, clocks = rooms["after-spring"], {"en": "After the clocks went forward"}
    assert found("before-spring", "after-spring") == Elsewhere(after, None, clocks)
    assert found("before-spring", "again") == Elsewhere(after, "again", {"en": "Once more"})
    assert found("before-spring", "one-day") == Elsewhere(None, "one-day", {"en": "One day"})
    assert found("before-autumn", "again") == Elsewhere(None, "again", {"en": "Once more"})  # its session is before
    assert [found("before-autumn", to) for to in ("after-spring", "before-autumn", "none", "")] == [None] * 4
    database.write_now(lambda sql: log.tell(sql, after, (Opened(), Closed()), moments.now()) and None)
    assert found("before-spring", "after-spring") is None
    assert found("before-spring", "again") == Elsewhere(None, "again", {"en": "Once more"})


async def test_question_deferred_to_a_follow_up_without_a_session_is_noted_only(town: Town) -> None:
    await town.do(Defer("q1", "one-day"))
    assert town.events(town.first, 7) == [Deferred("q1", None, "one-day", {"en": "One day"})]
    assert (town.there(), town.open_errands()) == ([], [])


async def test_question_is_deferred_to_nothing_else(town: Town) -> None:
    with pytest.raises(Refused, match=r"^question\.elsewhere$"):
        await town.do(Defer("q1", town.first))
