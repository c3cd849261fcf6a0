"""A server that is a relay of sound and nothing else, on the fast lane with the settings of Austausch.

    /?person=P&hear=es,floor&speak=es

gives what the address asks for, and has whoever speaks heard; the first text says `redeemed`. Any text is answered by
what has passed. MANY: listeners above which there are bundles; STALL: seconds until somebody is cut off; LANE=queue: no
fast lane.
"""

import asyncio
import contextlib
import os

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from hosting.engine import LISTEN, SPEAK, Spec, Use
from hosting.fastlane import FastLane, Requests
from hosting.lanes import EXTENSION, STALL, Lane, QueueLane
from hosting.relay import MANY, EmbeddedRelay
from hosting.server import calm_collector, raise_file_limit
from rooms.wire import encoder

engine = EmbeddedRelay(int(os.environ.get("MANY", MANY)), stall=float(os.environ.get("STALL", STALL)))
speakers: dict[str, set[str]] = {}


class Near:
    """The near end of a lane, as the route of sound has it."""

    def __init__(self, lane: Lane, person: str) -> None:
        self.lane, self.line = lane, engine.open(lane, person, "room")
        self.full, self.drained, self.stalled = self.line.full, self.line.drained, self.line.stalled
        self.hear_bytes = self.line.hear_packet

    def hear(self, text: bytes) -> None:
        self.lane.put(
            b"[%b]" % b",".join(encoder.encode(found.stats()) for found in engine.rooms["room"].channels.values())
        )


async def sound(websocket: WebSocket) -> None:
    await websocket.accept()
    asked = websocket.query_params
    queue = QueueLane(websocket)
    lane: Lane = websocket.scope.get("extensions", {}).get(EXTENSION, queue)
    near = Near(lane, asked["person"])
    lane.take(near)
    sending = asyncio.create_task(queue.run()) if lane is queue else None
    try:
        await begin(
            near, asked["person"], [name for name in asked.get("hear", "").split(",") if name], asked.get("speak")
        )
        while (message := await websocket.receive())["type"] != "websocket.disconnect":
            if message.get("bytes") is not None:
                near.hear_bytes(message["bytes"])
            else:
                near.hear(message["text"].encode())
    finally:
        near.line.close()
        if sending:
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sending


async def begin(near: Near, person: str, hearing: list[str], speaking: str | None) -> None:
    """Give somebody what they ask for."""
    tickets = []
    wanted: list[tuple[str, Use]] = [(channel, LISTEN) for channel in hearing]
    if speaking:
        wanted.append((speaking, SPEAK))
    for channel, use in wanted:
        await engine.ensure_channel("room", channel, Spec(many=channel == "floor"))
        tickets.append(await engine.grant(person, "room", channel, use, 60))
    redeemed = [near.line.redeem(ticket.token) for ticket in tickets]
    near.line.hear(hearing)
    if speaking:
        speakers.setdefault(speaking, set()).add(person)
        await engine.set_active("room", speaking, speakers[speaking])
    near.lane.put(encoder.encode({"redeemed": redeemed}))


def main() -> None:
    raise_file_limit()
    config = uvicorn.Config(
        Starlette(routes=[WebSocketRoute("/", sound)]), host="127.0.0.1", port=0, log_level="warning", http=Requests,
        ws="websockets-sansio" if os.environ.get("LANE") == "queue" else FastLane,
        ws_max_size=16_384, ws_per_message_deflate=False, ws_ping_interval=20, backlog=4096,
        server_header=False, access_log=False,
    )  # fmt: skip
    socket = config.bind_socket()
    socket.listen(4096)  # who comes from here on waits
    print(f"ready at {socket.getsockname()[1]}", flush=True)
    calm_collector()
    uvicorn.Server(config).run([socket])


if __name__ == "__main__":
    main()
