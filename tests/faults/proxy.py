"""A bad line: a TCP proxy on loopback that delays, throttles, holds back, cuts and resets, one connection or all.

It changes no byte and, but for a cut or a reset, loses none: what it holds back goes on in order once it is over.
Every fault is counted when it has hit something, and never when it was only asked for.
"""

import asyncio
import contextlib
import random
import socket
import struct
from collections import Counter
from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

Way = Literal["up", "down"]  # from the client, from the server
PIECE = 16 * 1024  # bytes read at once
WINDOW = 4 * 1024  # bytes a line that must not read ahead has in the kernel, in either socket
TICK = 0.05  # seconds between two portions of a throttled line
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: on, no time


class Fault(msgspec.Struct, frozen=True):
    """What happens to the bytes of one way."""

    delay: float = 0.0  # seconds before each piece
    jitter: float = 0.0  # seconds more, by chance
    rate: float = 0.0  # bytes a second; 0: as fast as it goes
    holds: bool = False  # forwards nothing, and keeps the line
    cuts_after: int | None = None  # bytes from when it is set, then FIN both ways

    @property
    def kind(self) -> str:
        if self.cuts_after is not None:
            return "cut"
        return "blackhole" if self.holds else "throttle" if self.rate else "delay" if self.delay else "pass"


PASS = Fault()
BLACKHOLE = Fault(holds=True)


class Sieve(Protocol):
    """Takes whole frames out of the way down; it counts by itself. `cuts`: what came last ends the line."""

    cuts: bool

    def __call__(self, piece: bytes) -> bytes: ...


class Line:
    """One connection through the proxy. `up` and `down` are its faults; set them by `set`."""

    def __init__(
        self,
        proxy: "Proxy",
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self.proxy, self.client, self.server = proxy, client, server
        self.faults: dict[Way, Fault] = {"up": PASS, "down": PASS}
        self.counted: dict[Way, Fault] = {"up": PASS, "down": PASS}
        self.passed: Counter[Way] = Counter()  # bytes forwarded
        self.sieve: Sieve | None = None  # for the way down
        self.changed = asyncio.Event()
        self.over = False

    def set(self, fault: Fault, *ways: Way) -> None:
        """Put both ways, or those named, under a fault."""
        for way in ways or ("up", "down"):
            after = fault.cuts_after
            counted = None if after is None else self.passed[way] + after  # from the beginning of the line
            self.faults[way] = msgspec.structs.replace(fault, cuts_after=counted)
        self.change()

    def change(self) -> None:
        """Wake whatever waits for another fault, or for the end."""
        self.changed.set()
        self.changed = asyncio.Event()

    def cut(self) -> None:
        """End both ways in order: FIN."""
        self.end("cut")

    def reset(self) -> None:
        """End both ways at once: RST."""
        for _, writer in (self.client, self.server):
            with contextlib.suppress(OSError):  # one of them may be gone already
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        self.end("reset", at_once=True)

    def half_close(self, way: Way) -> None:
        """Say to the receiver of one way that nothing more comes; the other way goes on."""
        self.proxy.injected["half-close"] += 1
        with contextlib.suppress(OSError):
            (self.server if way == "up" else self.client)[1].write_eof()

    def half_open(self) -> None:
        """Have the client lose its line and the server not know, until `end`."""
        self.set(BLACKHOLE)
        self.counted = dict(self.faults)  # it is counted as this
        self.proxy.injected["half-open"] += 1
        self.client[1].transport.abort()

    def end(self, kind: str = "", *, at_once: bool = False) -> None:
        if self.over:
            return
        self.over = True
        self.change()
        if kind:
            self.proxy.injected[kind] += 1
        for _, writer in (self.client, self.server):
            if at_once:
                writer.transport.abort()
            else:
                writer.close()

    # ── Forwarding ───────────────────────────────────────────────────────────────────────────────────────────────

    async def forward(self, way: Way) -> None:
        """Forward one way until its sender ends it; the receiver is told, unless the line is held back."""
        reader, writer = (self.client[0], self.server[1]) if way == "up" else (self.server[0], self.client[1])
        while piece := await self.read(reader):
            await self.wait(way, len(piece))
            if way == "down" and self.sieve:
                piece = self.sieve(piece)
            if not await self.write(way, writer, piece):
                return
            if way == "down" and self.sieve and self.sieve.cuts:
                self.end()
                return
        await self.wait(way, 0)
        if not self.over:
            writer.write_eof()

    async def read(self, reader: asyncio.StreamReader) -> bytes:
        """A piece; nothing at the end, be it in order or not: what the other side is told depends on the fault."""
        try:
            return await reader.read(PIECE)
        except OSError:
            return b""

    async def wait(self, way: Way, size: int) -> None:
        """Hold a piece for as long as the way's fault, whichever it is by then, says so."""
        while self.faults[way].holds and not self.over:
            self.hit(way, size)
            await self.changed.wait()
        fault = self.faults[way]
        if fault.delay:
            self.hit(way, size)
            await asyncio.sleep(fault.delay + self.proxy.chance.uniform(0, fault.jitter))

    async def write(self, way: Way, writer: asyncio.StreamWriter, piece: bytes) -> bool:
        """Write a piece at the way's rate, up to where it is to be cut; False after the cut."""
        while piece and not self.over:
            fault = self.faults[way]
            if fault.holds:
                await self.wait(way, len(piece))
                continue
            size = len(piece) if not fault.rate else max(1, int(fault.rate * TICK))
            left = size if fault.cuts_after is None else max(0, fault.cuts_after - self.passed[way])
            part, piece = piece[: min(size, left)], piece[min(size, left) :]
            writer.write(part)
            self.passed[way] += len(part)
            await writer.drain()
            if fault.cuts_after is not None and self.passed[way] >= fault.cuts_after:
                self.cut()
                return False
            if fault.rate:
                self.hit(way, size)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.changed.wait(), len(part) / fault.rate)
        return not self.over

    def hit(self, way: Way, size: int) -> None:
        """Count a fault once for each way of a line that it is set on."""
        fault = self.faults[way]
        if size and self.counted[way] is not fault:
            self.counted[way] = fault
            self.proxy.injected[fault.kind] += 1


class Proxy:
    """Listens on a free port of loopback and forwards to another. `injected` counts the faults by kind.

    `eager` false: a line takes no more from its sender than its receiver takes, but for a few kilobytes.
    """

    def __init__(self, target: int, *, seed: int = 0, eager: bool = True) -> None:
        self.target, self.eager, self.chance = target, eager, random.Random(seed)
        self.fault: dict[Way, Fault] = {"up": PASS, "down": PASS}  # of every line that is yet to come
        self.injected: Counter[str] = Counter()
        self.lines: list[Line] = []  # that are open, the oldest first
        self.sieve: Callable[[], Sieve] | None = None  # makes one for every line that is yet to come
        self.port = 0
        self.listening: asyncio.Server | None = None
        self.serving: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen, or listen again, on the same port."""
        if self.listening:
            return
        self.listening = await asyncio.start_server(self.begin, "127.0.0.1", self.port, limit=PIECE)
        self.port = self.listening.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        await self.refuse(counted=False)
        for line in self.lines[:]:
            line.end(at_once=True)
        for task in self.serving:
            task.cancel()
        await asyncio.gather(*self.serving, return_exceptions=True)

    async def refuse(self, *, counted: bool = True) -> None:
        """Listen no more, until `start`; lines that are open go on."""
        if self.listening:
            self.injected["refuse"] += counted
            self.listening.close()
            self.listening = None
            await asyncio.sleep(0)

    def set(self, fault: Fault, *ways: Way) -> None:
        """Put every line, those to come as well, under a fault."""
        for way in ways or ("up", "down"):
            self.fault[way] = fault
        for line in self.lines[:]:
            line.set(fault, *ways)

    def begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self.serve(reader, writer))
        self.serving.add(task)
        task.add_done_callback(self.serving.discard)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server = await self.dial()
        except OSError:  # nobody listens there: the client sees what it would see without us
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            writer.transport.abort()
            return
        if not self.eager:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, WINDOW)
            writer.transport.set_write_buffer_limits(0)
        line = Line(self, (reader, writer), server)
        line.sieve = self.sieve() if self.sieve else None
        for way, fault in self.fault.items():
            line.set(fault, way)
        self.lines.append(line)
        ways = [asyncio.create_task(line.forward(way)) for way in ("up", "down")]
        try:
            await asyncio.gather(*ways)
        except (OSError, RuntimeError):  # one end is gone, so the other goes as well
            line.end(at_once=True)
        finally:
            for each in ways:
                each.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            line.end()
            self.lines.remove(line)

    async def dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        line = socket.socket()
        line.setblocking(False)
        if not self.eager:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW)
        try:
            await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", self.target))
            return await asyncio.open_connection(sock=line, limit=PIECE)
        except BaseException:
            line.close()
            raise
