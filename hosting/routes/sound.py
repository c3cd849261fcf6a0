"""The way of sound: tickets by POST, and the socket on which packets come and go. Who is heard: see rooms.voices.

Texts on the socket are what a browser wants and what became of it; all else are packets, which nobody here looks into.
"""

import asyncio
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from hosting import texts
from hosting.connections import actor_of
from hosting.errors import Unavailable
from hosting.lanes import Lane
from hosting.packets import Malformed
from hosting.people import NOBODY, UNKNOWN
from hosting.relay import EmbeddedRelay, Line
from hosting.routes import api
from hosting.routes.socket import AGAIN, edge, open_lane
from hosting.site import Site, shown, site, visitor
from rooms.booths import Channelled
from rooms.core import Refused
from rooms.ports import Away, NoSuchRoom
from rooms.session import Bucket, bye
from rooms.wire import encoder

RATE, BURST = 10.0, 40.0  # texts a second of one socket, and how many at once
EARLY = 8  # texts before it is known who speaks
MOST = 45  # tickets at once: all channels that a room may have, and some

# ── Tickets ──────────────────────────────────────────────────────────────────────────────────────────────────────────


Named = Annotated[tuple[Channelled, ...], msgspec.Meta(max_length=MOST)]
Token = Annotated[str, msgspec.Meta(max_length=200)]


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What tickets are asked for; `listen` is `*` for everything there is."""

    listen: str | Named = ()  # with a pattern for the text, msgspec 0.22 would free what is not its own
    speak: Channelled | None = None


wanted = msgspec.json.Decoder(Wanted)


async def tickets(request: Request) -> Response:
    here, room, who = site(request), request.path_params["room"], visitor(request)
    try:
        await api.roles_in(request, room)
        after = here.live.bucket(who.person).take(asyncio.get_running_loop().time(), 5)
        if after:
            raise Refused("rate.limited", after=after)
        try:
            asked = wanted.decode(await api.body(request))
        except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as broken:
            raise Refused("command.invalid", field=str(broken)) from None
        hub = await here.live.hub(room)
        roles = await here.live.roles_of(who, room)  # as they are now: a body may take its time
        if not roles:
            raise Refused("role.missing")
        actor = actor_of(who, roles[0], roles)
        if isinstance(asked.listen, str) and asked.listen != "*":
            raise Refused("command.invalid", field="listen")
        listen = None if asked.listen == "*" else tuple(asked.listen)
        given = await here.live.speaking.grant(hub, actor, listen, asked.speak)
        return api.json({"ok": {"engine": here.live.speaking.engine.name, "tickets": given}})
    except Refused as refused:
        return api.no(request, None, refused)
    except NoSuchRoom:
        return api.no(request, None, Refused("room.unknown"))
    except (Away, Unavailable):
        return api.no(request, None, Refused("try.again", after=1))


# ── The socket ───────────────────────────────────────────────────────────────────────────────────────────────────────


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text from a browser: exactly one of these."""

    redeem: (
        Annotated[tuple[Annotated[str, msgspec.Meta(max_length=200)], ...], msgspec.Meta(max_length=MOST)] | None
    ) = None
    hear: Annotated[tuple[Channelled, ...], msgspec.Meta(max_length=MOST)] | None = None
    leave: int | None = None


said = msgspec.json.Decoder(Said)


class Socket:
    """One socket of sound: who is behind it, and their line to the relay."""

    def __init__(self, here: Site, websocket: WebSocket, lane: Lane) -> None:
        self.here, self.lane = here, lane
        self.room: str = websocket.path_params["room"]
        self.shown, self.visitor = shown(websocket), UNKNOWN
        self.language = texts.negotiate(websocket, UNKNOWN)
        self.bucket = Bucket(RATE, BURST)
        self.line: Line | None = None
        self.early: list[bytes] = []  # texts that came before there was a line
        self.ended = False

    async def admit(self) -> None:
        """Find out who is there, and give them a line; or end it. NoSuchRoom, Away, Unavailable."""
        live, seats = self.here.live, self.here.live.speaking.seats
        seats.add(self)  # before it is looked up: a sign-out from here on finds it
        admission = await live.entrance.admit(self.shown, self.room)
        if self.ended:
            return
        if admission.visitor is NOBODY:
            self.end(4001)
        elif seats.crowded(admission.visitor):
            self.end(4009, 20)
        else:
            seats.know(self, admission.visitor)
            await live.hub(self.room)
            try:
                await live.expect(self.visitor, self.room)
            except Refused:
                self.end(4003)
            if not await live.roles_of(self.visitor, self.room):
                self.end(4003)
            elif not self.ended:
                self.line = self.relay.open(self.lane, self.visitor.person, self.room, self.tell)
                for text in self.early:
                    self.hear(text)

    @property
    def relay(self) -> EmbeddedRelay:
        return self.here.relay

    # ── Out ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def tell(self, text: object) -> None:
        if not self.ended:
            self.lane.put(encoder.encode(text))

    def end(self, code: int, after: float = 0) -> None:
        """Say bye with a close code (PROTOCOL), and that one may come again after so many seconds."""
        if not self.ended:
            self.ended = True
            self.close()
            self.lane.finish(code, bye(code, texts.closing(code, self.language), after))

    def close(self) -> None:
        if self.line:
            self.line.close()
            self.line = None

    def full(self) -> None:
        if self.line:
            self.line.full()

    def drained(self) -> None:
        if self.line:
            self.line.drained()

    def stalled(self) -> None:
        self.ended = True
        self.close()
        self.lane.abort()  # a polite close would wait behind what is not taken

    # ── In ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def hear_bytes(self, frame: bytes) -> None:
        if self.line:
            try:
                self.line.hear_packet(frame)
            except Malformed:
                self.end(4000)

    def hear(self, text: bytes) -> None:
        """Do what one text asks for, as soon as there is a line."""
        if self.ended:
            return
        if not self.line and len(self.early) < EARLY:
            self.early.append(text)
            return
        try:
            asked = said.decode(text)
        except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError):
            self.end(4000)
            return
        if (
            not self.line
            or [asked.redeem, asked.hear, asked.leave].count(None) != 2
            or self.bucket.take(asyncio.get_running_loop().time())
        ):
            self.end(4000)
        else:
            self.do(self.line, asked)

    def do(self, line: Line, asked: Said) -> None:
        if asked.redeem is not None:
            found = [line.redeem(token) for token in asked.redeem]
            self.tell({"redeemed": [each for each in found if each]})
            if None in found:
                self.tell({"no": {"code": "sound.ticket", "text": texts.refusal("sound.ticket", {}, self.language)}})
        elif asked.hear is not None:
            self.tell({"hearing": line.hear(asked.hear)})
        elif asked.leave is not None:
            line.leave(asked.leave)


async def sound(websocket: WebSocket) -> None:
    await open_lane(websocket, lambda lane: converse(websocket, site(websocket), lane))


async def converse(websocket: WebSocket, here: Site, lane: Lane) -> None:
    """Take a socket in, and keep it until the other end goes, or has been told to."""
    socket = Socket(here, websocket, lane)
    lane.take(socket)
    try:
        with edge(socket):
            try:
                await socket.admit()
            except NoSuchRoom:
                socket.end(4004)
            except (Away, Unavailable):
                socket.end(1012, AGAIN)
            await read(websocket, socket)
    finally:
        socket.close()
        here.live.speaking.left(socket)


async def read(websocket: WebSocket, socket: Socket) -> None:
    """Hear what comes through ASGI: everything, where there is no fast lane; there, what is not one small frame."""
    while (message := await websocket.receive())["type"] != "websocket.disconnect":
        if (frame := message.get("bytes")) is not None:
            socket.hear_bytes(frame)
        else:
            socket.hear(message["text"].encode("utf-8", "surrogatepass"))


routes: list[BaseRoute] = [
    Route("/api/rooms/{room}/sound", tickets, methods=["POST"]),
    WebSocketRoute("/rooms/{room}/sound", sound),
]
