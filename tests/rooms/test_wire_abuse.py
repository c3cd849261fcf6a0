"""What nobody means to send, in every field of every command: refused with the field at fault, or taken as it is."""

import json

import pytest
from msgspec import inspect

from rooms.core import Refused
from rooms.lifecycle import Opened
from rooms.wire import BY_NAME, Malformed, command, parse
from tests.rooms.givens import FIELDS
from tests.rooms.seats import House
from tests.rooms.stories import LONG, facts
from tests.rooms.test_refusals import TABLE, WHO
from tests.rooms.test_roles import PROTOCOL

FREE = ("text", "title", "choices", "note", "reason", "speaker")  # fields in which people write what they want
LONGEST = "x" * 2_001
ODD = {
    "2,001 characters": LONGEST,
    "a null byte": "one\x00two",
    "from right to left": "هل يصل الماء؟",
    "marks of direction": "\u202eone\u202c \u2066two\u2069\u200f",
    "joined and of no width": "one\u200btwo\u200d\ufeffthree",
    "letters with twenty marks": "e" + "\u0301" * 20,
    "an emoji of seven": "👩🏽\u200d❤️\u200d👨🏿",
    "lines": "one\r\ntwo\u2028three",
    "markup": "<script>alert(1)</script>{{ 7 * 7 }}",
}
INVISIBLE = ("\u200b", "\u2066\u2069", "\x00", "\u2800", "\u3164\ufe0f")


def texts_of(do: str) -> list[str]:
    """The fields of a command that take a text."""

    def takes(kind: inspect.Type) -> bool:
        match kind:
            case inspect.StrType():
                return True
            case inspect.UnionType():
                return any(map(takes, kind.types))
            case inspect.VarTupleType():
                return takes(kind.item_type)
        return False

    return [name for name, field in FIELDS[do].items() if takes(field.type)]


def with_text(do: str, field: str, text: str) -> dict[str, object]:
    body = {**TABLE[do][2], field: [text, "another"] if field == "choices" else text}
    return {"id": "k1", "do": do, "with": body}


def at_fault(frame: dict[str, object]) -> str | None:
    """The field that is said to be wrong; None: it is a command."""
    try:
        command(parse(json.dumps(frame)))
    except Refused as refused:
        return str(refused.facts["field"]) if refused.code == "command.invalid" else refused.code
    return None


@pytest.mark.parametrize("do", BY_NAME)
def test_field_that_is_missing_unknown_or_of_another_kind_is_named(do: str) -> None:
    body = TABLE[do][2]
    assert at_fault({"id": "k1", "do": do, "with": body}) is None
    assert at_fault({"id": "k1", "do": do, "with": {**body, "colour": "red"}}) == "colour"
    for name, field in FIELDS[do].items():
        less = {key: value for key, value in body.items() if key != name}
        assert at_fault({"id": "k1", "do": do, "with": less}) == (name if field.required else None)
        kinds: tuple[object, ...] = ({"a": 1}, [[]], -1.5)
        for wrong in kinds:
            assert at_fault({"id": "k1", "do": do, "with": {**body, name: wrong}}) in (
                name,
                f"{name}[0]",
                f"{name}[...]",
            )


@pytest.mark.parametrize("do", BY_NAME)
@pytest.mark.parametrize("half", ["\\ud800", "\\udc00", "one \\ud83d two"])
def test_half_a_character_is_no_frame(do: str, half: str) -> None:
    for name in texts_of(do):
        frame = json.dumps(with_text(do, name, "HALF")).replace("HALF", half)
        with pytest.raises(Malformed):
            parse(frame)


async def done(do: str, frame: dict[str, object]) -> tuple[str, str]:
    """The code, or `ok` and all that has come into the log or onto a screen by it."""
    actor = next(one for one in reversed(WHO.values()) if one.role in PROTOCOL[do])
    house = House()
    await house.write(LONG, Opened() if do != "room.open" else LONG, *TABLE[do][3](actor.id))
    hub = await house.hub()
    try:
        given = command(parse(json.dumps(frame)))
        before = len(house.events())
        await hub.do(actor, given, facts(actor, given.command))
    except Refused as refused:
        return refused.code, str(refused.facts.get("field", ""))
    else:
        return "ok", "".join(str(event) for event in house.events(before))
    finally:
        await house.close()


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("do", [do for do in BY_NAME if texts_of(do)])
async def test_text_of_any_kind_is_refused_by_name_or_taken_as_it_is(do: str, odd: str) -> None:
    for name in texts_of(do):
        code, said = await done(do, with_text(do, name, ODD[odd]))
        if code == "ok" and do not in ("caption.interim", "poll.vote"):  # which leave nothing in the log
            kept = " ".join(ODD[odd].split()) if (do.split(".")[0], name) == ("caption", "text") else ODD[odd].strip()
            assert repr(kept)[1:-1] in said
        if code == "command.invalid":
            assert said == name
        assert (code.count("."), code == "ok") in ((1, False), (0, True))


WRITTEN = [(do, name) for do in BY_NAME for name in texts_of(do) if name in FREE and not do.startswith("room.s")]
QUIETLY = {  # where a text that says nothing is none, and a text is not needed
    ("room.announce", "text"),
    ("room.remove", "reason"),
    ("caption.add", "speaker"),
    ("caption.interim", "text"),
    ("question.approve_translation", "text"),
    ("question.decline", "reason"),
    ("contribution.return", "note"),
    ("poll.vote", "choices"),
}


@pytest.mark.parametrize("nothing", INVISIBLE)
@pytest.mark.parametrize(("do", "name"), [one for one in WRITTEN if one not in QUIETLY])
async def test_text_in_which_there_is_nothing_to_be_seen_is_refused(do: str, name: str, nothing: str) -> None:
    code, _ = await done(do, with_text(do, name, nothing))
    assert code in ("command.invalid", f"{do.split('.')[0]}.length", "answer.length", "translation.length") or (
        code in ("poll.title", "poll.choice_length")
    )
