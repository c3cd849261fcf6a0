"""Many commands at once, and the server killed in the middle of them: what was answered before must be there after.

Also what a server does whose disk fails to sync. Its own oracle, beside the checker's: an id's first answer, its answer
when it is sent again, and the log.
"""

import asyncio
import json
import os
import random
import signal
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from hosting import log
from tests.faults import disk
from tests.faults.processes import Process
from tests.flows.clients import dial, joined
from tests.flows.town import Town

EACH = 15  # questions of one person that may wait; less than the 20 that are allowed
ENDS = 10.0  # seconds in which it must have ended by itself
WAIT = 20.0  # seconds


class Crash(msgspec.Struct, frozen=True):
    """One burst, its crash, and what came of it."""

    sent: int
    acknowledged: int
    lost: int  # acknowledged, and not in the log
    twice: int  # in the log more than once
    mismatched: int  # answered otherwise when sent again
    survived: int  # not acknowledged, and in the log all the same


async def crash(
    process: Process, town: Town, room: str, names: Sequence[str], mark: str, chance: random.Random
) -> Crash:
    """Have everybody ask their questions at once, kill the server at some moment, start it, ask again."""
    answers: dict[str, str] = {}
    enough, moment = asyncio.Event(), chance.randrange(1, len(names) * EACH // 2)

    sockets: dict[str, ClientConnection] = {}

    async def ask(name: str) -> None:
        socket = sockets[name] = await dial(process.running, room, town.cookies[name])
        for number in range(EACH - 2):
            await socket.send(json.dumps(question(f"{mark}/{name}/{number}")))
        try:
            async for frame in socket:
                reply = json.loads(frame)
                if "ok" in reply:
                    answers[reply["re"]] = reply["ok"]["question"]
                    if len(answers) >= moment:
                        enough.set()
        except ConnectionClosed:
            pass

    asking = [asyncio.create_task(ask(name)) for name in names]
    await asyncio.wait_for(enough.wait(), WAIT)
    for name, socket in list(sockets.items()):  # some under way, and some not sent, however slow we read
        await socket.send(json.dumps(question(f"{mark}/{name}/{EACH - 2}")))
    process.kill()
    await asyncio.gather(*asking, return_exceptions=True)
    await asyncio.to_thread(process.restart)
    there = Counter(logged(town, room))
    known = dict(answers)
    mismatched = 0
    for name in names:
        async with joined(process.running, room, town.cookies[name]) as client:
            for number in range(EACH):
                id = f"{mark}/{name}/{number}"
                reply = await client.do("question.ask", id=id, **question(id)["with"])
                mismatched += reply["ok"]["question"] != known.get(id, reply["ok"]["question"])
                await client.do("question.withdraw", question=reply["ok"]["question"])  # makes room for the next burst
    after = Counter(logged(town, room))
    ids = [f"{mark}/{name}/{number}" for name in names for number in range(EACH)]
    return Crash(
        len(ids),
        len(known),
        lost=sum(there[id] == 0 for id in known),
        twice=sum(after[id] > 1 for id in ids),
        mismatched=mismatched,
        survived=sum(there[id] > 0 for id in ids if id not in known),
    )


class Unsynced(msgspec.Struct, frozen=True):
    """A server whose fsync failed: how it ended, and what came of what it had acknowledged before."""

    code: int
    acknowledged: int
    lost: int
    false: int  # commands answered although their fsync failed
    checks: list[str]
    said: str


async def unsync(folder: Path, many: int) -> Unsynced:
    """Give so many commands, have fsync fail from then on, give another; start again and look."""
    town = Town(folder)
    room, known = town.rooms["across-spring"], [f"before {number}" for number in range(many)]
    with Process(folder, program=disk.FAILING, rate=0) as process:
        async with joined(process.running, room, town.cookies["moderator"]) as crew:
            (item,) = crew.screen["agenda"]
            for id in known:
                assert "ok" in await crew.do("agenda.edit", id=id, item=item, title=id)
            os.kill(process.pid, signal.SIGUSR1)
            await crew.send({"id": "last", "do": "agenda.edit", "with": {"item": item, "title": "the last"}})
            code = await asyncio.to_thread(process.ended, ENDS)
            await crew.closed()
            false = len(crew.replies)
        process.restart()
    there = logged(town, room)
    lost = len(known) if there[: len(known)] != known else 0
    return Unsynced(code, len(known), lost, false, process.checks, process.said())


def question(id: str) -> dict[str, Any]:
    return {"id": id, "do": "question.ask", "with": {"text": f"{id} " + "?" * 200, "language": "en"}}


def logged(town: Town, room: str) -> list[str]:
    """The ids of all commands in a room's log, in its order."""
    database = town.database()
    try:
        records = database.read_now(lambda sql: log.read(sql, room)).records
    finally:
        database.stop()
    return [record.receipt.id for record in records if record.receipt]
