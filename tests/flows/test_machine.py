"""A machine's translation on a real server: sent only by a press, seen by nobody else before a person approves it."""

import asyncio
import json
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.flows.clients import Client, joined
from tests.flows.town import EVERYBODY, Town
from tests.hosting import machines
from tests.hosting.machines import Handler, Machine, saying
from tests.served import Server, serving

KEY = "of-the-machine"
QUESTION = "Who pays for the canary in the cellar?"
MADE = "Wer zahlt den Wellensittich im Keller?"
ROOM = "before-spring"


@pytest.fixture(scope="module")
def house() -> Iterator[Machine]:
    with machines.running() as machine:
        yield machine


@pytest.fixture
def machine(house: Machine) -> Machine:
    house.key = KEY
    house.requests.clear()
    house.answers = {"/translate": saying(200, json.dumps({"translatedText": MADE}).encode())}
    return house


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return Town(tmp_path_factory.mktemp("machine") / "data")


@pytest.fixture(scope="module")
def helped(house: Machine, place: Town) -> Iterator[Server]:
    """A server that has a machine."""
    with serving(place.folder, rate=0, translator=f"libretranslate:{house.url}", translator_key=KEY) as server:
        yield server


async def press(
    server: Server, town: Town, who: str, question: str, to: str = "de", room: str = ROOM, **headers: str
) -> httpx2.Response:
    """What the button sends."""
    given = {"origin": server.url, "accept-language": "en", "cookie": f"austausch={town.cookies.get(who, '')}"}
    async with httpx2.AsyncClient(base_url=server.url, trust_env=False, timeout=30) as browser:
        path = f"/rooms/{town.rooms[room]}/questions/{question}/machine"
        return await browser.post(path, params={"to": to}, headers=given | headers)


def told(answer: httpx2.Response) -> tuple[int, str]:
    """The status of a refusal and its code; it always has a sentence."""
    no: dict[str, Any] = answer.json()["no"]
    assert no["text"].endswith(".")
    assert no["text"] != "This was not possible."
    return answer.status_code, no["code"]


async def ask(server: Server, town: Town, *steps: str) -> str:
    """A question in English, and what moderators have done with it so far."""
    room = town.rooms[ROOM]
    async with joined(server, room, town.cookies["participant"]) as person:
        question: str = (await person.do("question.ask", text=QUESTION, language="en"))["ok"]["question"]
    async with joined(server, room, town.cookies["moderator"]) as crew:
        await crew.do("room.open")
        for step in steps:
            assert "ok" in await crew.do(step, question=question)
    return question


def received(client: Client) -> str:
    return json.dumps(client.frames, ensure_ascii=False)


def translations(client: Client, question: str) -> Any:
    return client.screen["questions"].get(question, {}).get("translations")


async def test_press_is_proposed_and_after_a_person_approves_everybody_reads_it(
    helped: Server, place: Town, machine: Machine
) -> None:
    question, room = await ask(helped, place, "question.publish"), place.rooms[ROOM]
    async with (
        joined(helped, room, place.cookies["participant"]) as person,
        joined(helped, room, place.cookies["moderator"]) as crew,
        joined(helped, room, place.cookies["interpreter"]) as booth,
    ):
        answer = await press(helped, place, "moderator", question)
        assert (answer.status_code, answer.json()) == (202, {"ok": {"question": question, "language": "de"}})
        proposed = {"text": MADE, "by": None, "state": "proposed", "source": "machine"}
        for staff in (crew, booth):
            await staff.until(lambda client=staff: translations(client, question) == {"de": proposed})  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        async with joined(helped, room, place.cookies["expert"]) as late:  # the same from a snapshot
            assert (translations(late, question), MADE in received(late)) == ({}, False)
        assert "ok" in await crew.do("question.approve_translation", question=question, language="de")
        approved = {"de": {"text": MADE, "by": None, "state": "approved", "source": "machine"}}
        await person.until(lambda: translations(person, question) == approved)
        first = next(number for number, frame in enumerate(person.frames) if MADE in json.dumps(frame))
        own = [frame["put"]["questions"][question] for frame in person.frames[first:] if question in str(frame)]
        assert [item["translations"] for item in own] == [approved]  # never before
        await crew.until(lambda: translations(crew, question) == approved)
    asked = {"q": QUESTION, "source": "en", "target": "de", "format": "text", "api_key": KEY}
    assert [body for path, body in machine.requests if path == "/translate"] == [asked]


async def test_nothing_leaves_the_server_without_a_press(helped: Server, place: Town, machine: Machine) -> None:
    question = await ask(helped, place, "question.screen", "question.publish", "question.queue", "question.air")
    async with joined(helped, place.rooms[ROOM], place.cookies["moderator"]) as crew:
        assert "ok" in await crew.do("question.translate", question=question, language="de", text="Von Hand?")
        assert "ok" in await crew.do("question.answered", question=question)
    assert machine.requests == []


@pytest.mark.parametrize("role", EVERYBODY)
async def test_only_crew_and_interpreters_may_press(helped: Server, place: Town, machine: Machine, role: str) -> None:
    question = await ask(helped, place, "question.publish")
    answer = await press(helped, place, role, question)
    if role in ("interpreter", "moderator", "organiser"):
        assert (answer.status_code, machine.texts) == (202, [QUESTION])
    else:
        assert (*told(answer), machine.texts) == (403, "role.missing", [])


async def test_crew_of_one_room_may_not_press_in_another(helped: Server, place: Town, machine: Machine) -> None:
    question = await ask(helped, place, "question.publish")
    place.add("elsewhere", "moderator", only=place.rooms["across-spring"])
    assert told(await press(helped, place, "elsewhere", question)) == (403, "role.missing")
    assert told(await press(helped, place, "nobody", question)) == (401, "sign.in")
    assert told(await press(helped, place, "moderator", question, room="across-spring")) == (400, "question.unknown")
    assert machine.requests == []


@pytest.mark.parametrize("headers", [{"origin": "https://elsewhere.example"}, {"sec-fetch-site": "cross-site"}])
async def test_page_of_another_site_cannot_press(
    helped: Server, place: Town, machine: Machine, headers: dict[str, str]
) -> None:
    question = await ask(helped, place, "question.publish")
    answer = await press(helped, place, "moderator", question, **headers)
    assert (answer.status_code, machine.requests) == (403, [])


async def test_interpreter_sends_no_question_that_they_do_not_see(
    helped: Server, place: Town, machine: Machine
) -> None:
    question = await ask(helped, place)
    assert told(await press(helped, place, "interpreter", question)) == (400, "question.unknown")
    assert machine.requests == []
    assert (await press(helped, place, "moderator", question)).status_code == 202
    async with joined(helped, place.rooms[ROOM], place.cookies["interpreter"]) as booth:
        assert question not in received(booth)


@pytest.mark.parametrize(
    "to, refused",
    [
        ("en", (400, "translation.same")),
        ("xx", (400, "translation.machine_language")),
        ("", (400, "command.invalid")),
        ("de/../../x", (400, "command.invalid")),
        ("d" * 1000, (400, "command.invalid")),
    ],
)
async def test_languages_that_cannot_be_are_refused_in_words(
    helped: Server, place: Town, machine: Machine, to: str, refused: tuple[int, str]
) -> None:
    question = await ask(helped, place, "question.publish")
    assert told(await press(helped, place, "moderator", question, to)) == refused
    assert machine.texts == []


async def test_what_a_person_has_translated_is_not_asked_of_the_machine(
    helped: Server, place: Town, machine: Machine
) -> None:
    question = await ask(helped, place, "question.publish")
    async with joined(helped, place.rooms[ROOM], place.cookies["moderator"]) as crew:
        await crew.do("question.translate", question=question, language="de", text="Von Hand?")
        assert told(await press(helped, place, "moderator", question)) == (409, "state.changed")
        await crew.do("question.approve_translation", question=question, language="de")
        assert told(await press(helped, place, "moderator", question)) == (409, "state.changed")
    assert machine.requests == []


async def test_person_who_was_faster_than_the_machine_wins(helped: Server, place: Town, machine: Machine) -> None:
    question = await ask(helped, place, "question.publish")
    async with joined(helped, place.rooms[ROOM], place.cookies["moderator"]) as crew:
        answers = machine.answers["/translate"]

        def slowly(handler: Handler) -> None:
            handler.machine.going.wait(20)
            answers(handler)

        machine.answers["/translate"] = slowly
        machine.going.clear()
        async with asyncio.TaskGroup() as group:
            pressed = group.create_task(press(helped, place, "moderator", question))
            await until_sent(machine)
            await crew.do("question.translate", question=question, language="de", text="Von Hand?")
            machine.going.set()
        assert told(await pressed) == (409, "state.changed")
        await crew.until(lambda: bool(translations(crew, question)))
        assert translations(crew, question)["de"]["text"] == "Von Hand?"


async def until_sent(machine: Machine) -> None:
    async with asyncio.timeout(10):
        while not machine.texts:  # noqa: ASYNC110  # another thread tells no event of the loop
            await asyncio.sleep(0.01)


async def test_machine_that_fails_is_said_and_proposes_nothing(helped: Server, place: Town, machine: Machine) -> None:
    question = await ask(helped, place, "question.publish")
    failed, busy = (502, "translation.machine"), (503, "translation.machine_busy")
    failures = {500: failed, 429: busy, 302: failed}
    for status, refused in failures.items():
        machine.answers["/translate"] = saying(status, b'{"error": "no"}')
        assert told(await press(helped, place, "moderator", question)) == refused
    machine.answers["/translate"] = Handler.flood
    assert told(await press(helped, place, "moderator", question)) == (502, "translation.machine")
    assert len(machine.texts) == 4
    async with joined(helped, place.rooms[ROOM], place.cookies["moderator"]) as crew:
        assert translations(crew, question) == {}


async def test_page_says_who_is_sent_a_text(helped: Server, place: Town, house: Machine) -> None:
    assert f'data-machine="127.0.0.1:{house.server_port}"' in await page(helped, place)


async def page(server: Server, town: Town) -> str:
    async with httpx2.AsyncClient(base_url=server.url, trust_env=False, timeout=30) as browser:
        cookie = {"cookie": f"austausch={town.cookies['moderator']}"}
        answer = await browser.get(f"/rooms/{town.rooms[ROOM]}/moderate", headers=cookie)
        assert answer.status_code == 200
        return answer.text


async def test_without_a_machine_nothing_offers_one(server: Server, town: Town) -> None:
    question = await ask(server, town, "question.publish")
    assert "data-machine" not in await page(server, town)
    assert (await press(server, town, "moderator", question)).status_code == 404


async def test_server_does_not_wait_for_a_machine_at_its_end(tmp_path: Path, machine: Machine) -> None:
    town = Town(tmp_path / "data")
    with serving(town.folder, rate=0, translator=f"libretranslate:{machine.url}", translator_key=KEY) as server:
        question = await ask(server, town, "question.publish")
        machine.answers["/translate"] = Handler.drip
        async with asyncio.TaskGroup() as group:
            pressed = group.create_task(gone(press(server, town, "moderator", question)))
            await until_sent(machine)
            begun = time.monotonic()
            assert await asyncio.to_thread(server.stop) == 0
            assert time.monotonic() - begun < 5  # a machine has ten
        assert await pressed
    assert "the time to end was over" not in (tmp_path / "data.errors").read_text()


async def gone(pressing: Coroutine[Any, Any, httpx2.Response]) -> bool:
    """Whether a press has no answer, or one that is no proposal."""
    try:
        return (await pressing).status_code != 202
    except httpx2.TransportError:
        return True
