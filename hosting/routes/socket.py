"""The live socket: frames to and from one browser. What they mean is decided in rooms.session and rooms.hub."""

import asyncio
import contextlib
import logging

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from hosting import security, texts
from hosting.connections import Connection
from hosting.errors import Unavailable
from hosting.people import NOBODY, UNKNOWN, Visitor
from hosting.site import Site, site, visitor
from rooms.core import Refused
from rooms.ports import Away, NoSuchRoom
from rooms.room import CREW
from rooms.session import Deny, Do, End, Greet, bye, cursor, denied, done, receive
from rooms.wire import encoder

CLOSING = 1.0  # seconds a polite close may take
ANSWER = 5.0  # seconds for the answer to what was read last, when the connection ends
RESUME = 20.0  # seconds until a new try, for whoever has too many windows
AGAIN = 2.0  # seconds until a new try after a fault of ours

logger = logging.getLogger("austausch.socket")


async def live(websocket: WebSocket) -> None:
    here, who = site(websocket), visitor(websocket)
    bearer = "authorization" in websocket.headers  # no page of another site can send it
    if not bearer and not security.origin_allowed(websocket.headers.getlist("origin"), here.config):
        await websocket.send_denial_response(here.render.plain("Origin is missing or foreign.", 403))
        return
    await websocket.accept()
    room = websocket.path_params["room"]
    language = texts.negotiate(websocket, who)
    if who is UNKNOWN:
        await refuse(websocket, 1012, language, AGAIN)
        return
    if who is NOBODY:
        await refuse(websocket, 4001, language)
        return
    try:
        await here.live.hub(room)
        role = await here.live.role(who, room)
        if role is None:
            await refuse(websocket, 4003, language)
        elif here.live.crowded(who):
            await refuse(websocket, 4009, language, RESUME)
        else:
            await serve(websocket, here, Connection(room, who), language)
    except NoSuchRoom:
        await refuse(websocket, 4004, language)
    except (Away, Unavailable):
        await refuse(websocket, 1012, language, AGAIN)


async def refuse(websocket: WebSocket, code: int, language: str, after: float = 0) -> None:
    with contextlib.suppress(TimeoutError, WebSocketDisconnect, RuntimeError):  # whoever is gone needs no bye
        async with asyncio.timeout(CLOSING):
            await websocket.send_text(bye(code, texts.closing(code, language), after))
            await websocket.close(code)


async def serve(websocket: WebSocket, here: Site, connection: Connection, language: str) -> None:
    """Read and write until one of them ends or the connection is told to."""
    tasks: list[asyncio.Task[None]] = []
    try:
        await here.live.join(connection, cursor(websocket.query_params.get("cursor")))
        tasks = [
            asyncio.create_task(read(websocket, here, connection, language)),
            asyncio.create_task(write(websocket, connection)),
        ]
        waiting: set[asyncio.Future[object]] = {*tasks, connection.ended}  # type: ignore[arg-type]  # invariant
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        here.live.leave(connection)
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for broken in outcomes:
        if isinstance(broken, Exception):
            logger.error("room %s", connection.room, exc_info=broken)
            connection.end(1011, AGAIN)
    if connection.ended.done():
        code, after = connection.ended.result()
        with contextlib.suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
            async with asyncio.timeout(CLOSING):
                while code != 4008 and not connection.frames.empty():  # answers that were on their way
                    await websocket.send_text(connection.frames.get_nowait())
        await refuse(websocket, code, language, after)


async def write(websocket: WebSocket, connection: Connection) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await websocket.send_text(await connection.frames.get())


async def read(websocket: WebSocket, here: Site, connection: Connection, language: str) -> None:
    """One frame after the other; each is answered before the next is read, and before the connection ends."""
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            frame = message.get("text")
            if frame is None:
                connection.end(4000)
                return
            answering = asyncio.create_task(answer(frame, here, connection, language))
            try:
                await here.live.finish(answering)
            except asyncio.CancelledError:
                done, _ = await asyncio.wait({answering}, timeout=ANSWER)
                for broken in [each.exception() for each in done]:
                    if broken:
                        logger.error("room %s", connection.room, exc_info=broken)
                raise


async def answer(frame: str, here: Site, connection: Connection, language: str) -> None:
    crew = connection.seat is not None and connection.seat[1][0] in CREW
    bucket = here.live.bucket(connection.visitor.person)
    asked = receive(frame, bucket, asyncio.get_running_loop().time(), crew)
    match asked:
        case End():
            connection.end(asked.code)
        case Deny():
            deny(connection, asked.id, asked.refused, language)
        case Greet():
            try:
                name = security.clean_name(asked.hello.name)
            except ValueError:
                deny(connection, None, Refused("name.invalid"), language)
            else:
                try:
                    await here.live.greet(connection, name, asked.hello.language)
                except (Away, Unavailable):
                    deny(connection, None, Refused("try.again", after=1), language)
        case Do():
            envelope = asked.envelope
            try:
                receipt = await here.live.do(connection.room, connection.visitor, envelope)
                connection.send(done(receipt))
            except Refused as refused:
                deny(connection, envelope.id, refused, language)
            except (Away, Unavailable):
                deny(connection, envelope.id, Refused("try.again", after=1), language)


def deny(connection: Connection, id: str | None, refused: Refused, language: str) -> None:
    text = texts.refusal(refused.code, refused.facts, spoken(connection.visitor, language))
    connection.send(encoder.encode(denied(id, refused, text)).decode())


def spoken(who: Visitor, language: str) -> str:
    return who.language if who.language in texts.LANGUAGES else language


routes: list[BaseRoute] = [WebSocketRoute("/rooms/{room}/live", live)]
