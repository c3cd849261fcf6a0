"""Frames from outside: strict JSON, commands with the exact field at fault, the digest by which a retry is known."""

import pytest

from rooms import agenda, booths, captions, interpretation, questions, slides
from rooms.core import Command, Refused
from rooms.lifecycle import Open
from rooms.wire import DEPTH, FRAME, Hello, Malformed, command, hello, identity, parse


def padded(size: int, filling: str = "x") -> str:
    """A frame of so many bytes."""
    empty = '{"a":""}'
    return empty.replace('""', f'"{filling * ((size - len(empty)) // len(filling.encode()))}"')


# ── Strict JSON ──────────────────────────────────────────────────────────────────────────────────────────────────────

MALFORMED: dict[str, str | bytes] = {
    "nothing": "",
    "blanks": " \n",
    "not a number": '{"a":NaN}',
    "infinity": '{"a":Infinity}',
    "minus infinity": '{"a":[-Infinity]}',
    "a key twice": '{"a":1,"a":1}',
    "a key twice, nested": '{"a":{"b":1,"c":{"d":1,"d":2}}}',
    "a key twice, written otherwise": '{"a":1,"\\u0061":2}',
    "a key twice, in a list": '{"a":[{"b":1,"b":2}]}',
    "a lone high surrogate": '{"a":"\\ud800"}',
    "a lone low surrogate": '{"a":"\\udc00 and more"}',
    "surrogates in the wrong order": '{"a":"\\udc00\\ud800"}',
    "a lone surrogate in a key": '{"\\ud800":1}',
    "a lone surrogate, raw": '{"a":"\ud800"}',
    "a lone surrogate, raw bytes": b'{"a":"\xed\xa0\x80"}',
    "bytes that are no UTF-8": b'{"a":"\xff"}',
    "an overlong encoding": b'{"a":"\xc0\xaf"}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "too deep": '{"a":' + "[" * DEPTH + "1" + "]" * DEPTH + "}",
    "far too deep": '{"a":' + "[" * 8_000,
    "far too deep, objects": '{"a":' * 3_000,
    "too large an integer": '{"a":9007199254740993}',
    "too small an integer": '{"a":-9007199254740993}',
    "a number of 5,000 digits": '{"a":' + "9" * 5_000 + "}",
    "too large a float": '{"a":1e999}',
    "a byte too long": padded(FRAME + 1),
    "too long in bytes, not in characters": padded(FRAME + 4, "🌍"),
    "a list": "[]",
    "a text": '"hello"',
    "null": "null",
    "something behind": '{"a":1} {"b":2}',
    "a comma behind": '{"a":1,}',
    "a byte order mark": '\ufeff{"a":1}',
    "a byte order mark, raw bytes": b'\xef\xbb\xbf{"a":1}',
    "single quotes": "{'a':1}",
    "a raw line break in a text": '{"a":"\n"}',
    "cut off": '{"a":',
}


@pytest.mark.parametrize("frame", MALFORMED.values(), ids=MALFORMED)
def test_frame_that_is_not_one_strict_json_object_is_malformed(frame: str | bytes) -> None:
    with pytest.raises(Malformed):
        parse(frame)


@pytest.mark.parametrize(
    ("frame", "value"),
    [
        ("{}", {}),
        (' {"a" : 1}\n', {"a": 1}),
        (b'{"a":"\xf0\x9f\x8c\x8d"}', {"a": "🌍"}),
        ('{"a":"\\ud83c\\udf0d"}', {"a": "🌍"}),
        ('{"a":[9007199254740992,-9007199254740992,0.5]}', {"a": [2**53, -(2**53), 0.5]}),
        ('{"a":{"b":1},"b":{"b":1}}', {"a": {"b": 1}, "b": {"b": 1}}),
        ('{"a":' + "[" * (DEPTH - 1) + "1" + "]" * (DEPTH - 1) + "}", {"a": [[[[[[[1]]]]]]]}),
        (padded(FRAME), {"a": "x" * (FRAME - 8)}),
    ],
)
def test_frame_that_is_strict_json_is_read(frame: str | bytes, value: object) -> None:
    assert parse(frame) == value


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def frame(do: object, body: object = None) -> dict[str, object]:
    return {"id": "k1", "do": do, "with": {} if body is None else body}


ASK = {"text": "Why?", "language": "en"}
ADD = {"title": "Photo", "kind": "other", "minutes": 5}
LINE = {"text": "Hello", "language": "en"}
INVALID: list[tuple[dict[str, object], str]] = [
    ({"id": "k1"}, "do"),
    (frame(7), "do"),
    (frame(None), "do"),
    (frame("room.open") | {"now": True}, "now"),
    (frame("room.open", []), "with"),
    (frame("room.open", "now"), "with"),
    ({"id": "k1", "do": "room.open", "with": None}, "with"),
    (frame("question.ask", {**ASK, "do": "question.ask"}), "with"),
    (frame("room.open", {"room": "r1"}), "room"),
    (frame("question.ask", {**ASK, "by": "p9"}), "by"),
    (frame("question.ask", {"text": "Why?"}), "language"),
    (frame("question.ask", {"language": "en"}), "text"),
    (frame("question.ask", {**ASK, "text": 7}), "text"),
    (frame("question.ask", {**ASK, "text": None}), "text"),
    (frame("question.ask", {**ASK, "language": "e"}), "language"),
    (frame("question.ask", {**ASK, "language": "en-a1"}), "language"),  # no browser can name it
    (frame("question.ask", {**ASK, "language": "de-xx-yy"}), "language"),
    (frame("question.ask", {**ASK, "language": "en\n"}), "language"),
    (frame("question.ask", {**ASK, "to": ""}), "to"),
    (frame("question.ask", {**ASK, "to": "c" * 65}), "to"),
    (frame("question.ask", {**ASK, "anonymous": 1}), "anonymous"),
    (frame("question.queue", {"question": "q1", "after": 3}), "after"),
    (frame("question.publish", {"question": "q1", "was": "lost"}), "was"),
    (frame("question.decline", {"question": "q1", "reason": " "}), "reason"),
    (frame("question.decline", {"question": "q1", "reason": "x" * 501}), "reason"),
    (frame("agenda.add", {**ADD, "title": "\t"}), "title"),
    (frame("agenda.add", {**ADD, "title": "x" * 201}), "title"),
    (frame("agenda.add", {**ADD, "kind": "party"}), "kind"),
    (frame("agenda.add", {**ADD, "minutes": 0}), "minutes"),
    (frame("agenda.add", {**ADD, "minutes": 601}), "minutes"),
    (frame("agenda.add", {**ADD, "minutes": 5.0}), "minutes"),
    (frame("agenda.add", {**ADD, "minutes": "5"}), "minutes"),
    (frame("agenda.add", {**ADD, "minutes": True}), "minutes"),
    (frame("agenda.move", {"item": "a1"}), "after"),
    (frame("agenda.extend", {"item": "a1", "minutes": 5, "how": "hope"}), "how"),
    (frame("agenda.start", {"item": ["a1"]}), "item"),
    (frame("room.record", {"state": "yes"}), "state"),
    (frame("channel.choose", {"language": "Floor"}), "language"),
    (frame("channel.open", {"language": "floor"}), "language"),  # is there always
    (frame("booth.enter", {}), "language"),
    (frame("booth.enter", {"language": "fr", "person": "i1"}), "person"),
    (frame("booth.relay", {"language": "fr"}), "of"),
    (frame("booth.relay", {"language": "fr", "of": "stage"}), "of"),
    (frame("contribution.confirm", {"contribution": "c1", "was": "lost"}), "was"),
    (frame("contribution.submit", {"contribution": "c1"}), "presentation"),
    (frame("contribution.return", {"contribution": "c1", "note": " "}), "note"),
    (frame("contribution.return", {"contribution": "c1", "note": "x" * 2_001}), "note"),
    (frame("slides.show", {"presentation": "d1", "page": 0}), "page"),
    (frame("slides.show", {"presentation": "d1", "page": 1.5}), "page"),
    (frame("caption.add", {"language": "en"}), "text"),
    (frame("caption.add", {**LINE, "from": -1}), "from"),
    (frame("caption.add", {**LINE, "to": "12"}), "to"),
    (frame("caption.add", {**LINE, "start": 1}), "start"),
    (frame("caption.add", {**LINE, "speaker": "x" * 81}), "speaker"),
    (frame("caption.add", {**LINE, "source": "machine"}), "source"),
]


@pytest.mark.parametrize(("wrong", "field"), INVALID)
def test_command_that_is_invalid_names_the_field_at_fault(wrong: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refused:
        command(wrong)
    assert (refused.value.code, refused.value.facts["field"]) == ("command.invalid", field)


@pytest.mark.parametrize(
    "do", ["", "room", "room.dance", "Room.open", "room.opened", "question.asked", "booth.lapse", "booth.depart"]
)
def test_command_that_does_not_exist_is_unknown(do: str) -> None:
    with pytest.raises(Refused) as refused:
        command(frame(do))
    assert (refused.value.code, refused.value.facts) == ("command.unknown", {"command": do})


@pytest.mark.parametrize(
    ("body", "typed"),
    [
        (frame("room.open"), Open()),
        ({"id": "k1", "do": "room.open"}, Open()),
        (frame("question.ask", ASK), questions.Ask("Why?", "en")),
        (frame("question.ask", {**ASK, "to": None, "anonymous": True}), questions.Ask("Why?", "en", None, True)),
        (frame("question.queue", {"question": "q1"}), questions.Queue("q1")),
        (frame("question.queue", {"question": "q1", "after": None}), questions.Queue("q1", None)),
        (frame("agenda.add", ADD), agenda.Add("Photo", "other", 5)),
        (frame("channel.choose", {"language": "floor"}), interpretation.Choose("floor")),
        (frame("channel.open", {"language": "zh-Hant"}), interpretation.OpenChannel("zh-Hant")),
        (frame("booth.relay", {"language": "fr", "of": "floor"}), booths.Relay("fr", "floor")),
        (frame("booth.relay", {"language": "fr", "of": None}), booths.Relay("fr", None)),
        (frame("caption.add", {**LINE, "from": 1, "to": 2.5}), captions.Add("Hello", "en", None, 1.0, 2.5)),
        (frame("slides.show", {"presentation": "d1", "page": 3}), slides.Show("d1", 3)),
    ],
)
def test_command_is_read_as_its_type(body: dict[str, object], typed: Command) -> None:
    envelope = command(body)
    assert (envelope.id, envelope.command) == ("k1", typed)


@pytest.mark.parametrize("id", ["k", "k" * 64, "ключ", "🌍" * 64])
def test_command_id_is_any_text_of_1_to_64_characters(id: str) -> None:
    assert identity({"id": id}) == id


@pytest.mark.parametrize("wrong", [{}, *({"id": id} for id in ("", "k" * 65, 7, None, ["k"], "k\n1", "\x00"))])
def test_command_without_a_usable_id_is_malformed(wrong: dict[str, object]) -> None:
    for read in (identity, command):
        with pytest.raises(Malformed):
            read({**wrong, "do": "room.open"})


def test_command_digest_is_the_same_for_the_same_body_in_another_order() -> None:
    turned: dict[str, object] = {"with": dict(reversed(ASK.items())), "do": "question.ask", "id": "another"}
    assert command(frame("question.ask", ASK)).digest == command(turned).digest
    assert command({"id": "k1", "do": "room.open"}).digest == command(frame("room.open")).digest


def test_command_digest_is_another_for_another_body_or_verb() -> None:
    frames = [
        frame("question.ask", ASK),
        frame("question.ask", {**ASK, "text": "Why"}),
        frame("question.ask", {**ASK, "anonymous": True}),
        frame("question.vote", {"question": "q1"}),
        frame("question.unvote", {"question": "q1"}),
        frame("question.vote", {"question": "q2"}),
    ]
    assert len({command(frame).digest for frame in frames}) == len(frames)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"hello": {}}, "name"),
        ({"hello": {"name": 7}}, "name"),
        ({"hello": {"name": "Rania", "language": 7}}, "language"),
        ({"hello": {"name": "Rania", "language": "Arabic, please"}}, "language"),
        ({"hello": {"name": "Rania", "email": "r@example.org"}}, "email"),
        ({"hello": {"name": "Rania"}, "do": "room.open"}, "do"),
        ({"hello": None}, "with"),
    ],
)
def test_hello_that_is_invalid_names_the_field_at_fault(wrong: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refused:
        hello(wrong)
    assert (refused.value.code, refused.value.facts["field"]) == ("command.invalid", field)


def test_hello_is_a_name_and_perhaps_a_language() -> None:
    assert hello({"hello": {"name": "Rania", "language": "ar"}}) == Hello("Rania", "ar")
