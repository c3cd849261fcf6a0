"""A client of the live socket that works and keeps a diary: it returns with its cursor and asks again by the same id.

It does to the server what browsers on bad lines do, on purpose and by chance with a seed. It judges nothing.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin

from tests.faults.record import Body, Dialled, Diary, Ended, Heard, Rested, Sent, Texts, now
from tests.faults.work import Screen, Work, choose

GREETING = 5.0  # seconds until a connection has brought its first frame, else it is given up
PATIENCE = 3.0  # seconds until a command without an answer is sent again
OPEN = 8  # commands without an answer that one client has at most
BACK = (0.05, 2.0)  # seconds until it comes back: at first at most, and in the end at most
LOST = (WebSocketException, OSError, TimeoutError, msgspec.DecodeError)  # after which one dials again
LATER = ("try.again", "rate.limited")  # refusals after which the same id is worth sending again


class Habits(msgspec.Struct, frozen=True):
    """How a client behaves. `pace`: seconds between two commands on average; all else: how often of 1, per command."""

    pace: float = 0.05
    again: float = 0.05  # sends a command once more that is answered already
    beside: float = 0.03  # sends a command on a second socket at the same time
    hop: float = 0.02  # drops its line and comes back
    anew: float = 0.3  # of those: comes back as a page that is loaded anew, without a cursor


LISTEN = Habits(again=0, beside=0, hop=0, anew=0)


class Asked:
    """A command that is not answered yet, and when it was last sent."""

    def __init__(self, id: str, do: str, body: Body) -> None:
        self.id, self.do, self.body, self.at = id, do, body, 0.0
        self.answered = asyncio.Event()


class RecordingClient:
    """One client. `run` until `stop`; meanwhile it works from `work` to `finish`.

    `address`: where to dial now (`ws://host:port`), which may be a proxy, and another after a restart; `origin`: the
    server's own address, as a browser would send it.
    """

    def __init__(
        self,
        diary: Diary,
        address: Callable[[], str],
        origin: str,
        token: str,
        chance: random.Random,
        work: Work | None = None,
        habits: Habits = LISTEN,
        texts: Texts | None = None,
    ) -> None:
        self.diary, self.address, self.origin, self.token = diary, address, origin, token
        self.chance, self.work, self.habits = chance, work, habits
        self.texts = texts or Texts()
        self.screen: Screen = {"mine": {}, "you": {}}
        self.epoch, self.seq = "", 0
        self.heard_at = now()  # when the last numbered frame came
        self.connections = 0
        self.line: tuple[int, ClientConnection] | None = None  # the connection that it works on
        self.asked: dict[str, Asked] = {}
        self.answers = 0
        self.working = work is not None
        self.stopped = False
        self.here = asyncio.Event()
        self.side: set[asyncio.Task[None]] = set()

    @property
    def cursor(self) -> str:
        return f"{self.epoch}:{self.seq}" if self.epoch else ""

    # ── A day's work ─────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Stay connected and work until stopped; never gives up."""
        tasks = [asyncio.create_task(self.stay())]
        if self.work:
            tasks += [asyncio.create_task(self.do_work()), asyncio.create_task(self.ask_again())]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in (*tasks, *self.side):
                task.cancel()
            await asyncio.gather(*tasks, *self.side, return_exceptions=True)

    async def finish(self, within: float) -> bool:
        """Begin nothing more; whether all that was asked is answered within so many seconds."""
        self.working = False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                for asked in list(self.asked.values()):
                    await asked.answered.wait()
                await asyncio.gather(*self.side, return_exceptions=True)
        return not self.asked

    def rest(self, head: int) -> None:
        """Note that whoever is connected now must have been shown everything up to `head`."""
        if self.line and self.here.is_set():
            self.diary.lines.append(Rested(self.line[0], now(), head))

    async def stop(self) -> None:
        """Hang up for good."""
        self.working, self.stopped = False, True
        if self.line:
            await self.line[1].close()

    # ── The line ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def stay(self) -> None:
        tries = 0
        while not self.stopped:
            before = self.connections
            pause = await self.connection(self.cursor)
            tries = 0 if self.here.is_set() else tries + 1
            self.here.clear()
            assert self.connections > before
            if not self.stopped:
                longest = min(BACK[1], BACK[0] * 2**tries)
                await asyncio.sleep(min(BACK[1], pause) + self.chance.random() * longest)  # full jitter

    async def connection(self, cursor: str) -> float:
        """One connection from dialling to its end; the seconds that the server asks to wait before the next."""
        pause = 0.0
        async with contextlib.AsyncExitStack() as stack:
            number, socket = await self.dial(cursor, stack)
            if socket is None:
                return pause
            self.line = (number, socket)
            try:
                frame = await self.hear(number, socket)
                self.take(frame)
                if "bye" not in frame:
                    self.here.set()
                    await self.send_all(now())
                while True:
                    frame = await self.hear(number, socket, within=None)
                    pause = frame["bye"]["after"] if "bye" in frame else pause
                    self.take(frame)
            except LOST:
                pass
            finally:
                self.line = None
                self.diary.lines.append(Ended(number, now(), socket.close_code))
        return pause

    async def dial(self, cursor: str, stack: contextlib.AsyncExitStack) -> tuple[int, ClientConnection | None]:
        self.connections += 1
        number = self.connections
        self.diary.lines.append(Dialled(number, now(), cursor))
        address = f"{self.address()}/rooms/{self.diary.room}/live" + (f"?cursor={cursor}" if cursor else "")
        headers = {"Cookie": f"austausch={self.token}"}
        opening = connect(
            address, origin=Origin(self.origin), additional_headers=headers, compression=None, max_size=None,
            open_timeout=GREETING, close_timeout=0.5, ping_interval=None, proxy=None,
        )  # fmt: skip
        try:
            return number, await stack.enter_async_context(opening)
        except LOST:
            self.diary.lines.append(Ended(number, now(), None))
            return number, None

    async def hear(self, number: int, socket: ClientConnection, within: float | None = GREETING) -> dict[str, Any]:
        async with asyncio.timeout(within):
            text = str(await socket.recv())
        self.diary.lines.append(Heard(number, now(), self.texts.one(text)))
        return msgspec.json.decode(text, type=dict[str, Any])

    def take(self, frame: dict[str, Any]) -> None:
        """Make the screen what the frame says."""
        if "re" in frame:
            asked, no = self.asked.get(frame["re"]), frame.get("no", {})
            if asked and no.get("code") in LATER:
                asked.at = now() - PATIENCE + no["after"]
            elif asked:
                self.asked.pop(asked.id).answered.set()
                self.answers += 1
            return
        if "all" in frame:
            self.screen = {"mine": {}, **{collection: {} for collection in frame["all"]}, "you": self.screen["you"]}
        self.screen["you"] = frame.get("you", self.screen["you"])
        for collection, items in (frame.get("all") or frame.get("put") or {}).items():
            here = self.screen.setdefault(collection, {})
            here.update(items)
            if collection != "mine":
                for id in [id for id, item in items.items() if item is None]:
                    del here[id]
        if "seq" in frame and ("all" in frame or "put" in frame):
            self.seq, self.heard_at = frame["seq"], now()
        self.epoch = frame.get("epoch", self.epoch)

    # ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def do_work(self) -> None:
        while self.working:
            await asyncio.sleep(self.chance.expovariate(1 / self.habits.pace))
            if self.working and self.here.is_set() and len(self.asked) < OPEN and self.work:
                step = choose(self.work, self.screen, self.chance)
                if step:
                    await self.give(*step)

    async def give(self, do: str, body: Body) -> Asked:
        """Give a command, with all one's habits."""
        asked = Asked(f"{self.diary.client}-{self.chance.getrandbits(48):x}", do, body)
        self.asked[asked.id] = asked
        await self.send(asked)
        if self.chance.random() < self.habits.beside:
            self.aside(self.beside(asked))
        if self.chance.random() < self.habits.again:
            self.aside(self.once_more(asked))
        if self.chance.random() < self.habits.hop:
            self.aside(self.hop())
        return asked

    async def send(self, asked: Asked) -> None:
        """Send on the line that is there, if one is; what has no answer is sent again later."""
        if self.line and self.here.is_set():
            asked.at = now()
            await self.send_on(*self.line, asked)

    async def send_on(self, number: int, socket: ClientConnection, asked: Asked) -> None:
        self.diary.lines.append(Sent(number, now(), asked.id, asked.do, asked.body))
        with contextlib.suppress(*LOST):
            await socket.send(msgspec.json.encode({"id": asked.id, "do": asked.do, "with": asked.body}).decode())

    async def send_all(self, before: float) -> None:
        """Send again what was last sent before a moment."""
        for asked in [asked for asked in self.asked.values() if asked.at < before]:
            await self.send(asked)

    async def ask_again(self) -> None:
        while self.working or self.asked:
            await asyncio.sleep(0.1)
            await self.send_all(now() - PATIENCE)

    def aside(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self.side.add(task)
        task.add_done_callback(self.side.discard)

    async def once_more(self, asked: Asked) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await asked.answered.wait()
                await self.send(asked)

    async def hop(self) -> None:
        """Lose the line: a polite end, or one as if it was pulled out."""
        if self.line:
            if self.chance.random() < self.habits.anew:
                self.epoch = ""
            if self.chance.random() < 0.5:
                await self.line[1].close()
            else:
                self.line[1].transport.abort()

    async def beside(self, asked: Asked) -> None:
        """The same command on a second socket, as a person with two windows might."""
        async with contextlib.AsyncExitStack() as stack:
            number, socket = await self.dial(self.cursor, stack)
            if socket is None:
                return
            with contextlib.suppress(*LOST):
                if "bye" not in await self.hear(number, socket):
                    await self.send_on(number, socket, asked)
                    async with asyncio.timeout(PATIENCE):
                        while (await self.hear(number, socket)).get("re") != asked.id:
                            pass
            self.diary.lines.append(Ended(number, now(), socket.close_code))
