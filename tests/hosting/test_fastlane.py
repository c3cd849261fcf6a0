"""The fast lane on a real server and on both event loops: what is written arrives whole and in order, whatever the
other end does, and every text is heard however it was cut. It fails when an upgrade of uvicorn or websockets moves what
the lane uses.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import pytest
import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from hosting import fastlane, lanes
from hosting.fastlane import FastLane
from hosting.lanes import BINARY, EXTENSION, MARK, header

T = TypeVar("T")
WAIT = 10.0  # seconds for anything that must come
BEAT = 0.005
SMALL = 4096  # bytes that a reader's kernel takes
CUTS = (0, 1, 125, 126, 65_535, 65_536, 300_000)  # lengths around those at which the head of a frame changes


class Near:
    """The near end of a lane, as a connection is."""

    def __init__(self, lane: FastLane) -> None:
        self.lane = lane
        self.heard: list[bytes] = []
        self.bytes: list[bytes] = []
        self.drains = self.stalls = 0
        self.through: list[object] = []  # what came through ASGI
        self.gone = threading.Event()

    def hear(self, text: bytes) -> None:
        self.heard.append(text)

    def hear_bytes(self, data: bytes) -> None:
        self.bytes.append(data)

    def full(self) -> None:
        assert self.lane.fd == -1

    def drained(self) -> None:
        self.drains += 1

    def stalled(self) -> None:
        self.stalls += 1


class House:
    """A uvicorn server in a thread of its own, every socket of which is taken by a Near."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.near: list[Near] = []
        self.server = uvicorn.Server(
            uvicorn.Config(
                self.app,
                interface="asgi3",
                ws=FastLane,
                ws_max_size=16_384,
                ws_per_message_deflate=False,
                log_level="critical",
                lifespan="off",
                timeout_graceful_shutdown=1,
            )
        )
        self.line = socket.socket()
        self.line.bind(("127.0.0.1", 0))
        self.line.listen()
        self.url = f"ws://127.0.0.1:{self.line.getsockname()[1]}/"
        self.started = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        self.started.wait(WAIT)

    def run(self) -> None:
        (uvloop.run if self.kind == "uvloop" else asyncio.run)(self.serve())

    async def serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.started.set()
        await self.server.serve([self.line])

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        near = Near(scope["extensions"][EXTENSION])
        near.lane.take(near)
        self.near.append(near)
        while (message := await receive())["type"] != "websocket.disconnect":
            near.through.append(message.get("text") or message.get("bytes"))
        near.gone.set()

    async def do(self, work: Callable[[], T]) -> T:
        """Do something in the server's loop."""

        async def there() -> T:
            return work()

        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(there(), self.loop))

    async def until(self, found: Callable[[], bool]) -> None:
        for _ in range(round(WAIT / BEAT)):
            if await self.do(found):
                return
            await asyncio.sleep(BEAT)
        raise AssertionError("it never came")

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(WAIT)
        assert not self.thread.is_alive()


@pytest.fixture(params=["asyncio", "uvloop"])
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    house = House(request.param)
    yield house
    await asyncio.to_thread(house.stop)


@contextlib.asynccontextmanager
async def socket_to(house: House, window: int = 0) -> AsyncIterator[tuple[ClientConnection, Near]]:
    """An open socket and its near end; `window`: one that takes only so many bytes until it reads."""
    line = socket.socket()
    if window:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    line.connect(house.line.getsockname())
    line.setblocking(False)
    before = len(house.near)
    limit = {"max_queue": 1} if window else {}
    async with connect(house.url, sock=line, compression=None, max_size=None, close_timeout=1, **limit) as client:  # type: ignore[arg-type]  # its keywords
        await house.until(lambda: len(house.near) > before)
        if window:
            client.transport.pause_reading()
        yield client, house.near[-1]


# ── Out ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_frames_of_every_length_arrive_whole(house: House) -> None:
    texts = ["x" * size for size in CUTS]
    async with socket_to(house) as (client, near):
        for text in texts:
            await house.do(lambda text=text: near.lane.put(text[:7].encode(), text[7:].encode()))  # type: ignore[misc]  # a default binds it
            assert await asyncio.wait_for(client.recv(), WAIT) == text
        for size in CUTS:
            data = b"\xff" * size
            await house.do(lambda data=data: near.lane.put_bytes(data[:7], data[7:]))  # type: ignore[misc]  # the same
            assert await asyncio.wait_for(client.recv(), WAIT) == data
        await house.until(lambda: near.lane.ready)


@pytest.mark.parametrize("size", CUTS)
def test_head_of_a_frame_is_what_the_library_writes(size: int) -> None:
    payload = b"x" * size
    assert header(size) + payload == Frame(Opcode.TEXT, payload).serialize(mask=False)
    assert header(size, BINARY) + payload == Frame(Opcode.BINARY, payload).serialize(mask=False)


async def test_backlog_is_what_the_reader_has_not_taken(house: House) -> None:
    async with socket_to(house, SMALL) as (client, near):
        assert await house.do(near.lane.backlog) == 0
        sent = 0
        while await house.do(lambda: near.lane.put_bytes(b"." * 8_000)):
            sent += 8_004
        backlog, held = await house.do(lambda: (near.lane.backlog(), near.lane.transport.get_write_buffer_size()))
        assert held < backlog <= sent + 8_004
        assert backlog > MARK // 4
        client.transport.resume_reading()
        for _ in range(sent // 8_004 + 1):
            await asyncio.wait_for(client.recv(), WAIT)
        await house.until(lambda: near.lane.backlog() == 0)
        client.transport.abort()
        await house.until(lambda: near.lane.disconnected)
        assert await house.do(near.lane.backlog) == 0


async def test_reader_who_stops_gets_what_was_taken_and_the_lane_says_when_it_has_drained(
    house: House,
) -> None:
    async with socket_to(house, SMALL) as (client, near):
        taken = 0
        while await house.do(lambda: near.lane.ready):
            await house.do(lambda: near.lane.put(f"{taken:06}".encode(), b"." * 8_000))  # noqa: B023  # done at once
            taken += 1
        held = await house.do(near.lane.transport.get_write_buffer_size)
        assert (near.drains, near.lane.fd) == (0, -1)
        assert held <= 8_010
        await client.ping()  # answered behind what waits, and not within it
        client.transport.resume_reading()
        texts = [await asyncio.wait_for(client.recv(), WAIT) for _ in range(taken)]
        assert [text[:6] for text in texts] == [f"{number:06}" for number in range(taken)]
        await house.until(lambda: near.lane.ready)
        assert (near.drains, near.stalls) == (1, 0)
        assert taken * 8_000 < 3 * MARK  # what the kernels hold between them
        await house.do(lambda: near.lane.put(b"more"))
        assert await asyncio.wait_for(client.recv(), WAIT) == "more"


async def test_frame_longer_than_any_buffer_is_shared_and_arrives_whole(house: House) -> None:
    body = b"y" * 3_000_000
    async with socket_to(house, SMALL) as (client, near):
        assert await house.do(lambda: near.lane.put(b'{"all":', body, b"}")) is False
        await house.do(lambda: near.lane.put(b"an answer"))
        client.transport.resume_reading()
        assert await asyncio.wait_for(client.recv(), WAIT) == f'{{"all":{body.decode()}}}'
        assert await asyncio.wait_for(client.recv(), WAIT) == "an answer"
        await house.until(lambda: near.lane.ready)
        assert near.drains == 1


async def test_reader_who_takes_nothing_has_stalled_and_one_who_is_slow_has_not(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fastlane, "STALL", 0.3)
    async with socket_to(house, SMALL) as (client, near):
        await house.do(lambda: near.lane.put(b"z" * 1_500_000))
        client.transport.resume_reading()
        async with asyncio.timeout(WAIT):
            while not await house.do(lambda: near.lane.ready):
                client.transport.pause_reading()
                await asyncio.sleep(0.05)
                client.transport.resume_reading()
                await asyncio.sleep(0.01)
        assert near.stalls == 0
        client.transport.pause_reading()
        await house.do(lambda: near.lane.put(b"z" * 1_500_000))
        await house.until(lambda: near.stalls == 1)


async def test_end_of_a_reader_who_stopped_says_why_when_it_reads_again(house: House) -> None:
    async with socket_to(house, SMALL) as (client, near):
        while await house.do(lambda: near.lane.put(b"." * 8_000)):
            pass
        await house.do(lambda: near.lane.finish(4008, b'{"bye":1}'))
        assert await asyncio.to_thread(near.gone.wait, WAIT)
        await house.until(lambda: not house.server.server_state.connections)  # nobody waited for it
        client.transport.resume_reading()
        texts = []
        with contextlib.suppress(ConnectionClosed):
            async for text in client:
                texts.append(text)  # until it raises
        assert (client.close_code, texts[-1]) == (4008, '{"bye":1}')


async def test_end_of_a_reader_is_polite_and_nothing_is_written_after_it(house: House) -> None:
    async with socket_to(house) as (client, near):
        await house.do(lambda: near.lane.finish(1012, b"bye"))
        assert await house.do(lambda: near.lane.put(b"too late")) is False
        assert await asyncio.wait_for(client.recv(), WAIT) == "bye"
        await client.wait_closed()
        assert client.close_code == 1012


async def test_lane_of_a_connection_that_is_gone_is_written_to_no_more(house: House) -> None:
    """Its descriptor may be another connection's by then."""
    async with socket_to(house) as (client, near):
        client.transport.abort()
        await house.until(lambda: near.lane.disconnected)
        assert (near.lane.fd, near.lane.ready) == (-1, False)
        assert await house.do(lambda: near.lane.put(b"to whom?")) is False


async def test_server_that_ends_waits_for_nobody(house: House) -> None:
    async with socket_to(house, SMALL) as (_, near), socket_to(house) as (client, _):
        while await house.do(lambda: near.lane.put(b"." * 8_000)):
            pass
        began = asyncio.get_running_loop().time()
        await asyncio.to_thread(house.stop)
        assert asyncio.get_running_loop().time() - began < lanes.CLOSING + 1.5
        await client.wait_closed()
        assert client.close_code == 1012


async def test_close_that_is_answered_is_over_at_once(house: House) -> None:
    async with socket_to(house) as (client, near):
        client.transport.write(Frame(Opcode.TEXT, b"half").serialize(mask=True)[:5])
        await house.until(lambda: near.lane.partial != b"")
        began = asyncio.get_running_loop().time()
        client.transport.pause_reading()  # else it may answer in the middle of its text
        await house.do(lambda: near.lane.finish(4003, b"bye"))
        client.transport.write(Frame(Opcode.TEXT, b"half").serialize(mask=True)[5:])
        client.transport.resume_reading()
        await client.wait_closed()
        assert (client.close_code, near.lane.partial) == (4003, b"")
        await house.until(lambda: not house.server.server_state.connections)
        assert asyncio.get_running_loop().time() - began < lanes.CLOSING / 2


async def test_reader_who_stops_and_pings_is_not_answered_into_a_full_line(house: House) -> None:
    async with socket_to(house, SMALL) as (client, near):
        while await house.do(lambda: near.lane.put(b"." * 8_000)):
            pass
        held = await house.do(near.lane.transport.get_write_buffer_size)
        for _ in range(200):
            client.transport.write(Frame(Opcode.PING, b"?" * 125).serialize(mask=True))
        client.transport.write(Frame(Opcode.TEXT, b"after them").serialize(mask=True))
        await house.until(lambda: near.heard == [b"after them"])
        assert await house.do(near.lane.transport.get_write_buffer_size) == held


@pytest.mark.parametrize("closes", [True, False], ids=["a close", "half a close"])
async def test_reader_who_stopped_and_goes_is_let_go(house: House, closes: bool) -> None:
    async with socket_to(house, SMALL) as (client, near):
        while await house.do(lambda: near.lane.put(b"." * 8_000)):
            pass
        if closes:
            client.transport.write(Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=True))
        else:
            client.transport.write_eof()
        await house.until(lambda: not house.server.server_state.connections)
        assert await asyncio.to_thread(near.gone.wait, WAIT)


# ── In ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_texts_are_heard_in_order_however_they_are_cut(house: House) -> None:
    sent = [f"{number} " + "ü" * size for number, size in enumerate((0, 50, 62, 63, 70, 4_000, 8_000))]
    async with socket_to(house) as (client, near):
        for text in sent:
            await client.send(text)
        await house.until(lambda: len(near.heard) == len(sent))
        frames = b"".join(
            Frame(Opcode.TEXT, text.encode()).serialize(mask=True) + Frame(Opcode.PING, b"?").serialize(mask=True)
            for text in sent[:4]
        )
        for at in range(len(frames)):  # a byte at a time
            client.transport.write(frames[at : at + 1])
            if at % 40 == 0:
                await asyncio.sleep(0)
        await house.until(lambda: len(near.heard) == len(sent) + 4)
        assert [text.decode() for text in near.heard] == sent + sent[:4]
        assert near.through == []


async def test_message_in_fragments_comes_through_asgi(house: House) -> None:
    async with socket_to(house) as (client, near):
        await client.send(["a message ", "in ", "parts"])
        await client.send("one text")  # in its order, so it comes the same way
        await house.until(lambda: near.through == ["a message in parts", "one text"])
        assert near.heard == []


async def test_bytes_are_heard_as_they_are_and_in_fragments_they_come_through_asgi(house: House) -> None:
    sent = [bytes(range(256)) * size for size in (1, 5, 60)] + [b"\0"]
    async with socket_to(house) as (client, near):
        for data in sent:
            await client.send(data)
        await house.until(lambda: near.bytes == sent)
        assert (near.heard, near.through) == ([], [])
        await client.send([b"\xff\0", b"in ", b"parts"])
        await client.send(b"one")  # in its order, so it comes the same way
        await house.until(lambda: near.through == [b"\xff\0in parts", b"one"])
        assert near.bytes == sent


async def test_message_that_is_too_long_ends_the_connection(house: House) -> None:
    async with socket_to(house) as (client, near):
        await client.send("x" * 16_385)
        await client.wait_closed()
        assert (client.close_code, near.heard) == (1009, [])


async def test_frame_that_is_not_masked_ends_the_connection(house: House) -> None:
    async with socket_to(house) as (client, near):
        client.transport.write(Frame(Opcode.TEXT, b"plain").serialize(mask=False))
        await client.wait_closed()
        assert (client.close_code, near.heard) == (1002, [])


async def test_reading_stops_while_it_is_held(house: House) -> None:
    async with socket_to(house) as (client, near):
        await house.do(lambda: near.lane.hold(True))
        await client.send("later")
        await asyncio.sleep(0.05)
        assert near.heard == []
        await house.do(lambda: near.lane.hold(False))
        await house.until(lambda: near.heard == [b"later"])
