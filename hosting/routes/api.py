"""Rooms for programs: a command by POST, a snapshot by GET. The same words as on the socket."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from hosting import texts
from hosting.connections import Roles
from hosting.errors import Unavailable
from hosting.people import NOBODY
from hosting.site import site, visitor
from rooms.core import Refused
from rooms.ports import Away, NoSuchRoom
from rooms.room import CREW
from rooms.session import Deny, Do, End, denied, receive
from rooms.wire import FRAME, encoder

STATUS = {  # of refusals; of all others 400
    "command.reused": 409,
    "person.removed": 403,
    "person.silenced": 403,
    "rate.limited": 429,
    "role.missing": 403,
    "room.unknown": 404,
    "sign.in": 401,
    "sound.not_yours": 403,
    "state.changed": 409,
    "translation.machine": 502,
    "translation.machine_busy": 503,
    "try.again": 503,
}


async def roles_in(request: Request, room: str) -> Roles:
    """The roles in this room of who asks. Refused with 401, 403 or 404."""
    who = visitor(request)
    if who is NOBODY:
        raise Refused("sign.in")
    await site(request).live.hub(room)
    roles = await site(request).live.roles_of(who, room)
    if not roles:
        raise Refused("role.missing")
    await site(request).live.expect(who, room)
    return roles


async def body(request: Request) -> bytes:
    """The request's body, read no further than a frame may be long."""
    read = b""
    async for chunk in request.stream():
        read += chunk
        if len(read) > FRAME:
            raise Refused("command.invalid", field="body", status=413)
    return read


async def commands(request: Request) -> Response:
    here, room = site(request), request.path_params["room"]
    id: str | None = None
    try:
        roles, who = await roles_in(request, room), visitor(request)
        bucket = here.live.bucket(who.person)
        crew = roles[0] in CREW
        asked = receive(await body(request), bucket, asyncio.get_running_loop().time(), crew)
        match asked:
            case Do():
                id = asked.envelope.id
                receipt = await here.live.finish(asyncio.create_task(here.live.do(room, who, asked.envelope)))
                return json({"ok": receipt.ok, "seq": receipt.seq})
            case Deny():
                id = asked.id
                raise asked.refused
            case End():
                raise Refused("command.invalid", field="body", reason=asked.reason)
        raise Refused("command.unknown", command="hello")
    except Refused as refused:
        return no(request, id, refused)
    except NoSuchRoom:
        return no(request, id, Refused("room.unknown"))
    except (Away, Unavailable):
        return no(request, id, Refused("try.again", after=1))


async def snapshot(request: Request) -> Response:
    room = request.path_params["room"]
    try:
        roles = await roles_in(request, room)
        return answer(await site(request).live.snapshot(room, visitor(request), roles))
    except Refused as refused:
        return no(request, None, refused)
    except NoSuchRoom:
        return no(request, None, Refused("room.unknown"))
    except (Away, Unavailable):
        return no(request, None, Refused("try.again", after=1))


def no(request: Request, id: str | None, refused: Refused) -> Response:
    language = texts.negotiate(request, visitor(request))
    answer = denied(id, refused, texts.refusal(refused.code, refused.facts, language))
    status = refused.facts.get("status") or STATUS.get(refused.code, 400)
    response = json({"no": answer["no"]})
    response.status_code = int(str(status))
    if "after" in refused.facts:
        response.headers["Retry-After"] = str(max(1, round(float(str(refused.facts["after"])))))
    return response


def json(value: object) -> Response:
    return answer(encoder.encode(value))


def answer(body: bytes) -> Response:
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


routes: list[BaseRoute] = [
    Route("/api/rooms/{room}/commands", commands, methods=["POST"]),
    Route("/api/rooms/{room}", snapshot),
]
