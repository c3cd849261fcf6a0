"""Whether a command is on the disk before its reply is on the wire: the server's system calls, in their order.

strace sees when the command came in, when the log of the database was written and synced, when the reply went out. The
client masks its frames with zeros, so that the command can be read in the trace.
"""

import contextlib
import json
import re
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tests.served import Server

CALLS = "read,recvfrom,recvmsg,write,writev,sendto,sendmsg,pwrite64,fdatasync,fsync"
WAIT = 10.0  # seconds for anything that must come
PAUSE = 0.05  # seconds between two commands, so that what is written for one is not taken for the other's
STARTED = re.compile(r"^(?P<thread>\d+) +(?P<call>\w+)\((?P<words>.*)$")
RESUMED = re.compile(r"^(?P<thread>\d+) +<\.\.\. (?P<call>\w+) resumed>(?P<words>.*)$")


class Call(msgspec.Struct):
    """A system call: the lines of the trace in which it began and ended, and its words."""

    name: str
    began: int
    ended: int
    words: str


class Verdict(msgspec.Struct, frozen=True):
    """Of one command: whether the trace has both its arrival and its reply; what was synced too late or not at all."""

    id: str
    seen: bool
    written: int = 0  # writes to the database's log between arrival and reply
    synced: int = 0  # syncs of it that began and ended between the two
    late: int = 0  # writes that no sync had followed when the reply went out

    @property
    def safe(self) -> bool:
        return self.seen and self.written > 0 and self.synced > 0 and self.late == 0


def missing() -> str:
    """Why there is no trace here; empty where there is one."""
    return "" if shutil.which("strace") else "strace is not here (Debian: apt-get install strace)"


@contextlib.contextmanager
def traced(pid: int, file: Path) -> Iterator[None]:
    """Every call of a process that matters here, into a file."""
    words = f"strace -f -y -s 600 -e trace={CALLS} -e signal=none -p {pid} -o".split()
    tracer = subprocess.Popen([*words, str(file)], stderr=subprocess.PIPE, text=True)
    assert tracer.stderr
    said = tracer.stderr.readline()
    if "attached" not in said:
        tracer.wait(WAIT)
        raise RuntimeError(said + tracer.stderr.read())
    try:
        yield
    finally:
        tracer.send_signal(signal.SIGINT)  # it lets the server go on
        tracer.communicate(timeout=WAIT)


def calls(trace: str) -> list[Call]:
    """The calls of a trace in the order in which they began."""
    found: list[Call] = []
    open_: dict[tuple[str, str], Call] = {}
    for place, line in enumerate(trace.splitlines()):
        if resumed := RESUMED.match(line):
            call = open_.pop((resumed["thread"], resumed["call"]), None)
            if call:
                call.ended, call.words = place, call.words + resumed["words"]
        elif started := STARTED.match(line):
            call = Call(started["call"], place, place, started["words"])
            found.append(call)
            if line.endswith("<unfinished ...>"):
                open_[started["thread"], started["call"]] = call
                call.ended = 10**9  # until it is resumed
    return found


def judge(trace: str, ids: list[str]) -> list[Verdict]:
    """A verdict on each command that was sent with these ids, one after the other."""
    made = calls(trace)
    log = [call for call in made if "-wal>" in call.words.split(",")[0].split(")")[0]]
    writes = [call for call in log if call.name == "pwrite64"]
    syncs = [call for call in log if call.name in ("fdatasync", "fsync") and call.words.rstrip().endswith("= 0")]
    verdicts = []
    for id in ids:
        came = next((each for each in made if is_in(each) and f'\\"id\\":\\"{id}\\"' in each.words), None)
        went = next((each for each in made if is_out(each) and f'\\"re\\":\\"{id}\\"' in each.words), None)
        if came is None or went is None:
            verdicts.append(Verdict(id, seen=False))
            continue
        between = [each for each in writes if came.began < each.began < went.began]
        done = [each for each in syncs if came.began < each.began and each.ended < went.began]
        late = [each for each in between if not any(each.ended < sync.began for sync in done)]
        verdicts.append(Verdict(id, True, len(between), len(done), len(late)))
    return verdicts


def is_in(call: Call) -> bool:
    return call.name in ("read", "recvfrom", "recvmsg")


def is_out(call: Call) -> bool:
    return call.name in ("write", "writev", "sendto", "sendmsg")


# ── A client that can be read in a trace ─────────────────────────────────────────────────────────────────────────────


class PlainClient:
    """A WebSocket (RFC 6455) whose mask is zero. Commands go one after the other."""

    def __init__(self, server: Server, room: str, cookie: str) -> None:
        host, port = server.url.removeprefix("http://").split(":")
        self.line = socket.create_connection((host, int(port)), WAIT)
        self.stream = self.line.makefile("rb")
        head = {
            "Host": f"{host}:{port}", "Origin": server.url, "Cookie": f"austausch={cookie}", "Upgrade": "websocket",
            "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        }  # fmt: skip
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        self.line.sendall(f"GET /rooms/{room}/live HTTP/1.1\r\n{lines}\r\n".encode())
        assert b" 101 " in self.stream.readline()
        while self.stream.readline() != b"\r\n":
            pass
        self.first = self.hear()

    def hear(self) -> dict[str, Any]:
        _, size = self.stream.read(2)
        if size > 125:
            (size,) = struct.unpack(">H" if size == 126 else ">Q", self.stream.read(2 if size == 126 else 8))
        frame: dict[str, Any] = json.loads(self.stream.read(size))
        return frame

    def do(self, command: str, id: str, **facts: object) -> dict[str, Any]:
        """Give a command and wait for its reply."""
        text = json.dumps({"id": id, "do": command, "with": facts}, separators=(",", ":")).encode()
        assert len(text) > 125
        self.line.sendall(b"\x81\xfe" + struct.pack(">H", len(text)) + bytes(4) + text)
        end = time.monotonic() + WAIT
        while time.monotonic() < end:
            frame = self.hear()
            if frame.get("re") == id:
                return frame
        raise TimeoutError(id)

    def close(self) -> None:
        self.stream.close()
        self.line.close()


def check(server: Server, room: str, cookie: str, many: int, file: Path) -> list[Verdict]:
    """Give so many commands under strace; a verdict on each."""
    client = PlainClient(server, room, cookie)
    ids = [f"order-{secrets.token_hex(4)}-{number}" for number in range(many)]
    try:
        item = next(iter(client.first["all"]["agenda"]))
        client.do("agenda.edit", "warm", item=item, title="w" * 100)
        with traced(server.process.pid, file):
            for id in ids:
                assert "ok" in client.do("agenda.edit", id, item=item, title=f"{id:.<100}")
                time.sleep(PAUSE)
    finally:
        client.close()
    return judge(file.read_text(errors="replace"), ids)
