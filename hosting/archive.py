"""Publications for readers: folded once per head of a room's log, in a reader's thread, and kept while asked for.

A person's new name or an erasure moves the head of every room it concerns, so what is kept is never out of date.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import msgspec
from markupsafe import Markup
from sqlalchemy import Connection

from hosting import log, people, programme
from hosting.database import Database
from hosting.document import moment_at, not_taken, parts
from hosting.publication import Publication
from hosting.publishing import publish
from hosting.render import Renderer

K = TypeVar("K")
T = TypeVar("T")
KEPT = 12  # publications, and as many documents: of a long session a document has a megabyte

Position = tuple[str, str, int]  # the room, the epoch and the head of its log
PageText = Callable[[str, int], str]  # presentation, page → its text, called in a thread; "" where there is none


def no_text(_presentation: str, _page: int) -> str:
    return ""


class Archive:
    """What is published, by room. One fold or rendering at a time: the live rooms come first."""

    def __init__(self, database: Database, render: Renderer, page_text: PageText = no_text) -> None:
        self.database, self.render, self.page_text = database, render, page_text
        self.publications: OrderedDict[Position, Publication] = OrderedDict()
        self.documents: OrderedDict[tuple[Position, str, str | None], Markup] = OrderedDict()
        self.working = asyncio.Lock()

    async def publication(self, position: Position) -> Publication:
        """What is published of a room at least up to a position. NoSuchRoom, Unavailable."""
        found = recent(self.publications, position)
        if found is None:
            async with self.working:
                found = recent(self.publications, position)  # somebody else may have asked for it meanwhile
                if found is None:
                    found = await self.database.read(partial(read, room=position[0]))
                    keep(self.publications, position, found)
        return found

    async def document(self, position: Position, language: str, transcript: str | None) -> Markup:
        """The document in one of our languages, with the transcript of any. NoSuchRoom, Unavailable."""
        key = (position, language, transcript)
        publication, found = await self.publication(position), recent(self.documents, key)
        if found is None:
            async with self.working:
                found = recent(self.documents, key)
                if found is None:
                    found = await asyncio.to_thread(self.rendered, publication, language, transcript)
                    keep(self.documents, key, found)
        return found

    def rendered(self, publication: Publication, language: str, transcript: str | None) -> Markup:
        read = parts(publication, transcript)
        return self.render.part(
            language,
            "partials/archive-document.html",
            publication=publication,
            parts=read,
            moment_at=moment_at(read),
            not_taken=not_taken(publication),
            transcript=transcript,
            experts={expert.contribution: expert for expert in publication.experts},
            page_text=self.page_text,
        )


def read(sql: Connection, room: str) -> Publication:
    found = publish(room, log.read(sql, room).records, lambda persons: people.names(sql, persons))
    keys = {one.put_off.follow_up for one in found.questions if one.put_off}
    session = programme.session(sql, room) if keys else None
    homes = programme.homes(sql, session.exchange) if session else {}
    return msgspec.structs.replace(found, homes={key: slug for key, slug in homes.items() if key in keys})


def recent(kept: OrderedDict[K, T], key: K) -> T | None:
    if key not in kept:
        return None
    kept.move_to_end(key)
    return kept[key]


def keep(kept: OrderedDict[K, T], key: K, value: T) -> None:
    kept[key] = value
    while len(kept) > KEPT:
        kept.popitem(last=False)
