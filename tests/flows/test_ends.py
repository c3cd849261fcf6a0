"""What happens at the end: a crash in a burst, a restart, an orderly end. Nothing acknowledged is lost or doubled."""

import asyncio
import json
import sqlite3
from collections import Counter
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.flows.clients import dial, has_read, joined, refuses
from tests.flows.town import Town
from tests.served import start

BURST = 1_000
ASKERS = 50  # a person may have 20 questions waiting
EACH = BURST // ASKERS


@pytest.fixture
def own(tmp_path: Path) -> Town:
    """A town of its own, as its server will be ended."""
    return Town(tmp_path / "data")


async def test_crash_in_a_burst_of_a_thousand_questions_loses_and_doubles_nothing(own: Town) -> None:
    for number in range(ASKERS):
        own.add(f"asker{number}", "participant")
    room = own.rooms["before-spring"]
    server = start(own.folder, rate=0)
    async with joined(server, room, own.cookies["participant"]) as early:
        old = early.cursor
    acknowledged: dict[str, str] = {}  # text → id
    enough = asyncio.Event()
    sockets: dict[int, ClientConnection] = {}

    async def ask(asker: int, number: int) -> None:
        text = f"{asker}/{number}"
        facts = {"text": text, "language": "en"}
        await sockets[asker].send(json.dumps({"id": text, "do": "question.ask", "with": facts}))

    async def burst(asker: int) -> None:
        socket = sockets[asker] = await dial(server, room, own.cookies[f"asker{asker}"])
        for number in range(EACH - 2):
            await ask(asker, number)
        try:
            async for frame in socket:
                reply = json.loads(frame)
                if "ok" in reply:
                    acknowledged[reply["re"]] = reply["ok"]["question"]
                    if len(acknowledged) >= BURST // 3:
                        enough.set()
        except ConnectionClosed:
            pass

    bursts = [asyncio.create_task(burst(asker)) for asker in range(ASKERS)]
    await asyncio.wait_for(enough.wait(), 30)
    for asker in list(sockets):
        await ask(asker, EACH - 2)  # the crash finds some under way, and some not sent, however slow we read
    server.kill()
    await asyncio.gather(*bursts)
    assert BURST // 3 <= len(acknowledged) < BURST, "the crash came in the middle"

    again = start(own.folder, rate=0)
    async with joined(again, room, own.cookies["moderator"]) as crew:
        kept = Counter(question["text"] for question in crew.screen["questions"].values())
        assert [text for text, id in acknowledged.items() if crew.screen["questions"][id]["text"] != text] == []
        assert max(kept.values()) == 1
    async with joined(again, room, own.cookies["participant"], cursor=old) as back:
        assert "put" in back.first  # the old cursor still resumes

    # Whoever was not answered sends again, and everything is there exactly once.
    for asker in range(ASKERS):
        async with joined(again, room, own.cookies[f"asker{asker}"]) as client:
            for number in range(EACH):
                text = f"{asker}/{number}"
                reply = await client.do("question.ask", id=text, text=text, language="en")
                assert reply["ok"]["question"] == acknowledged.get(text, reply["ok"]["question"])
    async with joined(again, room, own.cookies["moderator"]) as crew:
        texts = sorted(question["text"] for question in crew.screen["questions"].values())
        assert texts == sorted(f"{asker}/{number}" for asker in range(ASKERS) for number in range(EACH))
    assert again.stop() == 0
    with sqlite3.connect(own.folder / "austausch.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


async def test_orderly_end_says_when_to_return_and_a_cursor_resumes(own: Town) -> None:
    room, cookie = own.rooms["before-spring"], own.cookies["participant"]
    server = start(own.folder, rate=0)
    async with joined(server, room, cookie) as client, joined(server, room, own.cookies["moderator"]) as crew:
        reply = await client.do("question.ask", id="before", text="Before the end?", language="en")
        ending = asyncio.create_task(asyncio.to_thread(server.stop))
        assert await client.closed() == 1012
        assert await crew.closed() == 1012
        assert client.bye
        assert client.bye["code"] == 1012
        assert client.bye["after"] >= 0
        assert await ending == 0
    again = start(own.folder, rate=0)
    async with joined(again, room, cookie, cursor=client.cursor) as back:
        assert "put" in back.first
        assert await back.do("question.ask", id="before", text="Before the end?", language="en") == reply
    assert again.stop() == 0


async def test_orderly_end_answers_what_is_in_flight(own: Town) -> None:
    server, room = start(own.folder, rate=0), own.rooms["before-spring"]
    async with joined(server, room, own.cookies["participant"]) as client:
        writer = sqlite3.connect(own.folder / "austausch.sqlite3", isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")  # as a long import would: the command has to wait
        await client.send({"id": "late", "do": "question.ask", "with": {"text": "Am I lost?", "language": "en"}})
        await asyncio.to_thread(has_read, server)
        ending = asyncio.create_task(asyncio.to_thread(server.stop))
        await asyncio.to_thread(refuses, server)
        writer.execute("COMMIT")
        writer.close()
        assert await client.closed() == 1012
        assert client.replies["late"].keys() == {"re", "ok", "seq"}
        assert await ending == 0
