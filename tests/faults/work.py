"""What somebody in a room might sensibly do next, going by the screen alone, by chance with a seed.

Every text is written once only, so that where it turns up says where it came from.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from rooms.questions import OPEN

Screen = dict[str, dict[str, Any]]  # by collection and id, as the frames made it
Step = tuple[float, str, dict[str, Any]]  # how likely beside the others, the command, what stands in `with`
Work = Callable[[Screen, random.Random], Iterator[Step]]
LANGUAGES = ("en", "fr", "ar")
TEXTS = ("Who keeps the cellars dry", "Où va la rivière", "من يبني السد")
AGENDA = 12  # items; each touches all


def choose(work: Work, screen: Screen, chance: random.Random) -> tuple[str, dict[str, Any]] | None:
    """One of the steps possible now; None if there is none."""
    steps = list(work(screen, chance))
    if not steps:
        return None
    _, do, body = chance.choices(steps, [weight for weight, _, _ in steps])[0]
    return do, body


def text(chance: random.Random) -> str:
    return f"{chance.choice(TEXTS)} {chance.getrandbits(64):x}?"


def some(ids: Iterable[str], chance: random.Random) -> list[str]:
    """One of them, if there is any."""
    known = list(ids)
    return [chance.choice(known)] if known else []


def ids(screen: Screen, collection: str, *states: str) -> list[str]:
    return [id for id, item in screen.get(collection, {}).items() if item.get("state") in states]


def participant(screen: Screen, chance: random.Random) -> Iterator[Step]:
    own, votes = screen["mine"].get("questions", {}), screen["mine"].get("votes", [])
    candidates = [id for id in ids(screen, "questions", *OPEN) if id not in own]
    yield (
        3,
        "question.ask",
        {"text": text(chance), "language": chance.choice(LANGUAGES), "anonymous": chance.random() < 0.2},
    )
    for id in some((id for id in candidates if id not in votes), chance):
        yield 5, "question.vote", {"question": id}
    for id in some((id for id in candidates if id in votes), chance):
        yield 2, "question.unvote", {"question": id}
    for id in some((id for id, one in own.items() if one["state"] in ("submitted", "published")), chance):
        yield 0.5, "question.withdraw", {"question": id}
    for language in some((*screen.get("channels", {}), "floor"), chance):
        yield 0.5, "channel.choose", {"language": language}


def moderator(screen: Screen, chance: random.Random) -> Iterator[Step]:
    yield from questions(screen, chance)
    yield from agenda(screen, chance)
    yield from captioner(screen, chance)
    yield 0.2, "room.record", {"state": chance.choice(("on", "on", "off"))}
    yield 0.2, "channel.floor", {"language": chance.choice(LANGUAGES)}


def questions(screen: Screen, chance: random.Random) -> Iterator[Step]:
    for id in some(ids(screen, "questions", "submitted", "screened"), chance):
        yield 8, "question.publish", {"question": id}
        yield 1, "question.decline", {"question": id, "reason": text(chance)}
    for id in some(ids(screen, "questions", "submitted"), chance):
        yield 1, "question.screen", {"question": id}
    for id in some(ids(screen, "questions", "published"), chance):
        yield 3, "question.queue", {"question": id, **({"after": None} if chance.random() < 0.3 else {})}
    for id in some(ids(screen, "questions", "published", "queued"), chance):
        yield 2, "question.air", {"question": id}
    for id in some(ids(screen, "questions", "queued", "on_air"), chance):
        yield 2, "question.answered", {"question": id}
    for id in some(ids(screen, "questions", "declined", "answered"), chance):
        yield 0.5, "question.restore", {"question": id}


def agenda(screen: Screen, chance: random.Random) -> Iterator[Step]:
    items = list(screen.get("agenda", {}))
    for id in some(items, chance):
        yield 1, "agenda.edit", {"item": id, "title": text(chance)}
        yield (
            0.5,
            "agenda.move",
            {"item": id, "after": next(iter(some((each for each in items if each != id), chance)), None)},
        )
    for id in some(ids(screen, "agenda", "waiting"), chance):
        yield 0.5, "agenda.start", {"item": id}
        yield 0.5, "agenda.extend", {"item": id, "minutes": 1, "how": "shift"}
    for id in some(ids(screen, "agenda", "running"), chance):
        yield 0.5, "agenda.finish", {"item": id}
    if len(items) < AGENDA:
        yield 0.5, "agenda.add", {"title": text(chance), "kind": "discussion", "minutes": 5}


def captioner(screen: Screen, chance: random.Random) -> Iterator[Step]:
    language = chance.choice(LANGUAGES)
    yield 2, "caption.add", {"language": language, "text": text(chance)}
    yield 0.5, "caption.interim", {"language": language, "text": text(chance)}
    kept = (id for id, line in screen.get("captions", {}).items() if "kept" not in line and "interim" not in line)
    for id in some(kept, chance):
        yield 0.5, "caption.correct", {"caption": id, "text": text(chance)}


def interpreter(screen: Screen, chance: random.Random) -> Iterator[Step]:
    me = screen["you"].get("id")
    for language, channel in screen.get("channels", {}).items():
        inside = me in [person["id"] for person in channel.get("booth", ())]
        speaking = (channel["interpreter"] or {}).get("id") == me
        if not inside:
            yield 1, "booth.enter", {"language": language}
        elif speaking:
            yield 1, "booth.off_air", {"language": language}
            yield 0.5, "booth.offer", {"language": language}
        else:
            yield 2, "booth.on_air", {"language": language}
            yield 0.5, "booth.request", {"language": language}
            yield 0.3, "booth.leave", {"language": language}
    yield 1, "caption.add", {"language": chance.choice(LANGUAGES), "text": text(chance)}


WORK: dict[str, Work] = {
    "participant": participant,
    "interpreter": interpreter,
    "captioner": captioner,
    "moderator": moderator,
}
