"""The rooms live on this node: a hub each, who may what in them, and the connections that listen.

Opens a hub on first use and closes it when nobody has listened for a minute. Notices within a second what other
processes wrote: drops cached grants, catches rooms up.
"""

import asyncio
import contextlib
import functools
import logging
import secrets
import time
from collections.abc import Coroutine
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection as Sql

from hosting import log, moments, people, programme
from hosting.config import Config
from hosting.database import Database
from hosting.errors import Unavailable
from hosting.log import SqlBallots, SqlLog
from rooms.core import Actor, Audience, Item, Receipt, Role
from rooms.fanout import audience_of
from rooms.hub import Hub
from rooms.memory import MemoryBus
from rooms.ports import Away
from rooms.roles import AUDIENCE, rights
from rooms.room import Renamed, StreamSet
from rooms.session import BURST, Bucket
from rooms.wire import Envelope

T = TypeVar("T")
QUEUE = 512  # frames waiting for one connection before it is too slow
IDLE = 60.0  # seconds a room stays live without listeners
HEARTBEAT = 15.0  # seconds
POLL = 1.0  # seconds between two looks for what other processes wrote
PER_PERSON = 8  # connections

logger = logging.getLogger("austausch.live")


def new_id() -> str:
    """A random id: counters betray hidden things."""
    return secrets.token_urlsafe(9)


class Connection:
    """One open socket: who is behind it, and the frames that wait for it. `ended` says why it must close."""

    def __init__(self, room: str, visitor: people.Visitor, actor: Actor) -> None:
        self.room, self.visitor, self.actor = room, visitor, actor
        self.frames: asyncio.Queue[str] = asyncio.Queue(QUEUE)
        self.ended: asyncio.Future[tuple[int, float]] = asyncio.get_running_loop().create_future()

    def send(self, frame: str) -> None:
        try:
            self.frames.put_nowait(frame)
        except asyncio.QueueFull:
            self.end(4008)

    def end(self, code: int, after: float = 0) -> None:
        """Have the socket say bye with a close code (PROTOCOL, close codes) and a pause in seconds."""
        if not self.ended.done():
            self.ended.set_result((code, after))

    def you(self) -> Item:
        visitor, role = self.visitor, self.actor.role
        return {"id": visitor.person, "name": visitor.name, "role": role, "rights": rights(role)}


class SystemClock:
    def now(self) -> datetime:
        return moments.now()


class SqlDirectory:
    """Names by person id, from the one table that has them."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def names(self, persons: frozenset[str]) -> dict[str, str]:
        try:
            return await self.database.read(lambda sql: people.names(sql, sorted(persons)))
        except Unavailable as away:
            raise Away(str(away)) from away


class Live:
    """All rooms of this node. `start` begins its one background task, `stop` ends it and says bye to everybody."""

    def __init__(self, database: Database, config: Config) -> None:
        self.database, self.config = database, config
        self.log, self.ballots, self.bus = SqlLog(database), SqlBallots(database), MemoryBus()
        self.clock, self.directory = SystemClock(), SqlDirectory(database)
        self.opening: dict[str, asyncio.Task[Hub]] = {}
        self.hubs: dict[str, Hub] = {}
        self.quiet: dict[str, float] = {}  # rooms without listeners, since when
        self.connections: set[Connection] = set()
        self.roles: dict[tuple[str, str], Role | None] = {}
        self.buckets: dict[str, Bucket] = {}
        self.running: asyncio.Task[None] | None = None
        self.working: set[asyncio.Task[Any]] = set()

    def start(self) -> None:
        self.running = asyncio.create_task(self.run())

    async def stop(self, code: int = 1012) -> None:
        """Say bye to all with a spread of times to return, finish commands in flight, close the rooms."""
        if self.running:
            self.running.cancel()
            await asyncio.gather(self.running, return_exceptions=True)
        spread = 1 + len(self.connections) / 500  # seconds: 500 returns a second
        for place, connection in enumerate(list(self.connections)):
            connection.end(code, round(spread * place / max(1, len(self.connections)), 2))
        await asyncio.gather(*self.working, return_exceptions=True)
        await asyncio.gather(*(hub.close() for hub in self.hubs.values()), return_exceptions=True)

    # ── Rooms ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def hub(self, room: str) -> Hub:
        """The room, live. NoSuchRoom, Away."""
        if room in self.hubs:
            return self.hubs[room]
        if room not in self.opening:
            self.opening[room] = asyncio.create_task(self.open(room))
            self.opening[room].add_done_callback(lambda _: self.opening.pop(room, None))
        return await asyncio.shield(self.opening[room])

    async def open(self, room: str) -> Hub:
        hub = Hub(room, self.log, self.ballots, self.bus, self.clock, self.directory, new_id)
        await hub.open()
        self.hubs[room] = hub
        self.quiet[room] = time.monotonic()
        return hub

    def present(self, room: str) -> int:
        """People with an open connection to a room."""
        hub = self.hubs.get(room)
        return hub.present() if hub else 0

    async def snapshot(self, room: str, role: Role) -> Item:
        """What a role sees of a room, as plain values: `all`, `seq`, `epoch`. NoSuchRoom, Away."""
        return await (await self.hub(room)).snapshot(AUDIENCE[role])

    async def do(self, room: str, actor: Actor, envelope: Envelope) -> Receipt:
        """Carry out a command to its end even if the sender goes away meanwhile. Refused, NoSuchRoom, Away."""
        hub = await self.hub(room)
        return await self.finish(hub.do(actor, envelope))

    async def finish(self, work: Coroutine[None, None, T]) -> T:
        """What is durable must also be shown: the work goes on when whoever waits for it is cancelled."""
        task = asyncio.create_task(work)
        self.working.add(task)
        task.add_done_callback(self.working.discard)
        return await asyncio.shield(task)

    # ── Who may what ─────────────────────────────────────────────────────────────────────────────────────────────

    async def role(self, visitor: people.Visitor, room: str) -> Role | None:
        """A visitor's role in a room: by grant; without one a participant where the exchange is public; else None."""
        if visitor.kind == "service":
            return "organiser"
        if visitor.kind == "nobody":
            return None
        key = (visitor.person, room)
        if key not in self.roles:
            self.roles[key] = await self.database.read(functools.partial(role_in, person=visitor.person, room=room))
        return self.roles[key]

    async def actor(self, visitor: people.Visitor, room: str) -> Actor | None:
        role = await self.role(visitor, room)
        return Actor(visitor.person, role, visitor.name is not None) if role else None

    def bucket(self, person: str) -> Bucket:
        return self.buckets.setdefault(person, Bucket(self.config.rate, BURST))

    async def grants_changed(self, person: str | None = None) -> None:
        """Read roles anew; who has another one gets a fresh snapshot, who has none is sent away. None: everybody's."""
        for key in [key for key in self.roles if person is None or key[0] == person]:
            del self.roles[key]
        for connection in list(self.connections):
            if person is None or connection.visitor.person == person:
                actor = await self.actor(connection.visitor, connection.room)
                if actor is None:
                    connection.end(4003)
                elif actor.role != connection.actor.role:
                    await self.rejoin(connection, connection.visitor, actor)

    async def signed_out(self, person: str) -> None:
        """Close all sockets of a person who signed out or whose sign-in was revoked."""
        for connection in list(self.connections):
            if connection.visitor.person == person:
                connection.end(4001)

    # ── Connections ──────────────────────────────────────────────────────────────────────────────────────────────

    async def join(self, connection: Connection, cursor: tuple[str, int] | None) -> None:
        """Take a connection in and send its first frame. NoSuchRoom, Away."""
        hub = await self.hub(connection.room)
        await hub.join(connection, connection.you(), cursor)
        self.connections.add(connection)
        self.quiet.pop(connection.room, None)

    def leave(self, connection: Connection) -> None:
        self.connections.discard(connection)
        hub = self.hubs.get(connection.room)
        if hub:
            hub.leave(connection)
            if not hub.listeners:
                self.quiet[connection.room] = time.monotonic()

    async def rejoin(self, connection: Connection, visitor: people.Visitor, actor: Actor) -> None:
        """The same socket for somebody who is now seen otherwise: a fresh snapshot."""
        hub = await self.hub(connection.room)
        hub.listeners.discard(connection)
        connection.visitor, connection.actor = visitor, actor
        await hub.join(connection, connection.you(), None)

    async def greet(self, connection: Connection, name: str, language: str | None) -> None:
        """Name a guest, in all of the guest's sockets. Whoever has an account keeps its name."""
        visitor = connection.visitor
        if visitor.kind == "guest":
            await self.database.write(lambda sql: people.name_guest(sql, visitor.person, name, language, moments.now()))
            await self.renamed(visitor.person)
        for other in list(self.connections):
            if other.visitor.person == visitor.person and (other is connection or visitor.kind == "guest"):
                named = (
                    msgspec.structs.replace(other.visitor, name=name, language=language)
                    if visitor.kind == "guest"
                    else other.visitor
                )
                await self.rejoin(other, named, Actor(named.person, other.actor.role, named.name is not None))

    async def renamed(self, person: str) -> None:
        """Show a person's new name wherever it stands."""
        for room in await self.database.read(lambda sql: log.rooms_of(sql, person)):
            await self.tell(room, Renamed(person), person)

    async def set_stream(self, room: str, stream: str | None, by: str) -> None:
        """Set the link to a session's picture and sound, in the programme and in the room at once."""

        def write(sql: Sql) -> None:
            programme.set_stream(sql, room, stream)
            log.tell(sql, room, (StreamSet(stream),), moments.now(), by)

        await self.database.write(write)
        await self.catch_up(room)

    async def tell(self, room: str, event: Renamed, by: str) -> None:
        await self.database.write(lambda sql: log.tell(sql, room, (event,), moments.now(), by))
        await self.catch_up(room)

    async def catch_up(self, room: str) -> None:
        """Show what was appended past the hub; a room whose log was restored opens anew for everybody."""
        hub = self.hubs.get(room)
        if hub is None:
            return
        try:
            await hub.catch_up()
        except Away as away:
            logger.warning("room %s opens anew: %s", room, away)
            del self.hubs[room]
            for listener in list(hub.listeners):
                if isinstance(listener, Connection):
                    listener.end(1012)
            await hub.close()

    # ── Once a second ────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        beat = time.monotonic() + HEARTBEAT
        while True:
            await asyncio.sleep(POLL)
            try:
                if await self.database.changed_elsewhere():
                    await self.grants_changed()
                    for room in list(self.hubs):
                        await self.catch_up(room)
            except Unavailable as away:
                logger.warning("the database is away: %s", away)
            now = time.monotonic()
            if now >= beat:
                beat = now + HEARTBEAT
                self.beat()
            await self.close_quiet(now)

    def beat(self) -> None:
        for hub in self.hubs.values():
            frames: dict[Audience, str] = {}
            for listener in hub.listeners:
                audience = audience_of(listener.actor)
                listener.send(frames.setdefault(audience, frames.get(audience) or hub.heartbeat(audience)))
        if len(self.buckets) > 10_000:  # a bucket that is full again remembers nothing
            self.buckets = {c.visitor.person: self.bucket(c.visitor.person) for c in self.connections}

    async def close_quiet(self, now: float) -> None:
        for room in [room for room, since in self.quiet.items() if now - since > IDLE]:
            del self.quiet[room]
            hub = self.hubs.pop(room, None)
            if hub:
                with contextlib.suppress(asyncio.CancelledError):
                    await hub.close()

    def crowded(self, visitor: people.Visitor) -> bool:
        return sum(other.visitor.person == visitor.person for other in self.connections) >= PER_PERSON


def role_in(sql: Sql, person: str, room: str) -> Role | None:
    """By grant; without one a participant of a public exchange; else None."""
    return people.role_in(sql, person, room) or ("participant" if programme.is_public(sql, room) else None)
