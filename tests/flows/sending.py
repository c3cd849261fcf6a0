"""A program that sends slides over a bad line: it can stop anywhere, and goes on from where the server says."""

import random
import socket
import struct
import time
from typing import Any
from urllib.parse import urlsplit

import httpx2
from sqlalchemy import select

from hosting import tables
from tests.flows.town import Town
from tests.hosting import decks
from tests.served import Server

WAIT = 60.0  # seconds


class Sender:
    """An expert of the town, at a server."""

    def __init__(self, server: Server, town: Town, name: str = "expert") -> None:
        columns = tables.contributions.c
        found = select(columns.id).where(columns.key == "dry-cellars")
        self.contribution = str(town.write(lambda sql: sql.execute(found).scalar_one()))
        self.server, self.headers = server, {"cookie": f"austausch={town.cookies[name]}", "origin": server.url}
        self.browser = httpx2.Client(base_url=server.url, headers=self.headers, trust_env=False, timeout=WAIT)

    def __enter__(self) -> "Sender":
        return self

    def __exit__(self, *_: object) -> None:
        self.browser.close()

    def begin(self, size: int) -> str:
        answer = self.browser.post("/files", headers=decks.creation(size, self.contribution))
        assert answer.status_code == 201
        return answer.headers["location"].removeprefix("/files/")

    def offset(self, id: str) -> int:
        answer = self.browser.head(f"/files/{id}", headers=decks.TUS)
        assert answer.status_code == 200
        return int(answer.headers["upload-offset"])

    def patch(self, id: str, offset: int, body: bytes, *, proven: bool = False) -> int:
        """Send a part whole; the status."""
        headers = decks.part(offset, body if proven else None)
        return self.browser.patch(f"/files/{id}", content=body, headers=headers).status_code

    def dial(self, id: str, offset: int, body: bytes, *, proven: bool = False) -> socket.socket:
        """Begin to send a part: only its head yet."""
        address = urlsplit(self.server.url)
        line = socket.create_connection((address.hostname, address.port), WAIT)
        headers = {**self.headers, **decks.part(offset, body if proven else None), "content-length": str(len(body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        line.sendall(f"PATCH /files/{id} HTTP/1.1\r\nhost: {address.netloc}\r\n{head}\r\n".encode())
        return line

    def cut(self, id: str, offset: int, body: bytes, after: int) -> None:
        """Send a part up to a byte, and have the line break: in order, or as if pulled out."""
        with self.dial(id, offset, body) as line:
            line.sendall(body[:after])
            if random.random() < 0.5:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def finish(self, id: str, content: bytes) -> None:
        """Send what is missing, as often as it takes."""
        end = time.monotonic() + WAIT
        while (offset := self.offset(id)) < len(content):
            assert time.monotonic() < end
            assert self.patch(id, offset, content[offset:]) in (204, 409, 423)

    def converted(self, id: str) -> dict[str, Any]:
        end = time.monotonic() + WAIT
        while True:
            found: dict[str, Any] = self.browser.get(f"/api/presentations/{id}").json()
            if found["state"] in ("ready", "rejected"):
                return found
            assert time.monotonic() < end
            time.sleep(0.05)

    def original(self, id: str) -> bytes:
        answer = self.browser.get(f"/presentations/{id}/original")
        assert answer.status_code == 200
        return bytes(answer.content)
