"""`python -m hosting` is `austausch`. A server runs on the system's allocator: Python's keeps what a crowd has left.

Its arenas are a megabyte each and go back only when the last of some thousand objects in them is gone. That is decided
when an interpreter starts, so a server starts once more, before anything large is imported.
"""

import os
import sys


def main() -> None:
    if "serve" in sys.argv[1:] and sys.platform == "linux" and "PYTHONMALLOC" not in os.environ:
        os.execve(sys.executable, sys.orig_argv, {**os.environ, "PYTHONMALLOC": "malloc"})  # noqa: S606  # ourselves
    from hosting.cli import main as command_line

    command_line(prog_name="austausch")


if __name__ == "__main__":
    main()
