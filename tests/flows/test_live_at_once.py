"""What happens at once on one node: grants change while sockets join, rooms close while people come, the database is
away for a moment. Real databases; where a step must last, it is only made slow or
kept back.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection as Sql
from sqlalchemy import func, select

from hosting import chores, log, moments, people, tables
from hosting.admission import Admission, Shown
from hosting.config import Config
from hosting.connections import Connection
from hosting.errors import Unavailable
from hosting.live import Live
from hosting.people import Visitor
from hosting.relay import EmbeddedRelay
from hosting.seats import end_all
from rooms.core import Role
from rooms.lifecycle import StreamSet
from rooms.people import Removed
from rooms.ports import Away
from rooms.wire import command
from tests.flows.lines import Line, connected, ticket
from tests.flows.town import Town

BEAT = 0.02  # seconds
SLOW = 0.15


class Node:
    """Rooms on a database of their own, and who is in one of them."""

    def __init__(self, town: Town) -> None:
        self.town, self.room = town, town.rooms["across-spring"]
        self.database = town.database()
        self.live = Live(self.database, Config(), EmbeddedRelay())
        self.lines: dict[Connection, Line] = {}

    def visitor(self, name: str) -> Visitor:
        cookie = self.town.cookies[name]
        return self.database.read_now(lambda sql: people.find_sign_in(sql, cookie, moments.now()))

    async def connection(self, name: str) -> Connection:
        connection, self.lines[connection] = connected(self.room, ticket(self.town.cookies[name]))
        return connection

    async def enter(self, name: str) -> Connection:
        connection = await self.connection(name)
        await self.live.join(connection, None)
        return connection

    def listeners(self) -> dict[Connection, Role]:
        hub = self.live.hubs[self.room]
        return {each: actor.role for each, actor in hub.crowd.actors.items() if isinstance(each, Connection)}

    def held_entrance(self) -> "Held":
        """Every join waits, from when it has been looked up, until it is let go."""
        held = Held(self.live.entrance.admit)
        self.live.entrance.admit = held  # type: ignore[method-assign,assignment]  # the real one, later
        return held


class Held:
    """Work whose answer is kept back until it is let go; `done` once the first is there."""

    def __init__(self, work: Callable[..., Awaitable[Any]]) -> None:
        self.work, self.done, self.let_go = work, asyncio.Event(), asyncio.Event()

    async def __call__(self, *given: Any) -> Any:
        answer = await self.work(*given)
        self.done.set()
        await self.let_go.wait()
        return answer


def slowly(work: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def slow(*given: Any) -> Any:
        answer = await work(*given)
        await asyncio.sleep(SLOW)
        return answer

    return slow


def revoke(person: str) -> Callable[[Sql], None]:
    def write(sql: Sql) -> None:
        for grant in people.grants(sql, "spring"):
            if grant.person == person:
                people.revoke(sql, grant.id)

    return write


@pytest.fixture
async def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Node]:
    monkeypatch.setattr(chores, "POLL", BEAT)
    node = Node(Town(tmp_path / "data"))
    yield node
    await node.live.stop()
    node.database.stop()


async def until(found: Callable[[], bool]) -> None:
    for _ in range(round(5 / BEAT)):
        if found():
            return
        await asyncio.sleep(BEAT)
    raise AssertionError("it never came")


# ── Grants ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_role_read_before_a_revocation_is_not_kept_after_it(node: Node) -> None:
    visitor, read = node.visitor("moderator"), node.database.read
    held = Held(read)
    node.database.read = held  # type: ignore[method-assign,assignment]  # the real one, later
    asking = asyncio.create_task(node.live.role(visitor, node.room))
    await held.done.wait()
    node.database.read = read  # type: ignore[method-assign]
    await node.database.write(revoke(visitor.person))
    await node.live.grants_changed(visitor.person)
    held.let_go.set()
    assert (await asking, await node.live.role(visitor, node.room)) == ("participant", "participant")


async def test_revocation_reaches_a_socket_that_is_joining(node: Node) -> None:
    connection = await node.connection("moderator")
    await node.live.hub(node.room)
    held = node.held_entrance()
    joining = asyncio.create_task(node.live.join(connection, None))
    await held.done.wait()
    await node.database.write(revoke(node.town.people["moderator"]))
    changing = asyncio.create_task(node.live.grants_changed(node.town.people["moderator"]))
    await asyncio.sleep(0)  # it has begun, and waits for the socket
    held.let_go.set()
    await asyncio.gather(joining, changing)
    assert node.listeners() == {connection: "participant"}
    assert node.lines[connection].taken()[-1]["you"]["role"] == "participant"


async def test_removal_reaches_a_socket_while_its_room_is_folded_anew(node: Node) -> None:
    connection, person = await node.enter("participant"), node.town.people["participant"]
    hub = await node.live.hub(node.room)
    hub.reseat = lambda _person: None  # by hand, below
    await node.live.tell(node.room, Removed(person), "system")
    async with hub.lock:
        hub.begin()
        hub.stale = True  # as `reload` has it until it has read the log
        seating = asyncio.create_task(node.live.seat_all(person, node.room))
        await asyncio.sleep(SLOW)
    await seating
    assert connection.ended == (4003, 0)


async def test_socket_that_is_seated_anew_for_two_reasons_at_once_is_told_once(node: Node) -> None:
    connection, person = await node.enter("moderator"), node.town.people["moderator"]
    node.lines[connection].taken()
    await node.database.write(revoke(person))
    async with node.live.hubs[node.room].lock:  # as while a command is carried out
        seating = asyncio.gather(node.live.seat_all(person, node.room), node.live.grants_changed())
        await asyncio.sleep(SLOW)
    await seating
    assert [frame["you"]["role"] for frame in node.lines[connection].taken() if "all" in frame] == ["participant"]


async def test_revocation_is_shown_at_the_next_look_when_the_first_fails(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chores, "HEARTBEAT", BEAT)
    connection, other = await node.enter("moderator"), await node.enter("participant")
    node.live.start()
    admit, failed = node.live.entrance.admit, list[str]()

    async def fail_once(shown: Shown, room: str) -> Admission:
        if not failed:
            failed.append(room)
            raise Unavailable("disk")
        return await admit(shown, room)

    node.live.entrance.admit = fail_once  # type: ignore[method-assign]  # the real one, later
    await asyncio.to_thread(node.town.write, revoke(connection.visitor.person))
    await until(lambda: bool(failed))
    assert node.listeners().get(connection) != "moderator"  # not for a moment longer
    await until(lambda: node.listeners() == {connection: "participant", other: "participant"})
    node.lines[connection].taken()
    await until(
        lambda: any("put" not in frame and "at" in frame for frame in node.lines[connection].taken())
    )  # hearts still beat


async def test_revocation_here_is_shown_when_the_database_fails_right_after_it(node: Node) -> None:
    connection = await node.enter("moderator")
    await node.database.write(revoke(connection.visitor.person))
    read = node.database.read

    async def away(_fn: object) -> Any:
        raise Unavailable("locked")

    node.database.read = away  # type: ignore[method-assign,assignment]  # the real one, later
    await node.live.grants_changed(connection.visitor.person)
    node.database.read = read  # type: ignore[method-assign]
    node.live.start()
    await until(lambda: node.listeners() == {connection: "participant"})


async def test_one_room_that_fails_keeps_no_other_from_being_shown(
    node: Node, caplog: pytest.LogCaptureFixture
) -> None:
    rooms = [node.town.rooms[key] for key in ("before-spring", "across-spring", "after-spring")]
    hubs = [await node.live.hub(room) for room in rooms]

    async def broken(head: int | None = None) -> None:
        raise ZeroDivisionError("a bug")

    hubs[0].catch_up = broken  # type: ignore[method-assign]  # as a bug would
    node.live.start()
    told = (StreamSet("https://example.org/live"),)
    for room in rooms:
        await asyncio.to_thread(node.town.write, lambda sql, room=room: log.tell(sql, room, told, moments.now()))
    await until(lambda: all(hub.room.stream for hub in hubs[1:]))
    assert {record.message for record in caplog.records} == {f"room {rooms[0]}"}


async def test_socket_that_left_while_its_role_changed_listens_no_more(node: Node) -> None:
    gone, there = await node.enter("moderator"), await node.enter("participant")
    held = node.held_entrance()
    await node.database.write(revoke(gone.visitor.person))
    changing = asyncio.create_task(node.live.grants_changed())
    await held.done.wait()
    node.live.leave(gone)
    held.let_go.set()
    await changing
    assert (node.listeners(), node.live.present(node.room)) == ({there: "participant"}, 1)


async def test_socket_whose_change_of_role_was_interrupted_has_the_new_one(node: Node) -> None:
    connection = await node.enter("moderator")
    held = node.held_entrance()
    await node.database.write(revoke(connection.visitor.person))
    changing = asyncio.create_task(node.live.grants_changed())
    await held.done.wait()
    changing.cancel()  # as when whoever asked for it goes away
    await asyncio.gather(changing, return_exceptions=True)
    held.let_go.set()
    assert node.listeners().get(connection) != "moderator"
    node.live.start()
    await until(lambda: node.listeners() == {connection: "participant"})


# ── Rooms ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_room_is_not_closed_under_somebody_who_joins(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chores, "IDLE", BEAT)
    connection = await node.connection("participant")
    await node.live.hub(node.room)
    held = node.held_entrance()
    joining = asyncio.create_task(node.live.join(connection, None))
    await asyncio.sleep(0)
    node.live.start()
    await asyncio.sleep(SLOW)
    held.let_go.set()
    await joining
    await asyncio.sleep(5 * BEAT)
    assert list(node.listeners()) == [connection]
    node.live.leave(connection)
    await until(lambda: node.room not in node.live.hubs)  # and it closes when nobody is there


async def test_fact_told_while_a_room_opens_is_in_it(node: Node) -> None:
    read = node.live.log.read
    node.live.log.read = slowly(read)  # type: ignore[method-assign,assignment]  # the real one, later
    opening = asyncio.create_task(node.live.hub(node.room))
    await asyncio.sleep(SLOW / 2)
    await node.live.set_stream(node.room, "https://example.org/live", 0.0, "system")
    hub = await opening
    assert (hub.room.stream, hub.room.seq) == ("https://example.org/live", 2)


async def test_room_whose_log_cannot_be_read_for_a_moment_goes_on(node: Node) -> None:
    connection = await node.enter("participant")
    node.live.start()
    read, failed = node.live.log.read, list[str]()

    async def fail_once(room: str, after: int = 0) -> Any:
        if not failed:
            failed.append(room)
            raise Away("locked")
        return await read(room, after)

    node.live.log.read = fail_once  # type: ignore[method-assign]  # the real one, later
    told = (StreamSet("https://example.org/live"),)
    await asyncio.to_thread(node.town.write, lambda sql: log.tell(sql, node.room, told, moments.now()))
    await until(lambda: node.live.hubs[node.room].room.stream == "https://example.org/live")
    assert (failed, connection.ended, list(node.listeners())) == ([node.room], None, [connection])


async def test_node_stops_while_it_closes_a_quiet_room(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chores, "IDLE", 0.0)
    hub, begun = await node.live.hub(node.room), asyncio.Event()

    async def lasting() -> None:
        try:
            await asyncio.sleep(10)
        finally:
            begun.set()
            await asyncio.sleep(SLOW)

    hub.once("lasting", lasting)
    await asyncio.sleep(0)
    node.live.start()
    await begun.wait()
    async with asyncio.timeout(5):
        await node.live.stop()


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_command_is_given_in_the_role_of_its_moment(node: Node) -> None:
    connection = await node.enter("moderator")
    await node.database.write(revoke(connection.visitor.person))
    node.live.roles.clear()  # as after a revocation that has not reached the socket yet
    refused = await asyncio.gather(
        node.live.do(node.room, connection.visitor, command({"id": "k1", "do": "room.open"})), return_exceptions=True
    )
    assert [getattr(each, "code", each) for each in refused] == ["role.missing"]


# ── Names and sign-ins ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_sign_out_while_a_socket_opens_closes_it(node: Node) -> None:
    connection = await node.connection("participant")
    sign_in = people.digest(node.town.cookies["participant"])
    await node.database.write(lambda sql: people.close_sign_in(sql, sign_in))
    node.live.end_ticket(sign_in)  # it is not among the sockets yet
    await node.live.join(connection, None)
    assert connection.ended == (4001, 0)


async def test_sign_in_closed_by_another_process_closes_its_sockets_alone(node: Node) -> None:
    gone, there = await node.enter("moderator"), await node.enter("participant")
    node.live.start()
    await asyncio.to_thread(node.town.write, lambda sql: people.close_all_sign_ins(sql, gone.visitor.person))
    await until(lambda: gone.ended is not None)
    assert (gone.ended, there.ended) == ((4001, 0), None)


async def test_two_names_at_once_leave_the_one_written_last(node: Node) -> None:
    _, guest = await node.database.write(lambda sql: people.open_guest(sql, moments.now()))
    connection, node.lines[connection] = connected(node.room, guest)
    await node.live.join(connection, None)
    tell = node.live.tell
    node.live.tell = slowly(tell)  # type: ignore[method-assign,assignment]  # the real one, later
    first = asyncio.create_task(node.live.greet(connection, "First", "de"))
    await asyncio.sleep(BEAT)
    await node.live.greet(connection, "Second", None)
    await first
    assert (connection.visitor.name, connection.visitor.language) == ("Second", "de")
    assert node.lines[connection].taken()[-1]["you"]["name"] == "Second"


async def test_sign_ins_that_are_over_are_forgotten(node: Node) -> None:
    late = moments.now() - people.SIGN_IN
    await node.database.write(lambda sql: people.open_guest(sql, late))
    count = await node.database.read(sign_ins)
    node.live.start()
    await until(lambda: node.database.read_now(sign_ins) == count - 1)


def sign_ins(sql: Sql) -> int:
    return int(sql.execute(select(func.count()).select_from(tables.sign_ins)).scalar_one())


async def test_those_who_are_sent_away_together_are_asked_back_one_after_the_other(node: Node) -> None:
    lines = [connected(node.room, people.NOBODY) for _ in range(1_000)]
    end_all((connection for connection, _ in lines), 1012)
    after = [line.taken()[0]["bye"]["after"] for _, line in lines]
    assert (min(after), max(after), len(set(after)) > 100) == (1.0, 3.0, True)
