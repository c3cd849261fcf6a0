"""Uploads that can be resumed: who may begin one, and bytes to disk with one writer at a time. HTTP is in the routes.

The offset is the size of the file on disk, so that after any interruption the truth is what is there.
"""

import asyncio
import contextlib
import errno
import hashlib
import secrets
import unicodedata
from collections.abc import AsyncIterator

import aiofiles
from aiofiles.threadpool.binary import AsyncFileIO
from sqlalchemy import Connection as Sql

from hosting import files, grants, moments, presentations
from hosting.database import Database
from hosting.files import Incoming
from hosting.media import RESERVE, Media
from hosting.people import NOBODY, Visitor
from hosting.presentations import Presentation
from hosting.security import UNSEEN
from rooms.core import Refused

MEGABYTE = 1024**2  # bytes
LIMIT = 100  # megabytes of one file
UNFINISHED = 5  # decks of one person on their way
UNUSED = 10  # finished decks of one contribution that were never handed in
FILENAME = 120  # characters
ALGORITHMS = ("sha1", "sha256")
STALL = 30.0  # seconds without a byte, after which a line counts as broken
FULL = (errno.ENOSPC, errno.EDQUOT)


class Uploads:
    """The uploads on this machine. `writing` are those whose bytes are coming in now."""

    def __init__(self, database: Database, incoming: Incoming, media: Media) -> None:
        self.database, self.incoming, self.media = database, incoming, media
        self.writing: set[str] = set()
        self.lines: set[asyncio.Timeout] = set()  # that wait for bytes
        self.ending = False

    def stop(self) -> None:
        """Wait for no more bytes: what came is kept, and its sender goes on with the next server."""
        self.ending = True
        for line in self.lines:
            line.reschedule(asyncio.get_running_loop().time())

    @contextlib.asynccontextmanager
    async def patience(self) -> AsyncIterator[None]:
        """TimeoutError is raised within, once a line counts as broken or the server ends."""
        async with asyncio.timeout(0 if self.ending else STALL) as line:
            self.lines.add(line)
            try:
                yield
            finally:
                self.lines.discard(line)

    async def create(self, who: Visitor, contribution: str, filename: str, size: int) -> Presentation:
        """Begin an upload. Refused."""
        if who is NOBODY:
            raise Refused("sign.in")
        if size > LIMIT * MEGABYTE:
            raise Refused("upload.size", limit=LIMIT)
        id = secrets.token_urlsafe(16)
        left = await asyncio.to_thread(files.free, self.incoming.folder)

        def check(sql: Sql) -> str:
            """The room, for whoever may send so much now."""
            room = presentations.room_of(sql, contribution)
            if room is None or contribution not in grants.expert_slots(sql, who.person, room):
                raise Refused("upload.role")
            if presentations.unfinished(sql, who.person) >= UNFINISHED:
                raise Refused("upload.too_many", limit=UNFINISHED)
            if left - presentations.promised(sql) - size < RESERVE:
                raise Refused("upload.full")
            return room

        def first(sql: Sql) -> None:
            if presentations.unused(sql, contribution, check(sql), UNUSED):
                raise Refused("upload.unused", limit=UNUSED)

        def write(sql: Sql) -> Presentation:
            room, now = check(sql), moments.now()  # once more: meanwhile there may be others
            return presentations.create(sql, id, contribution, room, who.person, filename, size, now)

        await self.database.read(first)  # nothing is put on the disk for who may not
        await asyncio.to_thread(self.incoming.create, id)
        try:
            deck = await self.database.write(write)
        except BaseException:
            await asyncio.to_thread(self.incoming.drop, id)
            raise
        if size == 0:
            await self.complete(deck)
        return deck

    async def find(self, who: Visitor, id: str) -> Presentation:
        """A deck that this person sent. Refused."""
        if who is NOBODY:
            raise Refused("sign.in")
        deck = await self.current(id)
        if deck.person != who.person:
            raise Refused("role.missing")
        if deck.expires_at and deck.expires_at <= moments.now():
            raise Refused("upload.expired")
        return deck

    async def current(self, id: str) -> Presentation:
        deck = await self.database.read(lambda sql: presentations.find(sql, id))
        if deck is None:
            raise Refused("upload.unknown")
        return deck

    async def receive(
        self,
        deck: Presentation,
        offset: int,
        length: int | None,
        blocks: AsyncIterator[bytes],
        checksum: tuple[str, bytes] | None,
    ) -> int:
        """Write bytes from an offset on; the new offset. What was sent before a line broke is kept. Refused.

        `length` is how many are announced, if that is known. With a checksum (the name of its algorithm and the digest)
        all bytes count or none.
        """
        if deck.id in self.writing:
            raise Refused("upload.busy")
        self.writing.add(deck.id)
        try:
            deck = await self.current(deck.id)  # the last writer may have brought the rest
            receiving = deck.state == "receiving"
            there = await asyncio.to_thread(self.incoming.resume, deck.id) if receiving else deck.size
            if offset != there:
                raise Refused("upload.offset")
            if offset + (length or 0) > deck.size:
                raise Refused("upload.longer")
            if not receiving:
                return offset
            there = await self.write(deck, offset, blocks, checksum)
            if there == deck.size:
                await self.complete(deck)
            return there
        except FileNotFoundError:  # it was ended meanwhile, or taken over with all its bytes
            deck = await self.current(deck.id)
            if deck.state == "receiving":
                raise
            return deck.size
        finally:
            self.writing.discard(deck.id)

    async def write(
        self, deck: Presentation, offset: int, blocks: AsyncIterator[bytes], checksum: tuple[str, bytes] | None
    ) -> int:
        left = await asyncio.to_thread(files.free, self.incoming.folder)
        if left - (deck.size - offset) < RESERVE:
            raise Refused("upload.full")
        there, proof = offset, hashlib.new(checksum[0]) if checksum else None
        if proof:
            await asyncio.to_thread(self.incoming.prove, deck.id, offset)
        back = offset if proof else None  # to which the file is cut if this does not end well
        try:
            async with aiofiles.open(self.incoming.at(deck.id), "r+b", buffering=0) as file:
                await file.seek(offset)
                async for block in blocks:
                    if there + len(block) > deck.size:
                        back = offset
                        raise Refused("upload.longer")
                    await write_all(file, block)
                    there += len(block)
                    if proof:
                        await asyncio.to_thread(proof.update, block)
            if checksum and proof and proof.digest() != checksum[1]:
                raise Refused("upload.checksum")
            back = None
        except OSError as error:
            if error.errno in FULL:
                raise Refused("upload.full") from error
            raise
        finally:
            await asyncio.to_thread(self.incoming.settle, deck.id, back)
        return there

    async def complete(self, deck: Presentation) -> None:
        """All bytes are there and on disk."""
        if not await self.database.write(lambda sql: presentations.received(sql, deck.id)):
            raise Refused("upload.expired")
        self.media.wake()

    async def terminate(self, deck: Presentation) -> None:
        """Forget a deck and its bytes. Refused while some are being written."""
        if deck.id in self.writing:
            raise Refused("upload.busy")
        await self.media.give_up(deck)


async def write_all(file: AsyncFileIO, block: bytes) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[await file.write(rest) :]


def clean_filename(name: str) -> str:
    """A name to show: its last part, composed, without what cannot be seen, at most 120 characters."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    seen = "".join(character for character in last if unicodedata.category(character) not in UNSEEN)
    cut = " ".join(seen.split())
    stem, dot, ending = cut.rpartition(".")
    if len(cut) > FILENAME:
        cut = f"{stem[: FILENAME - len(ending) - 1]}.{ending}" if dot and len(ending) < 8 else cut[:FILENAME]
    return cut if any(character.isalnum() for character in cut) else "slides.pdf"
