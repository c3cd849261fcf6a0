"""Every command by every role, in the own room, in another, in an ended one: who may is decided by one table only."""

from typing import Any

import pytest

from tests.flows.clients import joined
from tests.flows.town import EVERYBODY, Town
from tests.served import Server

FACTS: dict[str, dict[str, Any]] = {
    "room.pause": {},
    "room.close": {},
    "room.open": {},
    "agenda.add": {"title": "More", "kind": "other", "minutes": 5},
    "agenda.edit": {"item": "x"},
    "agenda.move": {"item": "x", "after": None},
    "agenda.remove": {"item": "x"},
    "agenda.start": {"item": "x"},
    "agenda.finish": {"item": "x"},
    "agenda.skip": {"item": "x"},
    "agenda.extend": {"item": "x", "minutes": 5, "how": "shift"},
    "agenda.undo": {},
    "question.screen": {"question": "x"},
    "question.publish": {"question": "x"},
    "question.queue": {"question": "x"},
    "question.air": {"question": "x"},
    "question.answered": {"question": "x"},
    "question.decline": {"question": "x", "reason": "No time"},
    "question.restore": {"question": "x"},
    "question.ask": {"text": "May I?", "language": "en"},
    "question.withdraw": {"question": "x"},
    "question.vote": {"question": "x"},
    "question.unvote": {"question": "x"},
}
EVERYBODYS = {"question.ask", "question.withdraw", "question.vote", "question.unvote"}
CREW = ("moderator", "organiser")


async def refused_for_role(server: Server, room: str, cookie: str) -> set[str]:
    """The commands that somebody may not give at all, tried one by one."""
    async with joined(server, room, cookie) as client:
        assert client.first["you"]["rights"] == sorted(client.first["you"]["rights"])
        answers = {name: await client.do(name, **facts) for name, facts in FACTS.items()}
    codes = {name: answer.get("no", {}).get("code") for name, answer in answers.items()}
    assert set(client.first["you"]["rights"]) == {name for name in FACTS if codes[name] != "role.missing"}
    return {name for name in FACTS if codes[name] == "role.missing"}


@pytest.mark.parametrize("role", EVERYBODY)
async def test_role_may_what_it_may_in_its_exchange(server: Server, town: Town, role: str) -> None:
    forbidden = set() if role in CREW else set(FACTS) - EVERYBODYS
    assert await refused_for_role(server, town.rooms["after-spring"], town.cookies[role]) == forbidden


@pytest.mark.parametrize("role", EVERYBODY)
async def test_role_for_one_room_is_a_participants_in_another(server: Server, town: Town, role: str) -> None:
    town.add(f"one-room-{role}", role, only=town.rooms["after-spring"])
    cookie = town.cookies[f"one-room-{role}"]
    forbidden = set() if role in CREW else set(FACTS) - EVERYBODYS
    assert await refused_for_role(server, town.rooms["after-spring"], cookie) == forbidden
    assert await refused_for_role(server, town.rooms["across-spring"], cookie) == set(FACTS) - EVERYBODYS


@pytest.mark.parametrize("role", EVERYBODY)
async def test_role_is_the_same_in_an_ended_room(server: Server, town: Town, role: str) -> None:
    async with joined(server, town.rooms["after-spring"], town.cookies["moderator"]) as crew:
        await crew.do("room.open")
        await crew.do("room.close")
    forbidden = set() if role in CREW else set(FACTS) - EVERYBODYS
    assert await refused_for_role(server, town.rooms["after-spring"], town.cookies[role]) == forbidden


@pytest.mark.parametrize("role", EVERYBODY)
async def test_role_elsewhere_is_none_here(server: Server, town: Town, role: str) -> None:
    town.add(f"elsewhere-{role}", role, exchange="circle")
    cookie = town.cookies[f"elsewhere-{role}"]
    assert await refused_for_role(server, town.rooms["across-spring"], cookie) == set(FACTS) - EVERYBODYS
    async with joined(server, town.rooms["behind-doors"], town.cookies[role]) as client:
        assert await client.closed() == 4003
