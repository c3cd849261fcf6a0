"""The end of a server process, asked for by SIGTERM: whoever is there, it ends in time, by itself and with 0.

Everybody who could hold it up does so at once; it is asked in the middle of commands, twice, and again and again under
load. Nothing that was acknowledged is lost by it, and nobody is left hanging.
"""

import asyncio
import contextlib
import json
import signal
import socket
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.flows.clients import Client, has_read, joined, refuses
from tests.flows.sending import Sender
from tests.flows.town import Town
from tests.hosting import decks
from tests.served import Server, serving, start

DRAIN = 10.0  # seconds (PROTOCOL, SIGTERM)
HURRY = 2.0  # seconds when asked twice, on a busy machine
RESTARTS = 5
WRITERS = 20
THINK = 0.005  # seconds between two commands of one
ASKERS = 8
EACH = 20  # questions of one person that may wait
DECK = decks.padded(decks.deck(1), 8_000_000)
HALF = len(DECK) // 2
Serve = Callable[[int], Server]
FORM = ("content-type: application/x-www-form-urlencoded", "content-length: 100")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A town of its own, as its servers will be ended."""
    town = Town(tmp_path_factory.mktemp("drain") / "data")
    for number in range(ASKERS):
        town.add(f"asker{number}", "participant")
    for number in range(WRITERS):
        town.add(f"writer{number}", "moderator")
    return town


@pytest.fixture(scope="module")
async def deck(own: Town) -> str:
    """A deck to fetch; and in the room more questions than fit into the buffers of a socket."""
    with serving(own.folder, rate=0) as server:
        with Sender(server, own) as sender:
            id = sender.begin(len(DECK))
            await asyncio.to_thread(sender.finish, id, DECK)
        for number in range(ASKERS):
            async with joined(server, own.rooms["before-spring"], own.cookies[f"asker{number}"]) as asker:
                for _ in range(EACH):
                    await asker.do("question.ask", text="How deep? " * 190, language="en")
    return id


@pytest.fixture
def serve(own: Town) -> Iterator[Serve]:
    """Begin a server on a port; none is left after the test."""
    begun: list[Server] = []

    def serve(port: int) -> Server:
        begun.append(start(own.folder, port=port, rate=0))
        return begun[-1]

    yield serve
    for server in begun:
        if server.process.poll() is None:
            server.kill()


@pytest.fixture
def server(serve: Serve) -> Server:
    return serve(0)


def ended(server: Server, *, hurry: bool = False) -> tuple[int, float]:
    """Ask it to end, at once twice if it is to hurry; its exit code, and how many seconds it took from then on."""
    begun = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    if hurry:
        refuses(server)  # two signals at once would be one
        time.sleep(0.5)
        assert server.process.poll() is None, "there is nothing to hurry"
        begun = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
    return server.ended(2 * DRAIN), time.monotonic() - begun


def complaints(town: Town) -> str:
    return (town.folder.parent / "data.errors").read_text()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + DRAIN
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


@contextlib.contextmanager
def locked(town: Town) -> Iterator[Callable[[], None]]:
    """Another process writes, as a long import would: commands wait until it is let go."""
    with contextlib.closing(sqlite3.connect(town.folder / "austausch.sqlite3", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        yield writer.rollback


# ── Bare lines ───────────────────────────────────────────────────────────────────────────────────────────────────────


def line(server: Server, *, deaf: bool = False) -> socket.socket:
    """A connection. One that is deaf takes so little that the server's buffers are soon full."""
    address = urlsplit(server.url)
    bare = socket.socket()
    if deaf:
        bare.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        bare.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)  # a send buffer is in proportion to it
    bare.settimeout(DRAIN)
    try:
        bare.connect((address.hostname, address.port))
    except OSError:
        bare.close()
        raise
    return bare


def request(server: Server, town: Town, first: str, who: str, *more: str) -> bytes:
    cookie = f"cookie: austausch={town.cookies[who]}"
    lines = [f"{first} HTTP/1.1", f"host: {urlsplit(server.url).netloc}", f"origin: {server.url}", cookie, *more]
    return "\r\n".join((*lines, "", "")).encode()


def handshake(server: Server, town: Town, who: str) -> bytes:
    upgrade = ("connection: Upgrade", "upgrade: websocket", "sec-websocket-version: 13")
    key = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="
    return request(server, town, f"GET /rooms/{town.rooms['before-spring']}/live", who, *upgrade, key)


def rest(bare: socket.socket) -> bytes:
    """All that still comes. The line must have an end: TimeoutError."""
    came = b""
    with contextlib.suppress(ConnectionResetError):
        while part := bare.recv(65_536):
            came += part
    bare.close()
    return came


def hold(server: Server, town: Town, deck: str, upload: str) -> dict[str, socket.socket]:
    """Everybody who could hold up the end of a server."""
    lines: dict[str, socket.socket] = {}

    def open(name: str, said: bytes, *, till: bytes = b"", deaf: bool = False) -> None:
        lines[name] = bare = line(server, deaf=deaf)
        bare.sendall(said)
        came = b""
        while till not in came:
            came += bare.recv(65_536)

    page = request(server, town, "GET /healthz", "participant")
    open("says nothing", b"")
    open("half a request", page[:-2])
    open("kept alive", page, till=b"ok")
    open("half a handshake", handshake(server, town, "participant")[:-2])
    open("half a form", request(server, town, "POST /me", "participant", *FORM) + b"name=")
    open("deaf to a file", request(server, town, f"GET /presentations/{deck}/original", "expert"), deaf=True)
    open("never closes", handshake(server, town, "participant"), till=b'"all"')
    open("deaf to a room", handshake(server, town, "moderator"), deaf=True)
    part = request(server, town, f"PATCH /files/{upload}", "expert", *headers(decks.part(0)))
    open("sends slowly", part + DECK[:HALF])
    until(lambda: there(town, upload) >= HALF // 2)
    return lines


def there(town: Town, upload: str) -> int:
    return (town.folder / "files" / "incoming" / upload).stat().st_size


def headers(given: dict[str, str]) -> list[str]:
    return [f"content-length: {len(DECK)}", *(f"{name}: {value}" for name, value in given.items())]


def begin(server: Server, town: Town) -> str:
    with Sender(server, town) as sender:
        return sender.begin(len(DECK))


# ── Whoever holds it up ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("hurry", [False, True], ids=["once", "twice"])
async def test_all_who_hold_it_up_at_once_are_told_or_cut_off(
    server: Server, own: Town, deck: str, hurry: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    upload = begin(server, own)
    lines = hold(server, own, deck, upload)
    code, took = await asyncio.to_thread(ended, server, hurry=hurry)
    met = {name: rest(bare) for name, bare in lines.items()}
    with capsys.disabled():
        limit = HURRY if hurry else DRAIN
        print(f"\ndrain: held up by {len(lines)} kinds of peers: {took:.1f} s of {limit:g}, exit {code}")
    assert (code, complaints(own)) == (0, "")
    assert took < limit
    told = ("never closes", "sends slowly")
    silent = {name: len(came) for name, came in met.items() if name not in told and not name.startswith("deaf")}
    assert silent == dict.fromkeys(silent, 0)
    assert [len(met[name]) < 400_000 for name in ("deaf to a file", "deaf to a room")] == [True, True]
    assert b'{"bye":{"code":1012,' in met["never closes"]
    assert met["never closes"].endswith(b"\x88\x02" + (1012).to_bytes(2))
    status, *said = met["sends slowly"].decode().lower().split("\r\n")
    assert status == "http/1.1 204 no content"
    assert f"upload-offset: {there(own, upload)}" in said
    assert HALF // 2 <= there(own, upload) <= HALF


async def test_whoever_waits_to_be_taken_in_is_not_left_hanging(
    server: Server, own: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    """They have come while the server stood still, and it is asked to end before it has seen them."""
    server.process.send_signal(signal.SIGSTOP)
    lines = [line(server) for _ in range(WRITERS)]
    for number, bare in enumerate(lines):
        bare.sendall(handshake(server, own, f"writer{number}"))
    server.process.send_signal(signal.SIGTERM)
    server.process.send_signal(signal.SIGCONT)
    begun = time.monotonic()
    met = [rest(bare) for bare in lines]  # each has an end
    assert server.ended(DRAIN) == 0
    assert time.monotonic() - begun < DRAIN / 2
    told = [came for came in met if b'{"bye":{"code":1012,' in came]
    with capsys.disabled():
        print(f"\ndrain: {len(lines)} came too late: {len(told)} told when to return, the others refused")
    assert [came for came in met if came and came not in told] == []


# ── Commands in flight ───────────────────────────────────────────────────────────────────────────────────────────────


def post(server: Server, town: Town, room: str, command: dict[str, object]) -> socket.socket:
    """A line on which a command has been sent whole."""
    body, bare = json.dumps(command).encode(), line(server)
    more = ("content-type: application/json", f"content-length: {len(body)}")
    bare.sendall(request(server, town, f"POST /api/rooms/{room}/commands", "moderator", *more) + body)
    return bare


def announce(id: str) -> dict[str, object]:
    return {"id": id, "do": "agenda.add", "with": {"title": id, "kind": "other", "minutes": 5}}


async def test_command_in_flight_is_answered_while_new_connections_are_refused(server: Server, own: Town) -> None:
    room = own.rooms["across-spring"]
    async with joined(server, room, own.cookies["moderator"]) as crew:
        with locked(own) as let_go:
            posted = post(server, own, room, announce("by post"))
            await crew.send(announce("by socket"))
            await asyncio.to_thread(has_read, server)
            ending = asyncio.create_task(asyncio.to_thread(ended, server))
            await asyncio.to_thread(refuses, server)
            let_go()
        assert await crew.closed() == 1012
        assert crew.replies["by socket"].keys() == {"re", "ok", "seq"}
        assert (await asyncio.to_thread(rest, posted)).startswith(b"HTTP/1.1 200 ")
        code, took = await ending
        assert (code, took < DRAIN / 2) == (0, True)


@pytest.mark.parametrize("hurry", [False, True], ids=["once", "twice"])
async def test_writer_that_never_lets_go_does_not_hold_it_up(
    server: Server, serve: Serve, own: Town, hurry: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    room = own.rooms["across-spring"]
    id = f"locked out, {hurry}"
    async with joined(server, room, own.cookies["moderator"]) as crew:
        with locked(own):
            await crew.send(announce(id))
            await asyncio.to_thread(has_read, server)
            await asyncio.sleep(0.3)
            code, took = await asyncio.to_thread(ended, server, hurry=hurry)
            await crew.closed()
    with capsys.disabled():
        print(f"\ndrain: held up by a lock on the database: {took:.1f} s, exit {code}")
    assert (code, took < (HURRY if hurry else DRAIN)) == (0, True)
    said = [reply.get("no", {}).get("code") for reply in crew.replies.values()]
    assert said == ([] if hurry else ["try.again"])
    again = serve(0)
    async with joined(again, room, own.cookies["moderator"]) as crew:
        assert [item["title"] for item in crew.screen["agenda"].values() if item["title"] == id] == []
        assert "ok" in await crew.do(id=id, command="agenda.add", title=id, kind="other", minutes=5)
    assert again.stop() == 0


# ── Again and again, under load ──────────────────────────────────────────────────────────────────────────────────────


class Writer:
    """Somebody who gives one command after the other, whatever happens to the server, and keeps count."""

    def __init__(self, town: Town, number: int, item: str) -> None:
        self.person, self.cookie = town.people[f"writer{number}"], town.cookies[f"writer{number}"]
        self.room, self.item = town.rooms["across-spring"], item
        self.acknowledged: dict[str, int] = {}  # by the command's id, its seq
        self.unknown = 0  # commands that had no answer when the connection ended; each is given again
        self.ends: list[int | None] = []  # close codes

    async def work(self, port: int, over: asyncio.Event) -> None:
        server = Server(None, f"http://127.0.0.1:{port}")  # type: ignore[arg-type]  # whichever runs there now
        while not over.is_set():
            try:
                async with joined(server, self.room, self.cookie) as client:
                    while not (over.is_set() or client.bye):
                        await self.give(client)
                        await asyncio.sleep(THINK)
                    if client.bye:
                        self.ends.append(await client.closed())
            except (OSError, InvalidHandshake, EOFError, ConnectionClosed):
                await asyncio.sleep(0.05)

    async def give(self, client: Client) -> None:
        id = str(len(self.acknowledged))
        await client.send({"id": id, "do": "agenda.edit", "with": {"item": self.item, "title": id}})
        await client.until(lambda: id in client.replies or client.code is not None)
        if id in client.replies:
            self.acknowledged[id] = client.replies[id]["seq"]
        else:
            self.unknown += 1


async def at_work(writers: list[Writer]) -> None:
    """Wait until each has one more answer: nobody waits any more to come back."""
    before = [len(writer.acknowledged) for writer in writers]
    async with asyncio.timeout(2 * DRAIN):
        while not all(len(writer.acknowledged) > count for writer, count in zip(writers, before, strict=True)):  # noqa: ASYNC110  # of many
            await asyncio.sleep(THINK)


async def test_restarts_under_load_lose_and_double_nothing(
    server: Server, serve: Serve, own: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    port, room, over = int(urlsplit(server.url).port or 0), own.rooms["across-spring"], asyncio.Event()
    async with joined(server, room, own.cookies["moderator"]) as crew:
        made = [await crew.do("agenda.add", title="Mine", kind="other", minutes=5) for _ in range(WRITERS)]
    writers = [Writer(own, number, reply["ok"]["item"]) for number, reply in enumerate(made)]
    working = [asyncio.create_task(writer.work(port, over)) for writer in writers]
    codes, seconds = Counter[int](), []
    for _ in range(RESTARTS):
        await asyncio.sleep(0.5)
        await at_work(writers)
        code, took = await asyncio.to_thread(ended, server)
        codes[code] += 1
        seconds.append(took)
        server = await asyncio.to_thread(serve, port)
    await at_work(writers)
    over.set()
    await asyncio.gather(*working)
    assert server.stop() == 0
    acknowledged = {(writer.person, id): seq for writer in writers for id, seq in writer.acknowledged.items()}
    with contextlib.closing(sqlite3.connect(own.folder / "austausch.sqlite3")) as database:
        rows = database.execute("SELECT actor, id, seq FROM commands WHERE room = ?", (room,)).fetchall()
        edits = "SELECT count(*) FROM events WHERE room = ? AND type = 'agenda.edited'"
        (edited,) = database.execute(edits, (room,)).fetchone()
    kept = {(actor, id): seq for actor, id, seq in rows if id.isdigit()}
    lost = [key for key, seq in acknowledged.items() if kept.get(key) != seq]
    doubled = edited - len(kept)
    ends = Counter(code for writer in writers for code in writer.ends)
    unknown = sum(writer.unknown for writer in writers)
    with capsys.disabled():
        print(
            f"\ndrain: {RESTARTS} restarts under load: at most {max(seconds):.1f} s of {DRAIN:g}; "
            f"{len(acknowledged)} commands acknowledged, {len(lost)} lost, {doubled} doubled, "
            f"{unknown} of unknown outcome and given again; "
            f"{ends.total()} connections ended: {dict(ends)}; {codes[-signal.SIGKILL]} processes ended by SIGKILL"
        )
    assert min(len(writer.acknowledged) for writer in writers) > RESTARTS
    assert all(1012 in writer.ends for writer in writers)
    assert (lost, doubled, dict(codes)) == ([], 0, {0: RESTARTS})
    assert max(seconds) < DRAIN
