"""A recording whose process is killed or whose disk is full: what was heard a second before is kept, and it goes on."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hosting import files, moments, recordings
from hosting.database import Database
from hosting.files import LocalFiles
from hosting.ogg import SILENCE, SLOT, pages
from hosting.tapes import Tapes
from tests.faults import disk
from tests.hosting import clicks
from tests.hosting.programmes import room
from tests.hosting.recorder import number_of
from tests.hosting.studio import Studio, spoken
from tests.hosting.test_recording import EVERY_SECOND
from tests.served import ROOT

LOST = 50  # packets: a second
KILLS = 4


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


def begin(folder: Path, here: str, zero: str, first: int, count: int) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "tests.hosting.recorder", str(folder), here, zero, str(first), str(count)]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def killed(process: subprocess.Popen[str], seconds: float, folder: Path) -> list[int]:
    """Kill a process some time after it began to speak, once some of it is on the disk; what it has said until then."""
    assert process.stdout
    lines = [process.stdout.readline()]
    end = time.monotonic() + seconds
    while time.monotonic() < end or not kept(folder, int(lines[0])):
        lines.append(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    lines += process.stdout.read().splitlines()
    assert process.wait(10) == -signal.SIGKILL
    process.stdout.close()
    return [int(line) for line in lines if line.strip()]


def kept(folder: Path, number: int) -> bool:
    """Whether a packet is on the disk."""
    return any(number in heard(file) for file in (folder / "files" / "recording").glob("*.opus"))


def heard(file: Path) -> list[int | None]:
    """The number of the packet in every slot; None: silence."""
    packets = [packet for page in pages(file.read_bytes()) for packet in page.packets][2:]
    assert {packet for packet in packets if number_of(packet) is None} <= {SILENCE}
    return [number_of(packet) for packet in packets]


def test_killed_process_loses_at_most_a_second_and_the_file_goes_on(database: Database, tmp_path: Path) -> None:
    here, zero, chance = room(database, "before-spring"), moments.show(moments.now()), random.Random(7)
    said: list[list[int]] = []
    lost: list[int] = []
    for turn in range(KILLS):
        said.append(killed(begin(tmp_path, here, zero, turn * 10_000, 10_000), 1.2 + chance.random(), tmp_path))
        [file] = (tmp_path / "files" / "recording").glob("*.opus")
        there = [number for number in heard(file) if number is not None and number // 10_000 == turn]
        assert there == said[-1][: len(there)]
        lost.append(len(said[-1]) - len(there))
    last = begin(tmp_path, here, zero, KILLS * 10_000, 60)
    assert last.communicate(timeout=30)[0].split() == [str(KILLS * 10_000 + n) for n in range(60)]
    assert last.returncode == 0
    [row] = database.read_now(lambda sql: recordings.of_room(sql, here))
    file = LocalFiles(tmp_path / "files").at(files.original(row.digest or ""))
    found = heard(file)
    numbers = [number for number in found if number is not None]
    print(f"killed {KILLS} times, packets said {[len(each) for each in said]}, of which lost {lost} (at most {LOST})")
    assert max(lost) <= LOST
    assert numbers == [n for turn, gone in enumerate(lost) for n in said[turn][: len(said[turn]) - gone]] + [
        KILLS * 10_000 + n for n in range(60)
    ]
    assert (row.state, round(row.seconds / SLOT)) == ("done", len(found) - 1)
    assert clicks.complaints(file) == []
    for turn in range(KILLS):  # as far apart as they were said
        assert found.index((turn + 1) * 10_000) - found.index(turn * 10_000) > len(said[turn])


async def test_process_that_was_killed_leaves_what_the_next_one_finishes(database: Database, tmp_path: Path) -> None:
    here, zero = room(database, "before-spring"), moments.show(moments.now())
    killed(begin(tmp_path, here, zero, 0, 10_000), 1.5, tmp_path)
    [file] = (tmp_path / "files" / "recording").glob("*.opus")
    whole = heard(file)
    with file.open("ab") as torn:
        torn.write(b"OggS\0\0half a page")
    (file.parent / "a-row-that-was-never-written.opus").write_bytes(file.read_bytes())
    (file.parent / "half-a-copy.new").write_bytes(b"OggS")
    place = LocalFiles(tmp_path / "files")
    tapes = Tapes(database, place, tmp_path / "files" / "recording")
    await tapes.finish_all()
    tapes.close()
    [row] = database.read_now(lambda sql: recordings.of_room(sql, here))
    kept = place.at(files.original(row.digest or ""))
    assert (row.state, round(row.seconds / SLOT), list(file.parent.iterdir())) == ("done", len(whole), [])
    assert heard(kept) == [*whole, None]
    assert files.digest_of(kept) == row.digest


async def test_disk_that_is_really_full_ends_the_file_with_a_whole_page(database: Database, tmp_path: Path) -> None:
    """Who may not mount a small disk is told that this one is full, by the program itself."""
    with disk.small(tmp_path / "disk", 1) as small:
        studio = Studio(database, room(database, "before-spring"), small.folder)
        await studio.opens("fr")
        await studio.records()
        voice = await studio.voice("interpreter", "fr", EVERY_SECOND)
        await studio.play(spoken(voice, 0.0, last=100), 2.0)
        await studio.until(lambda: studio.on_disk("fr") == 100)
        if small.how == "tmpfs":
            small.fill(os.getpid())
        else:
            studio.tapes.reserve = 2**62
        await studio.play(spoken(voice, 2.0, 100, 400), 8.0)
        await studio.until(studio.broken)
        [row] = studio.rows()
        file = studio.files()["fr", 1]
        assert (row.state, row.size) == ("broken", file.stat().st_size)
        assert clicks.onsets(file)[:2] == pytest.approx([0.1, 1.1], abs=SLOT)
        if small.how == "tmpfs":
            small.free(os.getpid())
        studio.tapes.reserve = 0
        await studio.stops()
        await studio.records()
        await studio.play(spoken(voice, 8.0, 400, 500), 10.0)
        await studio.stops()
        file = studio.files()["fr", 1]
        assert clicks.onsets(file)[-2:] == pytest.approx([8.1, 9.1], abs=SLOT)
        assert clicks.complaints(file) == []
        assert studio.rows()[0].state == "done"
        await studio.closes()
