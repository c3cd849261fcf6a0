"""What a measurement asks of the machine: processor time, memory, cores, foreign load, versions. Linux, from /proc."""

import os
import platform
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

from hosting.database import sqlite_version

OWN_FILES = 100  # that a server has open besides its connections
TICK = os.sysconf("SC_CLK_TCK")
CORES = sorted(os.sched_getaffinity(0))
SERVER, GENERATOR = CORES[0], CORES[min(1, len(CORES) - 1)]  # the same where there is only one


def family(pid: int) -> Iterator[int]:
    """A process and all that came of it."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in children.read_text().split():
                yield from family(int(child))


def processor(pid: int) -> float:
    """Seconds of processor time that a process and its children have had, all threads (schedstat, nanoseconds)."""
    total = 0
    for member in family(pid):
        for task in Path(f"/proc/{member}/task").glob("*/schedstat"):
            with suppress(OSError):
                total += int(task.read_text().split()[0])
    return total / 1e9


def memory(pid: int) -> float:
    """Kilobytes that a process and its children hold: proportional (Pss), or resident where that may not be read."""
    total = 0.0
    for member in family(pid):
        try:
            lines = Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except OSError:
            lines = Path(f"/proc/{member}/status").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
    return total


def unsent(port: int) -> list[int]:
    """Bytes that wait in the kernel to be sent, for each connection of a server's port."""
    found = []
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, _, state, queues, *_ = line.split()
        if state == "01" and int(local.split(":")[1], 16) == port:
            found.append(int(queues.split(":")[0], 16))
    return found


def allow_connections(wanted: int) -> int:
    """Let what is started have as many open files as it may; how many of the connections wanted that allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard - OWN_FILES)


def busy() -> float:
    """Seconds that all cores have worked since the machine was started."""
    fields = [int(number) for number in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return (sum(fields[:8]) - fields[3] - fields[4]) / TICK


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """What is started within runs on this core; on a machine of one core anywhere."""
    if len(CORES) == 1:
        yield
        return
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, set(CORES))


class Spent:
    """Of a server while something went on: processor seconds, wall seconds, and the cores that others kept busy."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.processor, self.wall, self.foreign = 0.0, 0.0, 0.0
        self.before = (processor(pid), time.monotonic(), busy())

    def end(self, generator: float) -> None:
        """`generator`: processor seconds of the generator meanwhile."""
        at, began, worked = self.before
        self.processor, self.wall = processor(self.pid) - at, time.monotonic() - began
        self.foreign = max(0.0, busy() - worked - self.processor - generator) / self.wall


def described() -> dict[str, object]:
    """Where and with what this was measured."""
    model = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    packages = ("uvicorn", "starlette", "websockets", "uvloop", "httptools", "msgspec", "sqlalchemy")
    return {
        "processor": model[0].split(":")[1].strip() if model else platform.machine(),
        "cores": len(CORES),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "sqlite": sqlite_version(),
        **{name: version(name) for name in packages},
        "load": os.getloadavg()[0],
    }
