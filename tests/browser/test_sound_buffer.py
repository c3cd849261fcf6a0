"""The jitter buffer on lines that are made up: when each piece comes is given, and what is heard is looked at sample by
sample. It runs in a browser's page, as it does when people listen; only the clock and the line are not real.
"""

import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import NamedTuple

import pytest
from playwright.async_api import Browser, Page

from tests.browser.people import person
from tests.served import Server

MS = 48  # samples
PIECE = 960  # samples: 20 ms
HZ, LEVEL = 440, 0.3  # of the voice, which is one tone
STEP = 0.0175  # of that tone from one sample to the next, at most
FADES = 0.005  # which a fade or cut may add to it

PLAY = """async ({ pieces, seconds, voices, hush, quiet }) => {
  const base = document.querySelector("script[type=module]").src.replace(/js\\/.*/, "js/sound/");
  const { Mix } = await import(`${base}mix.js`);
  const mix = new Mix(), out = new Float32Array(128), told = [];
  const tone = (t) => (t % 48000 < quiet ? 0.0001 : 0.3 / voices) * Math.sin(2 * Math.PI * 440 * t / 48000);
  let next = 0, before = 0, most = 0, jump = 0, silent = 0, gap = 0;
  for (let now = 0; now < seconds * 48000; now += 128) {
    for (; next < pieces.length && pieces[next][0] <= now; next++) {
      for (let source = 0; source < voices; source++) {
        mix.put(source, pieces[next][1], Float32Array.from({ length: 960 }, (_, n) => tone(pieces[next][1] + n)), now);
      }
    }
    if (hush && now >= hush && now < hush + 128) mix.hush(true);
    mix.pull(out, now);
    for (const sample of out) {
      [most, jump, before] = [Math.max(most, Math.abs(sample)), Math.max(jump, Math.abs(sample - before)), sample];
      silent = Math.abs(sample) < 1e-3 ? silent + 1 : 0;
      gap = Math.max(gap, silent);
    }
    if (Math.floor((now + 128) / 24000) === Math.floor(now / 24000)) continue;
    const { underruns, buffered, sources } = mix.stats();
    told.push([underruns, buffered, sources.length, most, jump, gap / 48]);
    most = jump = gap = 0;
  }
  return told;
}"""


class Half(NamedTuple):
    """What was heard in half a second. `buffered` at its end and `gap`, the longest silence, in ms; levels 0 to 1."""

    underruns: int
    buffered: float
    sources: int
    most: float
    jump: float
    gap: float


Late = Callable[[int], float]  # ms by which a piece comes later than on the best of lines


def in_time(_piece: int) -> float:
    return 0


def stalls(*begins: int, length: int = 200) -> Late:
    """A line on which nothing comes for so many ms, and then everything at once."""

    def late(piece: int) -> float:
        at = 20 * piece
        return max((begin + length - at for begin in begins if begin <= at < begin + length), default=0)

    return late


def line(
    seconds: int, late: Late = in_time, ppm: float = 0, lost: Callable[[int], bool] = lambda _: False
) -> list[tuple[float, int]]:
    """When pieces come, and of what time they are. `ppm`: by how much the speaker's clock is fast."""

    def pieces() -> Iterator[tuple[float, int]]:
        for piece in range(seconds * 50):
            if not lost(piece):
                yield (piece + 1) * PIECE / (1 + ppm / 1e6) + late(piece) * MS, piece * PIECE

    return sorted(pieces(), key=lambda piece: piece[0])


@pytest.fixture(scope="module")
async def page(browser: Browser, demo: Server) -> AsyncIterator[Page]:
    async with person(browser, demo.url) as one:
        await one.goto(demo.url)
        yield one


async def play(
    page: Page, pieces: Sequence[tuple[float, int]], voices: int = 1, hush: int = 0, quiet: int = 0
) -> list[Half]:
    """Half seconds from the beginning.

    `hush`: ms after which it falls silent; `quiet`: ms of each second in which the voice is.
    """
    seconds = int(pieces[-1][0] / (1000 * MS))
    given = {"pieces": pieces, "seconds": seconds, "voices": voices, "hush": hush * MS, "quiet": quiet * MS}
    return [Half(*half) for half in await page.evaluate(PLAY, given)]


def whole(halves: Sequence[Half]) -> bool:
    """Whether a tone was heard all the time, without a gap or a crack."""
    return all(half.gap < 5 and half.jump < STEP + FADES and half.most > 0.9 * LEVEL for half in halves)


async def test_voice_begins_with_fifty_milliseconds_and_stays_there(page: Page) -> None:
    halves = await play(page, line(20))
    assert halves[0].gap < 20 + 30 + 5  # the first piece, and what it waits
    assert whole(halves[1:])
    assert {half.underruns for half in halves} == {0}
    assert {half.jump < STEP for half in halves} == {True}  # nothing was cut at all
    assert all(30 <= half.buffered <= 55 for half in halves)


async def test_line_that_is_uneven_costs_as_much_as_it_is_uneven(page: Page) -> None:
    chance = random.Random(6)  # of arrivals
    even = await play(page, line(30, lambda _: chance.uniform(0, 15)))
    uneven = await play(page, line(30, lambda _: chance.uniform(0, 60)))
    assert even[-1].underruns == 0
    assert uneven[-1].underruns <= 2
    assert whole(even[1:])
    assert whole(uneven[20:])
    for halves, least, most in ((even, 20, 60), (uneven, 40, 110)):
        waiting = sum(half.buffered for half in halves[20:]) / len(halves[20:])
        assert least <= waiting <= most


async def test_after_stalls_it_waits_longer_and_then_comes_back_without_a_gap(page: Page) -> None:
    halves = await play(page, line(45, stalls(10_000, 13_000, 16_000)))
    before, during, after = halves[1:19], halves[21:36], halves[33:]
    assert whole(before)
    assert [halves[n].underruns for n in (22, 28, 34, -1)] == [1, 2, 2, 2]  # what came twice is no surprise
    assert all(150 <= half.buffered <= 300 for half in during)
    assert whole(after)
    back = next(place for place, half in enumerate(halves[33:]) if half.buffered < 150)
    assert back / 2 < 16
    assert all(half.buffered < 60 for half in halves[-6:])


async def test_late_once_is_chance_and_soon_forgotten(page: Page) -> None:
    halves = await play(page, line(25, stalls(5_000)))
    assert halves[-1].underruns == 1
    assert 200 <= max(half.buffered for half in halves[11:15]) <= 250
    assert all(half.buffered < 150 for half in halves[11 + 2 * 6 :])
    assert all(half.buffered < 60 for half in halves[11 + 2 * 11 :])
    assert whole(halves[12:])


async def test_what_is_quiet_is_left_out_first(page: Page) -> None:
    plain, pauses = [await play(page, line(30, stalls(5_200)), quiet=quiet) for quiet in (0, 600)]
    short = [next(n for n, half in enumerate(halves) if n > 12 and half.buffered < 60) for halves in (plain, pauses)]
    assert short[1] < short[0] - 6  # three seconds sooner
    assert max(half.jump for half in pauses[1:10] + pauses[12:]) < STEP + FADES


async def test_never_more_than_three_hundred_milliseconds_wait(page: Page) -> None:
    halves = await play(page, line(40, stalls(5_000, length=1_500)))
    assert max(half.buffered for half in halves) <= 300
    assert halves[-1].underruns == 1
    assert whole(halves[14:])
    assert halves[-1].buffered < 60


async def test_lost_pieces_are_short_silences_with_soft_edges(page: Page) -> None:
    halves = await play(page, line(20, lost=lambda piece: piece % 25 == 10))
    assert halves[-1].underruns == 0
    assert all(14 < half.gap < 24 for half in halves[1:])
    assert max(half.jump for half in halves) < STEP + FADES


async def test_speaker_who_pauses_is_no_bad_line(page: Page) -> None:
    halves = await play(page, line(20, lost=lambda piece: 200 < piece < 600))
    assert halves[-1].underruns == 0
    assert halves[-1].buffered == halves[7].buffered
    assert halves[14].most == 0
    assert whole(halves[25:])


@pytest.mark.parametrize("ppm", [100, -100])
async def test_clocks_that_drift_apart_are_kept_together(page: Page, ppm: int) -> None:
    chance = random.Random(ppm)  # of arrivals
    halves = await play(page, line(400, lambda _: chance.uniform(0, 5), ppm))  # apart by 40 ms in the end
    assert halves[-1].underruns == 0
    assert all(15 <= half.buffered <= 70 for half in halves)
    assert whole(halves[1:])


async def test_pieces_that_come_twice_or_in_another_order_are_put_right(page: Page) -> None:
    pieces = line(20)
    mixed = [piece for pair in zip(pieces[1::2], pieces[::2], strict=True) for piece in pair]
    ordered = [(at, time) for (at, _), (_, time) in zip(pieces, mixed, strict=True)]
    twice = sorted([*ordered, *((at + 5 * MS, time) for at, time in ordered)], key=lambda piece: piece[0])
    halves = await play(page, twice)
    assert halves[-1].underruns == 0
    assert whole(halves[2:])


async def test_voices_are_added_up_and_forgotten_when_they_end(page: Page) -> None:
    halves = await play(page, [*line(5), (30.0 * 1000 * MS, 30 * 1000 * MS)], voices=3)
    assert {half.sources for half in halves[:25]} == {3}
    assert whole(halves[1:9])
    assert {half.sources for half in halves[35:59]} == {0}


async def test_hushed_it_is_silent_within_five_milliseconds(page: Page) -> None:
    halves = await play(page, line(4), hush=2_010)
    assert whole(halves[1:4])
    assert halves[4].gap > 500 - 10 - 7
    assert halves[4].jump < STEP + FADES
    assert [half.most for half in halves[5:]] == [0, 0, 0]
    assert halves[-1].sources == 0
