"""The programme for other programs: schedules and the public API. Everybody may read it, from any site."""

import hashlib

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from hosting import calendars, programme, texts
from hosting.moments import show
from hosting.programme import Exchange, Session
from hosting.site import site
from rooms.wire import encoder


async def found(request: Request) -> Exchange:
    slug = request.path_params["slug"]
    exchange = await site(request).database.read(lambda sql: programme.exchange(sql, slug))
    if exchange is None:
        raise HTTPException(404)
    return exchange


def base(request: Request) -> str:
    return site(request).config.base_url.rstrip("/") or str(request.base_url).rstrip("/")


def answer(request: Request, body: bytes, media_type: str) -> Response:
    """With an ETag, so that calendars that ask again are told in a line that nothing changed."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


async def schedule_json(request: Request) -> Response:
    exchange = await found(request)
    database = site(request).database
    topics = await database.read(lambda sql: programme.topics(sql, exchange.slug))
    sessions = await database.read(lambda sql: programme.sessions(sql, exchange.slug))
    value = calendars.schedule_json(exchange, topics, sessions, base(request), asked_language(request))
    return answer(request, encoder.encode(value), "application/json")


async def schedule_ics(request: Request) -> Response:
    exchange = await found(request)
    sessions = await site(request).database.read(lambda sql: programme.sessions(sql, exchange.slug))
    body = calendars.schedule_ics(exchange, sessions, base(request), asked_language(request))
    return answer(request, body, "text/calendar; charset=utf-8")


def asked_language(request: Request) -> str:
    asked = request.query_params.get("lang", "en")
    return asked if asked in texts.LANGUAGES else "en"


def exchange_item(exchange: Exchange) -> dict[str, object]:
    return {
        "slug": exchange.slug,
        "title": texts.pick(exchange.title, "en")[0],
        "titles": exchange.title,
        "series": exchange.series,
        "starts": exchange.starts,
        "ends": exchange.ends,
        "zone": exchange.zone,
        "time_known": exchange.time_known,
        "languages": exchange.languages,
        "regions": exchange.regions,
        "part": exchange.part,
        "parts": exchange.parts,
    }


def session_item(session: Session) -> dict[str, object]:
    return {
        "id": session.id,
        "room": session.id,
        "title": texts.pick(session.title, "en")[0],
        "titles": session.title,
        "topic": session.topic,
        "starts": show(session.starts),
        "ends": show(session.ends),
        "zone": session.zone,
        "languages": session.languages,
        "channels": session.channels,
        "state": session.state,
        "sample": session.sample,
    }


async def session_ics(request: Request) -> Response:
    """One session as a calendar of its own, under the id that it has in the whole."""
    database, room = site(request).database, request.path_params["room"]
    session = await database.read(lambda sql: programme.session(sql, room))
    one = await database.read(lambda sql: programme.exchange(sql, session.exchange)) if session else None
    if session is None or one is None:
        raise HTTPException(404)
    body = calendars.schedule_ics(one, [session], base(request), asked_language(request))
    return answer(request, body, "text/calendar; charset=utf-8")


async def exchanges(request: Request) -> Response:
    every = await site(request).database.read(programme.exchanges)
    value = {"exchanges": [exchange_item(exchange) for exchange in every]}
    return answer(request, encoder.encode(value), "application/json")


async def exchange(request: Request) -> Response:
    one = await found(request)
    database = site(request).database
    topics = await database.read(lambda sql: programme.topics(sql, one.slug))
    sessions = await database.read(lambda sql: programme.sessions(sql, one.slug))
    value = {
        **exchange_item(one),
        "topics": [
            {"id": topic.id, "title": texts.pick(topic.short, "en")[0], "titles": topic.short} for topic in topics
        ],
        "sessions": [session_item(session) for session in sessions],
        "contributions": [
            {
                "id": slot.id,
                "room": session.id,
                "title": texts.pick(slot.title, "en")[0],
                "titles": slot.title,
                "expert": {"name": slot.expert.name, "city": slot.expert.city},
                "language": slot.language,
                "state": session.slots.get(slot.id, ("invited", "none"))[0],
            }
            for session in sessions
            for slot in session.contributions
        ],
    }
    return answer(request, encoder.encode(value), "application/json")


routes: list[BaseRoute] = [
    Route("/exchanges/{slug}/schedule.json", schedule_json),
    Route("/exchanges/{slug}/schedule.ics", schedule_ics),
    Route("/rooms/{room}/session.ics", session_ics),
    Route("/api/exchanges", exchanges),
    Route("/api/exchanges/{slug}", exchange),
]
