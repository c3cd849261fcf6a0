"""What was recorded of a session that is over, put there as the recorder leaves it."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from hosting.database import Database
from hosting.files import LocalFiles
from hosting.tapes import Tapes

Said = Mapping[tuple[str, int], Mapping[int, bytes]]  # by channel and lane, the packet of each slot


def recorded(database: Database, folder: Path, room: str, zero: datetime, said: Said, slots: int) -> None:
    """Files of so many slots each, in the folder of files."""

    async def write() -> None:
        tapes = Tapes(database, LocalFiles(folder), folder / "recording", reserve=0)
        for (channel, lane), packets in said.items():
            tape, writer = await tapes.open(room, zero, channel, lane)
            await tapes.write(writer, sorted(packets.items()))
            await tapes.finish(tape, writer, slots)
        tapes.close()

    asyncio.run(write())
