"""A real `austausch serve` that is killed, stopped, continued and ended, over and over on one port and data folder.

Never touches a process that it did not start. What the server wrote to stderr is kept from every life.
"""

import os
import re
import signal
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from hosting.database import driver
from tests import served
from tests.served import Server

HOSTING = ("hosting",)
TRIES = 5  # to get the port again: it is one that anybody may take meanwhile
ENDED = 30.0  # seconds in which SIGTERM must have ended it


class Process:
    """A server over several lives. `injected` counts what was done to it, `took` how long until it served again."""

    def __init__(
        self, data: Path, *, program: Sequence[str] = HOSTING, given: Mapping[str, str] = {}, **settings: object
    ) -> None:
        self.data, self.program, self.given, self.settings = data, program, given, settings
        self.injected: Counter[str] = Counter()
        self.took: list[float] = []  # seconds from each restart to its first connection
        self.checks: list[str] = []  # what each integrity check said
        self.codes: list[int] = []  # the exit codes after SIGTERM
        self.stderr: list[str] = []  # of lives that are over
        self.server: Server | None = None
        self.port = 0

    @property
    def running(self) -> Server:
        assert self.server, "start it first"
        return self.server

    @property
    def pid(self) -> int:
        return self.running.process.pid

    def start(self) -> Server:
        """Serve; RuntimeError with what it said if it does not."""
        for tries in range(TRIES, 0, -1):
            try:
                self.server = served.start(
                    self.data, port=self.port, program=self.program, given=self.given, **self.settings
                )
                break
            except RuntimeError as broken:
                if tries == 1 or "in use" not in str(broken):
                    raise
                time.sleep(0.2)
        self.port = int(self.running.url.rsplit(":", 1)[1])
        return self.running

    def restart(self) -> Server:
        """Serve again, and look whether the database is whole."""
        before = time.monotonic()
        server = self.start()
        self.took.append(time.monotonic() - before)
        self.check()
        return server

    def kill(self) -> None:
        """SIGKILL: what a power cut is to a process."""
        self.injected["SIGKILL"] += 1
        self.running.kill()
        self.bury()

    def pause(self) -> None:
        """SIGSTOP: it hangs, its sockets stay open."""
        self.injected["SIGSTOP"] += 1
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def end(self) -> int:
        """SIGTERM, which is also how it is ended without being counted as a fault: `stop`. Its exit code."""
        self.injected["SIGTERM"] += 1
        return self.stop()

    def stop(self) -> int:
        self.running.process.terminate()
        code = self.running.ended(ENDED)
        self.codes.append(code)
        self.bury()
        return code

    def ended(self, within: float) -> int:
        """Wait until it ends by itself; its exit code."""
        code = self.running.ended(within)
        self.bury()
        return code

    def bury(self) -> None:
        self.stderr.append(self.errors().read_text())
        self.server = None

    def errors(self) -> Path:
        return self.data.parent / f"{self.data.name}.errors"

    def said(self) -> str:
        """All it wrote to stderr, in this life and those before."""
        return "".join(self.stderr) + (self.errors().read_text() if self.server else "")

    def check(self) -> str:
        self.checks.append(integrity(self.data / "austausch.sqlite3"))
        return self.checks[-1]

    def __enter__(self) -> "Process":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.server and self.server.process.poll() is None:
            self.resume()  # a stopped process hears no SIGTERM
            try:
                self.stop()
            finally:
                if self.server and self.server.process.poll() is None:
                    self.server.kill()


def integrity(file: Path) -> str:
    """What SQLite says of a database, `ok` if it is whole; looked at as a reader, which changes nothing."""
    connection = driver().connect(f"file:{file}?mode=ro", uri=True)
    try:
        connection.execute("PRAGMA wal_autocheckpoint=0")
        return "; ".join(row[0] for row in connection.execute("PRAGMA integrity_check"))
    finally:
        connection.close()


def tracebacks(said: str) -> list[str]:
    """The last line of each traceback in a stderr: a bug of the server, whatever was done to it."""
    return re.findall(r"^Traceback \(most recent call last\):\n(?:[ \t].*\n)*(\S.*)$", said, re.M)
