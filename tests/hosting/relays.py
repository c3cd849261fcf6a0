"""A relay without a network: its clock stands still, and its lines keep what they are sent."""

import asyncio
from collections.abc import Callable
from typing import Any

from hosting import relay
from hosting.engine import LISTEN, SPEAK, Spec, Use
from hosting.packets import Head, packet
from hosting.relay import EmbeddedRelay, Redeemed
from hosting.relay import Line as Wire
from tests.flows.lines import Line

OPUS = b"any bytes"
WAIT, BEAT = 5.0, 0.001  # seconds for what must come, and between two looks


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class One:
    """One socket: its line, and what it was sent."""

    def __init__(self, here: "Here", person: str, room: str = "r") -> None:
        self.here, self.person, self.room, self.lane = here, person, room, Line()
        self.wire: Wire = here.relay.open(self.lane, person, room)

    async def redeem(self, channel: str, use: Use) -> Redeemed:
        ticket = await self.here.relay.grant(self.person, self.room, channel, use, 60)
        redeemed = self.wire.redeem(ticket.token)
        assert redeemed
        return redeemed

    async def speaks(self, channel: str = "es") -> Redeemed:
        return await self.redeem(channel, SPEAK)

    async def hears(self, *names: str) -> "One":
        for channel in names:
            await self.redeem(channel, LISTEN)
        assert self.wire.hear(names) == list(names)
        return self

    def say(self, right: Redeemed, seq: int = 0, data: bytes = OPUS, **other: int) -> bytes:
        """Send a packet, in which some things may be other than they should."""
        said = {"channel": right.number, "source": right.source or 0} | other
        frame = packet(Head(said["channel"], said["source"], seq, 960 * seq), data)
        self.wire.hear_packet(frame)
        return frame

    async def told(self) -> list[Any]:
        """The texts since this was last asked."""
        await asyncio.sleep(0)
        return self.lane.taken()


class Here:
    """A relay with a floor and two languages."""

    def __init__(self, many: int = relay.MANY) -> None:
        self.clock = Clock()
        self.relay = EmbeddedRelay(many, self.clock)

    async def begin(self) -> "Here":
        for channel in ("floor", "es", "fr"):
            await self.relay.ensure_channel("r", channel, Spec(many=channel == "floor"))
        return self

    async def dropped(self) -> dict[str, int]:
        found = {name: (await self.relay.stats("r", name)).dropped for name in ("floor", "es", "fr")}
        return {name: count for name, count in found.items() if count}


async def until(found: Callable[[], bool]) -> None:
    for _ in range(round(WAIT / BEAT)):
        if found():
            return
        await asyncio.sleep(BEAT)
    raise AssertionError("it never came")
