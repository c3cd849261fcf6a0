"""A recording on a real server: what was said while it was on, nothing else, in step; also across a kill."""

import asyncio
import itertools
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple

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
LATE = 0.3  # seconds: who speaks later than that, as this machine stood still, speaks again
TAKES = 5


class Speech:
    """A voice whose packets are numbered, one every 20 ms, for as long as it lasts."""

    def __init__(self, voice: Voice, numbers: Iterable[int]) -> None:
        self.voice, self.numbers, self.said, self.late = voice, iter(numbers), 0, 0.0
        self.task = asyncio.create_task(self.speak())

    async def speak(self) -> None:
        loop, voice = asyncio.get_running_loop(), self.voice
        began = loop.time()
        for number in self.numbers:
            self.late = max(self.late, loop.time() - began - voice.seq * SLOT)
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


class Take(NamedTuple):
    """A session with a recording: who spoke, the file of each channel, and what is said when the button is pressed."""

    speeches: dict[str, Speech]
    files: dict[str, bytes]
    marks: list[dict[str, tuple[int, int]]]  # by channel, the numbers before and after

    def on_time(self) -> bool:
        return max(speech.late for speech in self.speeches.values()) < LATE


async def pressed(folder: Path) -> Take:
    """It is on twice, and off between."""
    town = Town(folder)
    room, server = town.rooms["before-spring"], start(town.folder, rate=0)
    async with AsyncExitStack() as stack:
        stack.callback(ended, server)
        here = Stand(server, town, room, stack)
        await here.do("moderator", "room.open")
        await here.do("interpreter", "booth.enter", language="fr")
        await here.do("interpreter", "booth.on_air", language="fr")
        lines = {"fr": await here.ears("interpreter"), "floor": await here.ears("moderator")}
        for channel, line in lines.items():
            await line.redeem(speak=channel)
        speeches = {channel: Speech(line.voice(channel), itertools.count()) for channel, line in lines.items()}
        marks: list[dict[str, tuple[int, int]]] = []
        for state in ("announced", "on", "off", "on", "announced"):
            await asyncio.sleep(0.8)
            before = {channel: speech.said for channel, speech in speeches.items()}
            await fenced(*lines.values())
            await here.do("moderator", "room.record", state=state)
            marks.append({channel: (before[channel], speech.said) for channel, speech in speeches.items()})
        await asyncio.sleep(0.5)
        for speech in speeches.values():
            await speech.ends()
        await here.do("moderator", "room.close")
        files = {channel: await sound(server, town, room, channel) for channel in speeches}
        assert await sound(server, town, room, "fr", "participant") not in files.values()  # not released
        return Take(speeches, files, marks)


async def test_only_what_is_said_while_it_is_on_is_kept_in_step(tmp_path: Path) -> None:
    for number in range(TAKES):
        take = await pressed(tmp_path / f"data{number}")
        if take.on_time():
            break
    for channel, file in take.files.items():
        found = heard(file)
        kept = [number for number in found if number is not None]
        _announced, on, off, again, end = (mark[channel] for mark in take.marks)
        print(f"{channel}: {len(kept)} packets kept of {take.speeches[channel].said}, on at {on}–{off}, {again}–{end}")
        spans = ((on, off), (again, end))
        wrong = [n for n in kept if not any(first[0] - SLACK <= n <= last[1] + SLACK for first, last in spans)]
        assert wrong == []
        assert kept == sorted(set(kept))
        assert {n for first, last in spans for n in range(first[1] + SLACK, last[0] - SLACK)} <= set(kept)
        places = {number: place for place, number in enumerate(found) if number is not None}
        first, last = kept[0], kept[-1]
        assert abs((places[last] - places[first]) - (last - first)) <= SLACK  # silence where it was off
        assert clean(tmp_path, file) == []


async def killed(folder: Path) -> tuple[Take, int]:
    """It is on when the server is killed, and goes on; how much was said until the kill."""
    town = Town(folder)
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
        said = before.said
        server.process.kill()  # at once, and not when a thread is free
        await asyncio.to_thread(server.ended, 10)
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
    return Take({"before": before, "after": after}, {"fr": file}, []), said


async def test_server_that_is_killed_loses_a_second_and_records_on_in_the_same_file(tmp_path: Path) -> None:
    for number in range(TAKES):
        take, said = await killed(tmp_path / f"data{number}")
        found = heard(take.files["fr"])
        early = [number for number in found if number is not None and number < 10_000]
        late = [number for number in found if number is not None and number >= 10_000]
        assert clean(tmp_path, take.files["fr"]) == []
        assert (early, late) == (sorted(set(early)), sorted(set(late)))
        if take.on_time():
            break
    end = take.speeches["after"].said
    print(f"killed after {said} packets, of which {said - early[-1]} are lost; {len(late)} of {end - 9_999} after")
    assert said - early[-1] <= SECOND
    assert early == list(range(early[0], early[-1] + 1))
    assert late == list(range(late[0], late[-1] + 1))
    assert (early[0] <= SLACK, late[0] <= 10_000 + SLACK, end - late[-1] <= SLACK) == (True, True, True)
    assert found.index(late[0]) - found.index(early[-1]) > SLACK  # the time between was silence
