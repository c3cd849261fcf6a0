"""Questions: their path from asking to answered, what is refused on the way, and whose votes count."""

import pytest

from rooms.agenda import Start
from rooms.core import NO_FACTS, Actor, Command, Elsewhere, Event, Facts, Refused
from rooms.questions import (
    LENGTH,
    WAITING,
    Air,
    Aired,
    Answered,
    Ask,
    Asked,
    Closed,
    Commands,
    Decline,
    Declined,
    Defer,
    Deferred,
    Edit,
    Edited,
    Merge,
    Merged,
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
    Write,
    Written,
    votable,
)
from rooms.roles import AUDIENCE
from rooms.translations import ApproveTranslation, Translate, Translated, TranslationApproved
from tests.rooms.stage import ANNA, BERT, EXPERT, IDA, MODERATOR, TO, Stage

ASKED = Asked("q1", "p0", "Why?", "en")


def asked(state: State = "submitted") -> Stage:
    """A room with q1, of Anna's, in a state."""
    stage = Stage(ASKED, *TO[state])
    assert stage.room.questions.all["q1"].state == state
    return stage


def item(stage: Stage, field: str) -> object:
    return stage.shown("questions", "q1")[field]


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


UNSEEN = [
    "",
    " \n\u2003",
    "\u200b\u200d\ufeff",
    "\u202e\u2066 \u2069",
    "\x00\x1b",
    "\u2800\u3164\ufe0f\u034f",
    "\U000e0041",
]
STRANGE = [
    "\u202eevil\u202c?",
    "a\u200db\u200c c\ufeffd",
    "لماذا \u2067Why\u2069؟",
    "\x00?",
    "e\u0301" * 1_000,
]


@pytest.mark.parametrize("text", [*UNSEEN, "🌍" * (LENGTH + 1)], ids=ascii)
def test_question_has_a_length_and_something_to_be_seen(text: str) -> None:
    assert Stage().refused(Ask(text, "en"), ANNA) == ("question.length", {"limit": LENGTH})
    assert asked().refused(Edit("q1", text), ANNA) == ("question.length", {"limit": LENGTH})


@pytest.mark.parametrize("text", STRANGE, ids=ascii)
def test_question_keeps_marks_that_nobody_sees(text: str) -> None:
    assert Stage().when(Ask(text, "en"), ANNA) == (Asked("n1", "p0", text, "en"),)


def test_question_is_put_only_to_a_contribution_of_this_room() -> None:
    assert Stage().refused(Ask("Why?", "en", "c9"), ANNA) == ("question.to", {"to": "c9"})
    assert asked().refused(Edit("q1", to="c9"), ANNA) == ("question.to", {"to": "c9"})


@pytest.mark.parametrize("to", ["c1", "a3", None])
def test_question_is_put_to_a_contribution_an_agenda_item_or_the_room(to: str | None) -> None:
    assert Stage().when(Ask("Why?", "en", to), ANNA) == (Asked("n1", "p0", "Why?", "en", to),)
    assert asked().when(Edit("q1", to=to), ANNA) == (Edited("q1", "Why?", "en", to),)


def test_question_edited_keeps_what_is_not_named_and_loses_translations_of_another_text() -> None:
    stage = Stage(Asked("q1", "p0", "Why?", "en", "c1"), Translated("q1", "de", "Warum?", "m0"))
    stage.do(Edit("q1", to=None), ANNA)
    assert item(stage, "translations") != {}
    assert stage.when(Edit("q1", language="fr"), ANNA) == (Edited("q1", "Why?", "fr"),)
    stage.do(Edit("q1", "Why not?"), ANNA)
    assert (item(stage, "text"), item(stage, "translations")) == ("Why not?", {})


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


EVERY = tuple(TO)
BEFORE_AIR: tuple[State, ...] = ("submitted", "screened", "published", "queued")
OPEN: tuple[State, ...] = ("published", "queued", "on_air")
SEEN: tuple[State, ...] = (*OPEN, "answered", "answered_in_writing", "deferred")
LATER = Facts(elsewhere=Elsewhere("r2", "again", {"en": "Later"}))
SPEAKS = Facts(frozenset({"c1"}))
STEPS: dict[Command, tuple[Actor, Facts, Event, tuple[State, ...]]] = {  # who gives it, what it makes, and from where
    Edit("q1", " Why not? "): (ANNA, NO_FACTS, Edited("q1", "Why not?", "en"), ("submitted",)),
    Withdraw("q1"): (ANNA, NO_FACTS, Withdrawn("q1"), BEFORE_AIR),
    Screen("q1"): (MODERATOR, NO_FACTS, Screened("q1"), ("submitted",)),
    Publish("q1"): (MODERATOR, NO_FACTS, Published("q1"), ("submitted", "screened")),
    Queue("q1"): (MODERATOR, NO_FACTS, Queued("q1", 0), ("published", "queued")),
    Air("q1"): (MODERATOR, NO_FACTS, Aired("q1"), ("published", "queued")),
    Answered("q1"): (MODERATOR, NO_FACTS, Closed("q1"), OPEN),
    Write("q1", " So. ", "de"): (MODERATOR, NO_FACTS, Written("q1", "m0", "So.", "de"), SEEN),
    Write("q1", "So.", "en"): (EXPERT, SPEAKS, Written("q1", "e1", "So.", "en"), SEEN),
    Decline("q1", " Off topic "): (MODERATOR, NO_FACTS, Declined("q1", "Off topic"), BEFORE_AIR),
    Decline("q1", "no_time"): (MODERATOR, NO_FACTS, Declined("q1", None, "no_time"), BEFORE_AIR),
    Merge("q1", "q7"): (MODERATOR, NO_FACTS, Merged("q1", "q7"), BEFORE_AIR),
    Defer("q1", "again"): (MODERATOR, LATER, Deferred("q1", "r2", "again", {"en": "Later"}), BEFORE_AIR),
    Translate("q1", "de", " Warum? "): (
        *(MODERATOR, NO_FACTS, Translated("q1", "de", "Warum?", "m0")),
        ("submitted", "screened", *SEEN),
    ),
    Translate("q1", "de", "Warum?"): (IDA, NO_FACTS, Translated("q1", "de", "Warum?", "i1"), SEEN),
    ApproveTranslation("q1", "ar"): (
        *(MODERATOR, NO_FACTS, TranslationApproved("q1", "ar", "m0")),
        ("submitted", "screened", *SEEN),
    ),
    ApproveTranslation("q1", "ar", "لماذا؟"): (IDA, NO_FACTS, TranslationApproved("q1", "ar", "i1"), SEEN),
}


def test_question_steps_are_all_in_the_table() -> None:
    elsewhere = {Ask, Vote, Unvote, Restore}
    assert {type(command) for command in STEPS} == set(Commands.__args__) - elsewhere


@pytest.mark.parametrize("state", TO)
@pytest.mark.parametrize("command", STEPS, ids=repr)
def test_question_step_is_possible_from_these_states_only(command: Command, state: State) -> None:
    actor, facts, event, possible = STEPS[command]
    stage = asked(state).given(Translated("q1", "ar", "لماذا؟", "i2"), Asked("q7", "p1", "How?", "en"))
    if state in possible:
        decided = stage.decided(command, actor, facts)
        assert (decided.events, decided.ok) == ((event,), {"question": "q1"})
        stage.do(command, actor, facts)
        assert stage.shown("questions", "q1")["state"] == LEADS.get(type(command), {}).get(state, state)
    elif actor in (EXPERT, IDA) and state not in SEEN:
        assert stage.refused(command, actor, facts) == ("question.unknown", {})
    else:
        assert stage.refused(command, actor, facts) == ("state.changed", {"state": state})


def all_to(state: State) -> dict[State, State]:
    return dict.fromkeys(EVERY, state)


LEADS: dict[type[Command], dict[State, State]] = {  # where a step leads; elsewhere the state stays
    Withdraw: all_to("withdrawn"),
    Screen: all_to("screened"),
    Publish: all_to("published"),
    Queue: all_to("queued"),
    Air: all_to("on_air"),
    Answered: all_to("answered"),
    Write: dict.fromkeys(OPEN, "answered_in_writing"),
    Decline: all_to("declined"),
    Merge: all_to("merged"),
    Defer: all_to("deferred"),
}


BACK: dict[State, State] = {  # where a step back leads from each state of TO; nowhere from the others
    "screened": "submitted",
    "published": "submitted",
    "queued": "published",
    "on_air": "published",
    "answered": "on_air",
    "declined": "published",
    "answered_in_writing": "published",
    "deferred": "published",
    "merged": "published",
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
        (Merge("q1", "q7", "submitted"), "screened"),
        (Defer("q1", "r2", "published"), "queued"),
    ],
)
def test_question_step_from_another_state_than_the_sender_saw_is_refused(command: Command, state: State) -> None:
    assert asked(state).refused(command) == ("state.changed", {"state": state})


@pytest.mark.parametrize(
    "command",
    [
        *(Withdraw("q9"), Screen("q9"), Publish("q9"), Queue("q9"), Air("q9"), Answered("q9"), Decline("q9", "No")),
        *(Edit("q9"), Merge("q9", "q9"), Defer("q9", "r2"), Translate("q9", "de", "Warum?"), Restore("q9")),
        *(ApproveTranslation("q9", "de"), Merge("q1", "q9")),
    ],
)
def test_question_that_is_not_there_is_unknown(command: Command) -> None:
    assert asked().refused(command, ANNA) == ("question.unknown", {})


@pytest.mark.parametrize("actor", [BERT, MODERATOR])
@pytest.mark.parametrize("command", [Withdraw("q1"), Edit("q1", "Mine!")])
def test_question_of_another_cannot_be_changed_and_not_even_be_known(command: Command, actor: Actor) -> None:
    assert asked().refused(command, actor) == ("question.unknown", {})


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
    *((state, BERT, "state.changed") for state in ("merged", "deferred", "answered_in_writing")),
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
