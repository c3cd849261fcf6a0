"""The picture of a session's stream, in a page of its own that the room's page frames.

It alone may load from elsewhere, from the one host that its policy names: the room's page, where people write and
vote, keeps its policy whatever the stream is, and stays as it is when the stream is changed.
"""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from hosting import security, streams
from hosting.programme import Session
from hosting.routes.api import json
from hosting.routes.rooms import session_of
from hosting.site import site, visitor

DENIED = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=()"  # whatever is embedded asks for


async def page(request: Request) -> Response:
    """404 where there is nothing to be shown."""
    here, session = site(request), await entered(request)
    shown = streams.picture(session.stream, here.config.embeds)
    if shown is None or session.state == "closed":
        raise HTTPException(404)
    response = here.render.page(request, "picture.html", picture=shown)
    closed = {"connect_src": "'none'", "font_src": "'none'", "form_action": "'none'", "img_src": "'none'"}
    opened = {directive.replace("-", "_"): sources for directive, sources in shown.policy.items()}
    own = {"frame_ancestors": "'self'", "trusted_types": "'none'"}
    response.headers["Content-Security-Policy"] = security.policy(security.CSP, **closed | opened | own)
    response.headers["Permissions-Policy"] = DENIED
    return response


async def about(request: Request) -> Response:
    """What the room's page says of a stream before anything of it is loaded; it asks when the stream was changed."""
    session = await entered(request)
    return json({"ok": streams.about(session.stream, site(request).config.embeds)})


async def entered(request: Request) -> Session:
    """The session in whose room the visitor is; 401, 403 or 404."""
    here, who = site(request), visitor(request)
    session, _exchange = await session_of(here, request.path_params["room"])
    if not await here.live.roles_of(who, session.id):
        raise HTTPException(403 if who.signed_in else 401)
    return session


routes: list[BaseRoute] = [
    Route("/rooms/{room}/picture", page),
    Route("/api/rooms/{room}/picture", about),
]
