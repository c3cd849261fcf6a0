"""The words every part of a room shares. A feature imports this file and no other of rooms."""

import functools
import unicodedata
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import inspect

Key = tuple[str, str]  # (collection, id)
Item = dict[str, object]
Role = Literal["participant", "expert", "interpreter", "captioner", "moderator", "organiser", "system"]
Audience = Literal["public", "booth", "crew"]
AUDIENCES: tuple[Audience, ...] = ("public", "booth", "crew")
Texts = dict[str, str]  # one text per language (BCP 47)
Names = dict[str, str]  # person id → name

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
# A language tag that every browser can name: language, script, region, variants (UTS 35, unicode_language_id).
TAG = r"^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*\Z"
Language = Annotated[str, msgspec.Meta(pattern=TAG, max_length=35)]
OLD = {"in": "id", "iw": "he", "ji": "yi", "jw": "jv", "mo": "ro"}  # still sent for the other, as in the IANA registry

SYSTEM = "system"


class Refused(Exception):
    """Not now, or not you. `code` is `area.reason` (PROTOCOL, refusal codes); `facts` fill the sentence shown."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class Actor(msgspec.Struct, frozen=True):
    """Who gives a command: an opaque person id, the role in this room, and whether the person has a name.

    `also`: of somebody who listens, their further roles.
    """

    id: str
    role: Role
    named: bool = True
    also: tuple[Role, ...] = ()


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do"):
    """An imperative: what somebody wants done."""


class Event(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type"):
    """A fact that happened. Ids only; free text in one field that may become None. Fields are only ever added."""


class Receipt(msgspec.Struct, frozen=True):
    """What was answered to a command: kept for the life of the room, so that a retry is answered and not applied."""

    actor: str
    id: str
    digest: bytes
    seq: int
    ok: dict[str, str]


class Record(msgspec.Struct, frozen=True):
    """One line of a room's log. Several events of one command share its receipt, which stands on the last."""

    seq: int
    at: datetime
    by: str
    event: Event
    receipt: Receipt | None = None


class Moment(msgspec.Struct, frozen=True):
    """What `decide` may know from outside: the time, and where new ids come from."""

    now: datetime
    new_id: Callable[[], str]


class Deck(msgspec.Struct, frozen=True):
    """A presentation as `decide` needs it: whose it is, and its pages; none while it is not ready to be shown."""

    presentation: str
    contribution: str
    pages: int


class Elsewhere(msgspec.Struct, frozen=True):
    """Where a question may be deferred to: a later room of the series, a follow-up, or one that has a room."""

    room: str | None
    follow_up: str | None
    titles: Texts


class Facts(msgspec.Struct, frozen=True):
    """What `decide` must know from elsewhere, looked up before: the actor's slots as an expert, the deck named, where
    a question is to be deferred to, and whether one that was is taken up there.

    `person`: the roles here of the person named; None: there is nobody of that id. `at_booth`: the page of the booth
    that is entered is open before the actor.
    """

    slots: frozenset[str] = frozenset()
    deck: Deck | None = None
    elsewhere: Elsewhere | None = None
    taken_up: bool = False
    person: frozenset[Role] | None = None
    at_booth: bool = False


NO_FACTS = Facts()


class Decided(msgspec.Struct, frozen=True):
    """The facts a command makes, and by kind the ids of what it made or changed.

    `passing`: items that screens are shown and nobody keeps; None takes one away again.
    """

    events: tuple[Event, ...] = ()
    ok: dict[str, str] = {}
    passing: dict[Key, Item | None] = {}


# ── Language tags ────────────────────────────────────────────────────────────────────────────────────────────────────
# Where tags come in they are given their one spelling. What is stored stays as it was written; `spelled` finds it.


def canonical(tag: str) -> str:
    """A language tag in its one spelling: fr, zh-Hant, pt-BR (RFC 5646, 2.1.1 and 4.5). What is none stays none."""
    language, *rest = tag.lower().split("-")
    script = [part.title() for part in rest[:1] if len(part) == 4 and part.isalpha()]
    region = [part.upper() for part in rest[len(script) :][:1] if len(part) == 2 or (len(part) == 3 and part.isdigit())]
    return "-".join([OLD.get(language, language), *script, *region, *rest[len(script) + len(region) :]])


def spelled(tag: str, among: Collection[str]) -> str:
    """How a canonical tag is written among others, which may be from before tags had one spelling."""
    return tag if tag in among else next((one for one in among if canonical(one) == tag), tag)


def canonised(entry: msgspec.Struct) -> dict[str, object]:
    """The fields of a command, or of an entry of a programme, that name a language in another spelling, set right."""
    found = {name: settle(getattr(entry, name)) for name in tagged(type(entry))}
    return {name: value for name, value in found.items() if value != getattr(entry, name)}


def settle(value: object) -> object:
    match value:
        case str():
            return canonical(value)
        case dict():
            return {canonical(tag): text for tag, text in value.items()}
        case tuple():
            return tuple(dict.fromkeys(canonical(tag) for tag in value))
    return value


@functools.cache
def tagged(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """The fields of a type that hold a tag, several, or a text for each."""
    return tuple(field.name for field in msgspec.structs.fields(kind) if names_language(inspect.type_info(field.type)))


def names_language(kind: inspect.Type) -> bool:
    match kind:
        case inspect.StrType(pattern=str(pattern)):
            return TAG in pattern
        case inspect.DictType(key_type=inner) | inspect.VarTupleType(item_type=inner):
            return names_language(inner)
        case inspect.UnionType(types=several):
            return any(names_language(each) for each in several)
    return False


def main_text(texts: Texts) -> str:
    """The text for those who cannot choose: English, else whichever comes first."""
    return texts.get("en") or next(iter(texts.values()), "")


UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # blank, and of no category that says so
SELECTORS = (range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))  # of variants


def blank(text: str) -> bool:
    """Whether there is nothing in a text to be seen: spaces, controls, marks of direction, and what joins others."""
    return all(
        unicodedata.category(one)[0] in "CZ" or one in UNSEEN or any(ord(one) in each for each in SELECTORS)
        for one in text
    )
