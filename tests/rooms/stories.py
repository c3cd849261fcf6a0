"""Random histories of a room: commands that mostly make sense, from people of every role, with a fake clock."""

import random
from datetime import UTC, datetime, timedelta

from rooms import agenda, questions
from rooms.agenda import PlannedItem, Speaker
from rooms.contributions import PlannedContribution
from rooms.core import Actor, Command, Moment, Record, Refused
from rooms.room import Close, Open, Pause, Planned, Room, apply, decide

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

PEOPLE = (
    *(Actor(f"p{n}", "participant") for n in range(4)),
    Actor("e1", "expert"),
    Actor("i1", "interpreter"),
    *(Actor(f"m{n}", "moderator") for n in range(2)),
    Actor("o1", "organiser"),
)
CREW = [actor for actor in PEOPLE if actor.role in ("moderator", "organiser")]
NAMES = {actor.id: f"Name of {actor.id}" for actor in PEOPLE}


class Story:
    """A room, its log, and a seeded source of commands."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.room = Room("r1")
        self.log: list[Record] = []
        self.now = START
        self.ids = 0
        self.record("system", PLAN)

    def new_id(self) -> str:
        self.ids += 1
        return f"x{self.ids}"

    def record(self, by: str, event: object) -> None:
        record = Record(self.room.seq + 1, self.now, by, event)  # type: ignore[arg-type]  # any event will do
        self.log.append(record)
        apply(record, self.room)

    def step(self) -> None:
        """One command, or a sum of votes; a refusal changes nothing."""
        self.now += timedelta(seconds=self.chance.randrange(90))
        if self.chance.random() < 0.08 and self.room.questions.all:
            id = self.chance.choice(list(self.room.questions.all))
            self.record("system", questions.Scored({id: self.chance.randrange(50)}))
            return
        actor = self.actor()
        command = self.command(actor)
        try:
            decided = decide(command, self.room, actor, Moment(self.now, self.new_id))
        except Refused:
            return
        for event in decided.events:
            self.record(actor.id, event)

    def actor(self) -> Actor:
        """Somebody; as often as not of the crew, so that what is asked is also dealt with."""
        return self.chance.choice(CREW if self.chance.random() < 0.5 else PEOPLE)

    def command(self, actor: Actor) -> Command:
        chance = self.chance
        own = self.room.questions.own.get(actor.id) or ["none"]
        if actor not in CREW:
            return chance.choice(
                (
                    questions.Ask(f"Why {chance.randrange(999)}?", "en", anonymous=chance.random() < 0.3),
                    questions.Ask("Pourquoi ?", "fr", to="c1"),
                    questions.Withdraw(chance.choice(own)),
                )
            )
        if chance.random() < 0.1:
            return chance.choice((Open(), Open(), Open(), Pause(), Close() if chance.random() < 0.3 else Open()))
        return self.next_step() if chance.random() < 0.5 else self.agenda_step()

    def next_step(self) -> Command:
        """What a moderator may well do with a question; now and then with one that is over, or to one not there."""
        chance, all = self.chance, self.room.questions.all
        live = [id for id in all if all[id].state not in ("answered", "declined", "withdrawn")]
        question = chance.choice(live if live and chance.random() < 0.9 else [*all, "none"])
        after = chance.choice([*self.room.questions.queue, None])
        steps = {
            "submitted": (questions.Screen(question), questions.Publish(question), questions.Publish(question)),
            "screened": (questions.Publish(question),),
            "published": (questions.Queue(question), questions.Queue(question, after), questions.Air(question)),
            "queued": (questions.Queue(question, after), questions.Air(question)),
            "on_air": (questions.Answered(question),),
        }
        state = all[question].state if question in all else "none"
        out = (questions.Answered(question), questions.Decline(question, "No time"), questions.Restore(question))
        return chance.choice((*steps.get(state, ()), *out))

    def agenda_step(self) -> Command:
        chance = self.chance
        item = chance.choice([*self.room.agenda.entries] or ["none"])
        other = chance.choice([*self.room.agenda.entries, None])
        return chance.choice(
            (
                agenda.Start(item),
                agenda.Finish(item),
                agenda.Skip(item),
                agenda.Extend(item, chance.randrange(1, 9), chance.choice(("shift", "absorb", "cut"))),
                agenda.Undo(),
                agenda.Add("Something else", "discussion", 5, other),
                agenda.Edit(item, title="Another title", minutes=chance.randrange(1, 30)),
                agenda.Move(item, other),
                agenda.Remove(item) if chance.random() < 0.3 else agenda.Undo(),
            )
        )
