"""One open socket as a room sees it: who is behind it, and the frames that wait for it."""

import asyncio

from hosting.people import Visitor
from rooms.core import Actor, Item, Role
from rooms.roles import rights

QUEUE = 512  # frames waiting for one connection before it is too slow
Roles = tuple[Role, ...]  # of one person in one room, the highest first


class Connection:
    """One open socket: who is behind it, and the frames that wait for it. `ended` says why it must close.

    `seat` is as whom it listens: what it was last sent everything for.
    """

    def __init__(self, room: str, visitor: Visitor) -> None:
        self.room, self.visitor = room, visitor
        self.seat: tuple[Visitor, Roles] | None = None
        self.frames: asyncio.Queue[str] = asyncio.Queue(QUEUE)
        self.ended: asyncio.Future[tuple[int, float]] = asyncio.get_running_loop().create_future()

    def send(self, frame: str) -> None:
        try:
            self.frames.put_nowait(frame)
        except asyncio.QueueFull:
            self.end(4008)

    def end(self, code: int, after: float = 0) -> None:
        """Have the socket say bye with a close code (PROTOCOL, close codes) and a pause in seconds."""
        if not self.ended.done():
            self.ended.set_result((code, after))


def actor_of(visitor: Visitor, role: Role, roles: Roles = ()) -> Actor:
    """A visitor in one of their roles; of all their `roles` the others are named beside it."""
    return Actor(visitor.person, role, visitor.name is not None, tuple(other for other in roles if other != role))


def you(visitor: Visitor, roles: Roles) -> Item:
    """What a first frame tells a person of themselves."""
    return {"id": visitor.person, "name": visitor.name, "role": roles[0], "rights": rights(*roles)}
