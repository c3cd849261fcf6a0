"""Settings under which an acknowledged command could be lost: the server must not start with any of them."""

import os
import subprocess
import sys
from pathlib import Path

from tests.faults import hasty
from tests.faults.processes import HOSTING
from tests.served import READY, ROOT

UNSAFE: list[tuple[tuple[str, ...], dict[str, str]]] = [
    (HOSTING, {"AUSTAUSCH_DATABASE": "sqlite:///:memory:"}),
    (HOSTING, {"AUSTAUSCH_DATABASE": "sqlite:///file:{}?vfs=unix-none&uri=true"}),
    (hasty.PROGRAM, {"HASTY": "synchronous=NORMAL"}),
    (hasty.PROGRAM, {"HASTY": "synchronous=OFF"}),
    (hasty.PROGRAM, {"HASTY": "journal_mode=DELETE"}),
    (hasty.PROGRAM, {"HASTY": "journal_mode=MEMORY"}),
    (HOSTING, {"WEB_CONCURRENCY": "2"}),
    (HOSTING, {"AUSTAUSCH_BUS": "redis://127.0.0.1"}),
]


def tried(folder: Path) -> list[tuple[int, str, int]]:
    """Start with each; the exit codes, what was said to stdout, and how many lines to stderr."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AUSTAUSCH_")}
    starting = []
    for number, (program, given) in enumerate(UNSAFE):
        variables = {name: value.format(folder / f"{number}.sqlite3") for name, value in given.items()}
        command = [sys.executable, "-m", *program, "serve", "--port", "0", "--data", str(folder / f"data{number}")]
        starting.append(launched(command, {**inherited, **variables}))
    found = []
    for process in starting:
        try:
            said, errors = process.communicate(timeout=READY)
        except subprocess.TimeoutExpired:  # it serves
            process.kill()
            said, errors = process.communicate()
        found.append((process.returncode, said, len(errors.splitlines())))
    return found


REFUSED = (1, "", 1)  # what each must be: one sentence, and no server


def launched(command: list[str], variables: dict[str, str]) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=variables, stdout=pipe, stderr=pipe, text=True)
