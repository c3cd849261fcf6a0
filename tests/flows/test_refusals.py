"""Whatever is sent to the live socket is answered or ends the connection; nothing is passed over, nothing breaks."""

import asyncio
import json
import secrets
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from hosting import people, texts
from tests.flows.clients import dial, joined
from tests.flows.town import Town
from tests.served import Server

LONG = "x" * 16_385

NO_COMMAND = {
    "nothing": "",
    "a word": "hello",
    "half an object": '{"id":"1"',
    "a list": "[]",
    "a number": "7",
    "null": "null",
    "NaN": '{"id":"1","do":"question.vote","with":{"question":NaN}}',
    "infinity": '{"id":"1","do":"question.vote","with":{"question":-Infinity}}',
    "a key twice": '{"id":"1","id":"2","do":"room.open"}',
    "a key twice inside": '{"id":"1","do":"question.vote","with":{"question":"a","question":"b"}}',
    "a lone surrogate": '{"id":"1","do":"question.ask","with":{"text":"\\ud800","language":"en"}}',
    "a huge number": '{"id":"1","do":"agenda.extend","with":{"item":"a","minutes":1e999,"how":"shift"}}',
    "nested a thousand times": '{"id":"1","do":"room.open","with":' + '{"a":' * 1000 + "1" + "}" * 1001,
    "no id": '{"do":"room.open","with":{}}',
    "an id that is a number": '{"id":7,"do":"room.open","with":{}}',
    "an id too long": json.dumps({"id": "i" * 65, "do": "room.open", "with": {}}),
    "two values": '{"id":"1","do":"room.open"}{}',
    "bytes": b'{"id":"1","do":"room.open"}',
}


@pytest.mark.parametrize("frame", NO_COMMAND.values(), ids=NO_COMMAND)
async def test_frame_that_is_no_command_ends_the_connection(server: Server, town: Town, frame: str | bytes) -> None:
    async with joined(server, town.rooms["before-spring"], town.cookies["participant"]) as client:
        await client.send(frame)
        assert await client.closed() == 4000
        assert client.bye
        assert client.bye["code"] == 4000
        assert client.bye["text"]


async def test_frame_over_16_kilobytes_ends_the_connection(server: Server, town: Town) -> None:
    async with joined(server, town.rooms["before-spring"], town.cookies["participant"]) as client:
        await client.send({"id": "1", "do": "question.ask", "with": {"text": LONG, "language": "en"}})
        assert await client.closed() in (4000, 1009)


REFUSED = {
    "an unknown command": ("question.explode", {}, "command.unknown", "question.explode"),
    "a command of a part not built": ("sound.mute", {}, "command.unknown", "sound.mute"),
    "an unknown field": ("question.ask", {"text": "a", "language": "en", "colour": "red"}, "command.invalid", "colour"),
    "a missing field": ("question.ask", {"text": "a"}, "command.invalid", "language"),
    "a wrong type": ("question.ask", {"text": 5, "language": "en"}, "command.invalid", "text"),
    "a wrong language": ("question.ask", {"text": "a", "language": "e n"}, "command.invalid", "language"),
    "an empty question": ("question.ask", {"text": "  \n", "language": "en"}, "question.length", "2000"),
    "a question too long": ("question.ask", {"text": "ä" * 2001, "language": "en"}, "question.length", "2000"),
    "an unknown contribution": ("question.ask", {"text": "a", "language": "en", "to": "x"}, "question.to", "session"),
    "a question that is not there": ("question.withdraw", {"question": "x"}, "question.unknown", "not here"),
    "a vote for what is not there": ("question.vote", {"question": "x"}, "question.unknown", "not here"),
    "a moderator's command": ("question.publish", {"question": "x"}, "role.missing", "role"),
}


@pytest.mark.parametrize(("command", "facts", "code", "word"), REFUSED.values(), ids=REFUSED)
async def test_command_is_refused_by_code_and_in_words(
    server: Server, town: Town, command: str, facts: dict[str, Any], code: str, word: str
) -> None:
    async with joined(server, town.rooms["before-spring"], town.cookies["participant"]) as client:
        before = client.seq
        reply = await client.do(command, **facts)
        assert reply["no"]["code"] == code
        assert word in reply["no"]["text"]
        assert (await client.do("question.ask", text="And still here?", language="en"))["seq"] == before + 1


@pytest.mark.parametrize(
    "extra", [{"with": [1]}, {"with": None}, {"to": "me"}, {"do": 5}, {"with": {"do": "room.open"}}]
)
async def test_envelope_with_anything_else_is_invalid(server: Server, town: Town, extra: dict[str, object]) -> None:
    async with joined(server, town.rooms["before-spring"], town.cookies["moderator"]) as client:
        id = secrets.token_urlsafe(6)
        await client.send({"id": id, "do": "agenda.undo", **extra})
        await client.until(lambda: id in client.replies)
        assert client.replies[id]["no"]["code"] == "command.invalid"


async def test_same_id_answers_the_same_and_another_body_is_refused(server: Server, town: Town) -> None:
    room, cookie = town.rooms["before-spring"], town.cookies["participant"]
    async with joined(server, room, cookie) as client, joined(server, room, cookie) as other:
        first = await client.do("question.ask", id="once", text="How deep?", language="en")
        assert await client.do("question.ask", id="once", text="How deep?", language="en") == first
        assert await other.do("question.ask", id="once", text="How deep?", language="en") == first
        assert (await other.do("question.ask", id="once", text="How far?", language="en"))["no"][
            "code"
        ] == "command.reused"
        texts = [question["text"] for question in other.screen["mine"]["questions"].values()]
        assert texts.count("How deep?") == 1


async def test_refusal_is_in_the_language_of_the_person(server: Server, town: Town) -> None:
    town.add("german", "participant")
    town.write(lambda sql: people.change(sql, town.people["german"], "Jonas", "de", None))
    async with joined(server, town.rooms["before-spring"], town.cookies["german"]) as client:
        said = (await client.do("question.withdraw", question="x"))["no"]["text"]
    assert said == texts.refusal("question.unknown", {}, "de") != texts.refusal("question.unknown", {}, "en")


# ── Who may come in ──────────────────────────────────────────────────────────────────────────────────────────────────


def foreign(url: str) -> list[str]:
    port = url.rsplit(":", 1)[1]
    return [
        *(
            "null",
            "http://",
            "https://",
            "file://",
            "http://localhost",
            "http://127.0.0.1",
            f"https://127.0.0.1:{port}",
        ),
        *(f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{port}.evil.example", f"http://evil.example:{port}"),
        *(f"http://127.0.0.1.evil.example:{port}", f"http://evil.example/127.0.0.1:{port}", f"//127.0.0.1:{port}"),
        *(
            f"http://user@127.0.0.1:{port}",
            f"HTTP://127.0.0.1:{port}",
            f"http://127.0.0.1:0{port}",
            "http://[::1]",
            "*",
        ),
        *(f"http://127.0.0.2:{port}", f"http://127.1:{port}", f"http://0.0.0.0:{port}", f"http://2130706433:{port}"),
        *(
            f"http://127.0.0.1:{port}, http://evil.example",
            f"http://127.0.0.1:{port}#",
            f"http://LOCALHOST:{port}",
            "*",
        ),
    ]


async def test_foreign_or_missing_origin_is_refused_before_anything_is_said(server: Server, town: Town) -> None:
    room, cookie = town.rooms["before-spring"], town.cookies["moderator"]
    origins = foreign(server.url)
    assert len(origins) >= 24
    for origin in origins:
        with pytest.raises(InvalidStatus) as refused:
            await dial(server, room, cookie, origin=origin)
        assert refused.value.response.status_code == 403, origin


async def test_missing_origin_is_refused_even_without_a_cookie(server: Server, town: Town) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"{server.ws}/rooms/{town.rooms['before-spring']}/live", proxy=None)
    assert refused.value.response.status_code == 403


async def test_nobody_is_asked_to_sign_in(server: Server, town: Town) -> None:
    async with joined(server, town.rooms["before-spring"]) as client:
        assert await client.closed() == 4001


@pytest.mark.parametrize("token", ["x", "a" * 43, "of-the-house"])
async def test_cookie_or_token_that_is_not_ours_is_nobody(server: Server, town: Town, token: str) -> None:
    async with joined(server, town.rooms["before-spring"], token) as client:
        assert await client.closed() == 4001
    async with joined(server, town.rooms["before-spring"], bearer=token + "-not") as client:
        assert await client.closed() == 4001


async def test_room_of_a_closed_circle_is_not_for_others(server: Server, town: Town) -> None:
    for role in ("participant", "organiser"):
        async with joined(server, town.rooms["behind-doors"], town.cookies[role]) as client:
            assert await client.closed() == 4003
            assert "all" not in client.first


async def test_room_that_is_not_there_is_said_to_be_none(server: Server, town: Town) -> None:
    async with joined(server, "nowhere", town.cookies["moderator"]) as client:
        assert await client.closed() == 4004


async def test_ninth_window_of_a_person_is_refused(server: Server, town: Town) -> None:
    town.add("many", "participant")
    room, cookie = town.rooms["after-spring"], town.cookies["many"]
    sockets = [await dial(server, room, cookie) for _ in range(8)]
    for socket in sockets:
        assert "all" in json.loads(await socket.recv())
    async with joined(server, room, cookie) as ninth:
        assert await ninth.closed() == 4009
        assert ninth.bye
        assert ninth.bye["after"] > 0
    for socket in sockets:
        await socket.close()


async def test_windows_opened_at_once_are_counted_as_well(server: Server, town: Town) -> None:
    town.add("crowd", "participant")
    room, cookie = town.rooms["after-spring"], town.cookies["crowd"]
    sockets = await asyncio.gather(*(dial(server, room, cookie) for _ in range(30)))
    firsts = [json.loads(await socket.recv()) for socket in sockets]
    assert sum("all" in first for first in firsts) == 8
    assert sum(first.get("bye", {}).get("code") == 4009 for first in firsts) == 22
    await asyncio.gather(*(socket.close() for socket in sockets))
