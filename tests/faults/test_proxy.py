"""The bad line itself, before a real echo server: each fault does what it says, is counted once, can be taken back."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from tests.faults.proxy import BLACKHOLE, PASS, Fault, Line, Proxy

WAIT = 5.0  # seconds for anything that must come
STILL = 0.2  # seconds in which nothing comes
Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
        writer.write(b"over")
    writer.close()


class Before(Proxy):
    """The proxy before the echo, and the clients' ends of its lines."""

    ends: list[Ends]

    async def dial_in(self) -> Ends:
        ends = await asyncio.open_connection("127.0.0.1", self.port)
        self.ends.append(ends)
        return ends


@contextlib.asynccontextmanager
async def before_an_echo(*, eager: bool = True) -> AsyncIterator[Before]:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    proxy = Before(server.sockets[0].getsockname()[1], seed=1, eager=eager)
    proxy.ends = []
    await proxy.start()
    try:
        yield proxy
    finally:
        for _, writer in proxy.ends:
            writer.transport.abort()
        await proxy.stop()
        server.close()
        print(f"injected: {dict(proxy.injected)}")


async def dial(proxy: Before) -> tuple[Ends, Line]:
    """A connection that works, and its line."""
    ends = await proxy.dial_in()
    assert await said(ends, b"hello") == b"hello"
    return ends, proxy.lines[-1]


async def said(ends: Ends, words: bytes) -> bytes:
    """Say something; as much of the answer as there must be."""
    ends[1].write(words)
    return await asyncio.wait_for(ends[0].readexactly(len(words)), WAIT)


async def silent(reader: asyncio.StreamReader) -> bool:
    try:
        await asyncio.wait_for(reader.read(1), STILL)
    except TimeoutError:
        return True
    return False


async def gone(proxy: Proxy) -> bool:
    """Whether all lines are given up, soon."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(WAIT):
            while proxy.lines:  # noqa: ASYNC110  # a line is removed by its own task
                await asyncio.sleep(0.01)
    return not proxy.lines


async def test_passing_line_changes_nothing_and_counts_nothing() -> None:
    async with before_an_echo() as proxy:
        ends, line = await dial(proxy)
        words = bytes(range(256)) * 1000
        ends[1].write(words)
        ends[1].write_eof()
        assert await asyncio.wait_for(ends[0].read(-1), WAIT) == words + b"over"
        assert line.passed == {"up": 5 + len(words), "down": 5 + len(words) + 4}
        assert proxy.injected == Counter()


async def test_delay_holds_every_piece_and_counts_once() -> None:
    async with before_an_echo() as proxy:
        ends, line = await dial(proxy)
        line.set(Fault(delay=0.1, jitter=0.02), "up")
        before = time.monotonic()
        assert await said(ends, b"slowly") == b"slowly"
        assert await said(ends, b"slowly") == b"slowly"
        assert 0.2 <= time.monotonic() - before < WAIT
        assert proxy.injected == {"delay": 1}


async def test_throttle_keeps_its_rate_and_is_lifted_at_once() -> None:
    async with before_an_echo() as proxy:
        ends, line = await dial(proxy)
        line.set(Fault(rate=10_000), "down")
        before = time.monotonic()
        assert await said(ends, bytes(3_000)) == bytes(3_000)
        assert 0.2 <= time.monotonic() - before < 2
        line.set(Fault(rate=1), "down")
        ends[1].write(b"0123456789")
        assert await asyncio.wait_for(ends[0].readexactly(1), WAIT) == b"0"
        line.set(PASS)
        assert await asyncio.wait_for(ends[0].readexactly(9), 1) == b"123456789"
        assert proxy.injected == {"throttle": 2}


@pytest.mark.parametrize("ways", [("up",), ("down",), ("up", "down")])
async def test_blackhole_holds_everything_and_loses_nothing(ways: tuple[str, ...]) -> None:
    async with before_an_echo() as proxy:
        ends, line = await dial(proxy)
        line.set(BLACKHOLE, *ways)  # type: ignore[arg-type]  # pytest's parameters are plain strings
        ends[1].write(b"is anybody there")
        assert await silent(ends[0])
        line.set(PASS)
        assert await asyncio.wait_for(ends[0].readexactly(16), WAIT) == b"is anybody there"
        assert proxy.injected == {"blackhole": 1}


async def test_fault_for_all_holds_lines_that_are_there_and_those_to_come() -> None:
    async with before_an_echo() as proxy:
        here, _ = await dial(proxy)
        proxy.set(BLACKHOLE)
        there = await proxy.dial_in()
        for ends in (here, there):
            ends[1].write(b"hm")
            assert await silent(ends[0])
        proxy.set(PASS)
        for ends in (here, there):
            assert await asyncio.wait_for(ends[0].readexactly(2), WAIT) == b"hm"
        assert proxy.injected == {"blackhole": 2}


async def test_cut_lets_exactly_so_many_bytes_through() -> None:
    async with before_an_echo() as proxy:
        ends, line = await dial(proxy)
        line.set(Fault(cuts_after=7), "down")
        ends[1].write(b"0123456789")
        assert await asyncio.wait_for(ends[0].read(-1), WAIT) == b"0123456"
        assert proxy.injected == {"cut": 1}


async def test_cut_now_ends_in_order_and_reset_does_not() -> None:
    async with before_an_echo() as proxy:
        ends, line = await dial(proxy)
        line.cut()
        assert await asyncio.wait_for(ends[0].read(-1), WAIT) == b""
        ends, line = await dial(proxy)
        line.reset()
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(ends[0].read(-1), WAIT)
        assert proxy.injected == {"cut": 1, "reset": 1}
        assert await gone(proxy)


async def test_half_closed_line_still_goes_the_other_way() -> None:
    async with before_an_echo() as proxy:
        ends, line = await dial(proxy)
        line.half_close("up")
        assert await asyncio.wait_for(ends[0].read(-1), WAIT) == b"over"
        assert proxy.injected == {"half-close": 1}


async def test_half_open_line_is_lost_to_the_client_and_there_for_the_server() -> None:
    async with before_an_echo() as proxy:
        ends, line = await dial(proxy)
        line.half_open()
        assert await asyncio.wait_for(ends[0].read(-1), WAIT) == b""
        await asyncio.sleep(STILL)
        assert not line.server[0].at_eof()
        assert proxy.lines == [line]
        line.end()
        assert await gone(proxy)
        assert proxy.injected == {"half-open": 1}


async def test_refusing_port_is_taken_back_and_others_go_on() -> None:
    async with before_an_echo() as proxy:
        ends, _ = await dial(proxy)
        await proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            await proxy.dial_in()
        assert await said(ends, b"still here") == b"still here"
        await proxy.start()
        await dial(proxy)
        assert proxy.injected == {"refuse": 1}


async def test_line_that_is_not_eager_stops_its_sender() -> None:
    async with before_an_echo(eager=False) as proxy:
        ends, line = await dial(proxy)
        line.set(BLACKHOLE, "down")
        ends[1].write(bytes(32 * 1024**2))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(ends[1].drain(), 1)
        assert line.passed["down"] == 5
        assert line.passed["up"] < 16 * 1024**2
        assert proxy.injected == {"blackhole": 1}
