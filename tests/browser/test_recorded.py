"""From a mouth to the archive: what a browser's microphone sends is recorded, and its clicks are a second apart."""

import asyncio
import itertools
import math
import struct
import wave
from pathlib import Path

from playwright.async_api import async_playwright, expect

from tests.browser.hall import enter
from tests.browser.test_microphone import FAKE
from tests.flows.clients import joined
from tests.flows.test_sound_recorded import sound
from tests.flows.town import Town
from tests.hosting import clicks
from tests.served import CHROMIUM, QUIET, serving

SECONDS = 8.0
STEP = 0.04  # seconds: a slot more or less at both ends


def metronome(file: Path) -> Path:
    """A tenth of a second of a tone in every second."""
    with wave.open(str(file), "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(48_000)
        loud = (math.sin(2 * math.pi * 500 * n / 48_000) if n % 48_000 < 4_800 else 0 for n in range(48_000 * 20))
        written.writeframes(b"".join(struct.pack("<h", int(20_000 * sample)) for sample in loud))
    return file


async def test_what_a_browser_sends_is_in_the_archive_in_step(tmp_path: Path) -> None:
    town = Town(tmp_path / "data")
    room = town.rooms["before-spring"]
    flags = [*QUIET, *FAKE, f"--use-file-for-fake-audio-capture={metronome(tmp_path / 'tone.wav')}"]
    with serving(town.folder, rate=0) as server:
        async with (
            joined(server, room, town.cookies["moderator"]) as crew,
            async_playwright() as playwright,
            await playwright.chromium.launch(executable_path=CHROMIUM, args=flags) as browser,
        ):
            await crew.do("room.open")
            context = await browser.new_context()
            await context.add_cookies([{"name": "austausch", "value": town.cookies["interpreter"], "url": server.url}])
            page = await context.new_page()
            await page.goto(f"{server.url}/rooms/{room}/booth/fr")
            await enter(page)
            await page.get_by_role("button", name="Open the microphone").click()
            await page.keyboard.press("Space")
            await expect(page.locator("mic-control")).to_contain_text("Your microphone is on air.")
            await crew.do("room.record", state="on")
            await expect(page.locator("recording-note")).to_have_text(
                "Recorded: what is heard and the captions are kept."
            )
            await asyncio.sleep(SECONDS)
            await crew.do("room.close")
            file = tmp_path / "fr.opus"
            file.write_bytes(await sound(server, town, room, "fr"))
    found = clicks.onsets(file)
    apart = [later - earlier for earlier, later in itertools.pairwise(found)]
    print(f"{clicks.length(file):.2f} s, {len(found)} onsets, {[round(one, 3) for one in apart]} s apart")
    assert clicks.complaints(file) == []
    assert len(found) >= SECONDS - 2
    assert max(abs(one - 1) for one in apart[1:]) <= STEP  # the first click may have begun before the recording did
