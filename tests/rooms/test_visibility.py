"""Who sees what, in every state and at every step to it: the table by hand against what screens are told.

What comes by itself and has no place in the log is told by a hub: in the second part.
"""

from collections.abc import Callable, Mapping
from typing import get_args
from unittest.mock import patch  # only to plant bugs on purpose

import pytest

from rooms import agenda, asked, booths, chat, contributions, lifecycle, people, polls
from rooms import room as rooms_room
from rooms.core import AUDIENCES, Audience, Event, Item, Key, Names, Record
from rooms.room import Room
from rooms.view import COLLECTIONS, Put, View
from tests.rooms.stories import NAMES, START
from tests.rooms.test_leaks import LEAKS
from tests.rooms.visible import TABLE, Row

BY_HUB = ("results", "reactions", "conflicts", "people", "listeners", "booths", "mine")  # collections without a seq


def fields(item: Mapping[str, object] | None) -> set[str]:
    """The names of what an item says; `field.key` of an object."""
    return {
        f"{name}.{key}" if key else name
        for name, value in (item or {}).items()
        for key in (value if isinstance(value, dict) else ("",))
        if (value[key] if isinstance(value, dict) else value) not in (None, (), [], {})
    }


def seen_by(row: Row, audience: Audience) -> set[str]:
    return set(str(getattr(row, audience)).split())


def way(name: str) -> list[tuple[Event, ...]]:
    """What happens from row to row until this one."""
    row = TABLE[name]
    return [*(way(row.after) if row.after else ()), row.given]


class Screens:
    """A room, and what the three audiences are told of it; `told` is what they last were, event by event."""

    def __init__(self) -> None:
        self.room = Room("r1")
        self.views = {audience: View(audience) for audience in AUDIENCES}

    def take(self, *events: Event) -> None:
        self.told: dict[Audience, list[Put]] = {audience: [] for audience in AUDIENCES}
        for event in events:
            by = "e1" if isinstance(event, asked.Written) else "m0"
            keys = rooms_room.apply(Record(self.room.seq + 1, START, by, event), self.room)
            for audience, view in self.views.items():
                view.touch(self.room, event, keys, NAMES)
                self.told[audience].append(view.since(self.room, self.room.seq - 1, NAMES))

    def item(self, row: Row, audience: Audience) -> Item | None:
        collection, id = row.key
        return self.views[audience].everything(self.room, NAMES)[collection].get(id)


def walked(name: str) -> Screens:
    screens = Screens()
    for events in way(name):
        screens.take(*events)
    return screens


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("name", TABLE)
def test_audience_sees_exactly_what_the_table_says(name: str, audience: Audience) -> None:
    row, screens = TABLE[name], walked(name)
    asked_for = rooms_room.see(screens.room, row.key, audience, NAMES)
    assert (fields(asked_for), screens.item(row, audience)) == (seen_by(row, audience), asked_for)


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row.given])
def test_step_tells_exactly_what_is_seen_after_it(name: str, audience: Audience) -> None:
    """Whoever sees it no longer is told so once; whoever did not see it before is not told that anything happened."""
    row = TABLE[name]
    screens, before = walked(name), TABLE.get(row.after)
    collection, id = row.key
    told = [put[collection][id] for put in screens.told[audience] if id in put.get(collection, {})]
    if collection == "slides" or seen_by(row, audience):
        item = told[-1] if told else walked(row.after).item(row, audience)  # nothing has changed for this audience
        assert (fields(item), item) == (seen_by(row, audience), screens.item(row, audience))
    else:
        saw = before is not None and before.key == row.key and seen_by(before, audience)
        assert told == ([None] if saw else [])


# ── Bugs planted on purpose: each must be caught by the table ────────────────────────────────────────────────────────


def over_and_over(view: View, room: Room, event: Event, keys: list[Key], names: Names) -> None:
    """Every touch of what is gone says again that it is."""
    view.gone.clear()
    real_touch(view, room, event, keys, names)


def hold_to_the_table() -> None:
    for name, row in TABLE.items():
        for audience in AUDIENCES:
            test_audience_sees_exactly_what_the_table_says(name, audience)
            if row.given:
                test_step_tells_exactly_what_is_seen_after_it(name, audience)


real_touch = View.touch
IN_DECIDE = {  # what the table does not ask: whether something is put on the stage at all
    "slides that were put on the stage by mistake",
    "slides that the crew wants to look at first",
}
BUGS: dict[str, Callable[[], object]] = {
    **{name: leak for name, leak in LEAKS.items() if name not in IN_DECIDE},
    "that something happens to what is gone": lambda: patch.object(View, "touch", over_and_over),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_leak_is_caught(bug: str) -> None:
    with BUGS[bug](), pytest.raises(AssertionError):  # type: ignore[attr-defined]  # a patch is a context manager
        hold_to_the_table()


# ── The table is whole ───────────────────────────────────────────────────────────────────────────────────────────────


def test_table_has_rows_for_every_collection() -> None:
    assert {row.key[0] for row in TABLE.values()} == set(COLLECTIONS)


STATES: list[tuple[str, str, tuple[object, ...]]] = [
    ("room", "state", ("planned", "open", "paused", "closed")),
    ("room", "recording", get_args(lifecycle.Recording)),
    ("room", "chat", get_args(chat.Mode)),
    ("room", "hands", ("open", "closed")),
    ("agenda", "state", ("waiting", "running", "done", "skipped")),
    ("agenda", "hidden", (True, False)),
    ("questions", "state", get_args(asked.State)),
    ("contributions", "state", get_args(contributions.State)),
    ("contributions", "material", get_args(contributions.Material)),
    ("channels", "state", get_args(booths.State)),
    ("hands", "state", ("waiting", "called")),
    ("hands", "point_of_order", (True, False)),
    ("chat", "to", get_args(chat.To)),
    ("chat", "hidden", (True, False)),
    ("polls", "state", get_args(polls.State)),
    ("polls", "secret", (True, False)),
    ("polls", "when", get_args(polls.Results)),
    ("restricted", "state", get_args(people.State)),
]


@pytest.mark.parametrize(("collection", "field", "states"), STATES)
def test_table_has_rows_for_every_state(collection: str, field: str, states: tuple[object, ...]) -> None:
    rows = [name for name, row in TABLE.items() if row.key[0] == collection]
    found = [walked(name).item(TABLE[name], "crew") for name in rows]
    assert {item[field] for item in found if item} == set(states)


def test_table_has_rows_for_items_that_stand_still() -> None:
    """`paused` is a state that a sender may have seen; an item says so by its times."""
    still = {name for name, row in TABLE.items() if row.key[0] == "agenda" and "left" in row.crew}
    assert still == {"item paused", "hidden paused"}
    assert set(get_args(agenda.Seen)) == {"waiting", "running", "paused", "done", "skipped"}
