"""What is refused for what it names, generated: every command for every state of its question, item, poll or person.

In which it is taken is written by hand; for all others it is refused with its code and changes nothing.
"""

from typing import get_args

import pytest

from rooms import agenda, asked, booths, contributions, hands, people, polls
from rooms import lifecycle as life
from rooms.core import Event, Role
from rooms.translations import Translated
from tests.rooms.machine import STATES, STEPS
from tests.rooms.stage import TO
from tests.rooms.test_refusals import DRAFT, IN, INSIDE, MINE, ON, RUNS, TABLE, THEIRS, UP, WHO, outcome
from tests.rooms.test_roles import PROTOCOL

HIDDEN = ("submitted", "screened", "declined", "merged", "withdrawn")
AGENDA: dict[str, tuple[Event, ...]] = {
    "waiting": (),
    "running": (RUNS,),
    "paused": (RUNS, agenda.Paused("a1")),
    "done": (RUNS, agenda.Finished("a1")),
    "skipped": (agenda.Skipped("a1"),),
}
SLOTS: dict[str, tuple[Event, ...]] = {
    "invited": (),
    "confirmed": (contributions.Confirmed("c1"),),
    "checked_in": (contributions.CheckedIn("c1"),),
    "ready": (contributions.CheckedIn("c1"), contributions.Readied("c1")),
    "on_air": (ON,),
    "done": (ON, contributions.Finished("c1")),
    "declined": (contributions.Declined("c1"),),
    "no_show": (contributions.Missed("c1"),),
}
MATERIAL: dict[str, tuple[Event, ...]] = {
    "none": (),
    "submitted": (IN,),
    "accepted": (IN, contributions.Accepted("c1")),
    "needs_changes": (IN, contributions.Returned("c1", "Larger.")),
}
POLLS: dict[str, tuple[Event, ...]] = {
    "draft": (DRAFT,),
    "open": (DRAFT, polls.Opened("v1")),
    "closed": (DRAFT, polls.Opened("v1"), polls.Closed("v1")),
    "published": (DRAFT, polls.Opened("v1"), polls.Closed("v1"), polls.Published("v1")),
}
HANDS: dict[str, tuple[Event, ...]] = {"none": (), "waiting": (UP,), "called": (UP, hands.Called("p9"))}
BOUND: dict[str, tuple[Event, ...]] = {
    "none": (),
    "silenced": (people.Silenced("p1"),),
    "removed": (people.Removed("p1"),),
}
CHANNELS: dict[str, tuple[Event, ...]] = {
    "outside": (),
    "inside": INSIDE,
    "on air": MINE,
    "another on air": THEIRS,
    "own offer": (*MINE, booths.Offered("fr", "i1", "offer")),
    "an offer": (*THEIRS, booths.Offered("fr", "i2", "offer")),
    "own request": (*THEIRS, booths.Offered("fr", "i1", "request")),
    "a request": (*MINE, booths.Offered("fr", "i2", "request")),
}
COME = ("invited", "confirmed", "checked_in", "ready")
Targets = dict[str, tuple[Event, ...]]
NAMED: list[tuple[Role, Targets, dict[str, tuple[str, ...]]]] = [  # by whom, which states, and in which each is taken
    (
        "moderator",
        AGENDA,
        {
            "agenda.start": ("waiting", "skipped", "done"),
            "agenda.finish": ("running", "paused"),
            "agenda.skip": ("waiting", "running", "paused"),
            "agenda.pause": ("running",),
            "agenda.resume": ("paused",),
            "agenda.remove": ("waiting", "done", "skipped"),
        },
    ),
    (
        "expert",
        SLOTS,
        {
            "contribution.confirm": ("invited", "declined"),
            "contribution.decline": COME,
            "contribution.submit": (*COME, "no_show"),
            "contribution.check_in": ("invited", "confirmed", "no_show"),
            "contribution.ready": ("checked_in",),
        },
    ),
    (
        "moderator",
        SLOTS,
        {
            "contribution.air": (*COME, "no_show", "done"),
            "contribution.finish": ("on_air",),
            "contribution.no_show": COME,
        },
    ),
    (
        "moderator",
        MATERIAL,
        {"contribution.accept": ("submitted", "needs_changes"), "contribution.return": ("submitted", "accepted")},
    ),
    (
        "moderator",
        POLLS,
        {
            "poll.edit": ("draft",),
            "poll.remove": ("draft",),
            "poll.open": ("draft",),
            "poll.close": ("open",),
            "poll.publish": ("closed",),
            "poll.vote": ("open",),
        },
    ),
    ("participant", POLLS, {"poll.vote": ("open",)}),
    ("moderator", HANDS, {"hand.call": ("waiting",), "hand.done": ("called",)}),
    (
        "moderator",
        BOUND,
        {
            "room.silence": ("none", "silenced"),
            "room.remove": ("none", "silenced", "removed"),
            "room.readmit": ("silenced", "removed"),
        },
    ),
    (
        "interpreter",
        CHANNELS,
        {
            "booth.on_air": ("inside", "on air", "own offer", "a request"),
            "booth.off_air": ("on air", "own offer", "a request"),
            "booth.offer": ("on air", "own offer", "a request"),
            "booth.request": ("another on air", "an offer", "own request"),
            "booth.accept": ("an offer", "a request"),
            "booth.withdraw": ("own offer", "own request"),
        },
    ),
]
CODES = {  # where it is another than state.changed
    ("participant", "poll.vote", "draft"): "poll.unknown",
    **{("interpreter", do, "outside"): "booth.outside" for do in TABLE if do.startswith("booth.")},
    **{("interpreter", "booth.on_air", now): "booth.taken" for now in ("another on air", "an offer", "own request")},
    **{
        ("interpreter", do, now): "booth.not_on_air"
        for do in ("booth.off_air", "booth.offer")
        for now in ("inside", "another on air", "an offer", "own request")
    },
    **{
        ("interpreter", "booth.accept", now): "booth.no_offer"
        for now in ("inside", "on air", "another on air", "own offer", "own request")
    },
    **{
        ("interpreter", "booth.withdraw", now): "booth.nothing_open"
        for now in ("inside", "on air", "another on air", "an offer", "a request")
    },
}


@pytest.mark.parametrize(
    ("role", "targets", "do", "possible"),
    [(role, targets, do, possible) for role, targets, rows in NAMED for do, possible in rows.items()],
)
async def test_command_is_taken_for_exactly_the_states_of_what_it_names(
    role: Role, targets: Targets, do: str, possible: tuple[str, ...]
) -> None:
    for state, events in targets.items():
        found = await outcome((life.Opened(), *events), WHO[role], do, TABLE[do][2])
        expected = "ok" if state in possible else CODES.get((role, do, state), "state.changed")
        assert (state, found) == (state, expected)


ASKED: list[tuple[str, Role]] = [(do, role) for do in STEPS for role in WHO if role in PROTOCOL[do]]


@pytest.mark.parametrize(("do", "role"), ASKED)
async def test_command_is_taken_for_exactly_the_states_of_a_question(do: str, role: Role) -> None:
    possible = STEPS[do][0]
    seen = ("merged",) if do.endswith("vote") else ()  # whoever saw it before is told what has become of it
    for state in get_args(asked.State):
        by = WHO[role].id if do in ("question.edit", "question.withdraw") else "p9"
        proposed = (Translated("q1", "de", "W?"),) if do == "question.approve_translation" else ()
        events = (asked.Asked("q1", by, "Why?", "en"), *TO[state], asked.Asked("q2", "p8", "How?", "en"), *proposed)
        found = await outcome((life.Opened(), *events), WHO[role], do, TABLE[do][2])
        other = state == "submitted" and do == "question.restore"
        expected = "ok" if state in possible and not other else "state.changed"
        if role not in ("moderator", "organiser") and by == "p9" and state in HIDDEN and state not in seen:
            expected = "question.unknown"
        assert (state, found) == (state, expected)


def test_states_are_all_of_those_there_are() -> None:
    assert {*STATES} == {*TO} == {*get_args(asked.State)}
    assert {*AGENDA} == {*get_args(agenda.Seen)}
    assert {*SLOTS} == {*get_args(contributions.State)}
    assert {*MATERIAL} == {*get_args(contributions.Material)}
    assert {*POLLS} == {*get_args(polls.State)}
    assert {*BOUND} == {"none", *get_args(people.State)}
