"""Mouth to ear: pages that speak bursts of sound into a microphone, and pages that hear them, each with a tap on its sound.

A tap is a capture worklet of ours: it notes by the machine's clock when a burst begins.
"""

import math
import statistics
import struct
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from playwright.async_api import Page

from tests.served import QUIET

RATE = 48_000  # samples a second
EVERY = 1.0  # seconds from one burst to the next
BURST = 0.1  # seconds that one lasts
LATEST = 0.9  # seconds within which a burst is the one that was spoken last

SETTING = """async () => {
  const base = new URL(document.querySelector("script[type=module]").src.replace(/js\\/.*/, "js/sound/"));
  const [context, tickets, engine] = await Promise.all(["context", "tickets", "engine"].map((name) => import(`${base}${name}.js`)));
  const ears = globalThis.ears = { ...context, ...tickets, ...engine, base, onsets: [], offset: Infinity, opened: [], told: [] };
  document.addEventListener("soundline", ({ detail }) => ears.told.push(detail.well));
  ears.tap = async (node) => {
    const tap = await ears.worklet("capture", { channelCount: 1, channelCountMode: "explicit" });
    let past = 0, quiet = 0;
    tap.port.onmessage = ({ data }) => {
      for (const sample of data) {
        past++;
        if (Math.abs(sample) < 0.1) { quiet++; continue; }
        if (quiet > 9600) ears.onsets.push(past / 48);
        quiet = 0;
      }
      ears.offset = Math.min(ears.offset, performance.timeOrigin + performance.now() - past / 48);
    };
    node.connect(tap).connect(ears.audio().destination);
    if (!(node instanceof MediaStreamAudioSourceNode)) node.connect(ears.audio().destination);
  };
  return ears.unlock();
}"""
SPEAK = """async (channel) => {
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  ears.stream ??= await navigator.mediaDevices.getUserMedia({ audio: plain });
  if (!ears.onsets.length && ears.offset === Infinity) await ears.tap(new MediaStreamAudioSourceNode(ears.audio(), { mediaStream: ears.stream }));
  const [ticket] = await ears.tickets({ speak: channel });
  ears.speaking = await ears.speak(ticket, ears.stream, { onopen: (open) => ears.opened.push(open), onend: ({ code }) => ears.opened.push(code) });
}"""
LISTEN = """async (channels) => {
  ears.listenings ??= {};
  for (const ticket of await ears.tickets({ listen: channels })) {
    const listening = ears.listenings[ticket.channel] = await ears.listen(ticket);
    await ears.tap(listening.node);
  }
  await ears.hear(channels.slice(0, 1).map((channel) => ears.listenings[channel]));
}"""


class Ear(NamedTuple):
    """What a channel's `stats` say."""

    received: int
    lost: int
    underruns: int
    buffered: float
    sources: list[int]


def spoken(folder: Path, seconds: int = 20) -> Path:
    """A recording with a burst each second, which a browser takes for its microphone over and over."""
    path = folder / "bursts.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        burst = range(int(RATE * BURST))
        loud = b"".join(struct.pack("<h", int(16_000 * math.sin(math.tau * 1000 * n / RATE))) for n in burst)
        second = bytes(RATE) + loud  # half a second of nothing first
        out.writeframes(seconds * second.ljust(2 * int(RATE * EVERY), b"\0"))
    return path


def mouth(recording: Path) -> list[str]:
    """Arguments of a browser that hears a recording in its microphone, and does not ask whether it may."""
    fake = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    return [*QUIET, *fake, f"--use-file-for-fake-audio-capture={recording}", *LOUD]


LOUD = ["--autoplay-policy=no-user-gesture-required"]


async def enter(page: Page, address: str) -> None:
    """Go to a room's page, and have its sound at hand."""
    await page.goto(address)
    assert await page.evaluate(SETTING) is True


async def stats(page: Page, channel: str = "floor") -> Ear:
    found: dict[str, Any] = await page.evaluate("(channel) => ears.listenings[channel].stats()", channel)
    return Ear(**{name: found[name] for name in Ear._fields})


async def onsets(page: Page) -> list[float]:
    """When the bursts began that a page has spoken or heard, in seconds."""
    found: Sequence[float] = await page.evaluate("ears.onsets.map((at) => at + ears.offset)")
    return [at / 1000 for at in found]


def delays(said: Sequence[float], heard: Sequence[float]) -> list[float]:
    """Milliseconds from mouth to ear, of each burst that was heard."""
    found = []
    for at in heard:
        before = [moment for moment in said if 0 <= at - moment < LATEST]
        if before:
            found.append(1000 * (at - before[-1]))
    return found


def told(name: str, found: Sequence[float], ear: Ear) -> str:
    """One line of figures."""
    low, middle, high = min(found), statistics.median(found), max(found)
    return (
        f"{name}: {len(found)} bursts, median {middle:.0f} ms ({low:.0f}–{high:.0f}), "
        f"{ear.received} packets, {ear.lost} lost, {ear.underruns} underruns, {ear.buffered:.0f} ms wait"
    )
