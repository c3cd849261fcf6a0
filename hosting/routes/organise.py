"""For organisers: all sessions with their state, the link to each stream, and one word to all rooms."""

import asyncio
import hashlib
import secrets
from functools import partial
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hosting import conflicts, demand, moments, needs, people, programme
from hosting.errors import Unavailable
from hosting.programme import Exchange, Session
from hosting.routes.pages import zone_of
from hosting.routes.sign_in import form
from hosting.site import Site, site, visitor
from rooms.core import Refused
from rooms.lifecycle import ANNOUNCEMENT
from rooms.ports import Away
from rooms.wire import Envelope, command


class Untold(msgspec.Struct, frozen=True):
    """An announcement that was not made as it was meant: refused for its length, or some rooms were out of reach."""

    exchange: str
    text: str
    key: str
    refused: bool = False
    rooms: int = 0


async def organised(request: Request) -> list[Exchange]:
    """The exchanges that the visitor organises; 401 or 403 without any."""
    here, who = site(request), visitor(request)
    if not who.signed_in:
        raise HTTPException(401)
    every = await here.database.read(programme.exchanges)
    if who.kind == "service":
        return every
    slugs = await here.database.read(lambda sql: people.organises(sql, who.person))
    if not slugs:
        raise HTTPException(403)
    return [exchange for exchange in every if exchange.slug in slugs]


async def board(request: Request) -> Response:
    return await show_board(request, await organised(request))


async def show_board(
    request: Request, exchanges: list[Exchange], status: int = 422, untold: Untold | None = None, **problem: str
) -> Response:
    here = site(request)
    sessions: dict[str, list[Session]] = {}
    for exchange in exchanges:
        sessions[exchange.slug] = await here.database.read(partial(programme.sessions, slug=exchange.slug))
    present = {session.id: here.live.present(session.id) for every in sessions.values() for session in every}
    return here.render.page(
        request,
        "organise.html",
        status if problem or untold else 200,
        exchanges=[exchange for exchange in exchanges if sessions[exchange.slug]],
        sessions=sessions,
        present=present,
        clashes=await clashes(request, sessions),
        due={slug: await here.database.read(partial(due, exchange=slug)) for slug in sessions},
        moment=moments.now(),
        zone=zone_of(request, exchanges[0].zone if exchanges else "UTC"),
        problem=problem,
        saved=request.query_params.get("saved"),
        untold=untold,
        told=request.query_params.get("told"),
        rooms_told=number(request.query_params.get("rooms", "")),
        key=secrets.token_urlsafe(9),
    )


async def clashes(request: Request, sessions: dict[str, list[Session]]) -> dict[str, list[conflicts.Item]]:
    """Who is due in two rooms at once, by session, as its crew reads it."""
    here, now = site(request), moments.now()
    own: dict[str, list[conflicts.Item]] = {session.id: [] for every in sessions.values() for session in every}
    for clash in await here.database.read(lambda sql: conflicts.find(sql, now, exchanges=sessions)):
        for room in own.keys() & set(clash.rooms):
            own[room].append(conflicts.item(clash, room))
    return own


def due(sql: Connection, exchange: str) -> int:
    """How many languages an exchange's organiser has still to decide on."""
    threshold = {one.slug: one.threshold for one in programme.exchanges(sql, exchange)}[exchange]
    said, declined = needs.of_exchange(sql, exchange), needs.declinations(sql, exchange)
    coming = [session for session in programme.sessions(sql, exchange) if session.state != "closed"]
    return sum(each.due(threshold) for one in coming for each in demand.wanted(one, said, declined, {}))


async def own_session(request: Request, exchanges: list[Exchange]) -> Session:
    """The session named in the address, if it is of an exchange that the visitor organises; 404 otherwise."""
    room = request.path_params["room"]
    session = await site(request).database.read(lambda sql: programme.session(sql, room))
    if session is None or session.exchange not in {exchange.slug for exchange in exchanges}:
        raise HTTPException(404)
    return session


async def stream(request: Request) -> Response:
    """Set or clear the link to a session's picture and sound: https only."""
    here, exchanges = site(request), await organised(request)
    session = await own_session(request, exchanges)
    room, link = session.id, (await form(request)).get("stream", "").strip()
    if link and not is_https(link):
        return await show_board(request, exchanges, room=room, link=link)
    await here.live.set_stream(room, link or None, session.delay if link else 0.0, visitor(request).person)
    return RedirectResponse(f"/organise?saved={room}#{room}", 303)


# ── One word to all rooms ────────────────────────────────────────────────────────────────────────────────────────────


async def announce(request: Request) -> Response:
    """Announce something in every room of an exchange that is not closed, or take it back everywhere: a command each.

    Sent twice, or once more because a room was out of reach, it is announced once: the form's key makes the commands'
    ids, together with the text.
    """
    here, exchanges, slug = site(request), await organised(request), request.path_params["slug"]
    if slug not in {exchange.slug for exchange in exchanges}:
        raise HTTPException(404)
    given = await form(request)
    text, key = given.get("text", "").strip(), given.get("key", "")
    if given.get("what") == "back":
        text = ""
    elif not 0 < len(text) <= ANNOUNCEMENT:
        return await show_board(request, exchanges, untold=Untold(slug, text, key, refused=True))
    id = hashlib.sha256(f"{key} {text}".encode()).hexdigest()
    envelope = command({"id": id, "do": "room.announce", "with": {"text": text}})
    sessions = await here.database.read(partial(programme.sessions, slug=slug))
    open = [session.id for session in sessions if session.state != "closed"]
    told = await asyncio.gather(*(tell(here, request, room, envelope) for room in open))
    if None in told:
        return await show_board(request, exchanges, 503, untold=Untold(slug, text, key, rooms=told.count(None)))
    return RedirectResponse(f"/organise?told={slug}&rooms={told.count(True)}#announce-{slug}", 303)


async def tell(here: Site, request: Request, room: str, envelope: Envelope) -> bool | None:
    """Whether a room was told; False where it has ended meanwhile, None where the database is away."""
    try:
        await here.live.do(room, visitor(request), envelope)
    except Refused as refused:
        return None if refused.code == "try.again" else False
    except (Away, Unavailable):
        return None
    return True


def number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


# ── Links ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def is_https(link: str) -> bool:
    try:
        parts = urlsplit(link)
        plain = link.isprintable() and not set(link) & {" ", "\\"} and len(link) <= 2_000
        named = bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0  # ValueError: no number
        return parts.scheme == "https" and named and plain
    except ValueError:
        return False


routes: list[BaseRoute] = [
    Route("/organise", board),
    Route("/organise/rooms/{room}/stream", stream, methods=["POST"]),
    Route("/organise/exchanges/{slug}/announce", announce, methods=["POST"]),
]
