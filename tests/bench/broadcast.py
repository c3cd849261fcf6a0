"""The broadcast of the websockets library, which never waits for a client, on uvloop.

Speaks the plain protocol of load.c and prints its port.
"""

import asyncio

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed

from tests.bench.plain import change

room: set[ServerConnection] = set()


async def live(connection: ServerConnection) -> None:
    room.add(connection)
    try:
        async for order in connection:
            broadcast(room, change(str(order)))
    except ConnectionClosed:
        pass
    finally:
        room.discard(connection)


async def main() -> None:
    async with serve(live, "127.0.0.1", 0, compression=None, backlog=4096) as server:
        print(f"ready at {server.sockets[0].getsockname()[1]}", flush=True)
        await asyncio.Future()


if __name__ == "__main__":
    uvloop.run(main())
