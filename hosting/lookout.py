"""Has booth and crew of every room live on this node know who is due in another room as well.

Looked for after what lists show of a room has changed, or the programme, or grants, at most twice a second for all
rooms together; and by the clock, for what runs over moves times without anything being written. No room waits for it.
"""

import asyncio
import logging
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from hosting import conflicts, moments
from hosting.conflicts import Conflict
from hosting.errors import Unavailable
from rooms.hub import Hub
from rooms.lists import Summary

if TYPE_CHECKING:
    from hosting.live import Live

PACE = 0.5  # seconds between two looks, at least
CLOCK = 15.0  # seconds between two looks, at most
MOST = 50  # conflicts of one room that are told
Times = tuple[str, datetime, datetime | None, dict[str, datetime], dict[str, tuple[str, str]]]

logger = logging.getLogger("austausch.lookout")


class Lookout:
    """The one task that looks; `found` has the conflicts of each live room."""

    def __init__(self, live: "Live") -> None:
        self.live = live
        self.found: dict[str, list[Conflict]] = {}
        self.times: dict[str, Times] = {}  # what was last written of each live room, as far as it matters here
        self.wanted = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.task = asyncio.create_task(self.run())

    async def stop(self) -> None:
        if self.task:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)

    def listed(self, room: str, now: Summary) -> None:
        """What lists show of a room was written; most of it moves no time."""
        times = (now.state, now.expected_ends, now.now_ends, now.due, now.slots)
        if self.times.get(room) != times:
            self.times[room] = times
            self.heed()

    def heed(self) -> None:
        """Look soon."""
        self.wanted.set()

    async def begin(self, hub: Hub) -> None:
        """Have a room that opens here know its conflicts before anybody is in it."""
        try:
            self.tell(hub, await self.look([hub.id]))
        except Unavailable as away:
            logger.warning("room %s: %s", hub.id, away)
        except Exception:  # a bug here must not keep a room shut
            logger.exception("room %s", hub.id)
        self.heed()  # until it is live, it is not told what changes

    async def run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(CLOCK):
                    await self.wanted.wait()
            except TimeoutError:
                pass
            self.wanted.clear()
            try:
                await self.look_around()
            except Unavailable as away:
                self.heed()
                logger.warning("the database is away: %s", away)
            except Exception:  # a bug here must not end all looks that come after it
                logger.exception("conflicts")
            await asyncio.sleep(PACE)

    async def look_around(self) -> None:
        """Tell every live room. Unavailable."""
        hubs = list(self.live.hubs.values())
        here = {hub.id for hub in hubs}
        self.found = {room: each for room, each in self.found.items() if room in here}
        self.times = {room: each for room, each in self.times.items() if room in here}
        if hubs:
            found = await self.look(here)
            for hub in hubs:
                self.tell(hub, found)

    async def look(self, rooms: Iterable[str]) -> tuple[Conflict, ...]:
        return await self.live.database.read(partial(conflicts.find, now=moments.now(), rooms=rooms))

    def tell(self, hub: Hub, found: Iterable[Conflict]) -> None:
        own = self.found[hub.id] = [each for each in found if hub.id in each.rooms][:MOST]
        hub.warn({each.id: conflicts.item(each, hub.id) for each in own})
