"""The entrance: those who come at the same time are looked up together, and who comes into a crowd is asked back.

Whoever comes alone is looked up at once. In a storm of joins a reading is made every few milliseconds for all who came
since the last, so that the cost of each falls as more come. Nothing is kept: what is given was read after it was asked.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from hosting import moments
from hosting.admission import STRANGER, Admission, Shown, admissions
from hosting.database import Database
from hosting.errors import Unavailable
from hosting.people import NOBODY

BATCH = 256  # people in one reading: bounds how long the first of them waits
APART = 0.005  # seconds from the beginning of one reading to that of the next
CROWD = 8_000  # people at the entrance, from which on whoever comes is asked back: some seconds of work
RATE = 1_000.0  # people a second who are asked back
LONGEST = 60.0  # seconds for which somebody is sent away

Waiting = tuple[Shown, str, asyncio.Future[Admission]]


class Entrance:
    """Looks up who comes into a room. `stop` tells those who still wait that it is over."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.waiting = 0  # people who are being looked up, or will be
        self.line: deque[Waiting] = deque()
        self.looking: asyncio.Task[None] | None = None
        self.closed = False

    async def admit(self, shown: Shown, room: str) -> Admission:
        """Who somebody is and what they are in a room, as of now. Unavailable."""
        if self.closed:
            raise Unavailable("the server ends")
        if shown == NOBODY:
            return STRANGER
        answer: asyncio.Future[Admission] = asyncio.get_running_loop().create_future()
        self.line.append((shown, room, answer))
        if self.looking is None:
            self.looking = asyncio.create_task(self.look())
        self.waiting += 1
        try:
            return await answer
        finally:
            self.waiting -= 1

    async def stop(self) -> None:
        self.closed = True
        if self.looking:
            self.looking.cancel()
            await asyncio.gather(self.looking, return_exceptions=True)
        fail(self.line, Unavailable("the server ends"))

    async def look(self) -> None:
        """Look up all who wait, a batch after the other, and end when nobody does."""
        loop, batch = asyncio.get_running_loop(), self.next()
        try:
            while batch:
                begun = loop.time()
                await self.look_up(batch)
                await asyncio.sleep(max(0.0, begun + APART - loop.time()))
                batch = self.next()
        finally:
            self.looking = None
            fail(batch, Unavailable("the server ends"))  # none are left, unless this was stopped

    def next(self) -> list[Waiting]:
        """The first in the line, without those who have gone meanwhile."""
        batch: list[Waiting] = []
        while self.line and len(batch) < BATCH:
            first = self.line.popleft()
            if not first[2].done():
                batch.append(first)
        return batch

    async def look_up(self, batch: list[Waiting]) -> None:
        try:
            found = await self.database.read(
                lambda sql: admissions(sql, [(shown, room) for shown, room, _ in batch], moments.now())
            )
        except Unavailable as away:
            fail(batch, away)
        except Exception as bug:  # hits whoever brought it only
            if len(batch) == 1:
                fail(batch, bug)
            else:
                for each in batch:
                    await self.look_up([each])
        else:
            for (_, _, answer), admission in zip(batch, found, strict=True):
                if not answer.done():
                    answer.set_result(admission)


def fail(waiting: Iterable[Waiting], raised: Exception) -> None:
    for _, _, answer in waiting:
        if not answer.done():
            answer.set_exception(raised)


class Door:
    """Says who may wait at the entrance. Whoever may not gets a moment to return of their own, `rate` a second.

    The moments begin when those who wait will be through, so a crowd of any size comes back as a stream and not as a
    crowd. Its time is the caller's, its chance too.
    """

    def __init__(self, chance: Callable[[], float], crowd: int = CROWD, rate: float = RATE) -> None:
        self.chance = chance  # from 0 to 1
        self.crowd, self.rate = crowd, rate
        self.taken = float("-inf")  # the last moment that was given away, in the caller's seconds

    def ask_back(self, waiting: int, now: float) -> float | None:
        """The seconds until somebody is to come again, while so many wait; None: come in."""
        if waiting < self.crowd:
            return None
        latest = now + LONGEST
        moment = max(self.taken, now + waiting / self.rate) + 1 / self.rate
        if moment >= latest:  # no moments are left: anyone within the second half
            self.taken = latest
            return round(LONGEST * (1 + self.chance()) / 2, 2)
        self.taken = moment
        return round(moment - now + self.chance() / 2, 2)
