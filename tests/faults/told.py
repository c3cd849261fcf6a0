"""A true record to be changed: a few people do in two rooms of a real server what they are told, all keep diaries."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from rooms.fanout import TICK
from tests.faults import truth
from tests.faults.record import Diary, Heard, Sent
from tests.faults.scene import DATABASE, Scene, cast
from tests.faults.truth import Truth
from tests.served import start

Frame = dict[str, Any]


class Told:
    """Diaries by client, and the truth of both rooms; to be changed."""

    def __init__(self, diaries: list[Diary], rooms: dict[str, Truth], questions: dict[str, str]) -> None:
        self.diaries = {diary.client: diary for diary in diaries}
        self.rooms, self.questions = rooms, questions  # those of whom

    @property
    def here(self) -> Truth:
        return self.rooms[self.diaries["ben0"].room]

    def frames(self, client: str, *has: str) -> list[tuple[int, Frame]]:
        """A client's frames with these fields, by their line."""
        lines = enumerate(self.diaries[client].lines)
        read = [(at, msgspec.json.decode(line.frame)) for at, line in lines if isinstance(line, Heard)]
        return [(at, frame) for at, frame in read if set(has) <= set(frame)]

    def showing(self, client: str, collection: str) -> tuple[int, Frame]:
        """The first change that shows a client something of a collection."""
        puts = self.frames(client, "put", "seq")
        return next((at, frame) for at, frame in puts if collection in frame["put"] and "you" not in frame)

    def write(self, client: str, at: int, frame: Frame) -> None:
        line = self.diaries[client].lines[at]
        assert isinstance(line, Heard)
        text = msgspec.json.encode(frame).decode()
        self.diaries[client].lines[at] = msgspec.structs.replace(line, frame=text)

    def insert(self, client: str, frame: Frame) -> None:
        """Let a client hear one more frame, behind its first change."""
        at, _ = self.frames(client, "put", "seq")[0]
        line = self.diaries[client].lines[at]
        text = msgspec.json.encode(frame).decode()
        self.diaries[client].lines.insert(at + 1, Heard(line.connection, line.at, text))

    def hears_no_more(self, client: str, seq: int) -> None:
        """Leave out what a client heard after a frame."""
        at = next(at for at, frame in self.frames(client, "seq") if frame["seq"] == seq)
        del self.diaries[client].lines[at + 1 :]

    def asked(self) -> tuple[str, str]:
        """Person and id of ben's question as a command."""
        sent = next(line for line in self.diaries["ben0"].lines if isinstance(line, Sent))
        return self.diaries["ben0"].person, sent.id


async def recorded(folder: Path) -> Told:
    """Ben asks and resumes, cem asks in both rooms and votes, ana publishes and edits; all the others look on."""
    town = await asyncio.to_thread(cast, folder)
    server = await asyncio.to_thread(start, town.folder, rate=0)
    try:
        scene = Scene(town, server, 0, None)
        clients = {client.diary.client: client for client in scene.clients}
        questions: dict[str, str] = {}

        async def do(name: str, do: str, **body: object) -> Any:
            asked = await clients[name].give(do, body)
            await asyncio.wait_for(asked.answered.wait(), 10)
            await asyncio.sleep(2 * TICK)  # for everything to be a frame of its own, which has come, below
            replies = [msgspec.json.decode(line.frame) for line in clients[name].diary.lines if isinstance(line, Heard)]
            reply = next(frame for frame in replies if frame.get("re") == asked.id)
            while do != "question.vote" and clients["ana" + name[-1]].seq < reply["seq"]:  # noqa: ASYNC110  # she sees all but rows
                await asyncio.sleep(TICK)
            return reply["ok"]

        async with asyncio.timeout(30):
            await asyncio.gather(*(client.here.wait() for client in scene.clients))
            for name, room in (("ben", "0"), ("cem", "0"), ("cem", "1")):
                made = await do(name + room, "question.ask", text=f"From {name} in {room}?", language="en")
                questions[name + room] = made["question"]
            await do("ana0", "question.publish", question=questions["ben0"])
            await do("ana1", "question.publish", question=questions["cem1"])
            await do("cem0", "question.vote", question=questions["ben0"])
            item = next(iter(clients["ana0"].screen["agenda"]))
            await do("ana0", "agenda.edit", item=item, title="Welcome to all")
            await clients["ben0"].hop()
            clients["ben0"].here.clear()
            await clients["ben0"].here.wait()
            await do("ana0", "agenda.edit", item=item, title="Welcome to everybody")
            await scene.rest()
            await scene.end()
    finally:
        await asyncio.to_thread(server.stop)
    return Told(scene.diaries, truth.read(town.folder / DATABASE), questions)
