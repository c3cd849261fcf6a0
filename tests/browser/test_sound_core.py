"""Sound from one browser to another through the real server: how late it is, what becomes of it on a bad line, and that
nobody hears two languages at once.
"""

import asyncio
import math

from playwright.async_api import Browser

from tests.browser.ears import HIGH, LOW, TAKES, TITLE, enter, floor, listen, speak, take, until, whole
from tests.browser.people import Stalling, do, person, reached, room_of
from tests.served import Server

GOOD = 120  # ms from mouth to ear
BACK = 20  # seconds in which it is in time again
HEARD = "ears.listenings.{}.stats().received > 20 && ears.tones.at(-1)[{}] > 0.2"  # a channel, the place of its tone


async def test_voice_reaches_the_ear_soon_and_whole(speaker: Browser, listener: Browser, demo: Server) -> None:
    async with floor(speaker, listener, demo) as (mouth, ear, _):
        for _ in range(TAKES):
            found = await take(mouth, ear, 5)
            print(found)
            if len(found.delays) >= 4 and found.median <= GOOD and found.underruns <= 2:
                break
        assert await mouth.evaluate("ears.opened") == [True]
        assert len(found.delays) >= 4
        assert found.median <= GOOD
        assert found.lost == 0
        assert found.underruns <= 2


async def test_after_stalls_of_the_line_the_voice_is_soon_in_time_again(
    speaker: Browser, listener: Browser, demo: Server, weak_port: int
) -> None:
    async with (
        reached(Stalling(int(demo.url.rsplit(":", 1)[1])), weak_port) as line,
        floor(speaker, listener, demo, ears=f"http://127.0.0.1:{weak_port}") as (mouth, ear, _),
    ):
        await until(ear, "ears.onsets.length > 0")
        before, clock = await whole(mouth, ear, 3, 2), asyncio.get_running_loop().time
        for _ in range(TAKES):  # it may be in time again before the next burst
            for _ in range(3):
                await line.stall(0.2)
                await asyncio.sleep(0.3)
            ended = clock()
            late, now = [await take(mouth, ear, 2) for _ in range(2)]
            while min(now.delays, default=200) >= 200 and clock() - ended < BACK:
                now = await take(mouth, ear, 2)
            print(f"before {before}; at once {late}; after {clock() - ended:.0f} s {now}")
            if 200 < late.median <= before.median + 300 and min(now.delays, default=200) < 200:
                break
        assert late.median > 200  # else nothing was late
        assert late.median <= before.median + 300
        assert min(now.delays, default=200) < 200
        assert (late.lost, now.lost) == (0, 0)


SWITCH = """async (channel) => {
  const since = performance.timeOrigin + performance.now(), from = ears.tones.length;
  await ears.hear([ears.listenings[channel]]);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return ears.tones.slice(from).map(([at, ...levels]) => [ears.when(at) - since, ...levels]);
}"""


async def test_switching_never_lets_two_languages_be_heard(speaker: Browser, listener: Browser, demo: Server) -> None:
    async with (
        person(speaker, demo.url, "moderator", "Speaks Low") as low,
        person(speaker, demo.url, "interpreter", "Speaks High") as high,
        person(listener, demo.url, "participant", "Switches") as ear,
    ):
        room = await room_of(ear, demo.url, TITLE)
        await do(high, demo.url, room, "booth.enter", language="ar")
        await do(high, demo.url, room, "booth.on_air", language="ar")
        places = ((low, room), (high, f"{room}/booth/ar"), (ear, room))
        await asyncio.gather(*(enter(page, demo.url + place) for page, place in places))
        await asyncio.gather(speak(low, "floor", LOW), speak(high, "ar", HIGH), listen(ear, "floor", "ar"))
        await asyncio.gather(*(until(page, "ears.opened.at(-1) === true") for page in (low, high)))

        async def switch(old: str, new: str) -> bool:
            """Whether it was soon, and without a click; never are both heard."""
            was, now = (1, 2) if old == "floor" else (2, 1)
            await until(ear, HEARD.format(old, was))
            tones = await ear.evaluate(SWITCH, new)
            both = [place for place, tone in enumerate(tones) if tone[1] > 0.05 and tone[2] > 0.05]  # of 5 ms each
            assert [place for place in both if place + 1 in both] == []  # one alone may be the click of a late packet
            left = max((t[0] for t in tones if t[was] > 0.05), default=0)
            came = min((t[0] for t in tones if t[now] > 0.05), default=math.inf)
            print(f"{old} ended after {left:.0f} ms, {new} began after {came:.0f} ms")
            await until(ear, HEARD.format(new, now))
            return not both and left < 100 and came < 500 and tones[-1][now] > 0.2

        for _ in range(TAKES):
            soon = [await switch(*way) for way in (("floor", "ar"), ("ar", "floor"), ("floor", "ar"))]
            if all(soon):
                break
            await switch("ar", "floor")
        assert soon == [True, True, True]
        await do(high, demo.url, room, "booth.leave", language="ar")
