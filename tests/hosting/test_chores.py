"""What a node does by itself: after a start it looks after whoever was on air, and keeps such rooms live meanwhile."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection

from hosting import chores, log, moments, people, programme, schema
from hosting.config import Config
from hosting.database import Database, open_engine
from hosting.live import Live
from hosting.relay import EmbeddedRelay
from rooms import presence
from rooms.booths import Aired, Entered, Left, Muted, RelaySet
from rooms.core import Actor, Event
from rooms.interpretation import Opened
from tests.flows.lines import connected, ticket
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
    live = Live(database, Config(), EmbeddedRelay())
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


async def test_socket_does_not_outlive_its_sign_in_for_long(database: Database) -> None:
    take_in(database)
    id, now = room(database, "before-spring"), moments.now()
    live, sockets = Live(database, Config(), EmbeddedRelay()), []
    for made in (now - people.SIGN_IN + timedelta(seconds=0.5), now):
        cookie = database.write_now(lambda sql, made=made: people.open_guest(sql, made)[0])  # type: ignore[misc]  # a default binds it
        sockets.append(connected(id, ticket(cookie))[0])
        await live.join(sockets[-1], None)
    await asyncio.sleep(0.5)
    await live.chores.forget()
    assert [socket.ended for socket in sockets] == [(4001, 0), None]
    for socket in sockets:
        live.leave(socket)
    await live.stop()


def columns(sql: Connection, of: str, table: str) -> list[str]:
    return [str(row[1]) for row in sql.exec_driver_sql(f"PRAGMA {of}.table_info({table})")]


def at_revision(revision: str, file: Path, like: Path) -> None:
    """Make a database of an older version that holds what one of this version does, as far as it has a place for it."""
    engine = open_engine(f"sqlite:///{file}", writer=True)
    with engine.connect() as sql:
        command.upgrade(schema.configuration(sql), revision)
        sql.commit()
    with engine.connect() as sql:
        sql.connection.execute(f"ATTACH '{like}' AS later")
        sql.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        names = sql.exec_driver_sql("SELECT name FROM main.sqlite_master WHERE type = 'table'").scalars()
        for table in [str(name) for name in names if name != "alembic_version"]:
            both = ", ".join(
                f'"{name}"' for name in columns(sql, "main", table) if name in columns(sql, "later", table)
            )
            sql.exec_driver_sql(f'INSERT INTO main."{table}" ({both}) SELECT {both} FROM later."{table}"')
        sql.commit()
    engine.dispose()


async def test_lists_of_a_database_from_before_show_channels_and_contributions(
    database: Database, tmp_path: Path
) -> None:
    take_in(database)
    happened(database, "before-spring", Entered("fr", "i1"), Aired("fr", "i1"))
    at_revision("0002", tmp_path / "old.sqlite3", tmp_path / "austausch.sqlite3")
    old = Database(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    old.start()
    try:
        assert {session.floor for session in old.read_now(programme.sessions)} == {None}
        live = Live(old, Config(), EmbeddedRelay())
        await live.chores.fill_in()
        now = database.read_now(programme.sessions)
        assert old.read_now(programme.sessions) == now
        assert [one.heard["fr"] for one in now if one.key == "before-spring"] == ["live"]
        assert old.read_now(log.unlisted) == []
        await live.chores.wake()
        assert set(live.hubs) == {room(database, "before-spring")}
        await live.stop()
    finally:
        old.stop()


async def test_room_that_somebody_comes_into_while_others_are_closed_stays_live(database: Database) -> None:
    take_in(database)
    live = Live(database, Config(), EmbeddedRelay())
    first, second = room(database, "before-spring"), room(database, "across-spring")
    await live.hub(first)
    await live.hub(second)
    hub, close = live.hubs[first], live.hubs[first].close

    async def slowly() -> None:
        assert await live.hub(second) is live.hubs[second]  # somebody asks for it
        await close()

    hub.close = slowly  # type: ignore[method-assign]  # what happens while it waits
    await live.chores.close_quiet()
    assert set(live.hubs) == {second}


async def test_microphone_given_while_a_quiet_room_closes_is_not_taken_back(database: Database) -> None:
    take_in(database)
    live = Live(database, Config(), EmbeddedRelay())
    id = room(database, "before-spring")
    moderator = Actor("m1", "moderator", named=True)
    await live.speaking.grant(await live.hub(id), moderator, ("floor",), None)
    hub, close = live.hubs[id], live.hubs[id].close

    async def slowly() -> None:
        await live.speaking.grant(await live.hub(id), moderator, (), "floor")
        await close()

    hub.close = slowly  # type: ignore[method-assign]  # what happens while it waits
    await live.chores.close_quiet()
    assert live.hubs[id] is not hub
    assert live.speaking.crew == {id: {"m1"}}
    assert (await live.speaking.engine.grant("m1", id, "floor", "speak", 60)).channel == "floor"  # it is there
    await live.stop()
