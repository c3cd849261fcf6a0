"""Uploads over bad lines and through crashes of a real server: the bytes kept are those that were sent."""

import hashlib
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.flows.sending import Sender
from tests.flows.town import Town
from tests.hosting import decks
from tests.hosting.processes import children
from tests.served import Server, start

CUTS = 50
CONTENT = decks.padded(decks.deck(2), 4_000_000)


@pytest.fixture
def own(tmp_path: Path) -> Town:
    """A town of its own, as its server will be ended."""
    return Town(tmp_path / "data")


def there(town: Town, id: str) -> int:
    return (town.folder / "files" / "incoming" / id).stat().st_size


@pytest.fixture
def sender(server: Server, town: Town) -> Iterator[Sender]:
    with Sender(server, town) as sender:
        yield sender


@contextmanager
def serving_once(town: Town) -> Iterator[tuple[Server, Sender]]:
    """A server and an expert at it; it is ended at the end unless it was within."""
    server = start(town.folder, rate=0)
    try:
        with Sender(server, town) as sender:
            yield server, sender
    finally:
        if server.process.poll() is None:
            server.stop()


def until_there(town: Town, id: str, size: int) -> None:
    until(lambda: there(town, id) >= size)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


def test_upload_that_is_cut_fifty_times_arrives_as_it_was_sent(
    sender: Sender, capsys: pytest.CaptureFixture[str]
) -> None:
    id, resumed = sender.begin(len(CONTENT)), set()
    for cut in range(CUTS):
        until(lambda: sender.patch(id, sender.offset(id), b"") == 204)  # it has noticed the last one
        offset = sender.offset(id)
        resumed.add(offset)
        rest = CONTENT[offset:]
        sender.cut(id, offset, rest, random.randrange(2 * len(rest) // (CUTS - cut + 1)))
    sender.finish(id, CONTENT)
    assert sender.converted(id)["state"] == "ready"
    assert hashlib.sha256(sender.original(id)).digest() == hashlib.sha256(CONTENT).digest()
    with capsys.disabled():
        print(f"\nuploads: cut {CUTS} times, resumed from {len(resumed)} different offsets")
    assert len(resumed) > CUTS // 5, "the line broke in the middle of parts"


def test_two_cannot_write_at_once(sender: Sender, town: Town) -> None:
    id = sender.begin(len(CONTENT))
    with sender.dial(id, 0, CONTENT) as line:
        line.sendall(CONTENT[:1_000_000])
        until_there(town, id, 500_000)
        offset = sender.offset(id)
        assert [sender.patch(id, at, CONTENT[at:]) for at in (0, offset)] == [423, 423]
        assert sender.browser.delete(f"/files/{id}", headers=decks.TUS).status_code == 423
        line.sendall(CONTENT[1_000_000:])
        assert line.recv(100).startswith(b"HTTP/1.1 204")
    assert sender.converted(id)["state"] == "ready"
    assert sender.original(id) == CONTENT


def test_part_whose_line_breaks_before_its_checksum_holds_is_not_counted(sender: Sender, town: Town) -> None:
    id = sender.begin(len(CONTENT))
    with sender.dial(id, 0, CONTENT, proven=True) as line:
        line.sendall(CONTENT[:2_000_000])
        until_there(town, id, 1_000_000)
        assert sender.offset(id) == 0
    until(lambda: there(town, id) == 0)
    assert sender.patch(id, 0, CONTENT, proven=True) == 204
    assert sender.original(sender.converted(id)["id"]) == CONTENT


@pytest.mark.parametrize("proven", [False, True], ids=["plain", "with a checksum"])
def test_upload_goes_on_after_a_crash_of_the_server(own: Town, proven: bool) -> None:
    with serving_once(own) as (server, sender):
        id = sender.begin(len(CONTENT))
        assert sender.patch(id, 0, CONTENT[:100_000]) == 204
        with sender.dial(id, 100_000, CONTENT[100_000:], proven=proven) as line:
            line.sendall(CONTENT[100_000:2_500_000])
            until_there(own, id, 1_500_000)
            server.kill()
    left = there(own, id)
    assert 1_500_000 <= left < len(CONTENT), "the crash came in the middle"
    with serving_once(own) as (_, sender):
        assert sender.offset(id) == (100_000 if proven else left)
        sender.finish(id, CONTENT)
        assert sender.converted(id)["pages"] == 2
        assert sender.original(id) == CONTENT


def begin_to_convert(own: Town, sender: Sender, pages: int) -> str:
    """Send a deck; its conversion runs."""
    content = decks.deck(pages)
    id = sender.begin(len(content))
    assert sender.patch(id, 0, content) == 204
    until(lambda: children(own.folder) != [])
    return id


def test_conversion_goes_on_after_a_crash_of_the_server(own: Town) -> None:
    with serving_once(own) as (server, sender):
        id = begin_to_convert(own, sender, 100)
        server.kill()
    until(lambda: children(own.folder) == [])
    with serving_once(own) as (_, sender):
        assert sender.converted(id)["pages"] == 100
        until(lambda: list((own.folder / "files" / "work").iterdir()) == [])


def test_server_ends_in_time_while_it_converts(own: Town) -> None:
    with serving_once(own) as (server, sender):
        begin_to_convert(own, sender, 300)
        began = time.monotonic()
        assert server.stop() == 0
    assert (time.monotonic() - began < 5, children(own.folder)) == (True, [])


def test_server_ends_in_time_while_an_upload_waits(own: Town) -> None:
    with serving_once(own) as (server, sender):
        id = sender.begin(len(CONTENT))
        with sender.dial(id, 0, CONTENT) as line:
            line.sendall(CONTENT[:2_000_000])
            until_there(own, id, 1_000_000)
            sender.browser.close()
            began = time.monotonic()
            assert server.stop() == 0
            assert line.recv(100).startswith(b"HTTP/1.1 204")
    assert (time.monotonic() - began < 5, there(own, id)) == (True, 2_000_000)
    assert (own.folder.parent / "data.errors").read_text() == ""
