"""Polls: their path from draft to results, what is refused on the way, and who sees what of them."""

import pytest
from msgspec.structs import replace

from rooms import agenda, polls
from rooms.core import AUDIENCES, Audience, Command, Event, Refused
from rooms.lifecycle import Close, Opened
from rooms.polls import CHOICES, LENGTH, MANY, Closed, Counted, Drafted, Edit, Published, Removed, State, Sum, Vote
from rooms.polls import Opened as PollOpened
from tests.rooms.stage import Stage
from tests.rooms.stories import PLAN, START

DRAFT = polls.Draft("Where to?", ("Sfax", "Malmö"))
DRAFTED = Drafted("v1", "Where to?", ("Sfax", "Malmö"))
PATH: tuple[Event, ...] = (DRAFTED, PollOpened("v1"), Closed("v1"), Published("v1"))
STATES: tuple[State, ...] = ("draft", "open", "closed", "published")
SUM = Sum(3, (2, 1))


def stage(state: State = "draft", drafted: Drafted = DRAFTED) -> Stage:
    """A room with v1 in a state."""
    stage = Stage(drafted, *PATH[1 : STATES.index(state) + 1])
    assert stage.room.polls.all["v1"].state == state
    return stage


# ── Drafting ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("command", "event"),
    [
        (DRAFT, Drafted("n1", "Where to?", ("Sfax", "Malmö"))),
        (polls.Draft(" Où ?\n", (" Ici", "Là ")), Drafted("n1", "Où ?", ("Ici", "Là"))),
        (
            polls.Draft("Where to?", ("Sfax", "Malmö"), True, True, "a4", "vote"),
            Drafted("n1", "Where to?", ("Sfax", "Malmö"), True, True, "a4", "vote"),
        ),
        (
            polls.Draft("🌍" * LENGTH, tuple("🌍" * LENGTH + " " if n == 0 else str(n) for n in range(20))),
            Drafted("n1", "🌍" * LENGTH, ("🌍" * LENGTH, *(str(n) for n in range(1, 20)))),
        ),
    ],
    ids=["plain", "stripped", "everything", "as long as can be"],
)
def test_poll_is_drafted_as_it_was_put(command: polls.Draft, event: Event) -> None:
    decided = Stage().decided(command)
    assert (decided.events, decided.ok) == ((event,), {"poll": "n1"})


LIMITS = {"least": CHOICES[0], "most": CHOICES[1]}


@pytest.mark.parametrize(
    ("change", "code", "facts"),
    [
        ({"title": " \n"}, "poll.title", {"limit": LENGTH}),
        ({"title": "🌍" * (LENGTH + 1)}, "poll.title", {"limit": LENGTH}),
        ({"choices": ("One",)}, "poll.choices", LIMITS),
        ({"choices": tuple(str(n) for n in range(21))}, "poll.choices", LIMITS),
        ({"choices": ("One", "Two", " One")}, "poll.choices", LIMITS),
        ({"choices": ("One", " ")}, "poll.choice_length", {"limit": LENGTH}),
        ({"choices": ("One", "2" * (LENGTH + 1))}, "poll.choice_length", {"limit": LENGTH}),
        ({"item": "a9"}, "poll.item", {}),
    ],
    ids=str,
)
def test_poll_that_is_no_poll_is_not_drafted_and_a_draft_does_not_become_one(
    change: dict[str, object], code: str, facts: dict[str, object]
) -> None:
    assert stage().refused(replace(DRAFT, **change)) == (code, facts)
    edit = Edit("v1", DRAFT.title, DRAFT.choices)
    assert stage().refused(replace(edit, **change)) == (code, facts)


def test_polls_of_a_room_are_not_without_number() -> None:
    many = Stage(*(replace(DRAFTED, poll=f"v{n}") for n in range(MANY)))
    assert many.refused(DRAFT) == ("poll.too_many", {"limit": MANY})


def test_draft_is_changed_as_a_whole() -> None:
    edit = Edit("v1", "Which?", ("A", "B", "C"), multiple=True)
    assert stage().when(edit) == (Drafted("v1", "Which?", ("A", "B", "C"), True),)
    item = stage().do(edit).shown("polls", "v1")
    assert (item["title"], item["choices"], item["multiple"]) == ("Which?", ("A", "B", "C"), True)


# ── The path ─────────────────────────────────────────────────────────────────────────────────────────────────────────

STEPS: dict[State, dict[type[Command], tuple[Event, ...]]] = {
    "draft": {
        polls.Edit: (DRAFTED,),
        polls.Remove: (Removed("v1"),),
        polls.Open: (PollOpened("v1"),),
    },
    "open": {polls.Close: (Closed("v1"),)},
    "closed": {polls.Publish: (Published("v1"),)},
    "published": {},
}
GIVEN: dict[type[Command], Command] = {
    polls.Edit: Edit("v1", DRAFT.title, DRAFT.choices),
    **{kind: kind("v1") for kind in (polls.Remove, polls.Open, polls.Close, polls.Publish)},
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", GIVEN)
def test_poll_goes_one_way(kind: type[Command], state: State) -> None:
    if kind in STEPS[state]:
        assert stage(state).when(GIVEN[kind]) == STEPS[state][kind]
        assert stage(state).decided(GIVEN[kind]).ok == {"poll": "v1"}
    else:
        assert stage(state).refused(GIVEN[kind]) == ("state.changed", {"state": state})


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", [polls.Open, polls.Close, polls.Publish])
def test_poll_is_not_moved_by_somebody_who_saw_another_state(
    kind: type[polls.Open | polls.Close | polls.Publish], state: State
) -> None:
    for was in STATES:
        if was != state:
            assert stage(state).refused(kind("v1", was)) == ("state.changed", {"state": state})
    if kind in STEPS[state]:
        assert stage(state).when(kind("v1", state)) == STEPS[state][kind]


@pytest.mark.parametrize("command", [*GIVEN.values()], ids=lambda command: type(command).__name__)
def test_poll_that_is_not_there_is_unknown(command: Command) -> None:
    assert Stage().refused(command) == ("poll.unknown", {})
    assert stage().do(polls.Remove("v1")).refused(command) == ("poll.unknown", {})


def test_polls_that_are_open_close_with_the_room() -> None:
    others = (replace(DRAFTED, poll="v2"), PollOpened("v2"), replace(DRAFTED, poll="v3"))
    first, second, last = stage("open").given(*others).when(Close())
    assert (first, second, type(last).__name__) == (Closed("v1"), Closed("v2"), "Closed")
    assert stage("open").do(Close()).refused(polls.Open("v1")) == ("room.closed", {})


def test_poll_may_be_published_after_the_end() -> None:
    assert stage("open").do(Close()).when(polls.Publish("v1")) == (Published("v1"),)


def test_poll_is_drafted_and_not_opened_before_the_beginning() -> None:
    early = Stage(DRAFTED, opened=False)
    assert early.when(DRAFT) == (replace(DRAFTED, poll="n1"),)
    assert early.refused(polls.Open("v1")) == ("room.planned", {})
    assert early.given(Opened()).when(polls.Open("v1")) == (PollOpened("v1"),)


# ── Votes ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("audience", AUDIENCES)
def test_poll_takes_votes_while_it_is_open(audience: Audience, state: State) -> None:
    room = stage(state).room
    if state == "open":
        assert polls.votable(Vote("v1", (0,)), room.polls, audience) is room.polls.all["v1"]
        return
    with pytest.raises(Refused) as refused:
        polls.votable(Vote("v1", (0,)), room.polls, audience)
    hidden = state == "draft" and audience != "crew"
    assert refused.value.code == ("poll.unknown" if hidden else "state.changed")


@pytest.mark.parametrize(
    ("choices", "one", "several"),
    [
        ((0,), (0,), (0,)),
        (("Malmö",), (1,), (1,)),
        ((" Malmö ",), (1,), (1,)),
        ((1, "Malmö", 1), (1,), (1,)),
        ((1, 0), "poll.how_many", (0, 1)),
        (("Malmö", 0), "poll.how_many", (0, 1)),
        ((), "poll.how_many", "poll.how_many"),
        ((2,), "poll.choice", "poll.choice"),
        ((-1,), "poll.choice", "poll.choice"),
        (("Oslo",), "poll.choice", "poll.choice"),
        ((0, "Oslo"), "poll.choice", "poll.choice"),
        (("0",), "poll.choice", "poll.choice"),
    ],
    ids=str,
)
def test_vote_names_places_or_texts(choices: tuple[int | str, ...], one: object, several: object) -> None:
    for multiple, wanted in ((False, one), (True, several)):
        poll = stage("open", replace(DRAFTED, multiple=multiple)).room.polls.all["v1"]
        try:
            found: object = polls.chosen(Vote("v1", choices), poll)
        except Refused as refused:
            found = refused.code
        assert found == wanted


# ── Who sees what ────────────────────────────────────────────────────────────────────────────────────────────────────


def item(state: State, sum: Sum | None, secret: bool = False) -> dict[str, object]:
    return {
        "title": "Where to?",
        "choices": ("Sfax", "Malmö"),
        "multiple": False,
        "secret": secret,
        "item": None,
        "state": state,
        "when": "end",
        "opened_at": None if state == "draft" else START,
        "voters": sum.voters if sum else None,
        "results": sum.results if sum else None,
    }


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("state", STATES)
def test_poll_shows_its_sums_to_the_crew_and_once_published_to_everybody(state: State, audience: Audience) -> None:
    counted = (Counted({"v1": SUM}),) if state != "draft" else ()
    found = stage(state).given(*counted).see("polls", "v1", audience)
    if audience == "crew":
        assert found == item(state, SUM if counted else None)
    else:
        assert found == (None if state == "draft" else item(state, SUM if state == "published" else None))


@pytest.mark.parametrize("secret", [False, True])
@pytest.mark.parametrize("results", ["vote", "end"])
@pytest.mark.parametrize("counted", [False, True])
def test_voters_are_told_the_sums_of_an_open_vote_that_says_so(
    counted: bool, results: polls.Results, secret: bool
) -> None:
    voting = stage("open", replace(DRAFTED, secret=secret, results=results))
    if counted:
        voting.given(Counted({"v1": SUM}))
    told = {"voters": 3, "results": (2, 1)} if counted and results == "vote" and not secret else None
    assert polls.told(voting.room.polls.all["v1"]) == told


def test_poll_names_its_agenda_item_for_as_long_as_that_is_there() -> None:
    bound = stage("open", replace(DRAFTED, item="a4"))
    assert [bound.shown("polls", "v1", audience)["item"] for audience in AUDIENCES] == ["a4"] * 3
    bound.do(agenda.Remove("a4"))
    assert [bound.shown("polls", "v1", audience)["item"] for audience in AUDIENCES] == [None] * 3
    moved = stage("open", replace(DRAFTED, item="a4")).given(replace(PLAN, items=PLAN.items[:2]))
    assert moved.shown("polls", "v1", "public")["item"] is None


def test_sum_is_final_once_the_poll_has_closed() -> None:
    running = stage("open").given(Counted({"v1": SUM}))
    assert running.room.polls.all["v1"].counted is False
    assert running.given(Closed("v1")).room.polls.all["v1"].counted is False
    assert running.given(Counted({"v1": SUM})).room.polls.all["v1"].counted is True
