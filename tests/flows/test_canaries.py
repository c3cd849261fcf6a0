"""Every text that is not for everybody has a name of its own, and all bytes of all sockets are searched for it.

Sockets of every kind of visitor stay open from the beginning; after every step exactly those of the table have received
each text, whoever should as well as nobody else. One goes and returns with a cursor, one comes at the end.
"""

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from websockets.exceptions import ConnectionClosed

from hosting import log, moments, people, tables
from rooms.contributions import Submitted
from tests.flows.clients import WAIT, Client, dial
from tests.flows.town import Town
from tests.served import Server, serving

CREW = {"moderator", "organiser"}
BOOTH = {"interpreter", "captioner"} | CREW
ALL = {"guest", "participant", "asker", "shy", "loud", "expert"} | BOOTH
RESULTS = '"results":['  # what polls say once they are counted


class Ear(Client):
    """An open connection that keeps every byte."""

    raw = ""

    async def read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in self.socket:
                async with self.news:
                    self.raw += str(text)
                    self.take(json.loads(text))
                    self.news.notify_all()


@contextlib.asynccontextmanager
async def hearing(server: Server, room: str, token: str, cursor: str = "") -> AsyncIterator[Ear]:
    socket = await dial(server, room, token, cursor)
    first = str(await asyncio.wait_for(socket.recv(), WAIT))
    ear = Ear(socket, json.loads(first))
    ear.raw = first + ear.raw
    try:
        yield ear
    finally:
        ear.reading.cancel()
        await asyncio.gather(ear.reading, return_exceptions=True)
        await socket.close()


class Watch:
    """The sockets, what each canary is called, and who is to have received it by now."""

    def __init__(self, ears: dict[str, Ear]) -> None:
        self.ears = ears
        self.holders: dict[str, set[str]] = {}
        self.names: dict[str, str] = {}
        self.steps = self.searched = self.bytes = 0

    def canary(self, name: str) -> str:
        text = f"canary {name} {secrets.token_hex(4)}"
        self.names[text], self.holders[text] = name, set()
        return text

    async def step(self, by: str, do: str, shows: dict[str, set[str]], **facts: Any) -> dict[str, str]:
        """Somebody gives a command; from here on these texts have reached these people, and no others any text."""
        answer = await self.ears[by].do(do, **facts)
        assert "ok" in answer, (do, answer)
        await self.settle(shows)
        return dict(answer["ok"])

    async def settle(self, shows: dict[str, set[str]]) -> None:
        for text, whose in shows.items():
            self.holders[text] |= whose
            for name in whose:
                ear = self.ears[name]
                await ear.until(lambda ear=ear, text=text: text in ear.raw)  # type: ignore[misc]  # bound now
        self.steps += 1
        mark = f"Step {self.steps}."
        assert "ok" in await self.ears["moderator"].do("room.announce", text=mark)  # what all see, after all the rest
        for ear in self.ears.values():
            await ear.until(lambda ear=ear: mark in ear.raw)  # type: ignore[misc]  # bound now
        self.look()

    def look(self) -> None:
        for text, whose in self.holders.items():
            assert (self.names[text], self.heard(text)) == (self.names[text], whose)
        self.searched += len(self.holders) * len(self.ears)
        self.bytes += len(self.holders) * sum(len(ear.raw.encode()) for ear in self.ears.values())

    def would_have_found(self) -> None:
        """The control: whatever one socket more had received would have been seen, and whatever one had missed."""
        for text in [text for text, whose in self.holders.items() if "guest" not in whose]:
            for name, raw in (("guest", text), ("moderator", "")):
                kept, self.ears[name].raw = self.ears[name].raw, raw
                with pytest.raises(AssertionError):
                    self.look()
                self.ears[name].raw = kept

    def heard(self, text: str) -> set[str]:
        return {name for name, ear in self.ears.items() if text in ear.raw}


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(tmp_path / "data")
    for name in ("asker", "shy", "loud", "returning", "late"):
        town.add(name, "participant")
    town.cookies["guest"], _ = town.write(lambda sql: people.open_guest(sql, moments.now()))
    return town


async def test_every_text_reaches_exactly_those_it_is_for(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    room = town.rooms["before-spring"]
    with serving(town.folder, rate=0) as server:
        async with contextlib.AsyncExitStack() as open:
            ears = {name: await open.enter_async_context(hearing(server, room, town.cookies[name])) for name in ALL}
            watch = Watch(ears)
            await watch.step("moderator", "room.open", {})
            async with hearing(server, room, town.cookies["returning"]) as gone:
                cursor = gone.cursor
            await questions(watch, town)
            await agenda_and_chat(watch)
            await polls(watch)
            await slides(watch, town, room)
            seen_then = await returned(server, town, room, cursor, watch)
            await restrictions(watch, town)
            async with hearing(server, room, town.cookies["late"]) as late:
                seen_last = {watch.names[text] for text in watch.holders if text in late.raw}
    assert seen_then == seen_last == IN_THE_END
    watch.would_have_found()
    with capsys.disabled():
        print(
            f"\n{len(watch.names)} canaries, {len(ALL)} sockets, {watch.steps} steps: {watch.searched} searches", end=""
        )
        print(f" of {watch.bytes} bytes")
    assert min(len(watch.names), watch.steps, watch.searched, watch.bytes) > 0


async def questions(watch: Watch, town: Town) -> None:
    text, other, edited = watch.canary("question"), watch.canary("unpublished"), watch.canary("edited")
    first = await watch.step("asker", "question.ask", {text: CREW | {"asker"}}, text=text, language="en")
    second = await watch.step("asker", "question.ask", {other: CREW | {"asker"}}, text=other, language="en")
    await watch.step("asker", "question.edit", {edited: CREW | {"asker"}}, **second, text=edited)
    await watch.step("moderator", "question.screen", {}, **second)
    proposed = watch.canary("translation of what is hidden")
    await watch.step("organiser", "question.translate", {proposed: CREW}, **second, language="de", text=proposed)
    reason = watch.canary("why it was declined")
    await watch.step("moderator", "question.decline", {reason: CREW | {"asker"}}, **second, reason=reason)
    await watch.step("moderator", "question.publish", {text: ALL}, **first)
    translated, answer = watch.canary("translation"), watch.canary("answer")
    await watch.step("interpreter", "question.translate", {translated: BOOTH}, **first, language="de", text=translated)
    newer, approve = watch.canary("newer translation"), "question.approve_translation"
    await watch.step("moderator", approve, {translated: ALL}, **first, language="de")
    await watch.step("interpreter", "question.translate", {newer: BOOTH}, **first, language="de", text=newer)
    merged = watch.canary("merged unseen")
    fourth = await watch.step(
        "participant", "question.ask", {merged: CREW | {"participant"}}, text=merged, language="en"
    )
    await watch.step("moderator", "question.merge", {}, **fourth, into=first["question"])
    await watch.step("expert", "question.write", {answer: ALL}, **first, language="en", text=answer)
    brief = watch.canary("published, then declined")
    third = await watch.step("asker", "question.ask", {brief: CREW | {"asker"}}, text=brief, language="en")
    await watch.step("moderator", "question.publish", {brief: ALL}, **third)
    await watch.step("moderator", "question.decline", {}, **third, reason="no_time")
    deferred = watch.canary("deferred unseen")
    fifth = await watch.step("asker", "question.ask", {deferred: CREW | {"asker"}}, text=deferred, language="en")
    await watch.step("moderator", "question.defer", {}, **fifth, to=town.rooms["after-spring"])
    withdrawn = watch.canary("withdrawn unseen")
    sixth = await watch.step("asker", "question.ask", {withdrawn: CREW | {"asker"}}, text=withdrawn, language="en")
    await watch.step("asker", "question.withdraw", {}, **sixth)
    shy, unnamed = town.people["shy"], watch.canary("anonymous")
    watch.names[shy], watch.holders[shy] = "who asks anonymously", {"shy"}
    ask = {unnamed: CREW | {"shy"}, shy: CREW}
    last = await watch.step("shy", "question.ask", ask, text=unnamed, language="en", anonymous=True)
    await watch.step("moderator", "question.publish", {unnamed: ALL}, **last)


async def agenda_and_chat(watch: Watch) -> None:
    title, renamed, shown = watch.canary("hidden item"), watch.canary("hidden again"), watch.canary("shown item")
    add = {"kind": "other", "minutes": 5, "hidden": True}
    item = await watch.step("moderator", "agenda.add", {title: BOOTH}, title=title, **add)
    await watch.step("moderator", "agenda.start", {}, **item)
    await watch.step("moderator", "agenda.edit", {shown: ALL}, **item, title=shown, hidden=False)
    await watch.step("moderator", "agenda.edit", {}, **item, hidden=True)
    await watch.step("moderator", "agenda.edit", {renamed: BOOTH}, **item, title=renamed)
    await watch.step("moderator", "agenda.finish", {}, **item)
    said = {to: watch.canary(f"said to {to}") for to in ("room", "booth", "crew")}
    message = await watch.step("loud", "chat.say", {said["room"]: ALL}, text=said["room"])
    await watch.step("interpreter", "chat.say", {said["booth"]: BOOTH}, text=said["booth"], to="booth")
    crews = await watch.step("organiser", "chat.say", {said["crew"]: CREW}, text=said["crew"], to="crew")
    for each in (message, crews):
        await watch.step("moderator", "chat.hide", {}, **each)


async def polls(watch: Watch) -> None:
    title, choice = watch.canary("draft's title"), watch.canary("draft's choice")
    other, removed = watch.canary("draft's other title"), watch.canary("removed draft")
    watch.names[RESULTS], watch.holders[RESULTS] = "results", set()
    choices = [choice, "No"]
    draft = {title: CREW, choice: CREW}
    poll = await watch.step("moderator", "poll.draft", draft, title=title, choices=choices)
    gone = await watch.step("moderator", "poll.draft", {removed: CREW}, title=removed, choices=["a", "b"])
    await watch.step("moderator", "poll.remove", {}, **gone)
    await watch.step("moderator", "poll.edit", {other: CREW}, **poll, title=other, choices=choices)
    await watch.step("moderator", "poll.open", {other: ALL, choice: ALL}, **poll)
    await watch.step("participant", "poll.vote", {RESULTS: CREW}, **poll, choices=[0])
    await watch.step("moderator", "poll.close", {}, **poll)
    await watch.step("moderator", "poll.publish", {RESULTS: ALL}, **poll)


async def slides(watch: Watch, town: Town, room: str) -> None:
    columns, deck, note = tables.contributions.c, watch.canary("deck"), watch.canary("note to an expert")
    found = select(columns.id).where(columns.key == "dry-cellars")
    slot = str(town.write(lambda sql: sql.execute(found).scalar_one()))
    handed_in = (Submitted(slot, deck, 3),)
    await asyncio.to_thread(town.write, lambda sql: log.tell(sql, room, handed_in, moments.now(), "system"))
    await watch.settle({deck: BOOTH})
    await watch.step("moderator", "contribution.return", {note: CREW}, contribution=slot, note=note)
    await watch.step("moderator", "contribution.air", {deck: ALL}, contribution=slot)


async def restrictions(watch: Watch, town: Town) -> None:
    silenced, removed = watch.canary("why somebody is silenced"), watch.canary("why somebody is removed")
    loud = town.people["loud"]
    await watch.step("moderator", "room.silence", {silenced: CREW | {"loud"}}, person=loud, reason=silenced)
    await watch.step("moderator", "room.readmit", {}, person=loud)
    victim = watch.ears["loud"]
    assert "ok" in await watch.ears["organiser"].do("room.remove", person=loud, reason=removed)
    await victim.until(lambda: removed in victim.raw)
    watch.holders[removed] |= CREW | {"loud"}
    del watch.ears["loud"]
    for whose in watch.holders.values():
        whose.discard("loud")
    await watch.settle({removed: CREW})


IN_THE_END = {  # of a participant who was not there before, or not meanwhile
    *("question", "translation", "answer", "anonymous"),
    *("draft's other title", "draft's choice", "results", "deck"),
}


async def returned(server: Server, town: Town, room: str, cursor: str, watch: Watch) -> set[str]:
    """What somebody has received who was away from the beginning and comes back with a cursor."""
    async with hearing(server, room, town.cookies["returning"], cursor) as ear:
        assert "put" in ear.first
        return {watch.names[text] for text in watch.holders if text in ear.raw}
