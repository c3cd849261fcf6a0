"""The engines that one suite of contracts is held against, each with a way to speak and to listen as a browser does."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from hosting.engine import MediaEngine, Ticket
from hosting.packets import SAMPLES, Head, packet
from hosting.relay import MANY, EmbeddedRelay
from hosting.relay import Line as Wire
from tests.flows.lines import Line

BUNDLING = 0.07  # seconds in which a bundle must have gone out


class Microphone(Protocol):
    """One person's source, on a connection of its own."""

    async def say(self, *data: bytes, pace: float = 0.02) -> None:
        """Send packets one after the other, so many seconds apart."""


class Ear(Protocol):
    """One person's connection to listen on."""

    async def hear(self, *channels: str) -> None:
        """Hear these from now on, and no others."""

    async def heard(self) -> list[bytes]:
        """What has come since this was last asked."""


class Carrier(Protocol):
    """An engine, and the browsers around it."""

    @property
    def engine(self) -> MediaEngine: ...

    async def speak(self, ticket: Ticket, person: str, room: str) -> Microphone | None:
        """Use a ticket as this person in this room; None: it was refused."""

    async def listen(self, tickets: Sequence[Ticket], person: str, room: str) -> Ear | None:
        """The same with all of these, on one connection."""

    async def wait(self, seconds: float) -> None:
        """Let time pass for the engine."""


def packets_in(message: bytes) -> list[bytes]:
    """The packets of one message, a bundle or not, taken apart by hand."""
    if message[0] != 0x12:
        return [message]
    found, at = [], 2
    for _ in range(message[1]):
        size = message[at] << 8 | message[at + 1]
        found.append(message[at + 2 : at + 2 + size])
        at += 2 + size
    assert at == len(message)
    return found


# ── The relay ────────────────────────────────────────────────────────────────────────────────────────────────────────


class EmbeddedMicrophone:
    def __init__(self, carrier: "Embedded", wire: Wire, number: int, source: int) -> None:
        self.carrier, self.wire, self.number, self.source, self.seq = carrier, wire, number, source, 0

    async def say(self, *data: bytes, pace: float = 0.02) -> None:
        for each in data:
            self.wire.hear_packet(packet(Head(self.number, self.source, self.seq, self.seq * SAMPLES), each))
            self.seq += 1
            self.carrier.now += pace


class EmbeddedEar:
    def __init__(self, carrier: "Embedded", wire: Wire, line: Line) -> None:
        self.carrier, self.wire, self.line = carrier, wire, line

    async def hear(self, *channels: str) -> None:
        self.wire.hear(channels)

    async def heard(self) -> list[bytes]:
        if self.carrier.engine.many == 0:
            await asyncio.sleep(BUNDLING)
        messages, self.line.packets = self.line.packets, []
        return [frame[16:] for message in messages for frame in packets_in(message)]


class Embedded:
    """The relay by a clock of its own, and lines that keep what they are sent."""

    def __init__(self, many: int = MANY) -> None:
        self.now = 1000.0
        self.engine = EmbeddedRelay(many, lambda: self.now)

    async def speak(self, ticket: Ticket, person: str, room: str) -> Microphone | None:
        wire = self.engine.open(Line(), person, room)
        right = wire.redeem(ticket.token)
        return EmbeddedMicrophone(self, wire, right.number, right.source) if right and right.source else None

    async def listen(self, tickets: Sequence[Ticket], person: str, room: str) -> Ear | None:
        line = Line()
        wire = self.engine.open(line, person, room)
        found = [wire.redeem(ticket.token) for ticket in tickets]
        return EmbeddedEar(self, wire, line) if all(found) else None

    async def wait(self, seconds: float) -> None:
        self.now += seconds


class Bundling(Embedded):
    """The same, with a bundle for however few listen."""

    def __init__(self) -> None:
        super().__init__(0)
