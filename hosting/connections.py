"""One open socket as a room sees it: who is behind it, the lane to them, what they have sent that is not answered."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator, Set
from os import write
from typing import Generic, Protocol, TypeVar, runtime_checkable

from hosting.admission import Shown
from hosting.lanes import TEXT, Lane, header
from hosting.people import UNKNOWN, Visitor
from rooms import fanout
from rooms.core import Actor, Item, Refused, Role
from rooms.crowd import Listener
from rooms.hub import Hub
from rooms.people import Restriction
from rooms.roles import rights

INBOX = 16  # texts of one connection that may wait for their answer
ANSWER = 5.0  # seconds for the answer to what was read last, when the connection ends
Roles = tuple[Role, ...]  # of one person in one room, the highest first


class Connection:
    """One open socket. `ended` says why it must close: a close code, and the seconds after which to come back.

    `shown` is what it came with; who that is, is UNKNOWN until it was looked up. `seat` is as whom it listens, and
    `hub` where: what it was last sent everything for. `booth`: the language of the booth whose page it is. What comes
    in is answered in order, not while the lane is full.
    """

    def __init__(
        self,
        room: str,
        shown: Shown,
        lane: Lane,
        answer: Callable[["Connection", bytes], Coroutine[None, None, None]],
        bye: Callable[["Connection", int, float], bytes],
        booth: str | None = None,
    ) -> None:
        self.room, self.shown, self.lane, self.booth = room, shown, lane, booth
        self.answer, self.bye = answer, bye
        self.visitor = UNKNOWN
        self.seat: tuple[Visitor, Roles, Restriction | None] | None = None
        self.hub: Hub | None = None
        self.seating = asyncio.Lock()  # held while it gets another seat
        self.ended: tuple[int, float] | None = None
        self.because: Refused | None = None  # what says more than the code
        self.open = False  # whether what comes in is answered
        self.inbox: deque[bytes] = deque()
        self.answering: asyncio.Task[None] | None = None
        self.wanted: asyncio.Future[None] | None = None  # room in the inbox

    # ── Out ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def send(self, *parts: bytes) -> bool:
        return self.lane.put(*parts)

    def full(self) -> None:
        if self.hub:
            fanout.full(self.hub, self)

    def drained(self) -> None:
        if self.hub:
            fanout.drained(self.hub, self)
        self.work()

    def stalled(self) -> None:
        self.end(4008)

    def end(self, code: int, after: float = 0, because: Refused | None = None) -> None:
        """Have the socket say bye with a close code (PROTOCOL, close codes) and a pause in seconds."""
        if self.ended is None:
            self.ended, self.because = (code, after), because
            if self.hub:
                self.hub.leave(self)  # from here on only the answer is waited for
            self.make_room()
            if self.answering:
                asyncio.get_running_loop().call_later(ANSWER, self.close)
            else:
                self.close()

    def close(self) -> None:
        if self.ended:
            self.lane.finish(self.ended[0], self.bye(self, *self.ended))

    # ── In ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def hear(self, text: bytes) -> None:
        if not self.ended:
            self.inbox.append(text)
            self.lane.hold(len(self.inbox) > INBOX)
            self.work()

    def hear_bytes(self, data: bytes) -> None:
        self.end(4000)

    def begin(self) -> None:
        """Answer from here on what comes in, and what has come in."""
        self.open = True
        self.work()

    def work(self) -> None:
        if self.inbox and self.open and self.lane.ready and not self.answering and not self.ended:
            self.answering = asyncio.create_task(self.answer_all())

    async def room_in_inbox(self) -> None:
        """Wait until more may come in, or the connection has ended."""
        while len(self.inbox) > INBOX and not self.ended:
            self.wanted = asyncio.get_running_loop().create_future()
            await self.wanted

    def make_room(self) -> None:
        if self.wanted and not self.wanted.done():
            self.wanted.set_result(None)

    async def answer_all(self) -> None:
        """Answer what has come in; what is durable is also shown, so nobody cancels this."""
        answered = 0
        try:
            while self.inbox and self.lane.ready and not self.ended:
                text = self.inbox.popleft()
                self.lane.hold(len(self.inbox) > INBOX)
                self.make_room()
                await self.answer(self, text)
                answered += 1
                if answered % INBOX == 0:
                    await asyncio.sleep(0)  # refusals wait for nothing
        finally:
            self.answering = None
            self.close()


Each = TypeVar("Each", bound=Listener)


@runtime_checkable
class Wired(Protocol):
    """A listener at the near end of a lane."""

    lane: Lane


class FastRow(Generic[Each]):
    """Listeners that take frames, with their descriptors side by side: a loop over these meets nothing else.

    `first`: the first byte of the frames.
    """

    def __init__(self, members: Iterable[Each] = (), descriptors: Iterable[int] = (), first: int = TEXT) -> None:
        self.members, self.descriptors, self.first = list(members), list(descriptors), first
        self.places = {listener: place for place, listener in enumerate(self.members)}

    def add(self, listener: Each) -> None:
        if listener not in self.places:
            self.places[listener] = len(self.members)
            self.members.append(listener)
            self.descriptors.append(listener.lane.fd if isinstance(listener, Wired) else -1)

    def discard(self, listener: Each) -> None:
        """The last takes the place that becomes free."""
        place = self.places.pop(listener, None)
        if place is not None:
            last, descriptor = self.members.pop(), self.descriptors.pop()
            if last is not listener:
                self.members[place], self.descriptors[place], self.places[last] = last, descriptor, place

    def __len__(self) -> int:
        return len(self.members)

    def __iter__(self) -> Iterator[Each]:
        return iter(self.members)

    def __contains__(self, listener: object) -> bool:
        return listener in self.places

    def copy(self) -> "FastRow[Each]":
        return FastRow(self.members, self.descriptors, self.first)

    def send(self, frame: bytes, begin: int, end: int, without: Set[Listener]) -> list[Each]:
        """Write a frame that is built once; it goes on, where the kernel does not take all of it, through the lane."""
        members, descriptors = self.members[begin:end], self.descriptors[begin:end]
        if without:
            kept = [place for place, listener in enumerate(members) if listener not in without]
            members, descriptors = [members[place] for place in kept], [descriptors[place] for place in kept]
        whole = header(len(frame), self.first) + frame
        size, short = len(whole), []
        for place, descriptor in enumerate(descriptors):
            try:
                written = write(descriptor, whole)
            except BlockingIOError:
                written = 0
            except OSError:  # it is gone, or has no descriptor
                written = -1
            if written != size:
                short.append((place, written))
        rest = [(members[place], descriptors[place], written) for place, written in short]
        return [one for one, descriptor, written in rest if not go_on(one, descriptor, frame, whole, written)]


def go_on(listener: Listener, descriptor: int, frame: bytes, whole: bytes, written: int) -> bool:
    """Send what is left of a frame; whether more can follow."""
    if not isinstance(listener, Wired) or descriptor < 0:
        return listener.send(frame)
    if written < 0:
        listener.lane.abort()
        return False
    listener.lane.write_rest(whole, written)
    return listener.lane.ready


def actor_of(visitor: Visitor, role: Role, roles: Roles = ()) -> Actor:
    """A visitor in one of their roles; of all their `roles` the others are named beside it."""
    return Actor(visitor.person, role, visitor.name is not None, tuple(other for other in roles if other != role))


def you(visitor: Visitor, roles: Roles) -> Item:
    """What a first frame tells a person of themselves."""
    return {"id": visitor.person, "name": visitor.name, "role": roles[0], "rights": rights(*roles)}
