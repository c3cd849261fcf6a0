"""A process that records, to be killed: `python -m tests.hosting.recorder FOLDER ROOM ZERO FIRST COUNT`.

It speaks packets of which each is another, from number FIRST on at their pace, and says each number before it is sent.
"""

import asyncio
import sys
from pathlib import Path

from hosting import moments
from hosting.database import Database
from hosting.files import LocalFiles
from hosting.recording import Recording
from hosting.relay import EmbeddedRelay
from hosting.tapes import Tapes
from tests.hosting.studio import Studio


def numbered(number: int) -> bytes:
    """A frame of 20 ms, as far as anybody looks who does not decode it."""
    return b"\x78" + number.to_bytes(4) + bytes(range(40))


def number_of(data: bytes) -> int | None:
    return int.from_bytes(data[1:5]) if data[:1] == b"\x78" else None


async def record(folder: Path, room: str, zero: str, first: int, count: int) -> None:
    database = Database(f"sqlite:///{folder / 'austausch.sqlite3'}")
    database.start()
    studio = Studio(database, room, folder / "files")
    studio.relay = EmbeddedRelay()
    studio.recording = Recording(
        Tapes(database, LocalFiles(studio.folder), studio.folder / "recording", 0), studio.relay
    )
    studio.recording.resume()
    await studio.opens("fr")
    studio.recording.start(room, moments.parse(zero), ["fr"])
    voice = await studio.voice("interpreter", "fr", [numbered(n) for n in range(first, first + count)])
    loop = asyncio.get_running_loop()
    began = loop.time()
    for place in range(count):
        await asyncio.sleep(began + place * 0.02 - loop.time())
        print(first + place, flush=True)
        voice.sends(place)
    await asyncio.sleep(0.01)
    await studio.closes()
    database.stop()


def main() -> None:
    folder, room, zero, first, count = sys.argv[1:]
    asyncio.run(record(Path(folder), room, zero, int(first), int(count)))


if __name__ == "__main__":
    main()
