"""Who sees what of a question, in every state; whoever asks anonymously has no name and no id for the public."""

import json

import msgspec
import pytest

from rooms.core import AUDIENCES, Audience, Item, Record
from rooms.lifecycle import Renamed
from rooms.questions import Asked, Published, Scored, State, Withdrawn
from rooms.room import apply
from rooms.sight import mine
from rooms.view import View
from tests.rooms.stage import BERT, TO, Stage
from tests.rooms.stories import NAMES, START

ANNAS: Item = {"id": "p0", "name": "Name of p0"}
HIDDEN = ("submitted", "screened", "declined", "withdrawn", "merged")
ANSWER: Item = {"text": "Because.", "language": "fr", "by": {"id": "e1", "name": "Name of e1"}, "at": START}
MORE: dict[State, Item] = {
    "declined": {"reason": "Off topic", "code": "other"},
    "deferred": {"deferred_to": {"room": "r2", "titles": {"en": "Later"}}},
}
PATHS: dict[State, list[State]] = {
    **{state: ["submitted", "published"] for state in TO},
    "submitted": [],
    "screened": ["submitted"],
    "published": ["submitted"],
    "answered": ["submitted", "published", "on_air"],
}


def asked(state: State, anonymous: bool = False) -> Stage:
    return Stage(Asked("q1", "p0", "Why?", "en", "c1", anonymous), Scored({"q1": 3}), *TO[state])


def item(state: State, by: Item | None, anonymous: bool = False) -> Item:
    return {
        "text": "Why?",
        "language": "en",
        "by": by,
        "anonymous": anonymous,
        "state": state,
        "order": 0 if state == "queued" else None,
        "to": "c1",
        "answer": ANSWER if state == "answered_in_writing" else None,
        "translations": {},
        "merged_into": "q0" if state == "merged" else None,
        "asked_at": START,
        **MORE.get(state, {}),
    }


@pytest.mark.parametrize("anonymous", [False, True])
@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("state", TO)
def test_question_is_seen_by_the_crew_always_and_by_others_from_published_on(
    state: State, audience: Audience, anonymous: bool
) -> None:
    by = None if anonymous and audience != "crew" else ANNAS
    seen = None if audience != "crew" and state in HIDDEN else item(state, by, anonymous)
    assert asked(state, anonymous).see("questions", "q1", audience) == seen


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("state", TO)
def test_question_score_is_seen_by_those_who_see_the_question(state: State, audience: Audience) -> None:
    seen = None if audience != "crew" and state in HIDDEN else {"votes": 3}
    assert asked(state).see("scores", "q1", audience) == seen


@pytest.mark.parametrize("audience", ["public", "booth"])
@pytest.mark.parametrize("state", TO)
def test_question_asked_anonymously_never_carries_its_asker(state: State, audience: Audience) -> None:
    stage = asked(state, anonymous=True)
    view = View(audience)
    keys = [("questions", "q1"), ("scores", "q1"), ("mine", "p0"), ("room", "room")]
    view.touch(stage.room, Published("q1"), keys, NAMES)
    shown = json.dumps(msgspec.to_builtins(view.everything(stage.room, NAMES)))
    assert [secret in shown for secret in ("p0", "Name of p0")] == [False, False]
    crew = View("crew")
    crew.touch(stage.room, Published("q1"), [("questions", "q1")], NAMES)
    shown = json.dumps(msgspec.to_builtins(crew.everything(stage.room, NAMES)))
    assert [secret in shown for secret in ("p0", "Name of p0")] == [True, True]  # there is something to leak


@pytest.mark.parametrize("audience", AUDIENCES)
def test_question_that_is_not_there_is_seen_by_nobody(audience: Audience) -> None:
    assert [Stage().see(collection, "q9", audience) for collection in ("questions", "scores")] == [None, None]


@pytest.mark.parametrize("state", TO)
def test_question_is_always_among_its_askers_own(state: State) -> None:
    own = {
        "text": "Why?",
        "language": "en",
        "state": state,
        "path": PATHS[state],
        "to": "c1",
        "anonymous": False,
        "asked_at": START,
        "merged_into": "q0" if state == "merged" else None,
        "answer": ANSWER if state == "answered_in_writing" else None,
        **MORE.get(state, {}),
    }
    assert mine(asked(state).room.questions, "p0", NAMES) == {"q1": own}


def test_question_is_not_among_anybody_elses_own() -> None:
    assert mine(asked("declined").room.questions, BERT.id, NAMES) == {}


def test_question_of_ones_own_stand_in_the_order_asked() -> None:
    stage = Stage(*(Asked(id, "p0", "Why?", "en") for id in ("q3", "q1", "q2")), Published("q1"))
    assert list(mine(stage.room.questions, "p0", NAMES)) == ["q3", "q1", "q2"]


@pytest.mark.parametrize("audience", AUDIENCES)
def test_question_is_not_shown_anew_to_who_must_not_know_whose_it_is(audience: Audience) -> None:
    """A rename that touched it would tell: what changed in the same moment is the same person's."""
    stage = Stage(Asked("q1", "p0", "Why?", "en"), Asked("q2", "p0", "Who?", "en", anonymous=True))
    stage.given(Asked("q3", "p0", "Gone?", "en"), *(Published(id) for id in ("q1", "q2", "q3")), Withdrawn("q3"))
    view, before = View(audience), stage.room.seq
    for id in ("q1", "q2", "q3"):
        view.changed["questions", id] = before
    renamed = Renamed("p0")
    keys = apply(Record(before + 1, stage.now, "p0", renamed), stage.room)
    view.touch(stage.room, renamed, keys, NAMES)
    told = set(view.since(stage.room, before, NAMES).get("questions", {}))
    assert told == ({"q1", "q2", "q3"} if audience == "crew" else {"q1"})
