"""A change that is lost without a trace: its reader must learn of it by the next heartbeat, which names the last seq.

Only a fault of the server could lose one frame of a TCP stream; here the line does, whole frame by whole frame.
"""

import asyncio
import random
from typing import Any

import msgspec

from tests.faults.client import RecordingClient
from tests.faults.frames import Losing
from tests.faults.processes import Process
from tests.faults.proxy import Proxy
from tests.faults.record import Diary, now
from tests.flows.clients import joined
from tests.flows.town import Town

ROOM = "across-spring"
HEARTBEAT = 15.0  # seconds; PROTOCOL, the live socket
WAIT = 10.0  # seconds until who has noticed is back
LATE = 2.0  # seconds more that a machine under load may take


class Watchful(RecordingClient):
    """A client that reads heartbeats, as every client must: one that lacks what they name comes back."""

    noticed: float | None = None

    def take(self, frame: dict[str, Any]) -> None:
        super().take(frame)
        if frame.keys() == {"at", "seq"} and frame["seq"] > self.seq and self.line and self.noticed is None:
            self.noticed = now()
            self.line[1].transport.abort()


class Loss(msgspec.Struct, frozen=True):
    """What became of frames that were lost: how long until each was noticed, and who had the change in the end."""

    dropped: int
    noticed: list[float]
    healed: int


async def lose(process: Process, town: Town, readers: int, heartbeat: float) -> Loss:
    """Lose one change to so many readers of a quiet room, and wait for a heartbeat."""
    room, proxy, sieves = town.rooms[ROOM], Proxy(process.port), list[Losing]()

    def losing() -> Losing:
        sieves.append(Losing())
        return sieves[-1]

    proxy.sieve = losing
    await proxy.start()
    clients = [
        Watchful(
            Diary(f"reader{number}", town.people["participant"], room),
            lambda: f"ws://127.0.0.1:{proxy.port}",
            process.running.url,
            town.cookies["participant"],
            random.Random(number),
        )
        for number in range(readers)
    ]
    running = asyncio.gather(*(client.run() for client in clients))
    try:
        await asyncio.gather(*(client.here.wait() for client in clients))
        armed = sieves[:]
        for sieve in armed:
            sieve.armed = True
        async with joined(process.running, room, town.cookies["moderator"]) as crew:
            item = next(iter(crew.screen["agenda"]))
            reply = await crew.do("agenda.edit", item=item, title="Who has seen this?")
        end = now() + heartbeat + LATE + WAIT  # noticed by then, and made good
        while now() < end and not all(client.seq >= reply["seq"] for client in clients):  # noqa: ASYNC110  # as in Storm
            await asyncio.sleep(0.05)
    finally:
        await asyncio.gather(*(client.stop() for client in clients))
        await running
        await proxy.stop()
    lost = [at for sieve in armed for at in sieve.lost]
    noticed = [client.noticed - lost[0] for client in clients if client.noticed and lost]
    healed = sum(client.screen["agenda"][item]["title"] == "Who has seen this?" for client in clients)
    return Loss(len(lost), noticed, healed)
