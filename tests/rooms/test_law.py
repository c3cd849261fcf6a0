"""The law: what a screen had at n, and what changed since n, is what a fresh fold shows now. For every audience and n.

The oracle renders a state folded afresh, over every key that state has; it does not look at views or at touched keys.
"""

from collections.abc import Callable, Iterable
from unittest.mock import patch  # only to plant bugs on purpose

import pytest

from rooms import agenda, asked, captions, chat, contributions, hands, interpretation, polls, questions, slides
from rooms import room as rooms_room
from rooms.core import AUDIENCES, Audience, Event, Item, Key, Record
from rooms.lifecycle import StreamSet
from rooms.room import EVENTS, Room, apply, see
from rooms.view import View
from tests.rooms import turns
from tests.rooms.stories import NAMES, Story
from tests.rooms.turns import Turn

Screen = dict[Key, Item]
STEPS = 90


@pytest.fixture(autouse=True)
def few_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captions, "SHOWN", 3)  # so that lines fall out of the last ones
    monkeypatch.setattr(chat, "SHOWN", 3)


def fold(log: list[Record]) -> Room:
    room = Room("r1")
    for record in log:
        apply(record, room)
    return room


def keys_of(room: Room) -> list[Key]:
    """Every key that a state has."""
    keys: list[Key] = [("room", "room"), ("slides", "slides")]
    keys += [("agenda", id) for id in room.agenda.entries]
    keys += [(collection, id) for id in room.questions.all for collection in ("questions", "scores")]
    keys += [("channels", language) for language in room.interpretation.channels]
    keys += [("contributions", id) for id in room.contributions]
    keys += [("chat", id) for id in room.chat.all]
    keys += [("hands", person) for person in room.hands.all]
    keys += [("polls", id) for id in room.polls.all]
    keys += [("restricted", person) for person in room.restricted]
    return keys + [("captions", id) for id in room.captions.all]


def fresh(log: list[Record]) -> dict[Audience, Screen]:
    """What each audience sees after a log, from the state alone."""
    room = fold(log)
    return {audience: screen(room, audience) for audience in AUDIENCES}


def screen(room: Room, audience: Audience) -> Screen:
    return {key: item for key in keys_of(room) if (item := see(room, key, audience, NAMES)) is not None}


def put(screen: Screen, view: View, room: Room, since: int) -> Screen:
    """What a browser does with what changed since a seq."""
    after = dict(screen)
    for collection, items in view.since(room, since, NAMES).items():
        for id, item in items.items():
            if item is None:
                after.pop((collection, id), None)
            else:
                after[collection, id] = item
    return after


def check(seed: int, often: tuple[Turn, ...] = ()) -> int:
    """Hold one random history to the law; returns how many (audience, n) were compared. AssertionError."""
    story = Story(seed, often)
    while len(story.log) < STEPS:
        story.step()
    log = story.log[:STEPS]
    room, views = Room("r1"), {audience: View(audience) for audience in AUDIENCES}
    compared = 0
    screens: dict[Audience, list[Screen]] = {audience: [{}] for audience in AUDIENCES}
    for record in log:
        keys = rooms_room.apply(record, room)
        for audience, view in views.items():
            before = len(view.changed)
            view.touch(room, record.event, keys, NAMES)
            assert len(view.changed) >= before
            screens[audience].append(put(screens[audience][-1], view, room, record.seq - 1))
    all_afresh = [fresh(log[:n]) for n in range(len(log) + 1)]
    for audience, view in views.items():
        afresh = [screens_then[audience] for screens_then in all_afresh]
        now, ever = afresh[-1], {key for screen in afresh for key in screen}
        everything = view.everything(room, NAMES)
        assert {(c, id): item for c, items in everything.items() for id, item in items.items()} == now
        for n, at_n in enumerate(afresh):
            assert screens[audience][n] == at_n, f"seed {seed}: live screen of {audience} at {n}"
            assert put(at_n, view, room, n) == now, f"seed {seed}: {audience} resumed from {n}"
            changed = view.since(room, n, NAMES)
            removed = {(c, id) for c, items in changed.items() for id, item in items.items() if item is None}
            assert removed <= ever, f"seed {seed}: {audience} is told of what it never saw"
            compared += 1
    return compared


@pytest.mark.parametrize("seed", range(60))
def test_what_changed_since_n_makes_a_screen_of_n_the_screen_of_now(seed: int) -> None:
    assert check(seed) == 3 * (STEPS + 1)


def test_histories_have_events_of_every_type() -> None:
    happened: set[type[Event]] = set()
    for seed in range(60):
        story = Story(seed)
        while len(story.log) < STEPS:
            story.step()
        happened |= {type(record.event) for record in story.log}
    assert set(EVENTS) - happened == {StreamSet}  # which is a plain field


def check_all(seeds: Iterable[int], often: tuple[Turn, ...]) -> None:
    for seed in seeds:
        check(seed, often)


# ── Bugs planted on purpose: each must be caught by the law ──────────────────────────────────────────────────────────


def only_its_own(record: Record, all: questions.Questions) -> list[Key]:
    keys = real_questions(record, all)
    return [key for key in keys if key[1] == getattr(record.event, "question", None) or key[0] == "mine"]


def first_only(real: Callable[..., list[Key]]) -> Callable[..., list[Key]]:
    return lambda *given: real(*given)[:1]


def none(real: Callable[..., list[Key]]) -> Callable[..., list[Key]]:
    return lambda *given: real(*given)[:0]


def one_too_late(view: View, room: Room, seq: int, names: dict[str, str]) -> object:
    return real_since(view, room, seq + 1, names)


def no_tombstones(view: View, room: Room, event: Event, keys: list[Key], names: dict[str, str]) -> None:
    real_touch(view, room, event, [key for key in keys if view.see(room, key, names) is not None], names)


real_questions, real_since, real_touch = asked.apply, View.since, View.touch


def forgets(feature: object, name: str, less: Callable[..., object]) -> Callable[[], object]:
    """A function of a feature that no longer names all the keys it touches."""
    return lambda: patch.object(feature, name, less(getattr(feature, name)))


BUGS: dict[str, Callable[[], object]] = {
    "a key not named: the others in the queue": lambda: patch.object(asked, "apply", only_its_own),
    "a key not named: the times of later items": forgets(agenda, "apply", first_only),
    "a key not named: the line that is no longer among the last": forgets(captions, "apply", first_only),
    "a key not named: the message that is no longer among the last": forgets(chat, "take", none),
    "a key not named: what was said before the end": forgets(chat, "apply", first_only),
    "a key not named: booths that listened to a closed channel": forgets(interpretation, "unhear", none),
    "a key not named: the booths that are empty after the end": forgets(interpretation, "end", none),
    "a key not named: the channels of another programme": forgets(interpretation, "plan", none),
    "a key not named: the slots of another programme": forgets(contributions, "plan", first_only),
    "a key not named: the page on the stage": forgets(slides, "apply", none),
    "a key not named: who waits behind": forgets(hands, "moved", none),
    "a key not named: the hands that are down after the end": forgets(hands, "end", none),
    "a key not named: the poll of an item that has gone": forgets(polls, "bound", none),
    "off by one in what changed since": lambda: patch.object(View, "since", one_too_late),
    "no tombstones": lambda: patch.object(View, "touch", no_tombstones),
}
OFTEN: dict[str, tuple[Turn, ...]] = {  # what needs several rare things to come together
    "a key not named: booths that listened to a closed channel": (turns.arranging, turns.interpreting),
    "a key not named: the hands that are down after the end": (turns.course, turns.wanting_to_speak),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_caught(bug: str) -> None:
    with BUGS[bug](), pytest.raises(AssertionError):  # type: ignore[attr-defined]  # a patch is a context manager
        check_all(range(20), OFTEN.get(bug, ()))
