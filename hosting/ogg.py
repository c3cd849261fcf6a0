"""Opus in Ogg, written without decoding anything (RFC 3533, RFC 7845): a packet of 20 ms in each slot, and silence in
those between, so that a file begins at its zero and stays in step with all others of its session.

A file is whole after every page. What a crash tore off its end is cut off when it is taken up again.
"""

import mmap
import os
import secrets
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import msgspec

from hosting.packets import LONGEST, SAMPLES

SLOT = 0.02  # seconds
PAGE = 50  # packets of a page at most: a second
SEGMENTS = 255  # of a page, each of at most as many bytes
SKIP = 312  # samples that decoders drop at the start: what libopus looks ahead, so that sound lies where it was said
SILENCE = b"\xf8\xff\xfe"  # 20 ms of it, as libopus makes it (RFC 7845, 4.1 leaves how to the writer)
COMMENTS = 8_000  # bytes of one comment: all of them fit into one page
HEADER = struct.Struct("<4sBBqIIIB")
MAGIC = b"OggS"
FIRST, LAST = 2, 4  # flags of pages
REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class Damaged(ValueError):
    """These bytes have no beginning of ours: nothing can be written behind them."""


def checksum(page: bytes) -> int:
    """The CRC of a page whose own is zero: Ogg takes bits from the high end, zlib from the low (RFC 3533, 6)."""
    mirrored = zlib.crc32(page.translate(REVERSED), 0xFFFF_FFFF) ^ 0xFFFF_FFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(REVERSED))


# ── Packets ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def samples(packet: bytes) -> int:
    """How long a packet lasts at 48 kHz; 0 for what no decoder would take (RFC 6716, 3)."""
    if not packet:
        return 0
    mode, code = packet[0] >> 3, packet[0] & 3
    if mode < 12:
        frame = (480, 960, 1920, 2880)[mode % 4]
    elif mode < 16:
        frame = (480, 960)[mode % 2]
    else:
        frame = (120, 240, 480, 960)[mode % 4]
    frames = count(code, packet[1:])
    return frames * frame if frames * frame <= 5_760 else 0


def count(code: int, rest: bytes) -> int:
    """How many frames there are behind the first byte; 0 where they do not fit."""
    if code == 0:
        return 1 if len(rest) <= LONGEST else 0
    if code == 1:
        return 2 if len(rest) % 2 == 0 and len(rest) <= 2 * LONGEST else 0
    if code == 2:
        size, at = length(rest, 0)
        return 2 if 0 <= len(rest) - at - size <= LONGEST else 0
    if not rest or not rest[0] & 63:
        return 0
    frames, varying, padded, at = rest[0] & 63, rest[0] & 128, rest[0] & 64, 1
    padding = 0
    while padded:
        if at >= len(rest):
            return 0
        more, at = rest[at], at + 1
        padding += min(more, 254)
        if more < 255:
            break
    if not varying:
        left = len(rest) - at - padding
        return frames if left >= 0 and left % frames == 0 and left // frames <= LONGEST else 0
    sizes = 0
    for _ in range(frames - 1):
        size, at = length(rest, at)
        sizes += size
    return frames if 0 <= len(rest) - at - padding - sizes <= LONGEST else 0


def length(rest: bytes, at: int) -> tuple[int, int]:
    """A frame's length as it is written (RFC 6716, 3.2.1), and what comes after it; too long where it is cut off."""
    size = rest[at] if at < len(rest) else len(rest) + 1
    if size < 252 or size > 255:
        return size, at + 1
    return (size + 4 * rest[at + 1] if at + 1 < len(rest) else len(rest) + 1), at + 2


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Page(msgspec.Struct, frozen=True):
    """A page as it lies in a file. `granule`: samples until its end, those that are skipped included."""

    start: int
    end: int
    flags: int
    granule: int
    serial: int
    number: int
    packets: tuple[bytes, ...]


def page(flags: int, granule: int, serial: int, number: int, packets: list[bytes]) -> bytes:
    """One page with whole packets."""
    lacing = b"".join(b"\xff" * (len(packet) // 255) + bytes((len(packet) % 255,)) for packet in packets)
    rest = lacing + b"".join(packets)
    blank = HEADER.pack(MAGIC, 0, flags, granule, serial, number, 0, len(lacing)) + rest
    return HEADER.pack(MAGIC, 0, flags, granule, serial, number, checksum(blank), len(lacing)) + rest


def segments(packet: bytes) -> int:
    return len(packet) // 255 + 1


def pages(data: bytes | mmap.mmap) -> Iterator[Page]:
    """All whole pages, whatever lies between them."""
    at = 0
    while (at := data.find(MAGIC, at)) >= 0:
        found = page_at(data, at)
        if found:
            yield found
        at = found.end if found else at + 1


def page_at(data: bytes | mmap.mmap, at: int) -> Page | None:
    """The page that begins there; None if it is torn, or none."""
    table = at + HEADER.size
    if table > len(data):
        return None
    _, version, flags, granule, serial, number, check, count = HEADER.unpack(data[at:table])
    lacing = data[table : table + count]
    body = table + count
    end = body + sum(lacing)
    if version or end > len(data) or checksum(data[at : at + 22] + bytes(4) + data[at + 26 : end]) != check:
        return None
    packets, size = [], 0
    for segment in lacing:
        size += segment
        if segment < 255:
            packets.append(data[body : body + size])
            body, size = body + size, 0
    return Page(at, end, flags, granule, serial, number, tuple(packets))


# ── A file that grows ────────────────────────────────────────────────────────────────────────────────────────────────


class Writer:
    """Appends to one file, in whichever thread; not in two at once. `slots`: how many are filled, from zero on.

    OSError from anything here: the file ends with its last whole page, and is to be closed.
    """

    def __init__(self, file: BinaryIO, serial: int, number: int, slots: int) -> None:
        self.file, self.serial, self.number, self.slots = file, serial, number, slots
        self.waiting: list[bytes] = []  # packets of the page that is being filled
        self.taken = 0  # segments of it
        self.whole = file.seek(0, os.SEEK_END)  # bytes

    @classmethod
    def begin(cls, path: Path, comments: Mapping[str, str]) -> "Writer":
        """A new file, durable with its two header pages. FileExistsError."""
        one = cls(path.open("xb", buffering=0), secrets.randbits(32), 2, 0)
        head = struct.pack("<8sBBHIhB", b"OpusHead", 1, 1, SKIP, 48_000, 0, 0)
        try:
            one.write(page(FIRST, 0, one.serial, 0, [head]) + page(0, 0, one.serial, 1, [tags(comments)]))
        except OSError:
            one.close()
            raise
        return one

    @classmethod
    def take_up(cls, path: Path) -> "Writer":
        """A file that was begun: all behind its last whole page is cut off, and its end, if it has one. Damaged."""
        with path.open("rb") as there, mapped(there) as data:
            serial = serial_of(data)
            found = [each for each in pages(data) if each.serial == serial]
        while found and found[-1].flags & LAST:
            found.pop()
        if len(found) < 2 or not found[1].packets[0].startswith(b"OpusTags"):
            raise Damaged(f"{path.name} has no beginning")
        file, latest = path.open("r+b", buffering=0), found[-1]
        file.truncate(latest.end)
        return cls(file, latest.serial, latest.number + 1, latest.granule // SAMPLES)

    def put(self, slot: int, packet: bytes) -> bool:
        """A packet in its slot; whether it was still free. What lies before it is silence from now on."""
        if slot < self.slots:
            return False
        self.fill(slot)
        self.add(packet)
        return True

    def fill(self, slot: int) -> None:
        """Silence up to a slot."""
        while self.slots < slot:
            self.add(SILENCE)

    def add(self, packet: bytes) -> None:
        if self.taken + segments(packet) > SEGMENTS or len(self.waiting) == PAGE:
            self.flush()
        self.waiting.append(packet)
        self.taken += segments(packet)
        self.slots += 1

    def flush(self) -> None:
        """Write what waits, as a page."""
        if self.waiting:
            waiting, self.waiting, self.taken = self.waiting, [], 0
            try:
                self.write(page(0, self.slots * SAMPLES, self.serial, self.number, waiting))
            except OSError:
                self.slots -= len(waiting)
                raise
            self.number += 1

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self.file.write(rest) :]
        except OSError:
            self.file.truncate(self.whole)
            raise
        self.whole += len(data)

    def sync(self) -> None:
        """Have all that was written reach the disk."""
        self.flush()
        os.fsync(self.file.fileno())

    def end(self, slot: int) -> None:
        """Silence up to a slot, and the end. Its page is one more packet, of which decoders take what they skipped
        at the start (RFC 7845, 4.4): the sound is as long as its slots.
        """
        self.fill(slot)
        self.flush()
        self.write(page(LAST, self.slots * SAMPLES + SKIP, self.serial, self.number, [SILENCE]))
        os.fsync(self.file.fileno())

    def close(self) -> None:
        self.file.close()


def mapped(file: BinaryIO) -> mmap.mmap:
    """A file's bytes. Damaged: there are none."""
    if not os.fstat(file.fileno()).st_size:
        raise Damaged("an empty file has no beginning")
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def serial_of(data: bytes | mmap.mmap) -> int | None:
    """Of the stream that begins with the file; None: none does."""
    first = page_at(data, 0) if data[:4] == MAGIC else None
    ours = first and first.flags & FIRST and first.packets and first.packets[0].startswith(b"OpusHead")
    return first.serial if first and ours else None


def tags(comments: Mapping[str, str]) -> bytes:
    """The second header packet (RFC 7845, 5.2)."""
    written = [f"{name}={text}".encode()[:COMMENTS] for name, text in comments.items()]
    written = [text.decode(errors="ignore").encode() for text in written]  # no character is cut in two
    vendor = b"Austausch"
    parts = [b"OpusTags", len(vendor).to_bytes(4, "little"), vendor, len(written).to_bytes(4, "little")]
    for text in written:
        parts += [len(text).to_bytes(4, "little"), text]
    return b"".join(parts)
