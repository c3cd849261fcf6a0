"""The load generator from Python: an order in, a report out. The orders are explained in load.c and sound.c."""

import select
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Generic, TypeVar, cast

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


class Heard(msgspec.Struct, frozen=True):
    """The same of sound.c. Times in milliseconds as [median, 99th percentile]."""

    order: str
    seconds: float
    here: int
    sent: int
    packets: int  # that came, over all listeners
    messages: int
    bytes: int
    skipped: int  # packets that somebody who was reading was not sent
    reordered: int
    different: int
    malformed: int
    closed: int  # connections
    missed: int  # packets that those who had stopped reading were not sent
    delay: tuple[float, float]  # of the newest packet in each message
    age: tuple[float, float]  # of every packet, with what it waited for others in its bundle
    processor: float
    busy: float

    @property
    def frames(self) -> int:
        return self.packets

    @property
    def faults(self) -> dict[str, int]:
        names = ("skipped", "reordered", "different", "malformed", "closed")
        return {name: getattr(self, name) for name in names if getattr(self, name)}


class Stuck(Exception):
    """The generator has not answered, or is gone."""


Answer = TypeVar("Answer", Report, Heard)


class Orders(Generic[Answer]):
    """A running generator, and the form of its answers."""

    def __init__(self, process: subprocess.Popen[str], form: type[Answer]) -> None:
        self.process = process
        self.form: type[Answer] = form
        self.reports: list[Answer] = []

    def say(self, order: str, within: float = LONGEST) -> Answer:
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
        self.reports.append(msgspec.json.decode(line, type=self.form))
        return self.reports[-1]

    def during(self, pid: int, order: str) -> tuple[Answer, machine.Spent]:
        """The same, and what a server spent meanwhile."""
        spent = machine.Spent(pid)
        report = self.say(order)
        spent.end(report.processor)
        return report, spent


Load = Orders[Report]


@contextmanager
def started(command: Sequence[str | Path], form: type[Answer]) -> Iterator[Orders[Answer]]:
    """A generator on a core of its own."""
    with machine.on_core(machine.GENERATOR):
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Orders(process, form)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def loading(
    program: Path, port: int, seats: Sequence[str], *, plain: bool = False, givers: int = 1, narrow: int = 0
) -> Iterator[Load]:
    """A generator for these connections (path and headers with tabs between)."""
    listed = program.parent / f"seats-{port}"
    listed.write_text("".join(f"{seat}\n" for seat in seats))
    flags = ["-g", str(givers), "-n", str(narrow), *(["-p"] if plain else [])]
    with started([program, *flags, str(port), listed], Report) as load:
        yield load


@contextmanager
def listening(program: Path, port: int, listeners: int, narrow: int = 0) -> Iterator[Orders[Heard]]:
    """One who speaks and so many who listen to a relay, of whom some can stop reading."""
    with started([program, str(port), str(listeners), "-n", str(narrow)], Heard) as orders:
        yield orders
