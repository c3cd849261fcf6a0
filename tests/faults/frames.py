"""Sieves for the way down of a line: they know the frames of a WebSocket, and lose some of them on purpose.

Server frames are neither masked nor compressed (RFC 6455, 5.2), so a whole frame can be taken out of the stream without
a trace, which TCP by itself never does.
"""

import random
import struct
import time
from collections import Counter

from tests.faults.proxy import Sieve


class Stream:
    """The bytes of a server, taken apart: first the head of its HTTP answer, then frames, each as it came."""

    def __init__(self) -> None:
        self.rest, self.greeted = b"", False

    def feed(self, piece: bytes) -> list[tuple[bytes, bytes]]:
        """What is complete by now: raw bytes and, of a frame, its payload."""
        self.rest += piece
        found: list[tuple[bytes, bytes]] = []
        if not self.greeted:
            head, ended, rest = self.rest.partition(b"\r\n\r\n")
            if not ended:
                return []
            self.greeted, self.rest = True, rest
            found.append((head + ended, b""))
        while frame := self.frame():
            found.append(frame)
        return found

    def frame(self) -> tuple[bytes, bytes] | None:
        if len(self.rest) < 2:
            return None
        size, start = self.rest[1] & 0x7F, 2
        if size > 125:
            form, start = (">H", 4) if size == 126 else (">Q", 10)
            if len(self.rest) < start:
                return None
            (size,) = struct.unpack(form, self.rest[2:start])
        if len(self.rest) < start + size:
            return None
        raw, self.rest = self.rest[: start + size], self.rest[start + size :]
        return raw, raw[start:]


class Replies(Sieve):
    """Cuts the line in the place of some replies: the command may be carried out, and its sender cannot know."""

    def __init__(self, share: float, seed: int, injected: Counter[str], cut: set[str]) -> None:
        self.share, self.seed, self.injected, self.cut = share, seed, injected, cut
        self.stream, self.cuts = Stream(), False

    def __call__(self, piece: bytes) -> bytes:
        passed = b""
        for raw, payload in self.stream.feed(piece):
            if payload.startswith(b'{"re":"') and self.meant(payload[7:].split(b'"')[0].decode()):
                self.injected["reply cut"] += 1
                self.cuts = True
                return passed
            passed += raw
        return passed

    def meant(self, id: str) -> bool:
        """Whether a command's first reply is to be lost; by its id, so that the same seed loses the same."""
        if id in self.cut or random.Random(f"{self.seed}/{id}").random() >= self.share:
            return False
        self.cut.add(id)
        return True


class Losing(Sieve):
    """Loses the next numbered change that comes after `armed` is set, and nothing else."""

    cuts = False

    def __init__(self) -> None:
        self.stream, self.armed = Stream(), False
        self.lost: list[float] = []  # when, by the monotonic clock

    def __call__(self, piece: bytes) -> bytes:
        passed = b""
        for raw, payload in self.stream.feed(piece):
            if self.armed and payload.startswith(b'{"put":') and b'"seq":' in payload:
                self.armed = False
                self.lost.append(time.monotonic())
            else:
                passed += raw
        return passed
