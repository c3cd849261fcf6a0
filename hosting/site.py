"""What routes are given: the parts that hosting.app wired together."""

from dataclasses import dataclass
from typing import cast

from starlette.requests import HTTPConnection, Request
from starlette.websockets import WebSocket

from hosting.admission import Shown
from hosting.archive import Archive
from hosting.config import Config
from hosting.database import Database
from hosting.live import Live
from hosting.media import Media
from hosting.people import Visitor
from hosting.recording import Recording
from hosting.relay import EmbeddedRelay
from hosting.render import Renderer
from hosting.translators import Translator
from hosting.uploads import Uploads


@dataclass(frozen=True)
class Site:
    """One running installation."""

    config: Config
    database: Database
    live: Live
    render: Renderer
    media: Media
    uploads: Uploads
    archive: Archive
    translator: Translator | None
    relay: EmbeddedRelay
    recording: Recording


def site(connection: HTTPConnection) -> Site:
    """The installation that a request or socket reached."""
    return cast(Site, connection.app.state.site)


def shown(socket: WebSocket) -> Shown:
    """What a socket showed at the door, as hosting.security read it; who that is, the entrance looks up."""
    return cast(Shown, socket.state.shown)


def visitor(request: Request) -> Visitor:
    """Who is asking, as hosting.security found out. Of a socket it is not known before it is admitted."""
    return cast(Visitor, request.state.visitor)
