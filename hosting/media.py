"""Conversion: what was received becomes pages, one deck after the other, in a child process that can do little else.

The queue is in the database: whatever was interrupted is taken up again. Nothing a child writes is believed before it
is looked at, and a deck is shown with all its pages or with none.
"""

import asyncio
import contextlib
import errno
import functools
import logging
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import cast

import msgspec
from sqlalchemy import Connection as Sql

from hosting import files, moments, presentations, recordings
from hosting.database import Database
from hosting.errors import HostingError, Unavailable
from hosting.files import Files, Incoming
from hosting.presentations import Presentation

WIDTHS = (1920, 480)  # pixels
PAGES = 500
TRIES = 3
FIRST = 20.0  # seconds for a deck, whatever its length
EACH = 1.0  # second more for every page
MOST = 300.0  # seconds in all
RESERVE = 200 * 1024**2  # bytes left for the database, below which nothing is taken or made
PAUSE = 10.0  # seconds until what could not be done is tried again
LOOK = 60.0  # seconds between two looks for what other processes queued
SWEEP = 3600.0  # seconds between two looks for what is to be forgotten
LINE = 4096  # bytes
MAGIC = b"%PDF-"
BLANK = b"\xef\xbb\xbf\t\n\f\r \0"  # may stand before it

logger = logging.getLogger("austausch.media")


class Rejected(Exception):
    """Why a deck cannot be shown; no second try would change it."""


class Failed(Exception):
    """The child ended without an answer."""


class Said(msgspec.Struct, frozen=True):
    """A line of the child's."""

    pages: int | None = None
    page: int | None = None
    done: int | None = None
    reason: str | None = None


class Progress(msgspec.Struct, frozen=True):
    pages: int | None = None
    rendered: int = 0


def adopt(
    sql: Sql,
    incoming: Incoming,
    path: Path,
    contribution: str,
    room: str,
    person: str,
    id: str,
    now: datetime,
) -> None:
    """Take a PDF of this machine as if it had been uploaded; the next server that runs converts it."""
    incoming.create(id)
    shutil.copyfile(path, incoming.at(id))
    incoming.settle(id)
    presentations.create(sql, id, contribution, room, person, path.name, path.stat().st_size, now, "checking")


# ── The child ────────────────────────────────────────────────────────────────────────────────────────────────────────


def command(*words: str) -> list[str]:
    """The child's command line. Isolated: no variables, no folder of its own to import from."""
    return [sys.executable, "-I", str(Path(__file__).with_name("rendering.py")), *words]


async def render(pdf: Path, folder: Path, tell: Callable[[Said], None]) -> int:
    """Render a PDF (by its full path) into an empty folder, within limits; the number of pages.

    Rejected, Failed; OSError where the disk was full to the child.
    """
    loop = asyncio.get_running_loop()
    begun = loop.time()
    process = await asyncio.create_subprocess_exec(
        *command(str(pdf), str(PAGES), *map(str, WIDTHS)), cwd=folder, env={}, start_new_session=True, limit=LINE,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    lines, last = cast(asyncio.StreamReader, process.stdout), Said()  # a pipe, as asked for
    try:
        async with asyncio.timeout(FIRST) as limit:
            async for line in lines:
                last = msgspec.json.decode(line, type=Said)
                if last.pages:
                    limit.reschedule(begun + min(MOST, FIRST + EACH * last.pages))
                tell(last)
            code = await process.wait()
    except TimeoutError:
        raise Rejected("too_slow") from None
    except ValueError as nonsense:  # no JSON, or no end of a line
        raise Failed(str(nonsense)) from nonsense
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    if last.reason in REASONS:
        raise Rejected(last.reason)
    if last.reason == "disk_full":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if code != 0 or not last.done or not 1 <= last.done <= PAGES:
        raise Failed(f"the child ended with {code}")
    return last.done


REASONS = frozenset({"encrypted", "damaged", "too_many_pages", "page_size", "empty"})  # that a child may give


def check(folder: Path, pages: int) -> None:
    """See that the child left pages and nothing else: no links, no files of other names. Failed."""
    names = {f"{n}-{width}.webp" for n in range(1, pages + 1) for width in WIDTHS}
    names |= {f"{n}.txt" for n in range(1, pages + 1)}
    found = {entry.name: entry.stat(follow_symlinks=False) for entry in os.scandir(folder)}
    if set(found) != names or not all(stat.S_ISREG(entry.st_mode) for entry in found.values()):
        raise Failed("the child left something else than pages")


def about() -> dict[str, object]:
    """What rendering has here: `version` of pypdfium2, and whether the network can be `cut`. HostingError."""
    try:
        said = subprocess.run(command("--check"), env={}, capture_output=True, check=True, timeout=FIRST)  # noqa: S603  # our own
    except subprocess.SubprocessError as broken:
        raise HostingError(f"slides cannot be rendered: {broken}") from broken
    return msgspec.json.decode(said.stdout, type=dict[str, object])


def looks_like_pdf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(64).lstrip(BLANK).startswith(MAGIC)


# ── The worker ───────────────────────────────────────────────────────────────────────────────────────────────────────


class Media:
    """Turns received decks into pages in one background task: `start` begins it, `stop` ends it and its child."""

    def __init__(self, database: Database, kept: Files, incoming: Incoming, folder: Path) -> None:
        self.database, self.files, self.incoming = database, kept, incoming
        self.folder = folder  # to work in
        self.woken = asyncio.Event()
        self.keeping = asyncio.Lock()  # whether an original is needed is not asked while one is taken over
        self.progress: dict[str, Progress] = {}
        self.owed: set[str] = set()  # decks whose last try was none, which could not be written either
        self.running: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.running = asyncio.create_task(self.run())

    async def stop(self) -> None:
        if self.running:
            self.running.cancel()
            await asyncio.gather(self.running, return_exceptions=True)

    def wake(self) -> None:
        """There is something to convert."""
        self.woken.set()

    async def run(self) -> None:
        swept = -SWEEP
        while True:
            try:
                if time.monotonic() - swept >= SWEEP:
                    await self.sweep()
                    swept = time.monotonic()
                pause = await self.convert_next()
            except (Unavailable, OSError) as away:
                logger.warning("conversion goes on in %g s: %s", PAUSE, away)
                pause = PAUSE
            except Exception:  # a bug at one deck must not end all that come after it
                logger.exception("conversion")
                pause = PAUSE
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self.woken.wait()
                    self.woken.clear()

    async def convert_next(self) -> float:
        """Convert the deck that waits longest; for how long to wait then, in seconds."""
        found = await self.database.read(presentations.next_waiting)
        if found is None:
            return LOOK
        if await asyncio.to_thread(files.free, self.folder) < RESERVE:
            logger.warning("the disk is full: nothing is converted")
            return PAUSE
        try:
            await self.convert(found)
        finally:
            self.progress.pop(found.id, None)
        return 0

    async def convert(self, deck: Presentation) -> None:
        """One try for one deck. OSError, Unavailable: that was none, it is tried again later."""

        def begin(sql: Sql) -> int:
            if deck.id in self.owed:
                presentations.give_back(sql, deck.id)
            return presentations.begin(sql, deck.id)

        tries = await self.database.write(begin)
        self.owed.discard(deck.id)
        try:
            if tries > TRIES:
                raise Rejected("failed")
            digest = await self.take(deck)
            pages = await self.make(deck.id, digest)
            shown = await self.database.write(lambda sql: presentations.ready(sql, deck.id, pages))
        except Rejected as rejected:
            await self.reject(deck, str(rejected))
        except (Failed, FileNotFoundError) as failed:  # or its bytes are gone, with it or without
            logger.warning("presentation %s: %s", deck.id, failed)
        except (asyncio.CancelledError, OSError, Unavailable):
            self.owed.add(deck.id)
            await self.database.write(lambda sql: presentations.give_back(sql, deck.id))
            self.owed.discard(deck.id)
            raise
        else:
            if not shown:
                await self.remove(deck.id, digest)  # it was given up meanwhile

    async def take(self, deck: Presentation) -> str:
        """Move the bytes to their content address if they are not there yet; their digest. Rejected."""
        source = self.incoming.at(deck.id)
        digest = deck.digest
        if digest is None:
            if not await asyncio.to_thread(looks_like_pdf, source):
                raise Rejected("not_pdf" if deck.size else "empty")
            digest = await asyncio.to_thread(files.digest_of, source)
        async with self.keeping:
            await self.database.write(lambda sql: presentations.convert(sql, deck.id, digest))
            await self.files.keep(source, digest)
        return digest

    async def make(self, id: str, digest: str) -> int:
        """Render and publish; the number of pages. Rejected, Failed."""

        def tell(said: Said) -> None:
            before = self.progress.get(id, Progress())
            self.progress[id] = Progress(said.pages or before.pages, said.page or before.rendered)

        await asyncio.to_thread(files.make, self.folder)
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=self.folder))
        try:
            async with self.files.at_hand(files.original(digest)) as pdf:
                pages = await render(pdf, folder, tell)
            await asyncio.to_thread(check, folder, pages)
            await self.files.publish(folder, id)
        finally:
            await asyncio.to_thread(functools.partial(shutil.rmtree, ignore_errors=True), folder)
        return pages

    async def reject(self, deck: Presentation, reason: str) -> None:
        """Say why, and keep no bytes of it."""
        current = await self.database.read(lambda sql: presentations.find(sql, deck.id))
        await self.database.write(lambda sql: presentations.reject(sql, deck.id, reason))
        await self.remove(deck.id, current.digest if current else deck.digest)

    async def give_up(self, deck: Presentation) -> None:
        """Forget a deck with all its bytes."""
        await self.database.write(lambda sql: presentations.drop(sql, deck.id))
        await self.remove(deck.id, deck.digest)

    async def remove(self, id: str, digest: str | None) -> None:
        """Delete the bytes of a deck that no row speaks of any more; the original may belong to others, too."""
        await asyncio.to_thread(self.incoming.drop, id)
        await self.files.withdraw(id)
        if digest:
            await self.forget_original(digest)

    async def forget_original(self, digest: str) -> None:
        """Delete an original that no deck has, nor any recording."""

        def is_kept(sql: Sql) -> bool:
            return presentations.is_kept(sql, digest) or recordings.is_kept(sql, digest)

        async with self.keeping:
            if not await self.database.read(is_kept):
                await self.files.delete(files.original(digest))

    def progress_of(self, deck: Presentation) -> Progress:
        """How many pages there are, as far as that is known, and how many of them are rendered."""
        if deck.state == "ready":
            return Progress(deck.pages, deck.pages or 0)
        return self.progress.get(deck.id, Progress())

    async def received(self, deck: Presentation) -> int:
        """How many bytes of a deck are there."""
        if deck.state == "receiving":
            with contextlib.suppress(FileNotFoundError):  # the last of them came meanwhile
                return await asyncio.to_thread(self.incoming.offset, deck.id)
        return deck.size

    # ── Once an hour ─────────────────────────────────────────────────────────────────────────────────────────────

    async def sweep(self) -> None:
        """Forget uploads that did not come in time, queue those whose last step was cut off, delete orphans."""
        for id in await self.database.write(lambda sql: presentations.forget_expired(sql, moments.now())):
            await self.remove(id, None)
        decks = await self.database.read(presentations.on_their_way)
        for deck in decks:
            if deck.state == "receiving" and await self.received(deck) == deck.size:
                await self.database.write(functools.partial(presentations.received, id=deck.id))
        known = {deck.id for deck in decks}
        before = time.time() - SWEEP
        for id, written in await asyncio.to_thread(lambda: list(self.incoming.there())):
            if id not in known and written < before:
                await asyncio.to_thread(self.incoming.drop, id)
        pages, originals = await self.files.old(before)
        for id in set(pages) - await self.database.read(presentations.with_pages):
            await self.files.withdraw(id)
        for digest in originals:
            await self.forget_original(digest)
        await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)  # nothing is converted now
