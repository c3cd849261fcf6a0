"""Packets of sound on a line: a head of 16 bytes, then Opus as it came from the encoder, which nobody here decodes.

    0       version in the high half (1), kind in the low: 1 a packet, 2 a bundle
    1       the channel's number in its room, as a ticket names it; 0 is the floor, 255 an echo to whoever sent it
    2–3     the source: one voice on one line; another after every new beginning, so that decoders begin anew
    4–7     its sequence number, from 0, one more for each packet
    8–15    its sample time: 48 kHz samples since the source began

All numbers big-endian. A bundle is a first byte and a number of packets (one byte), then for each a length (two bytes)
and the whole packet with its head.
"""

import struct
from collections.abc import Sequence

import msgspec

VERSION = 1
PACKET, BUNDLE = VERSION << 4 | 1, VERSION << 4 | 2
HEAD = struct.Struct(">BBHIQ")
LONGEST = 1275  # bytes of one frame of Opus (RFC 6716, 3.2.1), which is what a packet of 20 ms has
RATE = 48_000  # samples a second
SAMPLES = 960  # of a packet: 20 ms
ECHO = 255


class Malformed(ValueError):
    """These bytes are no packet."""


class Head(msgspec.Struct, frozen=True):
    """What stands before the Opus of a packet. `seq` is a number, `time` in samples."""

    channel: int
    source: int
    seq: int
    time: int


def head(frame: bytes) -> Head:
    """The head of a packet; Malformed for anything else, bundles too."""
    if not HEAD.size < len(frame) <= HEAD.size + LONGEST:
        raise Malformed(f"{len(frame)} bytes")
    first, channel, source, seq, time = HEAD.unpack_from(frame)
    if first != PACKET:
        raise Malformed(f"begins with {first}")
    return Head(channel, source, seq, time)


def packet(head: Head, opus: bytes) -> bytes:
    """A packet as it goes over a line."""
    return HEAD.pack(PACKET, head.channel, head.source, head.seq, head.time) + opus


def opus(frame: bytes) -> bytes:
    """What follows the head."""
    return frame[HEAD.size :]


def bundle(frames: Sequence[bytes]) -> bytes:
    """Several packets, at most 255, in one message."""
    return bytes((BUNDLE, len(frames))) + b"".join(len(frame).to_bytes(2) + frame for frame in frames)
