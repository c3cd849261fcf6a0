"""The application: the one place that wires the parts together."""

import contextlib
import logging
from collections.abc import AsyncIterator
from typing import cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount

from hosting import texts, translators
from hosting.archive import Archive
from hosting.config import Config
from hosting.database import Database
from hosting.errors import Unavailable
from hosting.files import Incoming, LocalFiles
from hosting.live import Live
from hosting.media import Media
from hosting.recording import Recording
from hosting.relay import EmbeddedRelay
from hosting.render import Immutable, Renderer
from hosting.routes import (
    api,
    archive,
    desk,
    editing,
    exports,
    languages,
    listeners,
    machine,
    needs,
    organise,
    pages,
    picture,
    presentations,
    recordings,
    roles,
    rooms,
    sign_in,
    socket,
    sound,
    terms,
    transcripts,
    uploads,
)
from hosting.security import HEADERS, Edge
from hosting.site import Site
from hosting.tapes import Tapes
from hosting.uploads import Uploads
from rooms.core import Refused
from rooms.ports import Away

logger = logging.getLogger("austausch")


def create_app(config: Config, database: Database) -> Starlette:
    """The ASGI application on a started database. The rooms live as long as its lifespan."""
    render = Renderer(config)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        relay, folder = EmbeddedRelay(), config.files_folder
        incoming, kept = Incoming(folder / "incoming"), LocalFiles(folder)
        recording = Recording(Tapes(database, kept, folder / "recording"), relay)
        live = Live(database, config, relay, recording)
        media = Media(database, kept, incoming, folder / "work")
        uploading, archives = Uploads(database, incoming, media), Archive(database, render, kept.page_text)
        translator = translators.chosen(config)
        app.state.site = Site(config, database, live, render, media, uploading, archives, translator, relay, recording)
        live.start()
        media.start()
        recording.resume()
        try:
            yield
        finally:
            await media.stop()
            await live.stop()
            await recording.close()

    return Starlette(
        routes=[
            *socket.routes,
            *sound.routes,
            *api.routes,
            *uploads.routes,
            *presentations.routes,
            *exports.routes,
            *machine.routes,
            *sign_in.routes,
            *organise.routes,
            *editing.routes,
            *languages.routes,
            *listeners.routes,
            *needs.routes,
            *roles.routes,
            *desk.routes,
            *rooms.routes,
            *terms.routes,
            *picture.routes,
            *transcripts.routes,
            *recordings.routes,
            *archive.routes,
            *pages.routes,
            Mount("/static/{tree}", Immutable(render.tree), name="static"),
        ],
        middleware=[
            Middleware(GZipMiddleware, minimum_size=600),
            Middleware(Edge, config=config, database=database, away=away_page),
        ],
        exception_handlers={
            HTTPException: refused,
            Refused: removed,
            ClientDisconnect: gone,
            Unavailable: away,
            Away: away,
            500: broken,
        },
        lifespan=lifespan,
    )


async def refused(request: Request, exception: Exception) -> Response:
    return error_page(request, cast(HTTPException, exception).status_code)


async def removed(request: Request, exception: Exception) -> Response:
    """Whoever was removed from a room finds no page of it; no other refusal comes this far."""
    if not isinstance(exception, Refused) or exception.code != "person.removed":
        raise exception
    if request.url.path.startswith("/api/"):
        return api.no(request, None, exception)
    return error_page(request, 403, removed=True, reason=exception.facts.get("reason"))


async def gone(_request: Request, _exception: Exception) -> Response:
    """Whoever sends half a form and hangs up is no fault of ours; nobody reads this."""
    return Response(status_code=400)


async def away(request: Request, _exception: Exception) -> Response:
    return away_page(request)


def away_page(request: Request) -> Response:
    return error_page(request, 503)


async def broken(request: Request, exception: Exception) -> Response:
    logger.error("%s %s", request.method, request.url.path, exc_info=exception)
    response = error_page(request, 500)
    response.headers.update({**HEADERS, "Cache-Control": "no-store"})  # it does not pass the edge again
    return response


def error_page(request: Request, status: int, removed: bool = False, reason: object = None) -> Response:
    """The same answer in the form that was asked for."""
    here: Site = request.app.state.site
    if not request.url.path.startswith("/api/"):
        return here.render.page(request, "error.html", status, code=status, removed=removed, reason=reason)
    if status == 503:
        text = texts.refusal("try.again", {}, texts.negotiate(request, request.state.visitor))
        return JSONResponse({"no": {"code": "try.again", "text": text, "after": 1}}, status, {"Retry-After": "1"})
    return JSONResponse({"no": {"code": f"http.{status}", "text": ""}}, status)
