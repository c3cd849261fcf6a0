"""Ten thousand questions in a room: no event and no item looks at all of them. Figures are printed."""

from collections.abc import Callable
from time import perf_counter

import pytest

from rooms.core import Actor, Event, Moment, Record
from rooms.questions import (
    Aired,
    Ask,
    Asked,
    Closed,
    Decline,
    Declined,
    Merge,
    Merged,
    Publish,
    Published,
    Queue,
    Queued,
    Restored,
    Scored,
    Screened,
    Vote,
    Written,
    votable,
)
from rooms.room import Room, apply, decide, see
from rooms.sight import mine
from tests.rooms.stage import ANNA, MODERATOR
from tests.rooms.stories import NAMES, PLAN, START

MANY = 10_000
MICROSECONDS = 50  # the most that one may take, at the median
TRIES = 200


def room(questions: int) -> Room:
    """A room in which twenty are in the queue and one is on air; each of the first ten persons asked a tenth."""
    room = Room("r1")
    events: list[Event] = [PLAN]
    events += [Asked(f"q{n}", f"p{n % 10}" if n < 100 else f"w{n}", "Why?", "en") for n in range(questions)]
    events += [Published(f"q{n}") for n in range(0, questions, 2)]
    events += [Queued(f"q{2 * n}", n) for n in range(20)]
    events += [Aired("q100")]
    for event in events:
        apply(Record(room.seq + 1, START, "m0", event), room)
    return room


def median(work: Callable[[int], object]) -> float:
    """Microseconds that the work takes, the middle of many; it is told how often it was done before."""
    taken = []
    for number in range(TRIES):
        began = perf_counter()
        work(number)
        taken.append((perf_counter() - began) * 1e6)
    return sorted(taken)[TRIES // 2]


def figures(many: int) -> dict[str, float]:
    here, moment = room(many), Moment(START, lambda: "new")

    def happens(*events: Event) -> Callable[[int], object]:
        """Each of them in turn, which brings the room back to where it was."""
        return lambda number: apply(Record(here.seq + 1, START, "m0", events[number % len(events)]), here)

    last = f"q{many - 1}"
    done: dict[str, Callable[[int], object]] = {
        "apply asked": lambda n: apply(Record(here.seq + 1, START, "p1", Asked(f"n{n}", f"v{n}", "Why?", "en")), here),
        "apply screened and back": happens(Screened(last), Restored(last, "submitted")),
        "apply published and back": happens(Published(last), Restored(last, "submitted")),
        "apply queued and moved in the queue": happens(Queued("q500", 3), Queued("q500", 12)),
        "apply aired and answered": happens(Aired("q600"), Closed("q600"), Restored("q600", "published")),
        "apply declined and back": happens(Declined(last, "No"), Restored(last, "submitted")),
        "apply merged and back": happens(Merged(last, "q700"), Restored(last, "submitted")),
        "apply written": happens(Written("q800", "e1", "So.", "en")),
        "apply scored": happens(Scored({"q800": 7})),
        "see": lambda _: see(here, ("questions", "q900"), "public", NAMES),
        "see in the queue": lambda _: see(here, ("questions", "q38"), "crew", NAMES),
        "mine": lambda _: mine(here.questions, "p1", NAMES),
        "decide ask": lambda _: decide(Ask("Why?", "en"), here, ANNA, moment),
        "decide publish": lambda _: decide(Publish(f"q{many // 2 + 1}"), here, MODERATOR, moment),
        "decide queue": lambda _: decide(Queue("q1000", "q30"), here, MODERATOR, moment),
        "decide merge": lambda _: decide(Merge("q1000", "q1002"), here, MODERATOR, moment),
        "decide decline": lambda _: decide(Decline("q1000", "unclear"), here, MODERATOR, moment),
        "vote": lambda _: votable(Vote("q1000"), here.questions, Actor("p1", "participant"), "public"),
    }
    here.state = "open"
    return {name: median(work) for name, work in done.items()}


def test_ten_thousand_questions_take_no_longer_than_few(capsys: pytest.CaptureFixture[str]) -> None:
    found = figures(MANY)
    with capsys.disabled():
        print(f"\nof {MANY:,} questions, in µs: " + ", ".join(f"{name} {taken:.1f}" for name, taken in found.items()))
    assert {name: taken for name, taken in found.items() if taken > MICROSECONDS} == {}
