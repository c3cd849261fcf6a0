"""The line of sound in a browser: back by itself when it was cut, with new tickets and a new source; rights that are
taken back; a microphone that is muted; an echo; and browsers without a decoder of their own.
"""

import asyncio

import pytest
from playwright.async_api import Browser, Error

from tests.browser.ears import HIGH, LOW, TITLE, enter, floor, listen, speak, stats, still, take, until, whole
from tests.browser.people import Line, do, person, reached, room_of
from tests.served import Server

FASTER = "{ const real = setInterval; setInterval = (look, ms) => real(look, ms / 4); }"
WITHOUT = "delete globalThis.AudioDecoder"  # as in browsers that are older


async def test_cut_line_comes_back_by_itself_for_speaker_and_listener(
    speaker: Browser, listener: Browser, demo: Server, weak_port: int, weak_line: Line
) -> None:
    weak = f"http://127.0.0.1:{weak_port}"
    async with floor(speaker, listener, demo, ears=weak, voice=weak) as (mouth, ear, _):
        await until(ear, "ears.onsets.length > 0")
        before = await whole(mouth, ear, 3, 2)
        first = await mouth.evaluate("ears.speaking.source")
        weak_line.cut()
        await until(ear, "ears.lines.length === 1")
        await until(mouth, "ears.lines.length === 1")
        await asyncio.sleep(1)
        weak_line.mend()
        await until(ear, "ears.lines.length === 2")
        await until(mouth, "ears.lines.length === 2 && ears.speaking.source")
        after = await whole(mouth, ear, 3, 2)
        assert await ear.evaluate("ears.lines") == await mouth.evaluate("ears.lines") == [False, True]
        assert await mouth.evaluate("ears.opened") == [True, False, True]
        assert await mouth.evaluate("ears.speaking.source") != first
        assert len(before.delays) >= 2
        assert len(after.delays) >= 2
        assert after.lost == 0


async def test_line_that_is_dead_without_a_word_is_found_out(
    speaker: Browser, listener: Browser, demo: Server, weak_port: int
) -> None:
    """Nobody speaks, and nothing comes: that alone is no sign."""
    weak = f"http://127.0.0.1:{weak_port}"
    async with (
        reached(Deaf(int(demo.url.rsplit(":", 1)[1])), weak_port) as line,
        person(listener, weak, "participant", "Hears Nothing") as ear,
    ):
        await ear.add_init_script(FASTER)
        await enter(ear, weak + await room_of(ear, weak, TITLE))
        await listen(ear, "en")
        await asyncio.sleep(5)
        assert await ear.evaluate("ears.lines") == []
        line.dead = True
        await until(ear, "ears.lines.length === 1", 5)
        line.dead = False
        await until(ear, "ears.lines.length === 2")


class Deaf(Line):
    """A line that loses all it is given, and tells nobody."""

    dead = False

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while self.up and (data := await reader.read(65_536)):
            if not self.dead:
                writer.write(data)
        writer.transport.abort()


async def test_muted_microphone_sends_nothing_and_is_heard_again_at_once(
    speaker: Browser, listener: Browser, demo: Server
) -> None:
    async with floor(speaker, listener, demo) as (mouth, ear, _):
        await until(ear, "ears.onsets.length > 0")
        await mouth.evaluate("ears.speaking.mute(true)")
        await still(ear)
        before = await stats(ear)
        muted = await take(mouth, ear, 2)
        await mouth.evaluate("ears.speaking.mute(false)")
        again = await whole(mouth, ear, 3, 2)
        assert (muted.received, muted.delays) == (0, [])
        assert len(again.delays) >= 2
        assert again.lost == 0
        assert (await stats(ear)).sources == before.sources


async def test_microphone_passes_only_on_air_and_ends_where_the_same_person_opens_another(
    listener: Browser, demo: Server
) -> None:
    refused = ("status of 400",)  # which a browser's console has to tell
    async with (
        person(listener, demo.url, "interpreter", "Has Two Desks", refused) as booth,
        person(listener, demo.url, "interpreter", "Has Two Desks") as other,
        person(listener, demo.url, "participant", "Notices It") as ear,
    ):
        room = await room_of(ear, demo.url, TITLE)
        places = ((booth, f"{room}/booth/de"), (other, f"{room}/booth/de"), (ear, room))
        await asyncio.gather(*(enter(page, demo.url + place) for page, place in places))
        with pytest.raises(Error, match="Please enter the booth first"):
            await speak(booth, "de", LOW)
        await do(booth, demo.url, room, "booth.enter", language="de")
        await speak(booth, "de", LOW)
        await listen(ear, "de")
        await until(booth, "ears.opened.length === 1")
        await asyncio.sleep(0.5)
        assert await booth.evaluate("ears.opened") == [False]
        assert (await stats(ear, "de")).received == 0  # a microphone is no right to be heard
        await do(booth, demo.url, room, "booth.on_air", language="de")
        await until(ear, "ears.listenings.de.stats().received > 20 && ears.tones.at(-1)[1] > 0.2")
        await speak(other, "de", HIGH)
        await until(ear, "ears.tones.at(-1)[2] > 0.2")
        await until(booth, "ears.opened.length === 4")
        assert await booth.evaluate("ears.opened") == [False, True, False, "sound.revoked"]
        await until(other, "ears.opened.length === 1")
        assert await other.evaluate("ears.opened") == [True]
        await do(booth, demo.url, room, "booth.leave", language="de")
        await until(ear, "performance.now() - ears.listenings.de.lastSound > 500")


async def test_echo_brings_ones_own_voice_back_and_nobody_else_hears_it(speaker: Browser, demo: Server) -> None:
    async with person(speaker, demo.url, "participant", "Tries It") as alone:
        room = await room_of(alone, demo.url, TITLE)
        await enter(alone, demo.url + room)
        await alone.evaluate(
            """async () => {
              ears.echoed = await ears.echo(ears.tone(600));
              await ears.tap(ears.echoed.node);
            }"""
        )
        await until(alone, "ears.echoed.stats().received > 50 && ears.tones.at(-1)[1] > 0.2")
        counted = await alone.evaluate("ears.echoed.stats()")
        assert counted["lost"] == 0
        assert 0.2 < counted["level"] < 0.4
        await alone.evaluate("ears.echoed.close()")


async def test_browser_without_a_decoder_hears_by_webassembly(
    speaker: Browser, listener: Browser, demo: Server
) -> None:
    async with floor(speaker, listener, demo, lacking=WITHOUT) as (mouth, ear, _):
        await until(ear, "ears.onsets.length > 0")
        found = await whole(mouth, ear, 5, 4)
        assert await ear.evaluate("[typeof AudioDecoder, typeof globalThis['opus-decoder']]") == ["undefined", "object"]
        assert len(found.delays) >= 4
        assert found.lost == 0
