"""What routes are given: the parts that hosting.app wired together."""

from dataclasses import dataclass
from typing import cast

from starlette.requests import HTTPConnection

from hosting.archive import Archive
from hosting.config import Config
from hosting.database import Database
from hosting.live import Live
from hosting.media import Media
from hosting.people import Visitor
from hosting.render import Renderer
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


def site(connection: HTTPConnection) -> Site:
    """The installation that a request or socket reached."""
    return cast(Site, connection.app.state.site)


def visitor(connection: HTTPConnection) -> Visitor:
    """Who is asking, as hosting.security found out."""
    return cast(Visitor, connection.state.visitor)
