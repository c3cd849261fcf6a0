"""Sound with clicks in it as packets of real Opus, and files back to the seconds of their clicks: by ffmpeg, and by a
reader of Ogg that shares nothing with the writer under test.
"""

import array
import functools
import struct
import subprocess
from pathlib import Path

RATE = 48_000
SKIP = 312 / RATE  # seconds of libopus's own files, and of ours
CLICK = 0.01  # seconds of a tone of 1 kHz
LOUD = 2_000  # of 32,768
APART = 0.2  # seconds between two clicks at least


def run(*words: str, given: bytes | None = None) -> bytes:
    return subprocess.run(words, input=given, capture_output=True, check=True, timeout=60).stdout


@functools.cache
def opus(*clicks: float, seconds: float) -> tuple[bytes, ...]:
    """Packets of 20 ms with clicks at these seconds, as libopus makes them, from silence."""
    sound = array.array("h", bytes(2 * int(seconds * RATE)))
    for click in clicks:
        first = int(click * RATE)
        for n in range(int(CLICK * RATE)):
            sound[first + n] = 16_000 if n // 24 % 2 else -16_000
    raw = ("-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "-")
    made = run(
        *("ffmpeg", "-v", "error", *raw, "-c:a", "libopus", "-b:a", "24k", "-frame_duration", "20", "-f", "ogg", "-"),
        given=sound.tobytes(),
    )
    return tuple(packets(made)[2:])


# ── Ogg, read by the letter of RFC 3533 ──────────────────────────────────────────────────────────────────────────────


def crc(data: bytes) -> int:
    """Bit by bit, with the polynomial 0x04c11db7."""
    value = 0
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C1_1DB7 if value & 0x8000_0000 else 0)) & 0xFFFF_FFFF
    return value


def pages(data: bytes) -> list[tuple[int, int, int, list[bytes]]]:
    """Flags, granule and number of every page, and its segments. AssertionError for anything that is not whole."""
    found, at = [], 0
    while at < len(data):
        magic, version, flags, granule, _serial, number, check, count = struct.unpack_from("<4sBBqIIIB", data, at)
        table = data[at + 27 : at + 27 + count]
        end = at + 27 + count + sum(table)
        assert (magic, version, end <= len(data)) == (b"OggS", 0, True)
        assert crc(data[at : at + 22] + bytes(4) + data[at + 26 : end]) == check
        body, segments = at + 27 + count, []
        for size in table:
            segments.append(data[body : body + size])
            body += size
        found.append((flags, granule, number, segments))
        at = end
    return found


def packets(data: bytes) -> list[bytes]:
    whole, open_ = [], b""
    for _flags, _granule, _number, segments in pages(data):
        for segment in segments:
            open_ += segment
            if len(segment) < 255:
                whole.append(open_)
                open_ = b""
    return whole


# ── Files as others read them ────────────────────────────────────────────────────────────────────────────────────────


def decoded(file: Path) -> "array.array[int]":
    """All samples, as ffmpeg decodes them."""
    found = array.array("h")
    found.frombytes(run("ffmpeg", "-v", "error", "-i", str(file), "-f", "s16le", "-ar", str(RATE), "-ac", "1", "-"))
    return found


def onsets(file: Path) -> list[float]:
    """The seconds at which clicks begin."""
    found: list[float] = []
    for place, value in enumerate(decoded(file)):
        if abs(value) > LOUD and (not found or place / RATE - found[-1] > APART):
            found.append(place / RATE)
    return found


def length(file: Path) -> float:
    """Seconds that can be heard, as ffprobe reads them from the file; it counts what decoders skip, of all files."""
    words = ("-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0")
    return round(float(run("ffprobe", *words, str(file))) - SKIP, 4)


def complaints(file: Path) -> list[str]:
    """What opusinfo has to say against a file."""
    said = subprocess.run(["opusinfo", str(file)], capture_output=True, text=True, timeout=60).stdout
    return [line for line in said.splitlines() if "WARNING" in line or "ERROR" in line or "nvalid" in line]
