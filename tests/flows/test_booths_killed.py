"""The server is killed in mid-hand-over, again and again: booths are as the log has them, and nobody gone is on air.

Two interpreters at the booth's page hand the microphone to and fro without a pause. After each kill some of them come
back, or none, or one with another window only; what must follow is worked out from the log on disk.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from hosting import log
from rooms.booths import HandedOver
from rooms.core import Record
from tests.faults.shifted import PROGRAM, Clock
from tests.flows.clients import Client, joined
from tests.flows.town import Town
from tests.rooms.booth_law import Law
from tests.served import Server, start

LEASE = 2.0  # seconds; ten would show no more
LATE = 8.0  # seconds more than that a machine under load may take
BACK = ("both", "holder", "other", "nobody", "window") * 2  # who returns after each kill
MOMENTS = ("offered", "answering", "between")  # an offer is open, an answer on its way, or the next offer is
AFTER = (0.0, 0.0, 0.001, 0.002, 0.004)  # seconds from that moment to the kill
ROOM = "before-spring"
FR = {"language": "fr"}


class Scene:
    """A town with two interpreters, a server that is killed and started again, and what was acknowledged."""

    def __init__(self, folder: Path) -> None:
        self.town, self.clock = Town(folder / "data"), Clock(folder / "shift")
        self.town.add("second", "interpreter")
        self.room, self.chance = self.town.rooms[ROOM], Random(7)
        self.ids = {self.town.people[name]: name for name in ("interpreter", "second")}
        self.acknowledged: dict[int, str] = {}  # by seq: what that record must be
        self.sent, self.sending = False, asyncio.Event()  # an accept, and no answer has come
        self.open = self.in_flight = self.arrived = 0  # kills: with an open offer; with an accept on its way; logged

    def start(self) -> Server:
        given = {**self.clock.given, "LEASE": str(LEASE)}
        return start(self.town.folder, program=PROGRAM, given=given, rate=0)

    def records(self) -> tuple[Record, ...]:
        """The log as it is on disk."""
        database = self.town.database()
        try:
            return database.write_now(lambda sql: log.read(sql, self.room)).records
        finally:
            database.stop()

    @contextlib.asynccontextmanager
    async def at_page(self, server: Server, person: str, booth: str = "fr") -> AsyncIterator[Client]:
        async with joined(server, self.room, self.town.cookies[self.ids[person]], booth=booth) as client:
            yield client

    # ── Until the kill ───────────────────────────────────────────────────────────────────────────────────────────

    async def hand_over_until_killed(self, server: Server, moment: str, after: float) -> None:
        one, two = self.ids
        async with self.at_page(server, one) as first, self.at_page(server, two) as second:
            clients = {one: first, two: second}
            for client in clients.values():
                assert "ok" in await client.do("booth.enter", **FR)
            if shown(first)["on_air"] is None:
                assert "ok" in await first.do("booth.on_air", **FR)
            await first.until(lambda: shown(first)["on_air"] is not None)
            for _ in range(self.chance.randrange(1, 4)):
                await self.accept(clients, await self.offer(clients))
            self.sending.clear()
            going_on = asyncio.create_task(self.go_on(clients, moment))
            async with asyncio.timeout(LATE):
                if moment == "answering":
                    await self.sending.wait()
                elif moment == "offered":
                    await going_on
            await asyncio.sleep(after)
            server.process.kill()  # at once, and not when a thread is free
            await asyncio.to_thread(server.ended, LATE)
            going_on.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await going_on

    async def go_on(self, clients: dict[str, Client], moment: str) -> None:
        """The hand-over amid which the kill comes."""
        takes = await self.offer(clients)
        if moment == "answering":
            await self.accept(clients, takes)

    async def offer(self, clients: dict[str, Client]) -> str:
        """Open a hand-over, by an offer or a request, now and then taken back first; who is to accept it."""
        now = shown(next(iter(clients.values())))
        holder = now["on_air"]
        other = next(person for person in clients if person != holder)
        offers = now["offer"]["kind"] == "offer" if now["offer"] else self.chance.random() < 0.5
        opens, takes = (holder, other) if offers else (other, holder)
        for step in ("open", "withdraw", "open") if self.chance.random() < 0.3 else ("open",):
            verb = ("offer" if offers else "request") if step == "open" else step
            self.keep(await clients[opens].do(f"booth.{verb}", **FR), step)
        return takes

    async def accept(self, clients: dict[str, Client], takes: str) -> None:
        self.sent = True
        self.sending.set()
        reply = await clients[takes].do("booth.accept", **FR)
        self.sent = False
        self.keep(reply, "accept")
        for client in clients.values():
            await caught_up(client, reply["seq"])

    def keep(self, reply: dict[str, Any], step: str) -> None:
        assert reply["ok"] == FR
        self.acknowledged[reply["seq"]] = step

    # ── After it ─────────────────────────────────────────────────────────────────────────────────────────────────

    def as_logged(self) -> dict[str, Any]:
        """Who is on air and what is open, by rules written a second time; each record and each answer is in order."""
        law = Law(("fr",), lambda *given: False)
        records = self.records()
        for record in records:
            law.happen(record)
        kinds = {"open": "Offered", "withdraw": "Withdrawn", "accept": "HandedOver"}
        for seq, step in self.acknowledged.items():
            assert type(records[seq - 1].event).__name__ == kinds[step]
        fr = law.booths["fr"]
        self.open += fr.open is not None
        self.in_flight += self.sent
        self.arrived += self.sent and isinstance(records[-1].event, HandedOver)
        self.sent = False
        open = {"by": fr.open[0], "kind": fr.open[1]} if fr.open else None
        return {"on_air": fr.on_air, "offer": open, "booth": fr.inside}

    async def come_back(self, server: Server, back: str, logged: dict[str, Any]) -> None:
        """Some return, and what must be so comes to be so, and stays."""
        holder = logged["on_air"]
        other = next(person for person in self.ids if person != holder)
        asked = logged["offer"] == {"by": other, "kind": "request"}
        returning = {"both": (holder, other), "holder": (holder,), "other": (other,), "window": (holder,)}.get(back, ())
        async with contextlib.AsyncExitStack() as stack:
            crew = await stack.enter_async_context(joined(server, self.room, self.town.cookies["moderator"]))
            assert shown(crew) == logged
            for person in returning:
                await stack.enter_async_context(self.at_page(server, person, "" if back == "window" else "fr"))
            match back:
                case "both":
                    then = logged
                case "holder":
                    then = {**logged, "offer": None if asked else logged["offer"]}
                case "other" if asked:
                    then = {**logged, "on_air": other, "offer": None}
                case _:
                    then = {**logged, "on_air": None, "offer": None}
            if then == logged:
                await asyncio.sleep(LEASE + 1)
            async with asyncio.timeout(LEASE + LATE), crew.news:
                await crew.news.wait_for(lambda: shown(crew) == then)
            await asyncio.sleep(0.3)
            assert shown(crew) == then
            item = crew.screen["channels"]["fr"]
            assert (item["state"], item["interpreter"] is None) == (
                ("live", False) if then["on_air"] else ("silent", True)
            )
            here = set() if back == "window" else set(returning)
            away = crew.screen["booths"]["booths"]["away"].get("fr", [])
            assert set(away) == set(self.ids) - here
            assert then["on_air"] in {None, *here}


def shown(client: Client) -> dict[str, Any]:
    """What a screen of the booth has of the channel."""
    item = client.screen["channels"]["fr"]
    return {
        "on_air": (item["interpreter"] or {}).get("id"),
        "offer": item["offer"],
        "booth": [person["id"] for person in item["booth"]],
    }


async def caught_up(client: Client, seq: int) -> None:
    await client.until(lambda: client.seq >= seq)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


async def test_hand_over_survives_kills_at_any_moment(scene: Scene) -> None:
    server = await asyncio.to_thread(scene.start)
    try:
        async with joined(server, scene.room, scene.town.cookies["moderator"]) as crew:
            assert "ok" in await crew.do("room.open")
        for number, back in enumerate((*BACK, *BACK)):
            if number >= len(BACK) and min(scene.open, scene.in_flight) > 0:
                break  # else every answer was quicker than its kill, and there are more of them
            kills = number + 1
            await scene.hand_over_until_killed(server, MOMENTS[number % 3], AFTER[number % 5])
            logged = scene.as_logged()
            assert (logged["on_air"] in scene.ids, sorted(logged["booth"])) == (True, sorted(scene.ids))
            server = await asyncio.to_thread(scene.start)
            await scene.come_back(server, back, logged)
    finally:
        if server.process.poll() is None:
            assert server.stop() == 0
    handed = list(scene.acknowledged.values()).count("accept")
    print(
        f"{kills} kills amid {handed} hand-overs; with one open {scene.open}, with an answer on its way "
        f"{scene.in_flight}, of which in the log {scene.arrived}"
    )
    assert handed >= len(BACK)
    assert min(scene.open, scene.in_flight) > 0
