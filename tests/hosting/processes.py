"""The rendering children of one test, found by a folder in their command line."""

import asyncio
from pathlib import Path


def children(folder: Path) -> list[int]:
    """The processes that render a file of this folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
        except OSError:  # it has just ended
            continue
        if any(word.endswith(b"rendering.py") for word in words) and any(bytes(folder) in word for word in words):
            found.append(int(entry.name))
    return found


async def child_of(folder: Path) -> int:
    """The one that renders now, as soon as it does."""
    for _ in range(1000):
        if found := children(folder):
            return found[0]
        await asyncio.sleep(0.01)
    raise TimeoutError("no child came")
