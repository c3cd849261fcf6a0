"""The bytes of packets, against a reader written by hand from the table in hosting.packets: 10,000, many spoilt."""

from random import Random

from hosting.packets import BUNDLE, Head, Malformed, bundle, head, opus, packet
from tests.contracts.engines import packets_in

CASES = 10_000
SEED = 20_201_104
EDGES = (0, 1, 2, 15, 16, 17, 18, 1274, 1275, 1276, 1290, 1291, 1292, 5000)


def by_hand(frame: bytes) -> tuple[Head, bytes] | None:
    """What a packet says, or None for what is none."""
    if len(frame) < 17 or len(frame) > 1291:
        return None
    if frame[0] != 0x11:
        return None
    source, seq, time = 0, 0, 0
    for byte in frame[2:4]:
        source = source * 256 + byte
    for byte in frame[4:8]:
        seq = seq * 256 + byte
    for byte in frame[8:16]:
        time = time * 256 + byte
    return Head(frame[1], source, seq, time), frame[16:]


def read(frame: bytes) -> tuple[Head, bytes] | None:
    try:
        return head(frame), opus(frame)
    except Malformed:
        return None


def drawn(chance: Random) -> bytes:
    """Anything that may come: packets, spoilt ones, noise."""
    size = chance.choice(EDGES) if chance.random() < 0.3 else chance.randrange(1400)
    frame = bytearray(chance.randbytes(size))
    if frame and chance.random() < 0.8:
        frame[0] = 0x11
    if chance.random() < 0.1 and len(frame) > 8:
        frame[1:] = b"\xff" * (len(frame) - 1)
    if chance.random() < 0.1:
        frame[chance.randrange(len(frame) + 1) :] = b""
    return bytes(frame)


def test_heads_are_read_as_by_hand_and_all_else_is_refused() -> None:
    chance, packets = Random(SEED), 0
    for _ in range(CASES):
        frame = drawn(chance)
        expected = by_hand(frame)
        assert read(frame) == expected, frame.hex()
        packets += expected is not None
        if expected:
            assert packet(*expected) == frame
    print(f"of {CASES} messages {packets} were packets")
    assert CASES * 0.4 < packets < CASES * 0.9


def test_message_with_another_version_or_kind_is_no_packet() -> None:
    assert [first for first in range(256) if read(bytes((first,)) + b"x" * 40)] == [0x11]


def test_bundles_hold_their_packets_whole_and_in_order() -> None:
    chance = Random(SEED)
    for size in (1, 2, 3, 255, *(chance.randrange(1, 20) for _ in range(200))):
        frames = [
            packet(Head(number % 256, 7, number, 960 * number), chance.randbytes(chance.choice((1, 62, 1275))))
            for number in range(size)
        ]
        message = bundle(frames)
        assert (message[0], packets_in(message)) == (BUNDLE, frames)
        assert read(message) is None  # a bundle goes one way only


def test_packet_is_the_one_in_the_table() -> None:
    frame = packet(Head(2, 0x0102, 0x03040506, 0x0708090A0B0C0D0E), b"opus")
    assert frame.hex() == "11020102030405060708090a0b0c0d0e" + b"opus".hex()
