"""Readers that do not read: a window of zero, or a byte a second. They must be sent away, and nobody else must notice.

Whether the server still holds such a connection is read from the machine's table of sockets: the reader cannot know.
"""

import asyncio
import socket
import statistics
import time
from pathlib import Path

import msgspec

from tests.faults.processes import Process
from tests.flows.clients import Client, joined
from tests.flows.town import Town

ROOM = "before-spring"
WINDOW = 4 * 1024  # bytes that the reader's kernel takes
PACE = 0.01  # seconds between two changes
TITLE = 190  # characters of what changes: as much as it may be
ITEMS = 30  # of the agenda, each shown anew when one is moved
CALM = 300  # changes before there are slow readers, to compare with


class Slow(msgspec.Struct):
    """What came of the slow readers; times in seconds, delays of the others in milliseconds."""

    readers: int
    gone: list[float]  # when each was sent away, from the first change on
    back: int  # who came back with the cursor of then and saw what the others see
    changes: int
    calm: float  # the 99th percentile from a change to a healthy reader's screen before, and meanwhile
    meanwhile: float


class Reader:
    """A connection that is greeted, and then read at so many bytes a second."""

    def __init__(self, process: Process, room: str, cookie: str, rate: int) -> None:
        self.process, self.rate = process, rate
        self.line = socket.socket()
        self.line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW)
        self.line.connect(("127.0.0.1", process.port))
        self.port = self.line.getsockname()[1]
        head = {
            "Host": f"127.0.0.1:{process.port}", "Origin": process.running.url, "Cookie": f"austausch={cookie}",
            "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        }  # fmt: skip
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        self.line.sendall(f"GET /rooms/{room}/live HTTP/1.1\r\n{lines}\r\n".encode())
        self.line.setblocking(False)
        self.gone: float | None = None

    async def read(self, until: asyncio.Event) -> None:
        """Read as slowly as that, until sent away or told to stop."""
        while not until.is_set() and self.held():
            if self.rate:
                try:
                    if not self.line.recv(self.rate):
                        break
                except BlockingIOError:
                    pass
                except OSError:
                    break
            await asyncio.sleep(1)
        if not until.is_set():
            self.gone = time.monotonic()
        self.line.close()

    def held(self) -> bool:
        """Whether the server's process still has the other end (proc(5), net/tcp: local, remote, …, inode)."""
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            words = line.split()
            ports = (int(words[1].split(":")[1], 16), int(words[2].split(":")[1], 16))
            if ports == (self.process.port, self.port):
                return words[9] != "0"
        return False


async def starve(process: Process, town: Town, readers: int, within: float) -> Slow:
    """Have a busy room with so many slow readers, half of each kind, until all are sent away or the time is over."""
    room = town.rooms[ROOM]
    names = [f"slow{number}" for number in range(readers)]
    for name in names:
        town.add(name, "participant")
    async with (
        joined(process.running, room, town.cookies["moderator"]) as crew,
        joined(process.running, room, town.cookies["participant"]) as healthy,
    ):
        for number in range(ITEMS):
            await crew.do("agenda.add", title=f"{number:.>{TITLE}}", kind="other", minutes=5)
        await healthy.until(lambda: healthy.seq >= crew.seq)
        calm = [await change(crew, healthy) for _ in range(CALM)]
        epoch_and_seq = healthy.cursor
        until, slow = (
            asyncio.Event(),
            [Reader(process, room, town.cookies[name], place % 2) for place, name in enumerate(names)],
        )
        reading = [asyncio.create_task(reader.read(until)) for reader in slow]
        await asyncio.sleep(1)  # they are greeted
        began, meanwhile = time.monotonic(), list[float]()
        while not all(task.done() for task in reading) and time.monotonic() < began + within:
            meanwhile.append(await change(crew, healthy))
        until.set()
        await asyncio.gather(*reading)
        back = 0
        for name in names:
            async with joined(process.running, room, town.cookies[name], epoch_and_seq) as returned:
                await returned.until(lambda: returned.seq >= healthy.seq)  # awaited here
                back += {**healthy.screen["agenda"], **returned.screen["agenda"]} == healthy.screen["agenda"]
    gone = [reader.gone - began for reader in slow if reader.gone]
    return Slow(readers, gone, back, len(meanwhile), percentile(calm), percentile(meanwhile))


async def change(crew: Client, healthy: Client) -> float:
    """Move an item of the agenda, which shows all anew; milliseconds until a healthy reader has it."""
    items = sorted(crew.screen["agenda"], key=lambda id: crew.screen["agenda"][id]["order"])
    before = time.perf_counter()
    reply = await crew.do("agenda.move", item=items[-1], after=None)
    await healthy.until(lambda: healthy.seq >= reply["seq"])
    took = (time.perf_counter() - before) * 1000
    healthy.frames.clear()
    crew.frames.clear()
    await asyncio.sleep(PACE)
    return took


def percentile(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[98] if len(times) > 1 else 0.0
