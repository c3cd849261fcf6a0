"""For organisers: all sessions with their state, and the link to each stream."""

from functools import partial
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hosting import conflicts, moments, people, programme
from hosting.programme import Exchange, Session
from hosting.routes.pages import zone_of
from hosting.routes.sign_in import form
from hosting.site import site, visitor


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


async def show_board(request: Request, exchanges: list[Exchange], **problem: str) -> Response:
    here = site(request)
    sessions: dict[str, list[Session]] = {}
    for exchange in exchanges:
        sessions[exchange.slug] = await here.database.read(partial(programme.sessions, slug=exchange.slug))
    present = {session.id: here.live.present(session.id) for every in sessions.values() for session in every}
    return here.render.page(
        request,
        "organise.html",
        422 if problem else 200,
        exchanges=[exchange for exchange in exchanges if sessions[exchange.slug]],
        sessions=sessions,
        present=present,
        clashes=await clashes(request, sessions),
        moment=moments.now(),
        zone=zone_of(request, exchanges[0].zone if exchanges else "UTC"),
        problem=problem,
        saved=request.query_params.get("saved"),
    )


async def clashes(request: Request, sessions: dict[str, list[Session]]) -> dict[str, list[conflicts.Item]]:
    """Who is due in two rooms at once, by session, as its crew reads it."""
    here, now = site(request), moments.now()
    own: dict[str, list[conflicts.Item]] = {session.id: [] for every in sessions.values() for session in every}
    for clash in await here.database.read(lambda sql: conflicts.find(sql, now, exchanges=sessions)):
        for room in own.keys() & set(clash.rooms):
            own[room].append(conflicts.item(clash, room))
    return own


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
    room = (await own_session(request, exchanges)).id
    link = (await form(request)).get("stream", "").strip()
    if link and not is_https(link):
        return await show_board(request, exchanges, room=room, link=link)
    await here.live.set_stream(room, link or None, visitor(request).person)
    return RedirectResponse(f"/organise?saved={room}#{room}", 303)


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
]
