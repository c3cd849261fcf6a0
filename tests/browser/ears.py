"""Mouth to ear: pages that speak bursts into a microphone, pages that hear them, and a tap on the sound of each.

A tap is a capture worklet of ours. It notes by the machine's clock when a burst begins, and how loud two tones are.
"""

import asyncio
import math
import statistics
import struct
import wave
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from playwright.async_api import Browser, Page, async_playwright

from tests.browser.hall import SILENCE
from tests.browser.people import person, room_of
from tests.served import CHROMIUM, QUIET, Server

RATE = 48_000  # samples a second
EVERY = 1.0  # seconds from one burst to the next
BURST = 0.1  # seconds that one lasts
LATEST = 0.9  # seconds within which a burst is the one that was spoken last
TAKES = 8  # of which one must be good: this machine may be busy with something else
TITLE = "The town hall without a counter"  # a room that is open, with channels for English, Arabic and German
LOUD = "--autoplay-policy=no-user-gesture-required"
LOW, HIGH = 600, 1000  # Hz of the tones that a tap tells apart: whole periods in 5 ms

SETTING = """async () => {
  const base = document.querySelector("script[type=module]").src.replace(/js\\/.*/, "js/sound/");
  const parts = await Promise.all(["context", "tickets", "engine"].map((name) => import(`${base}${name}.js`)));
  const ears = globalThis.ears = Object.assign({}, ...parts, { opened: [], lines: [], listenings: {} });
  document.addEventListener("soundline", ({ detail }) => ears.lines.push(detail.well));
  const part = (data, from, hz) => { // how much of 5 ms is this tone
    let [sine, cosine] = [0, 0];
    for (let n = 0; n < 240; n++) {
      sine += data[from + n] * Math.sin(2 * Math.PI * hz * n / 48000);
      cosine += data[from + n] * Math.cos(2 * Math.PI * hz * n / 48000);
    }
    return Math.hypot(sine, cosine) / 120;
  };
  ears.tap = async (node) => {
    const tap = await ears.worklet("capture", { channelCount: 1, channelCountMode: "explicit" });
    const clock = []; // by 20 ms, how far the machine's clock is ahead of the sound's, which stands still under load
    Object.assign(ears, { onsets: [], tones: [] });
    ears.when = (sample) => sample / 48 + Math.min(...clock.slice(Math.max(0, sample / 960 - 50), sample / 960 + 50));
    let past = 0, quiet = 0;
    tap.port.onmessage = ({ data: { samples: data } }) => {
      for (let at = 0; at < 960; at += 240) {
        ears.tones.push([past + at, part(data, at, LOW), part(data, at, HIGH)]);
      }
      for (const sample of data) {
        past++;
        if (Math.abs(sample) < 0.1) { quiet++; continue; }
        if (quiet > 9600) ears.onsets.push(past);
        quiet = 0;
      }
      clock.push(performance.timeOrigin + performance.now() - past / 48);
    };
    node.connect(tap).connect(ears.audio().destination);
  };
  ears.tone = (frequency) => {
    const source = new OscillatorNode(ears.audio(), { frequency });
    const level = new GainNode(ears.audio(), { gain: 0.4 }), stream = new MediaStreamAudioDestinationNode(ears.audio());
    source.connect(level).connect(stream);
    source.start();
    return stream.stream;
  };
  ears.microphone = async () => {
    const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: plain });
    await ears.tap(new MediaStreamAudioSourceNode(ears.audio(), { mediaStream: stream }));
    return stream;
  };
  for (let tries = 5; tries && !await ears.unlock();) tries--;
  return ears.audio().state === "running";
}""".replace("LOW", str(LOW)).replace("HIGH", str(HIGH))
SPEAK = """async ([channel, tone]) => {
  const [ticket] = await ears.tickets({ speak: channel });
  const told = { onopen: (open) => ears.opened.push(open), onend: ({ code }) => ears.opened.push(code) };
  ears.speaking = await ears.speak(ticket, tone ? ears.tone(tone) : await ears.microphone(), told);
}"""
LISTEN = """async (channels) => {
  const all = new GainNode(ears.audio());
  await ears.tap(all);
  all.connect(ears.audio().destination);
  for (const ticket of await ears.tickets({ listen: channels })) {
    const listening = ears.listenings[ticket.channel] = await ears.listen(ticket);
    listening.node.connect(all);
  }
  await ears.hear([ears.listenings[channels[0]]]);
}"""


class Tab(Protocol):
    """A page of any browser, as far as it is needed here."""

    async def evaluate(self, expression: str, given: Any = None, /) -> Any: ...


class Ear(NamedTuple):
    """What a channel's `stats` say."""

    received: int
    lost: int
    underruns: int
    buffered: float
    sources: list[int]


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def spoken(folder: Path, seconds: int = 20) -> Path:
    """A recording with a burst each second, which a browser takes for its microphone over and over."""
    path = folder / "bursts.wav"
    burst = range(int(RATE * BURST))
    loud = b"".join(struct.pack("<h", int(16_000 * math.sin(math.tau * 1000 * n / RATE))) for n in burst)
    second = (bytes(RATE) + loud).ljust(2 * int(RATE * EVERY), b"\0")  # half a second of nothing first
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(seconds * second)
    return path


@asynccontextmanager
async def chromium(recording: Path | None = None) -> AsyncIterator[Browser]:
    """A browser of a process of its own that plays without a click; with a recording, it hears that in a microphone."""
    fake = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    given = [*fake, f"--use-file-for-fake-audio-capture={recording}"] if recording else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, LOUD, *given])
        yield browser
        await browser.close()


async def enter(page: Page, address: str) -> None:
    """Go to a room's page, and have its sound at hand."""
    await page.goto(address)
    assert await page.evaluate(SETTING) is True


async def speak(page: Tab, channel: str, tone: int = 0) -> None:
    """Speak into the microphone, or a tone of so many Hz."""
    await page.evaluate(SPEAK, [channel, tone])


async def listen(page: Tab, *channels: str) -> None:
    """Have these, and hear the first."""
    await page.evaluate(LISTEN, channels)


@asynccontextmanager
async def floor(
    speaker: Browser, listener: Browser, demo: Server, ears: str = "", voice: str = "", lacking: str = ""
) -> AsyncIterator[tuple[Page, Page, str]]:
    """A moderator who speaks, somebody who hears it, and their room.

    `ears` and `voice`: by which address they came; `lacking`: a script that takes something from the ear's browser.
    """
    async with (
        person(speaker, voice or demo.url, "moderator", "Speaks Here") as mouth,
        person(listener, ears or demo.url, "participant", "Listens Here") as ear,
    ):
        await ear.add_init_script(lacking)
        room = await room_of(ear, ears or demo.url, TITLE)
        await asyncio.gather(enter(mouth, (voice or demo.url) + room), enter(ear, (ears or demo.url) + room))
        await listen(ear, "floor")
        await speak(mouth, "floor")
        yield mouth, ear, room


async def until(page: Tab, found: str, seconds: float = 10) -> None:
    """Wait until an expression holds in a page. The page's policy refuses to have it done there."""
    async with asyncio.timeout(seconds):
        while not await page.evaluate(found):  # noqa: ASYNC110  # nothing in a page tells us
            await asyncio.sleep(0.05)


# ── What was heard ───────────────────────────────────────────────────────────────────────────────────────────────────


async def stats(page: Tab, channel: str = "floor") -> Ear:
    found: dict[str, Any] = await page.evaluate("(channel) => ears.listenings[channel].stats()", channel)
    return Ear(**{name: found[name] for name in Ear._fields})


async def onsets(page: Tab) -> list[float]:
    """When the bursts began that a page has spoken or heard, in seconds."""
    found: Sequence[float] = await page.evaluate("ears.onsets.map((sample) => ears.when(sample) / 1000)")
    return list(found)


async def delays(mouth: Tab, ear: Tab, since: float = 0) -> list[float]:
    """Milliseconds from mouth to ear, of each burst that was heard since then."""
    said, heard = await onsets(mouth), await onsets(ear)
    found = []
    for at in heard:
        before = [moment for moment in said if 0 <= at - moment < LATEST]
        if before and at > since:
            found.append(1000 * (at - before[-1]))
    return found


class Take(NamedTuple):
    """Some seconds of listening: the delays of its bursts, in ms, and what its packets have met."""

    delays: list[float]
    received: int
    lost: int
    underruns: int

    @property
    def median(self) -> float:
        return statistics.median(self.delays) if self.delays else math.inf

    def __str__(self) -> str:
        low, high = min(self.delays, default=0), max(self.delays, default=0)
        return (
            f"{len(self.delays)} bursts, median {self.median:.0f} ms ({low:.0f}–{high:.0f}), "
            f"{self.received} packets, {self.lost} lost, {self.underruns} underruns"
        )


async def still(page: Tab, channel: str = "floor") -> None:
    """Wait until nothing of a channel comes any more, not even a pause."""
    before = -1
    while before != (now := (await stats(page, channel)).received):
        before = now
        await asyncio.sleep(SILENCE)


async def whole(mouth: Tab, ear: Tab, seconds: float, bursts: int) -> Take:
    """Listen to the floor for so long, until once there were enough bursts."""
    for _ in range(TAKES):
        found = await take(mouth, ear, seconds)
        print(found)
        if len(found.delays) >= bursts:
            break
    return found


async def take(mouth: Tab, ear: Tab, seconds: float) -> Take:
    """Listen to the floor for so long."""
    before, since = await stats(ear), await ear.evaluate("(performance.timeOrigin + performance.now()) / 1000")
    await asyncio.sleep(seconds)
    after = await stats(ear)
    counted = [getattr(after, name) - getattr(before, name) for name in ("received", "lost", "underruns")]
    return Take(await delays(mouth, ear, since), *counted)
