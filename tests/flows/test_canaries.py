"""What is written and not published, as strings that are looked for in all that sockets received: before the step that
shows it only those who may have it, after it everybody it is for. Some listen from the beginning, one comes back by its
cursor after every step, and one comes at the end.
"""

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.flows.clients import Client, joined
from tests.flows.town import Town
from tests.served import Server, serving

ROLES = ("participant", "expert", "interpreter", "captioner", "moderator", "organiser")
CREW = frozenset({"moderator", "organiser"})
STAFF = CREW | {"interpreter", "captioner"}
ALL = frozenset({*ROLES, "guest"})
NOBODY = frozenset[str]()


class Watch:
    """Sockets of every role, and all that each has received; `returning` joins anew with its cursor at every look."""

    def __init__(self, server: Server, town: Town, room: str, clients: dict[str, Client]) -> None:
        self.server, self.town, self.room, self.clients = server, town, room, clients
        self.returned, self.cursor = "", ""
        self.looked = self.read = 0

    async def do(self, role: str, command: str, **facts: Any) -> dict[str, str]:
        reply = await self.clients[role].do(command, **facts)
        assert "ok" in reply, reply
        return dict(reply["ok"])

    async def settle(self) -> None:
        """Until all have been sent what has happened so far: a caption that everybody gets comes after it."""
        mark = f"mark-{secrets.token_hex(4)}"
        await self.do("captioner", "caption.add", language="en", text=mark)
        for client in self.clients.values():
            await client.until(lambda client=client: mark in json.dumps(client.screen["captions"]))  # type: ignore[misc]  # bound now
        async with joined(self.server, self.room, self.town.cookies["participant"], self.cursor) as client:
            self.returned, self.cursor = self.returned + json.dumps(client.frames), client.cursor

    async def seen(self, secret: str, by: frozenset[str]) -> None:
        """Exactly these roles have received a secret by now; who returns has what participants have."""
        await self.settle()
        found = set()
        for role, client in self.clients.items():
            text = json.dumps(client.frames)
            self.read += len(text)
            self.looked += 1
            if secret in text:
                found.add(role)
        assert found == by, secret
        self.read += len(self.returned)
        assert (secret in self.returned) == ("participant" in by), f"{secret} after a return"


def canary(what: str) -> str:
    return f"canary-{what}-{secrets.token_hex(4)}"


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    town = Town(tmp_path / "data")
    room = town.rooms["after-spring"]
    with serving(town.folder, rate=0) as server:
        async with AsyncExitStack() as stack:
            clients = {}
            for role in ROLES:
                clients[role] = await stack.enter_async_context(joined(server, room, town.cookies[role]))
            town.add("reader")  # without a role: as a guest reads a public room
            clients["guest"] = await stack.enter_async_context(joined(server, room, town.cookies["reader"]))
            found = Watch(server, town, room, clients)
            await found.do("moderator", "room.open")
            await found.do("moderator", "room.record", state="on")
            yield found


async def test_question_is_nobodys_before_it_is_published_and_its_reasons_and_proposals_never(watch: Watch) -> None:
    asked, other, translation, again = (canary(what) for what in ("asked", "other", "translation", "again"))
    first = (await watch.do("participant", "question.ask", text=asked, language="en"))["question"]
    own = CREW | {"participant"}  # its asker has it, with everything that comes to `mine`
    await watch.settle()
    assert {role for role, client in watch.clients.items() if asked in json.dumps(client.frames)} == own
    await watch.do("moderator", "question.screen", question=first)
    second = (await watch.do("expert", "question.ask", text=other, language="en"))["question"]
    await watch.seen(other, CREW | {"expert"})
    await watch.do("moderator", "question.publish", question=second)
    await watch.seen(other, ALL)
    await watch.do("interpreter", "question.translate", question=second, language="de", text=translation)
    await watch.seen(translation, STAFF)
    await watch.do("moderator", "question.approve_translation", question=second, language="de")
    await watch.seen(translation, ALL)
    await watch.do("interpreter", "question.translate", question=second, language="de", text=again)
    await watch.seen(again, STAFF)

    merged, reason, declined, answer = (canary(what) for what in ("merged", "reason", "declined", "answer"))
    third = (await watch.do("expert", "question.ask", text=merged, language="en"))["question"]
    await watch.do("moderator", "question.merge", question=third, into=second)
    await watch.seen(merged, CREW | {"expert"})
    fourth = (await watch.do("expert", "question.ask", text=declined, language="en"))["question"]
    await watch.do("moderator", "question.decline", question=fourth, reason=reason)
    await watch.seen(declined, CREW | {"expert"})
    await watch.seen(reason, CREW | {"expert"})
    await watch.do("moderator", "question.write", question=second, text=answer, language="en")
    await watch.seen(answer, ALL)
    await last_comes(watch, hidden=(merged, declined, reason, again), shown=(other, translation, answer))


async def test_agenda_polls_talk_and_reasons_are_of_those_they_are_for(watch: Watch) -> None:
    item, draft, choice, crew, booth = (canary(what) for what in ("item", "draft", "choice", "crew", "booth"))
    added = await watch.do("moderator", "agenda.add", title=item, kind="other", minutes=5, hidden=True)
    await watch.seen(item, STAFF)
    await watch.do("moderator", "agenda.start", item=added["item"])
    await watch.seen(item, STAFF)
    await watch.do("moderator", "agenda.finish", item=added["item"])

    choices = [choice, "Something else"]
    poll = (await watch.do("moderator", "poll.draft", title=draft, choices=choices, results="end"))["poll"]
    await watch.seen(draft, CREW)
    await watch.seen(choice, CREW)
    await watch.do("moderator", "poll.open", poll=poll)
    await watch.seen(choice, ALL)
    for role in ("participant", "expert", "interpreter"):
        await watch.do(role, "poll.vote", poll=poll, choices=[0])
    await watch.do("moderator", "poll.close", poll=poll)
    await watch.settle()
    sums = {role: client.screen["polls"][poll]["results"] for role, client in watch.clients.items()}
    assert sums == {role: [3, 0] if role in CREW else None for role in watch.clients}
    await watch.do("moderator", "poll.publish", poll=poll)
    await watch.settle()
    assert [client.screen["polls"][poll]["results"] for client in watch.clients.values()] == [[3, 0]] * len(ALL)

    await watch.do("moderator", "chat.say", text=crew, to="crew")
    await watch.seen(crew, CREW)
    await watch.do("interpreter", "chat.say", text=booth, to="booth")
    await watch.seen(booth, STAFF)
    said = canary("said")
    message = (await watch.do("participant", "chat.say", text=said))["message"]
    await watch.do("moderator", "chat.hide", message=message)
    await watch.settle()
    late = await late_text(watch)
    assert said not in late  # whoever comes after it was hidden never reads it

    silenced = canary("silenced")
    person = watch.clients["expert"].first["you"]["id"]
    await watch.do("moderator", "room.silence", person=person, reason=silenced)
    await watch.seen(silenced, CREW | {"expert"})
    await last_comes(watch, hidden=(item, crew, booth, silenced, said), shown=(draft, choice))


async def late_text(watch: Watch) -> str:
    async with joined(watch.server, watch.room, watch.town.cookies["reader"]) as client:
        return json.dumps(client.frames)


async def last_comes(watch: Watch, hidden: tuple[str, ...], shown: tuple[str, ...]) -> None:
    """Who comes at the end has what is public and nothing else; and everything was really looked for."""
    late = await late_text(watch)
    assert [secret for secret in hidden if secret in late] == []
    assert [secret for secret in shown if secret not in late] == []
    print(f"looked {watch.looked} times for a secret, in {watch.read / 1e6:.1f} MB that sockets had received")
    assert (watch.looked > 40, watch.read > 300_000) == (True, True)
