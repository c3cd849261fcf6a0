"""What changed, to all who listen: encoded once per audience, what is a person's own spliced in. A part of the hub.

At once in a quiet room; while changes follow each other, one frame of all of them per TICK, in a large room at longer
intervals. Nothing is shown before it is durable, and no listener is waited for.
"""

import asyncio
import functools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from rooms import presence, rows, tallies
from rooms.core import Audience, Item, Key
from rooms.crowd import Listener, audience_of
from rooms.ports import Away
from rooms.wire import encoder

if TYPE_CHECKING:
    from rooms.hub import Hub

TICK = 0.02  # seconds between two frames of a room while it changes
REST = 8.0  # times as long as a frame took to be sent, a large room rests: telling all takes a ninth of the core
LONGEST = 0.04  # seconds of rest at most
AGAIN = 1.0  # seconds until a new try while the store is away


def show(hub: "Hub") -> None:
    """All that was applied is durable: show it now, or with the next frame."""
    touched = hub.touched
    hub.heed(hub, {collection for collection, _ in touched})
    if any(collection == "channels" for collection, _ in touched):
        presence.heed_absent(hub)
        if presence.languages(hub) != hub.counted or presence.away(hub) != hub.away:
            presence.recount(hub)
    if votes := [key for key in touched if key[0] == "votes"]:
        rows.moved(hub, {id for _, id in votes})
        for key in votes:  # heeded
            del touched[key]
    if any(collection == "polls" for collection, _ in touched):
        tallies.heed(hub, touched)
    for person in [person for collection, person in touched if collection == "restricted"]:
        hub.reseat(person)
    if "tell" in hub.tasks:
        return
    if touched and hub.crowd.actors and left(hub) > 0:
        hub.once("tell", functools.partial(tell, hub))
    elif more := begin(hub):
        hub.once("tell", functools.partial(tell, hub, more))


def left(hub: "Hub") -> float:
    """Seconds until the next frame may go out."""
    return hub.next_at - asyncio.get_running_loop().time()


def rest(hub: "Hub", began: float) -> None:
    """A frame has been sent to all, since a time of the loop."""
    now = asyncio.get_running_loop().time()
    hub.next_at = now + max(TICK, min(LONGEST, REST * (now - began)))


def begin(hub: "Hub") -> Iterator[None] | None:
    """Compose what is to be shown, while the room is as on disk, and send the first of it; what is left to be done."""
    since, touched, began = hub.shown, hub.touched, asyncio.get_running_loop().time()
    hub.shown, hub.touched = hub.room.seq, {}
    steps = hub.fan_out(since, touched)
    try:
        more = next(steps, steps) is None
    except BaseException:  # a bug: it is shown with what comes next, if that can be
        hub.shown, hub.touched = since, touched | hub.touched
        raise
    if more:
        return steps
    if touched and hub.crowd.actors:
        rest(hub, began)
    return None


async def tell(hub: "Hub", more: Iterator[None] | None = None) -> None:
    """Send what is left of a frame, then one per tick for as long as something has changed meanwhile."""
    try:
        while more or hub.touched or hub.later:
            if more:
                began = asyncio.get_running_loop().time()
                for _ in more:
                    await asyncio.sleep(0)
                rest(hub, began)
                more = None
                continue
            await asyncio.sleep(left(hub))
            try:
                async with hub.held():
                    more = begin(hub)
                    over, hub.later = dict.fromkeys(hub.later), set()
                    pass_now(hub, over)
            except Away:
                await asyncio.sleep(AGAIN)
    finally:
        hub.tasks.pop("tell", None)


def fan_out(hub: "Hub", since: int, touched: Mapping[Key, None]) -> Iterator[None]:
    """Send one frame of what was touched after `since` to all for whom anything of it changed."""
    seq, heads = hub.room.seq, {audience: view.head for audience, view in hub.views.items()}
    frames = compose(hub, since, touched) if touched and hub.crowd.actors else ({}, {})
    yield from hub.crowd.deliver(*frames, seq)
    hub.heads = heads


def compose(hub: "Hub", since: int, touched: Mapping[Key, None]) -> tuple[dict[Audience, bytes], dict[Listener, bytes]]:
    """A frame for each audience; another, or none, for those who have some of it or of whose own something changed."""
    crowd, tail = hub.crowd, b',"seq":%d}' % hub.room.seq
    bodies = {
        audience: body(hub, audience, since, touched) if ready else b"" for audience, ready in crowd.ready.items()
    }
    ahead = {one: body(hub, audience_of(crowd.actors[one]), seq, touched) for one, seq in crowd.ahead.items()}
    own = {listener: frame(tail, late) for listener, late in ahead.items()}
    for person, changed in rows.logged(hub, touched).items():
        mine = b'"mine":%b' % encoder.encode(changed)
        for listener in crowd.persons[person]:
            if crowd.ahead.get(listener, -1) < hub.room.seq:
                others = bodies.get(audience_of(crowd.actors[listener]), b"")
                own[listener] = frame(tail, mine, ahead.get(listener, others))
    return {audience: frame(tail, put) for audience, put in bodies.items() if put}, own


def body(hub: "Hub", audience: Audience, since: int, touched: Mapping[Key, None]) -> bytes:
    return encoder.encode(hub.views[audience].since(hub.room, since, hub.names, touched))[1:-1]


def frame(tail: bytes, *bodies: bytes) -> bytes:
    put = b",".join(filter(None, bodies))
    return b'{"put":{%b}%b' % (put, tail) if put else b""


def pass_on(hub: "Hub", passing: Mapping[Key, Item | None]) -> None:
    """Show everybody at once what is not kept. What is over goes with the next frame, in which its successor may be."""
    ended = {key for key, item in passing.items() if item is None}
    over = ended if hub.touched else set()
    hub.later = (hub.later - passing.keys()) | over
    hub.ended = (hub.ended - passing.keys()) | ended
    pass_now(hub, {key: item for key, item in passing.items() if key not in over})


def pass_now(hub: "Hub", passing: Mapping[Key, Item | None]) -> None:
    put: dict[str, dict[str, Item | None]] = {}
    for (collection, id), item in passing.items():
        put.setdefault(collection, {})[id] = item
    if put:
        passed = encoder.encode({"put": put})
        for audience in hub.crowd.ready:
            hub.crowd.pass_by(audience, passed)


# ── Those who were behind ────────────────────────────────────────────────────────────────────────────────────────────


def full(hub: "Hub", listener: Listener) -> None:
    """A line can take nothing more; what it said before of being empty is over."""
    hub.drained.pop(listener, None)
    hub.crowd.fall_behind(listener)


def drained(hub: "Hub", listener: Listener) -> None:
    """A line can take more again: whoever was behind on it is sent what changed since."""
    if listener in hub.crowd.behind:
        hub.drained[listener] = None
        hub.once("catch up", functools.partial(catch_up, hub))


async def catch_up(hub: "Hub") -> None:
    try:
        while hub.drained:
            try:
                async with hub.held():
                    for listener in [listener for listener in hub.drained if listener in hub.crowd.behind]:
                        resume(hub, listener)
                    hub.drained.clear()
            except Away:
                await asyncio.sleep(AGAIN)
    finally:
        hub.tasks.pop("catch up", None)


def resume(hub: "Hub", listener: Listener) -> None:
    """Send somebody one frame of all they have missed, those without a seq included."""
    lag, actor = hub.crowd.catch_up(listener), hub.crowd.actors[listener]
    put: dict[str, Mapping[str, object]] = {}
    audience = audience_of(actor)
    tail = b"}"
    if lag.seq < hub.room.seq:
        put |= hub.views[audience].since(hub.room, lag.seq, hub.names)
        tail = b',"seq":%d}' % hub.room.seq
    if lag.seq > hub.crowd.delivered:
        hub.crowd.ahead[listener] = lag.seq
    if tail != b"}" or hub.crowd.missed(lag):
        for collection, id in hub.ended:
            put[collection] = {**put.get(collection, {}), id: None}
        told = {**presence.anew(hub, audience), **presence.warnings_anew(hub, audience)}
        put |= {**told, "mine": rows.mine(hub, actor.id)}
        if sums := tallies.results(hub, hub.own[actor.id]):
            put["results"] = sums
        send(hub, listener, b'{"put":', encoder.encode(put), tail)


def send(hub: "Hub", listener: Listener, *parts: bytes) -> None:
    """Send somebody who is ready all up to now, past the frames that go to everybody."""
    if hub.room.seq > hub.crowd.delivered:
        hub.crowd.ahead[listener] = hub.room.seq
    if not listener.send(*parts):
        hub.crowd.fall_behind(listener, hub.room.seq)
