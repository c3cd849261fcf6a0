"""Hubs on stores in memory, and who listens to them: a seat keeps its frames, and a screen by PROTOCOL's rules."""

import asyncio
import json
from datetime import datetime

import msgspec
import pytest

from rooms.core import Actor, Command, Event, Record, Refused
from rooms.hub import Hub
from rooms.lifecycle import Opened
from rooms.memory import MemoryBallots, MemoryBoxes, MemoryBus, MemoryChoices, MemoryLog
from rooms.wire import Envelope, command
from tests.rooms.stories import NAMES, PLAN, START

Frame = dict[str, object]
Screen = dict[str, dict[str, object]]


class Seat:
    """One connection, and what a browser would show on it."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.texts: list[bytes] = []
        self.screen: Screen = {}
        self.epoch, self.seq = "", 0

    def send(self, *parts: bytes) -> bool:
        frame = b"".join(parts)
        self.texts.append(frame)
        read = json.loads(frame)
        self.epoch = read.get("epoch", self.epoch)
        self.seq = read.get("seq", self.seq)
        if "all" in read:
            self.screen = {collection: {} for collection in read["all"]}
        for collection, items in {**read.get("all", {}), **read.get("put", {})}.items():
            shown = self.screen.setdefault(collection, {})
            for id, item in items.items():
                if item is None:
                    shown.pop(id, None)
                else:
                    shown[id] = item
        return True

    def taken(self) -> list[Frame]:
        """The frames since this was last asked."""
        frames = [json.loads(text) for text in self.texts]
        self.texts.clear()
        return frames

    def cursor(self) -> tuple[str, int]:
        return self.epoch, self.seq

    def you(self) -> dict[str, object]:
        return {"id": self.actor.id, "role": self.actor.role}


class House:
    """The stores that several hubs share, a clock set by hand, counted ids and names that may change."""

    def __init__(self) -> None:
        self.log = MemoryLog()
        self.log.create("r1")
        self.ballots = MemoryBallots(self.log)
        self.choices = MemoryChoices(self.log)
        self.boxes = MemoryBoxes(self.log)
        self.bus = MemoryBus()
        self.time = START
        self.book = dict(NAMES)
        self.ids = 0
        self.hubs: list[Hub] = []

    def now(self) -> datetime:
        return self.time

    async def names(self, persons: frozenset[str]) -> dict[str, str]:
        return {person: self.book[person] for person in persons if person in self.book}

    def new_id(self) -> str:
        self.ids += 1
        return f"id-{self.ids:04}"

    async def write(self, *events: Event, by: str = "system") -> None:
        """Append past all hubs, as another process would."""
        seq = len(self.log.logs["r1"])
        records = tuple(Record(number, self.time, by, event) for number, event in enumerate(events, seq + 1))
        await MemoryLog.append(self.log, "r1", seq, records, None)  # whatever stands in the way of hubs

    async def hub(self, kind: type[Hub] = Hub) -> Hub:
        """One more hub of the room."""
        hub = kind("r1", self.log, self.ballots, self.choices, self.boxes, self.bus, self, self, self.new_id)
        await hub.open()
        self.hubs.append(hub)
        return hub

    async def close(self) -> None:
        for hub in self.hubs:
            await hub.close()

    def events(self, after: int = 0) -> list[Event]:
        return [record.event for record in self.log.logs["r1"][after:]]


async def opened(*events: Event) -> House:
    """A house whose room is open, with more that has happened in it."""
    house = House()
    await house.write(PLAN, Opened(), *events)
    return house


async def sit(hub: Hub, *actors: Actor) -> list[Seat]:
    """Seats that have had their first frame."""
    seats = [Seat(actor) for actor in actors]
    for seat in seats:
        await hub.join(seat, seat.actor, seat.you(), None)
        seat.texts.clear()
    return seats


async def told(hub: Hub) -> None:
    """Wait until everybody has been shown what changed."""
    while "tell" in hub.tasks:
        await asyncio.wait((hub.tasks["tell"],))


async def settle(hub: Hub) -> None:
    """Wait until all votes are summed and everybody is counted; not for those who may come back."""
    while work := hub.running - {task for name, task in hub.tasks.items() if name.startswith(("air ", "booth "))}:
        await asyncio.gather(*work)
    async with hub.lock:  # a sum that has begun holds it
        pass


async def refused(hub: Hub, actor: Actor, envelope: Envelope) -> str:
    """The code of a refusal, after which the log is as before."""
    before = await hub.log.read("r1")
    with pytest.raises(Refused) as found:
        await hub.do(actor, envelope)
    assert await hub.log.read("r1") == before
    return found.value.code


def asks(id: str, given: Command) -> Envelope:
    """A command as it comes from the wire."""
    body = msgspec.to_builtins(given)
    return command({"id": id, "do": body.pop("do"), "with": body})
