"""Makes what the measurements need besides Python: the generator and the floor with gcc, the ws library with npm."""

import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
WS = "8.23.0"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "austausch" / "bench"
INSTALLING = 120  # seconds


class Missing(Exception):
    """Something is not on this machine; the sentence says what, and how to get it."""


def compiled(name: str, folder: Path) -> Path:
    """Compile one of the C programs beside this file. Missing."""
    if not shutil.which("gcc"):
        raise Missing("scripts/bench needs gcc (Debian: apt-get install gcc libc6-dev).")
    program = folder / name
    subprocess.run(
        ["gcc", "-O2", "-Wall", "-Wextra", "-Wno-unused-function", "-o", program, HERE / f"{name}.c"], check=True
    )
    return program


def ws_modules() -> Path:
    """The folder with the ws library, fetched once. Missing."""
    if not (shutil.which("node") and shutil.which("npm")):
        raise Missing("Node ws is left out: node and npm are not there.")
    folder = CACHE / f"ws-{WS}"
    if not (folder / "node_modules" / "ws" / "package.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        install = [
            "npm",
            "install",
            "--fetch-retries=1",
            "--silent",
            "--no-audit",
            "--no-fund",
            "--prefix",
            str(folder),
            f"ws@{WS}",
        ]
        try:
            subprocess.run(install, check=True, capture_output=True, timeout=INSTALLING)
        except (subprocess.SubprocessError, OSError) as broken:
            raise Missing(f"Node ws is left out: npm could not fetch it ({type(broken).__name__}).") from broken
    return folder
