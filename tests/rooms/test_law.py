"""The law: what a screen had at n, and what changed since n, is what a fresh fold shows now. For every audience and n.

The oracle renders a state folded afresh, over every key that state has; it does not look at views or at touched keys.
"""

from collections.abc import Callable, Iterable
from unittest.mock import patch  # only to plant bugs on purpose

import pytest

from rooms import agenda, questions
from rooms import room as rooms_room
from rooms.core import AUDIENCES, Audience, Event, Item, Key, Record
from rooms.room import Room, apply, see
from rooms.view import View
from tests.rooms.stories import NAMES, Story

Screen = dict[Key, Item]


def fold(log: list[Record]) -> Room:
    room = Room("r1")
    for record in log:
        apply(record, room)
    return room


def fresh(log: list[Record], audience: Audience) -> Screen:
    """What an audience sees after a log, from the state alone."""
    room = fold(log)
    keys: list[Key] = [("room", "room")]
    keys += [("agenda", id) for id in room.agenda.entries]
    keys += [(collection, id) for id in room.questions.all for collection in ("questions", "scores")]
    return {key: item for key in keys if (item := see(room, key, audience, NAMES)) is not None}


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


def check(seed: int, steps: int = 60) -> int:
    """Hold one random history to the law; returns how many (audience, n) were compared. AssertionError."""
    story = Story(seed)
    while len(story.log) < steps:
        story.step()
    log = story.log[:steps]
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
    for audience, view in views.items():
        afresh = [fresh(log[:n], audience) for n in range(len(log) + 1)]
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


@pytest.mark.parametrize("seed", range(40))
def test_what_changed_since_n_makes_a_screen_of_n_the_screen_of_now(seed: int) -> None:
    assert check(seed) == 3 * 61


@pytest.mark.parametrize("seed", range(40, 60))
def test_the_public_never_sees_what_is_not_published(seed: int) -> None:
    look_for_leak(seed)


def check_all(seeds: Iterable[int]) -> None:
    for seed in seeds:
        check(seed)


def look_for_leaks(seeds: Iterable[int]) -> None:
    for seed in seeds:
        look_for_leak(seed)


def look_for_leak(seed: int) -> None:
    story, hidden = Story(seed), 0
    while len(story.log) < 120:
        story.step()
        for audience in ("public", "booth"):
            for id, question in story.room.questions.all.items():
                shown = see(story.room, ("questions", id), audience, NAMES)
                assert (shown is None) == (question.state in ("submitted", "screened", "declined", "withdrawn"))
                hidden += shown is None
                if shown and question.anonymous:
                    assert question.by not in str(shown)
    assert hidden > 100  # looks at what could have leaked


# ── Bugs planted on purpose: each must be caught by the law ──────────────────────────────────────────────────────────


def forget_the_queue(record: Record, all: questions.Questions) -> list[Key]:
    keys = real_questions(record, all)
    return [key for key in keys if key[1] == getattr(record.event, "question", None) or key[0] == "mine"]


def forget_later_items(record: Record, items: agenda.Agenda) -> list[Key]:
    keys = real_agenda(record, items)
    return keys[:1]


def leak(all: questions.Questions, id: str, audience: Audience, names: dict[str, str]) -> Item | None:
    return real_see(all, id, "crew" if all.all[id].state == "screened" else audience, names)


def one_too_late(view: View, room: Room, seq: int, names: dict[str, str]) -> object:
    return real_since(view, room, seq + 1, names)


def no_tombstones(view: View, room: Room, event: Event, keys: list[Key], names: dict[str, str]) -> None:
    real_touch(view, room, event, [key for key in keys if view.see(room, key, names) is not None], names)


real_questions, real_agenda, real_see = questions.apply, agenda.apply, questions.see
real_since, real_touch = View.since, View.touch

BUGS: dict[str, Callable[[], object]] = {
    "a key not named: the others in the queue": lambda: patch.object(questions, "apply", forget_the_queue),
    "a key not named: the times of later items": lambda: patch.object(agenda, "apply", forget_later_items),
    "off by one in what changed since": lambda: patch.object(View, "since", one_too_late),
    "no tombstones": lambda: patch.object(View, "touch", no_tombstones),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_caught(bug: str) -> None:
    with BUGS[bug](), pytest.raises(AssertionError):  # type: ignore[attr-defined]  # a patch is a context manager
        check_all(range(12))


def test_a_planted_leak_is_caught() -> None:
    with patch.object(questions, "see", leak), pytest.raises(AssertionError):
        look_for_leaks(range(40, 60))
