"""Two hundred people vote at a real server, in an open vote and in a secret one that is closed meanwhile.

Whoever was answered is in the sums, whoever was refused is not; a server that is killed right then changes nothing.
"""

import asyncio
import random
from collections import Counter
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from hosting import log, moments, people, tables
from hosting.people import as_role
from rooms.lifecycle import Opened
from rooms.polls import Drafted
from rooms.polls import Opened as PollOpened
from tests.flows.clients import Client, joined
from tests.flows.town import Town
from tests.served import start

VOTERS = 200
CHOICES = ("canary one", "canary two", "canary three")
POLLS = (
    *(Drafted("shown", "Where to?", CHOICES, results="vote"), PollOpened("shown")),
    *(Drafted("secret", "Who?", CHOICES, secret=True), PollOpened("secret")),
    Drafted("draft", "canary title", ("canary four", "canary five")),
)


def add_voters(town: Town) -> list[str]:
    """The cookies of as many participants, in one transaction."""

    def write(sql: Connection) -> list[str]:
        now, cookies = moments.now(), []
        for number in range(VOTERS):
            person = people.create_person(sql, f"Voter {number}", now)
            people.grant(sql, person, as_role("participant"), "spring", None, now)
            cookies.append(people.open_sign_in(sql, person, now))
        return cookies

    return town.write(write)


async def test_two_hundred_vote_and_each_answer_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    town, chance = Town(tmp_path / "data"), random.Random(7)
    room = town.rooms["before-spring"]
    town.write(lambda sql: log.tell(sql, room, (Opened(), *POLLS), moments.now()))
    cookies = add_voters(town)
    wishes = [chance.randrange(3) for _ in cookies]
    server = start(town.folder, rate=0)
    taken = Counter[str]()

    async def vote(client: Client, poll: str, choice: int, wait: float) -> str:
        await asyncio.sleep(wait)
        reply = await client.do("poll.vote", poll=poll, choices=[choice])
        return "taken" if "ok" in reply else str(reply["no"]["code"])

    async with AsyncExitStack() as stack, joined(server, room, town.cookies["moderator"]) as crew:
        clients = [await stack.enter_async_context(joined(server, room, cookie)) for cookie in cookies]
        idle = await stack.enter_async_context(joined(server, room, town.cookies["participant"]))
        shown = await asyncio.gather(
            *(vote(client, "shown", wish, 0) for client, wish in zip(clients, wishes, strict=True))
        )
        assert set(shown) == {"taken"}
        sums = [wishes.count(place) for place in range(3)]
        told = {"shown": {"voters": VOTERS, "results": sums}}
        await asyncio.gather(*(client.until(partial(has, client, told)) for client in clients))

        # The secret one is closed while they vote.
        secret = [
            vote(client, "secret", wish, chance.random() / 5) for client, wish in zip(clients, wishes, strict=True)
        ]
        closing = asyncio.create_task(close_soon(crew))
        for code, wish in zip(await asyncio.gather(*secret), wishes, strict=True):
            taken[code] += 1
            taken[f"for {wish}"] += code == "taken"
        assert (await closing)["ok"] == {"poll": "secret"}
        await crew.until(lambda: crew.screen["polls"]["secret"]["results"] is not None)
        item = crew.screen["polls"]["secret"]
        counted = [taken[f"for {place}"] for place in range(3)]
        assert (item["voters"], item["results"]) == (taken["taken"], counted)
        assert set(taken) - {"for 0", "for 1", "for 2"} == {"taken", "state.changed"}
        for client in (*clients, idle):
            frames = str(client.frames)
            assert "canary title" not in frames
            assert client.screen["polls"]["secret"]["results"] is None
        assert idle.screen["results"] == {}
        assert f"'voters': {VOTERS}" not in str(idle.frames)
        server.kill()

    # Killed and started again: the same sums, and what everybody has voted in.
    server = start(town.folder, rate=0)
    async with joined(server, room, town.cookies["moderator"]) as crew, joined(server, room, cookies[0]) as voter:
        assert crew.screen["polls"]["shown"]["results"] == sums
        assert crew.screen["polls"]["secret"]["results"] == counted
        assert "shown" in voter.screen["mine"]["votes"]
        assert voter.screen["results"] == told
        await crew.do("poll.close", poll="shown", was="open")
        await crew.do("poll.publish", poll="shown", was="closed")
        await voter.until(lambda: voter.screen["polls"]["shown"]["results"] == sums)
    assert server.stop() == 0
    voters = town.write(lambda sql: list(sql.execute(select(tables.poll_voters.c.voter)).scalars()))
    assert len(voters) == len(set(voters)) == taken["taken"]
    with capsys.disabled():
        refused = taken["state.changed"]
        print(f"\npolls: {2 * VOTERS} votes, {VOTERS + taken['taken']} counted as answered, {refused} too late, 0 lost")


def has(client: Client, results: object) -> bool:
    return client.screen["results"] == results


async def close_soon(crew: Client) -> dict[str, object]:
    await asyncio.sleep(0.1)
    return await crew.do("poll.close", poll="secret", was="open")


async def test_hundred_votes_of_one_person_in_a_second_are_bounded_by_the_bucket(tmp_path: Path) -> None:
    town = Town(tmp_path / "data")
    room = town.rooms["before-spring"]
    town.write(lambda sql: log.tell(sql, room, (Opened(), *POLLS), moments.now()))
    server = start(town.folder)
    async with joined(server, room, town.cookies["participant"]) as voter:
        for number in range(100):
            await voter.send({"id": str(number), "do": "poll.vote", "with": {"poll": "shown", "choices": [number % 3]}})
        await voter.until(lambda: len(voter.replies) == 100)
        codes = Counter(reply.get("no", {}).get("code", "ok") for reply in voter.replies.values())
        assert codes.keys() == {"ok", "rate.limited"}
        assert 10 <= codes["ok"] <= 15  # a bucket of ten, two a second
        await voter.until(lambda: voter.screen["results"].get("shown", {}).get("voters") == 1)
    assert server.stop() == 0
    rows = town.write(lambda sql: len(sql.execute(select(tables.poll_votes)).all()))
    assert rows == 1
