"""Slides for people and programs: how far a deck is, its pages, their text, the original.

Its sender and the experts of its contribution always see it, crew and booth once it is handed in, everybody else who
may enter the room once it is on air; to all others it does not exist.
"""

import re

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from hosting import files, grants, presentations, programme, texts
from hosting.media import WIDTHS
from hosting.presentations import Presentation
from hosting.routes.api import json
from hosting.routes.transcripts import disposition
from hosting.site import site, visitor
from rooms.roles import AUDIENCE

SEALED = {  # a stranger's file: to be saved, never to be looked at here
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
FOREVER = "private, max-age=31536000, immutable"  # pages never change under their id


async def found(request: Request) -> Presentation:
    """The deck, for whoever may see it; else 404."""
    here, id, who = site(request), request.path_params["id"], visitor(request)
    deck = await here.database.read(lambda sql: presentations.find(sql, id))
    if deck is None:
        raise HTTPException(404)
    await here.live.expect(who, deck.room)
    if who.signed_in:
        slots = await here.database.read(lambda sql: grants.expert_slots(sql, who.person, deck.room))
        if who.person == deck.person or deck.contribution in slots:
            return deck
    role = await here.live.role(who, deck.room)
    if role is None and await here.database.read(lambda sql: programme.is_public(sql, deck.room)):
        role = "participant"
    if role is None or not await here.live.may_see_pages(deck.room, deck.id, AUDIENCE[role]):
        raise HTTPException(404)
    return deck


async def about(request: Request) -> Response:
    here, deck = site(request), await found(request)
    progress = here.media.progress_of(deck)
    language = texts.negotiate(request, visitor(request))
    return json(
        {
            "id": deck.id,
            "contribution": deck.contribution,
            "filename": deck.filename,
            "state": deck.state,
            "pages": progress.pages,
            "reason": deck.reason,
            "text": texts.word(texts.REJECTIONS, deck.reason, language) if deck.reason else None,
            "received": await here.media.received(deck),
            "size": deck.size,
            "rendered": progress.rendered,
        }
    )


async def page(request: Request) -> Response:
    width = request.query_params.get("w", str(WIDTHS[0]))
    if width not in map(str, WIDTHS):
        raise HTTPException(400)
    number = numbered(request)
    deck = await found(request)
    return await of_page(request, deck, number, files.page(deck.id, number, int(width)), "image/webp")


async def text(request: Request) -> Response:
    number = numbered(request)
    deck = await found(request)
    return await of_page(request, deck, number, files.text(deck.id, number), "text/plain; charset=utf-8")


def numbered(request: Request) -> int:
    """The page asked for; 404 for what is no number of one."""
    text = request.path_params["n"]
    if not re.fullmatch(r"[1-9][0-9]{0,4}", text):
        raise HTTPException(404)
    return int(text)


async def of_page(request: Request, deck: Presentation, number: int, key: str, media_type: str) -> Response:
    if deck.state != "ready" or number > (deck.pages or 0):
        raise HTTPException(404)
    return await send(request, key, key.removeprefix("pages/"), media_type, {**SEALED, "Cache-Control": FOREVER})


async def original(request: Request) -> Response:
    deck = await found(request)
    if deck.digest is None or deck.state != "ready":
        raise HTTPException(404)
    headers = {
        **SEALED,
        "Content-Disposition": disposition("attachment", deck.filename),
        "Cache-Control": "private, no-cache",
    }
    return await send(request, files.original(deck.digest), deck.digest, "application/pdf", headers)


async def send(request: Request, key: str, tag: str, media_type: str, headers: dict[str, str]) -> Response:
    """Bytes with an ETag; whoever has them already is told so in a line, and who wants a part of them gets that."""
    headers = {**headers, "ETag": f'"{tag}"', "Accept-Ranges": "bytes"}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    kept = site(request).media.files
    try:
        size = await kept.size(key)
    except FileNotFoundError:
        raise HTTPException(404) from None
    same = request.headers.get("if-range", headers["ETag"]) == headers["ETag"]
    start, end, status = 0, size, 200
    if same and (found := RANGE.fullmatch(request.headers.get("range", ""))):
        start, end = part(size, *found.groups())
        if start >= end:
            return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
        status, headers["Content-Range"] = 206, f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    if request.method == "HEAD":
        return Response(status_code=status, media_type=media_type, headers=headers)
    return StreamingResponse(kept.read(key, start, end), status, headers, media_type)


# One range (RFC 9110, 14.1.2). Whoever asks for several gets everything, as whoever asks in another way.
RANGE = re.compile(r"bytes=(?:([0-9]{1,15})-([0-9]{0,15})|-([0-9]{1,15}))", re.ASCII)


def part(size: int, first: str | None, last: str | None, suffix: str | None) -> tuple[int, int]:
    """Which of so many bytes a range means, from one to before another; none where it begins behind them all."""
    if first is None:
        return max(0, size - int(suffix or 0)), size
    return int(first), min(size, int(last) + 1) if last else size


routes: list[BaseRoute] = [
    Route("/api/presentations/{id}", about),
    Route("/presentations/{id}/pages/{n}.webp", page),
    Route("/presentations/{id}/pages/{n}.txt", text),
    Route("/presentations/{id}/original", original),
]
