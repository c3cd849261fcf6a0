"""Where somebody presses for a machine's translation of one question. What it makes is a proposal in the room, which a
person approves or does not; nothing is sent to the machine but by this press.
"""

import asyncio

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from hosting import moments
from hosting.connections import actor_of
from hosting.directory import new_id
from hosting.errors import Unavailable
from hosting.routes import api
from hosting.site import site, visitor
from hosting.translators import NoTranslation
from rooms import room as rooms_room
from rooms import session
from rooms.core import Moment, Refused
from rooms.ports import Away, NoSuchRoom
from rooms.roles import acting, may
from rooms.room import CREW, name_of
from rooms.translations import ProposeTranslation, Translate

WHY = {"busy": "translation.machine_busy", "language": "translation.machine_language"}


async def propose(request: Request) -> Response:
    """202 when the proposal is in the room, whose frames bring it; a refusal in words else. 404 without a machine."""
    here, room = site(request), request.path_params["room"]
    if here.translator is None:
        raise HTTPException(404)
    try:
        command = wanted(request)
        original, language = await asked(request, room, command)
        made = await here.translator.translate(original, language, command.language)
        hub = await here.live.hub(room)  # it may have been closed meanwhile
        proposal = ProposeTranslation(command.question, command.language, made, original)
        await here.live.finish(asyncio.create_task(hub.let_happen(lambda: proposal)))
        async with hub.held():
            there = hub.room.questions.all[command.question].translations.proposed.get(command.language)
            if there is None or there.text != made:
                raise Refused("state.changed", question=command.question)
    except Refused as refused:
        return api.no(request, None, refused)
    except NoTranslation as failed:
        return api.no(request, None, Refused(WHY.get(failed.reason, "translation.machine")))
    except NoSuchRoom:
        return api.no(request, None, Refused("room.unknown"))
    except (Away, Unavailable):
        return api.no(request, None, Refused("try.again", after=1))
    response = api.json({"ok": {"question": command.question, "language": command.language}})
    response.status_code = 202
    return response


def wanted(request: Request) -> Translate:
    """The translation as if it were proposed by hand, but for its text. Refused."""
    named = {"question": request.path_params["question"], "language": request.query_params.get("to", ""), "text": "…"}
    try:
        return msgspec.convert(named, Translate)
    except msgspec.ValidationError:
        raise Refused("command.invalid", field="to") from None


async def asked(request: Request, room: str, command: Translate) -> tuple[str, str]:
    """What is to be translated, and from which language: if whoever asks may propose this translation by hand, and
    nobody has. Refused, NoSuchRoom, Away.
    """
    here, who = site(request), visitor(request)
    roles = await api.roles_in(request, room)
    name = name_of(command)
    role = acting(roles, name)
    if not may(role, name):
        raise Refused("role.missing", command=name)
    now = asyncio.get_running_loop().time()
    after = here.live.bucket(who.person).take(now, session.CREW if role in CREW else 1)
    if after:
        raise Refused("rate.limited", after=after)
    hub = await here.live.hub(room)
    async with hub.held():
        actor = actor_of(who, role, roles)
        rooms_room.decide(command, hub.room, actor, Moment(moments.now(), new_id))  # nothing comes of it
        question = hub.room.questions.all[command.question]
        there = question.translations
        for state, texts in (("approved", there.approved), ("proposed", there.proposed)):
            if command.language in texts:
                raise Refused("state.changed", state=state)
        if question.text is None:
            raise Refused("question.unknown")
        return question.text, question.language


routes: list[BaseRoute] = [Route("/rooms/{room}/questions/{question}/machine", propose, methods=["POST"])]
