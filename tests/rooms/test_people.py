"""People in the room: who is silenced or removed, by whom and from what; and who sees why."""

from itertools import product

import pytest

from rooms import lifecycle, people
from rooms.booths import Aired, Entered, HandedOver, Left, Muted, Offered
from rooms.core import AUDIENCES, Actor, Command, Event, Facts, Record, Refused, Role
from rooms.hands import Called, Finished, Lowered, Raised
from rooms.people import STILL, Readmit, Readmitted, Remove, Removed, Silence, Silenced
from rooms.questions import Ask, Asked
from rooms.roles import rights
from rooms.room import COMMANDS, admit, apply, name_of
from rooms.wire import BY_NAME
from tests.rooms.stage import ANNA, BERT, IDA, Fact, Stage, minutes
from tests.rooms.stories import CLOCKWORK, START

KNOWN = Facts(person=frozenset())
ROLES: tuple[Role, ...] = ("participant", "expert", "interpreter", "captioner")


# ── What a moderator does ────────────────────────────────────────────────────────────────────────────────────────────

GIVEN: dict[str, tuple[Event, ...]] = {
    "none": (),
    "silenced": (Silenced("p0"),),
    "removed": (Silenced("p0"), Removed("p0", "Insults")),
    "readmitted": (Removed("p0"), Readmitted("p0")),
}
ACTS: dict[str, tuple[Command, Event]] = {
    "silence": (Silence("p0", " Please let others speak "), Silenced("p0", "Please let others speak")),
    "remove": (Remove("p0", "Insults"), Removed("p0", "Insults")),
    "remove without a word": (Remove("p0", "  "), Removed("p0")),
    "readmit": (Readmit("p0"), Readmitted("p0")),
}
TOO_LATE = {("removed", "silence"), ("none", "readmit"), ("readmitted", "readmit")}


@pytest.mark.parametrize("state", ["planned", "open", "paused", "closed"])
@pytest.mark.parametrize(("given", "act"), list(product(GIVEN, ACTS)))
def test_person_is_silenced_removed_and_readmitted(given: str, act: str, state: str) -> None:
    steps: tuple[Event, ...] = (lifecycle.Opened(), lifecycle.Paused(), lifecycle.Closed())
    until = {"planned": steps[:0], "open": steps[:1], "paused": steps[:2], "closed": (steps[0], steps[2])}
    room, (command, event) = Stage(*until[state], *GIVEN[given], opened=False), ACTS[act]
    if (given, act) in TOO_LATE:
        now = "removed" if given == "removed" else "none"
        assert room.refused(command, facts=KNOWN) == ("state.changed", {"state": now})
    else:
        decided = room.decided(command, facts=KNOWN)
        assert (decided.events, decided.ok) == ((event,), {"person": "p0"})


@pytest.mark.parametrize(
    ("command", "person", "code"),
    [
        (Silence("p0"), None, "person.unknown"),
        (Remove("p0"), None, "person.unknown"),
        (Readmit("p0"), None, "person.unknown"),
        (Silence("p0"), frozenset({"moderator"}), "person.crew"),
        (Remove("p0"), frozenset({"organiser", "expert"}), "person.crew"),
        (Silence("m0"), frozenset({"moderator"}), "person.self"),
        (Remove("m0"), None, "person.self"),
        (Readmit("m0"), frozenset({"moderator"}), "person.self"),
    ],
)
def test_person_is_not_who_may_be_restricted(command: Command, person: frozenset[Role] | None, code: str) -> None:
    assert Stage().refused(command, facts=Facts(person=person)) == (code, {})


def test_member_of_the_crew_who_was_restricted_before_is_readmitted() -> None:
    facts = Facts(person=frozenset({"moderator"}))
    assert Stage(Removed("p0")).when(Readmit("p0"), facts=facts) == (Readmitted("p0"),)


# ── What follows ─────────────────────────────────────────────────────────────────────────────────────────────────────

ALONE = (Entered("fr", "i1"), Aired("fr", "i1"))
ASKED = (Entered("fr", "i1"), Entered("fr", "i2"), Aired("fr", "i1"), Offered("fr", "i2", "request"))


@pytest.mark.parametrize(
    ("given", "person", "silenced", "more"),
    [
        ((Raised("i1"),), "i1", (), (Lowered("i1"),)),
        ((Raised("i1"), Called("i1")), "i1", (), (Finished("i1"),)),
        (ALONE, "i1", (Muted("fr", "i1"), Left("fr", "i1")), ()),
        (ASKED, "i1", (HandedOver("fr", "i1", "i2"), Left("fr", "i1")), ()),
        (ASKED, "i2", (Left("fr", "i2"),), ()),
        ((*ALONE, Entered("en", "i1"), Raised("i1")), "i1", None, (Lowered("i1"),)),
        ((*ALONE, Raised("i2")), "p0", (), ()),
    ],
)
def test_who_may_speak_no_longer_leaves_the_booths_and_the_air(
    given: tuple[Event, ...], person: str, silenced: tuple[Event, ...] | None, more: tuple[Event, ...]
) -> None:
    """`silenced`: what comes with being silenced; `more`: what comes before that with being removed."""
    out = (Left("en", "i1"), Muted("fr", "i1"), Left("fr", "i1")) if silenced is None else silenced
    room = Stage(*given)
    assert room.when(Silence(person), facts=KNOWN) == (*out, Silenced(person))
    assert room.when(Remove(person), facts=KNOWN) == (*more, *out, Removed(person))


def test_who_asked_for_the_microphone_and_is_silenced_does_not_get_it() -> None:
    room = Stage(*ASKED).do(Silence("i2"), facts=KNOWN)
    assert room.room.interpretation.channels["fr"].handover is None


# ── What they may do no longer ───────────────────────────────────────────────────────────────────────────────────────


def refused(restriction: Event, actor: Actor, name: str) -> Fact | None:
    """How a command is refused whatever is in it, if it is."""
    try:
        people.admit(Stage(restriction).room.restricted, actor, name)
    except Refused as found:
        return found.code, found.facts
    return None


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", BY_NAME)
def test_command_of_who_is_silenced_or_removed(name: str, role: Role) -> None:
    actor = Actor("p0", role)
    silenced = None if name in STILL else ("person.silenced", {"reason": "Please wait"})
    assert refused(Silenced("p0", "Please wait"), actor, name) == silenced
    assert refused(Removed("p0", "Insults"), actor, name) == ("person.removed", {"reason": "Insults"})
    assert refused(Removed("p1", "Insults"), actor, name) is None  # somebody else


def test_silenced_still_read_along_vote_choose_a_channel_and_take_back() -> None:
    still = ["channel.choose", "hand.lower", "poll.vote", "question.unvote", "question.vote", "question.withdraw"]
    assert sorted(STILL & BY_NAME.keys()) == still
    assert sorted(STILL - BY_NAME.keys()) in ([], ["poll.vote"])


def test_room_asks_first_who_one_is() -> None:
    """Before it says that it is closed, or anything of what there is."""
    room = Stage(Silenced("p0"), lifecycle.Closed())
    assert room.refused(Ask("Why?", "en"), ANNA) == ("person.silenced", {"reason": None})


@pytest.mark.parametrize("actor", [Actor("p0", "moderator"), Actor("p0", "interpreter", also=("organiser",))])
@pytest.mark.parametrize("restriction", [Silenced("p0"), Removed("p0")])
def test_restriction_does_not_bind_the_crew(actor: Actor, restriction: Event) -> None:
    assert {refused(restriction, actor, name_of(command)) for command in COMMANDS} == {None}


def test_restriction_does_not_bind_the_clock() -> None:
    admit(Ask("Why?", "en"), Stage(Removed("system")).room, CLOCKWORK)


def test_who_is_readmitted_may_do_everything_again() -> None:
    room = Stage(Removed("p0", "Insults")).do(Readmit("p0"), facts=KNOWN)
    assert room.when(Ask("Why?", "en"), ANNA) == (Asked("n1", "p0", "Why?", "en"),)
    assert room.see("restricted", "p0") is None


# ── Who is told ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_crew_alone_sees_who_is_restricted_and_why() -> None:
    room = Stage().at(5).given(Silenced("p0", "Please wait"))
    item = room.shown("restricted", "p0")
    assert minutes(item.pop("at")) == 5
    assert item == {
        "by": {"id": "p0", "name": "Name of p0"},
        "state": "silenced",
        "reason": "Please wait",
        "moderator": {"id": "m0", "name": "Name of m0"},
    }
    assert [room.see("restricted", "p0", audience) for audience in AUDIENCES[:2]] == [None, None]
    assert room.given(Removed("p0")).shown("restricted", "p0")["state"] == "removed"


def test_person_is_told_why_and_what_is_left_to_them() -> None:
    room = Stage(Silenced("p0", "Please wait"), Silenced("i1"))
    told = people.you(people.here(room.room.restricted, ANNA), rights("participant"))
    assert told == {"silenced": {"reason": "Please wait"}, "rights": sorted(STILL & set(rights("participant")))}
    interpreter = people.you(people.here(room.room.restricted, IDA), rights("interpreter"))
    assert interpreter == {"silenced": {"reason": None}, "rights": sorted(STILL & BY_NAME.keys())}
    assert people.you(people.here(room.room.restricted, BERT), rights("participant")) == {"silenced": None}


def test_who_is_removed_is_not_let_in() -> None:
    with pytest.raises(Refused) as found:
        people.here(Stage(Removed("p0", "Insults")).room.restricted, ANNA)
    assert (found.value.code, found.value.facts) == ("person.removed", {"reason": "Insults"})


def test_names_that_are_needed_are_those_of_the_persons_named() -> None:
    assert people.named((Silenced("p0"), Removed("p1"), Readmitted("p2"), Raised("p3"))) == {"p0", "p1"}


def test_new_name_is_shown_of_who_is_restricted_and_of_the_moderator() -> None:
    room = Stage(Silenced("p0"), Removed("p1")).given(Silenced("p2"), by=BERT).room
    touched = {
        person: sorted(key for key in apply(Record(room.seq + 1, START, "system", lifecycle.Renamed(person)), room))
        for person in ("p0", "m0", "p1", "p3")
    }
    p0, p1, p2 = (("restricted", id) for id in ("p0", "p1", "p2"))
    assert touched == {"p0": [p0], "m0": [p0, p1], "p1": [p1, p2], "p3": []}
