"""Commands that wait for their turn: decided one after the other, made durable in batches. A part of the hub."""

import asyncio
from typing import TYPE_CHECKING

from rooms import fanout, people
from rooms.core import Actor, Facts, Receipt, Record, Refused
from rooms.ports import Away, Conflict, Duplicate
from rooms.wire import Envelope

if TYPE_CHECKING:
    from rooms.hub import Hub

TRIES = 5  # to append against other writers before commands are sent back
BATCH = 64  # commands made durable together


class Waiting:
    """A command that waits for its turn; the outcome is a receipt, or what its sender is to be told."""

    def __init__(self, actor: Actor, envelope: Envelope, facts: Facts) -> None:
        self.actor, self.envelope, self.facts = actor, envelope, facts
        self.outcome: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()

    def told(self, outcome: Receipt | Exception) -> None:
        if self.outcome.done():  # whoever asked has gone
            return
        if isinstance(outcome, Receipt):
            self.outcome.set_result(outcome)
        else:
            self.outcome.set_exception(outcome)


async def carry_out(hub: "Hub") -> None:
    """Decide what waits in batches, one command after the other, and make each batch durable together."""
    batch: list[Waiting] = []
    try:
        while hub.waiting:
            try:
                async with hub.held():
                    batch = next_batch(hub)
                    outcomes = await together(hub, batch)
            except Exception as broken:  # the room cannot be had as it is on disk
                batch = batch or next_batch(hub)
                outcomes = [broken] * len(batch)
            for waiting, outcome in zip(batch, outcomes, strict=True):
                waiting.told(outcome)
            batch = []
    finally:
        for waiting in batch:
            waiting.told(Away("interrupted"))
        hub.tasks.pop("commands", None)


def next_batch(hub: "Hub") -> list[Waiting]:
    """Take the first of those who wait, without those who have given up."""
    waiting = [one for one in hub.waiting if not one.outcome.done()]
    hub.waiting = waiting[BATCH:]
    return waiting[:BATCH]


async def together(hub: "Hub", batch: list[Waiting]) -> list[Receipt | Exception]:
    """Try a batch until it is durable, or it is clear that it will not be; an outcome for each."""
    tries = TRIES
    while tries:
        try:
            if hub.stale:
                await hub.reload()
            return await attempt(hub, batch)
        except Conflict:
            tries -= 1
        except Duplicate as duplicate:  # known to the store and not to the log: a vote's
            hub.outside[duplicate.receipt.actor, duplicate.receipt.id] = duplicate.receipt
        except Away as away:
            return [away] * len(batch)
        except Exception as bug:  # hits its own sender only
            return [bug] if len(batch) == 1 else [one for each in batch for one in await together(hub, [each])]
    return [Refused("try.again", after=1)] * len(batch)


async def attempt(hub: "Hub", batch: list[Waiting]) -> list[Receipt | Exception]:
    """Conflict, Duplicate, Away: none of it is durable, as far as is known."""
    hub.stale = True  # until it is
    hub.passing, hub.new = {}, {}
    await hub.know({waiting.actor.id for waiting in batch})
    records: list[Record] = []
    outcomes: list[Receipt | Exception] = []
    for waiting in batch:
        try:
            outcomes.append(hub.decide(waiting, records))
        except Refused as refused:
            outcomes.append(refused)
    if records:
        await hub.know(people.named(record.event for record in records))
        await hub.commit(records)
    hub.stale = False
    fanout.pass_on(hub, hub.passing)
    hub.remember()
    return outcomes
