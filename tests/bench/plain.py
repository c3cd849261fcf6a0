"""Plain Starlette as most people write it, on the server settings of Austausch: a loop that awaits every client.

Speaks the plain protocol of load.c and prints its port.
"""

import time

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

room: set[WebSocket] = set()


def change(order: str) -> str:
    """What `b SEQ BYTES` asks to be broadcast."""
    _, seq, size = order.split()
    start, end = f'{{"at":{time.monotonic_ns()},"text":"#{int(seq) % 10_000_000:07}#', f'","seq":{seq}}}'
    return start + "." * (int(size) - len(start) - len(end)) + end


async def live(websocket: WebSocket) -> None:
    await websocket.accept()
    room.add(websocket)
    try:
        async for order in websocket.iter_text():
            text = change(order)
            for each in list(room):
                try:
                    await each.send_text(text)
                except (WebSocketDisconnect, RuntimeError):
                    room.discard(each)
    except WebSocketDisconnect:
        pass
    finally:
        room.discard(websocket)


def main() -> None:
    app = Starlette(routes=[WebSocketRoute("/{path:path}", live)])
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="warning", loop="uvloop",
        ws="websockets-sansio", ws_max_size=16_384, ws_per_message_deflate=False, ws_ping_interval=20,
        server_header=False, access_log=False,
    )  # fmt: skip
    socket = config.bind_socket()
    print(f"ready at {socket.getsockname()[1]}", flush=True)
    uvicorn.Server(config).run([socket])


if __name__ == "__main__":
    main()
