"""What must not leak, searched for in everything an audience sees, at every point of random histories."""

import re
from collections.abc import Callable, Iterable
from unittest.mock import patch  # only to plant bugs on purpose

import pytest

from rooms import (
    agenda,
    asked,
    chat,
    contributions,
    course,
    interpretation,
    people,
    polls,
    questions,
    sight,
    slides,
    translations,
)
from rooms.agenda import Undone
from rooms.chat import Chat, Said
from rooms.contributions import Returned, Slot, Slots, Submitted
from rooms.core import Audience, Event, Item, Names, main_text
from rooms.interpretation import Interpretation
from rooms.people import Removed, Restricted, Silenced
from rooms.slides import Slides
from rooms.timetable import Agenda, Entry
from tests.rooms import turns
from tests.rooms.stories import Story
from tests.rooms.test_law import screen
from tests.rooms.turns import Turn

Secrets = set[str]


def hidden_questions(story: Story) -> Secrets:
    """Ids, and what is written at them: translations."""
    hidden = ("submitted", "screened", "declined", "withdrawn", "merged")
    found = [
        question
        for question in story.room.questions.all.values()
        if question.state in hidden or (question.state == "deferred" and "published" not in question.path)
    ]
    texts = [{**one.translations.approved, **one.translations.proposed}.values() for one in found]
    return {question.id for question in found} | {str(one.text) for these in texts for one in these}


def reasons(story: Story) -> Secrets:
    """Why questions were declined, in words: of the asker and the crew."""
    return {str(one.event.text) for one in story.log if isinstance(one.event, questions.Declined) and one.event.text}


def proposals(story: Story) -> Secrets:
    """Translations that nobody has approved: of the booth and the crew."""
    every = [one.translations for one in story.room.questions.all.values()]
    return {str(text.text) for one in every for text in one.proposed.values()} - {
        str(text.text) for one in every for text in one.approved.values()
    }


def unnamed(story: Story) -> Secrets:
    """Questions whose asker is anonymous for everybody."""
    return {id for id, question in story.room.questions.all.items() if question.unnamed}


def notes(story: Story) -> Secrets:
    """What was ever written to an expert: of the crew and the expert alone."""
    return {str(record.event.text) for record in story.log if isinstance(record.event, Returned)}


def ballot_papers(story: Story) -> Secrets:
    """What is asked in drafts, and the sums of whatever is not published."""
    all = story.room.polls.all.values()
    drafts = {text for poll in all if poll.state == "draft" for text in (poll.id, poll.title, *poll.choices)}
    sums = {poll.sum for poll in all if poll.sum and poll.state != "published"}
    return drafts | {str(number) for sum in sums for number in (sum.voters, *sum.results)}


def sanctions(story: Story) -> Secrets:
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


def talk(story: Story, audience: Audience) -> Secrets:
    """What was said among others, and what was hidden: ids of the former, texts of both."""
    said = {record.event.message: record.event for record in story.log if isinstance(record.event, Said)}
    others = ("crew", "booth") if audience == "public" else ("crew",)
    hidden = [message.id for message in story.room.chat.all.values() if message.hidden]
    among = {id for id, event in said.items() if event.to in others}
    return among | {str(said[id].text) for id in (*among, *hidden)}


def hushed(story: Story) -> Secrets:
    """Items of the agenda that are hidden: their ids, and titles that nothing else has."""
    hidden = [entry for entry in story.room.agenda.entries.values() if entry.hidden]
    titles = {main_text(entry.titles) for entry in hidden}
    return {entry.id for entry in hidden} | {title for title in titles if title.startswith("hush")}


def words(story: Story, audience: Audience, collection: str | None = None) -> set[str]:
    """All words that an audience finds in its items, ids included."""
    items = {key: item for key, item in screen(story.room, audience).items() if collection in (None, key[0])}
    return set(re.findall(r"[\w-]+", str(items)))


def look_for_leak(seed: int, often: tuple[Turn, ...] = ()) -> int:
    """Hold one history to what must not be seen; how many secrets were looked for. AssertionError."""
    story, looked_for = Story(seed, often), 0
    while len(story.log) < 120:
        story.step()
        for audience in ("public", "booth"):
            secrets = (
                hidden_questions(story)
                | notes(story)
                | reasons(story)
                | talk(story, audience)
                | ballot_papers(story)
                | sanctions(story)
            )
            secrets |= decks(story) | proposals(story) if audience == "public" else set()
            assert secrets & words(story, audience) == set()
            looked_for += len(secrets)
        behind = hushed(story)
        assert behind & words(story, "public") == set()
        assert behind <= words(story, "booth") & words(story, "crew")
        inside = silent_interpreters(story)
        assert inside & words(story, "public", "channels") == set()
        assert hidden_questions(story) | ballot_papers(story) <= words(story, "crew")  # the search finds what is there
        looked_for += len(inside) + len(behind)
    for id in unnamed(story):
        shown_to_crew = screen(story.room, "crew")["questions", id]
        assert shown_to_crew["by"] is None
        looked_for += 1
    for id, question in story.room.questions.all.items():
        shown = [screen(story.room, audience).get(("questions", id)) for audience in ("public", "booth")]
        assert not question.anonymous or all(item is None or item["by"] is None for item in shown)
    return looked_for


def look_for_leaks(seeds: Iterable[int], often: tuple[Turn, ...] = ()) -> int:
    return sum(look_for_leak(seed, often) for seed in seeds)


def test_nobody_sees_what_is_not_theirs_to_see() -> None:
    assert look_for_leaks(range(40, 80)) > 20_000  # secrets that could have leaked


# ── Leaks planted on purpose: each must be caught ────────────────────────────────────────────────────────────────────


def of_screened(all: questions.Questions, id: str, audience: Audience, names: Names) -> Item | None:
    return see_question(all, id, "crew" if all.all[id].state == "screened" else audience, names)


def of_proposed(here: translations.Translations, audience: Audience, names: Names) -> Item:
    return see_translations(here, "booth", names)


def of_the_crew(question: questions.Question, audience: Audience) -> bool:
    return audience == "crew" or not question.anonymous


def of_ready(slots: Slots, id: str, audience: Audience) -> Item | None:
    return see_slot(slots, id, "booth" if slots[id].state == "ready" else audience)


def of_notes(slots: Slots, id: str, audience: Audience) -> Item | None:
    return see_slot(slots, id, "crew" if audience == "booth" else audience)


def of_booths(here: Interpretation, language: str, audience: Audience, names: Names) -> Item | None:
    return see_channel(here, language, "booth" if here.channels[language].handover else audience, names)


def of_drafts(all: polls.Polls, id: str, audience: Audience, item: Item | None) -> Item | None:
    return see_poll(all, id, "crew" if all.all[id].state == "draft" else audience, item)


def not_hidden(undone: Undone, plan: Agenda, slots: Slots, stage: Slides, here: Interpretation) -> list[Event]:
    return [event for event in take_back(undone, plan, slots, stage, here) if not isinstance(event, slides.Hidden)]


def of_the_next(slots: Slots, presentation: str) -> Slot | None:
    return contributions.of_presentation(slots, presentation)


def to_booths(here: Chat, id: str, audience: Audience, names: Names) -> Item | None:
    return see_message(here, id, "booth" if audience == "public" else audience, names)


def hidden_to_booths(here: Chat, id: str, audience: Audience, names: Names) -> Item | None:
    crew = see_message(here, id, "crew", names)
    return crew if crew and see_message(here, id, audience, names) and audience == "booth" else None


def of_running(plan: Agenda, id: str, audience: Audience) -> Item | None:
    entry = plan.entries.get(id)
    return see_entry(plan, id, "crew" if entry and entry.state == "running" else audience)


def whatever_runs(plan: Agenda, audience: Audience = "crew") -> Entry | None:
    return next((entry for entry in plan.entries.values() if entry.state == "running"), None)


def as_asked(question: Item | None, plan: Agenda, slots: Slots, audience: Audience) -> Item | None:
    return question


see_entry = agenda.see


see_question, see_slot, see_channel = sight.see, contributions.see, interpretation.see
see_message = chat.see
see_translations, take_back = translations.see, course.take_back
NOT_MERGED = tuple(state for state in asked.HIDDEN if state != "merged")


def also_of_closed(poll: polls.Poll, audience: Audience) -> bool:
    return poll.state in ("closed", "published") or audience == "crew"


def of_reasons(all: Restricted, person: str, audience: Audience, names: Names) -> Item | None:
    return see_restricted(all, person, "crew" if audience == "booth" else audience, names)


see_poll, see_restricted = polls.see, people.see

LEAKS: dict[str, Callable[[], object]] = {
    "a question that is screened": lambda: patch.object(sight, "see", of_screened),
    "a question that is merged into another": lambda: patch.object(asked, "HIDDEN", NOT_MERGED),
    "a question that was deferred before it was published": lambda: patch.object(questions.Question, "shown", True),
    "a translation that nobody has approved": lambda: patch.object(translations, "see", of_proposed),
    "who asks anonymously for everybody": lambda: patch.object(sight, "names_asker", of_the_crew),
    "a presentation before its expert is on air": lambda: patch.object(contributions, "see", of_ready),
    "a note, to the booth": lambda: patch.object(contributions, "see", of_notes),
    "why somebody was removed, to the booth": lambda: patch.object(people, "see", of_reasons),
    "who is in a booth": lambda: patch.object(interpretation, "see", of_booths),
    "what is said to booths": lambda: patch.object(chat, "see", to_booths),
    "what was hidden, to the booths": lambda: patch.object(chat, "see", hidden_to_booths),
    "a draft of a poll": lambda: patch.object(polls, "see", of_drafts),
    "the sums of a poll that has closed": lambda: patch.object(polls, "shown", also_of_closed),
    "slides that were put on the stage by mistake": lambda: patch.object(course, "take_back", not_hidden),
    "an item that is hidden": lambda: patch.object(agenda, "see", of_running),
    "what runs and is hidden": lambda: patch.object(Agenda, "running", whatever_runs),
    "that a question is for what is hidden": lambda: patch.object(course, "addressed", as_asked),
    "slides that the crew wants to look at first": lambda: patch.object(course, "public", of_the_next),
}
OFTEN: dict[str, tuple[Turn, ...]] = {  # what needs several rare things to come together
    "slides that were put on the stage by mistake": (turns.speaking, turns.conducting, turns.course),
    "a presentation before its expert is on air": (turns.speaking,),
    "a note, to the booth": (turns.speaking, turns.conducting),
    "that a question is for what is hidden": (turns.asking, turns.screening, turns.ordering),
    "what runs and is hidden": (turns.ordering, turns.course),
    "an item that is hidden": (turns.ordering, turns.course),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_planted_leak_is_caught(leak: str) -> None:
    with LEAKS[leak](), pytest.raises(AssertionError):  # type: ignore[attr-defined]  # a patch is a context manager
        look_for_leaks(range(40, 200), OFTEN.get(leak, ()))  # ends at the first that is caught
