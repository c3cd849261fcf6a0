"""A machine's translation of a question, where somebody of the room's crew or an interpreter has pressed for it."""

import asyncio
import logging
import re

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from hosting.connections import actor_of
from hosting.errors import Unavailable
from hosting.routes.api import json, no, roles_in
from hosting.site import site, visitor
from hosting.translators import NoTranslation
from rooms.core import TAG, Refused
from rooms.ports import Away, NoSuchRoom
from rooms.roles import acting, may
from rooms.room import CREW, admit, name_of
from rooms.session import CREW as FACTOR
from rooms.translations import ProposeTranslation, Translate

PROPOSED = name_of(Translate)

logger = logging.getLogger("austausch.machine")


async def machine(request: Request) -> Response:
    """Have a translation proposed into the language `to`; it is there when this is answered. 404 without a machine."""
    here, room, id = site(request), request.path_params["room"], request.path_params["question"]
    if here.translator is None:
        raise HTTPException(404)
    try:
        roles, to = await roles_in(request, room), request.query_params.get("to", "")
        if not any(may(role, PROPOSED) for role in roles):
            raise Refused("role.missing", command=PROPOSED)
        if not re.match(TAG, to):
            raise Refused("command.invalid", field="to")
        bucket, now = here.live.bucket(visitor(request).person), asyncio.get_running_loop().time()
        if (wait := bucket.take(now, FACTOR if roles[0] in CREW else 1)) > 0:
            raise Refused("rate.limited", after=wait)
        hub, actor = await here.live.hub(room), actor_of(visitor(request), acting(roles, PROPOSED), roles)
        async with hub.held():
            admit(Translate(id, to, ""), hub.room, actor)  # whoever may not propose one now has none made
            question = hub.room.questions.all.get(id)
            if question is None or not question.text or (question.hidden and not set(roles) & set(CREW)):
                raise Refused("question.unknown")
            text, spoken = question.text, question.language
        try:
            made = await here.translator.translate(text, spoken, to)
        except NoTranslation as why:
            logger.warning("no translation from %s: %s", here.translator.host, why)
            raise Refused("translation.machine") from why
        await hub.let_happen(lambda: ProposeTranslation(id, to, made, text))
        return json({"ok": {"question": id}})
    except Refused as refused:
        return no(request, None, refused)
    except NoSuchRoom:
        return no(request, None, Refused("room.unknown"))
    except (Away, Unavailable):
        return no(request, None, Refused("try.again", after=1))


routes: list[BaseRoute] = [Route("/rooms/{room}/questions/{question}/machine", machine, methods=["POST"])]
