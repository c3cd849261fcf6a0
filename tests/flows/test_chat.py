"""The chat on a real server: what no socket may receive, and what no file holds once a room has closed."""

import asyncio
import json
import secrets
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.flows.clients import WAIT, Client, joined
from tests.flows.town import Town
from tests.served import Server, serving, start

SAYS = 60  # messages in each channel
ROLES = ("participant", "expert", "interpreter", "captioner", "moderator", "organiser")
READS: dict[str, set[str]] = {role: {"room"} for role in ROLES}
for role in ROLES[2:]:
    READS[role] |= {"booth"}
for role in ROLES[4:]:
    READS[role] |= {"crew"}


def canary(to: str, number: int) -> str:
    return f"canary-{to}-{number:03}-{secrets.token_hex(4)}"


def received(client: Client) -> str:
    """All that a socket has received, as text."""
    return json.dumps(client.frames)


def held(folder: Path) -> bytes:
    """All bytes of all files of a data folder."""
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def gone(folder: Path) -> None:
    """The server forgets with its next write that nobody's reading hinders; there is one each second. TimeoutError."""
    async with asyncio.timeout(WAIT):
        while held(folder).count(b"canary-"):  # noqa: ASYNC110  # files tell nobody that they have changed
            await asyncio.sleep(0.5)


async def say(client: Client, to: str, texts: Iterable[str]) -> None:
    for text in texts:
        assert "ok" in await client.do("chat.say", text=text, to=to)


async def open_and_talk(server: Server, town: Town, room: str) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Everybody listens, and in each channel somebody talks, twice; what was said, and what each received."""
    said = {to: [canary(to, number) for number in range(SAYS)] for to in ("room", "booth", "crew")}
    who = {"room": "participant", "booth": "interpreter", "crew": "moderator"}
    got = dict.fromkeys(ROLES, "")
    async with joined(server, room, town.cookies["moderator"]) as crew:
        await crew.do("room.open")
        for half in (slice(0, SAYS // 2), slice(SAYS // 2, SAYS)):  # a snapshot, then frames, then a snapshot again
            async with asyncio.TaskGroup() as group:
                for role in ROLES:
                    group.create_task(listen(server, town, room, role, got, said, half))
                for to, role in who.items():
                    group.create_task(talk(server, town, room, role, to, said[to][half]))
    return said, got


async def talk(server: Server, town: Town, room: str, role: str, to: str, texts: list[str]) -> None:
    async with joined(server, room, town.cookies[role]) as client:
        await say(client, to, texts)


async def listen(
    server: Server, town: Town, room: str, role: str, got: dict[str, str], said: dict[str, list[str]], half: slice
) -> None:
    """Until somebody has been shown the last of all that they may read."""
    async with joined(server, room, town.cookies[role]) as client:
        last = {said[to][half][-1] for to in READS[role]}
        shown = set[str]()

        def complete() -> bool:
            shown.update(message["text"] for message in client.screen["chat"].values())
            return last <= shown

        await client.until(complete)
        got[role] += received(client)


async def test_staff_messages_are_in_no_byte_of_another_audience_s_sockets(tmp_path: Path) -> None:
    town = Town(tmp_path / "data")
    room = town.rooms["before-spring"]
    with serving(town.folder, rate=0) as server:
        said, got = await open_and_talk(server, town, room)
        looked_for = 0
        for role, text in got.items():
            for to, texts in said.items():
                found = sum(one in text for one in texts)
                looked_for += len(texts)
                assert found == (len(texts) if to in READS[role] else 0), (role, to)
        assert looked_for == len(ROLES) * 3 * SAYS
        async with joined(server, room, town.cookies["participant"]) as client:
            chat = client.screen["chat"]
            assert (len(chat), {message["to"] for message in chat.values()}) == (SAYS, {"room"})


async def test_closing_leaves_no_byte_of_the_chat_in_any_file(tmp_path: Path) -> None:
    """Searched while the server runs, and again when it has ended; a retry is answered all the same."""
    town = Town(tmp_path / "data")
    room = town.rooms["before-spring"]
    server = start(town.folder, rate=0)
    said, _got = await open_and_talk(server, town, room)
    texts = [text for each in said.values() for text in each]
    async with joined(server, room, town.cookies["participant"]) as anna:
        first = await anna.do("chat.say", id="again", text="canary-again", to="room")
        assert sum(text.encode() in held(town.folder) for text in texts) == len(texts)  # there is something to leave
        async with joined(server, room, town.cookies["moderator"]) as crew:
            assert "ok" in await crew.do("room.close")
        await anna.until(lambda: anna.screen["chat"] == {})
        assert await anna.do("chat.say", id="again", text="canary-again", to="room") == first
        assert (await anna.do("chat.say", text="canary-late", to="room"))["no"]["code"] == "room.closed"
    await gone(town.folder)
    async with joined(server, room, town.cookies["moderator"]) as crew:
        assert (await crew.do("room.open"), crew.screen["chat"])[1] == {}
        await say(crew, "room", ["canary-anew"])
        await crew.until(lambda: [each["text"] for each in crew.screen["chat"].values()] == ["canary-anew"])
        await crew.do("room.close")
    assert server.stop() == 0
    assert held(town.folder).count(b"canary-") == 0


async def test_closing_and_a_crash_leave_no_byte_once_a_server_has_started_again(tmp_path: Path) -> None:
    """A kill right after the answer may leave SQLite's log as it was; the next start empties it."""
    town = Town(tmp_path / "data")
    room = town.rooms["before-spring"]
    server = start(town.folder, rate=0)
    await open_and_talk(server, town, room)
    async with joined(server, room, town.cookies["moderator"]) as crew:
        assert "ok" in await crew.do("room.close")
        server.kill()
    with serving(town.folder, rate=0):
        await gone(town.folder)


@pytest.mark.parametrize("role", ["participant", "moderator"])
async def test_reaction_over_the_wire_is_answered_shown_and_nowhere_written(tmp_path: Path, role: str) -> None:
    town = Town(tmp_path / "data")
    room = town.rooms["before-spring"]
    with serving(town.folder, rate=0) as server:
        async with (
            joined(server, room, town.cookies["moderator"]) as crew,
            joined(server, room, town.cookies[role]) as one,
        ):
            await crew.do("room.open")
            seq = crew.seq
            answer = await one.do("react", id="r1", **{"with": "thanks"})
            await crew.until(lambda: crew.screen.get("reactions") == {"reactions": {"thanks": 1}})
            assert (answer, crew.seq) == ({"re": "r1", "ok": {}, "seq": seq}, seq)
            assert (await one.do("react", **{"with": "boo"}))["no"]["code"] == "command.invalid"
