"""Ogg as others read it: checksums, lengths, what is torn off; and packets as libopus takes them."""

import ctypes
import ctypes.util
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hosting.ogg import PAGE, SILENCE, SKIP, SLOT, Damaged, Writer, checksum, page, pages, samples
from hosting.packets import SAMPLES
from tests.hosting import clicks
from tests.hosting.clicks import crc, decoded, length, onsets, opus, run

TALK = opus(0.5, 1.5, seconds=2)
TAGS = {"TITLE": "Trockene Keller – الأقبية", "LANGUAGE": "ar"}


def written(path: Path, packets: dict[int, bytes], end: int | None = None) -> Path:
    """A file with packets in their slots."""
    writer = Writer.begin(path, TAGS)
    for slot, packet in packets.items():
        writer.put(slot, packet)
    writer.sync() if end is None else writer.end(end)
    writer.close()
    return path


def talk(*begins: int) -> dict[int, bytes]:
    return {begin + place: packet for begin in begins for place, packet in enumerate(TALK)}


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.binary(max_size=600))
def test_checksum_is_that_of_rfc_3533(data: bytes) -> None:
    assert checksum(data) == crc(data)


def test_pages_of_ffmpeg_are_read_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "by-ffmpeg.ogg"
    tone = ("-f", "lavfi", "-i", "sine=duration=3", "-c:a", "libopus", "-b:a", "32k")
    run("ffmpeg", "-v", "error", *tone, str(file))
    found, expected = list(pages(file.read_bytes())), clicks.pages(file.read_bytes())
    assert [(one.flags, one.granule, one.number) for one in found] == [each[:3] for each in expected]
    assert [packet for one in found for packet in one.packets] == clicks.packets(file.read_bytes())


def test_file_is_what_players_expect(tmp_path: Path) -> None:
    file = written(tmp_path / "a.opus", talk(100, 300), end=425)
    found = clicks.pages(file.read_bytes())
    assert [number for _flags, _granule, number, _segments in found] == list(range(len(found)))
    assert [flags for flags, *_ in found] == [2, *[0] * (len(found) - 2), 4]
    assert max(len(segments) for *_, segments in found) == PAGE
    assert [granule for _flags, granule, *_ in found[2:-1]] == [min(n * PAGE, 425) * SAMPLES for n in range(1, 10)]
    assert found[-1][1] == 425 * SAMPLES + SKIP
    assert clicks.complaints(file) == []
    assert (length(file), len(decoded(file)) / clicks.RATE) == (8.5, 8.5)
    assert onsets(file) == pytest.approx([2.5, 3.5, 6.5, 7.5], abs=SLOT / 4)
    told = run("ffprobe", "-v", "error", "-show_entries", "stream_tags=title,language", "-of", "csv=p=0", str(file))
    assert sorted(told.decode().strip().split(",")) == sorted(TAGS.values())


def test_large_packets_make_smaller_pages_and_all_come_back(tmp_path: Path) -> None:
    large = {slot: bytes((0xF8,)) + bytes((slot % 256,)) * 1_274 for slot in range(120)}
    file = written(tmp_path / "a.opus", large)
    assert clicks.packets(file.read_bytes())[2:] == list(large.values())


def test_first_packet_of_a_slot_has_it_and_nothing_goes_back(tmp_path: Path) -> None:
    writer = Writer.begin(tmp_path / "a.opus", TAGS)
    assert [writer.put(slot, TALK[place]) for place, slot in enumerate((0, 3, 3, 2, 4))] == [
        *(True, True, False, False, True)
    ]
    writer.sync()
    writer.close()
    kept = clicks.packets((tmp_path / "a.opus").read_bytes())[2:]
    assert kept == [TALK[0], SILENCE, SILENCE, TALK[1], TALK[4]]


def test_silence_is_as_long_as_it_should_be_and_nothing_is_heard(tmp_path: Path) -> None:
    file = written(tmp_path / "a.opus", {}, end=7 * 50)
    found = decoded(file)
    assert (len(found), max(found), min(found)) == (7 * clicks.RATE, 0, 0)


# ── Taking up again ──────────────────────────────────────────────────────────────────────────────────────────────────

WHOLE = written(Path(tempfile.mkdtemp()) / "whole.opus", talk(20, 150), end=260).read_bytes()
ENDS = [one.end for one in pages(WHOLE)]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(WHOLE)), st.binary(max_size=80))
@example(len(WHOLE), b"")
@example(len(WHOLE) - 1, b"")
@example(ENDS[3], b"OggS" + bytes(40))
@example(ENDS[4] + 30, bytes(4096))
def test_torn_file_goes_on_from_its_last_whole_page(cut: int, garbage: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "torn.opus"
        file.write_bytes(WHOLE[:cut] + garbage)
        if cut < ENDS[1]:
            with pytest.raises(Damaged):
                Writer.take_up(file)
            return
        writer = Writer.take_up(file)
        kept = min(max(end for end in ENDS if end <= cut), ENDS[-2])  # never the end: it is written anew
        assert file.read_bytes() == WHOLE[:kept]
        before = clicks.packets(WHOLE[:kept])
        assert writer.slots == len(before) - 2
        writer.put(300, TALK[0])
        writer.end(310)
        writer.close()
        again = clicks.packets(file.read_bytes())  # every checksum, every number
        assert again == [*before, *[SILENCE] * (300 - len(before) + 2), TALK[0], *[SILENCE] * 10]
        numbers = [number for _flags, _granule, number, _segments in clicks.pages(file.read_bytes())]
        assert numbers == list(range(len(numbers)))


def test_page_that_has_rotted_in_the_middle_takes_nothing_behind_it_away(tmp_path: Path) -> None:
    file = tmp_path / "a.opus"
    rotten = bytearray(WHOLE)
    rotten[ENDS[2] + 60] ^= 1
    file.write_bytes(rotten)
    writer = Writer.take_up(file)
    writer.close()
    assert (writer.slots, file.stat().st_size) == (260, ENDS[-2])


def test_foreign_and_empty_files_are_not_taken_up(tmp_path: Path) -> None:
    for name, data in (("empty", b""), ("text", b"no sound"), ("other", page(2, 0, 7, 0, [b"vorbis"]) + WHOLE)):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(Damaged):
            Writer.take_up(tmp_path / name)
        assert (tmp_path / name).read_bytes() == data


def test_file_that_was_taken_up_ten_times_is_clean_and_in_step(tmp_path: Path) -> None:
    file = written(tmp_path / "a.opus", talk(0), end=100)
    for turn in range(1, 10):
        writer = Writer.take_up(file)
        for slot, packet in talk(turn * 150).items():
            writer.put(slot, packet)
        writer.end(turn * 150 + 125)
        writer.close()
    assert clicks.complaints(file) == []
    assert length(file) == 9 * 3 + 2.5
    assert onsets(file) == pytest.approx([turn * 3 + click for turn in range(10) for click in (0.5, 1.5)], abs=SLOT / 4)


def test_full_disk_leaves_whole_pages_only(tmp_path: Path) -> None:
    """The kernel refuses, in the middle of a page: to a child, whose files may be no longer."""
    file = tmp_path / "a.opus"
    child = os.fork()
    if child == 0:
        import resource
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (6_000, 6_000))
        writer = Writer.begin(file, TAGS)
        try:
            for slot in range(1_000):
                writer.put(slot, TALK[slot % 50])
        except OSError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    kept = clicks.packets(file.read_bytes())[2:]
    assert kept == [TALK[slot % 50] for slot in range(len(kept))]
    assert 0 < len(kept) < 1_000


# ── Packets ──────────────────────────────────────────────────────────────────────────────────────────────────────────

libopus = ctypes.CDLL(ctypes.util.find_library("opus"))


def by_libopus(packet: bytes) -> int:
    """How long libopus says a packet is, in samples; 0 for what it does not take."""
    frames, sizes = (ctypes.c_char_p * 48)(), (ctypes.c_int16 * 48)()
    count: int = libopus.opus_packet_parse(packet, len(packet), None, frames, sizes, None)
    lasting: int = libopus.opus_packet_get_nb_samples(packet, len(packet), 48_000)
    return lasting if count > 0 and lasting > 0 else 0


@settings(max_examples=2_000)
@given(
    st.binary(max_size=40)
    | st.builds(lambda first, rest: bytes((first | 3,)) + rest, st.integers(0, 255), st.binary(max_size=60))
)
@example(b"\xf8" + bytes(1_275))
@example(b"\xf8" + bytes(1_276))
@example(b"\xfb\x41\xff\xff\xff")
@example(b"\xfb\x41\x00")
@example(b"\xfa\xfc")
@example(b"\xfa\xff\xff" + bytes(1_020))
def test_length_of_a_packet_is_what_libopus_says(packet: bytes) -> None:
    assert samples(packet) == by_libopus(packet)


def test_silence_and_speech_last_a_slot() -> None:
    assert {samples(packet) for packet in (SILENCE, b"\x48", *TALK)} == {SAMPLES}
