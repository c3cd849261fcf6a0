"""A town at work in a storm: real clients behind one bad line, a real server on a small disk under a wrong clock.

What happens when is drawn from the seed before it begins; which line is hit depends on which are there. Every fault is
said with its time. At the end all is taken back, everybody comes to rest, and the checker judges every diary.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec
from sqlalchemy import Connection

from hosting import log, moments, people
from hosting.people import as_role
from rooms.lifecycle import Opened, RecordingSet
from tests.faults import shifted, truth
from tests.faults.checker import judge
from tests.faults.client import LISTEN, Habits, RecordingClient
from tests.faults.disk import Disk, small
from tests.faults.frames import Replies
from tests.faults.processes import Process
from tests.faults.proxy import BLACKHOLE, PASS, Fault, Line, Proxy, Way
from tests.faults.record import Diary, Ended, Heard, Sent, Texts, now
from tests.faults.verdict import Verdict
from tests.faults.work import WORK
from tests.flows.town import Town

ROOMS = ("before-spring", "across-spring", "after-spring")
CAST = ("moderator", "interpreter", "captioner", "participant", "participant", "participant")  # who works in a room
HABITS = Habits(pace=0.6, beside=0.06)  # six of them in each of three rooms: 30 commands a second, retries not counted
LOST = 0.3  # of all commands: the first reply is cut off
QUIETNESS = 1.6  # seconds without a numbered frame: sums of votes come once a second
REST = 15.0  # seconds in which all must be answered and shown once the faults are over
DATABASE = "austausch.sqlite3"
LINES = {  # faults of lines; how many of ten lines one hits
    "cut": 2, "reset": 2, "half-close": 1, "half-open": 1, "blackhole": 3, "throttle": 3, "delay": 5, "refuse": 1,
}  # fmt: skip
WHOLE = ("SIGKILL", "SIGSTOP", "SIGTERM", "disk full", "clock jump")  # of the server as a whole
KINDS = (*LINES, "reply cut", "two sockets", *WHOLE)
OFTEN = {"lines": 0.7, "whole": 4.0}  # seconds between two faults, on average
TURNS = 6  # of a storm at most: it goes on while too little has happened in it
JUMPS = (3_600.0, -3_600.0, 86_400.0, -86_400.0)  # seconds
PATIENCE = 3.0  # seconds until a fault that finds no line is given up
LENGTH = (0.5, 3.0)  # seconds that a fault lasts


class Due(msgspec.Struct, frozen=True):
    """A fault to come: seconds from the beginning, seconds that it lasts, and what its chance is drawn from."""

    at: float
    kind: str
    lasts: float
    seed: int


class Outcome(msgspec.Struct):
    """What a storm did, and what came of it."""

    injected: dict[str, int]
    verdict: Verdict
    rested: bool
    checks: list[str]
    took: list[float]
    codes: list[int]
    said: str
    disk: str
    clients: int
    seconds: float


def plan(seed: int, seconds: float, kinds: Sequence[str]) -> list[Due]:
    """What happens when. Every kind comes up before any comes up again; those of the server never overlap."""
    chance = random.Random(seed)
    due: list[Due] = []
    for of, pace in ((tuple(LINES), OFTEN["lines"]), (WHOLE, OFTEN["whole"])):
        wanted, dealt, at = [kind for kind in of if kind in kinds], list[str](), 0.5
        pace = min(pace, (seconds - 1) / (len(wanted) + 1))
        while wanted and at < seconds - 0.5:
            dealt = dealt or chance.sample(wanted, len(wanted))
            lasts = chance.uniform(*LENGTH) if of is not WHOLE else chance.uniform(0.3, min(1.5, pace / 2))
            due.append(Due(round(at, 2), dealt.pop(), round(lasts, 2), chance.getrandbits(32)))
            at += chance.uniform(0.7, 1.3) * pace
    return sorted(due, key=lambda each: each.at)


class Storm:
    """One run: the clients with their diaries, the line, the server."""

    def __init__(
        self,
        disk: Disk,
        scratch: Path,
        seed: int,
        lookers: int,
        say: Callable[[str], None],
        kinds: Sequence[str] = KINDS,
    ) -> None:
        self.disk, self.seed, self.say, self.kinds = disk, seed, say, kinds
        self.town, self.clock = Town(disk.folder), shifted.Clock(scratch / "shift")
        self.process = Process(disk.folder, program=shifted.PROGRAM, given=self.clock.given, rate=0)
        self.proxy = Proxy(0, seed=seed)
        if "reply cut" in kinds:
            cut: set[str] = set()
            self.proxy.sieve = lambda: Replies(LOST, seed, self.proxy.injected, cut)
        self.clients: list[RecordingClient] = []
        self.moving: set[asyncio.Task[None]] = set()
        self.whole = asyncio.Lock()
        self.began = 0.0
        self.people(lookers)

    def people(self, lookers: int) -> None:
        texts, seeds = Texts(), random.Random(self.seed)
        seats: list[tuple[str, str, str]] = []  # room, role, name
        for place, key in enumerate(ROOMS):
            roles = [*CAST, *(("participant", "moderator")[number % 5 == 0] for number in range(lookers))]
            seats += [(self.town.rooms[key], role, f"p{place}-{number}") for number, role in enumerate(roles)]
        made: dict[str, tuple[str, str]] = {}

        def fill(sql: Connection) -> None:
            for _, role, name in seats:
                person = people.create_person(sql, name, moments.now())
                people.grant(sql, person, as_role(role), "spring", None, moments.now())
                made[name] = person, people.open_sign_in(sql, person, moments.now())
            for key in ROOMS:
                log.tell(sql, self.town.rooms[key], (Opened(), RecordingSet("on")), moments.now())

        self.town.write(fill)
        for room, role, name in seats:
            works = int(name.split("-")[1]) < len(CAST)
            self.clients.append(
                RecordingClient(
                    Diary(name, made[name][0], room, role),
                    lambda: f"ws://127.0.0.1:{self.proxy.port}",
                    "",
                    made[name][1],
                    random.Random(seeds.random()),
                    WORK[role] if works else None,
                    HABITS if works else LISTEN,
                    texts,
                )
            )

    # ── Faults ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def blow(self, seconds: float, least: Mapping[str, int]) -> None:
        """Let happen what is due, each at its time, and take everything back in the end; on a slow machine again, until
        there was at least so much of everything.
        """
        for turn in range(TURNS):
            begins = time.monotonic()
            for each in plan(self.seed + turn, seconds, self.kinds):
                await asyncio.sleep(max(0.0, begins + each.at - time.monotonic()))
                task = asyncio.create_task(self.happen(each))
                self.moving.add(task)
            await asyncio.sleep(max(0.0, begins + seconds - time.monotonic()))
            await asyncio.gather(*self.moving)
            there = self.injected() | self.given()
            if all(there[name] >= count for name, count in least.items()):
                break

    def injected(self) -> Counter[str]:
        injected = Counter(self.process.injected) + self.proxy.injected
        injected["disk full"], injected["clock jump"] = self.disk.filled, self.clock.injected
        injected["two sockets"] = sum(twice_at_once(client.diary) for client in self.clients)
        return injected

    def given(self) -> Counter[str]:
        """Of all commands, as the checker will count them."""
        lines = [line for client in self.clients for line in client.diary.lines]
        sent = [line.id for line in lines if isinstance(line, Sent)]
        heard = [line.frame for line in lines if isinstance(line, Heard) and line.frame.startswith('{"re":"')]
        answered = {frame["re"] for frame in map(msgspec.json.decode, heard) if "ok" in frame}
        return Counter(retries=len(sent) - len(set(sent)), acknowledged=len(answered))

    async def happen(self, due: Due) -> None:
        chance = random.Random(due.seed)
        if due.kind in WHOLE:
            async with self.whole:
                self.tell(due)
                await self.shake(due, chance)
        elif due.kind == "refuse":
            self.tell(due)
            await self.proxy.refuse()
            for line in self.some(2, chance):
                line.reset()
            await asyncio.sleep(min(due.lasts, 1.0))
            await self.proxy.start()
        else:
            end = time.monotonic() + PATIENCE
            while len(self.proxy.lines) < len(self.clients) // 2 and time.monotonic() < end:  # noqa: ASYNC110
                await asyncio.sleep(0.05)  # after a restart they come back little by little
            lines = self.some(LINES[due.kind], chance)
            self.tell(due, f"{len(lines)} of {len(self.proxy.lines)} lines")
            await asyncio.gather(*(self.hit(line, due, chance) for line in lines))

    def tell(self, due: Due, more: str = "") -> None:
        self.say(f"{time.monotonic() - self.began:7.2f} s  {due.kind:10}  for {due.lasts:.2f} s  {more}")

    def some(self, of_ten: int, chance: random.Random) -> list[Line]:
        there = [line for line in self.proxy.lines if line.faults == {"up": PASS, "down": PASS} and not line.over]
        return chance.sample(there, min(len(there), -(-len(there) * of_ten // 10)))

    async def hit(self, line: Line, due: Due, chance: random.Random) -> None:
        ways: tuple[Way, ...] = chance.choice((("up",), ("down",), ("up", "down")))
        match due.kind:
            case "cut":
                line.set(Fault(cuts_after=chance.randrange(1, 400)), chance.choice(("up", "down")))
            case "reset":
                line.reset()
            case "half-close":
                line.half_close(chance.choice(("up", "down")))
            case "half-open":
                line.half_open()
            case "blackhole":
                line.set(BLACKHOLE, *ways)
            case "throttle":
                line.set(Fault(rate=chance.uniform(500, 5_000)), *ways)
            case "delay":
                line.set(Fault(delay=chance.uniform(0.02, 0.3), jitter=0.1), *ways)
        await asyncio.sleep(due.lasts)
        if due.kind in ("half-open", "half-close", "cut") or (due.kind == "blackhole" and chance.random() < 0.5):
            line.end(at_once=True)  # what was held back is lost with its line
        elif due.kind != "reset":
            line.set(PASS)

    async def shake(self, due: Due, chance: random.Random) -> None:
        match due.kind:
            case "SIGKILL" | "SIGTERM":
                await asyncio.to_thread(self.process.kill if due.kind == "SIGKILL" else self.process.end)
                await asyncio.to_thread(self.process.restart)
            case "SIGSTOP":
                self.process.pause()
                await asyncio.sleep(due.lasts)
                self.process.resume()
            case "disk full":
                self.disk.fill(self.process.pid)
                await asyncio.sleep(due.lasts)
                self.disk.free(self.process.pid)
                await asyncio.to_thread(self.process.check)
            case "clock jump":
                self.clock.put(chance.choice(JUMPS))

    # ── From beginning to end ────────────────────────────────────────────────────────────────────────────────────

    async def run(self, seconds: float, least: Mapping[str, int]) -> Outcome:
        rested = False
        with self.process:
            await self.proxy.start()
            self.proxy.target = self.process.port
            for client in self.clients:
                client.origin = self.process.running.url
            running = asyncio.gather(*(client.run() for client in self.clients))
            self.began = time.monotonic()
            try:
                await self.blow(seconds, least)
                self.proxy.sieve = None
                for line in self.proxy.lines[:]:
                    line.end(at_once=True)  # whatever is left of the storm in one of them
                rested = await self.rest()
            finally:
                await asyncio.gather(*(client.stop() for client in self.clients))
                _, late = await asyncio.wait({running}, timeout=1)
                if late:  # who still waits for an answer; `rested` says so
                    running.cancel()
                await asyncio.gather(running, return_exceptions=True)
                await self.proxy.stop()
            self.process.check()
        verdict = await asyncio.to_thread(judge, [client.diary for client in self.clients], self.disk.folder / DATABASE)
        injected, process = self.injected(), self.process
        return Outcome(
            {kind: injected[kind] for kind in self.kinds}, verdict, rested, process.checks, process.took, process.codes,
            process.said(), self.disk.how, len(self.clients), seconds,
        )  # fmt: skip

    async def rest(self) -> bool:
        """Wait until all is answered and nothing comes any more, and note that everybody is to be up to date."""
        await asyncio.sleep(0.2)
        answered = await asyncio.gather(*(client.finish(REST) for client in self.clients))
        end = now() + REST
        while now() < end and not self.still():  # noqa: ASYNC110  # there is no event for that nothing has happened
            await asyncio.sleep(0.05)
        heads = await asyncio.to_thread(truth.heads, self.disk.folder / DATABASE)
        for client in self.clients:
            client.rest(heads[client.diary.room])
        return all(answered) and self.still()

    def still(self) -> bool:
        """Whether everybody is here and has not been shown anything new for a while."""
        quiet = now() - max(client.heard_at for client in self.clients) > QUIETNESS
        return quiet and all(client.here.is_set() for client in self.clients)


def twice_at_once(diary: Diary) -> int:
    """How many commands a client sent on two sockets before either had answered."""
    open: dict[str, set[int]] = {}
    twice: set[str] = set()
    for line in diary.lines:
        if isinstance(line, Sent):
            open.setdefault(line.id, set()).add(line.connection)
            twice |= {line.id} if len(open[line.id]) > 1 else set()
        elif isinstance(line, Ended):
            for connections in open.values():
                connections.discard(line.connection)
        elif isinstance(line, Heard) and line.frame.startswith('{"re":"'):
            open.pop(line.frame[7:].split('"')[0], None)
    return len(twice)


async def storm(
    scratch: Path,
    seed: int,
    seconds: float,
    lookers: int,
    say: Callable[[str], None],
    kinds: Sequence[str] = KINDS,
    least: Mapping[str, int] = {},
) -> Outcome:
    """Work for some seconds under faults of these kinds, longer until each has hit and there was so much of what else
    is named; nothing is judged but what the checker says.
    """
    with small(scratch / "disk", 60) as disk:
        return await Storm(disk, scratch, seed, lookers, say, kinds).run(seconds, {**dict.fromkeys(kinds, 1), **least})
