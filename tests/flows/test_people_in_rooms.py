"""Somebody is silenced, removed and readmitted: it holds on every socket, page and way in, at once, and nobody is told
why but them and the crew.
"""

import asyncio
import itertools
import json
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from hosting import log, moments, people
from rooms.people import STILL, Removed, Silenced
from rooms.wire import BY_NAME
from tests.flows.clients import Client, Frame, joined
from tests.flows.town import Town
from tests.served import Server, start

SOON = 2.0  # seconds (PROTOCOL)
REASON = "Insults in the chat"
numbers = itertools.count(1)


def newcomer(town: Town) -> str:
    """Somebody nobody else has to do with; their name."""
    name = f"guest{next(numbers)}"
    town.add(name)
    return name


def another_browser(town: Town, name: str) -> str:
    """A second sign-in of the same person."""
    return town.write(lambda sql: people.open_sign_in(sql, town.people[name], moments.now()))


def program(town: Town, name: str) -> str:
    return town.write(lambda sql: people.api_token(sql, town.people[name], 1, moments.now()))


def browser(server: Server, cookie: str) -> httpx2.Client:
    headers = {"cookie": f"austausch={cookie}", "origin": server.url}
    return httpx2.Client(base_url=server.url, headers=headers, trust_env=False, timeout=10, follow_redirects=False)


def fresh(client: Client) -> list[Frame]:
    """What it was told of itself, by every whole frame."""
    return [frame["you"] for frame in client.frames if "all" in frame]


async def told(*clients: Client, frames: int) -> list[Frame]:
    for client in clients:
        await client.until(lambda client=client: len(fresh(client)) == frames)  # type: ignore[misc]  # bound now
    return [fresh(client)[-1] for client in clients]


@pytest.fixture
def room(town: Town) -> str:
    return town.rooms["before-spring"]


async def test_who_is_silenced_is_told_on_every_socket_and_may_vote_still(
    server: Server, town: Town, room: str
) -> None:
    name = newcomer(town)
    async with (
        joined(server, room, town.cookies["moderator"]) as crew,
        joined(server, room, town.cookies[name]) as one,
        joined(server, room, another_browser(town, name)) as other,
        joined(server, room, bearer=program(town, name)) as third,
    ):
        lines = (one, other, third)
        await crew.do("room.open")
        await one.until(lambda: one.screen["room"]["room"]["state"] == "open")
        asked = await crew.do("question.ask", text="Who pays?", language="en")
        question = asked["ok"]["question"]
        await crew.do("question.publish", question=question)
        await one.do("hand.raise")
        began = time.monotonic()
        answer = await crew.do("room.silence", person=town.people[name], reason=REASON)
        assert answer["ok"] == {"person": town.people[name]}
        for you in await told(*lines, frames=2):
            assert (you["silenced"], you["rights"]) == ({"reason": REASON}, sorted(STILL & BY_NAME.keys()))
        assert time.monotonic() - began < SOON
        no = (await one.do("question.ask", text="May I?", language="en"))["no"]
        assert (no["code"], REASON in no["text"]) == ("person.silenced", True)
        assert (await other.do("hand.raise", order=True))["no"]["code"] == "person.silenced"
        assert "ok" in await other.do("question.vote", question=question)
        assert "ok" in await third.do("channel.choose", language="floor")
        assert "ok" in await one.do("hand.lower")
        began = time.monotonic()
        await crew.do("room.readmit", person=town.people[name])
        for you in await told(*lines, frames=3):
            assert (you["silenced"], "question.ask" in you["rights"]) == (None, True)
        assert time.monotonic() - began < SOON
        assert "ok" in await one.do("question.ask", text="May I now?", language="en")
        await crew.until(lambda: crew.screen["restricted"] == {})


async def test_who_is_removed_is_out_on_every_socket_and_stays_out(server: Server, town: Town, room: str) -> None:
    name = newcomer(town)
    person = town.people[name]
    async with (
        joined(server, room, town.cookies["moderator"]) as crew,
        joined(server, room, town.cookies["participant"]) as bystander,
        joined(server, room, town.cookies["interpreter"]) as booth,
        joined(server, room, town.cookies[name]) as one,
        joined(server, room, another_browser(town, name)) as other,
    ):
        await crew.do("room.open")
        await one.until(lambda: one.screen["room"]["room"]["state"] == "open")
        await one.do("hand.raise")
        await bystander.until(lambda: person in bystander.screen["hands"])
        began = time.monotonic()
        await crew.do("room.remove", person=person, reason=REASON)
        assert [await one.closed(), await other.closed()] == [4003, 4003]
        assert time.monotonic() - began < SOON
        assert [one.bye, other.bye] == [{"code": 4003, "text": said(), "after": 0}] * 2
        await bystander.until(lambda: person not in bystander.screen["hands"])
        await crew.until(lambda: person in crew.screen["restricted"])
        item = crew.screen["restricted"][person]
        assert (item["by"]["id"], item["state"], item["reason"]) == (person, "removed", REASON)
        for ways in ({"token": town.cookies[name]}, {"token": another_browser(town, name)}):
            await stays_out(server, room, **ways)
        await stays_out(server, room, bearer=program(town, name))
        with browser(server, another_browser(town, name)) as page:
            assert page.post("/me", data={"name": "Somebody else", "language": "en", "zone": ""}).status_code < 400
            await stays_out(server, room, token=page.headers["cookie"].removeprefix("austausch="))
            refused_by_http(page, room)
        async with joined(server, town.rooms["across-spring"], town.cookies[name]) as elsewhere:
            assert (elsewhere.first["you"]["silenced"], "question.ask" in elsewhere.first["you"]["rights"]) == (
                None,
                True,
            )
        await crew.do("room.readmit", person=person)
        async with joined(server, room, town.cookies[name]) as again:
            assert "question.ask" in again.first["you"]["rights"]
        sent = json.dumps([bystander.frames, booth.frames])
        assert (REASON in sent, REASON in json.dumps(crew.frames)) == (False, True)


def said() -> str:
    return f"A moderator has removed you from this room: {REASON}"


async def stays_out(server: Server, room: str, **ways: str) -> None:
    async with joined(server, room, **ways) as client:
        assert await client.closed() == 4003
        assert client.frames == [{"bye": {"code": 4003, "text": said(), "after": 0}}]


def refused_by_http(page: httpx2.Client, room: str) -> None:
    no = {"no": {"code": "person.removed", "text": said()}}
    asks = [
        {"id": "k1", "do": "question.ask", "with": {"text": "May I?", "language": "en"}},
        {"id": "k2", "do": "hand.lower", "with": {}},
        {"id": "k3", "do": "room.open", "with": {}},
    ]
    answers = [page.post(f"/api/rooms/{room}/commands", json=body) for body in asks]
    for answer in (*answers, page.get(f"/api/rooms/{room}")):
        assert (answer.status_code, answer.json()) == (403, no)
    shown = page.get(f"/rooms/{room}")
    assert (shown.status_code, "A moderator has removed you from this room" in shown.text) == (403, True)
    assert REASON in shown.text


@pytest.mark.parametrize("role", ["interpreter", "captioner", "expert"])
async def test_pages_of_those_at_work_are_closed_too(server: Server, town: Town, room: str, role: str) -> None:
    name = f"{role}{next(numbers)}"
    town.add(name, role)
    pages = {"interpreter": ["", "/booth/ar", "/captions"], "captioner": ["", "/captions"], "expert": [""]}[role]
    with browser(server, town.cookies[name]) as page:
        before = [page.get(f"/rooms/{room}{path}").status_code for path in pages]
        async with joined(server, room, town.cookies["moderator"]) as crew:
            assert "ok" in await crew.do("room.remove", person=town.people[name], reason=f"<b>{REASON}</b>")
            after = [page.get(f"/rooms/{room}{path}") for path in pages]
        assert before == [200] * len(pages)
        for answer in after:
            assert answer.status_code == 403
            assert "A moderator has removed you from this room" in answer.text
            assert f"&lt;b&gt;{REASON}&lt;/b&gt;" in answer.text


async def test_interpreter_who_is_removed_leaves_the_air(server: Server, town: Town, room: str) -> None:
    name = f"interpreter{next(numbers)}"
    town.add(name, "interpreter")
    async with (
        joined(server, room, town.cookies["moderator"]) as crew,
        joined(server, room, town.cookies[name]) as voice,
    ):
        await crew.do("room.open")
        await crew.do("channel.open", language="ar")
        await voice.until(lambda: voice.screen["room"]["room"]["state"] == "open" and "ar" in voice.screen["channels"])
        assert "ok" in await voice.do("booth.enter", language="ar")
        assert "ok" in await voice.do("booth.on_air", language="ar")
        await crew.until(lambda: crew.screen["channels"]["ar"]["state"] == "live")
        done = await crew.do("room.remove", person=town.people[name])
        await crew.until(lambda: crew.seq >= done["seq"])
        channel = crew.screen["channels"]["ar"]
        assert (channel["state"], channel["interpreter"], channel["booth"]) == ("silent", None, [])
        assert await voice.closed() == 4003
        assert voice.bye == {"code": 4003, "text": "A moderator has removed you from this room.", "after": 0}


async def test_guest_who_is_removed_stays_out_by_any_name(server: Server, town: Town, room: str) -> None:
    token, guest = town.write(lambda sql: people.open_guest(sql, moments.now()))
    async with joined(server, room, town.cookies["moderator"]) as crew, joined(server, room, token) as client:
        await client.send({"hello": {"name": "Nobody \u202eyou know", "language": "en"}})
        await client.until(lambda: fresh(client)[-1]["name"] == "Nobody you know")
        await crew.do("room.silence", person=guest.person, reason=REASON)
        await client.until(lambda: fresh(client)[-1]["silenced"] is not None)
        await client.send({"hello": {"name": "Somebody new", "language": "en"}})
        await client.until(lambda: fresh(client)[-1]["name"] == "Somebody new")
        assert fresh(client)[-1]["silenced"] == {"reason": REASON}
        assert (await client.do("question.ask", text="Me?", language="en"))["no"]["code"] == "person.silenced"
        await crew.do("room.remove", person=guest.person, reason=REASON)
        assert await client.closed() == 4003
        await stays_out(server, room, token=token)
        with browser(server, token) as page:
            page.post("/me", data={"name": "Yet another", "language": "en", "zone": ""})
            refused_by_http(page, room)
        await stays_out(server, room, token=token)


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("moderator", "person.self"),
        ("organiser", "person.crew"),
        ("nobody", "person.unknown"),
        (None, "person.unknown"),
    ],
)
async def test_moderator_cannot_turn_out_the_crew_nor_nobody(
    server: Server, town: Town, room: str, target: str | None, code: str
) -> None:
    person = "service" if target is None else town.people.get(target, "x")
    async with joined(server, room, town.cookies["moderator"]) as crew:
        for command in ("room.silence", "room.remove"):
            assert (await crew.do(command, person=person))["no"]["code"] == code


async def test_nameless_guest_can_be_removed(server: Server, town: Town, room: str) -> None:
    token, guest = town.write(lambda sql: people.open_guest(sql, moments.now()))
    async with joined(server, room, town.cookies["moderator"]) as crew, joined(server, room, token) as client:
        assert "ok" in await crew.do("room.remove", person=guest.person)
        assert await client.closed() == 4003


async def test_event_of_another_process_is_effective_as_soon(server: Server, town: Town, room: str) -> None:
    silenced, removed = newcomer(town), newcomer(town)
    async with (
        joined(server, room, town.cookies[silenced]) as one,
        joined(server, room, town.cookies[removed]) as other,
    ):
        events = (Silenced(town.people[silenced], REASON), Removed(town.people[removed], REASON))
        began = time.monotonic()
        await asyncio.to_thread(town.write, lambda sql: log.tell(sql, room, events, moments.now(), "system"))
        assert (await told(one, frames=2))[0]["silenced"] == {"reason": REASON}
        assert await other.closed() == 4003
        assert time.monotonic() - began < SOON
        await stays_out(server, room, token=town.cookies[removed])


async def test_restart_forgets_nobody(tmp_path: Path) -> None:
    own = Town(tmp_path / "data")
    room, silenced, removed = own.rooms["before-spring"], newcomer(own), newcomer(own)
    server = start(own.folder, rate=0)
    async with joined(server, room, own.cookies["moderator"]) as crew:
        await crew.do("room.silence", person=own.people[silenced], reason=REASON)
        await crew.do("room.remove", person=own.people[removed], reason=REASON)
    server.kill()
    again = start(own.folder, rate=0)
    try:
        with browser(again, own.cookies[removed]) as page:
            refused_by_http(page, room)  # the room was not open yet
        await stays_out(again, room, token=own.cookies[removed])
        async with joined(again, room, own.cookies[silenced]) as one:
            assert one.first["you"]["silenced"] == {"reason": REASON}
    finally:
        again.stop()


# ── The crew's list ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_crew_finds_people_by_name(server: Server, town: Town) -> None:
    room = town.rooms["behind-doors"]
    names = [f"zz{number:02}" for number in range(60)]
    for name in (*names, "zz-silent", "zz-out"):
        town.add(name, "participant", exchange="circle")
    town.add("chair", "moderator", exchange="circle")
    async with joined(server, room, town.cookies["chair"]) as crew, joined(server, room, town.cookies["zz03"]):
        await crew.do("room.silence", person=town.people["zz-silent"], reason=REASON)
        await crew.do("room.remove", person=town.people["zz-out"])
        with browser(server, town.cookies["chair"]) as page:
            found = page.get(f"/rooms/{room}/people?q=zZ").json()["people"]
            everybody = page.get(f"/rooms/{room}/people").json()["people"]

        def row(name: str, state: str, here: bool) -> dict[str, Any]:
            shown = f"{name.title()} Person"
            return {"id": town.people[name], "name": shown, "role": "participant", "state": state, "here": here}

        assert found == [
            row("zz-out", "removed", False),
            row("zz-silent", "silenced", False),
            row("zz03", "present", True),
        ]
        assert [one["role"] for one in everybody] == ["moderator", "participant", "participant", "participant"]


@pytest.mark.parametrize(("role", "status"), [("participant", 403), ("interpreter", 403), ("expert", 403), ("", 401)])
async def test_list_of_people_is_the_crews(server: Server, town: Town, room: str, role: str, status: int) -> None:
    with browser(server, town.cookies[role] if role else "") as page:
        assert page.get(f"/rooms/{room}/people").status_code == status
