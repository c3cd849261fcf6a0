"""When lines were said, and the files that say so. WebVTT is read back by a parser strict to its grammar."""

import itertools
import random
import re
from datetime import UTC, datetime, timedelta

import pytest

from hosting.transcripts import SHORTEST, Line, items, srt, timed, txt, vtt
from rooms import captions

OPENED = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


def line(at: float, text: str = "Thirty letters make two seconds", **times: float) -> captions.Line:
    came = OPENED + timedelta(seconds=at)
    return captions.Line(f"l{at}", "en", text, "typed", None, came, times.get("start"), times.get("end"))


def spans(*lines: captions.Line) -> list[tuple[int, int]]:
    return [(start, end) for start, end, _line in timed(lines, OPENED)]


def cue(text: str, start: int = 1_000, end: int = 2_000, speaker: str | None = None) -> Line:
    return Line("l1", f"t-{start // 1_000}", start, end, OPENED, text, "typed", speaker)


# ── Times ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_times_that_were_given_hold() -> None:
    assert spans(line(20, start=10.5, end=12)) == [(10_500, 12_000)]


def test_line_without_an_end_ended_when_it_came_in() -> None:
    assert spans(line(20, start=15)) == [(15_000, 20_000)]


def test_line_that_came_before_its_beginning_lasts_a_reading_time() -> None:
    assert spans(line(10, start=15)) == [(15_000, 17_066)]


def test_line_follows_the_one_before_if_that_is_near() -> None:
    assert spans(line(10), line(18)) == [(7_934, 10_000), (10_000, 18_000)]


def test_line_after_a_pause_takes_a_reading_time_before_it_came_in() -> None:
    assert spans(line(10), line(18.001)) == [(7_934, 10_000), (15_935, 18_001)]


def test_no_line_begins_before_the_opening() -> None:
    assert spans(line(1)) == [(0, 1_000)]
    assert spans(line(-5), line(-4)) == [(0, SHORTEST), (SHORTEST, 2 * SHORTEST)]


def test_line_that_comes_late_takes_its_own_place_and_cuts_the_one_before() -> None:
    assert spans(line(20, start=10, end=18), line(30, start=12, end=15)) == [(10_000, 12_000), (12_000, 15_000)]


def test_lines_that_come_at_once_keep_their_order_and_last() -> None:
    found = timed([line(10, "a"), line(10, "b"), line(10, "c")], OPENED)
    assert [(start, one.text) for start, _end, one in found] == [(9_000, "a"), (10_000, "b"), (10_200, "c")]


@pytest.mark.parametrize("seed", range(60))
def test_cues_never_overlap_and_never_run_backwards(seed: int) -> None:
    chance = random.Random(seed)
    lines, at = [], -3.0
    for _ in range(80):
        at += chance.choice((0, 0, 0.01, 1, 3, 9, 40))
        start = chance.choice((None, None, max(0.0, at - chance.random() * 9), chance.random() * 300))
        end = chance.choice((None, (start or 0) + chance.random() * 20))
        times = {name: time for name, time in (("start", start), ("end", end)) if time is not None}
        lines.append(line(at, "x" * chance.randrange(1, 300), **times))
    found = timed(lines, OPENED)
    assert sorted(id(one) for _start, _end, one in found) == sorted(id(one) for one in lines)
    assert [start for start, _end, _one in found if start < 0] == []
    assert [(start, end) for start, end, _one in found if end - start < SHORTEST] == []
    assert [(one, other) for one, other in itertools.pairwise(found) if one[1] > other[0]] == []


# ── WebVTT ───────────────────────────────────────────────────────────────────────────────────────────────────────────

STAMP = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
TIMING = re.compile(rf"{STAMP}[ \t]+-->[ \t]+{STAMP}")
ENTITY = re.compile(r"&(?!amp;|lt;|gt;|lrm;|rlm;|nbsp;)")
UNESCAPED = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}


def parsed(file: str) -> list[tuple[str, float, float, str | None, str]]:
    """The cues of a WebVTT file: id, start, end, voice, text. AssertionError where it leaves the grammar (W3C, 4)."""
    head, *blocks = file.removesuffix("\n").split("\n\n")
    assert head == "WEBVTT"
    found = []
    for block in blocks:
        id, timing, *payload = block.split("\n")
        assert "-->" not in id
        match = TIMING.fullmatch(timing)
        assert match, timing
        assert len(payload) == 1, "a cue of ours has one line"
        assert "-->" not in payload[0]
        voice = re.match(r"<v ([^<>\n]+)>", payload[0])
        text = payload[0][voice.end() if voice else 0 :]
        assert not re.search(r"[<>]", text), text
        assert not ENTITY.search(payload[0]), payload[0]
        parts = [int(part or 0) for part in match.groups()]
        times = [h * 3600 + m * 60 + s + ms / 1000 for h, m, s, ms in (parts[:4], parts[4:])]
        found.append((id, times[0], times[1], plain(voice[1]) if voice else None, plain(text)))
    return found


def plain(text: str) -> str:
    return re.sub("&(lt|gt|amp);", lambda found: UNESCAPED[found[0]], text)


def test_vtt_without_lines_is_a_file_without_cues() -> None:
    assert parsed(vtt([])) == []


def test_vtt_keeps_what_would_be_markup() -> None:
    nasty = "a --> b & <c.yellow>d</c> <00:00:01.000> &lt; NOTE"
    name = "Rania <b> & Söhne --> GmbH"
    assert parsed(vtt([cue(nasty, speaker=name)])) == [("t-1", 1.0, 2.0, name, nasty)]


def test_vtt_text_cannot_end_its_cue() -> None:
    nasty = "first\n\n00:00:05.000 --> 00:00:06.000\nforged\r\nlast"
    found = parsed(vtt([cue(nasty), cue("next", 2_000, 3_000)]))
    assert [text for *_times, text in found] == ["first 00:00:05.000 --> 00:00:06.000 forged last", "next"]


def test_vtt_of_a_room_that_was_open_for_days_counts_hours_on() -> None:
    assert parsed(vtt([cue("late", 360_000_000, 360_001_500)]))[0][1:3] == (360_000.0, 360_001.5)


def test_parser_refuses_what_is_not_webvtt() -> None:
    good = vtt([cue("fine")])
    for bad in (good.replace("WEBVTT", "WEBVT"), good.replace("-->", "->"), good.replace("fine", "<b>fine")):
        with pytest.raises(AssertionError):
            parsed(bad)


# ── The others ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_srt_counts_its_cues_and_writes_commas() -> None:
    written = srt([cue("Hello {\\an8} <i>there</i>", speaker="Rania"), cue("again", 3_723_004, 3_724_000)])
    assert written == (
        "1\n00:00:01,000 --> 00:00:02,000\nRania: Hello (\\an8) ‹i›there‹/i›\n"
        "\n2\n01:02:03,004 --> 01:02:04,000\nagain\n"
    )


def test_txt_names_a_speaker_once_and_has_the_chapters() -> None:
    lines = [cue("one", speaker="Rania"), cue("two", 61_000, 62_000, "Rania"), cue("three", 70_000, 71_000, "Amal")]
    assert txt(lines, [(0, "Welcome"), (65_000, "Questions")]) == (
        "Welcome\n\n[0:01] Rania: one\n[1:01] two\n\nQuestions\n\n[1:10] Amal: three\n"
    )


def test_items_have_seconds_and_anchors() -> None:
    found = items([cue("one", speaker="Rania")])[0]
    assert {key: found[key] for key in ("from", "to", "speaker", "text", "source", "anchor")} == {
        "from": 1.0,
        "to": 2.0,
        "speaker": "Rania",
        "text": "one",
        "source": "typed",
        "anchor": "t-1",
    }
