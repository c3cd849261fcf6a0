"""One server for one database: a second would know nothing of the connections of the first.

The kernel holds the lock and lets it go with the process, however that ends. The command line takes none: it may write
while a server runs.
"""

import fcntl
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from hosting.errors import HostingError

ENDING = 12.0  # seconds that a server before us may take to end: its drain (PROTOCOL, Operations) and some more
LOOK = 0.1  # seconds

logger = logging.getLogger("austausch.alone")


@contextmanager
def alone(database_url: str, patience: float = ENDING) -> Iterator[None]:
    """Be the only server of a SQLite database, after waiting so many seconds for one that ends. HostingError."""
    name = (make_url(database_url).database or ":memory:").removeprefix("file:")
    if name == ":memory:":
        yield  # it is refused when it is opened
        return
    database = Path(name)
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        lock = database.with_name(f"{database.name}.serving").open("w")
    except OSError as broken:
        raise HostingError(f"{database_url}: {broken}") from broken
    with lock:
        end = time.monotonic() + patience
        if not locked(lock.fileno()):
            logger.warning("another server runs on %s: waiting for it to end", database)
            while not locked(lock.fileno()):
                if time.monotonic() > end:
                    raise HostingError(f"another server runs on {database}; two would not know of each other's people")
                time.sleep(LOOK)
        yield


def locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
