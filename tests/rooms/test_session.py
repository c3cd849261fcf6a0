"""One connection's protocol: what a frame asks for, how often one may ask, and the texts that go back."""

import json
import math

import pytest

from rooms.core import Receipt, Refused
from rooms.session import Bucket, Deny, Do, End, Greet, bye, cursor, denied, done, receive
from rooms.wire import FRAME, Hello, command, parse

ASK = '{"id":"k1","do":"question.ask","with":{"text":"Why?","language":"en"}}'


def received(text: str | bytes) -> Do | Greet | Deny | End:
    return receive(text, Bucket(2), 0, crew=False)


# ── What a frame asks for ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("frame", [ASK, ASK.encode()], ids=["text", "bytes"])
def test_session_does_a_command(frame: str | bytes) -> None:
    assert received(frame) == Do(command(parse(ASK)))


@pytest.mark.parametrize(
    ("frame", "hello"),
    [
        ('{"hello":{"name":"Rania"}}', Hello("Rania")),
        ('{"hello":{"name":"Rania","language":"ar"}}', Hello("Rania", "ar")),
    ],
)
def test_session_greets_a_guest(frame: str, hello: Hello) -> None:
    assert received(frame) == Greet(hello)


@pytest.mark.parametrize(
    ("frame", "id", "code", "field"),
    [
        ('{"id":"k1","do":"question.ask","with":{"text":"Why?"}}', "k1", "command.invalid", "language"),
        ('{"id":"k1","do":"room.open","now":true}', "k1", "command.invalid", "now"),
        ('{"id":"k1"}', "k1", "command.invalid", "do"),
        ('{"id":"k1","do":"room.dance"}', "k1", "command.unknown", None),
        ('{"hello":{}}', None, "command.invalid", "name"),
        ('{"hello":{"name":3}}', None, "command.invalid", "name"),
        ('{"hello":{"name":"Rania","role":"moderator"}}', None, "command.invalid", "role"),
        ('{"hello":"Rania"}', None, "command.invalid", "with"),
        ('{"hello":{"name":"Rania"},"id":"k1"}', None, "command.invalid", "id"),
    ],
)
def test_session_denies_what_is_not_well_formed_and_names_the_field(
    frame: str, id: str | None, code: str, field: str | None
) -> None:
    match received(frame):
        case Deny(found, refused):
            assert (found, refused.code, refused.facts.get("field")) == (id, code, field)
        case other:
            raise AssertionError(other)


@pytest.mark.parametrize(
    "frame",
    ["", "hello", "[]", "{", '{"do":"room.open"}', '{"id":7,"do":"room.open"}', b"\xff", " " * (FRAME + 1)],
    ids=["empty", "no JSON", "no object", "cut off", "no id", "a number as id", "no UTF-8", "too long"],
)
def test_session_ends_on_a_frame_that_is_no_command(frame: str | bytes) -> None:
    match received(frame):
        case End(code, reason):
            assert (code, bool(reason)) == (4000, True)
        case other:
            raise AssertionError(other)


def test_session_denies_too_many_commands_with_the_time_to_wait() -> None:
    bucket = Bucket(2)
    answers = [receive(ASK, bucket, 100.0, crew=False) for _ in range(11)]
    assert [type(answer) for answer in answers] == [Do] * 10 + [Deny]
    match answers[-1]:
        case Deny(id, refused):
            assert (id, refused.code, refused.facts) == ("k1", "rate.limited", {"after": 0.5})
    assert isinstance(receive(ASK, bucket, 100.5, crew=False), Do)


def test_session_denies_too_many_greetings_too() -> None:
    bucket = Bucket(2)
    answers = [receive('{"hello":{"name":"Rania"}}', bucket, 100.0, crew=False) for _ in range(11)]
    assert [type(answer) for answer in answers] == [Greet] * 10 + [Deny]
    match answers[-1]:
        case Deny(id, refused):
            assert (id, refused.code, refused.facts) == (None, "rate.limited", {"after": 0.5})


def test_session_counts_commands_that_are_not_well_formed_too() -> None:
    bucket = Bucket(2)
    for _ in range(10):
        receive('{"id":"k1"}', bucket, 0, crew=False)
    assert bucket.take(0) == 0.5


@pytest.mark.parametrize("rate", [0.3, 2, 3, 7, 100])
def test_session_never_says_to_come_back_too_early(rate: float) -> None:
    bucket, now = Bucket(rate), 0.0
    for _ in range(30):
        match receive(ASK, bucket, now, crew=False):
            case Deny(_, refused):
                after = refused.facts["after"]
                assert isinstance(after, float)
                assert after > 0
                now += after + 1e-6  # the smallest thing a clock can show
                assert isinstance(receive(ASK, bucket, now, crew=False), Do)


# ── The bucket ───────────────────────────────────────────────────────────────────────────────────────────────────────


def takes(bucket: Bucket, now: float, factor: float = 1) -> int:
    """How many commands a bucket gives at one moment."""
    return next(taken for taken in range(10_000) if bucket.take(now, factor))


@pytest.mark.parametrize(("factor", "burst", "rate"), [(1, 10, 2), (5, 50, 10)], ids=["public", "crew"])
def test_bucket_gives_a_burst_and_then_its_rate(factor: float, burst: int, rate: int) -> None:
    bucket = Bucket(2)
    assert [takes(bucket, now, factor) for now in (1000, 1000, 1001, 1003, 1010, 5000)] == [
        burst,
        0,
        rate,
        2 * rate,
        burst,  # seven seconds would give more than a bucket holds
        burst,
    ]


def test_bucket_says_how_long_until_the_next() -> None:
    bucket = Bucket(2)
    takes(bucket, 100)
    assert (bucket.take(100), bucket.take(100.25), bucket.take(100.5), bucket.take(100.5)) == (0.5, 0.25, 0, 0.5)


def test_bucket_makes_the_crew_wait_a_fifth() -> None:
    bucket = Bucket(2)
    takes(bucket, 100, 5)
    assert math.isclose(bucket.take(100, 5), 0.1)


def test_bucket_without_a_rate_is_no_limit() -> None:
    bucket = Bucket(0)
    assert [bucket.take(0) for _ in range(1000)] == [0] * 1000


# ── Cursors and answers ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("e1-public:7", ("e1-public", 7)),
        ("e:1:0", ("e:1", 0)),
        (":5", ("", 5)),
        ("e:999999999999999", ("e", 999999999999999)),
        *((text, None) for text in (None, "", "e1", "7", "e1:", "e1:-1", "e1:+1", "e1: 1", "e1:1.0", "e1:x")),
        ("e1:٣", None),  # a digit, but not of ours
        ("e1:²", None),
        ("e1:1000000000000000", None),
    ],
)
def test_cursor_is_an_epoch_and_a_seq_or_nothing(text: str | None, read: tuple[str, int] | None) -> None:
    assert cursor(text) == read


def test_answer_to_a_command_done_names_what_it_made() -> None:
    assert done(Receipt("p0", "k1", b"digest", 7, {"question": "q1"})) == b'{"re":"k1","ok":{"question":"q1"},"seq":7}'


@pytest.mark.parametrize(
    ("id", "refused", "answer"),
    [
        ("k1", Refused("room.closed"), {"re": "k1", "no": {"code": "room.closed", "text": "Over."}}),
        (None, Refused("name.invalid", field="name"), {"re": None, "no": {"code": "name.invalid", "text": "Over."}}),
        (
            "k1",
            Refused("rate.limited", after=0.5),
            {"re": "k1", "no": {"code": "rate.limited", "text": "Over.", "after": 0.5}},
        ),
    ],
)
def test_answer_to_a_command_refused_has_code_and_text(id: str | None, refused: Refused, answer: object) -> None:
    assert denied(id, refused, "Over.") == answer


def test_bye_says_why_and_when_to_return() -> None:
    assert json.loads(bye(1012, "Back soon", 1.5)) == {"bye": {"code": 1012, "text": "Back soon", "after": 1.5}}
