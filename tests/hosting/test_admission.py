"""Many looked up together are who each of them is alone: random crowds against the functions that look up one."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, insert

from hosting import ballots, boxes, people, programme, tables
from hosting.admission import STRANGER, Admission, Shown, Ticket, admissions
from hosting.database import Database, inserting_new
from hosting.people import NOBODY, ROLES, SERVICE, Visitor
from tests.hosting.programmes import NOW, contribution, room

MILLISECOND = timedelta(milliseconds=1)
WORLDS, CROWD = 12, 256
DAY = timedelta(days=1)
ENDS = (
    -DAY,
    -timedelta(seconds=1),
    -MILLISECOND,
    0 * DAY,
    MILLISECOND,
    *[DAY] * 12,
)  # from when it is shown to its end
PLACES = (
    *(("spring", "before-spring"), ("spring", "across-spring"), ("spring", "after-spring")),
    *(("autumn", "before-autumn"), ("autumn", "after-autumn"), ("circle", "behind-doors")),
)


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


class Town:
    """Random people in random roles, with the tokens of their browsers and programs."""

    def __init__(self, database: Database, seed: int) -> None:
        self.chance = random.Random(seed)
        self.rooms = {key: room(database, key) for _, key in PLACES}
        self.slot = contribution(database)
        self.tokens = [("unknown", False)]
        self.persons: list[str] = []
        database.write_now(self.fill)

    def fill(self, sql: Connection) -> None:
        for number in range(self.chance.randint(1, 60)):
            match self.chance.choice(("person", "demo", "guest", "named guest")):
                case "guest" | "named guest" as kind:
                    begun = self.begun()
                    token, visitor = people.open_guest(sql, begun)
                    self.tokens.append((token, False))
                    self.persons.append(visitor.person)
                    if kind == "guest":
                        continue
                    people.name_guest(sql, visitor.person, f"Gäst “{number}”\\", self.chance.choice((None, "ar")), NOW)
                case kind:
                    self.persons.append(people.create_person(sql, f"Person {number}", NOW, language="de", kind=kind))
                    people.change(sql, self.persons[-1], f"Person {number}", None, self.chance.choice((None, "UTC")))
            for _ in range(self.chance.choice((0, 0, 1, 1, 2, 4))):
                self.grant(sql, self.persons[-1])
            for _ in range(self.chance.randint(0, 2)):
                self.tokens.append((people.open_sign_in(sql, self.persons[-1], self.begun()), False))
            if self.chance.random() < 0.3:
                begun = self.begun() + people.SIGN_IN - timedelta(days=9)
                self.tokens.append((people.api_token(sql, self.persons[-1], 9, begun), True))
        for voter in (*self.persons, *self.persons, "service"):
            where = self.chance.choice(list(self.rooms.values()))
            for question in self.chance.sample(range(9), self.chance.randint(0, 4)):
                ballots.set_vote(sql, where, f"q{question}", voter, True)
            for poll in self.chance.sample(range(4), self.chance.randint(0, 2)):
                for choice in range(self.chance.randint(1, 3)):
                    vote = {"room": where, "poll": f"p{poll}", "voter": voter, "choice": choice}
                    sql.execute(inserting_new(tables.poll_votes), vote)
            for poll in self.chance.sample(range(4, 8), self.chance.randint(0, 2)):
                sql.execute(inserting_new(tables.poll_voters), {"room": where, "poll": f"p{poll}", "voter": voter})
        for hearer in (*self.persons, "service"):
            for where in self.chance.sample(list(self.rooms.values()), 2):
                sql.execute(insert(tables.choices), {"room": where, "person": hearer, "language": "fr"})

    def begun(self) -> datetime:
        """When a sign-in was opened that is just over, or just not."""
        return NOW - people.SIGN_IN + self.chance.choice(ENDS)

    def grant(self, sql: Connection, id: str) -> None:
        exchange, key = self.chance.choice(PLACES)
        role = people.as_role(self.chance.choice(ROLES))
        match self.chance.choice(("exchange", "room", "contribution")):
            case "exchange":
                people.grant(sql, id, role, exchange, None, NOW)
            case "room":
                people.grant(sql, id, role, exchange, self.rooms[key], NOW)
            case _:
                people.grant(sql, id, "expert", "spring", None, NOW, contribution=self.slot)

    def crowd(self) -> Iterator[tuple[str | Visitor, bool, str]]:
        """Who comes to which room: some twice, some with a cookie as a token, some to a room that is not there."""
        for _ in range(self.chance.choice((1, 2, 10, CROWD))):
            known: list[tuple[str | Visitor, bool]] = [*self.tokens, (SERVICE, False), (NOBODY, False)]
            shown, bearer = self.chance.choice(known)
            where = self.chance.choice((*self.rooms.values(), "nowhere"))
            yield shown, bearer != (self.chance.random() < 0.1), where


def alone(sql: Connection, shown: str | Visitor, bearer: bool, where: str) -> Admission:
    """What is said of one, by the functions for one."""
    if isinstance(shown, Visitor):
        visitor = shown
    else:
        visitor = (people.find_token if bearer else people.find_sign_in)(sql, shown, NOW)
    if visitor.kind == "nobody":
        return STRANGER
    public = programme.is_public(sql, where)
    roles = people.roles_in(sql, visitor.person, where) or (("participant",) if public else ())
    person = visitor.person
    votes = sorted(ballots.votes_of(sql, where, person) + boxes.polls_of(sql, where, person))
    channel = ballots.chosen(sql, where, person)
    return Admission(visitor, ("organiser",) if visitor is SERVICE else roles, tuple(votes), channel)


def ticket(shown: str | Visitor, bearer: bool) -> Shown:
    return shown if isinstance(shown, Visitor) else Ticket(people.digest(shown), bearer)


def test_each_of_a_crowd_is_who_they_are_alone(tmp_path: Path, planned: Path) -> None:
    seen: Counter[str] = Counter()
    for seed in range(WORLDS):
        file = tmp_path / f"{seed}.sqlite3"
        file.write_bytes(planned.read_bytes())
        database = Database(f"sqlite:///{file}")
        database.start()
        town = Town(database, seed)
        for _ in range(8):
            asking = list(town.crowd())
            shown = [(ticket(token, bearer), where) for token, bearer, where in asking]
            found = database.read_now(partial(admissions, asking=shown, now=NOW))
            wanted = [
                database.read_now(partial(alone, shown=one, bearer=as_token, where=where))
                for one, as_token, where in asking
            ]
            assert found == wanted, f"seed {seed}"
            for each in found:
                seen.update(
                    [each.visitor.kind, *each.roles, f"{min(len(each.roles), 2)} roles", each.channel or "no channel"]
                )
                seen.update(["votes" if len(each.votes) > 1 else "no votes"])
                seen.update(flag for flag in ("organises", "speaks") if getattr(each.visitor, flag))
        database.stop()
    print(f"{seen.total()} facts compared: {dict(seen)}")
    kinds = {"guest", "person", "token", "service", "nobody"}
    numbers = {f"{number} roles" for number in range(3)}
    assert set(seen) == {*kinds, *ROLES, *numbers, "votes", "no votes", "fr", "no channel", "organises", "speaks"}
    assert min(seen.values()) >= 10


# ── What it costs ────────────────────────────────────────────────────────────────────────────────────────────────────

Run = tuple[str, tuple[object, ...]]  # a statement with its parameters


@pytest.fixture
def ran(database: Database) -> list[Run]:
    """The statements that readers run from here on."""
    found: list[Run] = []

    @event.listens_for(database.reader, "before_cursor_execute")
    def note(_sql: object, _cursor: object, text: str, given: tuple[object, ...], *_rest: object) -> None:
        if text != "BEGIN":
            found.append((text, given))

    return found


def many(database: Database, number: int) -> list[Ticket]:
    """Signed-in browsers of as many guests."""
    tokens = database.write_now(lambda sql: [people.open_guest(sql, NOW)[0] for _ in range(number)])
    return [Ticket(people.digest(token)) for token in tokens]


@pytest.mark.parametrize("number", [1, 10, CROWD])
@pytest.mark.parametrize("keys", [["before-spring"], [key for _, key in PLACES]])
def test_crowd_takes_as_many_statements_as_one(
    database: Database, ran: list[Run], number: int, keys: list[str]
) -> None:
    rooms = [room(database, key) for key in keys]
    tickets = many(database, number)
    asking = [(each, rooms[place % len(rooms)]) for place, each in enumerate(tickets)]
    ran.clear()
    found = database.read_now(lambda sql: admissions(sql, asking, NOW))
    assert len({each.visitor.person for each in found}) == number
    assert len(ran) == 2


def test_nothing_more_is_read_for_those_whom_nobody_knows(database: Database, ran: list[Run]) -> None:
    strangers: list[Shown] = [Ticket(people.digest("unknown")), Ticket(people.digest("unknown"), bearer=True), NOBODY]
    found = database.read_now(lambda sql: admissions(sql, [(each, "r") for each in strangers], NOW))
    assert (found, len(ran)) == ([STRANGER] * 3, 2)
    ran.clear()
    assert database.read_now(lambda sql: admissions(sql, [(NOBODY, "r")], NOW)) == [STRANGER]
    assert ran == []


def explained(sql: Connection, text: str, given: tuple[object, ...]) -> list[str]:
    return [str(step[-1]) for step in sql.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", given)]


def test_every_row_is_found_by_an_index(database: Database, ran: list[Run]) -> None:
    """A table that is scanned would be read whole for every batch of a storm."""
    token = database.write_now(lambda sql: people.api_token(sql, people.create_person(sql, "Samira", NOW), 3, NOW))
    asking = [
        (each, room(database, "before-spring")) for each in (*many(database, 3), Ticket(people.digest(token), True))
    ]
    ran.clear()
    database.read_now(lambda sql: admissions(sql, asking, NOW))
    steps = [
        step for text, given in list(ran) for step in database.read_now(partial(explained, text=text, given=given))
    ]
    ways = {(words[0], words[1]) for words in (step.split() for step in steps) if words[0] in ("SCAN", "SEARCH")}
    assert ways == {
        *(("SCAN", name) for name in ("CONSTANT", "people_asked", "rooms_asked", "pairs_asked")),
        *(("SEARCH", name) for name in ("sign_ins", "tokens", "persons", "grants", "sessions", "exchanges")),
        *(("SEARCH", name) for name in ("ballots", "choices", "poll_votes", "poll_voters")),
    }
