"""A disk that is full, and one whose fsync fails.

Full: the data folder is a small tmpfs, filled up by a ballast. Who may not mount gets a limit on the length of the
server's files instead, which fails the same writes. Failing: a seccomp filter in the server; it cannot be taken back.
"""

import contextlib
import ctypes
import errno
import platform
import resource
import signal
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

from hosting.cli import main

ROOM = 20  # MB
BALLAST = "ballast"
FAILING = ("tests.faults.disk",)
# linux/audit.h, and the numbers of fsync and fdatasync
CALLS = {"x86_64": (0xC000003E, (74, 75)), "aarch64": (0xC00000B7, (82, 83))}


# ── Full ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Disk:
    """Where a data folder lies, and how it is filled. `how` says which of the two ways it is."""

    def __init__(self, folder: Path, how: str) -> None:
        self.folder, self.how, self.filled = folder, how, 0

    def fill(self, pid: int) -> None:
        """Leave no byte to the server with this id."""
        self.filled += 1
        if self.how == "RLIMIT_FSIZE":
            sizes = [file.stat().st_size for file in self.folder.glob("austausch.sqlite3*")]
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (max(sizes), resource.RLIM_INFINITY))
            return
        with (self.folder / BALLAST).open("ab", buffering=0) as ballast:
            for size in (1024**2, 4096, 1):
                with contextlib.suppress(OSError):
                    while True:
                        ballast.write(bytes(size))

    def free(self, pid: int) -> None:
        if self.how == "RLIMIT_FSIZE":
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        else:
            (self.folder / BALLAST).unlink()


@contextlib.contextmanager
def small(folder: Path, megabytes: int = ROOM) -> Iterator[Disk]:
    """A small disk at an empty folder, taken away at the end with all that is on it."""
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mounting, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    try:
        yield Disk(folder, "tmpfs" if mounted else "RLIMIT_FSIZE")
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


# ── Failing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def fail_fsync() -> None:
    """From now on fsync and fdatasync answer EIO in every thread of this process (seccomp(2), linux/filter.h)."""
    arch, numbers = CALLS[platform.machine()]
    load, equal, answer = 0x20, 0x15, 0x06  # BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K, BPF_RET|BPF_K
    fail, allow = 0x0005_0000 | errno.EIO, 0x7FFF_0000  # SECCOMP_RET_ERRNO, SECCOMP_RET_ALLOW
    program = [
        (load, 0, 0, 4),  # seccomp_data.arch
        (equal, 0, 3, arch),  # else over three steps, to `allow`
        (load, 0, 0, 0),  # seccomp_data.nr
        (equal, 2, 0, numbers[0]),
        (equal, 1, 0, numbers[1]),
        (answer, 0, 0, allow),
        (answer, 0, 0, fail),
    ]
    filters = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
    described = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program), ctypes.addressof(filters)))
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, set_filter, all_threads, call = 38, 1, 1, {"x86_64": 317, "aarch64": 277}[platform.machine()]
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) or libc.syscall(call, set_filter, all_threads, described):
        raise OSError(ctypes.get_errno(), "seccomp")


def serve_on_a_failing_disk() -> None:
    """`austausch`, whose fsync fails from SIGUSR1 on."""
    signal.signal(signal.SIGUSR1, lambda *_: fail_fsync())
    main(prog_name="austausch")


if __name__ == "__main__":
    serve_on_a_failing_disk()
