"""The load generator from Python: an order in, a report out. Orders and their words are explained in load.c."""

import select
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import msgspec

from tests.bench import machine

LONGEST = 90.0  # seconds that an order may take


class Report(msgspec.Struct, frozen=True):
    """What came of one order. Times in milliseconds as [median, 99th percentile], `joined` as [50, 99, 100 %]."""

    order: str
    seconds: float
    here: int
    failed: int
    behind: int  # connections without the newest change at the end
    asked: int
    answered: int
    refused: int
    done: int  # changes that reached everybody
    frames: int
    delivered: int  # changes that reached a connection, over all connections
    bytes: int
    passing: int
    snapshots: int
    heartbeats: int
    pings: int
    byes: int
    closed: int
    late: int  # like `delivered`, but had not by the end
    unseen: int
    reordered: int
    skipped: int
    different: int
    malformed: int
    ahead: int
    reply: tuple[float, float]
    last: tuple[float, float]
    join: tuple[float, float]
    joined: tuple[float, float, float]
    codes: dict[str, int]
    acknowledged: float
    processor: float  # seconds of the generator, much of it spent looking
    busy: float  # seconds of them in which it took something in

    @property
    def faults(self) -> dict[str, int]:
        """What no server may ever do, counted; what did not happen is absent."""
        names = ("unseen", "reordered", "skipped", "different", "malformed", "ahead")
        return {name: getattr(self, name) for name in names if getattr(self, name)}


class Stuck(Exception):
    """The generator has not answered, or is gone."""


class Load:
    """A running generator."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.reports: list[Report] = []

    def say(self, order: str, within: float = LONGEST) -> Report:
        """Give an order and wait for its report. Stuck."""
        orders, answers = cast(IO[str], self.process.stdin), cast(IO[str], self.process.stdout)
        try:
            orders.write(order + "\n")
            orders.flush()
        except BrokenPipeError as gone:
            raise Stuck(order) from gone
        if not select.select([answers], [], [], within)[0]:
            raise Stuck(order)
        line = answers.readline()
        if not line:
            raise Stuck(order)
        self.reports.append(msgspec.json.decode(line, type=Report))
        return self.reports[-1]

    def during(self, pid: int, order: str) -> tuple[Report, machine.Spent]:
        """The same, and what a server spent meanwhile."""
        spent = machine.Spent(pid)
        report = self.say(order)
        spent.end(report.processor)
        return report, spent


@contextmanager
def loading(
    program: Path, port: int, seats: Sequence[str], *, plain: bool = False, givers: int = 1, narrow: int = 0
) -> Iterator[Load]:
    """A generator for these connections (path and headers with tabs between), on a core of its own."""
    listed = program.parent / f"seats-{port}"
    listed.write_text("".join(f"{seat}\n" for seat in seats))
    flags = ["-g", str(givers), "-n", str(narrow), *(["-p"] if plain else [])]
    with machine.on_core(machine.GENERATOR):
        process = subprocess.Popen(
            [program, *flags, str(port), listed], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
    load = Load(process)
    try:
        yield load
    finally:
        process.kill()
        process.communicate()
