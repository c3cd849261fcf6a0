"""The lane of a server that has none of its own: texts and bytes in their order, bounded, and never waited for."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.types import Message
from starlette.websockets import WebSocket

from hosting import lanes
from hosting.lanes import MARK, QueueLane

WAIT = 5.0  # seconds for what must come


class Browser:
    """The other end of an ASGI socket, which takes messages while it is `open`; and the near end of its lane."""

    def __init__(self) -> None:
        self.taken: list[object] = []
        self.code = 0
        self.open = asyncio.Event()
        self.open.set()
        self.drains = self.stalls = 0
        self.lane: QueueLane

    async def receive(self) -> Message:
        return {"type": "websocket.connect"}

    async def send(self, message: Message) -> None:
        await self.open.wait()
        if message["type"] == "websocket.send":
            self.taken.append(message.get("text") if message.get("bytes") is None else message["bytes"])
        elif message["type"] == "websocket.close":
            self.code = message["code"]

    def hear(self, text: bytes) -> None:
        raise AssertionError("a queue hears nothing")

    hear_bytes = hear

    def full(self) -> None:
        raise AssertionError("whoever puts is told")

    def drained(self) -> None:
        self.drains += 1

    def stalled(self) -> None:
        self.stalls += 1


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    browser = Browser()
    websocket = WebSocket({"type": "websocket"}, browser.receive, browser.send)
    await websocket.accept()
    browser.lane = QueueLane(websocket)
    browser.lane.take(browser)
    running = asyncio.create_task(browser.lane.run())
    yield browser
    browser.open.set()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def until_taken(browser: Browser, count: int) -> None:
    async with asyncio.timeout(WAIT):
        while len(browser.taken) < count or browser.lane.unsent:  # noqa: ASYNC110  # nobody says when
            await asyncio.sleep(0.001)


async def test_texts_and_bytes_are_sent_in_their_order(browser: Browser) -> None:
    assert browser.lane.put(b'{"a":', b"1}")
    assert browser.lane.put_bytes(b"\x11\xff", b"\0")
    assert browser.lane.put("ü".encode())
    await until_taken(browser, 3)
    assert browser.taken == ['{"a":1}', b"\x11\xff\0", "ü"]


async def test_whoever_takes_nothing_is_sent_no_more_than_the_mark(browser: Browser) -> None:
    browser.open.clear()
    frames = 0
    while browser.lane.put_bytes(b"x" * 1000):
        frames += 1
    assert (frames, browser.lane.backlog(), browser.lane.ready) == (MARK // 1000, 1000 * (frames + 1), False)
    browser.open.set()
    await until_taken(browser, frames + 1)
    assert (browser.drains, browser.lane.ready, browser.lane.backlog()) == (1, True, 0)


async def test_whoever_takes_nothing_for_long_has_stalled(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "STALL", 0.05)
    browser.open.clear()
    browser.lane.put_bytes(b"x")
    async with asyncio.timeout(WAIT):
        while not browser.stalls:  # noqa: ASYNC110  # the same
            await asyncio.sleep(0.001)


@pytest.mark.parametrize(("last", "taken"), [(b"bye", ["one", "bye"]), (b"", ["one"])])
async def test_end_sends_what_waits_a_last_text_if_any_and_the_code(
    browser: Browser, last: bytes, taken: list[str]
) -> None:
    browser.lane.put(b"one")
    browser.lane.finish(4000, last)
    browser.lane.finish(4001, b"too late")
    async with asyncio.timeout(WAIT):
        while not browser.code:  # noqa: ASYNC110  # the same
            await asyncio.sleep(0.001)
    assert (browser.taken, browser.code) == (taken, 4000)
