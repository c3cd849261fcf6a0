"""The sound of an archive: a channel's files for whoever may read the archive, and what organisers withhold or delete.

The voices of interpreters are their own: a channel may be withheld from everybody but the crew, or deleted for good.
"""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hosting import files, recordings
from hosting.routes.archive import look
from hosting.routes.organise import organised, own_session
from hosting.routes.presentations import send
from hosting.routes.sign_in import form
from hosting.routes.transcripts import refused
from hosting.site import site
from rooms.room import CREW

HEADERS = {"Cache-Control": "private, no-cache"}  # a release may be taken back


async def sound(request: Request) -> Response:
    """One file of a channel, whole or in parts; `lane` is the number of one of several voices at once."""
    here, found = site(request), await look(request)
    if found.withheld:
        return refused(request, found.withheld)
    channel, lane = request.path_params["channel"], request.query_params.get("lane", "1")
    crew = bool(set(found.roles) & set(CREW))
    tapes = await here.database.read(lambda sql: recordings.of_room(sql, found.session.id))
    for tape in tapes:
        if (tape.channel, str(tape.lane)) == (channel, lane) and tape.there and (crew or not tape.withheld):
            digest = tape.digest or ""
            return await send(request, files.original(digest), digest, "audio/ogg", HEADERS)
    return refused(request, "sound")


async def change(request: Request) -> Response:
    """Withhold a channel of an ended session, release it with the archive, or delete it."""
    here, exchanges = site(request), await organised(request)
    session, given = await own_session(request, exchanges), await form(request)
    channel, do = given.get("channel", ""), given.get("do", "")
    there = await here.database.read(lambda sql: recordings.channels(sql, session.id))
    if channel not in {one.name for one in there}:
        raise HTTPException(404)
    match do:
        case "withhold" | "release":
            await here.database.write(lambda sql: recordings.withhold(sql, session.id, channel, do == "withhold"))
        case "delete":
            await here.recording.tapes.erase(session.id, channel)
        case _:
            raise HTTPException(400)
    return RedirectResponse(f"/archive/{session.id}#sound", 303)


routes: list[BaseRoute] = [
    Route("/archive/{room}/sound/{channel}.opus", sound),
    Route("/organise/rooms/{room}/sound", change, methods=["POST"]),
]
