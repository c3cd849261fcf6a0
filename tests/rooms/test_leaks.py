"""What must not leak, searched for in everything an audience sees, at every point of random histories."""

import re
from collections.abc import Callable, Iterable
from unittest.mock import patch  # only to plant bugs on purpose

import pytest

from rooms import contributions, course, interpretation, people, questions, slides
from rooms.agenda import Agenda, Undone
from rooms.contributions import Returned, Slot, Slots, Submitted
from rooms.core import Audience, Event, Item, Names
from rooms.interpretation import Interpretation
from rooms.people import Removed, Restricted, Silenced
from rooms.slides import Slides
from tests.rooms.stories import Story
from tests.rooms.test_law import screen

Secrets = set[str]


def hidden_questions(story: Story) -> Secrets:
    return {
        id
        for id, question in story.room.questions.all.items()
        if question.state in ("submitted", "screened", "declined", "withdrawn")
    }


def notes(story: Story) -> Secrets:
    """What was ever written to an expert: of the crew and the expert alone."""
    return {str(record.event.text) for record in story.log if isinstance(record.event, Returned)}


def reasons(story: Story) -> Secrets:
    """Why anybody was ever silenced or removed: of the crew and the person alone."""
    return {str(record.event.text) for record in story.log if isinstance(record.event, Silenced | Removed)}


def decks(story: Story) -> Secrets:
    """Presentations that are not those of a contribution that is or was on air."""
    handed_in = {record.event.presentation for record in story.log if isinstance(record.event, Submitted)}
    slots = story.room.contributions.values()
    return handed_in - {str(slot.presentation) for slot in slots if slot.state in ("on_air", "done")}


def silent_interpreters(story: Story) -> Secrets:
    """Those in a booth whose voice nobody hears."""
    channels = story.room.interpretation.channels.values()
    return {person for one in channels for person in one.booth} - {str(one.on_air) for one in channels}


def words(story: Story, audience: Audience, collection: str | None = None) -> set[str]:
    """All words that an audience finds in its items, ids included."""
    items = {key: item for key, item in screen(story.room, audience).items() if collection in (None, key[0])}
    return set(re.findall(r"[\w-]+", str(items)))


def look_for_leak(seed: int) -> int:
    """Hold one history to what must not be seen; how many secrets were looked for. AssertionError."""
    story, looked_for = Story(seed), 0
    story.weights[3], story.weights[6:8] = 12, [12, 12]  # there is always an agenda, and somebody with slides
    while len(story.log) < 120:
        story.step()
        for audience in ("public", "booth"):
            secrets = hidden_questions(story) | notes(story) | reasons(story)
            secrets |= decks(story) if audience == "public" else set()
            assert secrets & words(story, audience) == set()
            looked_for += len(secrets)
        inside = silent_interpreters(story)
        assert inside & words(story, "public", "channels") == set()
        assert hidden_questions(story) <= words(story, "crew")  # the search finds what is there
        looked_for += len(inside)
    for id, question in story.room.questions.all.items():
        shown = [screen(story.room, audience).get(("questions", id)) for audience in ("public", "booth")]
        assert not question.anonymous or question.by not in str(shown)
    return looked_for


def look_for_leaks(seeds: Iterable[int]) -> int:
    return sum(look_for_leak(seed) for seed in seeds)


def test_nobody_sees_what_is_not_theirs_to_see() -> None:
    assert look_for_leaks(range(40, 80)) > 20_000  # secrets that could have leaked


# ── Leaks planted on purpose: each must be caught ────────────────────────────────────────────────────────────────────


def of_screened(all: questions.Questions, id: str, audience: Audience, names: Names) -> Item | None:
    return see_question(all, id, "crew" if all.all[id].state == "screened" else audience, names)


def of_ready(slots: Slots, id: str, audience: Audience) -> Item | None:
    return see_slot(slots, id, "booth" if slots[id].state == "ready" else audience)


def of_notes(slots: Slots, id: str, audience: Audience) -> Item | None:
    return see_slot(slots, id, "crew" if audience == "booth" else audience)


def of_booths(here: Interpretation, language: str, audience: Audience, names: Names) -> Item | None:
    return see_channel(here, language, "booth" if here.channels[language].handover else audience, names)


def not_hidden(undone: Undone, plan: Agenda, slots: Slots, stage: Slides) -> list[Event]:
    return [event for event in take_back(undone, plan, slots, stage) if not isinstance(event, slides.Hidden)]


def of_the_next(slots: Slots, presentation: str) -> Slot | None:
    return contributions.of_presentation(slots, presentation)


def of_reasons(all: Restricted, person: str, audience: Audience, names: Names) -> Item | None:
    return see_restricted(all, person, "crew" if audience == "booth" else audience, names)


see_restricted = people.see
see_question, see_slot, see_channel = questions.see, contributions.see, interpretation.see
take_back = course.take_back

LEAKS: dict[str, Callable[[], object]] = {
    "a question that is screened": lambda: patch.object(questions, "see", of_screened),
    "a presentation before its expert is on air": lambda: patch.object(contributions, "see", of_ready),
    "a note, to the booth": lambda: patch.object(contributions, "see", of_notes),
    "why somebody was removed, to the booth": lambda: patch.object(people, "see", of_reasons),
    "who is in a booth": lambda: patch.object(interpretation, "see", of_booths),
    "slides that were put on the stage by mistake": lambda: patch.object(course, "take_back", not_hidden),
    "slides that the crew wants to look at first": lambda: patch.object(course, "public", of_the_next),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_planted_leak_is_caught(leak: str) -> None:
    with LEAKS[leak](), pytest.raises(AssertionError):  # type: ignore[attr-defined]  # a patch is a context manager
        look_for_leaks(range(40, 80))
