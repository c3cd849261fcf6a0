"""Interpreters who lose their line: off the air after a while, out of the booth after longer, and in time to return."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from rooms import presence
from rooms.booths import (
    Accept,
    Aired,
    Enter,
    Entered,
    HandedOver,
    Leave,
    Left,
    Muted,
    OffAir,
    Offered,
    OnAir,
    Relay,
    Withdrawn,
)
from rooms.core import Actor, Event, Record
from rooms.hub import Hub
from rooms.lifecycle import Closed, Opened
from rooms.lists import Summary
from rooms.memory import MemoryLog
from rooms.ports import Away
from rooms.presence import LEASE, PRESENCE, RETURN
from rooms.questions import Asked, Published
from tests.rooms.seats import House, Seat, asks, refused, sit
from tests.rooms.stage import ANNA, IDA, IGOR, MODERATOR
from tests.rooms.stories import PLAN

SPEAKING = (Entered("fr", "i1"), Entered("fr", "i2"), Aired("fr", "i1"))
REQUESTED = Offered("fr", "i2", "request")


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """An open room with Ida on air and Igor beside her; seq 5."""
    house = await speaking(House())
    yield house
    await house.close()


async def speaking(house: House) -> House:
    await house.write(PLAN, Opened())
    for event in SPEAKING:
        await house.write(event, by=event.person)
    return house


def since(house: House) -> list[Event]:
    return house.events(5)


async def come(hub: Hub, seat: Seat) -> None:
    await hub.join(seat, seat.actor, seat.you(), None)


async def test_who_is_on_air_and_has_a_connection_stays(house: House) -> None:
    await sit(await house.hub(), IDA, IGOR)
    await asyncio.sleep(RETURN + LEASE)
    assert since(house) == []


async def test_who_is_on_air_without_a_connection_leaves_the_air_and_later_the_booth(house: House) -> None:
    hub = await house.hub()
    ida, _, crew = await sit(hub, IDA, IGOR, MODERATOR)
    hub.leave(ida)
    await asyncio.sleep(LEASE * 1.5)
    assert since(house) == [Muted("fr", "i1")]
    assert crew.screen["channels"]["fr"] == {
        **crew.screen["channels"]["fr"],  # type: ignore[dict-item]  # JSON
        "state": "silent",
        "interpreter": None,
        "booth": [{"id": "i1", "name": "Name of i1"}, {"id": "i2", "name": "Name of i2"}],
    }
    await asyncio.sleep(RETURN - LEASE)
    assert since(house) == [Muted("fr", "i1"), Left("fr", "i1")]
    assert (hub.gone, house.log.summaries["r1"].channels["fr"]) == ({}, "silent")


async def test_who_returns_in_time_stays_on_air(house: House) -> None:
    hub = await house.hub()
    [ida, _] = await sit(hub, IDA, IGOR)
    for _ in range(5):  # each time anew
        hub.leave(ida)
        await asyncio.sleep(LEASE * 0.6)
        await come(hub, ida)
    await asyncio.sleep(RETURN)
    assert since(house) == []


async def test_one_of_two_windows_is_a_connection(house: House) -> None:
    hub = await house.hub()
    [ida, _, _] = await sit(hub, IDA, IDA, IGOR)
    hub.leave(ida)
    await asyncio.sleep(LEASE * 1.5)
    assert since(house) == []


@pytest.mark.parametrize(
    ("given", "there", "events"),
    [
        ((REQUESTED,), True, [HandedOver("fr", "i1", "i2")]),
        ((REQUESTED,), False, [Muted("fr", "i1")]),
        ((Offered("fr", "i1", "offer"),), True, [Muted("fr", "i1")]),  # nobody has accepted it
        ((), True, [Muted("fr", "i1")]),
    ],
    ids=["asked and here", "asked and away", "only offered", "nothing"],
)
async def test_partner_who_has_asked_and_is_here_takes_over(
    house: House, given: tuple[Event, ...], there: bool, events: list[Event]
) -> None:
    await house.write(*given)
    hub = await house.hub()
    await sit(hub, *((IGOR,) if there else ()), MODERATOR)
    await asyncio.sleep(LEASE * 1.5)
    happened = house.events(5 + len(given))
    assert [event for event in happened if event != Withdrawn("fr", "i2")] == events  # before or after


async def test_partner_to_whom_the_microphone_goes_while_away_has_what_is_left_of_the_time(house: House) -> None:
    """Igor has lost his line a moment before he is given what he asked for, and does not come back."""
    await house.write(REQUESTED)
    hub = await house.hub()
    await sit(hub, IDA)
    await asyncio.sleep(LEASE * 0.5)
    await hub.do(IDA, asks("k1", Accept("fr")))
    assert house.events(6) == [HandedOver("fr", "i1", "i2")]
    await asyncio.sleep(LEASE)
    assert house.events(6) == [HandedOver("fr", "i1", "i2"), Muted("fr", "i2")]


async def test_partner_who_asked_and_stays_away_is_given_nothing(house: House) -> None:
    await house.write(REQUESTED)
    hub = await house.hub()
    await sit(hub, IDA)
    await asyncio.sleep(LEASE * 1.5)
    assert house.events(6) == [Withdrawn("fr", "i2")]
    assert await refused(hub, IDA, asks("k1", Accept("fr"))) == "booth.no_offer"


# ── The booth's own page ─────────────────────────────────────────────────────────────────────────────────────────────


async def at_page(hub: Hub, actor: Actor, booth: str = "fr") -> Seat:
    seat = Seat(actor)
    await hub.join(seat, actor, seat.you(), None, booth=booth)
    return seat


async def test_whoever_works_at_the_booths_page_is_there_only_by_it(house: House) -> None:
    hub = await house.hub()
    page = await at_page(hub, IDA)
    await sit(hub, IDA, IGOR)  # another window of hers, and another interpreter without such a page
    await at_page(hub, IDA, "ar")
    hub.leave(page)
    await asyncio.sleep(LEASE * 1.5)
    assert since(house) == [Muted("fr", "i1")]
    await asyncio.sleep(RETURN)
    assert since(house) == [Muted("fr", "i1"), Left("fr", "i1")]


async def test_whoever_comes_back_to_the_booths_page_in_time_stays(house: House) -> None:
    hub = await house.hub()
    await sit(hub, IGOR)
    for _ in range(4):
        page = await at_page(hub, IDA)
        await asyncio.sleep(LEASE * 0.3)
        hub.leave(page)
        await asyncio.sleep(LEASE * 0.6)
    await at_page(hub, IDA)
    await asyncio.sleep(RETURN)
    assert since(house) == []


async def test_page_of_a_booth_counts_for_another_that_was_never_worked_in_at_a_page(house: House) -> None:
    hub = await house.hub()
    await at_page(hub, IDA, "ar")
    await sit(hub, IGOR)
    await asyncio.sleep(LEASE * 1.5)
    assert since(house) == []


async def test_whoever_entered_at_the_booths_page_is_there_only_by_it_after_a_restart(house: House) -> None:
    await house.write(Entered("fr", "i1", page=True))
    hub = await house.hub()
    await sit(hub, IDA, IGOR)  # her other window is back before the page is
    await asyncio.sleep(LEASE * 1.5)
    assert house.events(6) == [Muted("fr", "i1")]


async def test_whoever_left_the_booth_and_enters_without_its_page_counts_by_any_connection(house: House) -> None:
    hub = await house.hub()
    page = await at_page(hub, IDA)
    await sit(hub, IDA, IGOR)
    await hub.do(IDA, asks("k1", Leave("fr")))
    hub.leave(page)
    for number, command in enumerate((Enter("fr"), OnAir("fr"))):
        await hub.do(IDA, asks(f"k{number + 2}", command))
    await asyncio.sleep(LEASE * 1.5)
    assert since(house)[-2:] == [Entered("fr", "i1"), Aired("fr", "i1")]


async def test_who_is_away_is_told_to_booth_and_crew(house: House) -> None:
    hub = await house.hub()
    page = await at_page(hub, IDA)
    _, crew, anna = await sit(hub, IGOR, MODERATOR, ANNA)
    await asyncio.sleep(2 * PRESENCE)
    told = [dict(crew.screen["booths"])]
    hub.leave(page)
    await asyncio.sleep(2 * PRESENCE)
    told.append(dict(crew.screen["booths"]))
    await at_page(hub, IDA)
    await asyncio.sleep(2 * PRESENCE)
    told.append(dict(crew.screen["booths"]))
    assert told == [{"booths": {"away": away}} for away in ({}, {"fr": ["i1"]}, {})]
    assert "booths" not in anna.screen


async def test_interpreter_who_speaks_without_a_socket_leaves_the_air(house: House) -> None:
    """By HTTP somebody may act who is not connected."""
    hub = await house.hub()
    await sit(hub, IDA)
    await asyncio.sleep(LEASE * 1.5)
    await hub.do(IDA, asks("k1", OffAir("fr")))
    await hub.do(IGOR, asks("k2", OnAir("fr")))
    await asyncio.sleep(LEASE * 1.5)
    assert since(house) == [Muted("fr", "i1"), Aired("fr", "i2"), Muted("fr", "i2")]


async def test_interpreter_who_is_more_than_that_is_still_one(house: House) -> None:
    hub = await house.hub()
    await sit(hub, replace(MODERATOR, id="i1", also=("interpreter",)), replace(IGOR, role="captioner"))
    await asyncio.sleep(RETURN + LEASE)
    assert since(house) == [Left("fr", "i2")]


async def test_interpreter_whose_role_was_taken_back_is_away_though_connected(house: House) -> None:
    hub = await house.hub()
    [ida, _] = await sit(hub, IDA, IGOR)
    await hub.join(ida, replace(IDA, role="participant"), ida.you(), None)
    await asyncio.sleep(LEASE * 1.5)
    assert since(house) == [Muted("fr", "i1")]


async def test_hub_opened_after_a_restart_starts_the_time_anew(house: House) -> None:
    first = await house.hub()
    await sit(first, IGOR)
    await asyncio.sleep(LEASE * 0.6)
    await first.close()
    hub = await house.hub()
    await sit(hub, IGOR)
    await asyncio.sleep(LEASE * 0.6)
    assert (since(house), presence.waiting(hub)) == ([], True)
    await asyncio.sleep(LEASE * 0.6)
    assert since(house) == [Muted("fr", "i1")]


async def test_hub_that_is_closed_lets_nothing_happen(house: House) -> None:
    hub = await house.hub()
    await hub.close()
    await asyncio.sleep(LEASE * 1.5)
    assert since(house) == []


async def test_booths_that_the_end_has_emptied_wait_for_nobody(house: House) -> None:
    hub = await house.hub()
    assert presence.waiting(hub)
    await house.write(Closed())
    await hub.catch_up()
    await asyncio.sleep(RETURN + LEASE)
    assert (presence.waiting(hub), since(house)) == (False, [Closed()])


# ── The store is away, or somebody is just coming ────────────────────────────────────────────────────────────────────


class Gone(MemoryLog):
    """A log that is away for so many appends, or slow."""

    def __init__(self) -> None:
        super().__init__()
        self.away = 0
        self.slow = asyncio.Event()
        self.slow.set()

    async def append(self, room: str, expected: int, records: tuple[Record, ...], summary: Summary | None) -> None:
        await self.slow.wait()
        if self.away:
            self.away -= 1
            raise Away("gone")
        await super().append(room, expected, records, summary)


@pytest.fixture
async def gone() -> AsyncIterator[tuple[House, Gone]]:
    house = House()
    house.log = log = Gone()
    log.create("r1")
    yield await speaking(house), log
    await house.close()


async def test_time_that_runs_out_while_the_store_is_away_is_written_once_it_is_back(gone: tuple[House, Gone]) -> None:
    house, log = gone
    hub = await house.hub()
    [igor] = await sit(hub, IGOR)
    log.away = 3
    await asyncio.sleep(LEASE * 2)
    assert (log.away, since(house)) == (0, [Muted("fr", "i1")])
    assert igor.screen["channels"]["fr"] == {**igor.screen["channels"]["fr"], "state": "silent"}  # type: ignore[dict-item]  # JSON


async def test_who_returns_while_the_store_is_away_stays_on_air(gone: tuple[House, Gone]) -> None:
    house, log = gone
    hub = await house.hub()
    log.away = 1_000
    await asyncio.sleep(LEASE * 1.5)
    await sit(hub, IDA, IGOR)
    log.away = 0
    await asyncio.sleep(LEASE * 1.5)
    assert since(house) == []


async def test_who_returns_while_others_hold_the_room_stays_on_air(gone: tuple[House, Gone]) -> None:
    """The time runs out behind a slow command; whoever joins before it can be written is back in time."""
    house, log = gone
    hub = await house.hub()
    log.slow.clear()
    command = asyncio.create_task(hub.do(IGOR, asks("k1", Relay("fr", "en"))))
    await asyncio.sleep(0)
    joining = asyncio.create_task(sit(hub, IDA, IGOR))
    await asyncio.sleep(LEASE * 1.5)
    log.slow.set()
    await asyncio.gather(command, joining)
    await asyncio.sleep(LEASE * 1.5)
    assert [type(event).__name__ for event in since(house)] == ["RelaySet"]


async def test_who_leaves_while_their_last_command_fails_leaves_the_air(gone: tuple[House, Gone]) -> None:
    """The room is ahead of the disk when she goes, and she seems to be off the air already; she is not."""
    house, log = gone
    hub = await house.hub()
    [ida, _] = await sit(hub, IDA, IGOR)
    log.slow.clear()
    log.away = 1
    command = asyncio.create_task(hub.do(IDA, asks("k1", OffAir("fr"))))
    await asyncio.sleep(0)
    hub.leave(ida)
    log.slow.set()
    with pytest.raises(Away):
        await command
    await hub.catch_up()
    await asyncio.sleep(LEASE * 1.5)
    assert since(house) == [Muted("fr", "i1")]


async def test_hub_that_could_not_be_opened_lets_nothing_happen(gone: tuple[House, Gone]) -> None:
    """Its votes cannot be summed: another one will be opened, to which people connect."""
    house, log = gone
    await house.write(Asked("q1", "p1", "Why?", "en"), Published("q1"))
    house.ballots.votes.add(("r1", "q1", "p0"))
    log.away = 1
    hub = Hub("r1", log, house.ballots, house.choices, house.boxes, house.bus, house, house, house.new_id)
    with pytest.raises(Away):
        await hub.open()
    await asyncio.sleep(LEASE * 1.5)
    assert house.events(7) == []
