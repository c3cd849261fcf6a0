"""Contributions: from the invitation to the end, with their material; who may act, and who sees the pages when."""

import pytest
from msgspec.structs import replace

from rooms.contributions import (
    Accept,
    Accepted,
    Air,
    Aired,
    CheckedIn,
    CheckIn,
    Confirm,
    Confirmed,
    Decline,
    Declined,
    Finish,
    Finished,
    Material,
    Missed,
    NoShow,
    PlannedContribution,
    Readied,
    Ready,
    Return,
    Returned,
    State,
    SteppedBack,
    Submit,
    Submitted,
    may_see_pages,
)
from rooms.core import AUDIENCES, NO_FACTS, Audience, Command, Deck, Event, Facts, Item
from tests.rooms.stage import EXPERT, MODERATOR, Stage
from tests.rooms.stories import PLAN

NO_AGENDA = replace(PLAN, items=())  # what the agenda has to do with it is the course's
TO: dict[State, tuple[Event, ...]] = {  # what brings c1 into each state
    "invited": (),
    "confirmed": (Confirmed("c1"),),
    "checked_in": (CheckedIn("c1"),),
    "ready": (CheckedIn("c1"), Readied("c1")),
    "on_air": (Aired("c1"),),
    "done": (Aired("c1"), Finished("c1")),
    "declined": (Declined("c1"),),
    "no_show": (Missed("c1"),),
}
MATERIAL: dict[Material, tuple[Event, ...]] = {
    "none": (),
    "submitted": (Submitted("c1", "d1", 5),),
    "accepted": (Submitted("c1", "d1", 5), Accepted("c1")),
    "needs_changes": (Submitted("c1", "d1", 5), Returned("c1", "Larger")),
}
OWN = Facts(frozenset({"c1"}), Deck("d2", "c1", 7))
AGAIN = Facts(frozenset({"c1"}), Deck("d1", "c1", 6))


def stage(state: State = "invited", material: Material = "none") -> Stage:
    """A room with c1 in a state."""
    room = Stage(*MATERIAL[material], *TO[state], plan=NO_AGENDA)
    slot = room.room.contributions["c1"]
    assert (slot.state, slot.material) == (state, material)
    return room


# ── The path ─────────────────────────────────────────────────────────────────────────────────────────────────────────

COMING: tuple[State, ...] = ("invited", "confirmed", "checked_in", "ready")
STEPS: dict[Command, tuple[Event, tuple[State, ...]]] = {  # what each makes, and from where
    Confirm("c1"): (Confirmed("c1"), ("invited", "declined")),
    Decline("c1"): (Declined("c1"), COMING),
    Submit("c1", "d2"): (Submitted("c1", "d2", 7), (*COMING, "no_show")),
    CheckIn("c1"): (CheckedIn("c1"), ("invited", "confirmed", "no_show")),
    Ready("c1"): (Readied("c1"), ("checked_in",)),
    Air("c1"): (Aired("c1"), (*COMING, "no_show", "done")),
    Finish("c1"): (Finished("c1"), ("on_air",)),
    NoShow("c1"): (Missed("c1"), COMING),
}


@pytest.mark.parametrize("state", TO)
@pytest.mark.parametrize("command", STEPS, ids=lambda command: type(command).__name__)
def test_contribution_step_is_possible_from_these_states_only(command: Command, state: State) -> None:
    """Material never matters: every step is possible without any."""
    event, possible = STEPS[command]
    actor = MODERATOR if isinstance(command, Air | Finish | NoShow) else EXPERT
    if state in possible:
        decided = stage(state).decided(command, actor, OWN)
        assert (decided.events, decided.ok) == ((event,), {"contribution": "c1"})
    else:
        assert stage(state).refused(command, actor, OWN) == ("state.changed", {"state": state})


@pytest.mark.parametrize("command", STEPS, ids=lambda command: type(command).__name__)
def test_contribution_step_is_refused_when_somebody_else_was_first(command: Command) -> None:
    _, possible = STEPS[command]
    seen: State = "done" if possible[0] != "done" else "ready"
    late = replace(command, was=seen)
    assert stage(possible[0]).refused(late, EXPERT, OWN) == ("state.changed", {"state": possible[0]})
    assert stage(possible[0]).when(replace(command, was=possible[0]), EXPERT, OWN) == (STEPS[command][0],)


def test_contribution_on_air_ends_whoever_was_on_air() -> None:
    slots = (*PLAN.contributions, PlannedContribution("c2", {"en": "Two pumps"}))
    room = Stage(*TO["on_air"], plan=replace(NO_AGENDA, contributions=slots))
    assert room.when(Air("c2")) == (Finished("c1"), Aired("c2"))
    room.do(Air("c2"))
    assert [slot.state for slot in room.room.contributions.values()] == ["done", "on_air"]


@pytest.mark.parametrize("command", [Confirm("c1"), Decline("c1"), Submit("c1", "d2"), CheckIn("c1"), Ready("c1")])
@pytest.mark.parametrize("facts", [NO_FACTS, Facts(frozenset({"c2"}))], ids=["no slot", "another slot"])
def test_expert_acts_only_for_the_slots_that_are_theirs(command: Command, facts: Facts) -> None:
    assert stage("checked_in").refused(command, EXPERT, facts) == ("contribution.not_yours", {})


@pytest.mark.parametrize("command", [*STEPS, Accept("c1"), Return("c1", "Larger")], ids=lambda one: type(one).__name__)
def test_contribution_that_is_not_there_is_unknown(command: Command) -> None:
    room = Stage(plan=replace(NO_AGENDA, contributions=()))
    assert room.refused(command, EXPERT, OWN) == ("contribution.unknown", {})


# ── Material ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("deck", "code"),
    [
        (None, "presentation.unknown"),
        (Deck("d3", "c1", 7), "presentation.unknown"),
        (Deck("d2", "c2", 7), "presentation.unknown"),  # of another contribution
        (Deck("d2", "c1", 0), "presentation.not_ready"),
    ],
)
def test_presentation_is_handed_in_when_it_is_ones_own_and_ready(deck: Deck | None, code: str) -> None:
    assert stage().refused(Submit("c1", "d2"), EXPERT, Facts(frozenset({"c1"}), deck)) == (code, {})


@pytest.mark.parametrize("material", MATERIAL)
def test_presentation_handed_in_takes_the_place_of_the_one_before(material: Material) -> None:
    slot = stage("invited", material).do(Submit("c1", "d2"), EXPERT, OWN).room.contributions["c1"]
    assert (slot.presentation, slot.pages, slot.material, slot.note) == ("d2", 7, "submitted", None)
    assert slot.earlier == (["d1"] if material != "none" else [])


def test_presentation_handed_in_again_is_looked_at_again() -> None:
    slot = stage("invited", "needs_changes").do(Submit("c1", "d1"), EXPERT, AGAIN).room.contributions["c1"]
    assert (slot.presentation, slot.pages, slot.material, slot.earlier) == ("d1", 6, "submitted", [])


@pytest.mark.parametrize("state", TO)
@pytest.mark.parametrize("material", MATERIAL)
def test_material_is_accepted_or_sent_back_in_every_state(material: Material, state: State) -> None:
    room = stage(state, material)
    if material in ("submitted", "needs_changes"):
        assert room.when(Accept("c1", "d1")) == room.when(Accept("c1")) == (Accepted("c1"),)
    else:
        assert room.refused(Accept("c1")) == ("state.changed", {"state": material})
    if material in ("submitted", "accepted"):
        assert room.when(Return("c1", " Larger \n")) == (Returned("c1", "Larger"),)
    else:
        assert room.refused(Return("c1", "Larger")) == ("state.changed", {"state": material})


@pytest.mark.parametrize("command", [Accept("c1", "d1"), Return("c1", "Larger", "d1")])
def test_material_is_not_judged_unseen(command: Command) -> None:
    room = Stage(Submitted("c1", "d1", 5), Submitted("c1", "d2", 5), plan=NO_AGENDA)
    assert room.refused(command) == ("state.changed", {"state": "submitted"})


# ── Plans ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("given", "after"),
    [
        ((), ["c2"]),
        ((Confirmed("c1"),), ["c2", "c1"]),
        ((Submitted("c1", "d1", 5),), ["c2", "c1"]),
        ((Declined("c1"),), ["c2", "c1"]),
        ((Aired("c1"), SteppedBack("c1", "invited")), ["c2"]),
    ],
)
def test_plan_keeps_slots_in_which_something_has_happened(given: tuple[Event, ...], after: list[str]) -> None:
    other = replace(NO_AGENDA, contributions=(PlannedContribution("c2", {"en": "Two pumps"}),))
    room = Stage(*given, other, plan=NO_AGENDA)
    assert list(room.room.contributions) == after
    assert [room.shown("contributions", id)["order"] for id in after] == list(range(len(after)))


def test_plan_changes_what_the_programme_says_and_nothing_else() -> None:
    renamed = PlannedContribution("c1", {"en": "Four crews"}, "Rania H.", "Irbid", "ar")
    room = Stage(*MATERIAL["accepted"], *TO["ready"], replace(NO_AGENDA, contributions=(renamed,)), plan=NO_AGENDA)
    shown = room.shown("contributions", "c1")
    assert (shown["title"], shown["expert"], shown["language"]) == (
        "Four crews",
        {"name": "Rania H.", "city": "Irbid"},
        "ar",
    )
    assert (shown["state"], shown["material"], shown["presentation"]) == ("ready", "accepted", "d1")


# ── Who sees what ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("state", TO)
@pytest.mark.parametrize("material", MATERIAL)
def test_contribution_shows_pages_to_all_from_on_air_and_notes_to_the_crew(
    material: Material, state: State, audience: Audience
) -> None:
    open = material != "none" and (audience != "public" or state in ("on_air", "done"))
    note: Item = {"note": "Larger" if material == "needs_changes" else None} if audience == "crew" else {}
    room = stage(state, material)
    assert room.see("contributions", "c1", audience) == {
        "title": "Three crews",
        "titles": {"en": "Three crews"},
        "expert": {"name": "Rania Haddad", "city": "Amman"},
        "language": "en",
        "order": 0,
        "state": state,
        "material": material,
        "presentation": "d1" if open else None,
        "pages": 5 if open else None,
        **note,
    }
    assert may_see_pages(room.room.contributions, "d1", audience) == open


@pytest.mark.parametrize("state", TO)
def test_pages_that_were_replaced_stay_with_booth_and_crew(state: State) -> None:
    room = Stage(Submitted("c1", "d1", 5), Submitted("c1", "d2", 7), *TO[state], plan=NO_AGENDA)
    slots = room.room.contributions
    assert [may_see_pages(slots, "d1", audience) for audience in AUDIENCES] == [False, True, True]
    assert [may_see_pages(slots, "d9", audience) for audience in AUDIENCES] == [False, False, False]


def test_contribution_stepped_back_shows_its_pages_no_more() -> None:
    room = Stage(*MATERIAL["submitted"], *TO["ready"], Aired("c1"), SteppedBack("c1", "ready"), plan=NO_AGENDA)
    assert room.shown("contributions", "c1", "public")["presentation"] is None


@pytest.mark.parametrize("audience", AUDIENCES)
def test_contribution_that_is_not_there_is_seen_by_nobody(audience: Audience) -> None:
    assert Stage().see("contributions", "c9", audience) is None
