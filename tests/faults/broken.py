"""Servers broken on purpose: `python -m tests.faults.broken NAME serve …` breaks one promise, then runs as any other.

The checker must catch each, or what it says of the whole one is worth nothing. Nothing in the program itself knows.
"""

import asyncio
import itertools
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sqlalchemy import delete

from hosting import cli, log, tables
from rooms import crowd, fanout, hub, view
from rooms.core import AUDIENCES, Record
from rooms.ports import Away

BROKEN: dict[str, Callable[[], None]] = {}


def instead(of: type, name: str, made: Callable[..., Any]) -> None:
    setattr(of, name, made)


def broken(breaks: Callable[[], None]) -> Callable[[], None]:
    BROKEN[breaks.__name__.replace("_", "-")] = breaks
    return breaks


@broken
def ack_before_commit() -> None:
    """What is acknowledged is on its way to the disk, for a while."""
    append = log.SqlLog.append
    tasks: set[asyncio.Task[None]] = set()

    async def soon(self: log.SqlLog, *of: Any) -> None:
        async def later() -> None:
            await asyncio.sleep(2)
            await append(self, *of)

        tasks.add(asyncio.create_task(later()))

    instead(log.SqlLog, "append", soon)


@broken
def no_idempotency() -> None:
    """Nobody remembers which commands were carried out."""
    known, append, kept = hub.Hub.known, log.SqlLog.append, tables.commands.c

    def forgetful(self: hub.Hub, *of: Any) -> Any:
        self.receipts, self.passed, self.new = {}, {}, {}
        return known(self, *of)

    async def anew(self: log.SqlLog, room: str, expected: int, records: tuple[Record, ...], *of: Any) -> None:
        ids = [record.receipt.id for record in records if record.receipt]
        gone = delete(tables.commands).where(kept.room == room, kept.id.in_(ids))
        await self.database.write(lambda sql: sql.execute(gone).rowcount)
        await append(self, room, expected, records, *of)

    instead(hub.Hub, "known", forgetful)
    instead(log.SqlLog, "append", anew)


@broken
def late_behind_the_cursor() -> None:
    """A change becomes visible after a later one, under its own lower number, as with a BIGSERIAL for a cursor."""
    touch = view.View.touch
    held: dict[str, list[Any]] = {audience: [] for audience in AUDIENCES}

    def late(self: view.View, room: Any, event: Any, keys: Iterable[Any], names: Any) -> None:
        for seq, then, of in held[self.audience]:
            head, room.seq = room.seq, seq
            touch(self, room, then, of, names)
            room.seq = head
        held[self.audience] = [(room.seq, event, keys)] if room.seq % 5 == 0 else []
        touch(self, room, event, keys if room.seq % 5 else (), names)

    instead(view.View, "touch", late)


@broken
def resume_repeats() -> None:
    """A cursor is answered with the change that it stands for, too."""
    since = view.View.since

    def more(self: view.View, room: Any, seq: int, names: Any, among: Any = None) -> Any:
        return since(self, room, seq if among is not None else seq - 1, names, among)

    instead(view.View, "since", more)


@broken
def resume_skips() -> None:
    """A cursor is answered without the first change after it."""
    since = view.View.since

    def less(self: view.View, room: Any, seq: int, names: Any, among: Any = None) -> Any:
        return since(self, room, seq if among is not None else seq + 1, names, among)

    instead(view.View, "since", less)


@broken
def show_before_commit() -> None:
    """Screens are shown what is not durable; now and then the disk is full."""
    commit, count = hub.Hub.commit, itertools.count(1)

    async def hasty(self: hub.Hub, records: Any) -> None:
        fanout.begin(self)
        if next(count) % 10 == 0:
            raise Away("the disk is full")
        await commit(self, records)

    instead(hub.Hub, "commit", hasty)


@broken
def lost_wake_up() -> None:
    """What follows within a second of another is shown with whatever comes next, and nobody looks."""
    show = hub.Hub.show
    shown: dict[str, float] = {}
    unheard: dict[str, dict[Any, None]] = {}

    def deaf(self: hub.Hub) -> None:
        now, held = asyncio.get_running_loop().time(), unheard.setdefault(self.id, {})
        held.update(self.touched)
        self.touched = {}
        if now - shown.get(self.id, 0) > 1:
            shown[self.id], self.touched = now, dict(held)
            held.clear()
            show(self)

    instead(hub.Hub, "show", deaf)


@broken
def reordered() -> None:
    """Every fifth frame to all comes after the one that follows it."""
    deliver, count = crowd.Crowd.deliver, itertools.count(1)
    held: dict[crowd.Crowd, Any] = {}

    def swapped(self: crowd.Crowd, frames: Any, own: Any, seq: int) -> Iterator[None]:
        before = held.pop(self, None)
        if before is None and next(count) % 5 == 0:
            held[self], frames = frames, {}
        yield from deliver(self, frames, own, seq)
        if before:
            yield from deliver(self, before, {}, seq)

    instead(crowd.Crowd, "deliver", swapped)


@broken
def wrong_room() -> None:
    """Every third frame goes to the people of another room."""
    fan_out, count = hub.Hub.fan_out, itertools.count(1)
    hubs: dict[str, hub.Hub] = {}

    def astray(self: hub.Hub, *of: Any) -> Iterator[None]:
        hubs[self.id], here = self, self.crowd
        others = [other.crowd for other in hubs.values() if other is not self]
        self.crowd = others[0] if others and next(count) % 3 == 0 else here
        yield from fan_out(self, *of)
        self.crowd = here

    instead(hub.Hub, "fan_out", astray)


@broken
def snapshot_before_position() -> None:
    """A snapshot is as old as the first that anybody was given, and states the seq of now."""
    encoded = view.View.encoded

    def old(self: view.View, *of: Any) -> bytes:
        return self.whole[1] or encoded(self, *of)

    instead(view.View, "encoded", old)


@broken
def wrong_audience() -> None:
    """Every fourth look at an item is that of the crew."""
    see, count = view.View.see, itertools.count(1)

    def curious(self: view.View, room: Any, key: Any, names: Any) -> Any:
        own, self.audience = self.audience, "crew" if next(count) % 4 == 0 else self.audience
        item = see(self, room, key, names)
        self.audience = own
        return item

    instead(view.View, "see", curious)


if __name__ == "__main__":
    BROKEN[sys.argv.pop(1)]()
    cli.main(prog_name="austausch")
