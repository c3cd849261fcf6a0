"""Every command there is, in any order, by people of every role: what always holds is looked at after every step."""

import contextlib
from collections import Counter
from collections.abc import Callable
from unittest.mock import patch  # only to plant bugs on purpose

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from rooms import agenda, asked, chat, contributions, hands, people, polls, questions, sight, tallies
from rooms.asked import Question, Questions
from rooms.chat import Chat
from rooms.core import Audience, Item, Key, Names
from rooms.memory import MemoryBallots
from rooms.timetable import Agenda, Entry
from rooms.wire import BY_NAME, BY_TYPE
from tests.rooms.machine import Machine

QUICK = settings(
    stateful_step_count=30,
    phases=[Phase.generate],  # a failure's history is short enough
    derandomize=True,
    database=None,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


def run(examples: int = 70) -> None:
    run_state_machine_as_test(Machine, settings=settings(QUICK, max_examples=examples))


def test_room_keeps_what_must_always_hold() -> None:
    Machine.taken.clear()
    Machine.refused.clear()
    run(160)  # what needs several others before it is seldom
    taken, refused = Machine.taken.total(), Machine.refused.total()
    print(f"commands taken: {taken}, refused: {refused}, looked at after each of them")
    assert (taken > 2_000, refused > 2_000) == (True, True)
    assert BY_NAME.keys() == Machine.taken.keys()  # every kind has been carried out


# ── Bugs planted on purpose: each must be caught ─────────────────────────────────────────────────────────────────────


def stays_in_line(all: Questions, question: Question, place: int | None) -> list[Key]:
    return [] if place is None else line_up(all, question, place)


async def every_row(self: MemoryBallots, room: str, groups: dict[str, str]) -> dict[str, int]:
    """Rows are counted, and not those who cast them."""
    return Counter(one for _, question, _ in self.votes for one in {question, groups.get(question, question)})


def nothing_runs(self: Agenda, audience: Audience = "crew") -> Entry | None:
    return None if audience == "crew" else running(self, audience)


def stays_up(up: hands.Hands, at: object) -> None:
    up.called = None


def twice(up: hands.Hands, person: str) -> None:
    """Who is called stays in the line."""


def changes_the_room(command: hands.Raise, up: hands.Hands, person: str) -> hands.Raised:
    raised = raise_hand(command, up, person)
    up.open = not up.open
    return raised


def one_more(poll: polls.Poll, tally: object) -> polls.Sum:
    sum = sum_of(poll, tally)  # type: ignore[arg-type]  # a Tally
    return polls.Sum(sum.voters, (sum.results[0] + 1, *sum.results[1:]))


def last_only(command: polls.Vote, poll: polls.Poll) -> tuple[int, ...]:
    return chosen(command, poll)[-1:]


def also_screened(all: Questions, id: str, audience: Audience, names: Names) -> Item | None:
    return see_question(all, id, "crew" if all.all[id].state == "screened" else audience, names)


def also_hidden(plan: Agenda, id: str, audience: Audience) -> Item | None:
    return see_entry(plan, id, "crew")


def also_drafts(all: polls.Polls, id: str, audience: Audience, item: Item | None) -> Item | None:
    return see_poll(all, id, "crew", item)


def also_of_the_crew(here: Chat, id: str, audience: Audience, names: Names) -> Item | None:
    return see_message(here, id, "crew", names)


def nobody_before(slots: contributions.Slots) -> None:
    return None


line_up, running, raise_hand, sum_of, chosen = (
    asked.line_up,
    Agenda.running,
    hands.raise_hand,
    tallies.sum_of,
    polls.chosen,
)
see_question, see_entry, see_poll, see_message = sight.see, agenda.see, polls.see, chat.see
Planting = contextlib.AbstractContextManager[object]
BUGS: dict[str, Callable[[], Planting]] = {
    "a question stays in the queue": lambda: patch.object(asked, "line_up", stays_in_line),
    "a question on air may be declined": lambda: patch.object(
        questions, "BEFORE_AIR", (*questions.BEFORE_AIR, "on_air")
    ),
    "two questions on air": lambda: patch.object(Questions, "on_air", lambda self: None),
    "two contributions on air": lambda: patch.object(contributions, "on_air", nobody_before),
    "a vote counts for each question of a group": lambda: patch.object(MemoryBallots, "tally", every_row),
    "votes do not unite": lambda: patch.object(Questions, "groups", lambda self: {}),
    "a vote for one's own": lambda: patch.object(questions, "votable", lambda *given: None),
    "two items run": lambda: patch.object(Agenda, "running", nothing_runs),
    "whoever is called waits on": lambda: patch.object(hands, "take_out", twice),
    "who was called stays on the list": lambda: patch.object(hands, "finish", stays_up),
    "a vote too many": lambda: patch.object(tallies, "sum_of", one_more),
    "one choice of several": lambda: patch.object(polls, "chosen", last_only),
    "a screened question for all": lambda: patch.object(sight, "see", also_screened),
    "a hidden item for all": lambda: patch.object(agenda, "see", also_hidden),
    "a draft for all": lambda: patch.object(polls, "see", also_drafts),
    "the crew's chat for all": lambda: patch.object(chat, "see", also_of_the_crew),
    "a refusal or an answer that changes the room": lambda: patch.object(hands, "raise_hand", changes_the_room),
    "an event that nobody can read": lambda: patch.dict(BY_TYPE, {"hand.called": hands.Lowered}),
    "silenced people speak": lambda: patch.object(people, "admit", lambda *given: None),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_caught(bug: str) -> None:
    with BUGS[bug](), pytest.raises((AssertionError, KeyError, ValueError)):  # some bugs break the room itself
        run()
