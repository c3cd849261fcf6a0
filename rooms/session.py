"""One connection's protocol without I/O: text in, what to do out. Size, JSON, rate and the form of frames."""

from math import ceil

import msgspec

from rooms.core import Receipt, Refused
from rooms.wire import Envelope, Hello, Malformed, command, encoder, hello, identity, parse

BURST = 10  # commands at once
CREW = 5  # times the participants' rate


class Do(msgspec.Struct, frozen=True):
    """Carry out a command; answer it with `done` or `refused`."""

    envelope: Envelope


class Greet(msgspec.Struct, frozen=True):
    """A guest gave a name."""

    hello: Hello


class Deny(msgspec.Struct, frozen=True):
    """Answer `no` to this id; None where the frame had none that could be read."""

    id: str | None
    refused: Refused


class End(msgspec.Struct, frozen=True):
    """Say bye and close: the frame was no command."""

    code: int
    reason: str


class Bucket:
    """A person's commands: a bucket of `burst`, refilled at `rate` a second; rate 0 is no limit. Times in seconds."""

    def __init__(self, rate: float, burst: float = BURST) -> None:
        self.rate, self.burst, self.left, self.at = rate, burst, float(burst), 0.0

    def take(self, now: float, factor: float = 1.0) -> float:
        """Take one; 0, or the seconds until the next is there. `factor` multiplies rate and burst."""
        if self.rate == 0:
            return 0.0
        self.left = min(self.burst, self.left + (now - self.at) * self.rate)
        self.at = now
        cost = 1 / factor
        if self.left < cost:
            return (cost - self.left) / self.rate
        self.left -= cost
        return 0.0


def receive(text: str | bytes, bucket: Bucket, now: float, crew: bool) -> Do | Greet | Deny | End:
    """What one frame from a client asks for. Never raises."""
    id: str | None = None
    try:
        frame = parse(text)
        greets = "hello" in frame
        id = None if greets else identity(frame)
        after = bucket.take(now, CREW if crew else 1)
        if after:
            raise Refused("rate.limited", after=ceil(after * 100) / 100)  # never a moment too early
        return Greet(hello(frame)) if greets else Do(command(frame))
    except Refused as refused:
        return Deny(id, refused)
    except Malformed as broken:
        return End(4000, str(broken))


def cursor(text: str | None) -> tuple[str, int] | None:
    """EPOCH:SEQ; None for none or one that cannot be read, which is answered with a snapshot."""
    epoch, colon, seq = (text or "").rpartition(":")
    if not colon or not seq.isascii() or not seq.isdigit() or len(seq) > 15:
        return None
    return epoch, int(seq)


def done(receipt: Receipt) -> bytes:
    return encoder.encode({"re": receipt.id, "ok": receipt.ok, "seq": receipt.seq})


def denied(id: str | None, refused: Refused, text: str) -> dict[str, object]:
    """The `no` of a refusal; `text` is in the person's language."""
    no: dict[str, object] = {"code": refused.code, "text": text}
    if "after" in refused.facts:
        no["after"] = refused.facts["after"]
    return {"re": id, "no": no}


def bye(code: int, text: str, after: float = 0) -> bytes:
    return encoder.encode({"bye": {"code": code, "text": text, "after": after}})
