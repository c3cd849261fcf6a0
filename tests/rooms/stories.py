"""Random histories of a room: commands that mostly make sense, from people of every role, with a fake clock."""

import random
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from rooms import people, polls, questions
from rooms.booths import Depart, Lapse
from rooms.contributions import PlannedContribution, Submit
from rooms.core import NO_FACTS, Actor, Command, Deck, Elsewhere, Event, Facts, Moment, Record, Refused
from rooms.interpretation import LinkSet
from rooms.lifecycle import Planned, Renamed
from rooms.room import Room, apply, decide
from rooms.timetable import PlannedItem, Speaker
from rooms.translations import ProposeTranslation
from tests.rooms import turns
from tests.rooms.turns import Turn

START = datetime(2020, 11, 24, 9, 0, tzinfo=UTC)

PLAN = Planned(
    exchange="global",
    titles={"en": "Keeping the rounds going", "de": "Die Touren laufen weiter"},
    starts=START,
    ends=START + timedelta(minutes=60),
    zone="Europe/Berlin",
    languages=("en", "fr"),
    channels=("en", "fr", "ar"),
    items=(
        PlannedItem("a1", {"en": "Welcome"}, "other", 10),
        PlannedItem("a2", {"en": "Three crews"}, "contribution", 20, "c1", Speaker("Rania Haddad", "Amman"), "en"),
        PlannedItem("a3", {"en": "Break"}, "break", 10),
        PlannedItem("a4", {"en": "Discussion"}, "discussion", 20),
    ),
    contributions=(PlannedContribution("c1", {"en": "Three crews"}, "Rania Haddad", "Amman", "en"),),
)
LONG = replace(  # with more experts: two with an item, one without
    PLAN,
    items=(*PLAN.items, PlannedItem("a5", {"en": "Two pumps"}, "contribution", 15, "c2", language="ar")),
    contributions=(
        *PLAN.contributions,
        PlannedContribution("c2", {"en": "Two pumps"}, "Omar Saleh", "Sfax", "ar"),
        PlannedContribution("c3", {"en": "One sluice"}, "Ada Berg", "Malmö"),
    ),
)

PEOPLE = (
    *(Actor(f"p{n}", "participant") for n in range(4)),
    *(Actor(f"e{n}", "expert") for n in (1, 2)),
    *(Actor(f"i{n}", "interpreter") for n in (1, 2, 3)),
    Actor("k1", "captioner"),
    *(Actor(f"m{n}", "moderator") for n in range(2)),
    Actor("o1", "organiser"),
)
SLOTS = {"e1": frozenset({"c1", "c2"}), "e2": frozenset({"c3"})}  # who speaks in which
NAMES = {actor.id: f"Name of {actor.id}" for actor in PEOPLE}
CLOCKWORK = Actor("system", "system")


class Story:
    """A room, its log, and a seeded source of commands. Every story has a mixture of its own of what goes on.

    `often`: areas of which there is much more than of others.
    """

    def __init__(self, seed: int, often: tuple[Turn, ...] = ()) -> None:
        self.chance = random.Random(seed)
        self.room = Room("r1")
        self.log: list[Record] = []
        self.now = START
        self.ids = 0
        self.weights = [40 if area.turn in often else self.chance.choice((1, 2, 8)) for area in turns.AREAS]
        self.record("system", LONG)

    def new_id(self) -> str:
        self.ids += 1
        return f"x{self.ids}"

    def record(self, by: str, event: Event) -> None:
        record = Record(self.room.seq + 1, self.now, by, event)
        self.log.append(record)
        apply(record, self.room)

    def step(self) -> None:
        """One command, or a fact; a refusal changes nothing."""
        self.now += timedelta(seconds=self.chance.randrange(90))
        if self.chance.random() < 0.12:
            self.record("system", self.fact())
            return
        actor, command = self.turn() if self.chance.random() < 0.95 else (CLOCKWORK, self.timer())
        try:
            decided = decide(command, self.room, actor, Moment(self.now, self.new_id), facts(actor, command))
        except Refused:
            return
        for event in decided.events:
            self.record(actor.id, event)

    def turn(self) -> tuple[Actor, Command]:
        """What somebody may well do next."""
        [area] = self.chance.choices(turns.AREAS, self.weights)
        role = self.chance.choice(area.roles)
        actor = self.chance.choice([actor for actor in PEOPLE if actor.role == role])
        return actor, area.turn(self.chance, self.room, actor)

    def fact(self) -> Event:
        """What nobody commands: sums, links, names, another programme."""
        chance, all = self.chance, list(self.room.questions.all)
        draw = chance.random()
        countable = [poll for poll in self.room.polls.all.values() if self.countable(poll)]
        if countable and chance.random() < 0.4:
            poll = chance.choice(countable)
            results = tuple(chance.randrange(10**8, 10**9) for _ in poll.choices)  # to be found wherever they are
            return polls.Counted({poll.id: polls.Sum(chance.randrange(10**8, 10**9), results)})
        if draw < 0.4 and all:
            return questions.Scored({chance.choice(all): chance.randrange(50)})
        if draw < 0.5 and self.room.questions.errands:
            return self.carried(next(iter(self.room.questions.errands)))
        if draw < 0.53:
            person = chance.choice(PEOPLE).id
            return questions.Brought(
                f"b{self.room.seq}", person, f"Again {self.room.seq}?", "en", "r0", {"en": "Before"}, draw < 0.51
            )
        if draw < 0.6:
            return LinkSet(chance.choice((*LONG.channels, "zh")), chance.choice(("https://example.org/a", None)))
        return Renamed(chance.choice(PEOPLE).id) if draw < 0.8 else self.plan()

    def carried(self, id: str) -> Event:
        """A question has come to where it was deferred, or has been taken back from there."""
        question = self.room.questions.all[id]
        there = None if question.carried or question.deferred_to is None else question.deferred_to.room
        return questions.Carried(id, there, f"c{self.room.seq}" if there else None)

    def countable(self, poll: polls.Poll) -> bool:
        """Whether a poll's sums may come into the log now."""
        running = poll.state == "open" and not poll.secret
        return running or (poll.state in ("closed", "published") and not poll.counted)

    def plan(self) -> Planned:
        """The programme with other items, slots and channels than before."""

        def some(of: tuple[object, ...]) -> tuple[object, ...]:
            return tuple(self.chance.sample(of, self.chance.randrange(len(of) + 1)))

        items, slots, channels = (some(of) for of in (LONG.items, LONG.contributions, LONG.channels))
        to = self.chance.choice(("participants", "everybody"))
        return replace(LONG, items=items, contributions=slots, channels=channels, anonymous=to)

    def timer(self) -> Command:
        if self.chance.random() < 0.4 and self.room.questions.all:
            question = self.chance.choice([*self.room.questions.all.values()])
            text = f"translation{self.chance.randrange(999_999):06}"
            return ProposeTranslation(question.id, "de", text, str(question.text))
        person, there = self.chance.choice(("i1", "i2", "i3")), {"i1", "i2", "i3"} - {self.chance.choice(("i1", "i2"))}
        return Lapse(person, frozenset(there - {person})) if self.chance.random() < 0.7 else Depart(person)


def facts(actor: Actor, command: Command) -> Facts:
    """What is known of an expert's slots, of the deck handed in (its name says whose it is), of the person named."""
    if isinstance(command, questions.Defer):
        ends = {"r2": ("r2", None), "r3": ("r3", "later"), "idea": (None, "idea")}.get(command.to)
        return Facts(elsewhere=Elsewhere(*ends, {"en": "Later"})) if ends else NO_FACTS
    if isinstance(command, people.Commands):
        return Facts(person=next((frozenset({one.role}) for one in PEOPLE if one.id == command.person), None))
    if actor.role != "expert":
        return NO_FACTS
    deck = None
    if isinstance(command, Submit) and command.presentation.count("-") == 2:
        _, contribution, pages = command.presentation.split("-")
        deck = Deck(command.presentation, contribution, int(pages))
    return Facts(SLOTS[actor.id], deck)
