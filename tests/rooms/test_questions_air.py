"""What goes on air in the place of what: only of what the moderator has seen there."""

import pytest

from rooms.core import Event, Refused
from rooms.questions import Air, Aired, Asked, Closed, Published, State
from tests.rooms.stage import TO, Stage
from tests.rooms.test_questions import ASKED


@pytest.mark.parametrize(
    ("state", "seen"), [("on_air", None), ("on_air", "q3"), ("on_air", "q2"), ("queued", "q1"), ("queued", "q3")]
)
def test_question_goes_not_on_air_in_the_place_of_one_that_the_sender_has_not_seen_there(
    state: State, seen: str | None
) -> None:
    stage = Stage(ASKED, *TO[state], Asked("q2", "p1", "How?", "en"), Published("q2"))
    with pytest.raises(Refused) as refused:
        stage.when(Air("q2", "published", seen))
    assert (refused.value.code, refused.value.facts) == ("state.changed", {"state": "published"})


@pytest.mark.parametrize(
    ("state", "seen", "before"), [("on_air", "q1", (Closed("q1"),)), ("queued", None, ()), ("answered", None, ())]
)
def test_question_goes_on_air_in_the_place_of_the_one_that_the_sender_has_seen_there(
    state: State, seen: str | None, before: tuple[Event, ...]
) -> None:
    stage = Stage(ASKED, *TO[state], Asked("q2", "p1", "How?", "en"), Published("q2"))
    assert stage.when(Air("q2", None, seen)) == (*before, Aired("q2"))
