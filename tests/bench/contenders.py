"""The servers that are measured side by side: the floor, the usual ways in Python and Node, and Austausch itself."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, NamedTuple, cast

from tests.bench import building, machine
from tests.bench.house import House
from tests.served import ROOT, Server, start

FLOOR, PLAIN, BROADCAST, NODE, AUSTAUSCH = "C send()", "plain Starlette", "websockets", "Node ws", "Austausch"
PACKETS, BUNDLES = "relay, 20 ms", "relay, 60 ms"  # of sound, packet by packet and in bundles of three
SERVERS = {"floor": FLOOR, "starlette": PLAIN, "websockets": BROADCAST, "node": NODE, "austausch": AUSTAUSCH}


class Stand(NamedTuple):
    """A running server; `house` is Austausch's."""

    name: str
    pid: int
    port: int
    house: tuple[House, Server] | None = None

    def seats(self, connections: int, crew: int = 4) -> list[str]:
        """So many connections to one room; in Austausch the first of them are crew."""
        if self.house is None:
            return ["/live\tX-Bench: 1"] * connections
        house, server = self.house
        return house.seats(server, crew, connections - crew)


@contextmanager
def running(name: str, command: Sequence[str | Path], **variables: str) -> Iterator[Stand]:
    """A contender in a process of its own."""
    with machine.on_core(machine.SERVER):
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        )
    try:
        said = cast(IO[str], process.stdout).readline()
        if not said.startswith("ready at "):
            raise RuntimeError(f"{name} did not start")
        yield Stand(name, process.pid, int(said.split()[-1]))
    finally:
        process.kill()
        process.communicate()


@contextmanager
def serving(house: House) -> Iterator[Stand]:
    """The whole application, as people run it, but for the limit on commands."""
    with machine.on_core(machine.SERVER):
        server = start(house.folder, rate=0)
    try:
        yield Stand(AUSTAUSCH, server.process.pid, int(server.url.rpartition(":")[2]), (house, server))
    finally:
        server.kill()


@contextmanager
def those(names: frozenset[str], folder: Path, house: House) -> Iterator[list[Stand]]:
    """Those of the servers that can run here, Austausch last; says who cannot."""
    commands: dict[str, list[str | Path]] = {
        FLOOR: [folder / "floor"],
        PLAIN: [sys.executable, "-m", "tests.bench.plain"],
        BROADCAST: [sys.executable, "-m", "tests.bench.broadcast"],
        NODE: ["node", building.HERE / "node.mjs"],
    }
    building.compiled("floor", folder)
    variables: dict[str, str] = {}
    if NODE in names:
        try:
            variables["BENCH_MODULES"] = str(building.ws_modules())
        except building.Missing as missing:
            print(missing)
            del commands[NODE]
    with ExitStack() as stack:
        stands = [
            stack.enter_context(running(name, command, **variables))
            for name, command in commands.items()
            if name in names
        ]
        if AUSTAUSCH in names:
            stands.append(stack.enter_context(serving(house)))
        yield stands
