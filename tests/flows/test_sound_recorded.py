"""A recording on a real server: what was said while it was on, nothing else, in step; also across a kill."""

import asyncio
import itertools
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2

from hosting.ogg import SLOT, pages
from tests.flows.sounds import Voice, fenced
from tests.flows.test_sound import Stand
from tests.flows.town import Town
from tests.hosting import clicks
from tests.hosting.recorder import number_of, numbered
from tests.served import Server, start

SLACK = 15  # packets that may be on their way when a moderator presses the button
SECOND = 50  # packets


class Speech:
    """A voice whose packets are numbered, one every 20 ms, for as long as it lasts."""

    def __init__(self, voice: Voice, numbers: Iterable[int]) -> None:
        self.voice, self.numbers, self.said = voice, iter(numbers), 0
        self.task = asyncio.create_task(self.speak())

    async def speak(self) -> None:
        loop, voice = asyncio.get_running_loop(), self.voice
        began = loop.time()
        for number in self.numbers:
            self.said = number
            await voice.ears.socket.send(voice.frame(numbered(number)))
            voice.seq += 1
            await asyncio.sleep(began + voice.seq * SLOT - loop.time())  # a microphone is never slow

    async def ends(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def sound(server: Server, town: Town, room: str, channel: str, role: str = "moderator") -> bytes:
    cookies = {"cookie": f"austausch={town.cookies[role]}"}
    async with httpx2.AsyncClient(base_url=server.url, headers=cookies, trust_env=False, timeout=10) as browser:
        for _ in range(50):
            answer = await browser.get(f"/archive/{room}/sound/{channel}.opus")
            if answer.status_code == 200:
                break
            await asyncio.sleep(0.1)  # it is finished behind the answer to who closed the room
        return answer.content


def ended(server: Server) -> None:
    if server.process.poll() is None:
        assert server.stop() == 0


def heard(file: bytes) -> list[int | None]:
    return [number_of(packet) for page in pages(file) for packet in page.packets][2:]


def clean(tmp_path: Path, file: bytes) -> list[str]:
    (tmp_path / "heard.opus").write_bytes(file)
    return clicks.complaints(tmp_path / "heard.opus")


async def test_only_what_is_said_while_it_is_on_is_kept_in_step(tmp_path: Path) -> None:
    town = Town(tmp_path / "data")
    room, server = town.rooms["before-spring"], start(town.folder, rate=0)
    async with AsyncExitStack() as stack:
        stack.callback(ended, server)
        here = Stand(server, town, room, stack)
        await here.do("moderator", "room.open")
        await here.do("interpreter", "booth.enter", language="fr")
        await here.do("interpreter", "booth.on_air", language="fr")
        booth, floor = await here.ears("interpreter"), await here.ears("moderator")
        await booth.redeem(speak="fr")
        await floor.redeem(speak="floor")
        speeches = [Speech(booth.voice("fr"), itertools.count()), Speech(floor.voice("floor"), itertools.count())]
        marks: list[tuple[int, int]] = []  # what was said before the button was pressed, and when it had been
        for state in ("announced", "on", "off", "on", "announced"):
            await asyncio.sleep(0.8)
            before = speeches[0].said
            await fenced(booth, floor)
            await here.do("moderator", "room.record", state=state)
            marks.append((before, speeches[0].said))
        await asyncio.sleep(0.5)
        for speech in speeches:
            await speech.ends()
        await here.do("moderator", "room.close")
        _announced, on, off, again, end = marks
        for channel in ("fr", "floor"):
            file = await sound(server, town, room, channel)
            found = heard(file)
            kept = [number for number in found if number is not None]
            print(f"{channel}: {len(kept)} packets kept of {speeches[0].said}, on: {on}–{off}, {again}–{end}")
            may = {*range(on[0] - SLACK, off[1] + SLACK + 1), *range(again[0] - SLACK, end[1] + SLACK + 1)}
            assert [number for number in kept if number not in may] == []
            assert kept == sorted(set(kept))
            assert {*range(on[1] + SLACK, off[0] - SLACK), *range(again[1] + SLACK, end[0] - SLACK)} <= set(kept)
            places = {number: place for place, number in enumerate(found) if number is not None}
            first, last = kept[0], kept[-1]
            assert abs((places[last] - places[first]) - (last - first)) <= SLACK  # silence where it was off
            assert clean(tmp_path, file) == []
        assert await sound(server, town, room, "fr", "participant") != file  # not released


async def test_server_that_is_killed_loses_a_second_and_records_on_in_the_same_file(tmp_path: Path) -> None:
    town = Town(tmp_path / "data")
    room, server = town.rooms["before-spring"], start(town.folder, rate=0)
    async with AsyncExitStack() as stack:
        stack.callback(ended, server)
        here = Stand(server, town, room, stack)
        await here.do("moderator", "room.open")
        await here.do("moderator", "room.record", state="on")
        await here.do("interpreter", "booth.enter", language="fr")
        await here.do("interpreter", "booth.on_air", language="fr")
        booth = await here.ears("interpreter")
        await booth.redeem(speak="fr")
        before = Speech(booth.voice("fr"), itertools.count())
        await asyncio.sleep(3)
        said = before.said  # to end a process takes its time, in which nobody writes any more
        await asyncio.to_thread(server.kill)
        await before.ends()
    server = start(town.folder, rate=0)
    async with AsyncExitStack() as stack:
        stack.callback(ended, server)
        here = Stand(server, town, room, stack)
        await here.joins("interpreter")
        booth = await here.ears("interpreter")
        await booth.redeem(speak="fr")
        after = Speech(booth.voice("fr"), itertools.count(10_000))
        await asyncio.sleep(1.5)
        await after.ends()
        await booth.fence()
        await here.do("moderator", "room.close")
        file = await sound(server, town, room, "fr")
    found = heard(file)
    early = [number for number in found if number is not None and number < 10_000]
    late = [number for number in found if number is not None and number >= 10_000]
    print(
        f"killed after {said} packets, of which {said - early[-1]} are lost; {len(late)} of {after.said - 9_999} after"
    )
    assert said - early[-1] <= SECOND
    assert early == list(range(early[0], early[-1] + 1))
    assert late == list(range(late[0], late[-1] + 1))
    assert (early[0] <= SLACK, late[0] <= 10_000 + SLACK, after.said - late[-1] <= SLACK) == (True, True, True)
    assert found.index(late[0]) - found.index(early[-1]) > SLACK  # the time between was silence
    assert clean(tmp_path, file) == []
