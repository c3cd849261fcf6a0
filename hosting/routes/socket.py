"""The live socket: frames to and from one browser. What they mean is decided in rooms.session and rooms.hub."""

import asyncio
import contextlib
import logging
import re
from collections.abc import Callable, Coroutine, Iterator
from functools import partial

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from hosting import security, texts
from hosting.connections import Connection
from hosting.errors import Unavailable
from hosting.lanes import EXTENSION, Lane, QueueLane
from hosting.people import UNKNOWN, Visitor
from hosting.seats import Seated
from hosting.site import Site, shown, site
from rooms.core import TAG, Refused, canonical
from rooms.ports import Away, NoSuchRoom
from rooms.room import CREW
from rooms.session import Deny, Do, End, Greet, bye, cursor, denied, done, receive
from rooms.wire import encoder

AGAIN = 2.0  # seconds until a new try after a fault of ours

logger = logging.getLogger("austausch.socket")


async def live(websocket: WebSocket) -> None:
    await open_lane(websocket, lambda lane: converse(websocket, site(websocket), lane))


async def open_lane(websocket: WebSocket, talk: Callable[[Lane], Coroutine[None, None, None]]) -> None:
    """Accept a socket of one of our own pages, or of a program with a token; `talk` uses its lane to the end."""
    here = site(websocket)
    bearer = "authorization" in websocket.headers  # no page of another site can send it
    if not bearer and not security.origin_allowed(websocket.headers.getlist("origin"), here.config):
        await websocket.send_denial_response(here.render.plain("Origin is missing or foreign.", 403))
        return
    await websocket.accept()
    lane: Lane | None = websocket.scope.get("extensions", {}).get(EXTENSION)
    if lane:
        await talk(lane)
        return
    lane = QueueLane(websocket)
    sending, talking = asyncio.create_task(lane.run()), asyncio.create_task(talk(lane))
    try:
        await asyncio.wait((sending, talking), return_when=asyncio.FIRST_COMPLETED)
    finally:
        sending.cancel()
        talking.cancel()
        for broken in await asyncio.gather(sending, talking, return_exceptions=True):
            if isinstance(broken, Exception):
                logger.error("a socket without a fast lane", exc_info=broken)


async def converse(websocket: WebSocket, here: Site, lane: Lane) -> None:
    """Take a socket in, and keep it until the other end goes, or has been told to."""
    language = texts.negotiate(websocket, UNKNOWN)
    room, answering, leaving = (
        websocket.path_params["room"],
        partial(answer, here, language),
        partial(say_bye, language),
    )
    booth = websocket.query_params.get("booth", "")
    at = canonical(booth) if re.match(TAG, booth) else None
    connection = Connection(room, shown(websocket), lane, answering, leaving, at)
    lane.take(connection)
    try:
        with edge(connection):
            try:
                await here.live.join(connection, cursor(websocket.query_params.get("cursor")))
            except NoSuchRoom:
                connection.end(4004)
            except (Away, Unavailable):
                connection.end(1012, AGAIN)
        connection.begin()
        await read(websocket, connection)
    finally:
        here.live.leave(connection)


async def read(websocket: WebSocket, connection: Connection) -> None:
    """Hear what comes through ASGI: everything, where there is no fast lane; there, what is not one small text."""
    while (message := await websocket.receive())["type"] != "websocket.disconnect":
        text = message.get("text")
        if text is None:
            connection.end(4000)
            continue
        connection.hear(text.encode("utf-8", "surrogatepass"))
        await connection.room_in_inbox()


@contextlib.contextmanager
def edge(socket: Seated) -> Iterator[None]:
    """Where bugs rise to: a fault of ours is logged once, and ends this socket only."""
    try:
        yield
    except Exception:
        logger.exception("room %s", socket.room)
        socket.end(1011, AGAIN)


async def answer(here: Site, language: str, connection: Connection, text: bytes) -> None:
    """Do what one text asks for."""
    with edge(connection):
        await carry_out(here, language, connection, text)


async def carry_out(here: Site, language: str, connection: Connection, text: bytes) -> None:
    crew = connection.seat is not None and connection.seat[1][0] in CREW
    bucket = here.live.bucket(connection.visitor.person)
    asked = receive(text, bucket, asyncio.get_running_loop().time(), crew)
    match asked:
        case Do():
            envelope = asked.envelope
            try:
                receipt = await here.live.do(connection.room, connection.visitor, envelope)
                connection.send(done(receipt))
            except Refused as refused:
                deny(connection, envelope.id, refused, language)
            except (Away, Unavailable):
                deny(connection, envelope.id, Refused("try.again", after=1), language)
        case Greet():
            try:
                name = security.clean_name(asked.hello.name)
                await here.live.greet(connection, name, asked.hello.language)
            except ValueError:
                deny(connection, None, Refused("name.invalid"), language)
            except (Away, Unavailable):
                deny(connection, None, Refused("try.again", after=1), language)
        case Deny():
            deny(connection, asked.id, asked.refused, language)
        case End():
            connection.end(asked.code)


def deny(connection: Connection, id: str | None, refused: Refused, language: str) -> None:
    text = texts.refusal(refused.code, refused.facts, spoken(connection.visitor, language))
    connection.send(encoder.encode(denied(id, refused, text)))


def say_bye(language: str, connection: Connection, code: int, after: float) -> bytes:
    language, why = spoken(connection.visitor, language), connection.because
    text = texts.refusal(why.code, why.facts, language) if why else texts.closing(code, language)
    return bye(code, text, after)


def spoken(who: Visitor, language: str) -> str:
    return who.language if who.language in texts.LANGUAGES else language


routes: list[BaseRoute] = [WebSocketRoute("/rooms/{room}/live", live)]
