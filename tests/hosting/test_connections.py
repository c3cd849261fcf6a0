"""A row of connections: one frame written to all of their descriptors, each of which may be full, gone or another's."""

import asyncio
import random
import socket
from collections.abc import Iterator

import pytest

from hosting.connections import INBOX, Connection, FastRow
from hosting.lanes import header
from hosting.people import NOBODY
from tests.flows.lines import Line, connected

FRAME = b'{"put":{}}'
WHOLE = header(len(FRAME)) + FRAME


class Wire(Line):
    """A lane with a descriptor, whose other end can be read."""

    def __init__(self) -> None:
        super().__init__()
        self.near, self.far = socket.socketpair()
        self.near.setblocking(False)
        self.far.setblocking(False)
        self.fd = self.near.fileno()

    def write_rest(self, frame: bytes, written: int) -> None:
        self.sent.append(frame[written:])
        self.ready, self.fd = False, -1

    def abort(self) -> None:
        super().abort()
        self.ready, self.fd = False, -1

    def fill(self) -> None:
        """Leave no room in the kernel for a frame."""
        for size in (65_536, 1):
            try:
                while True:
                    self.near.send(b"." * size)
            except BlockingIOError:
                continue

    def read(self) -> bytes:
        try:
            return self.far.recv(1_000_000)
        except BlockingIOError:
            return b""

    def close(self) -> None:
        self.near.close()
        self.far.close()


class Hall:
    """Connections on wires, and one on a lane without a descriptor."""

    def __init__(self) -> None:
        self.wires = [Wire() for _ in range(5)]
        self.connections: list[Connection] = []
        for wire in self.wires:
            connection, _ = connected("r1", NOBODY)
            connection.lane = wire
            self.connections.append(connection)
        self.slow, self.line = connected("r1", NOBODY)
        self.row = FastRow[Connection]()
        for connection in (*self.connections, self.slow):
            self.row.add(connection)

    def send(self, *without: Connection) -> list[object]:
        return list(self.row.send(FRAME, 0, len(self.row), frozenset(without)))


@pytest.fixture
def hall() -> Iterator[Hall]:
    hall = Hall()
    yield hall
    for wire in hall.wires:
        wire.close()


async def test_frame_is_written_to_everybody(hall: Hall) -> None:
    assert hall.send() == []
    assert [wire.read() for wire in hall.wires] == [WHOLE] * 5
    assert hall.line.sent == [FRAME]


async def test_frame_is_not_written_to_those_left_out(hall: Hall) -> None:
    assert hall.send(hall.connections[1], hall.slow) == []
    assert [wire.read() for wire in hall.wires] == [WHOLE, b"", WHOLE, WHOLE, WHOLE]
    assert hall.line.sent == []


async def test_frame_of_whoever_is_full_goes_on_through_the_lane(hall: Hall) -> None:
    hall.wires[2].fill()
    assert hall.send() == [hall.connections[2]]
    assert (hall.wires[2].sent, hall.wires[2].read().strip(b".")) == ([WHOLE], b"")
    assert [wire.read() for wire in (hall.wires[1], hall.wires[3])] == [WHOLE] * 2


async def test_whoever_is_gone_is_ended_and_the_others_are_not(hall: Hall) -> None:
    hall.wires[0].far.close()
    assert hall.send() == [hall.connections[0]]
    assert [wire.code for wire in hall.wires] == [1006, 0, 0, 0, 0]


async def test_lane_without_a_descriptor_that_takes_no_more_is_said_to(hall: Hall) -> None:
    hall.line.ready = False
    assert hall.send() == [hall.slow]


@pytest.mark.parametrize("seed", range(5))
async def test_row_keeps_every_descriptor_with_its_connection(hall: Hall, seed: int) -> None:
    chance, inside = random.Random(seed), {*hall.connections, hall.slow}
    for _ in range(200):
        connection = chance.choice([*hall.connections, hall.slow])
        if chance.random() < 0.5:
            hall.row.add(connection)
            inside.add(connection)
        else:
            hall.row.discard(connection)
            inside.discard(connection)
        copy = hall.row.copy()
        assert set(copy.members) == inside
        assert len(copy) == len(hall.row) == len(inside)
        for listener, descriptor in zip(copy.members, copy.descriptors, strict=True):
            assert isinstance(listener, Connection)
            assert listener.lane.fd == descriptor


async def test_what_comes_in_faster_than_it_is_answered_is_not_read() -> None:
    connection, line = connected("r1", NOBODY)
    for number in range(INBOX + 1):
        connection.hear(b"%d" % number)
    assert (line.held, len(connection.inbox)) == (True, INBOX + 1)
    connection.begin()
    assert connection.answering
    await connection.answering
    assert (line.held, len(connection.inbox)) == (False, 0)


async def test_room_in_the_inbox_is_waited_for_while_the_line_is_full() -> None:
    connection, line = connected("r1", NOBODY)
    connection.begin()
    line.ready = False
    for number in range(INBOX + 1):
        connection.hear(b"%d" % number)
    waiting = asyncio.create_task(connection.room_in_inbox())
    await asyncio.sleep(0.01)
    assert not waiting.done()
    line.ready = True
    connection.drained()
    await asyncio.wait_for(waiting, 1)


async def test_nothing_is_answered_while_the_line_is_full_and_all_of_it_after() -> None:
    connection, line = connected("r1", NOBODY)
    connection.begin()
    line.ready = False
    connection.hear(b"a command")
    assert connection.answering is None
    line.ready = True
    connection.drained()
    assert connection.answering
    await connection.answering
    assert not connection.inbox
