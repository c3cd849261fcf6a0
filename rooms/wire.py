"""Text to commands and back, events to stored bodies and back. Every old event ever stored is read here.

Strict JSON (RFC 8259): NaN, duplicate keys, lone surrogates and numbers beyond 2^53 are refused, with the place named.
"""

import hashlib
import json
import re
from collections.abc import Callable

import msgspec

from rooms.core import Command, Event, Language, Refused, canonised
from rooms.room import COMMANDS, EVENTS, name_of

FRAME = 16_384  # bytes of one frame from a client
SAFE_INTEGER = 2**53
DEPTH = 8  # levels of nesting; the deepest command has 3

BY_NAME: dict[str, type[Command]] = {name_of(command): command for command in COMMANDS}
BY_TYPE: dict[str, type[Event]] = {str(event.__struct_config__.tag): event for event in EVENTS}

encoder = msgspec.json.Encoder()
CONTROL = re.compile(r"[\x00-\x1f]")


class Envelope(msgspec.Struct, frozen=True):
    """A command with the id its sender gave it and the digest of its body, by which a retry is known."""

    id: str
    command: Command
    digest: bytes


class Hello(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A guest's name, and the language to speak to them in."""

    name: str
    language: Language | None = None


class Malformed(Exception):
    """A frame that is no JSON object, so that nothing in it can be answered: a protocol error."""


def parse(text: str | bytes) -> dict[str, object]:
    """Read one frame; Malformed if it is not one strict JSON object."""
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    if len(raw) > FRAME:
        raise Malformed(f"more than {FRAME} bytes")
    try:
        value = STRICT.decode(raw.decode("utf-8"))
        depth(value)
        encoder.encode(value)  # a lone surrogate has no UTF-8
    except RecursionError:
        raise Malformed("nested too deeply") from None
    except ValueError as broken:
        raise Malformed(str(broken)) from broken
    if not isinstance(value, dict):
        raise Malformed("not a JSON object")
    return value


def pairs(found: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(found)
    if len(value) != len(found):
        raise ValueError("a key stands twice in one object")
    return value


def no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def number(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return value


def integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > SAFE_INTEGER:
        raise ValueError("a number is too large")
    return int(text)


STRICT = json.JSONDecoder(object_pairs_hook=pairs, parse_constant=no_constant, parse_float=number, parse_int=integer)


def depth(value: object, left: int = DEPTH) -> None:
    if left < 0:
        raise ValueError("nested too deeply")
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        depth(inner, left - 1)


def identity(frame: dict[str, object]) -> str:
    """The command id of a frame; Malformed without a usable one, for then nothing can be answered."""
    id = frame.get("id")
    if not isinstance(id, str) or not 1 <= len(id) <= 64 or CONTROL.search(id):
        raise Malformed("id must be a text of 1 to 64 characters")
    return id


def command(frame: dict[str, object]) -> Envelope:
    """Turn a frame into a typed command; Refused names the field at fault."""
    id = identity(frame)
    for field in frame:
        if field not in ("id", "do", "with"):
            raise Refused("command.invalid", field=field)
    do = frame.get("do")
    if not isinstance(do, str):
        raise Refused("command.invalid", field="do")
    kind = BY_NAME.get(do)
    if kind is None:
        raise Refused("command.unknown", command=do)
    body = frame.get("with", {})
    if not isinstance(body, dict) or "do" in body:
        raise Refused("command.invalid", field="with")
    typed = convert(body, kind)
    digest = hashlib.sha256(encoder.encode([do, sorted(body.items())])).digest()
    return Envelope(id, typed, digest)


def convert(body: dict[str, object], kind: type[Command]) -> Command:
    try:
        typed = msgspec.convert(body, kind)
    except msgspec.ValidationError as broken:
        raise Refused("command.invalid", field=place(str(broken)), reason=str(broken)) from broken
    changed = canonised(typed)
    return msgspec.structs.replace(typed, **changed) if changed else typed


def place(message: str) -> str:
    """The field that msgspec's sentence speaks of."""
    path = re.search(r"at `\$\.?([^`]*)`", message)
    named = re.search(r"field `([^`]+)`", message)
    return (named or path)[1] if named or path else "with"  # type: ignore[index]  # one of the two has matched


def hello(frame: dict[str, object]) -> Hello:
    """Read a hello; Refused if it is not well formed."""
    if set(frame) != {"hello"}:
        raise Refused("command.invalid", field=next(iter(set(frame) - {"hello"}), "hello"))
    try:
        said = msgspec.convert(frame["hello"], Hello)
    except msgspec.ValidationError as broken:
        raise Refused("command.invalid", field=place(str(broken))) from broken
    return msgspec.structs.replace(said, **canonised(said))


def dump(event: Event) -> tuple[str, bytes]:
    """An event as it is stored: its type, and its body as JSON."""
    type = str(event.__struct_config__.tag)
    rest = encoder.encode(event)[len(f'{{"type":"{type}"') :]  # the tag comes first
    return type, b"{" + rest.removeprefix(b",")


Upcast = Callable[[dict[str, object]], dict[str, object]]

# How bodies of earlier versions become today's: type as stored → (type today, change). Empty until a type changes.
UPCASTS: dict[str, tuple[str, Upcast]] = {}


def load(type: str, body: bytes) -> Event:
    """A stored event of any age; msgspec.ValidationError or KeyError if it was never one of ours."""
    fields = msgspec.json.decode(body)
    while type in UPCASTS:
        type, change = UPCASTS[type]
        fields = change(fields)
    return msgspec.convert(fields, BY_TYPE[type], strict=False)
