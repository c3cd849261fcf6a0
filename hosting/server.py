"""The server's process: uvicorn, begun so that a crowd may come, and ended so that nobody is left hanging.

SIGTERM or Ctrl-C drains; once more hurries. Whatever others do, the process ends by itself within DRAIN, with 0: who is
cut off then was not answered, and what was answered is on disk.
"""

import asyncio
import contextlib
import gc
import os
import resource
import signal
import socket
import time
from collections.abc import Callable, Iterator
from types import FrameType

import msgspec
import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from hosting.app import create_app
from hosting.config import Config
from hosting.database import Database
from hosting.fastlane import FastLane, Requests
from hosting.seats import end_all
from hosting.site import Site

DRAIN = 10.0  # seconds from SIGTERM to the end of the process, at most (PROTOCOL)
SPARE = 0.5  # seconds before that, at which it ends where it stands
ANSWERS = 5.5  # seconds for commands and requests in flight; in 5 SQLite has written or given up (database.BUSY)
CLOSING = 2.0  # seconds for others to take their last frames and to close
TASKS = 1  # seconds for what still works without a connection, before it is cancelled
HURRY = 0.3  # seconds for all of that when asked twice
LEAVE = 0.9  # seconds from there to the end
TICK = 0.05  # seconds between two looks at who is still there

RESTARTING = 1012  # the close code
KNOCKING = 4096  # connections that wait to be taken in: Linux has no more by default (net.core.somaxconn)
OWN_FILES = 100  # what a server has open besides connections: the database, uploads, slides


def run(config: Config, database: Database) -> None:
    """Serve until the process is asked to end. Port 0 takes a free one."""
    raise_file_limit()
    listening = uvicorn.Config(
        "unused", host=config.host, port=config.port, log_level="warning", lifespan="on", http=Requests,
        ws=FastLane, ws_max_size=16_384, ws_per_message_deflate=False, ws_ping_interval=20,
        backlog=KNOCKING, timeout_graceful_shutdown=TASKS, server_header=False, access_log=False,
    )  # fmt: skip
    found: list[socket.socket] | None = None
    if config.port == 0:  # pages come from it, so it must be known before the application is made
        found = [listening.bind_socket()]
        config = msgspec.structs.replace(config, port=found[0].getsockname()[1])
    listening.app = app = create_app(config, database)
    Server(listening, app).run(found)


class Server(uvicorn.Server):
    """uvicorn with one line when it is ready, and an end of our own: its own tells nobody when to come back."""

    def __init__(self, config: uvicorn.Config, app: Starlette) -> None:
        super().__init__(config)
        self.app = app
        self.latest = float("inf")  # when patience ends, on the monotonic clock

    # ── The start ────────────────────────────────────────────────────────────────────────────────────────────────

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            calm_collector()
            port = self.servers[0].sockets[0].getsockname()[1]
            host = f"[{self.config.host}]" if ":" in self.config.host else self.config.host
            print(f"Austausch is ready at http://{host}:{port}", flush=True)

    # ── The end ──────────────────────────────────────────────────────────────────────────────────────────────────

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take signals to the very end, not as uvicorn only while it serves: the database is closed after that."""
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, self.handle_exit)
        signal.signal(signal.SIGALRM, leave)
        yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Drain; once more: hurry. The kernel's alarm holds the limit, even where the loop or a lock stands still."""
        if not self.should_exit:
            self.should_exit = True
            signal.setitimer(signal.ITIMER_REAL, DRAIN - SPARE)
        elif self.latest == float("inf"):
            self.latest = time.monotonic() + HURRY
            signal.setitimer(signal.ITIMER_REAL, LEAVE)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()  # from here on the kernel refuses
        await asyncio.sleep(TICK)  # what had come in before is read
        await self.drain()
        await super().shutdown(sockets)

    async def drain(self) -> None:
        """Answer what is in flight and say bye; give everybody time to take it and to close; cut off who does not."""
        here: Site = self.app.state.site
        state = self.server_state
        here.uploads.stop()
        if here.translator:
            here.translator.stop()
        await here.live.chores.stop()  # or the writer would have to wait for what nobody waits for
        await self.dismiss(here, lambda: not here.live.busy() and not any(map(owed, state.connections)), ANSWERS)
        await self.dismiss(here, lambda: not state.connections and not state.tasks, CLOSING)
        for connection in list(state.connections):
            connection.transport.abort()  # closing would wait for a buffer that may never empty
        await asyncio.sleep(TICK)  # for them to be told; uvicorn waits a second more for tasks, then cancels them

    async def dismiss(self, here: Site, over: Callable[[], bool], seconds: float) -> None:
        """Send away whoever is there, or still comes out of a handshake, until it is over or patience ends."""
        end = time.monotonic() + seconds
        while not over() and time.monotonic() < min(end, self.latest):
            end_all(here.live.seats, RESTARTING)
            end_all(here.live.speaking.seats, RESTARTING)
            for connection in list(self.server_state.connections):
                if isinstance(connection, HttpToolsProtocol):
                    connection.shutdown()  # after its answer; at once without a request
            await asyncio.sleep(TICK)


def owed(connection: object) -> bool:
    """Whether a request has come whole and has no answer yet. Sockets are not asked: the room knows its commands."""
    if not isinstance(connection, HttpToolsProtocol) or connection.cycle is None:
        return False
    return not (connection.cycle.more_body or connection.cycle.response_started)


def leave(_sign: int, _frame: FrameType | None) -> None:
    """End where we stand, as if the power failed: nothing that was answered can be lost by that."""
    os.write(2, b"WARNING austausch: the time to end was over, what was still open is cut off\n")
    os._exit(0)


# ── For crowds ───────────────────────────────────────────────────────────────────────────────────────────────────────


def calm_collector() -> None:
    """Have the garbage collector leave alone what lives as long as the process, and look less often at the rest.

    By default it walks all there are again and again, which with thousands of connections is half of what a join costs.
    What has lived for a while is in fact never looked at any more: a connection must not end as a ring, see below.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 1000)


def raise_file_limit() -> int:
    """Let this process have as many files and sockets open as it may; how many that are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS says that there is no limit, and has one
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        return hard
    return soft
