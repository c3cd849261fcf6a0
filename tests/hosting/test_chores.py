"""What a node does by itself: after a start it looks after whoever was on air, and keeps such rooms live meanwhile."""

import asyncio

import pytest

from hosting import chores, log, moments
from hosting.config import Config
from hosting.database import Database
from hosting.live import Live
from rooms import presence
from rooms.booths import Aired, Entered, Left, Muted, RelaySet
from rooms.core import Event
from rooms.interpretation import Opened
from tests.hosting.programmes import room, take_in

LEASE = 0.05  # seconds


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "LEASE", LEASE)
    monkeypatch.setattr(presence, "RETURN", 2 * LEASE)
    monkeypatch.setattr(chores, "IDLE", 0.0)


def happened(database: Database, name: str, *events: Event) -> str:
    """Let something have happened in a room before the node starts; the room's id."""
    id = room(database, name)
    database.write_now(lambda sql: log.tell(sql, id, events, moments.now(), "i1"))
    return id


def ending(database: Database, id: str) -> list[Event]:
    """The last two events of a room."""
    return [record.event for record in database.read_now(lambda sql: log.read(sql, id)).records[-2:]]


async def test_node_that_starts_looks_after_those_who_were_on_air(database: Database) -> None:
    take_in(database)
    inside = Entered("fr", "i1")
    live_room = happened(database, "before-spring", inside, Aired("fr", "i1"))
    relay = happened(
        database,
        "across-spring",
        *(Opened("es"), Opened("en"), Entered("es", "i1"), Aired("es", "i1"), RelaySet("es", "en")),
    )
    happened(database, "after-spring", Opened("fr"), inside, Aired("fr", "i1"), Muted("fr", "i1"))
    live = Live(database, Config())
    await live.chores.wake()
    assert set(live.hubs) == {live_room, relay}
    await live.chores.close_quiet()
    assert set(live.hubs) == {live_room, relay}  # somebody may come back
    for hub in list(live.hubs.values()):
        while hub.running:
            await asyncio.gather(*hub.running)
    assert ending(database, live_room) == [Muted("fr", "i1"), Left("fr", "i1")]
    assert ending(database, relay) == [Muted("es", "i1"), Left("es", "i1")]
    assert database.read_now(log.with_booths) == []
    await live.chores.close_quiet()
    assert live.hubs == {}
