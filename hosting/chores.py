"""What a node does by the clock: looks for what others wrote, beats, forgets what is over, closes quiet rooms."""

import asyncio
import ctypes
import logging
import os
import time
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from hosting import errands, listeners, log, moments, needs, people
from hosting.errors import Unavailable
from rooms import presence
from rooms.ports import Away, NoSuchRoom

if TYPE_CHECKING:
    from hosting.live import Live

IDLE = 60.0  # seconds a room stays live without listeners
HEARTBEAT = 15.0  # seconds
SWEEP = 3600.0  # seconds between two deletions of sign-ins that are over
CROWD = 500  # sockets; when so many have left, their memory is given back
ERRANDS = 10.0  # seconds between two looks for questions that have not arrived in another room
POLL = 1.0  # seconds between two looks for what other processes wrote

logger = logging.getLogger("austausch.chores")


def full_minute() -> datetime:
    return moments.now().replace(second=0, microsecond=0)


class Chores:
    """One background task for all rooms of a node."""

    def __init__(self, live: "Live") -> None:
        self.live = live
        self.task: asyncio.Task[None] | None = None
        self.minute = full_minute()  # in which listeners were last counted
        self.here = self.most = 0  # sockets: at the last look, and the most since memory was last given back
        self.trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None  # of glibc

    def start(self) -> None:
        self.task = asyncio.create_task(self.run())

    async def stop(self) -> None:
        if self.task:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)

    async def run(self) -> None:
        begun, never = time.monotonic(), float("inf")
        look = self.live.look
        due = {
            self.fill_in: begun,
            self.wake: begun,
            look: begun,
            self.beat: begun + HEARTBEAT,
            self.forget: begun,
            self.close_quiet: begun,
            self.tidy: begun,
            self.carry: begun,
            self.count: begun,
        }
        every = {
            self.fill_in: never,
            self.wake: never,
            look: POLL,
            self.beat: HEARTBEAT,
            self.forget: SWEEP,
            self.close_quiet: POLL,
            self.tidy: POLL,
            self.carry: ERRANDS,
            self.count: POLL,
        }
        while True:
            await asyncio.sleep(POLL)
            for chore in [chore for chore, at in due.items() if at <= time.monotonic()]:
                due[chore] = time.monotonic() + every[chore]
                try:
                    await chore()
                except (Unavailable, Away) as away:
                    due[chore] = time.monotonic() + POLL
                    logger.warning("the database is away: %s", away)
                except Exception:  # a bug in one chore must not end all that come after it
                    logger.exception("%s", chore.__name__)

    async def fill_in(self) -> None:
        """Once, after a start: have lists show of every room what only rooms of this version's schema write."""
        for room in await self.live.database.read(log.unlisted):
            await self.live.database.write(partial(log.fill_in, room=room))

    async def wake(self) -> None:
        """Once, after a start: open the rooms in which an interpreter is on air, who may not come back."""
        for room in await self.live.database.read(log.with_booths):
            try:
                await self.live.hub(room)
            except NoSuchRoom:
                continue

    async def carry(self) -> None:
        """Do the errands that were begun and not ended, here or on a node that is no more."""
        for room in await self.live.database.read(log.with_errands):
            await errands.run(self.live, room)

    async def count(self) -> None:
        """Once in every minute, keep how many hear each channel of the rooms that are open."""
        minute = full_minute()
        if minute == self.minute:
            return
        rows: list[listeners.Row] = []
        for hub in [hub for hub in self.live.hubs.values() if hub.room.state == "open"]:
            open = [tag for tag, state in hub.room.interpretation.states().items() if state != "closed"]
            rows += listeners.rows(hub.id, minute, presence.heard(hub), open)
        if rows:
            await self.live.database.write(partial(listeners.keep, counted=rows))
        self.minute = minute

    async def forget(self) -> None:
        """Delete sign-ins, links and tokens that are over, and close the sockets that were opened with them; and which
        languages people needed in what has long been over.
        """
        await self.live.database.write(lambda sql: people.forget_expired(sql, moments.now()))
        await self.live.database.write(lambda sql: needs.forget_over(sql, moments.now()))
        await self.live.check_tickets()

    async def beat(self) -> None:
        for hub in list(self.live.hubs.values()):
            frames = {audience: hub.heartbeat(audience) for audience in hub.crowd.ready}
            for _ in hub.crowd.pass_slowly(frames):
                await asyncio.sleep(0)
            await asyncio.sleep(0)
        here = self.live.seats.persons
        if len(self.live.buckets) > 10_000:  # a bucket that is full again remembers nothing
            self.live.buckets = {person: self.live.bucket(person) for person in here}
        if len(self.live.roles) > 10_000:  # of those who only ask by HTTP
            self.live.roles = {key: roles for key, roles in self.live.roles.items() if key[0] in here}

    async def tidy(self) -> None:
        """When a crowd has left, give its memory back to the system, which malloc by itself keeps for the next."""
        before, self.here = self.here, len(self.live.seats)
        self.most = max(self.most, self.here)
        if before <= self.here <= self.most - CROWD and self.trim:  # and no more are leaving
            self.trim(0)
            self.most = self.here

    async def close_quiet(self) -> None:
        """Close rooms in which nobody is and that nobody has asked for since IDLE."""
        there, before = self.live.seats.rooms, time.monotonic() - IDLE
        speaking = self.live.speaking
        left = [room for room in self.live.hubs if room not in there and room not in speaking.seats.rooms]
        quiet = [room for room in left if not presence.waiting(self.live.hubs[room])]
        for room in [room for room in quiet if self.live.used.get(room, 0) < before]:
            if room in there or room in speaking.seats.rooms or self.live.used.get(room, 0) >= before:
                continue  # somebody came while another was closed
            hub = self.live.hubs.pop(room, None)
            self.live.used.pop(room, None)
            await speaking.forget(room)  # before anything else can wait: what is given from here on is given anew
            if hub:
                await hub.close()
