"""Recordings of a scripted session with real Opus: exact to 20 ms after decoding, aligned, whole after every end, and
nothing while recording is off.
"""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hosting import files, recordings
from hosting.database import Database
from hosting.ogg import SLOT
from tests.hosting import clicks
from tests.hosting.clicks import complaints, length, onsets, opus
from tests.hosting.programmes import NOW, room
from tests.hosting.studio import Studio, spoken

EVERY_SECOND = opus(*(0.1 + second for second in range(14)), seconds=14)
EXACT = pytest.approx  # of seconds, with abs=SLOT


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture
async def studio(database: Database, tmp_path: Path) -> AsyncIterator[Studio]:
    one = Studio(database, room(database, "before-spring"), tmp_path / "files")
    await one.opens("floor", "fr", "ar")
    yield one
    await one.closes()


async def test_late_start_losses_a_lost_line_and_a_new_beginning_are_exact(studio: Studio) -> None:
    """From +2 s on; 20 packets lost at 4 s, with a click; away for 3 s from 6 s on; then a new source; until 12.5 s."""
    await studio.records()
    first = await studio.voice("interpreter", "fr", EVERY_SECOND)
    cues = [cue for cue in spoken(first, 2.0, last=200) if not 100 <= cue[2] < 120]
    await studio.play(cues, 9.0)
    first.line.close()
    again = await studio.voice("interpreter", "fr", EVERY_SECOND)
    await studio.play(spoken(again, 9.0, last=150), 12.5)
    await studio.stops()
    [(key, file)] = studio.files().items()
    [row] = studio.rows()
    assert key == ("fr", 1)
    assert onsets(file) == EXACT([2.1, 3.1, 5.1, 9.1, 10.1, 11.1], abs=SLOT)
    assert (length(file), len(clicks.decoded(file)) / clicks.RATE) == (12.5, 12.5)
    assert complaints(file) == []
    assert (row.state, row.seconds, row.size, row.zero) == ("done", 12.5, file.stat().st_size, NOW)
    assert row.digest == files.digest_of(file)
    assert list(studio.tapes.folder.iterdir()) == []


async def test_same_moment_is_the_same_in_all_channels(studio: Studio) -> None:
    """Three voices that began at other times, one of them again, hear one click at once; two are on the floor."""
    await studio.records()
    one_click = [opus(seconds_before, seconds=8) for seconds_before in (6.0, 4.5, 3.2, 1.0)]
    speakers = [("expert", "floor"), ("moderator", "floor"), ("interpreter", "fr"), ("other", "ar")]
    cues = []
    for (person, channel), says, begins in zip(speakers, one_click, (1.0, 2.5, 3.8, 6.0), strict=True):
        cues += spoken(await studio.voice(person, channel, says), begins, last=int((9 - begins) * 50))
    await studio.play(cues, 10.0)
    await studio.stops()
    found = studio.files()
    assert [*found] == [("floor", 1), ("floor", 2), ("ar", 1), ("fr", 1)]
    assert [onsets(file) for file in found.values()] == [EXACT([7.0], abs=SLOT)] * 4
    assert [length(file) for file in found.values()] == [10.0] * 4


async def test_line_that_stalls_and_then_brings_all_at_once_moves_nothing(studio: Studio) -> None:
    await studio.records()
    voice = await studio.voice("interpreter", "fr", EVERY_SECOND)
    cues = [(max(at, 3.4) if at >= 3.0 else at, voice, place) for at, voice, place in spoken(voice, 1.0, last=250)]
    await studio.play(cues, 7.0)
    await studio.stops()
    assert onsets(studio.files()["fr", 1]) == EXACT([1.1, 2.1, 3.1, 4.1, 5.1], abs=SLOT)


async def test_voice_keeps_its_lane_and_a_free_one_is_used_again(studio: Studio) -> None:
    await studio.records()
    says = opus(0.1, seconds=1)
    voices = [await studio.voice(name, "floor", says) for name in ("a", "b", "c", "d")]
    begins = (1.0, 1.5, 3.0, 6.0)  # b while a speaks; c and d alone
    cues = [cue for voice, at in zip(voices, begins, strict=True) for cue in spoken(voice, at, last=50)]
    await studio.play(cues, 8.0)
    await studio.stops()
    found = studio.files()
    assert {key: onsets(file) for key, file in found.items()} == {
        ("floor", 1): EXACT([1.1, 3.1, 6.1], abs=SLOT),
        ("floor", 2): EXACT([1.6], abs=SLOT),
    }


# ── On and off ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_without_recording_there_is_not_a_byte(studio: Studio) -> None:
    voice = await studio.voice("interpreter", "fr", EVERY_SECOND)
    await studio.play(spoken(voice, 0.0), 14.0)
    await studio.stops()
    assert (studio.rows(), studio.folder.exists()) == ([], False)


async def test_what_is_said_while_it_is_off_is_silence_and_what_comes_after_is_in_step(studio: Studio) -> None:
    voice = await studio.voice("interpreter", "fr", EVERY_SECOND)
    await studio.records()
    await studio.play(spoken(voice, 0.0, last=250), 5.0)
    await studio.stops()
    [before] = studio.rows()
    assert onsets(studio.files()["fr", 1]) == EXACT([0.1, 1.1, 2.1, 3.1, 4.1], abs=SLOT)
    await studio.play(spoken(voice, 5.0, 250, 400), 8.0)
    assert studio.rows() == [before]
    await studio.records()
    await studio.play(spoken(voice, 8.0, 400, 500), 10.0)
    await studio.stops()
    [after] = studio.rows()
    assert onsets(studio.files()["fr", 1]) == EXACT([0.1, 1.1, 2.1, 3.1, 4.1, 8.1, 9.1], abs=SLOT)
    assert (after.id, after.zero, after.seconds, after.state) == (before.id, before.zero, 10.0, "done")
    assert after.digest != before.digest


async def test_stop_and_start_at_once_loses_nothing(studio: Studio) -> None:
    voice = await studio.voice("interpreter", "fr", EVERY_SECOND)
    await studio.records()
    for second in range(6):
        await studio.play(spoken(voice, second, second * 50, second * 50 + 50), second + 0.999)
        studio.recording.stop(studio.room)
        await studio.records()
    await studio.stops()
    [row] = studio.rows()
    assert onsets(studio.files()["fr", 1]) == EXACT([0.1, 1.1, 2.1, 3.1, 4.1, 5.1], abs=SLOT)
    assert row.state == "done"


async def test_channel_that_closes_is_finished_and_goes_on_when_it_opens_again(studio: Studio) -> None:
    await studio.records()
    first = await studio.voice("interpreter", "fr", EVERY_SECOND)
    await studio.play(spoken(first, 0.0, last=100), 2.0)
    await studio.relay.close_channel(studio.room, "fr")
    studio.recording.start(studio.room, NOW, ["floor", "ar"])
    studio.seconds = 4.0
    await studio.opens("fr")
    studio.recording.start(studio.room, NOW, ["floor", "ar", "fr"])
    again = await studio.voice("interpreter", "fr", EVERY_SECOND)
    await studio.play(spoken(again, 4.0, last=50), 5.0)
    await studio.until(lambda: studio.on_disk("fr") == 250)  # the older first
    await studio.play(spoken(again, 5.0, 50, 100), 6.0)
    await studio.stops()
    assert onsets(studio.files()["fr", 1]) == EXACT([0.1, 1.1, 4.1, 5.1], abs=SLOT)


async def test_packets_that_are_no_opus_leave_the_rest_in_step(studio: Studio) -> None:
    says = list(EVERY_SECOND)
    says[20], says[60], says[80] = (
        b"a voice in twenty milliseconds",
        b"\xfb\x00",
        b"\x60" + bytes(30),
    )  # one is of 60 ms
    voice = await studio.voice("interpreter", "fr", says)
    await studio.records()
    await studio.play(spoken(voice, 0.0, last=150), 3.0)
    await studio.stops()
    assert onsets(studio.files()["fr", 1]) == EXACT([0.1, 1.1, 2.1], abs=SLOT)
    assert length(studio.files()["fr", 1]) == 3.0


# ── What is left of it ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_erasing_a_channel_leaves_the_others_and_erasing_all_nothing(studio: Studio) -> None:
    await studio.records()
    for person, channel in (("interpreter", "fr"), ("other", "ar"), ("expert", "floor")):
        await studio.play(spoken(await studio.voice(person, channel, EVERY_SECOND), studio.seconds, last=50), 2.0)
    await studio.stops()
    kept = studio.files()
    assert await studio.tapes.erase(studio.room, "fr") == 1
    assert {key: file.exists() for key, file in kept.items()} == {
        ("floor", 1): True,
        ("ar", 1): True,
        ("fr", 1): False,
    }
    assert await studio.tapes.erase(studio.room) == 2
    assert (studio.rows(), [file.exists() for file in kept.values()]) == ([], [False] * 3)


async def test_withheld_channel_stays_withheld_when_another_lane_comes(studio: Studio) -> None:
    await studio.records()
    await studio.play(spoken(await studio.voice("a", "floor", EVERY_SECOND), 0.0, last=50), 2.0)
    await studio.stops()
    studio.database.write_now(lambda sql: recordings.withhold(sql, studio.room, "floor", True))
    await studio.records()
    voices = [await studio.voice(name, "floor", EVERY_SECOND) for name in ("b", "c")]
    await studio.play([cue for voice in voices for cue in spoken(voice, 2.0, last=50)], 4.0)
    await studio.stops()
    assert [(row.lane, row.withheld) for row in studio.rows()] == [(1, True), (2, True)]


# ── When the disk or the process ends ────────────────────────────────────────────────────────────────────────────────


async def test_full_disk_ends_the_file_and_nothing_else(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    listening = await studio.voice("interpreter", "fr", EVERY_SECOND)
    await studio.records()
    await studio.play(spoken(listening, 0.0, last=100), 2.0)
    await studio.until(lambda: studio.on_disk("fr") == 100)
    studio.tapes.reserve = shutil.disk_usage(studio.folder).total + 1  # from now on less is free than must be
    await studio.play(spoken(listening, 2.0, 100, 200), 4.0)
    await studio.until(studio.broken)
    [row] = studio.rows()
    assert (row.state, row.seconds) == ("broken", 2.0)
    assert onsets(studio.files()["fr", 1]) == EXACT([0.1, 1.1], abs=SLOT)
    assert [one.levelname for one in caplog.records if "fr" in one.message] == ["ERROR"]
    passed = (await studio.relay.stats(studio.room, "fr")).passed
    await studio.play(spoken(listening, 4.0, 200, 250), 5.0)
    assert (await studio.relay.stats(studio.room, "fr")).passed == passed + 50  # who listens hears it
    await studio.stops()
    studio.tapes.reserve = 0
    await studio.records()
    await studio.play(spoken(listening, 5.0, 250, 300), 6.0)
    await studio.stops()
    [row] = studio.rows()
    assert (row.state, row.seconds) == ("done", 6.0)
    assert onsets(studio.files()["fr", 1]) == EXACT([0.1, 1.1, 5.1], abs=SLOT)


async def test_database_that_is_away_for_a_while_delays_the_file_and_loses_nothing(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    def warned(what: str) -> bool:
        return any("fr" in one.message and what in one.message for one in caplog.records)

    def rename(before: str, after: str) -> None:
        studio.database.write_now(lambda sql: sql.exec_driver_sql(f"ALTER TABLE {before} RENAME TO {after}") and None)

    voice = await studio.voice("interpreter", "fr", EVERY_SECOND)
    await studio.records()
    rename("recordings", "away")
    await studio.play(spoken(voice, 0.0, last=100), 2.0)
    await studio.until(lambda: warned("waits"))
    rename("away", "recordings")
    await studio.play(spoken(voice, 2.0, 100, 200), 4.0)
    await studio.until(lambda: studio.on_disk("fr") == 200)
    rename("recordings", "away")
    studio.recording.stop(studio.room)
    await studio.until(lambda: warned("is finished later"))
    rename("away", "recordings")
    assert [row.state for row in studio.rows()] == ["writing"]
    await studio.recording.settled(studio.room)
    assert [row.state for row in studio.rows()] == ["done"]
    assert onsets(studio.files()["fr", 1]) == EXACT([0.1, 1.1, 2.1, 3.1], abs=SLOT)
    assert {one.levelname for one in caplog.records if "fr" in one.message} == {"WARNING"}


async def test_channel_that_the_engine_has_lost_is_not_recorded_and_nothing_else_fails(studio: Studio) -> None:
    await studio.relay.close_channel(studio.room, "ar")
    await studio.records()
    voice = await studio.voice("interpreter", "fr", EVERY_SECOND)
    await studio.play(spoken(voice, 0.0, last=100), 2.0)
    await studio.stops()
    assert [*studio.files()] == [("fr", 1)]
