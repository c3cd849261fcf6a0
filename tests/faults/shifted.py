"""`austausch` under a clock that can be put forward and back while it runs: `python -m tests.faults.shifted serve`.

`SHIFT` names a file with the seconds to add, read at every look at the clock. Only the time of day is shifted: what
measures a length of time must not notice. `LEASE` and `HEARTBEAT` are seconds, where a test has no time for more.
"""

import os
import time
from datetime import timedelta
from pathlib import Path

from hosting import chores, moments
from hosting.cli import main
from rooms import presence

PROGRAM = ("tests.faults.shifted",)


class Clock:
    """The file by which a test puts the clock of its server. `injected` counts the jumps."""

    def __init__(self, file: Path) -> None:
        self.file, self.injected = file, 0
        self.put(0)
        self.injected = 0

    @property
    def given(self) -> dict[str, str]:
        """The variables of the server."""
        return {"SHIFT": str(self.file)}

    def put(self, seconds: float) -> None:
        """Have the clock go wrong by so much from now on."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.rename(self.file)  # never half written
        self.injected += 1


def shift() -> float:
    return float(Path(os.environ["SHIFT"]).read_text())


def put_clocks() -> None:
    """Shift everything by which the server knows the time of day."""
    right, seconds = moments.now, time.time
    moments.now = lambda: right() + timedelta(seconds=shift())
    time.time = lambda: seconds() + shift()


if __name__ == "__main__":
    put_clocks()
    presence.LEASE = float(os.environ.get("LEASE", presence.LEASE))
    chores.HEARTBEAT = float(os.environ.get("HEARTBEAT", chores.HEARTBEAT))
    main(prog_name="austausch")
