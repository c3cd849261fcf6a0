"""Commands of every kind, made from their types: field by field, with ids of what is there, and some nonsense."""

from random import Random
from typing import Any

from msgspec import inspect

from rooms.core import Actor
from rooms.questions import REASONS
from rooms.room import Room
from rooms.wire import BY_NAME
from tests.rooms.stories import LONG, PEOPLE, SLOTS

Body = dict[str, object]
LANGUAGES = (*LONG.channels, "de", "zh")
TEXTS = (*("Why?", "How so?", "  So.  ", "لماذا؟") * 4, "", " ", "x" * 2_001)
NONSENSE: tuple[object, ...] = ("none", "", "\u200b", "\x00", 7, None, [], {}, True, "x" * 600)
ABSENT = object()
FIELDS = {
    name: {field.encode_name: field for field in inspect.type_info(kind).fields}  # type: ignore[attr-defined]  # a struct
    for name, kind in BY_NAME.items()
}


FITS = {  # the states of what a command is for, where most others are refused
    "question.edit": ("submitted",),
    "question.screen": ("submitted",),
    "question.publish": ("submitted", "screened"),
    "question.queue": ("published", "queued"),
    "question.air": ("published", "queued"),
    "question.answered": ("on_air", "queued"),
    "question.vote": ("published", "queued", "on_air"),
    "question.unvote": ("published", "queued", "on_air"),
    "question.approve_translation": ("published", "queued"),
    "agenda.finish": ("running",),
    "agenda.pause": ("running",),
    "agenda.resume": ("running",),
    "poll.open": ("draft",),
    "poll.edit": ("draft",),
    "poll.remove": ("draft",),
    "poll.vote": ("open",),
    "poll.close": ("open",),
    "poll.publish": ("closed",),
    "contribution.ready": ("checked_in",),
    "contribution.finish": ("on_air",),
}


def ids(room: Room, actor: Actor, do: str, field: str) -> list[str]:
    """What of the room a field of somebody's command may name."""
    area, _, verb = do.partition(".")
    decks = [slot.presentation for slot in room.contributions.values() if slot.presentation]
    persons = [actor.id for actor in PEOPLE]
    if area == "hand":
        persons = room.hands.line if verb == "call" else [room.hands.called or "none"]
    if verb == "readmit":
        persons = [*room.restricted]
    things: dict[str, dict[str, Any]] = {
        "question": room.questions.all,
        "item": room.agenda.entries,
        "poll": room.polls.all,
        "contribution": room.contributions,
    }
    found: dict[str, list[str]] = {
        "into": [id for id, one in room.questions.all.items() if one.state in ("published", "queued", "submitted")],
        "after": room.questions.queue if area == "question" else [*room.agenda.entries],
        "presentation": decks,
        "caption": [*room.captions.all],
        "message": [*room.chat.all],
        "person": persons,
        "to": ["r2", "r3", "idea"] if do == "question.defer" else [*room.contributions, *room.agenda.entries],
    }
    if field in things:
        all = things[field]
        own = room.questions.own.get(actor.id, []) if verb in ("edit", "withdraw") and area == "question" else all
        own = [id for id in own if all[id].translations.proposed] if verb == "approve_translation" else own
        own = sorted(SLOTS[actor.id]) if field == "contribution" and actor.id in SLOTS else own
        return [id for id in own if id in all and all[id].state in FITS.get(do, (all[id].state,))]
    return found.get(field, [])


def value(chance: Random, kind: inspect.Type, room: Room, actor: Actor, do: str, field: str) -> object:
    """What a field may well hold."""
    match kind:
        case inspect.UnionType():
            return value(chance, chance.choice(sorted(kind.types, key=repr)), room, actor, do, field)
        case inspect.LiteralType():
            return chance.choice(sorted(kind.values, key=str))
        case inspect.BoolType():
            return chance.random() < 0.5
        case inspect.IntType():
            least = kind.ge or 0
            return chance.randint(least, min(kind.le or 9, least + (2 if field == "choices" else 9)))
        case inspect.FloatType():
            return chance.randrange(9) / 2
        case inspect.VarTupleType():
            if do in ("poll.draft", "poll.edit"):
                return chance.sample("abcd", chance.choice((2, 3, 3)))
            return [value(chance, kind.item_type, room, actor, do, field) for _ in range(chance.choice((1, 1, 2)))]
        case inspect.NoneType():
            return None
        case inspect.StrType():
            return text(chance, room, actor, do, field)
    return ABSENT  # UNSET


def text(chance: Random, room: Room, actor: Actor, do: str, field: str) -> str:
    if field in ("language", "of"):
        inside = [tag for tag, one in room.interpretation.channels.items() if actor.id in one.booth]
        if do in ("booth.accept", "booth.withdraw"):
            inside = [tag for tag in inside if room.interpretation.channels[tag].handover] or inside
        if do in ("question.translate", "question.approve_translation"):
            return chance.choice(("de", "de", "ar"))  # of translations
        return chance.choice(inside if inside and do.startswith("booth") and chance.random() < 0.7 else LANGUAGES)
    if field == "reason":
        return chance.choice((*REASONS, "Rude"))
    if field == "choices":
        return chance.choice("abc")
    if field in ("text", "title", "note", "speaker", "name"):
        return chance.choice(TEXTS)
    strays = [*room.questions.all, *room.polls.all, *room.agenda.entries, "none"]
    return chance.choice((chance.random() < 0.9 and ids(room, actor, do, field)) or strays)


def body(chance: Random, room: Room, actor: Actor, do: str) -> Body:
    """What a command of this kind may carry now; one in forty of its fields is nonsense, or not there."""
    made: Body = {}
    for name, field in FIELDS[do].items():
        if chance.random() < 0.025:
            made[name] = chance.choice((*NONSENSE, ABSENT))
        elif field.required or chance.random() < 0.4:
            made[name] = value(chance, field.type, room, actor, do, name)
    if "contribution" in made and do == "contribution.submit" and chance.random() < 0.9:
        made["presentation"] = f"deck1-{made['contribution']}-{chance.choice((0, 4, 4))}"
    return {name: one for name, one in made.items() if one is not ABSENT}
