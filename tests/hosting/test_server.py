"""The parts of hosting.server that a crowd needs: what a connection leaves behind, the collector, the limit of files.

How a server ends is in tests/flows/test_drain.py.
"""

import asyncio
import gc
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.asyncio.client import connect
from websockets.server import ServerProtocol

from hosting.fastlane import FastLane, Requests
from hosting.lanes import EXTENSION
from hosting.people import NOBODY
from tests.flows.lines import connected

JOINS = 20
KINDS = (HttpToolsProtocol, WebSocketsSansIOProtocol, ServerProtocol)
Kinds = tuple[type[asyncio.Protocol], type[asyncio.Protocol]]


async def greet(websocket: WebSocket) -> None:
    await websocket.accept()
    lane = websocket.scope["extensions"].get(EXTENSION)
    if lane:
        connection, _ = connected("r1", NOBODY)  # refers to its lane, as the lane does to it
        connection.lane = lane
        lane.take(connection)
    await websocket.send_text("here")
    async for _ in websocket.iter_text():
        pass


@contextmanager
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def there() -> Counter[str]:
    """How many objects of a connection there are, by kind."""
    found = (kind for each in gc.get_objects() for kind in KINDS if issubclass(type(each), kind))
    return Counter(kind.__name__ for kind in found)


async def left_behind(kinds: Kinds) -> dict[str, int]:
    """What many connections to a server of these protocols leave behind where nothing is collected."""
    http, ws = kinds
    app = Starlette(routes=[WebSocketRoute("/", greet)])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, http=http, ws=ws, lifespan="off", log_level="warning"))
        serving = asyncio.create_task(server.serve([listening]))
        address = f"ws://127.0.0.1:{listening.getsockname()[1]}"
        with no_collector():
            before = there()
            for _ in range(JOINS):
                async with connect(address, proxy=None) as client:
                    assert await client.recv() == "here"
            async with asyncio.timeout(5):
                while server.server_state.connections or server.server_state.tasks:  # noqa: ASYNC110  # uvicorn tells nobody
                    await asyncio.sleep(0.01)
            left = there() - before
        server.should_exit = True
        await serving
    return dict(left)


async def test_connection_that_has_ended_leaves_no_ring_of_objects() -> None:
    assert await left_behind((Requests, FastLane)) == {}


@pytest.mark.parametrize(
    "kinds, left",
    [
        ((HttpToolsProtocol, FastLane), {"HttpToolsProtocol": JOINS}),
        ((Requests, WebSocketsSansIOProtocol), {"ServerProtocol": JOINS}),
    ],
)
async def test_connection_of_the_library_alone_does(kinds: Kinds, left: dict[str, int]) -> None:
    """When this fails, the library has become better, and a class of ours can go."""
    assert await left_behind(kinds) == left


def said(program: str) -> list[str]:
    """What a process of its own prints, as these settings are a process's."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.split()


def test_collector_leaves_alone_what_is_there_and_looks_less_often() -> None:
    program = "import gc; from hosting.server import calm_collector as calm; calm(); "
    frozen, *thresholds = said(program + "print(gc.get_freeze_count(), *gc.get_threshold())")
    assert int(frozen) > 10_000
    assert thresholds == ["50000", "50", "1000"]


def test_process_may_have_as_many_files_open_as_the_system_lets_it() -> None:
    program = "import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (64, 200)); from hosting import server; "
    assert said(program + "print(server.raise_file_limit(), *r.getrlimit(r.RLIMIT_NOFILE))") == ["200", "200", "200"]
