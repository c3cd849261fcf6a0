"""Votes in polls, and their sums: into the log, and to those who voted. A part of the hub.

Open votes are summed at most once a second. A secret poll is summed once, after its box is sealed: between two sums a
single vote could have come in. Nothing that is kept here, or answered, depends on what somebody chose.
"""

import asyncio
import contextlib
import functools
import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from rooms import polls, rows
from rooms.core import Actor, Item, Key, Receipt, Refused
from rooms.crowd import CHUNK, audience_of
from rooms.polls import Counted, Poll, Sum, Vote
from rooms.ports import Away, Conflict, Tally
from rooms.rows import Cast, Own
from rooms.wire import Envelope, encoder

if TYPE_CHECKING:
    from rooms.hub import Hub

COUNTS = 1.0  # seconds between two sums of an open vote
AGAIN = 1.0  # seconds until a new try while the store is away
TRIES = 5  # to write sums against other writers


async def vote(hub: "Hub", actor: Actor, envelope: Envelope, command: Vote) -> Receipt:
    """Rows of its own, answered when those are durable; before a box is sealed, or not at all. Refused, Away."""
    async with hub.held():
        poll = hub.room.polls.all.get(command.poll)
        open = poll is not None and poll.state != "draft" and not poll.secret
    if not open:
        envelope = replace(envelope, digest=discreet(command))

    def admit() -> None:
        poll = polls.votable(command, hub.room.polls, audience_of(actor))
        polls.chosen(command, poll)
        if poll.secret == open:  # it was opened a moment ago
            raise Refused("state.changed", state=poll.state)
        if poll.secret and actor.id in hub.own and poll.id in hub.own[actor.id].votes:
            raise Refused("poll.voted")

    known = await rows.asked_before(hub, actor, envelope, admit)
    if known:
        return known
    poll = hub.room.polls.all[command.poll]
    choices = polls.chosen(command, poll)
    receipt = Receipt(actor.id, envelope.id, envelope.digest, poll.opened, {"poll": poll.id})  # as if at the opening
    with rows.doubted(hub, actor.id):
        try:
            kept = await hub.boxes.cast(hub.id, poll.id, choices, len(poll.choices), poll.secret, receipt)
        finally:
            if open:
                hub.once("counts", functools.partial(count_soon, hub))
    if rows.same(kept, envelope) is receipt:
        rows.take(hub, Cast(actor.id, Vote(poll.id, ())))
        if open:
            hub.owed.add(actor.id)
    return kept


def discreet(command: Vote) -> bytes:
    """The digest of a secret vote. One over its choices could be guessed: there are only a handful."""
    return hashlib.sha256(encoder.encode(["poll.vote", command.poll])).digest()


# ── Sums ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def heed(hub: "Hub", touched: Iterable[Key]) -> None:
    """Polls have changed: one may have closed, and is to be summed; sums may be new to those who voted."""
    all = hub.room.polls.all
    there = [all[id] for collection, id in touched if collection == "polls" and id in all]
    if any(over(poll) for poll in there):
        hub.once("boxes", functools.partial(seal_now, hub))
    new = {poll.id for poll in there if polls.told(poll)}
    if new:
        hub.owed |= {person for person, own in hub.own.items() if not new.isdisjoint(own.votes)}
        hub.once("results", functools.partial(tell_results, hub))


def over(poll: Poll) -> bool:
    """Whether a poll has closed and its final sum is still to be made."""
    return poll.state in ("closed", "published") and not poll.counted


async def count_soon(hub: "Hub") -> None:
    loop = asyncio.get_running_loop()
    await asyncio.sleep(max(0.0, hub.counted_at + COUNTS - loop.time()))
    hub.counted_at = loop.time()
    hub.tasks.pop("counts", None)  # a vote from here on makes the next sum
    try:
        async with hub.held():
            await count(hub)
        hub.once("results", functools.partial(tell_results, hub))
    except Away:
        hub.once("counts", functools.partial(count_soon, hub))


async def seal_now(hub: "Hub") -> None:
    """Sum up what has closed; what that is, is asked of the room as it is on disk, not while it is folded anew."""
    try:
        while True:
            try:
                async with hub.held():
                    if not any(over(poll) for poll in hub.room.polls.all.values()):
                        return
                    await count(hub, running=False)
            except Away:
                await asyncio.sleep(AGAIN)
    finally:
        hub.tasks.pop("boxes", None)


async def count(hub: "Hub", *, running: bool = True) -> None:
    """Bring the log's sums up to the boxes, and seal those of polls that have closed. Under the lock. Away."""
    for _ in range(TRIES):
        if hub.stale:
            await hub.reload()
        changed = await changes(hub, running)
        if not changed:
            return
        hub.stale = True  # until it is durable
        with contextlib.suppress(Conflict):
            await hub.commit(hub.ahead((Counted(changed),), hub.clock.now()))
            return
    raise Away("others write")


async def changes(hub: "Hub", running: bool) -> dict[str, Sum]:
    """The sums that differ from those in the log."""
    all = hub.room.polls.all.values()
    found = {poll.id: sum_of(poll, await hub.boxes.seal(hub.id, poll.id)) for poll in all if over(poll)}
    going = [poll for poll in all if running and poll.state == "open" and not poll.secret]
    if going:
        tallies = await hub.boxes.counts(hub.id)
        sums = {poll.id: sum_of(poll, tallies[poll.id]) for poll in going if poll.id in tallies}
        found |= {poll.id: sums[poll.id] for poll in going if poll.id in sums and sums[poll.id] != poll.sum}
    return found


def sum_of(poll: Poll, tally: Tally) -> Sum:
    return Sum(tally.voters, tuple(tally.votes.get(place, 0) for place in range(len(poll.choices))))


# ── To those who voted ───────────────────────────────────────────────────────────────────────────────────────────────


def results(hub: "Hub", own: Own) -> dict[str, Item]:
    """The sums that somebody is told as they have voted, by poll."""
    voted = (poll for poll in hub.room.polls.all.values() if poll.id in own.votes)
    return {poll.id: told for poll in voted if (told := polls.told(poll))}


async def tell_results(hub: "Hub") -> None:
    """Send everybody who is owed it the sums of what they voted in; pauses after each CHUNK."""
    try:
        while hub.owed:
            try:
                async with hub.held():
                    frames = composed(hub)
            except Away:
                await asyncio.sleep(AGAIN)
                continue
            for place, (person, frame) in enumerate(frames, 1):
                hub.crowd.whisper(person, frame)
                if place % CHUNK == 0:
                    await asyncio.sleep(0)
    finally:
        hub.tasks.pop("results", None)


def composed(hub: "Hub") -> list[tuple[str, bytes]]:
    """A frame for each person who is owed one; the same bytes for all who have voted in the same polls."""
    owed, hub.owed = hub.owed & hub.own.keys(), set()
    told = {poll.id: item for poll in hub.room.polls.all.values() if (item := polls.told(poll))}
    bytes_of: dict[frozenset[str], bytes] = {}
    frames = []
    for person in owed:
        voted = frozenset(hub.own[person].votes & told.keys())
        if voted and voted not in bytes_of:
            bytes_of[voted] = encoder.encode({"put": {"results": {id: told[id] for id in told if id in voted}}})
        if voted:
            frames.append((person, bytes_of[voted]))
    return frames
