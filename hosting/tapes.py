"""The files of recordings: begun, taken up again, finished and deleted, each together with its row.

While a file grows it lies in a folder of this machine; finished it is one of hosting.files, under its hash. A process
may die between any two steps: what it leaves is found by `finish_all`.
"""

import asyncio
import errno
import logging
import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from hosting import files, moments, programme, recordings, texts
from hosting.database import Database
from hosting.errors import Unavailable
from hosting.files import Files
from hosting.media import RESERVE
from hosting.ogg import SLOT, Damaged, Writer
from hosting.recordings import State, Tape
from rooms.booths import FLOOR

T = TypeVar("T")

logger = logging.getLogger("austausch.recording")


class Tapes:
    """All files of one place. One thread does everything that waits for the disk; `reserve` is left on it, in bytes."""

    def __init__(self, database: Database, kept: Files, folder: Path, reserve: int = RESERVE) -> None:
        self.database, self.files, self.folder, self.reserve = database, kept, folder, reserve
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="recording")

    def at(self, id: str) -> Path:
        return self.folder / f"{id}.opus"

    async def run(self, fn: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.thread, fn)

    # ── One file ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def open(self, room: str, zero: datetime, channel: str, lane: int) -> tuple[Tape, Writer]:
        """The file of a channel's lane, new or as it was left, to be written to. OSError, Unavailable."""

        def begin(sql: Connection) -> tuple[Tape, str]:
            session = programme.session(sql, room)
            floor = session.floor if session else None
            language = floor if channel == FLOOR else channel
            new = Tape(secrets.token_urlsafe(12), room, channel, lane, language, zero, "writing")
            return recordings.begin(sql, new), texts.pick(session.title, language or "en")[0] if session else room

        tape, title = await self.database.write(begin)
        try:
            writer = await self.run(lambda: self.found(tape))
            if writer is None and tape.digest:
                writer = await self.taken_up(tape, tape.digest)
            if writer is None:
                writer = await self.run(lambda: self.begun(tape, title))
            return tape, writer
        except OSError:
            await self.give_up(tape)
            raise

    def found(self, tape: Tape) -> Writer | None:
        """What a process left that died, or could not finish."""
        files.make(self.folder)
        try:
            return Writer.take_up(self.at(tape.id))
        except FileNotFoundError:
            return None
        except Damaged:
            self.at(tape.id).unlink()
            return None

    async def taken_up(self, tape: Tape, digest: str) -> Writer | None:
        """A copy of what was finished; None: it is gone."""
        aside = self.at(tape.id).with_suffix(".new")
        try:
            async with self.files.at_hand(files.original(digest)) as original:
                await self.run(lambda: shutil.copyfile(original, aside))
            await self.run(lambda: os.replace(aside, self.at(tape.id)))
        except FileNotFoundError:
            logger.warning("the bytes of recording %s are gone", tape.id)
        return await self.run(lambda: self.found(tape))

    def begun(self, tape: Tape, title: str) -> Writer:
        comments = {"TITLE": f"{title} ({tape.channel})", "DATE": moments.show(tape.zero)}
        writer = Writer.begin(self.at(tape.id), comments | ({"LANGUAGE": tape.language} if tape.language else {}))
        files.sync(self.folder)
        return writer

    async def write(self, writer: Writer, packets: Sequence[tuple[int, bytes]]) -> None:
        """Write packets into their slots; durable on return. OSError: nothing more can be written."""

        def write() -> None:
            if files.free(self.folder) < self.reserve:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            for slot, data in packets:
                writer.put(slot, data)
            writer.sync()

        await self.run(write)

    async def finish(self, tape: Tape, writer: Writer, slot: int, state: State = "done") -> None:
        """Silence up to a slot, unless the file is broken; then it is one of those that are kept. OSError, Unavailable.

        What is in the row before the file has its place is found again after any end.
        """

        def end() -> tuple[str, int]:
            try:
                if state == "done":
                    writer.end(slot)
            finally:
                writer.close()
            return files.digest_of(self.at(tape.id)), self.at(tape.id).stat().st_size

        digest, size = await self.run(end)
        seconds = writer.slots * SLOT
        if await self.database.write(lambda sql: recordings.finish(sql, tape.id, state, digest, seconds, size)):
            await self.files.keep(self.at(tape.id), digest)
        else:
            await self.run(lambda: self.at(tape.id).unlink(missing_ok=True))  # it was deleted meanwhile

    async def give_up(self, tape: Tape) -> None:
        """Nothing of a file was written, or is left: it is as it was before it was opened, or was never there."""
        await self.run(lambda: self.at(tape.id).unlink(missing_ok=True))

        def leave(sql: Connection) -> None:
            if not recordings.leave(sql, tape.id):
                recordings.drop(sql, [tape.id])

        await self.database.write(leave)

    # ── After the end of a process ───────────────────────────────────────────────────────────────────────────────

    async def finish_all(self) -> None:
        """Finish what was being written when a process died, each as far as it is whole."""
        try:
            left = {tape.id for tape in await self.database.read(recordings.being_written)}
            for id in left | await self.run(self.there):
                await self.finish_left(id)
        except (OSError, Unavailable) as away:
            logger.warning("recordings are finished later: %s", away)

    def there(self) -> set[str]:
        for copy in self.folder.glob("*.new"):
            copy.unlink()
        return {path.stem for path in self.folder.glob("*.opus")}

    async def finish_left(self, id: str, state: State = "done") -> None:
        """Finish a file to which nobody writes, as far as it is whole. OSError, Unavailable."""
        tape = await self.database.read(lambda sql: recordings.find(sql, id))
        if tape is None:
            await self.run(lambda: self.at(id).unlink(missing_ok=True))
            return
        writer = await self.run(lambda: self.found(tape))
        if writer:
            await self.finish(tape, writer, writer.slots, "broken" if tape.state == "broken" else state)
        else:
            await self.give_up(tape)

    # ── Deleting ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def erase(self, room: str, channel: str | None = None) -> int:
        """Delete what was recorded of a channel, None: of a room; how many files. What is being written stays."""

        def drop(sql: Connection) -> list[Tape]:
            found = [tape for tape in recordings.of_room(sql, room) if channel in (None, tape.channel)]
            over = [tape for tape in found if tape.state != "writing"]
            recordings.drop(sql, [tape.id for tape in over])
            return over

        dropped = await self.database.write(drop)
        for digest in {tape.digest for tape in dropped if tape.digest}:
            if not await self.database.read(partial(recordings.is_kept, digest=digest)):
                await self.files.delete(files.original(digest))
        return len(dropped)

    def close(self) -> None:
        self.thread.shutdown()
