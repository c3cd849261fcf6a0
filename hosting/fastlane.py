"""The fast lane: uvicorn's WebSocket protocol, to which frames are written past ASGI and from which messages are heard.

With hosting.server the one file that relies on what is private in uvicorn 0.54 and websockets 17;
tests/hosting/test_fastlane.py fails when they move it. RFC 6455 stays theirs: handshake, control frames, fragments,
everything that is not one small message.
"""

import asyncio
import contextlib
import os
import socket
import sys
from asyncio.transports import BaseTransport
from fcntl import ioctl
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import State
from websockets.speedups import apply_mask

from hosting.lanes import BINARY, CLOSING, EXTENSION, MARK, STALL, TEXT, Client, header

SHORT = 126  # a length of which the next two bytes say it; from there on, of which the next eight do
MASKED = 0x80
SIOCOUTQNSD = 0x894B  # asks for the bytes that have not been sent once (linux/sockios.h)
FIRST = (0x1, 0x2)  # the first byte of a message in several frames


class Requests(HttpToolsProtocol):
    """Forgets its parser, which knows it, when it hands a connection over: else each leaves 33 objects in a ring."""

    def handle_websocket_upgrade(self) -> None:
        super().handle_websocket_upgrade()
        self.parser = None  # type: ignore[assignment]  # as uvicorn does at the end of any other connection


class FastLane(WebSocketsSansIOProtocol):
    """One socket. Frames are written to `fd` while nothing waits in user space, else by the transport.

    The transport keeps no low and no high water: it says at once when something waits, and when nothing does.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.near: Client | None = None
        self.fd = self.plain = -1  # `plain`: the descriptor, if its bytes are what goes over the line
        self.ready = False
        self.partial = b""  # of a frame that has not come in whole
        self.theirs = False  # whether all that comes in goes to the library
        self.timer: asyncio.TimerHandle | None = None  # until it must have drained
        self.latest: asyncio.TimerHandle | None = None  # until it must have closed
        self.unsent = 0  # bytes in user space when that was last looked at

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=0)
        line: socket.socket = transport.get_extra_info("socket")
        if self.scheme == "ws":
            self.plain = line.fileno()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MARK // 2)  # Linux takes it twice (socket(7))

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.close_sent:
            self.scope["extensions"][EXTENSION] = self  # type: ignore[assignment]  # no dict, but ours

    def connection_lost(self, exc: Exception | None) -> None:
        self.leave()  # before the descriptor is closed and may become somebody else's
        super().connection_lost(exc)
        if self.latest:
            self.latest.cancel()
        self.near = None  # and whatever else refers back: rings are never looked at (hosting.server.calm_collector)
        self.conn.parser.close()
        if hasattr(self, "scope"):
            self.scope["extensions"].pop(EXTENSION, None)

    def take(self, client: Client) -> None:
        self.near = client
        if not self.transport.get_write_buffer_size():
            self.ready, self.fd = True, self.plain

    # ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def put(self, *parts: bytes) -> bool:
        return self.write(header(sum(map(len, parts))), *parts)

    def put_bytes(self, *parts: bytes) -> bool:
        return self.write(header(sum(map(len, parts)), BINARY), *parts)

    def write(self, *frame: bytes) -> bool:
        if not self.ready:
            if not self.over:  # one more than it takes, or an answer: it waits behind the others
                self.transport.writelines(frame)
            return False
        if self.fd < 0:
            self.transport.writelines(frame)
            return self.ready
        try:
            written = os.writev(self.fd, frame)
        except BlockingIOError:
            written = 0
        except OSError:
            self.abort()
            return False
        for part in frame:
            if written < len(part):
                self.transport.write(memoryview(part)[written:])
            written = max(0, written - len(part))
        return self.ready

    def write_rest(self, frame: bytes, written: int) -> None:
        self.transport.write(memoryview(frame)[written:])

    def backlog(self) -> int:
        waiting = self.transport.get_write_buffer_size()
        if not self.over:
            line: socket.socket = self.transport.get_extra_info("socket")
            with contextlib.suppress(OSError):  # elsewhere than on Linux nobody says
                waiting += int.from_bytes(ioctl(line.fileno(), SIOCOUTQNSD, bytes(4)), sys.byteorder)
        return waiting

    def pause_writing(self) -> None:
        super().pause_writing()
        self.ready, self.fd = False, -1
        if self.near:
            self.near.full()
            if not self.timer:
                self.watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.timer:
            self.timer.cancel()
            self.timer = None
        if self.near and not self.over:
            self.ready, self.fd = True, self.plain
            self.near.drained()

    def watch(self) -> None:
        self.unsent = self.transport.get_write_buffer_size()
        self.timer = self.loop.call_later(STALL, self.look)

    def look(self) -> None:
        """After STALL without having drained: has it at least sent a good part of something long?"""
        self.timer = None
        if self.over:
            self.abort()
        elif self.unsent - self.transport.get_write_buffer_size() >= MARK:
            self.watch()
        elif self.near:
            self.near.stalled()

    # ── Closing ──────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def over(self) -> bool:
        """Whether nothing may be written any more."""
        return self.close_sent or self.disconnected or self.transport.is_closing()

    def leave(self) -> None:
        """Write nothing more to the descriptor."""
        self.ready, self.fd = False, -1
        if self.near:
            self.near.full()
        if self.timer:
            self.timer.cancel()
            self.timer = None

    def finish(self, code: int, last: bytes = b"") -> None:
        if self.over or self.conn.state is not State.OPEN:
            self.leave()
            return
        if not self.ready:  # the kernel takes no more: let it take this, which it delivers if the other end wakes up
            line: socket.socket = self.transport.get_extra_info("socket")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * MARK)
        self.leave()
        if last:
            self.transport.write(header(len(last)) + last)
        self.conn.send_close(code)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code})
        self.close_timer = self.loop.call_later(CLOSING, self.abort)
        self.hold(False)  # its answer must be read
        self.theirs, begun = True, self.partial
        self.partial = b""
        if begun:
            super().data_received(begun)

    def depart(self) -> None:
        """Write nothing more, and wait for what is on its way no longer than a close may take."""
        self.leave()
        if not self.latest:
            self.latest = self.loop.call_later(CLOSING, self.abort)

    def abort(self) -> None:
        self.leave()
        self.transport.abort()

    def shutdown(self) -> None:
        """The server ends: whoever has not been told is told, and nobody is waited for."""
        if self.near and not self.over:
            self.finish(1012)
        elif self.near:
            self.abort()
        else:
            super().shutdown()

    def handle_close(self, event: Frame) -> None:
        self.depart()
        super().handle_close(event)

    def handle_parser_exception(self) -> None:
        self.depart()
        super().handle_parser_exception()

    def eof_received(self) -> None:
        self.depart()
        super().eof_received()

    def handle_ping(self) -> None:
        """Answer, but not into a line that is full: only the last of several must be answered (RFC 6455, 5.5.3)."""
        if self.near and not self.ready:
            self.conn.data_to_send()
        else:
            super().handle_ping()

    def keepalive_timeout(self) -> None:
        self.abort()  # a polite close would wait for a buffer that does not drain

    def send_keepalive_ping(self) -> None:
        if self.near and not self.ready and not self.over:
            self.schedule_ping()  # it would wait behind a frame, and its answer would come too late
        else:
            super().send_keepalive_ping()

    # ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────

    def hold(self, held: bool) -> None:
        if not held and not self.queue.empty() and not self.close_sent:
            return  # it goes on when that has been taken
        if held != self.read_paused and not self.transport.is_closing():
            self.read_paused = held
            (self.transport.pause_reading if held else self.transport.resume_reading)()

    def data_received(self, data: bytes) -> None:
        """Hear messages that come in one small frame; every other frame goes to the library, whole."""
        if self.near is None or self.theirs:
            early = self.handshake_initiated
            super().data_received(data)
            self.theirs = self.theirs or early or bool(self.conn.reader.buffer)  # it may be in the middle of a frame
            return
        data, at = self.partial + data, 0
        self.partial = b""
        while not self.over:
            head, size = extent(data, at)
            end = at + head + size
            if size > (self.config.ws_max_size or size) or (head and data[at] in FIRST):
                self.theirs = (
                    True  # too long, which it refuses unread; or a message in parts, and what follows in order
                )
            elif not head or end > len(data):
                self.partial = data[at:]
                return
            elif data[at] in (TEXT, BINARY) and data[at + 1] & MASKED:
                heard = self.near.hear if data[at] == TEXT else self.near.hear_bytes
                heard(apply_mask(data[at + head : end], data[at + head - 4 : at + head]))
                at = end
                continue
            if self.theirs:
                super().data_received(data[at:])
                return
            super().data_received(data[at:end])
            at = end


def extent(data: bytes, at: int) -> tuple[int, int]:
    """The lengths of a frame's head and payload (RFC 6455, 5.2); no head if it has not come in whole."""
    if len(data) < at + 2:
        return 0, 0
    size, head = data[at + 1] & ~MASKED, 2
    if size >= SHORT:
        head = 4 if size == SHORT else 10
        if len(data) < at + head:
            return 0, 0
        size = int.from_bytes(data[at + 2 : at + head])
    return head + (4 if data[at + 1] & MASKED else 0), size
