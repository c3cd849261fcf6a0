"""A room's pages: the participant's, the hall's screen, the moderator's, the booth, the captioner's. Without a script
they show what there is: agenda, published questions, last captions.
"""

import json
import re
from datetime import datetime
from typing import cast

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from hosting import conflicts, moments, programme, security, streams
from hosting.attendance import attendance
from hosting.connections import Roles
from hosting.people import NOBODY, Visitor
from hosting.programme import Exchange, Session
from hosting.routes.api import json as json_of
from hosting.site import Site, site, visitor
from rooms.booths import FLOOR
from rooms.core import TAG, Item
from rooms.ports import NoSuchRoom
from rooms.room import CREW

CAPTIONS = 12  # last lines on a page without a script
OVER = ("answered", "answered_in_writing", "deferred")  # questions that stand last in the list
PARTS = ("announcement", "question", "page", "item", "countdown")  # of the screen


async def room(request: Request) -> Response:
    """The participant's page; without pictures for whoever has said that their line is thin."""
    response = await visited(request, "room.html", pictures=request.cookies.get("loads", "all") == "all")
    usual = security.SOUND_HEADERS["Content-Security-Policy"]
    response.headers["Content-Security-Policy"] = security.policy(usual, frame_src="'self'")  # hosting.routes.picture
    return response


async def screen(request: Request) -> Response:
    """What a hall's projector or a vision mixer shows: all of PARTS, or those named in `show`.

    `captions` names a language to be written along, `sound` one to be heard; `overlay`: nothing behind it, to lie
    over a picture.
    """
    query = request.query_params
    show = [part for part in PARTS if part in query.get("show", "").split(",")] or PARTS
    named = [query.get(name, "") for name in ("captions", "sound")]
    captions, sound = (tag if re.match(TAG, tag) or tag == FLOOR else "" for tag in named)
    more = {"show": show, "captions_in": captions, "sound_in": sound, "overlay": "overlay" in query}
    return await visited(request, "screen.html", **more)


async def visited(request: Request, template: str, **more: object) -> Response:
    """A page for all who may enter; who comes without a sign-in becomes a guest where the exchange is public."""
    here, id = site(request), request.path_params["room"]
    session, exchange = await session_of(here, id)
    who = visitor(request)
    roles = await here.live.roles_of(who, id)
    token = None
    if not roles and who is NOBODY and exchange.public:
        who, token = await security.ensure_guest(who, here.database)
        request.state.visitor = who
        roles = ("participant",)
    if not roles:
        raise HTTPException(401 if not who.signed_in else 403)
    found = await context(here, session, exchange, who, roles)
    response = here.render.page(request, template, 200, **found, **more)
    if token:
        security.set_cookie(response, here.config, token)
    return response


async def moderate(request: Request) -> Response:
    """The moderator's page; it knows where a question can be put off to."""
    here, id = site(request), request.path_params["room"]
    session, exchange = await session_of(here, id)

    def read(sql: Connection) -> list[Item]:
        series = {each.slug for each in programme.exchanges(sql) if each.series == exchange.series}
        coming = [each for each in programme.sessions(sql) if each.exchange in series and each.starts > session.starts]
        sessions: list[Item] = [
            {"kind": "session", "to": each.id, "titles": each.title, "when": each.starts.isoformat()}
            for each in coming
            if each.state != "closed"
        ]
        ideas = programme.follow_ups(sql, exchange.slug)
        return sessions + [
            {"kind": "follow-up", "to": idea.key, "titles": idea.title, "when": idea.month} for idea in ideas
        ]

    host = here.translator.host if here.translator else ""
    return await working(request, "moderate.html", CREW, places=await here.database.read(read), machine=host)


async def booth(request: Request) -> Response:
    """The booth of one language; crew may look in."""
    language = request.path_params["language"]
    return await working(request, "booth.html", ("interpreter", *CREW), language=language)


async def captions(request: Request) -> Response:
    """Where captioners type."""
    return await working(request, "captions.html", ("captioner", "interpreter", *CREW))


async def working(request: Request, template: str, allowed: tuple[str, ...], **more: object) -> Response:
    """A page for people at work; 401 or 403 for others, 404 for a booth that is not there."""
    here, id = site(request), request.path_params["room"]
    session, exchange = await session_of(here, id)
    who = visitor(request)
    roles = await here.live.roles_of(who, id)
    if not set(roles) & set(allowed):
        raise HTTPException(403 if who.signed_in else 401)
    found = await context(here, session, exchange, who, roles)
    if more.get("language") and more["language"] not in {channel["language"] for channel in found["channels"]}:  # type: ignore[attr-defined]  # a list of items
        raise HTTPException(404)
    return here.render.page(request, template, 200, **found, **more)


async def people_here(request: Request) -> Response:
    """For the crew: who is connected now, by name, and who is silenced or removed wherever they are."""
    here, id = site(request), request.path_params["room"]
    await session_of(here, id)
    who = visitor(request)
    if not set(await here.live.roles_of(who, id)) & set(CREW):
        raise HTTPException(403 if who.signed_in else 401)
    return json_of({"people": await attendance(here.live, id, request.query_params.get("q", ""))})


async def session_of(here: Site, id: str) -> tuple[Session, Exchange]:
    session = await here.database.read(lambda sql: programme.session(sql, id))
    if session is None:
        raise HTTPException(404)
    exchange = await here.database.read(lambda sql: programme.exchange(sql, session.exchange))
    if exchange is None:
        raise HTTPException(404)
    return session, exchange


async def context(here: Site, session: Session, exchange: Exchange, who: Visitor, roles: Roles) -> dict[str, object]:
    """What a room's page shows before its script runs: the same items that the socket sends."""
    try:
        snapshot = json.loads(await here.live.snapshot(session.id, who, roles))
    except NoSuchRoom:
        raise HTTPException(404) from None
    items = cast(dict[str, dict[str, Item]], snapshot["all"])
    agenda, channels = in_order(items["agenda"]), in_order(items["channels"])
    asked = [
        {**question, "id": id, "votes": items["scores"].get(id, {}).get("votes", 0)}
        for id, question in items["questions"].items()
        if question["state"] in ("published", "queued", "on_air", *OVER)
    ]
    asked.sort(key=lambda question: (question["state"] in OVER, -cast(int, question["votes"])))
    lines = sorted(items["captions"].values(), key=lambda line: cast(str, line["at"]))
    return {
        "session": session,
        "exchange": exchange,
        "role": roles[0],
        "roles": roles,
        "room": items["room"]["room"],
        "picture": streams.about(session.stream, here.config.embeds),
        "agenda": agenda,
        "running": next((item for item in agenda if item["state"] == "running"), None),
        "on_air": next((question for question in asked if question["state"] == "on_air"), None),
        "questions": [question for question in asked if question["state"] != "on_air"],
        "channels": channels,
        "heard": items["mine"]["channel"],
        "contributions": in_order(items["contributions"]),
        "speakers": {id: cast(Item, slot["expert"])["name"] for id, slot in items["contributions"].items()},
        "slides": items["slides"]["slides"],
        "captions": lines[-CAPTIONS:],
        "present": here.live.present(session.id),
        "awaited": conflicts.awaited(here.live.lookout.found.get(session.id, ()), session.id),
        "moment": moments.now(),
        "parse": lambda text: datetime.fromisoformat(text),
    }


def in_order(items: dict[str, Item]) -> list[Item]:
    """Items with their ids, in the order they have."""
    return sorted(({**item, "id": id} for id, item in items.items()), key=lambda item: cast(int, item["order"]))


routes: list[BaseRoute] = [
    Route("/rooms/{room}", room),
    Route("/rooms/{room}/screen", screen),
    Route("/rooms/{room}/moderate", moderate),
    Route("/rooms/{room}/booth/{language}", booth),
    Route("/rooms/{room}/captions", captions),
    Route("/rooms/{room}/people", people_here),
]
