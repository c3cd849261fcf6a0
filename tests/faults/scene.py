"""A town at work, to be judged: rooms full of people who work, at a server that may be broken, or killed meanwhile."""

import asyncio
import contextlib
import itertools
import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
from sqlalchemy import Connection

from hosting import log, moments, people
from hosting.people import as_role
from rooms.lifecycle import Opened, RecordingSet
from tests.faults import truth
from tests.faults.checker import judge
from tests.faults.client import LISTEN, Habits, RecordingClient
from tests.faults.record import Diary, Texts, now
from tests.faults.verdict import Verdict
from tests.faults.work import WORK
from tests.flows.town import Town
from tests.served import Server, start

ROOMS = ("before-spring", "across-spring")
CAST = {  # who is in every room, and as what
    "ana": "moderator",
    "ben": "participant",
    "cem": "participant",
    "dua": "interpreter",
    "eli": "captioner",
    "fay": "participant",  # these only look
    "gil": "moderator",
}
LOOKERS = ("fay", "gil")
SUMS = 1.3  # seconds after the last change within which the sum of the last votes comes
QUIET = 0.7  # seconds after which no change is under way any more, on a busy machine
BUSY = Habits(again=0.1, beside=0.05, hop=0.08, anew=0.4)  # for a run of few seconds
DATABASE = "austausch.sqlite3"


class Cast(msgspec.Struct, frozen=True):
    """A data folder before any server ran on it, to be copied: its rooms, and ids and cookies of its people."""

    folder: Path
    rooms: tuple[str, ...]
    persons: dict[str, str]
    cookies: dict[str, str]

    def copy(self, folder: Path) -> "Cast":
        shutil.copytree(self.folder, folder)
        return msgspec.structs.replace(self, folder=folder)


def cast(folder: Path) -> Cast:
    """A folder with two open rooms, in which what is said is recorded."""
    town = Town(folder)
    rooms = tuple(town.rooms[key] for key in ROOMS)
    persons: dict[str, str] = {}
    cookies: dict[str, str] = {}

    def fill(sql: Connection) -> None:
        for name, role in CAST.items():
            persons[name] = people.create_person(sql, name.title(), moments.now())
            people.grant(sql, persons[name], as_role(role), "spring", None, moments.now())
            cookies[name] = people.open_sign_in(sql, persons[name], moments.now())
        for room in rooms:
            log.tell(sql, room, (Opened(), RecordingSet("on")), moments.now())

    town.write(fill)
    return Cast(folder, rooms, persons, cookies)


class Scene:
    """The clients of one run, each with a diary and a chance of its own. Without habits they do what they are told."""

    def __init__(self, cast: Cast, server: Server, seed: int, habits: Habits | None) -> None:
        self.cast, self.server = cast, server
        texts, seeds = Texts(), random.Random(seed)
        self.clients = [
            RecordingClient(
                Diary(f"{name}{place}", cast.persons[name], room, role),
                lambda: self.server.ws,
                server.url,
                cast.cookies[name],
                random.Random(seeds.random()),
                None if name in LOOKERS or not habits else WORK[role],
                LISTEN if name in LOOKERS or not habits else habits,
                texts,
            )
            for place, room in enumerate(cast.rooms)
            for name, role in CAST.items()
        ]
        self.running = asyncio.gather(*(client.run() for client in self.clients))

    @property
    def diaries(self) -> list[Diary]:
        return [client.diary for client in self.clients]

    async def kill(self) -> None:
        """SIGKILL, and a new server on the same port and folder."""
        program, port = self.server.process.args[2:], int(self.server.url.rsplit(":", 1)[1])  # type: ignore[index]  # a list
        self.server.kill()
        module = itertools.takewhile(lambda word: word != "serve", program)
        self.server = await asyncio.to_thread(start, self.cast.folder, port=port, program=tuple(module), rate=0)

    async def answers(self, commands: int, within: float = 20.0) -> None:
        """Wait until so many commands are answered, but not for ever: a broken server may answer none."""
        end = now() + within
        while sum(client.answers for client in self.clients) < commands and now() < end:  # noqa: ASYNC110  # of many
            await asyncio.sleep(0.02)

    async def burst(self) -> None:
        """The moderators change several things at once."""
        for client in self.clients:
            if client.diary.role == "moderator" and client.work:
                for item in list(client.screen.get("agenda", {}))[:1] * 3:
                    title = f"In a hurry {client.chance.getrandbits(64):x}"
                    await client.give("agenda.edit", {"item": item, "title": title})

    async def rest(self, within: float = 10.0) -> None:
        """Have everybody come to an end, wait until nothing comes any more, and note that.

        The last thing is a burst behind the last sum of votes: nothing comes after it that would show it, too.
        """
        for more, quiet in ((self.burst, SUMS), (None, QUIET)):
            await asyncio.gather(*(client.finish(within) for client in self.clients))
            await self.quiet(quiet, within)
            if more:
                await more()
        heads = await asyncio.to_thread(truth.heads, self.cast.folder / DATABASE)
        for client in self.clients:
            client.rest(heads[client.diary.room])

    async def quiet(self, seconds: float, within: float) -> None:
        """Wait until nobody has been shown a change for so many seconds, but not for ever."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while (left := max(client.heard_at for client in self.clients) + seconds - now()) > 0:  # noqa: ASYNC110  # as above
                    await asyncio.sleep(left)

    async def end(self) -> None:
        await asyncio.gather(*(client.stop() for client in self.clients))
        await self.running


async def play(
    cast: Cast,
    commands: int,
    seed: int,
    program: Sequence[str] = ("hosting",),
    kills: int = 0,
    habits: Habits = BUSY,
) -> Verdict:
    """Work at a server of this program on a folder of its own until so many commands are answered; the verdict.

    The server is killed so often on the way.
    """
    scene = Scene(cast, await asyncio.to_thread(start, cast.folder, program=program, rate=0), seed, habits)
    try:
        for part in range(1, kills + 1):
            await scene.answers(commands * part // (kills + 1))
            await scene.kill()
        await scene.answers(commands)
        await scene.rest()
        await scene.end()
    finally:
        if scene.server.process.poll() is None:
            await asyncio.to_thread(scene.server.stop)
    return await asyncio.to_thread(judge, scene.diaries, cast.folder / DATABASE)
