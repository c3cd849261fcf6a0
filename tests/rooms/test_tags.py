"""Language tags: one spelling where they come in, and what was stored before is found as it was written."""

import re
from random import Random

import pytest
from msgspec.structs import replace

from rooms.asked import Asked
from rooms.booths import Enter, Entered, Relay, RelaySet
from rooms.core import TAG, Event, canonical, spelled
from rooms.interpretation import Choose, CloseChannel, Closed, OpenChannel, Opened, choosable, chosen
from rooms.translations import ApproveTranslation, Translated, TranslationApproved
from rooms.wire import BY_NAME, command, dump, hello, load
from tests.rooms.stage import IDA, MODERATOR, TO, Stage
from tests.rooms.stories import PLAN

OLD = replace(PLAN, channels=("FR", "pt-br"))  # as a room was planned before tags had one spelling


@pytest.mark.parametrize(
    ("given", "tag"),
    [
        ("FR", "fr"),
        ("zh-hant", "zh-Hant"),
        ("ZH-HANT-hk", "zh-Hant-HK"),
        ("PT-br", "pt-BR"),
        ("ar-eg", "ar-EG"),
        ("ES-419", "es-419"),
        ("Sl-Rozaj-BISKE", "sl-rozaj-biske"),
        ("de-CH-1996", "de-CH-1996"),
        ("de-1901", "de-1901"),
        ("iw-il", "he-IL"),
        ("floor", "floor"),
        ("", ""),
        ("no tag", "no tag"),
    ],
)
def test_tag_has_one_spelling(given: str, tag: str) -> None:
    assert canonical(given) == tag
    assert canonical(tag) == tag


def test_spelling_of_any_tag_stays_a_tag_and_is_the_last() -> None:
    dice = Random(6)
    letters, digits = "abcxyzABCXYZ", "0123456789"

    def word(alphabet: str, *lengths: int) -> str:
        return "".join(dice.choices(alphabet, k=dice.choice(lengths)))

    for _ in range(2_000):
        parts = [word(letters, 2, 3)]
        parts += [word(letters, 4)] if dice.random() < 0.5 else []
        parts += [dice.choice([word(letters, 2), word(digits, 3)])] if dice.random() < 0.5 else []
        parts += [dice.choice([word(letters + digits, 5, 8), dice.choice(digits) + word(letters + digits, 3)])]
        tag = canonical("-".join(parts))
        assert re.fullmatch(TAG, tag)
        assert tag.lower().split("-")[1:] == "-".join(parts).lower().split("-")[1:]
        assert canonical(tag.swapcase()) == tag


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("do", "body", "typed"),
    [
        ("channel.open", {"language": "ZH-hant"}, OpenChannel("zh-Hant")),
        ("channel.choose", {"language": "PT-BR"}, Choose("pt-BR")),
        ("channel.choose", {"language": "floor"}, Choose("floor")),
        ("booth.relay", {"language": "FR", "of": "ES"}, Relay("fr", "es")),
        ("booth.relay", {"language": "FR", "of": None}, Relay("fr", None)),
    ],
)
def test_command_has_its_languages_in_their_one_spelling(do: str, body: dict[str, object], typed: object) -> None:
    assert command({"id": "k", "do": do, "with": body}).command == typed


def test_every_command_that_names_a_language_is_read_so() -> None:
    """By the names of their fields, which is not how the program finds them."""
    fields = {do: kind.__struct_fields__ for do, kind in BY_NAME.items()}
    found = {do: [name for name in ("language", "of") if name in names] for do, names in fields.items()}
    assert sum(1 for named in found.values() if named) >= 20
    for do, named in found.items():
        if named:
            needed = {name: text for name, text in (("text", "Why?"), ("question", "q1")) if name in fields[do]}
            body: dict[str, object] = {**needed, **dict.fromkeys(named, "PT-br")}
            read = command({"id": "k", "do": do, "with": body}).command
            assert {name: getattr(read, name) for name in named} == dict.fromkeys(named, "pt-BR"), do


def test_language_of_a_guest_has_one_spelling() -> None:
    assert hello({"hello": {"name": "Ana", "language": "PT-br"}}).language == "pt-BR"
    assert hello({"hello": {"name": "Ana"}}).language is None


def test_retry_is_the_same_command_however_it_is_read() -> None:
    old, new = (command({"id": "k", "do": "channel.open", "with": {"language": tag}}) for tag in ("FR", "fr"))
    assert old.command == new.command
    assert old.digest != new.digest  # of what was sent: a client of before that tries again is not told of another


# ── What was stored before ───────────────────────────────────────────────────────────────────────────────────────────


def test_event_is_read_as_it_was_written() -> None:
    event = Opened("pt-br")
    assert load(*dump(event)) == event


def old(*events: Event) -> Stage:
    return Stage(*events, plan=OLD)


def test_channel_written_otherwise_is_found_and_stays_as_it_is() -> None:
    assert list(old().room.interpretation.channels) == ["FR", "pt-br"]
    assert old().decided(CloseChannel("fr")).events == (Closed("FR"),)
    assert old(Closed("pt-br")).decided(OpenChannel("pt-BR")).events == (Opened("pt-br"),)
    assert old().decided(Enter("pt-BR"), IDA).events == (Entered("pt-br", "i1"),)
    inside = old(Entered("pt-br", "i1"))
    assert inside.decided(Relay("pt-BR", "fr"), IDA).events == (RelaySet("pt-br", "FR"),)
    assert old().refused(CloseChannel("fr-CA")) == ("channel.unknown", {"language": "fr-CA"})


def test_what_is_heard_is_the_channel_as_the_room_writes_it() -> None:
    here = old().room.interpretation
    for given, written in (("pt-BR", "pt-br"), ("floor", "floor")):
        choosable(Choose(given), here)
        assert chosen(Choose(given), here) == Choose(written)


def test_translation_proposed_before_can_be_approved() -> None:
    stage = old(Asked("q1", "p1", "Why?", "en"), *TO["published"], Translated("q1", "pt-br", "Por quê?", "i9"))
    approved = stage.decided(ApproveTranslation("q1", "pt-BR")).events
    assert approved == (TranslationApproved("q1", "pt-br", MODERATOR.id),)


def test_new_plan_gives_a_channel_its_one_spelling() -> None:
    stage = old()
    stage.given(replace(OLD, channels=("fr", "pt-BR")))
    assert list(stage.room.interpretation.channels) == ["fr", "pt-BR"]


def test_exact_spelling_comes_first() -> None:
    assert spelled("fr", ["FR", "fr"]) == "fr"
    assert spelled("fr", ["FR"]) == "FR"
    assert spelled("fr", ["de"]) == "fr"
