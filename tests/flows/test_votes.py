"""Votes while the server is killed again and again: what was answered is in the sums, and nothing is in them twice."""

import asyncio
import json
import random
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from hosting import log, moments
from rooms.questions import Asked, Published
from tests.flows.clients import dial, joined
from tests.flows.town import Town
from tests.served import Server, start

VOTERS, VOTES, KILLS = 40, 60, 3
ON_THEIR_WAY = 8  # commands of one voter that are not answered yet: a kill finds some not sent, however slow we read
QUESTIONS = ("q1", "q2", "q3")


class Voter:
    """Somebody who votes and takes votes back, and sends again in the same order what was not answered."""

    def __init__(self, name: str, chance: random.Random) -> None:
        self.name = name
        self.plan = [(chance.choice(("vote", "unvote")), chance.choice(QUESTIONS)) for _ in range(VOTES)]
        self.answered = 0  # of the plan: on one connection answers come in order
        self.sent_again = 0

    async def vote(self, server: Server, town: Town, room: str) -> None:
        """Send what is left of the plan, and take answers until there are all or the server is gone."""
        sent = self.answered
        try:
            socket = await dial(server, room, town.cookies[self.name])
            while self.answered < VOTES:
                for number in range(sent, min(self.answered + ON_THEIR_WAY, VOTES)):
                    what, question = self.plan[number]
                    asked = {"id": str(number), "do": f"question.{what}", "with": {"question": question}}
                    await socket.send(json.dumps(asked))
                    sent = number + 1
                frame = json.loads(await socket.recv())
                if "re" in frame:
                    assert (frame["re"], frame["ok"]) == (str(self.answered), {"question": self.plan[self.answered][1]})
                    self.answered += 1
            await socket.close()
        except (ConnectionClosed, OSError):
            self.sent_again += sent - self.answered

    async def repeat(self, server: Server, town: Town, room: str, chance: random.Random) -> list[str]:
        """Send the whole plan again in another order; what this person is then said to have voted for."""
        async with joined(server, room, town.cookies[self.name]) as client:
            for number in chance.sample(range(VOTES), VOTES):
                what, question = self.plan[number]
                assert (await client.do(f"question.{what}", str(number), question=question))["ok"] == {
                    "question": question
                }
        async with joined(server, room, town.cookies[self.name]) as client:
            votes: list[str] = client.screen["mine"]["votes"]
            return votes

    def votes(self) -> set[str]:
        """What the whole plan leaves."""
        last = {question: what for what, question in self.plan}
        return {question for question, what in last.items() if what == "vote"}


async def test_votes_are_all_in_the_sums_however_often_the_server_is_killed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town, chance = Town(tmp_path / "data"), random.Random(4)
    room = town.rooms["before-spring"]
    asked = [Asked(id, "nobody", "Why?", "en") for id in QUESTIONS]
    published = [Published(id) for id in QUESTIONS]
    town.write(lambda sql: log.tell(sql, room, (*asked, *published), moments.now()))
    voters = [Voter(f"voter{number}", chance) for number in range(VOTERS)]
    for voter in voters:
        town.add(voter.name, "participant")
    for kill in range(1, KILLS + 1):
        server = start(town.folder, rate=0)
        voting = [asyncio.create_task(voter.vote(server, town, room)) for voter in voters]
        for _ in range(30_000):
            if sum(voter.answered for voter in voters) >= VOTERS * VOTES * kill // (KILLS + 1):
                break
            await asyncio.sleep(0.001)
        server.kill()
        await asyncio.gather(*voting)
        assert any(voter.answered < VOTES for voter in voters), "the crash came in the middle"
    server = start(town.folder, rate=0)
    await asyncio.gather(*(voter.vote(server, town, room) for voter in voters))
    expected = {id: sum(id in voter.votes() for voter in voters) for id in QUESTIONS}
    own = await asyncio.gather(*(voter.repeat(server, town, room, chance) for voter in voters))
    assert own == [sorted(voter.votes()) for voter in voters]
    async with joined(server, room, town.cookies["moderator"]) as crew:
        await crew.until(lambda: {id: score["votes"] for id, score in crew.screen["scores"].items()} == expected)
    assert server.stop() == 0
    again = sum(voter.sent_again for voter in voters)
    with capsys.disabled():
        print(f"\nvotes: {KILLS} kills, {VOTERS * VOTES} commands, {again} sent again, 0 lost, 0 counted twice")
    assert again > 0
