"""Where bytes lie: originals under the hash of their content, pages under their presentation's id.

Keys are made here from ids and hashes, never from names that came from outside. Nothing is half there: whatever is
taken over is written and synced first and renamed then.
"""

import asyncio
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

import aiofiles

CHUNK = 512 * 1024  # bytes at a time: below 256 KiB the threads' switching is what one waits for
KEY = re.compile(r"originals/[0-9a-f]{2}/[0-9a-f]{64}|pages/[\w-]{1,64}/[0-9]{1,5}(-[0-9]{1,5}\.webp|\.txt)", re.ASCII)
ID = re.compile(r"[\w-]{1,64}", re.ASCII)


def original(digest: str) -> str:
    return f"originals/{digest[:2]}/{digest}"


def page(id: str, number: int, width: int) -> str:
    return f"pages/{id}/{number}-{width}.webp"


def text(id: str, number: int) -> str:
    return f"pages/{id}/{number}.txt"


class Files(Protocol):
    """A place for bytes that outlives the process. What is not there is FileNotFoundError to read, fine to delete."""

    async def keep(self, source: Path, digest: str) -> None:
        """Take a finished file over as the original of its SHA-256; durable on return, and the source is gone.

        Once more, or with a source that was taken over before, changes nothing.
        """

    async def publish(self, source: Path, id: str) -> None:
        """Take a folder's files over as the pages of a presentation: all or none, instead of any that were there."""

    async def size(self, key: str) -> int: ...

    def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from one place to before another, None: to the last."""

    def page_text(self, id: str, number: int) -> str:
        """The text of a page, read at once, for who is in a thread; "" where there is none."""

    def at_hand(self, key: str) -> AbstractAsyncContextManager[Path]:
        """The bytes as a file on this machine, to read only and while the context lasts."""

    async def delete(self, key: str) -> None: ...

    async def withdraw(self, id: str) -> None:
        """Delete all pages of a presentation."""

    async def old(self, until: float) -> tuple[list[str], list[str]]:
        """The ids of all pages and the digests of all originals that were written before a time (as time.time())."""


class LocalFiles:
    """Files in a folder of this machine, made on first use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def at(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise ValueError(f"{key!r} is no key")
        return self.folder / key

    def pages(self, id: str) -> Path:
        if not ID.fullmatch(id):
            raise ValueError(f"{id!r} is no id")
        return self.folder / "pages" / id

    async def keep(self, source: Path, digest: str) -> None:
        await asyncio.to_thread(self.keep_now, source, self.at(original(digest)))

    def keep_now(self, source: Path, goal: Path) -> None:
        if goal.exists():
            source.unlink(missing_ok=True)
            return
        sync(source)
        make(goal.parent)
        os.replace(source, goal)
        sync(goal.parent)

    async def publish(self, source: Path, id: str) -> None:
        await asyncio.to_thread(self.publish_now, source, self.pages(id))

    def publish_now(self, source: Path, goal: Path) -> None:
        for file in source.iterdir():
            sync(file)
        sync(source)
        self.remove(goal)
        make(goal.parent)
        os.replace(source, goal)
        sync(goal.parent)

    async def size(self, key: str) -> int:
        return (await asyncio.to_thread(self.at(key).stat)).st_size

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        async with aiofiles.open(self.at(key), "rb") as file:
            await file.seek(start)
            while chunk := await file.read(CHUNK if end is None else min(CHUNK, end - start)):
                start += len(chunk)
                yield chunk

    def page_text(self, id: str, number: int) -> str:
        try:
            return self.at(text(id, number)).read_text("utf-8")
        except FileNotFoundError:
            return ""

    @asynccontextmanager
    async def at_hand(self, key: str) -> AsyncIterator[Path]:
        yield self.at(key)

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self.at(key).unlink, missing_ok=True)

    async def withdraw(self, id: str) -> None:
        await asyncio.to_thread(self.remove, self.pages(id))

    async def old(self, until: float) -> tuple[list[str], list[str]]:
        return await asyncio.to_thread(self.old_now, until)

    def old_now(self, until: float) -> tuple[list[str], list[str]]:
        pages = [path for path in self.folder.glob("pages/*") if written(path) < until]
        for path in [path for path in pages if not ID.fullmatch(path.name)]:  # put aside, and then the process ended
            shutil.rmtree(path)
        originals = [path.name for path in self.folder.glob("originals/*/*") if written(path) < until]
        digests = [name for name in originals if KEY.fullmatch(original(name))]
        return [path.name for path in pages if ID.fullmatch(path.name)], digests

    def remove(self, folder: Path) -> None:
        """Out of sight at once, then away."""
        if folder.exists():
            aside = folder.with_name(f".{secrets.token_hex(8)}")
            os.replace(folder, aside)
            shutil.rmtree(aside)


class Incoming:
    """Uploads on their way, in a folder of this machine: one growing file each, whose size is the offset.

    While bytes are written that a checksum has yet to prove, a file beside it says how far the proven ones go.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def at(self, id: str) -> Path:
        if not ID.fullmatch(id):
            raise ValueError(f"{id!r} is no id")
        return self.folder / id

    def mark(self, id: str) -> Path:
        return self.at(id).with_suffix(".proven")

    def create(self, id: str) -> None:
        make(self.folder)
        self.at(id).touch(exist_ok=False)
        sync(self.folder)

    def offset(self, id: str) -> int:
        """How many bytes there are to go on from. FileNotFoundError."""
        mark = self.mark(id)
        return int(mark.read_text()) if mark.exists() else self.at(id).stat().st_size

    def resume(self, id: str) -> int:
        """The offset to go on from, with nothing unproven behind it. FileNotFoundError."""
        offset = self.offset(id)
        if self.mark(id).exists():
            self.settle(id, offset)
        return offset

    def prove(self, id: str, offset: int) -> None:
        """From here on bytes are not counted until they are `settle`d."""
        written = self.mark(id).with_suffix(".new")
        written.write_text(str(offset))
        os.replace(written, self.mark(id))

    def settle(self, id: str, size: int | None = None) -> None:
        """Count all bytes as they are; with a size only so many, and drop what lies beyond. Durable on return."""
        with self.at(id).open("r+b") as file:
            if size is not None:
                file.truncate(size)
            os.fsync(file.fileno())
        self.mark(id).unlink(missing_ok=True)

    def drop(self, id: str) -> None:
        for path in (self.at(id), self.mark(id), self.mark(id).with_suffix(".new")):
            path.unlink(missing_ok=True)

    def there(self) -> Iterator[tuple[str, float]]:
        """Every upload that has a file, and when it was last written to; one with several comes as often."""
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            yield path.stem, written(path)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def written(path: Path) -> float:
    """When a file or folder was last written to; now, if it is just gone."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def free(folder: Path) -> int:
    """The bytes left on the disk on which a folder lies or will lie."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free


def make(folder: Path) -> None:
    """Make a folder with all above it, each durably."""
    if not folder.is_dir():
        make(folder.parent)
        folder.mkdir(exist_ok=True)
        sync(folder.parent)


def sync(path: Path) -> None:
    """Have what a file or folder holds reach the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
