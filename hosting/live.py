"""The rooms live on this node: a hub each, who may what in them, and the connections that listen.

Opens a hub on first use and closes it when nobody has listened for a minute. Notices within a second what other
processes wrote: drops cached grants, catches rooms up.
"""

import asyncio
import functools
import logging
import secrets
import time
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection as Sql

from hosting import editing, errands, facts, log, moments, people, programme
from hosting.ballots import SqlBallots, SqlChoices
from hosting.boxes import SqlBoxes
from hosting.chores import Chores
from hosting.config import Config
from hosting.connections import Connection, FastRow, Roles, actor_of, you
from hosting.database import Database
from hosting.directory import SqlDirectory, SystemClock, new_id
from hosting.engine import MediaEngine
from hosting.entrance import Door, Entrance
from hosting.errors import Unavailable
from hosting.log import SqlLog
from hosting.lookout import Lookout
from hosting.people import NOBODY, UNKNOWN
from hosting.recording import Recording
from hosting.seats import Seats, end_all
from hosting.speaking import Speaking
from rooms import contributions, presence
from rooms import people as restricting
from rooms.contributions import Submit
from rooms.core import Audience, Event, Receipt, Refused, Role
from rooms.hub import Hub
from rooms.lifecycle import Renamed, StreamSet
from rooms.memory import MemoryBus
from rooms.ports import Away, NoSuchRoom, Restored
from rooms.questions import Defer, Restore
from rooms.roles import acting
from rooms.room import name_of
from rooms.rows import Own, Read
from rooms.session import BURST, Bucket
from rooms.wire import Envelope

T = TypeVar("T")
RESUME = 20.0  # seconds until a new try, for whoever has too many windows

logger = logging.getLogger("austausch.live")


class Live:
    """All rooms of this node. `start` begins its background tasks, `stop` ends them and says bye to everybody."""

    def __init__(
        self, database: Database, config: Config, engine: MediaEngine, recording: Recording | None = None
    ) -> None:
        self.database, self.config = database, config
        self.lookout, self.speaking = Lookout(self), Speaking(self, engine, recording)
        self.log, self.bus = SqlLog(database, self.lookout.listed), MemoryBus()
        self.stores = (self.log, SqlBallots(database), SqlChoices(database), SqlBoxes(database))
        self.clock, self.directory = SystemClock(), SqlDirectory(database)
        self.opening: dict[str, asyncio.Task[Hub]] = {}
        self.hubs: dict[str, Hub] = {}
        self.used: dict[str, float] = {}  # when each live room was last asked for
        self.seats = Seats[Connection]()
        self.entrance = Entrance(database)
        self.door = Door(secrets.SystemRandom().random)
        self.joining = 0  # sockets that have not had their first frame
        self.roles: dict[tuple[str, str], Roles] = {}
        self.granted = 0  # how often roles have been dropped: what was read before then is old
        self.naming = asyncio.Lock()
        self.handing = asyncio.Lock()  # a deck is not taken back while it is handed in
        self.behind = False  # something was written that open sockets have not been shown
        self.buckets: dict[str, Bucket] = {}
        self.chores = Chores(self)
        self.working: set[asyncio.Task[Any]] = set()

    def start(self) -> None:
        self.chores.start()
        self.lookout.start()

    async def stop(self, code: int = 1012) -> None:
        """Say bye to all with a spread of times to return, finish commands in flight, close the rooms."""
        await self.chores.stop()
        await self.lookout.stop()
        await self.entrance.stop()
        end_all(self.seats, code)
        end_all(self.speaking.seats, code)
        answering = [connection.answering for connection in self.seats if connection.answering]
        await asyncio.gather(*self.working, *answering, return_exceptions=True)
        await asyncio.gather(*(hub.close() for hub in self.hubs.values()), return_exceptions=True)
        await self.speaking.stop()

    # ── Rooms ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def hub(self, room: str) -> Hub:
        """The room, live. NoSuchRoom, Away."""
        if room in self.hubs:
            self.used[room] = time.monotonic()
            return self.hubs[room]
        if room not in self.opening:
            self.opening[room] = asyncio.create_task(self.open(room))
            self.opening[room].add_done_callback(lambda _: self.opening.pop(room, None))
        return await asyncio.shield(self.opening[room])

    async def open(self, room: str) -> Hub:
        bind = functools.partial(self.bind, room)
        hub = Hub(room, *self.stores, self.bus, self.clock, self.directory, new_id, FastRow, bind, self.speaking.heed)
        await hub.open()
        await self.lookout.begin(hub)
        self.hubs[room], self.used[room] = hub, time.monotonic()
        return hub

    def present(self, room: str) -> int:
        """People with an open connection to a room."""
        hub = self.hubs.get(room)
        return presence.present(hub) if hub else 0

    async def snapshot(self, room: str, visitor: people.Visitor, roles: Roles) -> bytes:
        """What somebody sees of a room: the first frame of a connection. Refused, NoSuchRoom, Away."""
        return await (await self.hub(room)).snapshot(actor_of(visitor, roles[0], roles), you(visitor, roles))

    async def expect(self, visitor: people.Visitor, room: str) -> None:
        """Refuse whoever was removed from a room. Refused, NoSuchRoom, Away."""
        if visitor.person:
            roles = await self.roles_of(visitor, room) or ("participant",)
            await (await self.hub(room)).expect(actor_of(visitor, roles[0], roles))

    async def do(self, room: str, visitor: people.Visitor, envelope: Envelope) -> Receipt:
        """Carry out a command in the role that its sender has now. Refused, NoSuchRoom, Away, Unavailable."""
        roles = await self.roles_of(visitor, room)
        name = name_of(envelope.command)
        if not roles:
            raise Refused("role.missing", command=name)
        actor, hub = actor_of(visitor, acting(roles, name), roles), await self.hub(room)
        if not isinstance(envelope.command, Submit):
            receipt = await hub.do(actor, envelope, await facts.look_up(self.database, hub, actor, envelope.command))
            if isinstance(envelope.command, Defer | Restore) and hub.room.questions.errands:
                self.finish(asyncio.create_task(errands.run(self, room)))
            return receipt
        async with self.handing:
            return await hub.do(actor, envelope, await facts.look_up(self.database, hub, actor, envelope.command))

    async def may_see_pages(self, room: str, presentation: str, audience: Audience) -> bool:
        """Whether an audience gets the pages of a presentation now. NoSuchRoom, Away."""
        hub = await self.hub(room)
        async with hub.held():
            return contributions.may_see_pages(hub.room.contributions, presentation, audience)

    def busy(self) -> bool:
        """Whether anything that was asked for is not answered yet."""
        return bool(self.working) or any(connection.answering for connection in self.seats)

    def finish(self, task: asyncio.Task[T]) -> asyncio.Future[T]:
        """Work that goes on when whoever waits for it is cancelled: what is durable must also be shown."""
        self.working.add(task)
        task.add_done_callback(self.working.discard)
        return asyncio.shield(task)

    # ── Who may what ─────────────────────────────────────────────────────────────────────────────────────────────

    async def role(self, visitor: people.Visitor, room: str) -> Role | None:
        """A visitor's highest role in a room; None: not to enter."""
        return next(iter(await self.roles_of(visitor, room)), None)

    async def roles_of(self, visitor: people.Visitor, room: str) -> Roles:
        """A visitor's roles in a room: by grant; without one a participant where the exchange is public."""
        if visitor.kind == "service":
            return ("organiser",)
        if visitor.kind == "nobody":
            return ()
        key = (visitor.person, room)
        while key not in self.roles:
            granted = self.granted
            roles = await self.database.read(functools.partial(roles_in, person=visitor.person, room=room))
            if granted == self.granted:
                self.roles[key] = roles
        return self.roles[key]

    def bucket(self, person: str) -> Bucket:
        return self.buckets.setdefault(person, Bucket(self.config.rate, BURST))

    async def grants_changed(self, person: str | None = None) -> None:
        """Read roles anew; who has another one gets a fresh snapshot, who has none is sent away. None: everybody's.

        Whoever cannot be told now is told at the next look.
        """
        self.granted += 1
        self.lookout.heed()
        for key in [key for key in self.roles if person is None or key[0] == person]:
            del self.roles[key]
        await self.seat_all(person)

    async def seat_all(self, person: str | None, room: str | None = None) -> None:
        here = [connection for connection in self.seats.of(person) if room in (None, connection.room)]
        await asyncio.gather(*(self.seat_anew(connection) for connection in here))
        await self.speaking.check(person, room)

    def bind(self, room: str, person: str) -> None:
        """A moderator has silenced or removed somebody, or taken it back: it holds at once, on all their sockets."""
        if self.seats.of(person) or self.speaking.seats.of(person):
            self.finish(asyncio.create_task(self.seat_all(person, room)))

    async def seat_anew(self, connection: Connection) -> None:
        try:
            await self.seat(connection)
        except (Unavailable, Away, NoSuchRoom) as away:
            logger.warning("a socket of room %s is told later: %s", connection.room, away)

    def end_ticket(self, ticket: bytes) -> None:
        """Close the sockets of one signed-in browser, or of one token."""
        for seats in (self.seats, self.speaking.seats):
            for one in seats.opened_with(ticket):
                one.end(4001)

    async def check_tickets(self) -> None:
        """Close the sockets of browsers that are no longer signed in, and of tokens that are over. Unavailable."""
        digests = {*self.seats.tickets, *self.speaking.seats.tickets}
        if digests:
            valid = await self.database.read(lambda sql: people.valid_tickets(sql, digests, moments.now()))
            for digest in digests - valid:
                self.end_ticket(digest)

    # ── Connections ──────────────────────────────────────────────────────────────────────────────────────────────

    async def join(self, connection: Connection, cursor: tuple[str, int] | None) -> None:
        """Take a connection in and send its first frame; or end it, where that cannot be.

        NoSuchRoom, Away, Unavailable; either way `leave` follows.
        """
        self.seats.add(connection)  # before it is looked up: a sign-out from here on finds it
        after = self.door.ask_back(self.joining, time.monotonic())
        if after is not None:
            connection.end(1012, after)
            return
        self.joining += 1
        try:
            await self.seat(connection, cursor)
        finally:
            self.joining -= 1

    async def seat(self, connection: Connection, cursor: tuple[str, int] | None = None) -> None:
        """Have a connection listen as who its person is now, with a fresh snapshot if that is somebody else.

        One that cannot be seated anew listens to nothing until it is; asked for twice at once, it is told once.
        NoSuchRoom, Away, Unavailable.
        """
        async with connection.seating:
            await self.seat_now(connection, cursor)

    async def seat_now(self, connection: Connection, cursor: tuple[str, int] | None) -> None:
        room = connection.room
        try:
            while connection in self.seats and connection.ended is None:
                granted, visitor, there = self.granted, connection.visitor, self.hubs.get(room)
                at = there.casts if there else 0
                admission = await self.entrance.admit(connection.shown if visitor is UNKNOWN else visitor, room)
                if visitor is UNKNOWN and not self.welcome(connection, admission.visitor):
                    break
                visitor = connection.visitor
                if not admission.roles:
                    await self.database.read(lambda sql: log.exists(sql, room))
                    connection.end(4003)
                    break
                hub = await self.hub(room)
                roles, actor = admission.roles, actor_of(visitor, admission.roles[0], admission.roles)
                if connection.seat and connection in hub.crowd:
                    async with hub.held():  # and not while it is folded anew
                        bound = restricting.of(hub.room.restricted, actor)
                    if connection.seat == (visitor, roles, bound):
                        break
                found = Read(at, Own(set(admission.votes), admission.channel)) if hub is there else None
                try:
                    bound = await hub.join(connection, actor, you(visitor, roles), cursor, found, connection.booth)
                except Refused as removed:
                    connection.end(4003, because=removed)
                    break
                connection.seat, connection.hub, cursor = (visitor, roles, bound), hub, None
                if (visitor, granted) == (connection.visitor, self.granted):
                    self.roles[visitor.person, room] = admission.roles
                    break
        except BaseException:  # cancelled, too: whatever it was seated as may be too much
            connection.seat, self.behind = None, True
            self.stand_up(connection)
            raise
        if connection not in self.seats or connection.ended:  # gone meanwhile
            self.stand_up(connection)

    def stand_up(self, connection: Connection) -> None:
        """Have a connection listen no more."""
        hub = self.hubs.get(connection.room)
        if hub:
            hub.leave(connection)

    def welcome(self, connection: Connection, visitor: people.Visitor) -> bool:
        """Whether somebody may come in who has just been looked up; else the connection is ended."""
        if visitor is NOBODY:
            connection.end(4001)
        elif self.seats.crowded(visitor):
            connection.end(4009, RESUME)
        else:
            self.seats.know(connection, visitor)
        return connection.ended is None

    def leave(self, connection: Connection) -> None:
        self.seats.remove(connection)
        if connection.room in self.hubs:
            self.used[connection.room] = time.monotonic()
        self.stand_up(connection)
        if connection.answering:  # goes on: what is durable is also shown
            self.finish(connection.answering)
        person = connection.visitor.person
        if all(other.room != connection.room for other in self.seats.of(person)):
            self.roles.pop((person, connection.room), None)

    async def greet(self, connection: Connection, name: str, language: str | None) -> None:
        """Name a guest. Whoever has an account keeps its name; who has that name already is only answered."""
        visitor = connection.visitor
        if visitor.kind != "guest" or (visitor.name, visitor.language) == (name, language or visitor.language):
            connection.seat = None
            await self.seat(connection)
            return
        await self.database.write(lambda sql: people.name_guest(sql, visitor.person, name, language, moments.now()))
        await self.renamed(visitor.person)

    async def renamed(self, person: str) -> None:
        """Show a person's name as it is now wherever it stands, and in all of the person's own sockets."""
        for room in await self.database.read(lambda sql: log.rooms_of(sql, person)):
            await self.tell(room, Renamed(person), person)
        async with self.naming:  # who reads last sets what was written last
            name, language = await self.database.read(lambda sql: people.called(sql, person))
            for connection in self.seats.of(person):
                connection.visitor = msgspec.structs.replace(connection.visitor, name=name, language=language)
        await self.seat_all(person)

    async def set_stream(self, room: str, stream: str | None, delay: float, by: str) -> None:
        """Set the link to a session's picture and sound, in the programme and in the room at once."""

        links = (StreamSet(stream, delay),)
        await self.database.write(lambda sql: editing.set_links(sql, room, links, moments.now(), by))
        await self.catch_up(room)

    async def tell(self, room: str, event: Event, by: str) -> None:
        await self.database.write(lambda sql: log.tell(sql, room, (event,), moments.now(), by))
        await self.catch_up(room)

    async def catch_up(self, room: str) -> None:
        """Show what was appended past the hub, now or as soon as the log can be read.

        A room whose log was restored opens anew for everybody.
        """
        self.lookout.heed()
        opening, hub = self.opening.get(room), None
        try:
            hub = await asyncio.shield(opening) if opening else self.hubs.get(room)
            if hub:
                await hub.catch_up()
        except NoSuchRoom:
            return
        except Restored:
            if hub and self.hubs.get(room) is hub:
                logger.warning("room %s: its log was restored, it opens anew", room)
                del self.hubs[room]
                end_all(self.seats.inside(room), 1012)
                end_all(self.speaking.seats.inside(room), 1012)
                await self.speaking.forget(room)
                await hub.close()
        except Away as away:
            logger.warning("room %s: %s", room, away)
            self.behind = True

    async def look(self) -> None:
        """Take over what other processes wrote; whatever fails is done at the next look."""
        self.behind = await self.database.changed_elsewhere() or self.behind
        if not self.behind:
            return
        self.behind = False
        try:
            await self.grants_changed()
            await self.check_tickets()
        except BaseException:
            self.behind = True
            raise
        for room in {*self.hubs, *self.opening}:
            try:
                await self.catch_up(room)
            except Exception:  # a bug in one room must not keep the others from being shown
                logger.exception("room %s", room)


def roles_in(sql: Sql, person: str, room: str) -> Roles:
    """By grant; without one a participant of a public exchange; else none."""
    return people.roles_in(sql, person, room) or (("participant",) if programme.is_public(sql, room) else ())
