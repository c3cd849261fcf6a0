"""Slides: whose pages are on the stage, who turns them, and from when on they may be shown at all."""

import pytest
from msgspec.structs import replace

from rooms.contributions import Aired, Finished, PlannedContribution, Submitted
from rooms.core import AUDIENCES, NO_FACTS, Actor, Audience, Command, Event, Facts, Item
from rooms.lifecycle import RecordingSet
from rooms.slides import Hidden, Hide, Show, Shown
from tests.rooms.stage import EXPERT, MODERATOR, Fact, Stage
from tests.rooms.stories import PLAN

OWN = Facts(frozenset({"c1"}))
PLANNED = replace(PLAN, contributions=(*PLAN.contributions, PlannedContribution("c2", {"en": "Two pumps"})))
DECKS = (Submitted("c1", "d1", 5), Submitted("c2", "d2", 8))
ON_AIR = (*DECKS, Aired("c1"))
AFTER = (*ON_AIR, Finished("c1"), Aired("c2"))  # c1 is done


def stage(*events: Event) -> Stage:
    return Stage(*events, plan=PLANNED)


@pytest.mark.parametrize(
    ("given", "command", "actor", "facts", "event"),
    [
        (ON_AIR, Show("d1", 1), EXPERT, OWN, Shown("d1", "c1", 1, 5)),
        (ON_AIR, Show("d1", 5), EXPERT, OWN, Shown("d1", "c1", 5, 5)),
        (ON_AIR, Show("d1", 3), MODERATOR, NO_FACTS, Shown("d1", "c1", 3, 5)),
        (AFTER, Show("d1", 3), MODERATOR, NO_FACTS, Shown("d1", "c1", 3, 5)),  # once more, for a question
        (AFTER, Show("d2", 8), MODERATOR, NO_FACTS, Shown("d2", "c2", 8, 8)),
        ((*ON_AIR, Shown("d1", "c1", 3, 5)), Show("d1", 3), EXPERT, OWN, Shown("d1", "c1", 3, 5)),
    ],
)
def test_page_is_shown(given: tuple[Event, ...], command: Show, actor: Actor, facts: Facts, event: Event) -> None:
    decided = stage(*given).decided(command, actor, facts)
    assert (decided.events, decided.ok) == ((event,), {"presentation": command.presentation})


@pytest.mark.parametrize(
    ("given", "command", "actor", "facts", "code"),
    [
        (DECKS, Show("d1", 1), EXPERT, OWN, ("slides.not_on_air", {})),
        (DECKS, Show("d1", 1), MODERATOR, NO_FACTS, ("slides.not_on_air", {})),  # not yet to be seen
        (AFTER, Show("d1", 1), EXPERT, OWN, ("slides.not_on_air", {})),  # no longer
        (AFTER, Show("d2", 1), EXPERT, OWN, ("slides.not_on_air", {})),  # somebody else's
        (AFTER, Hide(), EXPERT, OWN, ("slides.not_on_air", {})),
        (ON_AIR, Show("d2", 1), EXPERT, OWN, ("slides.not_on_air", {})),
        (ON_AIR, Show("d1", 1), EXPERT, NO_FACTS, ("slides.not_on_air", {})),
        (AFTER, Show("d1", 1), EXPERT, Facts(frozenset({"c1", "c2"})), ("slides.not_on_air", {})),  # of another slot
        (ON_AIR, Show("d9", 1), MODERATOR, NO_FACTS, ("slides.not_on_air", {})),
        (ON_AIR, Show("d1", 6), MODERATOR, NO_FACTS, ("slides.page", {"pages": 5})),
        (ON_AIR, Show("d1", 6), EXPERT, OWN, ("slides.page", {"pages": 5})),
    ],
)
def test_page_is_refused(given: tuple[Event, ...], command: Command, actor: Actor, facts: Facts, code: Fact) -> None:
    assert stage(*given).refused(command, actor, facts) == code


@pytest.mark.parametrize(("actor", "facts"), [(EXPERT, OWN), (MODERATOR, NO_FACTS)], ids=["expert", "moderator"])
def test_slides_are_hidden_and_hiding_them_again_is_kept_too(actor: Actor, facts: Facts) -> None:
    room = stage(*ON_AIR, Shown("d1", "c1", 3, 5))
    decided = room.decided(Hide(), actor, facts)
    assert (decided.events, decided.ok) == ((Hidden(),), {})
    assert room.do(Hide(), actor, facts).when(Hide(), actor, facts) == (Hidden(),)  # its id is known for good


def item(presentation: str | None = None, contribution: str | None = None, page: int | None = None) -> Item:
    return {"presentation": presentation, "contribution": contribution, "page": page, "pages": 5 if page else None}


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize(
    ("events", "seen"),
    [
        ((), item()),
        ((Shown("d1", "c1", 3, 5),), item("d1", "c1", 3)),
        ((Shown("d1", "c1", 3, 5), Shown("d1", "c1", 4, 5), RecordingSet("on")), item("d1", "c1", 4)),
        ((Shown("d1", "c1", 3, 5), Hidden()), item()),
        ((Shown("d1", "c1", 3, 5), PLANNED), item("d1", "c1", 3)),
    ],
)
def test_stage_is_the_same_for_all(events: tuple[Event, ...], seen: Item, audience: Audience) -> None:
    assert stage(*ON_AIR, *events).see("slides", "slides", audience) == seen
