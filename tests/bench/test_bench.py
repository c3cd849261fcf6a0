"""The generator reports what a server does wrong, and nothing else; the script prints what it measured."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hosting.packets import bundle
from tests.bench import building, figures, sounds
from tests.bench.contenders import AUSTAUSCH, BUNDLES, FLOOR, PACKETS
from tests.bench.fakes import Fake, Spoil, SpoilBytes, faking, relaying, sound, sound_bytes
from tests.bench.figures import Book
from tests.bench.generator import Load, Report, listening, loading
from tests.bench.scenes import QUICK
from tests.served import ROOT

SEATS = 4


@pytest.fixture(scope="session")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return building.compiled("load", tmp_path_factory.mktemp("load"))


@pytest.fixture(scope="session")
def listener(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return building.compiled("sound", tmp_path_factory.mktemp("sound"))


@asynccontextmanager
async def against(program: Path, fake: Fake, *, plain: bool, seats: int = SEATS) -> AsyncIterator[Load]:
    async with faking(fake):
        path = "/plain\tX: 1" if plain else "/rooms/r/live\tCookie: austausch=token"
        with loading(program, fake.port, [path] * seats, plain=plain) as load:
            if not plain:
                listed = program.parent / "commands"
                listed.write_text('"do":"caption.correct","with":{"caption":"c","text":"#0000000#"}\n')
                await say(load, f"commands {listed}")
            yield load


async def say(load: Load, order: str) -> Report:
    return await asyncio.to_thread(load.say, order, 20)


def skips(place: int, number: int, frame: str) -> list[str]:
    return [] if (place, number) == (1, 3) else [frame]


def repeats(place: int, number: int, frame: str) -> list[str]:
    return [frame, frame] if (place, number) == (1, 3) else [frame]


def corrupts(place: int, number: int, frame: str) -> list[str]:
    return [frame.replace("text", "tent")] if (place, number) == (2, 3) else [frame]


def empties(_place: int, number: int, frame: str) -> list[str]:
    """The seq rises for everybody, but what changed is not there."""
    return [frame.replace("#", "")] if number == 3 else [frame]


def babbles(place: int, number: int, frame: str) -> list[str]:
    return [frame, "[]"] if (place, number) == (1, 3) else [frame]


class Swaps:
    """One of them gets the fourth change before the third."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    def __call__(self, place: int, number: int, frame: str) -> list[str]:
        if (place, number) == (1, 3):
            self.kept = [frame]
            return []
        kept, self.kept = (self.kept, []) if (place, number) == (1, 4) else ([], self.kept)
        return [frame, *kept]


FAULTS: list[tuple[Spoil, dict[str, int]]] = [
    (sound, {}),
    (skips, {"skipped": 1}),
    (repeats, {"reordered": 1}),
    (Swaps(), {"reordered": 1, "skipped": 1}),
    (corrupts, {"different": 1}),
    (empties, {"unseen": 1}),
    (babbles, {"malformed": 1}),
]


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize(("spoil", "faults"), FAULTS)
async def test_generator_reports_what_a_server_spoils(
    generator: Path, spoil: Spoil, faults: dict[str, int], plain: bool
) -> None:
    async with against(generator, Fake(spoil), plain=plain) as load:
        joined = await say(load, "connect 1")  # one after the other: their order is the server's
        report = await say(load, "rate 50 0.2 300")
    assert (joined.here, joined.failed) == (SEATS, 0)
    assert (report.asked, report.done, report.late) == (10, 10, 0)
    assert report.faults == faults


async def test_generator_misses_a_change_that_does_not_come(generator: Path) -> None:
    def withholds(place: int, number: int, frame: str) -> list[str]:
        return [] if place == 2 and number >= 9 else [frame]

    async with against(generator, Fake(withholds), plain=False) as load:
        await say(load, "connect 4")
        report = await say(load, "rate 50 0.2")
    assert (report.asked, report.answered, report.done, report.late, report.behind) == (10, 10, 8, 2, 1)


async def test_generator_takes_a_jump_for_all_that_lies_between(generator: Path) -> None:
    """A frame with a later seq brings everything up to it, if that is what everybody gets."""

    def bundles(_place: int, number: int, frame: str) -> list[str]:
        return [] if number % 2 else [frame]

    async with against(generator, Fake(bundles), plain=False) as load:
        await say(load, "connect 4")
        report = await say(load, "rate 50 0.2")
    assert (report.done, report.frames, report.delivered, report.late) == (10, 20, 40, 0)
    assert report.faults == {"unseen": 5}  # these frames hold the later change only


async def test_generator_takes_a_big_first_frame_in_pieces_and_answers_pings(generator: Path) -> None:
    fake = Fake(snapshot=300_000)
    async with against(generator, fake, plain=False) as load:
        report = await say(load, "connect 4")
        pongs = [await connection.ping() for connection in fake.room]
        await asyncio.wait_for(asyncio.gather(*pongs), 10)
    assert (report.here, report.snapshots, report.malformed) == (SEATS, SEATS, 0)
    assert fake.cookies == ["austausch=token"] * SEATS


async def test_generator_comes_back_when_it_is_told_to(generator: Path) -> None:
    async with against(generator, Fake(waits=3), plain=False) as load:
        report = await say(load, "connect 4")
    assert (report.here, report.failed, report.byes, report.codes) == (SEATS, 0, 3, {"1012": 3})
    assert report.joined[2] >= 200


async def test_generator_counts_whom_a_server_refuses(generator: Path) -> None:
    async with against(generator, Fake(refuses=True), plain=False) as load:
        report = await say(load, "connect 4")
    assert (report.here, report.failed, report.codes) == (0, SEATS, {"403": 4})


async def test_generator_returns_with_its_cursors(generator: Path) -> None:
    fake = Fake()
    async with against(generator, fake, plain=False) as load:
        await say(load, "connect 4")
        await say(load, "rate 50 0.04")
        await say(load, "drop")
        await say(load, "rate 50 0.02")
        report = await say(load, "rejoin 4")
    assert fake.paths[SEATS:] == ["/rooms/r/live?cursor=e-public:12"] * (SEATS - 1)
    assert (report.here, report.snapshots, report.behind, report.faults) == (SEATS, 0, 0, {})


async def test_generator_notes_a_heartbeat_that_is_ahead(generator: Path) -> None:
    fake = Fake()
    async with against(generator, fake, plain=False) as load:
        await say(load, "connect 4")
        waiting = asyncio.create_task(say(load, "wait 0.5"))
        await asyncio.sleep(0.1)
        for seq in (10, 11):
            await fake.room[0].send(f'{{"at":"2027-03-01T12:00:00Z","seq":{seq}}}')
        report = await waiting
    assert (report.heartbeats, report.faults) == (2, {"ahead": 1})


async def test_generator_lets_some_stop_reading_and_read_again(generator: Path) -> None:
    fake = Fake()
    async with faking(fake):
        with loading(generator, fake.port, ["/plain\tX: 1"] * SEATS, plain=True, narrow=2) as load:
            await say(load, "connect 4")
            await say(load, "pause 2")
            apart = await say(load, "rate 50 0.1 300")
            await say(load, "resume")
            after = await say(load, "settle 5")
    assert (apart.done, apart.frames, apart.behind) == (5, 10, 2)
    assert after.behind == 0


# ── Sound ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def skips_bytes(place: int, seq: int, message: bytes) -> list[bytes]:
    return [] if (place, seq) == (1, 3) else [message]


def repeats_bytes(place: int, seq: int, message: bytes) -> list[bytes]:
    return [message, message] if (place, seq) == (1, 3) else [message]


def corrupts_bytes(place: int, seq: int, message: bytes) -> list[bytes]:
    return [message[:-1] + b"!"] if (place, seq) == (2, 3) else [message]


def shortens_bytes(place: int, seq: int, message: bytes) -> list[bytes]:
    return [message[:-1]] if (place, seq) == (2, 3) else [message]


def renumbers(place: int, seq: int, message: bytes) -> list[bytes]:
    """To a number that has not been sent."""
    return [message[:4] + b"\xff" * 4 + message[8:]] if (place, seq) == (0, 3) else [message]


def babbles_bytes(place: int, seq: int, message: bytes) -> list[bytes]:
    return [message, b"\x12\x02" + b"\0\1x"] if (place, seq) == (1, 3) else [message]


def bundles_bytes(_place: int, _seq: int, message: bytes) -> list[bytes]:
    return [bundle([message])]


SPOILT: list[tuple[SpoilBytes, dict[str, int]]] = [
    (sound_bytes, {}),
    (bundles_bytes, {}),
    (skips_bytes, {"skipped": 1}),
    (repeats_bytes, {"reordered": 1}),
    (corrupts_bytes, {"different": 1}),
    (shortens_bytes, {"different": 1}),
    (renumbers, {"reordered": 1, "skipped": 1}),
    (babbles_bytes, {"malformed": 2}),
]


@pytest.mark.parametrize(("spoil", "faults"), SPOILT)
async def test_generator_of_sound_reports_what_a_relay_spoils(
    listener: Path, spoil: SpoilBytes, faults: dict[str, int]
) -> None:
    async with relaying(spoil) as port:
        with listening(listener, port, SEATS) as load:
            joined = await asyncio.to_thread(load.say, "connect", 20)
            report = await asyncio.to_thread(load.say, "speak 50 0.19 100", 20)
    assert (joined.here, report.sent, report.faults) == (SEATS + 1, 10, faults)


def test_scene_of_sound_is_measured() -> None:
    book = Book()
    sounds.sound(book, QUICK._replace(ears=20, narrow=5, seconds=0.2, stall=0.6))
    assert {who: faults for who, faults in book.faults.items() if faults} == {}
    for who in (PACKETS, BUNDLES):
        assert book.frames[who] > 20 * 50 * (0.5 + 0.4 + 0.3 + 0.6) / 2
        assert 0 < figures.median(book.of("sound", who, "delay50")) < 1000
        assert figures.median(book.of("sound", who, "share")) > 0
    waited = [figures.median(book.of("sound", who, "age99")) for who in (PACKETS, BUNDLES)]
    assert waited[1] >= 40


def test_targets_are_held_against_medians() -> None:
    book = Book()
    for frame in (1.2, 9.0, 1.3):
        book.note("fanout", FLOOR, frame=1.0)
        book.note("fanout", AUSTAUSCH, frame=frame)
    said = "fanout  a delivered frame, over C send()  1.30 (1.20..9.00) ×  <= 1.30 ×  met"
    assert figures.verdicts(book) == said
    book.note("fanout", FLOOR, frame=1.0)
    book.note("fanout", AUSTAUSCH, frame=1.4)
    assert figures.verdicts(book).endswith("MISSED")


def bench(*flags: str, path: str = os.environ["PATH"]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "scripts/bench", *flags]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=120
    )


def test_script_prints_its_table(tmp_path: Path) -> None:
    told = tmp_path / "bench.json"
    ran = bench("--quick", "--only", "fanout", "--servers", "floor,austausch", "--json", str(told))
    assert (ran.returncode, ran.stderr) == (0, "")
    table = ran.stdout.split("\n\n")[1].splitlines()
    assert [line.split("  ")[0] for line in table] == ["one change to 200", FLOOR, AUSTAUSCH]
    found = json.loads(told.read_bytes())
    assert (list(found["scenes"]), found["faults"]) == (["fanout"], {})
    assert all(count > 0 for count in found["frames"].values())


def test_script_says_that_it_needs_gcc(tmp_path: Path) -> None:
    ran = bench("--quick", path=str(tmp_path))
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "scripts/bench needs gcc (Debian: apt-get install gcc libc6-dev).\n"
