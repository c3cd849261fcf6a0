"""Commands whose result is a row and not an event: votes, and what somebody hears. A part of the hub.

Such a command waits for its own row only, outside the room's lock. The log gets the sums of votes, once a second.
"""

import asyncio
import contextlib
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from rooms import interpretation, presence, questions
from rooms import room as rooms_room
from rooms.core import Actor, Receipt, Refused
from rooms.fanout import audience_of
from rooms.interpretation import Choose
from rooms.ports import Away, Conflict
from rooms.questions import Scored, Unvote, Vote
from rooms.wire import Envelope

if TYPE_CHECKING:
    from rooms.hub import Hub

SCORES = 1.0  # seconds between two sums of votes in the log
AGAIN = (0.5, 2.0, 8.0)  # seconds between tries to show a person's votes while the store is away
TRIES = 5  # to write a sum against other writers


async def vote(hub: "Hub", actor: Actor, envelope: Envelope, command: Vote | Unvote) -> Receipt:
    """A row of its own, answered when that is durable. The log gets the sum."""

    def admit() -> None:
        questions.votable(command, hub.room.questions, actor, audience_of(actor))

    known = await asked_before(hub, actor, envelope, admit)
    if known:
        return known
    receipt = Receipt(actor.id, envelope.id, envelope.digest, hub.room.seq, {"question": command.question})
    kept = await hub.ballots.cast(hub.id, command.question, receipt, isinstance(command, Vote))
    same(kept, envelope)
    hub.once(f"votes of {actor.id}", functools.partial(show_votes, hub, actor.id))
    hub.once("scores", functools.partial(sum_up_soon, hub))
    return kept


async def choose(hub: "Hub", actor: Actor, envelope: Envelope, command: Choose) -> Receipt:
    """What somebody hears: found again on every device, counted per language."""
    known = await asked_before(hub, actor, envelope, lambda: interpretation.choosable(command, hub.room.interpretation))
    if known:
        return known
    receipt = Receipt(actor.id, envelope.id, envelope.digest, hub.room.seq, {"language": command.language})
    kept = await hub.choices.choose(hub.id, command.language, receipt)
    same(kept, envelope)
    hub.once(f"choice of {actor.id}", functools.partial(show_choice, hub, actor.id))
    return kept


async def asked_before(hub: "Hub", actor: Actor, envelope: Envelope, admit: Callable[[], None]) -> Receipt | None:
    """The receipt of a command that is sent again; None for a new one that is possible now. Refused, Away."""
    try:
        async with hub.held():
            known = hub.known(actor, envelope)
            if known:
                return known
            rooms_room.admit(envelope.command, hub.room, actor)
            admit()
    except Refused:
        earlier = await hub.ballots.known(hub.id, actor.id, envelope.id)
        if earlier:  # a retry is answered even when what it asked for is over
            return same(earlier, envelope)
        raise
    return None


def same(known: Receipt, envelope: Envelope) -> Receipt:
    """The receipt of an earlier command, if this is that command again."""
    if known.digest != envelope.digest:
        raise Refused("command.reused")
    return known


async def show_votes(hub: "Hub", person: str) -> None:
    for wait in (0, *AGAIN):
        await asyncio.sleep(wait)
        async with hub.telling:  # in order: what is sent last is what was read last
            hub.tasks.pop(f"votes of {person}", None)  # a vote from here on is shown anew
            with contextlib.suppress(Away):
                hub.tell(person, {"votes": await hub.ballots.of(hub.id, person)})
                return


async def show_choice(hub: "Hub", person: str) -> None:
    for wait in (0, *AGAIN):
        await asyncio.sleep(wait)
        async with hub.telling:
            hub.tasks.pop(f"choice of {person}", None)
            with contextlib.suppress(Away):
                await presence.hear(hub, person, anew=True)
                hub.tell(person, {"channel": hub.chosen.get(person)})
                presence.recount(hub)
                return


async def sum_up_soon(hub: "Hub") -> None:
    loop = asyncio.get_running_loop()
    await asyncio.sleep(max(0.0, hub.scored_at + SCORES - loop.time()))
    hub.scored_at = loop.time()
    hub.tasks.pop("scores", None)  # a vote from here on makes the next sum
    try:
        async with hub.held():
            await sum_up(hub)
    except Away:
        hub.once("scores", functools.partial(sum_up_soon, hub))


async def sum_up(hub: "Hub") -> None:
    """Bring the log's sums of votes up to the ballots; nothing if they agree. Under the lock. Away."""
    tally = await hub.ballots.tally(hub.id)
    for _ in range(TRIES):
        if hub.stale:
            await hub.reload()
        stand = hub.room.questions.all
        changed = {id: tally.get(id, 0) for id in stand if tally.get(id, 0) != stand[id].votes}
        if not changed:
            return
        hub.stale = True  # until it is durable
        with contextlib.suppress(Conflict):
            await hub.commit(hub.ahead((Scored(changed),), hub.clock.now()))
