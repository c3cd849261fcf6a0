"""A relay and a recorder on one clock, which only the test moves: what is said when is known to the sample."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from hosting import files, recordings
from hosting.database import Database
from hosting.engine import Spec
from hosting.files import LocalFiles
from hosting.ogg import pages
from hosting.packets import SAMPLES, Head, packet
from hosting.recording import Recording
from hosting.recordings import Tape
from hosting.relay import EmbeddedRelay
from hosting.tapes import Tapes
from tests.flows.lines import Line
from tests.hosting.programmes import NOW

WAIT = 10.0  # seconds for what is written in its own time
BEGAN = 5_000.0  # on the monotonic clock
Cue = tuple[float, "Microphone", int]  # seconds since zero, who sends, and which packet of what they say


class Microphone:
    """One source: what it says, from its first packet on; its own time goes on with every packet, sent or lost."""

    def __init__(self, studio: "Studio", person: str, channel: str, says: Sequence[bytes]) -> None:
        self.studio, self.person, self.channel, self.says = studio, person, channel, says

    async def opens(self) -> None:
        relay, room = self.studio.relay, self.studio.room
        ticket = await relay.grant(self.person, room, self.channel, "speak", 60)
        self.line = relay.open(Line(), self.person, room)
        redeemed = self.line.redeem(ticket.token)
        assert redeemed is not None
        assert redeemed.source is not None
        self.number, self.source = redeemed.number, redeemed.source

    def sends(self, place: int, time: int | None = None) -> None:
        head = Head(self.number, self.source, place, place * SAMPLES if time is None else time)
        self.line.hear_packet(packet(head, self.says[place]))


class Studio:
    """One room of a database. `zero` is now, and it is recorded from then on unless a test stops it."""

    def __init__(self, database: Database, room: str, folder: Path, reserve: int = 0) -> None:
        self.database, self.room, self.folder = database, room, folder
        self.seconds = 0.0  # since zero
        self.kept = LocalFiles(folder)
        self.relay = EmbeddedRelay(clock=lambda: BEGAN + self.seconds)
        self.tapes = Tapes(database, self.kept, folder / "recording", reserve)
        self.channels: list[str] = []
        self.recording = Recording(
            self.tapes,
            self.relay,
            lambda: BEGAN + self.seconds,
            lambda: NOW + timedelta(seconds=self.seconds),
        )

    async def opens(self, *channels: str) -> None:
        for channel in channels:
            await self.relay.ensure_channel(self.room, channel, Spec(many=channel == "floor"))
        self.channels += channels

    async def records(self) -> None:
        self.recording.start(self.room, NOW, self.channels)

    async def voice(self, person: str, channel: str, says: Sequence[bytes]) -> Microphone:
        """A microphone whose sound passes; on the floor beside those there are."""
        one = Microphone(self, person, channel, says)
        await one.opens()
        stats = await self.relay.stats(self.room, channel)
        persons = stats.voices | {person} if channel == "floor" else {person}
        await self.relay.set_active(self.room, channel, persons)
        return one

    async def play(self, cues: Iterable[Cue], until: float) -> None:
        """Send what is cued at its moments, and let the time come."""
        for seconds, microphone, place in sorted(cues, key=lambda cue: cue[0]):
            self.seconds = max(self.seconds, seconds)
            microphone.sends(place)
            await asyncio.sleep(0)  # whoever taps has a turn
        self.seconds = until
        for _ in range(3):
            await asyncio.sleep(0)

    async def stops(self) -> None:
        self.recording.stop(self.room)
        await self.recording.settled(self.room)

    async def until(self, found: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT):
            while not found():  # noqa: ASYNC110  # there is no event for what is on a disk
                await asyncio.sleep(0.02)

    def on_disk(self, channel: str) -> int:
        """How many packets have reached the file of a channel that is being written."""
        there = [self.tapes.at(row.id) for row in self.rows() if row.channel == channel]
        heard = [pages(file.read_bytes()) for file in there if file.exists()]
        return sum(len(page.packets) for file in heard for page in list(file)[2:])

    def broken(self) -> bool:
        """Whether all files have ended where the disk did, and have their place."""
        return {row.state for row in self.rows()} == {"broken"} and all(file.exists() for file in self.files().values())

    def rows(self) -> list[Tape]:
        return self.database.read_now(lambda sql: recordings.of_room(sql, self.room))

    def files(self) -> Mapping[tuple[str, int], Path]:
        """What is finished, by channel and lane."""
        return {(row.channel, row.lane): self.kept.at(files.original(row.digest)) for row in self.rows() if row.digest}

    async def closes(self) -> None:
        await self.recording.close()


def spoken(microphone: Microphone, at: float, first: int = 0, last: int | None = None) -> list[Cue]:
    """Packets at their pace: number `first` at a moment, and so on to before `last`."""
    places = range(first, len(microphone.says) if last is None else last)
    return [(at + number * 0.02, microphone, place) for number, place in enumerate(places)]
