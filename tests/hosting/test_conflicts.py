"""Who is due in two rooms at once: what clashes, and what is read of grants, names and rooms as they run."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from hosting import conflicts, log, people
from hosting.conflicts import AFTER, Conflict, Due, Sitting
from hosting.database import Database
from hosting.people import as_role
from rooms import agenda, contributions
from rooms.core import Event
from rooms.lifecycle import Closed, Opened, Paused
from tests.hosting.days import RANIA, day, exchange, room, session
from tests.hosting.programmes import NOW, contribution, take_in

MINUTE = timedelta(minutes=1)
Told = tuple[str, str, str, int]  # who, where until, where next, for how many minutes


def at(minutes: float) -> datetime:
    return NOW + minutes * MINUTE


# ── What clashes ─────────────────────────────────────────────────────────────────────────────────────────────────────


def sitting(room: str, starts: float, ends: float, exchange: str = "day", *, public: bool = True) -> Sitting:
    return Sitting(room, exchange, public, {"en": room.title()}, True, at(starts), at(ends))


def due(who: str, room: str, starts: float, said: str = "Rania") -> Due:
    return Due(who, f"Account {who}", said, "expert", room, at(starts))


def found(sittings: list[Sitting], *dues: Due) -> tuple[Conflict, ...]:
    return conflicts.conflicts({each.room: each for each in sittings}, dues)


@pytest.mark.parametrize(
    ("ends", "minutes"), [(60, None), (64, None), (65, None), (65.9, None), (66, 1), (73.5, 8)], ids=str
)
def test_clash_begins_when_a_session_ends_a_minute_into_the_next_talk(ends: float, minutes: int | None) -> None:
    rooms = [sitting("a", 0, ends), sitting("b", 60, 120)]
    clashes = found(rooms, due("p", "a", 5), due("p", "b", 65))
    assert [each.minutes for each in clashes] == ([] if minutes is None else [minutes])


def test_clash_is_the_same_whichever_comes_first_in_the_list() -> None:
    rooms = [sitting("a", 0, 70), sitting("b", 60, 120)]
    one, other = due("p", "a", 5), due("p", "b", 65)
    assert found(rooms, one, other) == found(rooms[::-1], other, one)
    assert [each.rooms for each in found(rooms, other, one)] == [("a", "b")]


def test_only_the_first_of_several_talks_in_a_room_counts_and_never_one_room_alone() -> None:
    rooms = [sitting("a", 0, 70), sitting("b", 60, 120)]
    several = [due("p", "a", 5), due("p", "a", 25), due("p", "b", 65), due("p", "b", 67)]
    assert [(each.since, each.starts) for each in found(rooms, *several)] == [(at(5), at(65))]


def test_every_two_of_three_rooms_clash_where_all_overlap() -> None:
    rooms = [sitting("a", 0, 200), sitting("b", 60, 70), sitting("c", 100, 200)]
    clashes = found(rooms, *(due("p", each.room, (each.starts - NOW) / MINUTE) for each in rooms))
    assert [each.rooms for each in clashes] == [("a", "b"), ("a", "c")]


def test_somebody_named_by_the_programme_who_holds_grants_is_one() -> None:
    rooms = [sitting("a", 0, 70), sitting("b", 60, 120)]
    both = [due(who, room, starts) for who in ("p", "rania, amman") for room, starts in (("a", 5), ("b", 65))]
    assert [each.person for each in found(rooms, *both)] == ["Rania"]
    assert [each.person for each in found(rooms, due("p", "a", 5, "Omar"), due("p", "b", 65))] == ["Account p"]


def test_each_room_reads_it_from_its_own_side() -> None:
    [clash] = found([sitting("a", 0, 73), sitting("b", 60, 120)], due("p", "a", 5), due("p", "b", 65))
    a = {"room": "a", "titles": {"en": "A"}, "starts": at(5), "ends": at(73)}
    b = {"room": "b", "titles": {"en": "B"}, "starts": at(65), "ends": at(120)}
    facts = {"person": "Rania", "kind": "expert", "minutes": 8}
    assert conflicts.item(clash, "a") == {**facts, "here": a, "there": b}
    assert conflicts.item(clash, "b") == {**facts, "here": b, "there": a}


def test_nothing_is_said_to_others_of_a_session_behind_closed_doors() -> None:
    rooms = [sitting("a", 0, 73, "circle", public=False), sitting("b", 60, 120)]
    [clash] = found(rooms, due("p", "a", 5), due("p", "b", 65))
    there: Any = conflicts.item(clash, "b")["there"]
    assert there == {"room": None, "titles": {}, "starts": at(5), "ends": at(73)}
    inside: Any = conflicts.item(clash, "a")["there"]
    assert inside["room"] == "b"
    assert conflicts.awaited([clash], "b") == []
    [open] = found([sitting("a", 0, 73), rooms[1]], due("p", "a", 5), due("p", "b", 65))
    assert (conflicts.awaited([open], "b"), conflicts.awaited([open], "a")) == ([open], [])


# ── What is read ─────────────────────────────────────────────────────────────────────────────────────────────────────


def told(database: Database, minutes: float = 0, slug: str = "day") -> list[Told]:
    """The conflicts of an exchange at a time, by the names of sessions in the file."""
    clashes = database.read_now(lambda sql: conflicts.find(sql, at(minutes), exchanges=[slug]))
    names = {
        each.room: each.titles["en"].removeprefix("Session ") for one in clashes for each in (one.earlier, one.later)
    }
    return [(each.person, names[each.earlier.room], names[each.later.room], each.minutes) for each in clashes]


def happen(database: Database, key: str, *events: Event, minutes: float = 0) -> None:
    database.write_now(lambda sql: log.tell(sql, room(database, key), events, at(minutes)))


def items(database: Database, key: str) -> list[str]:
    return list(database.read_now(lambda sql: log.fold(sql, room(database, key))).agenda.entries)


def longer(database: Database, key: str, by: int) -> Event:
    """The last item of a session made longer."""
    entry = database.read_now(lambda sql: log.fold(sql, room(database, key))).agenda.entries[items(database, key)[-1]]
    return agenda.Extended(entry.id, by, "shift", {entry.id: entry.minutes + by})


def give(
    database: Database, name: str, role: str, slug: str = "day", *rooms: str | None, slot: str | None = None
) -> str:
    def write(sql: Any) -> str:
        person = people.create_person(sql, name, NOW)
        for each in rooms or (None,):
            people.grant(sql, person, as_role(role), slug, each, NOW, contribution=slot)
        return person

    return database.write_now(write)


@pytest.fixture
def two(database: Database) -> Database:
    """Rania speaks at 12:05, and in the next session at 13:05."""
    take_in(database, day(session("a", at(0)), session("b", at(60)), begins=NOW))
    return database


def test_sessions_as_planned_one_after_the_other_are_no_conflict(two: Database) -> None:
    assert told(two) == []


def test_overrun_makes_a_conflict_that_goes_when_the_time_is_cut(two: Database) -> None:
    happen(two, "a", Opened(), longer(two, "a", 8))
    assert told(two) == [(RANIA, "a", "b", 3)]  # until 13:08, due at 13:05
    happen(two, "a", longer(two, "a", -8))
    assert told(two) == []


def test_session_that_begins_late_is_late_to_its_end(two: Database) -> None:
    assert told(two, 10) == [(RANIA, "a", "b", 5)]  # not open yet
    happen(two, "a", Opened(), minutes=10)
    assert told(two, 10) == [(RANIA, "a", "b", 5)]
    assert told(two, 12.5) == [(RANIA, "a", "b", 7)]  # open, and nothing has begun
    happen(two, "a", agenda.Started(items(two, "a")[0]), minutes=13)
    assert told(two, 17) == [(RANIA, "a", "b", 8)]


def test_what_runs_over_moves_times_by_the_clock_alone(two: Database) -> None:
    happen(two, "a", Opened(), agenda.Started(items(two, "a")[0]))
    assert [told(two, minute) for minute in (5, 10, 11, 14)] == [[], [], [(RANIA, "a", "b", 1)], [(RANIA, "a", "b", 4)]]


@pytest.mark.parametrize(
    "over",
    [contributions.Finished, contributions.Declined, contributions.Missed],
    ids=lambda kind: str(kind.__name__),
)
@pytest.mark.parametrize("where", ["a", "b"])
def test_contribution_that_is_over_holds_nobody(two: Database, over: Any, where: str) -> None:
    happen(two, "a", Opened(), longer(two, "a", 8))
    assert len(told(two)) == 1
    happen(two, where, over(contribution(two, f"{where}-talk")))
    assert told(two) == []


def test_closed_room_holds_nobody_and_a_paused_one_does(two: Database) -> None:
    happen(two, "a", Opened(), longer(two, "a", 8), Paused())
    assert told(two) == [(RANIA, "a", "b", 3)]
    happen(two, "a", Closed())
    assert told(two) == []


def test_session_that_was_never_opened_is_over_when_its_time_is(database: Database) -> None:
    take_in(database, day(session("a", at(0)), session("b", at(30)), begins=NOW))
    assert [told(database, minutes) for minutes in (-60, 0, 59.9, 60)] == [
        [(RANIA, "a", "b", 25)],
        [(RANIA, "a", "b", 25)],
        [(RANIA, "a", "b", 55)],  # who begins now is done at 13:59; the other, at 12:59, with the talk at 13:04
        [],
    ]


def test_names_are_the_same_in_any_case_and_only_in_one_city(database: Database) -> None:
    sessions = session("a", at(0)), session("b", at(30), expert="  rania  HADDAD "), session("c", at(30))
    take_in(database, day(*sessions[:2], sessions[2].replace("Amman", "Aden"), begins=NOW))
    assert told(database) == [("rania HADDAD", "a", "b", 25)]


@pytest.fixture
def many(database: Database) -> Database:
    """Three sessions at once, each with a talk of somebody else; and one of another exchange behind closed doors."""
    three = [
        session(key, at(0), expert=name) for key, name in (("a", "Ion Popescu"), ("b", "Mei Lin"), ("c", "Uta Kurz"))
    ]
    circle = exchange("circle", NOW, public=False) + session("d", at(0), slug="circle", expert="Uta Kurz")
    take_in(database, day(*three, begins=NOW, others=circle))
    return database


def pairs(database: Database, slug: str = "day") -> list[tuple[str, str, str]]:
    return sorted((person, *sorted((one, other))) for person, one, other, _ in told(database, slug=slug))  # type: ignore[misc]


UTA = ("Uta Kurz", "c", "d")


def test_other_exchanges_at_the_same_time_are_among_them(many: Database) -> None:
    assert (pairs(many), pairs(many, "circle")) == ([UTA], [UTA])


def test_grant_for_one_contribution_holds_its_expert_there(many: Database) -> None:
    person = give(many, "Dana Cruz", "expert", "day", slot=contribution(many, "a-talk"))
    assert pairs(many) == [UTA]
    many.write_now(
        lambda sql: people.grant(sql, person, "expert", "day", None, NOW, contribution=contribution(many, "b-talk"))
    )
    assert pairs(many) == [("Dana Cruz", "a", "b"), UTA]


def test_grant_for_a_room_is_for_what_names_its_person_else_for_all_of_it(many: Database) -> None:
    give(many, "Dana Cruz", "expert", "day", room(many, "a"), room(many, "b"))
    give(many, "mei lin", "expert", "day", room(many, "b"), room(many, "c"))
    assert pairs(many) == [("Dana Cruz", "a", "b"), UTA, ("mei lin", "b", "c")]


def test_grant_for_the_exchange_is_for_what_names_its_person_only(many: Database) -> None:
    give(many, "Dana Cruz", "expert")
    give(many, "Mei Lin", "expert")
    assert pairs(many) == [UTA]


def test_interpreter_of_two_rooms_at_once_is_due_in_both_and_one_of_the_exchange_in_none(many: Database) -> None:
    give(many, "Igor Iva", "interpreter")
    give(many, "Ida Iva", "interpreter", "day", room(many, "a"), room(many, "b"))
    assert pairs(many) == [("Ida Iva", "a", "b"), UTA]


def test_whoever_interprets_in_one_room_and_speaks_in_another_is_due_in_both(many: Database) -> None:
    person = give(many, "Ida Iva", "interpreter", "day", room(many, "a"))
    many.write_now(
        lambda sql: people.grant(sql, person, "expert", "day", None, NOW, contribution=contribution(many, "b-talk"))
    )
    assert pairs(many) == [("Ida Iva", "a", "b"), UTA]


@pytest.mark.parametrize("role", ["participant", "captioner", "moderator", "organiser"])
def test_no_other_role_is_due(many: Database, role: str) -> None:
    give(many, "Dana Cruz", role, "day", room(many, "a"), room(many, "b"))
    assert pairs(many) == [UTA]


def test_sessions_long_after_the_exchange_are_not_looked_at(database: Database) -> None:
    far = AFTER + timedelta(hours=3)
    later = exchange("later", NOW + far) + session("y", NOW + far, slug="later") + session("z", NOW + far, slug="later")
    take_in(database, day(session("a", at(0)), begins=NOW, others=later))
    assert (pairs(database), pairs(database, "later")) == ([], [(RANIA, "y", "z")])
    assert database.read_now(lambda sql: conflicts.find(sql, NOW)) == ()


# ── What it costs ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def asked(database: Database) -> Iterator[list[str]]:
    """The statements that readers send."""
    statements: list[str] = []

    def note(*given: Any) -> None:
        statements.append(given[2])

    event.listen(database.reader, "before_cursor_execute", note)
    yield statements
    event.remove(database.reader, "before_cursor_execute", note)


@pytest.mark.parametrize(("sessions", "most"), [(18, 0.05), (200, 0.25)])
def test_cost_is_five_statements_and_some_milliseconds(
    database: Database, asked: list[str], sessions: int, most: float
) -> None:
    """Every session overlaps the next, and every second has the same expert in both."""
    every = [session(f"s{n}", at(30 * n), expert=f"Expert {n // 2}") for n in range(sessions)]
    take_in(database, day(*every, begins=NOW))
    rooms = [room(database, f"s{n}") for n in (0, sessions - 1)]
    give(database, "Ida Iva", "interpreter", "day", *rooms)
    for n in range(0, sessions, 3):
        give(database, f"Expert {n // 2}", "expert", "day", slot=contribution(database, f"s{n}-talk"))
    asked.clear()
    best = float("inf")
    for _ in range(5):
        began = time.perf_counter()
        clashes = database.read_now(lambda sql: conflicts.find(sql, NOW, rooms=rooms))
        best = min(best, time.perf_counter() - began)
    assert (sum(text.startswith("SELECT") for text in asked) / 5, len(clashes)) == (5, sessions // 2)
    print(f"{sessions} sessions: {best * 1000:.1f} ms")
    assert best < most
