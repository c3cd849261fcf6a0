"""Which packet of a recording belongs where: on which of a channel's tracks, and in which slot of 20 ms.

Pure. Every voice has a clock of its own, of which only the packets tell; here all of them are laid on the session's.
"""

import msgspec

from hosting.engine import Packet
from hosting.ogg import samples
from hosting.packets import RATE, SAMPLES

JUMP = RATE // 2  # samples by which a voice's clock may be off before it is set anew: it paused, or began again
BAD = RATE // 10  # samples beyond which no pause is waited for
WHILE = 500  # packets: ten seconds
QUIET = 8  # bytes of Opus, of which more are sound
FREE = 0.5  # seconds after a voice's last packet, after which others may have its track
TRACKS = 12  # of a channel at most
VOICES = 500  # after so many, those that have gone are forgotten


class Voice(msgspec.Struct):
    """One source. `base`: the sample of the session in which its time is 0. `least`: by how many samples a packet was
    late at least, early ones being less, in this while of so many packets; `off`: the same of the while before.
    """

    base: int
    heard: float
    least: int = RATE
    packets: int = 0
    off: int = 0


class Track(msgspec.Struct):
    """Whose it is now, since when there was nothing, and the first slot that is free."""

    voice: tuple[int, str]
    heard: float
    free: int = 0


class Tracks:
    """The tracks of one channel. `many`: several voices at once have one each; else they follow one another on one."""

    def __init__(self, many: bool) -> None:
        self.most = TRACKS if many else 1
        self.voices: dict[tuple[int, str], Voice] = {}
        self.tracks: list[Track] = []
        self.dropped = 0  # packets for which there was no place

    def place(self, packet: Packet, at: float) -> tuple[int, int] | None:
        """The number of the track, from 1, and the slot of a packet that came so many seconds after zero; None: none.

        Of two packets for one slot the first has it, and nothing goes back in time.
        """
        slot = self.slot(packet, at)
        number = self.number((packet.source, packet.person), at) if samples(packet.data) == SAMPLES else None
        if number is None or slot < self.tracks[number - 1].free:
            self.dropped += 1
            return None
        self.tracks[number - 1].free = slot + 1
        return number, slot

    def slot(self, packet: Packet, at: float) -> int:
        """Where a packet belongs, by its own time: the line may bring it late or in a burst."""
        key, came = (packet.source, packet.person), round(at * RATE)
        voice = self.voices.get(key)
        if voice is None:
            self.forget(at)
            voice = self.voices[key] = Voice(came - packet.time, at)
        late = came - (voice.base + packet.time)
        if abs(late) > JUMP:
            self.set(voice, voice.base + late)
            late = 0
        voice.heard, voice.packets, voice.least = at, voice.packets + 1, min(voice.least, late)
        if voice.packets == WHILE:
            voice.off, voice.least, voice.packets = voice.least, RATE, 0
        if abs(voice.off) >= SAMPLES and (len(packet.data) <= QUIET or abs(voice.off) > BAD):
            steps = abs(voice.off) // SAMPLES * SAMPLES  # no clock runs as another does
            self.set(voice, voice.base + (steps if voice.off > 0 else -steps))
        return (voice.base + packet.time + SAMPLES // 2) // SAMPLES

    def set(self, voice: Voice, base: int) -> None:
        voice.base, voice.least, voice.packets, voice.off = base, RATE, 0, 0

    def number(self, key: tuple[int, str], at: float) -> int | None:
        """The track that a voice has, or gets; None: there are too many at once."""
        for number, track in enumerate(self.tracks, 1):
            if track.voice == key:
                track.heard = at
                return number
        for number, track in enumerate(self.tracks, 1):
            if self.most == 1 or at - track.heard > FREE:
                track.voice, track.heard = key, at
                return number
        if len(self.tracks) == self.most:
            return None
        self.tracks.append(Track(key, at))
        return len(self.tracks)

    def forget(self, at: float) -> None:
        if len(self.voices) >= VOICES:
            self.voices = {key: voice for key, voice in self.voices.items() if at - voice.heard < FREE}
