"""A real server in a process of its own, on a free port of loopback, as people run it; for tests and screenshots."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

ROOT = Path(__file__).parent.parent
READY = 30.0  # seconds a machine under load may take
CHROMIUM = "/usr/bin/chromium"
QUIET = [  # a browser that talks to nobody but us
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--font-render-hinting=none",
]


class Server:
    """A running `austausch serve`."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process, self.url = process, url

    @property
    def stdout(self) -> IO[str]:
        return cast(IO[str], self.process.stdout)

    @property
    def ws(self) -> str:
        return self.url.replace("http", "ws", 1)

    def kill(self) -> None:
        """What a power cut is to a process."""
        self.process.send_signal(signal.SIGKILL)
        self.ended(10)

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        self.process.terminate()
        return self.ended(20)

    def ended(self, within: float) -> int:
        """Wait for its end, in seconds; its exit code."""
        code = self.process.wait(within)
        self.stdout.close()
        return code


def start(
    data: Path,
    *flags: str,
    port: int = 0,
    program: Sequence[str] = ("hosting",),
    given: Mapping[str, str] = {},
    **settings: object,
) -> Server:
    """Serve a data folder; settings as variables, such as rate=0. RuntimeError with what it said, if it ends.

    `program`: what Python runs as a module, where it is not the server itself; `given`: variables of its own.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AUSTAUSCH_")}
    variables = {f"AUSTAUSCH_{name.upper()}": str(value) for name, value in settings.items()}
    errors = data.parent / f"{data.name}.errors"
    with errors.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", *program, "serve", "--port", str(port), "--data", str(data), *flags],
            cwd=ROOT,
            env={**inherited, **variables, **given},
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    server = Server(process, "")
    said = server.stdout.readline()
    if "ready at" not in said:
        server.ended(READY)
        raise RuntimeError(said + errors.read_text())
    server.url = said.split()[-1]
    return server


@contextmanager
def serving(data: Path, *flags: str, **settings: object) -> Iterator[Server]:
    """The same, ended at the end."""
    server = start(data, *flags, **settings)  # type: ignore[arg-type]  # port, if it is among them, is an int
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()
