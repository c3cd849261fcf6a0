"""Frames of anything at all: each is read, refused or malformed; nothing else ever rises."""

import json
from collections.abc import Callable
from string import printable

from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.core import Refused
from rooms.wire import BY_NAME, Malformed, command, hello, parse

QUICK = settings(max_examples=300, deadline=None, database=None)
FIELDS = st.sampled_from(["do", *sorted({field for kind in BY_NAME.values() for field in kind.__struct_fields__})])
SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    SCALARS | TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=5
)
BODIES = st.dictionaries(FIELDS | TEXTS, VALUES | st.sampled_from(["q1", "en", "other", 5]), max_size=6)


def outcome(read: Callable[[], object]) -> str:
    """How reading went; anything but a refusal or a malformed frame rises."""
    try:
        read()
    except Refused as refused:
        return refused.code
    except Malformed:
        return "malformed"
    return "read"


@QUICK
@given(st.binary(max_size=200) | st.text(max_size=200) | st.text(printable, max_size=200))
def test_frame_of_anything_is_read_or_malformed(text: str | bytes) -> None:
    assert outcome(lambda: parse(text)) in ("read", "malformed")


@QUICK
@given(st.dictionaries(TEXTS, VALUES, max_size=5))
def test_frame_is_read_as_what_it_says(value: dict[str, object]) -> None:
    assert parse(json.dumps(value)) == parse(json.dumps(value, ensure_ascii=False)) == value


@QUICK
@given(st.sampled_from(sorted(BY_NAME)) | TEXTS, BODIES | VALUES, st.dictionaries(TEXTS, VALUES, max_size=1))
def test_command_of_anything_is_read_or_refused(do: str, body: object, more: dict[str, object]) -> None:
    frame = json.dumps({**more, "id": "k1", "do": do, "with": body})
    assert outcome(lambda: command(parse(frame))) in ("read", "command.invalid", "command.unknown")


@QUICK
@given(VALUES, st.dictionaries(TEXTS, VALUES, max_size=1))
def test_hello_of_anything_is_read_or_refused(value: object, more: dict[str, object]) -> None:
    frame = json.dumps({**more, "hello": value})
    assert outcome(lambda: hello(parse(frame))) in ("read", "command.invalid")
