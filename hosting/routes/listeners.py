"""How many heard each channel over time, for a room's crew: as JSON beside the live counts, as CSV in the archive."""

import csv
import io
from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from hosting import listeners, texts
from hosting.listeners import Course
from hosting.moments import show
from hosting.routes.api import json as json_of
from hosting.routes.archive import Found, look
from hosting.routes.transcripts import TYPES, disposition
from hosting.site import site, visitor
from rooms.room import CREW


async def counted(request: Request) -> tuple[Found, list[Course]]:
    """The room in the address with its channels; 401 or 403 for whoever is not of its crew, 404 where there is none."""
    found = await look(request)
    if not set(found.roles) & set(CREW):
        raise HTTPException(403 if visitor(request).signed_in else 401)
    return found, await site(request).database.read(partial(listeners.courses, room=found.session.id))


async def course(request: Request) -> Response:
    """By channel: the most, when that was, the last, and the line that a picture draws of it."""
    _found, courses = await counted(request)
    frame = listeners.frame(courses)
    shown = {
        each.channel: {"most": each.most, "at": each.most_at, "last": each.last, "line": each.line(frame)}
        for each in courses
    }
    return json_of({"width": frame.width, "height": frame.height, "channels": shown})


async def table(request: Request) -> Response:
    """A row for every minute and channel (RFC 4180)."""
    found, courses = await counted(request)
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(("minute", "channel", "listeners"))
    rows.writerows((show(minute), channel, number) for minute, channel, number in listeners.in_time(courses))
    name = f"{texts.pick(found.session.title, texts.negotiate(request, visitor(request)))[0]}.csv"
    headers = {"Content-Disposition": disposition("attachment", name), "Cache-Control": "no-store"}
    return Response(file.getvalue().encode("utf-8-sig"), media_type=TYPES["csv"], headers=headers)


routes: list[BaseRoute] = [
    Route("/rooms/{room}/listeners", course),
    Route("/archive/{room}/listeners.csv", table),
]
