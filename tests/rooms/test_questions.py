"""Questions: their path from asking to answered, what is refused on the way, and whose votes count."""

import pytest

from rooms.agenda import Start
from rooms.core import Actor, Command, Event, Refused
from rooms.questions import (
    LENGTH,
    WAITING,
    Air,
    Aired,
    Answered,
    Ask,
    Asked,
    Closed,
    Decline,
    Declined,
    Publish,
    Published,
    Queue,
    Queued,
    Restore,
    Restored,
    Screen,
    Screened,
    State,
    Unvote,
    Vote,
    Withdraw,
    Withdrawn,
    votable,
)
from rooms.roles import AUDIENCE
from tests.rooms.stage import ANNA, BERT, MODERATOR, TO, Stage

ASKED = Asked("q1", "p0", "Why?", "en")


def asked(state: State = "submitted") -> Stage:
    """A room with q1, of Anna's, in a state."""
    stage = Stage(ASKED, *TO[state])
    assert stage.room.questions.all["q1"].state == state
    return stage


# ── Asking ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("command", "event"),
    [
        (Ask("Why?", "en"), Asked("n1", "p0", "Why?", "en")),
        (Ask("  Why?\n", "en"), Asked("n1", "p0", "Why?", "en")),
        (Ask("Pourquoi ?", "fr", "c1"), Asked("n1", "p0", "Pourquoi ?", "fr", "c1")),
        (Ask("لماذا؟", "ar", anonymous=True), Asked("n1", "p0", "لماذا؟", "ar", None, True)),
        (Ask(" " + "🌍" * LENGTH + " ", "en"), Asked("n1", "p0", "🌍" * LENGTH, "en")),
    ],
    ids=["plain", "stripped", "to a contribution", "anonymous", "2,000 characters beyond the BMP"],
)
def test_question_is_asked_as_it_was_put(command: Ask, event: Event) -> None:
    decided = Stage().decided(command, ANNA)
    assert (decided.events, decided.ok) == ((event,), {"question": "n1"})


@pytest.mark.parametrize("text", ["", " \n\u2003", "🌍" * (LENGTH + 1)], ids=["empty", "blank", "too long"])
def test_question_has_a_length(text: str) -> None:
    assert Stage().refused(Ask(text, "en"), ANNA) == ("question.length", {"limit": LENGTH})


def test_question_is_put_only_to_a_contribution_of_this_room() -> None:
    assert Stage().refused(Ask("Why?", "en", "c9"), ANNA) == ("question.to", {"to": "c9"})


def test_question_is_refused_while_too_many_of_the_person_wait() -> None:
    stage = Stage(*(Asked(f"q{n}", "p0", "Why?", "en") for n in range(WAITING)))
    assert stage.refused(Ask("Why?", "en"), ANNA) == ("question.too_many", {"limit": WAITING})
    assert stage.when(Ask("Why?", "en"), BERT) == (Asked("n1", "p1", "Why?", "en"),)


@pytest.mark.parametrize("event", [Screened("q7"), Published("q7"), Declined("q7", "No"), Withdrawn("q7")])
def test_question_that_was_looked_at_waits_no_more(event: Event) -> None:
    stage = Stage(*(Asked(f"q{n}", "p0", "Why?", "en") for n in range(WAITING)), event)
    assert stage.when(Ask("Why?", "en"), ANNA) == (Asked("n1", "p0", "Why?", "en"),)


# ── The path ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_question_goes_the_whole_way() -> None:
    stage, path = Stage(), []
    for command, actor in (
        (Ask("Why?", "en"), ANNA),
        (Screen("n1"), MODERATOR),
        (Publish("n1"), MODERATOR),
        (Queue("n1"), MODERATOR),
        (Air("n1"), MODERATOR),
        (Answered("n1"), MODERATOR),
    ):
        stage.do(command, actor)
        path.append(stage.shown("questions", "n1")["state"])
    assert path == ["submitted", "screened", "published", "queued", "on_air", "answered"]


DECLINE = Decline("q1", " Off topic ")
STEPS: dict[Command, tuple[Event, tuple[State, ...]]] = {  # what each makes, and from where
    Screen("q1"): (Screened("q1"), ("submitted",)),
    Publish("q1"): (Published("q1"), ("submitted", "screened")),
    Queue("q1"): (Queued("q1", 0), ("published", "queued")),
    Air("q1"): (Aired("q1"), ("published", "queued")),
    Answered("q1"): (Closed("q1"), ("published", "queued", "on_air")),
    DECLINE: (Declined("q1", "Off topic"), ("submitted", "screened", "published", "queued")),
    Withdraw("q1"): (Withdrawn("q1"), ("submitted", "screened", "published", "queued")),
}


@pytest.mark.parametrize("state", TO)
@pytest.mark.parametrize("command", STEPS, ids=lambda command: type(command).__name__)
def test_question_step_is_possible_from_these_states_only(command: Command, state: State) -> None:
    event, possible = STEPS[command]
    actor = ANNA if isinstance(command, Withdraw) else MODERATOR
    if state in possible:
        decided = asked(state).decided(command, actor)
        assert (decided.events, decided.ok) == ((event,), {"question": "q1"})
    else:
        assert asked(state).refused(command, actor) == ("state.changed", {"state": state})


BACK: dict[State, State] = {  # where a step back leads from each state of TO; nowhere from the others
    "screened": "submitted",
    "published": "submitted",
    "queued": "published",
    "on_air": "published",
    "answered": "on_air",
    "declined": "published",
}


@pytest.mark.parametrize("state", TO)
def test_question_is_restored_to_the_state_before(state: State) -> None:
    if state in BACK:
        stage = asked(state)
        assert stage.when(Restore("q1", state)) == (Restored("q1", BACK[state]),)
        stage.do(Restore("q1"))
        assert (stage.shown("questions", "q1")["state"], "reason" in stage.shown("questions", "q1")) == (
            BACK[state],
            False,
        )
    else:
        assert asked(state).refused(Restore("q1")) == ("state.changed", {"state": state})


def test_question_is_restored_step_by_step_to_the_inbox() -> None:
    stage, path = Stage(ASKED, *TO["answered"]), []
    while stage.shown("questions", "q1")["state"] != "submitted":
        stage.do(Restore("q1"))
        path.append(stage.shown("questions", "q1")["state"])
    assert path == ["on_air", "published", "submitted"]


def test_question_is_restored_past_the_air_where_another_is_on_it() -> None:
    stage = Stage(ASKED, *TO["on_air"], Asked("q2", "p1", "Who?", "en"), Published("q2")).do(Air("q2"))
    assert stage.when(Restore("q1")) == (Restored("q1", "published"),)
    stage.do(Restore("q2"))
    assert stage.when(Restore("q1")) == (Restored("q1", "on_air"),)


def test_question_restored_to_the_queue_is_at_its_top() -> None:
    stage = Stage(*(Asked(id, "p0", "Why?", "en") for id in ("q1", "q2")))
    stage.given(Published("q1"), Published("q2"), Queued("q1", 0), Queued("q2", 1), Aired("q2"))
    assert stage.do(Restore("q2")).room.questions.queue == ["q2", "q1"]


@pytest.mark.parametrize(
    ("command", "state"),
    [
        (Screen("q1", "published"), "submitted"),
        (Publish("q1", "submitted"), "screened"),
        (Queue("q1", was="published"), "queued"),
        (Air("q1", "queued"), "published"),
        (Answered("q1", "queued"), "on_air"),
        (Decline("q1", "No", "submitted"), "screened"),
    ],
)
def test_question_step_from_another_state_than_the_sender_saw_is_refused(command: Command, state: State) -> None:
    assert asked(state).refused(command) == ("state.changed", {"state": state})


@pytest.mark.parametrize(
    "command",
    [
        *(Withdraw("q9"), Screen("q9"), Publish("q9"), Queue("q9"), Air("q9"), Answered("q9"), Decline("q9", "No")),
        Restore("q9"),
    ],
)
def test_question_that_is_not_there_is_unknown(command: Command) -> None:
    assert asked().refused(command, ANNA) == ("question.unknown", {})


@pytest.mark.parametrize("actor", [BERT, MODERATOR])
def test_question_of_another_cannot_be_withdrawn_and_not_even_be_known(actor: Actor) -> None:
    assert asked("published").refused(Withdraw("q1"), actor) == ("question.unknown", {})


def test_question_on_air_is_answered_when_the_next_goes_on_air() -> None:
    stage = Stage(ASKED, *TO["on_air"], Asked("q2", "p1", "How?", "en"), Published("q2"))
    assert stage.when(Air("q2")) == (Closed("q1"), Aired("q2"))


def test_question_stays_on_air_while_the_agenda_moves_on() -> None:
    assert asked("on_air").when(Start("a2")) == Stage().when(Start("a2"))


# ── The queue ────────────────────────────────────────────────────────────────────────────────────────────────────────


def queue(*order: str) -> Stage:
    """Questions q1 to q4 published, some of them in the queue."""
    ids = [f"q{n}" for n in range(1, 5)]
    given = [event for id in ids for event in (Asked(id, "p0", "Why?", "en"), Published(id))]
    return Stage(*given, *(Queued(id, place) for place, id in enumerate(order)))


ORDERS: list[tuple[Command, Event, list[str]]] = [
    (Queue("q4"), Queued("q4", 3), ["q1", "q2", "q3", "q4"]),
    (Queue("q4", None), Queued("q4", 0), ["q4", "q1", "q2", "q3"]),
    (Queue("q4", "q1"), Queued("q4", 1), ["q1", "q4", "q2", "q3"]),
    (Queue("q1"), Queued("q1", 2), ["q2", "q3", "q1"]),
    (Queue("q3", None), Queued("q3", 0), ["q3", "q1", "q2"]),
    (Queue("q1", "q2"), Queued("q1", 1), ["q2", "q1", "q3"]),
    (Queue("q3", "q2"), Queued("q3", 2), ["q1", "q2", "q3"]),
    (Air("q2"), Aired("q2"), ["q1", "q3"]),
    (Decline("q2", "No"), Declined("q2", "No"), ["q1", "q3"]),
    (Answered("q2"), Closed("q2"), ["q1", "q3"]),
]


@pytest.mark.parametrize(("command", "event", "order"), ORDERS)
def test_question_queue_is_ordered_by_hand(command: Command, event: Event, order: list[str]) -> None:
    stage = queue("q1", "q2", "q3")
    assert stage.when(command) == (event,)
    stage.do(command)
    places = {id: stage.shown("questions", id)["order"] for id in stage.room.questions.all}
    assert places == {id: order.index(id) if id in order else None for id in places}


@pytest.mark.parametrize("after", ["q4", "q1", "gone"], ids=["not in the queue", "itself", "unknown"])
def test_question_cannot_be_queued_behind_what_is_not_in_the_queue(after: str) -> None:
    assert queue("q1", "q2").refused(Queue("q1", after)) == ("state.changed", {"state": "queue"})


# ── Votes ────────────────────────────────────────────────────────────────────────────────────────────────────────────

INTERPRETER = Actor("i1", "interpreter")
VOTES: list[tuple[State, Actor, str | None]] = [
    *((state, actor, None) for state in ("published", "queued", "on_air") for actor in (BERT, INTERPRETER, MODERATOR)),
    *((state, ANNA, "question.own") for state in ("published", "queued", "on_air", "answered")),
    *((state, BERT, "question.unknown") for state in ("submitted", "screened", "declined", "withdrawn")),
    ("submitted", INTERPRETER, "question.unknown"),
    ("submitted", MODERATOR, "state.changed"),  # the crew sees it, but nobody votes for it yet
    ("declined", MODERATOR, "state.changed"),
    ("answered", BERT, "state.changed"),
    ("answered", MODERATOR, "state.changed"),
]


@pytest.mark.parametrize("command", [Vote("q1"), Unvote("q1")])
@pytest.mark.parametrize(("state", "actor", "code"), VOTES)
def test_question_takes_votes_of_those_who_see_it_while_it_is_open(
    command: Vote | Unvote, state: State, actor: Actor, code: str | None
) -> None:
    found = None
    try:
        votable(command, asked(state).room.questions, actor, AUDIENCE[actor.role])
    except Refused as refused:
        found = refused.code
    assert found == code


def test_question_that_is_not_there_takes_no_vote() -> None:
    with pytest.raises(Refused, match=r"^question\.unknown$"):
        votable(Vote("q9"), asked("published").room.questions, BERT, "public")
