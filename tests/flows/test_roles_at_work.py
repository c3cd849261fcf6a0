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
    "room.record": {"state": "off"},
    "room.announce": {"text": "Soon."},
    "agenda.add": {"title": "More", "kind": "other", "minutes": 5},
    "agenda.edit": {"item": "x"},
    "agenda.move": {"item": "x", "after": None},
    "agenda.remove": {"item": "x"},
    "agenda.start": {"item": "x"},
    "agenda.finish": {"item": "x"},
    "agenda.skip": {"item": "x"},
    "agenda.pause": {"item": "x"},
    "agenda.resume": {"item": "x"},
    "agenda.extend": {"item": "x", "minutes": 5, "how": "shift"},
    "agenda.undo": {},
    "question.screen": {"question": "x"},
    "question.publish": {"question": "x"},
    "question.queue": {"question": "x"},
    "question.air": {"question": "x"},
    "question.answered": {"question": "x"},
    "question.decline": {"question": "x", "reason": "No time"},
    "question.restore": {"question": "x"},
    "question.merge": {"question": "x", "into": "y"},
    "question.defer": {"question": "x", "to": "y"},
    "question.write": {"question": "x", "text": "Yes.", "language": "en"},
    "question.translate": {"question": "x", "language": "de", "text": "Darf ich?"},
    "question.approve_translation": {"question": "x", "language": "de"},
    "question.ask": {"text": "May I?", "language": "en"},
    "question.edit": {"question": "x", "text": "May I?"},
    "question.withdraw": {"question": "x"},
    "question.vote": {"question": "x"},
    "question.unvote": {"question": "x"},
    "channel.choose": {"language": "xx"},
    "channel.open": {"language": "xx"},
    "channel.close": {"language": "xx"},
    "channel.floor": {"language": "en"},
    "booth.enter": {"language": "xx"},
    "booth.leave": {"language": "xx"},
    "booth.on_air": {"language": "xx"},
    "booth.off_air": {"language": "xx"},
    "booth.offer": {"language": "xx"},
    "booth.request": {"language": "xx"},
    "booth.accept": {"language": "xx"},
    "booth.withdraw": {"language": "xx"},
    "booth.relay": {"language": "xx", "of": None},
    "booth.slower": {"language": "xx"},
    "booth.no_sound": {"language": "xx"},
    "contribution.confirm": {"contribution": "x"},
    "contribution.decline": {"contribution": "x"},
    "contribution.submit": {"contribution": "x", "presentation": "x"},
    "contribution.check_in": {"contribution": "x"},
    "contribution.ready": {"contribution": "x"},
    "contribution.accept": {"contribution": "x"},
    "contribution.return": {"contribution": "x", "note": "Please larger"},
    "contribution.air": {"contribution": "x"},
    "contribution.finish": {"contribution": "x"},
    "contribution.no_show": {"contribution": "x"},
    "slides.show": {"presentation": "x", "page": 1},
    "slides.hide": {},
    "chat.say": {"text": "May I?"},
    "chat.hide": {"message": "x"},
    "chat.set": {"mode": "on"},
    "react": {"with": "agree"},
    "caption.add": {"language": "en", "text": "Good evening."},
    "caption.correct": {"caption": "x", "text": "Good evening."},
    "caption.interim": {"language": "en", "text": "Good"},
    "room.silence": {"person": "x"},
    "room.remove": {"person": "x"},
    "room.readmit": {"person": "x"},
    "hand.raise": {"order": True},
    "hand.lower": {},
    "hand.call": {"person": "x"},
    "hand.done": {"person": "x"},
    "hand.close": {},
    "hand.open": {},
    "poll.draft": {"title": "Where?", "choices": ["Here", "There"]},
    "poll.edit": {"poll": "x", "title": "Where?", "choices": ["Here", "There"]},
    "poll.remove": {"poll": "x"},
    "poll.open": {"poll": "x"},
    "poll.close": {"poll": "x"},
    "poll.publish": {"poll": "x"},
    "poll.vote": {"poll": "x", "choices": [0]},
}
EVERYBODYS = {
    "question.ask",
    "question.edit",
    "question.withdraw",
    "question.vote",
    "question.unvote",
    "channel.choose",
    "chat.say",
    "react",
}
EVERYBODYS |= {"hand.raise", "hand.lower", "poll.vote"}
BOOTHS = {name for name in FACTS if name.startswith("booth.")}
CAPTIONS = {name for name in FACTS if name.startswith("caption.")}
SLIDES = {"slides.show", "slides.hide"}
TRANSLATIONS = {"question.translate", "question.approve_translation"}
EXPERTS = {f"contribution.{verb}" for verb in ("confirm", "decline", "submit", "check_in", "ready")}
FORBIDDEN = {
    "participant": set(FACTS) - EVERYBODYS,
    "expert": set(FACTS) - EVERYBODYS - EXPERTS - SLIDES - {"question.write"},
    "interpreter": set(FACTS) - EVERYBODYS - BOOTHS - CAPTIONS - TRANSLATIONS,
    "captioner": set(FACTS) - EVERYBODYS - CAPTIONS,
    "moderator": BOOTHS | EXPERTS,
    "organiser": BOOTHS | EXPERTS,
}


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
    assert await refused_for_role(server, town.rooms["after-spring"], town.cookies[role]) == FORBIDDEN[role]


@pytest.mark.parametrize("role", EVERYBODY)
async def test_role_for_one_room_is_a_participants_in_another(server: Server, town: Town, role: str) -> None:
    town.add(f"one-room-{role}", role, only=town.rooms["after-spring"])
    cookie = town.cookies[f"one-room-{role}"]
    assert await refused_for_role(server, town.rooms["after-spring"], cookie) == FORBIDDEN[role]
    assert await refused_for_role(server, town.rooms["across-spring"], cookie) == FORBIDDEN["participant"]


@pytest.mark.parametrize("role", EVERYBODY)
async def test_role_is_the_same_in_an_ended_room(server: Server, town: Town, role: str) -> None:
    async with joined(server, town.rooms["after-spring"], town.cookies["moderator"]) as crew:
        await crew.do("room.open")
        await crew.do("room.close")
    assert await refused_for_role(server, town.rooms["after-spring"], town.cookies[role]) == FORBIDDEN[role]


@pytest.mark.parametrize("role", EVERYBODY)
async def test_role_elsewhere_is_none_here(server: Server, town: Town, role: str) -> None:
    town.add(f"elsewhere-{role}", role, exchange="circle")
    cookie = town.cookies[f"elsewhere-{role}"]
    assert await refused_for_role(server, town.rooms["across-spring"], cookie) == FORBIDDEN["participant"]
    async with joined(server, town.rooms["behind-doors"], town.cookies[role]) as client:
        assert await client.closed() == 4003
