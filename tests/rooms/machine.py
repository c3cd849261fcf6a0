"""A room under commands of every kind from people of every role, beside a model of its own that knows only PROTOCOL.

Votes are rows, as in a hub, and summed after every step. The model is told what was accepted, and counts by hand.
"""

from collections import Counter
from collections.abc import Coroutine
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from rooms import agenda, booths, captions, contributions, hands, people, polls, questions, tallies, translations, wire
from rooms import room as rooms_room
from rooms.booths import Depart, Lapse
from rooms.core import Actor, Audience, Command, Decided, Event, Moment, Receipt, Record, Refused
from rooms.crowd import audience_of
from rooms.interpretation import Choose, choosable
from rooms.lifecycle import Opened, RecordingSet, Renamed
from rooms.memory import MemoryBallots, MemoryBoxes, MemoryLog
from rooms.roles import MAY
from rooms.room import Room, apply, decide, see
from tests.rooms.givens import Body, body
from tests.rooms.stories import CLOCKWORK, LONG, NAMES, PEOPLE, START, facts
from tests.rooms.test_law import keys_of

T = TypeVar("T")
OFTEN = (  # what others build upon
    *("question.ask", "question.publish", "question.queue", "question.air", "question.merge", "question.restore"),
    *("question.vote", "question.withdraw", "agenda.start", "agenda.edit", "agenda.pause", "agenda.resume"),
    *("agenda.resume", "hand.raise", "hand.call", "poll.open", "poll.vote", "poll.vote", "poll.close", "chat.say"),
    *("room.open", "room.open", "room.readmit", "room.readmit", "booth.enter", "booth.request", "booth.accept"),
    *(
        "booth.accept",
        "booth.offer",
        "booth.offer",
        "booth.request",
        "booth.withdraw",
        "question.answered",
        "question.decline",
        "contribution.check_in",
        "contribution.ready",
        "contribution.ready",
    ),
)
SELDOM = {"room.close": "room.open", "room.pause": "room.open", "room.remove": "room.readmit"}  # or nothing goes on
SEEDS = st.integers(0, 2**32)
KINDS = (*sorted(wire.BY_NAME), *OFTEN)
WAITS = ("submitted", "screened", "published", "queued")
SEEN = (
    "published",
    "queued",
    "on_air",
    "answered",
    "answered_in_writing",
)  # by everybody; deferred where it was before
QUIET = (  # what nobody hears
    *("question.vote", "question.unvote", "question.withdraw", "poll.vote", "channel.choose", "hand.lower"),
)
STATES = (*WAITS, "on_air", "answered", "answered_in_writing", "deferred", "declined", "merged", "withdrawn")
WORDS = ("on_air", "answered", "answered_in_writing", "deferred")
STEPS: dict[str, tuple[tuple[str, ...], str | None]] = {  # from which states a question goes to which, by PROTOCOL
    "question.edit": (("submitted",), "submitted"),
    "question.screen": (("submitted",), "screened"),
    "question.publish": (("submitted", "screened"), "published"),
    "question.queue": (("published", "queued"), "queued"),
    "question.air": (("published", "queued"), "on_air"),
    "question.answered": (("published", "queued", "on_air"), "answered"),
    "question.decline": (WAITS, "declined"),
    "question.merge": (WAITS, "merged"),
    "question.defer": (WAITS, "deferred"),
    "question.withdraw": (WAITS, "withdrawn"),
    "question.write": (("published", "queued", *WORDS), None),
    "question.restore": (tuple(state for state in STATES if state != "withdrawn"), None),
    "question.translate": ((*WAITS, *WORDS), None),
    "question.approve_translation": ((*WAITS, *WORDS), None),
    "question.vote": (("published", "queued", "on_air"), None),
    "question.unvote": (("published", "queued", "on_air"), None),
}


OTHERS: tuple[Audience, ...] = ("public", "booth")


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """Run what awaits nothing."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]  # what the coroutine returns
    raise AssertionError("it waits")


class Machine(RuleBasedStateMachine):
    """The room, its rows, and the model: who voted for what, who chose what, and what was ever published."""

    taken: Counter[str] = Counter()  # commands of each kind, by all machines
    refused: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.room, self.log, self.ids = Room("r1"), list[Record](), 0
        rows = MemoryLog()
        rows.create("r1")
        self.ballots, self.boxes = MemoryBallots(rows), MemoryBoxes(rows)
        self.votes: set[tuple[str, str]] = set()  # person, question
        self.chosen: dict[str, dict[str, set[int]]] = {}  # of each poll, by person
        self.published: set[str] = set()
        self.asker: dict[str, str] = {}
        self.bound: dict[str, str] = {}  # who is silenced or removed

    @initialize()
    def begin(self) -> None:
        asks = (questions.Asked(f"q{n}", f"p{n}", f"Why {n}?", "en") for n in range(3))
        draft = polls.Drafted("v1", "Which?", ("a", "b", "c"), True, False, None, "vote")
        self.happen("system", LONG, Opened(), RecordingSet("on"), *asks, questions.Published("q1"))
        self.votes = {(person, id) for person in ("p3", "e1") for id in ("q1", "q2")}  # for two that become one
        self.votes.add(("i2", "q2"))
        self.ballots.votes = {("r1", id, person) for person, id in self.votes}
        self.happen("system", questions.Published("q2"), questions.Merged("q2", "q1"), people.Silenced("p3"))
        self.happen("m0", questions.Published("q0"), questions.Aired("q0"))
        self.happen("m0", draft, polls.Opened("v1"), hands.Raised("p0"), hands.Raised("i1"), agenda.Started("a2"))
        self.happen("e1", contributions.Submitted("c1", "deck1-c1-4", 4), contributions.Aired("c1"))
        self.happen("i1", booths.Entered("fr", "i1"), booths.Entered("fr", "i2"), booths.Aired("fr", "i1"))
        self.happen(
            "i1", translations.Translated("q1", "de", "Warum?", "i1"), captions.Added("l1", "en", "So.", "typed")
        )
        self.count()

    # ── What happens ─────────────────────────────────────────────────────────────────────────────────────────────

    def new_id(self) -> str:
        self.ids += 1
        return f"n{self.ids}"

    def moment(self) -> Moment:
        return Moment(START, self.new_id)

    def happen(self, by: str, *events: Event) -> None:
        for event in events:
            record = Record(self.room.seq + 1, START, by, event)
            self.log.append(record)
            apply(record, self.room)
            assert wire.BY_TYPE[wire.dump(event)[0]] is type(event)
            assert wire.load(*wire.dump(event)) == event
            if isinstance(event, questions.Asked | questions.Brought):
                self.asker[event.question] = event.by
            match event:
                case people.Silenced() | people.Removed():
                    self.bound[event.person] = "silenced" if isinstance(event, people.Silenced) else "removed"
                case people.Readmitted():
                    del self.bound[event.person]
            if isinstance(event, questions.Published):
                self.published.add(event.question)
            if isinstance(event, questions.Restored) and event.state in ("submitted", "screened"):
                self.published.discard(event.question)  # that step was taken back

    @rule(seed=SEEDS)
    def commands(self, seed: int) -> None:
        """Some commands of people whose role mostly allows it."""
        chance = self.chance(seed)
        for _ in range(8):
            do = chance.choice(KINDS)
            if do in SELDOM and chance.random() < 0.8:
                do = SELDOM[do]
            actor = self.somebody(chance, do)
            self.give(actor, do, body(chance, self.room, actor, do))
            self.after_each()

    def somebody(self, chance: Random, do: str) -> Actor:
        """Of a role that may do this; mostly from where it makes sense."""
        may = [actor for actor in PEOPLE if actor.role in MAY[do]]
        there: dict[str, set[str]] = {"booth": self.room.interpretation.inside(), "hand": {*self.room.hands.all}}
        if do in ("booth.accept", "booth.withdraw"):
            opened = [one for one in self.room.interpretation.channels.values() if one.handover]
            mine = {one.handover.person for one in opened if one.handover}
            there["booth"] = mine if do == "booth.withdraw" else {each for one in opened for each in one.booth} - mine
        if do in ("booth.offer", "booth.off_air"):
            there["booth"] = {str(one.on_air) for one in self.room.interpretation.channels.values()}
        if do in ("question.edit", "question.withdraw"):
            there["question"] = {one.by for one in self.room.questions.all.values() if one.state in WAITS}
        within = there.get(do.split(".")[0], set()) if do != "hand.raise" else set()
        likely = [actor for actor in may if actor.id in within]
        return chance.choice(likely if likely and chance.random() < 0.7 else may)

    @rule(seed=SEEDS)
    def system(self, seed: int) -> None:
        """Time runs out for somebody; a name changes, or the programme."""
        chance = self.chance(seed)
        person = chance.choice(("i1", "i2", "p0"))
        timers: tuple[Command, ...] = (Lapse(person, frozenset({"i3"})), Depart(person))
        events: tuple[Event, ...] = (Renamed(person), LONG)
        if chance.random() < 0.5:
            self.happen("system", *decide(chance.choice(timers), self.room, CLOCKWORK, self.moment()).events)
        else:
            self.happen("system", chance.choice(events))

    def chance(self, seed: int) -> Random:
        """Not the same twice in one history."""
        return Random(f"{seed} {self.room.seq} {self.ids}")

    def give(self, actor: Actor, do: str, body: Body) -> None:
        """A command as it comes from the wire; a refusal changes nothing, which the fold afresh finds."""
        try:
            command = wire.command({"id": self.new_id(), "do": do, "with": body}).command
            decided = self.carried_out(actor, command)
        except Refused:
            self.refused[do] += 1
            return
        self.taken[do] += 1
        id = getattr(command, "question", None)
        before = self.state(id)
        if actor.role not in ("moderator", "organiser") and actor.id in self.bound:
            assert (self.bound[actor.id], do in QUIET) == ("silenced", True)
        self.happen(actor.id, *decided.events)
        self.count()
        if do in STEPS:
            possible, then = STEPS[do]
            assert before in possible
            assert then in (None, self.state(id))

    def carried_out(self, actor: Actor, command: Command) -> Decided:
        match command:
            case questions.Vote() | questions.Unvote():
                self.vote(actor, command)
            case polls.Vote():
                self.vote_in_poll(actor, command)
            case Choose():
                rooms_room.admit(command, self.room, actor)
                choosable(command, self.room.interpretation)
            case _:
                return decide(command, self.room, actor, self.moment(), facts(actor, command))
        return Decided()

    def receipt(self, actor: Actor) -> Receipt:
        return Receipt(actor.id, self.new_id(), b"", self.room.seq, {})

    def vote(self, actor: Actor, command: questions.Vote | questions.Unvote) -> None:
        rooms_room.admit(command, self.room, actor)
        questions.votable(command, self.room.questions, actor, audience_of(actor))
        id, votes = command.question, isinstance(command, questions.Vote)
        merged = () if votes else tuple(self.room.questions.group(id)[1:])
        at_once(self.ballots.cast("r1", id, self.receipt(actor), votes, merged))
        assert self.asker[id] != actor.id
        roots = self.roots()
        group = {one for one in roots if roots[one] == roots[id]}
        self.votes = self.votes | {(actor.id, id)} if votes else self.votes - {(actor.id, one) for one in group}

    def vote_in_poll(self, actor: Actor, command: polls.Vote) -> None:
        rooms_room.admit(command, self.room, actor)
        poll = polls.votable(command, self.room.polls, audience_of(actor))
        places = polls.chosen(command, poll)
        at_once(self.boxes.cast("r1", poll.id, places, len(poll.choices), poll.secret, self.receipt(actor)))
        model = self.chosen.setdefault(poll.id, {})
        assert not (poll.secret and actor.id in model)
        model[actor.id] = {one if isinstance(one, int) else poll.choices.index(one.strip()) for one in command.choices}

    def count(self) -> None:
        """Bring the log's sums up to the rows, as a hub does."""
        all, boxes = self.room.questions.all, self.room.polls.all.values()
        tally = at_once(self.ballots.tally("r1", self.room.questions.groups()))
        if changed := {id: tally.get(id, 0) for id in all if tally.get(id, 0) != all[id].votes}:
            self.happen("system", questions.Scored(changed))
        for poll in boxes:
            if tallies.over(poll):
                final = tallies.sum_of(poll, at_once(self.boxes.seal("r1", poll.id)))
                self.happen("system", polls.Counted({poll.id: final}))
            elif poll.state == "open" and not poll.secret:
                sum = tallies.sum_of(poll, self.boxes.tally(("r1", poll.id)))
                self.happen("system", *([polls.Counted({poll.id: sum})] if sum != poll.sum else []))

    # ── What is shown ────────────────────────────────────────────────────────────────────────────────────────────

    def shown(self, collection: str, audience: Audience = "crew") -> dict[str, Any]:
        keys = [key for key in keys_of(self.room) if key[0] == collection]
        return {key[1]: item for key in keys if (item := see(self.room, key, audience, NAMES)) is not None}

    def state(self, question: str | None) -> str:
        return str(self.shown("questions").get(question or "", {}).get("state"))

    def roots(self) -> dict[str, str]:
        """What each question counts for, by what the crew is shown."""
        into = {id: item["merged_into"] for id, item in self.shown("questions").items()}

        def root(id: str) -> str:
            return root(into[id]) if into[id] else id

        return {id: root(id) for id in into}

    # ── What always holds ────────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def afresh(self) -> None:
        self.after_each()
        self.room_folded_afresh_is_this_room()

    def after_each(self) -> None:
        self.questions_are_in_one_state_and_in_the_queue_if_queued()
        self.one_thing_at_a_time()
        self.votes_are_those_of_everybody_who_voted_for_one_of_a_group()
        self.everybody_waits_once_and_one_is_called()
        self.polls_have_the_sums_of_those_who_voted()
        self.what_is_hidden_is_not_for_all()

    def questions_are_in_one_state_and_in_the_queue_if_queued(self) -> None:
        all = self.shown("questions")
        assert {item["state"] for item in all.values()} <= set(STATES)
        queued = {id: item["order"] for id, item in all.items() if item["state"] == "queued"}
        assert {id: item["order"] for id, item in all.items() if item["order"] is not None} == queued
        assert sorted(queued.values()) == [*range(len(queued))]
        assert sorted(queued, key=lambda id: queued[id]) == self.room.questions.queue

    def one_thing_at_a_time(self) -> None:
        assert [item["state"] for item in self.shown("questions").values()].count("on_air") <= 1
        assert [item["state"] for item in self.shown("agenda").values()].count("running") <= 1
        assert [item["state"] for item in self.shown("contributions").values()].count("on_air") <= 1
        channels = self.shown("channels").values()
        speaking = [item["interpreter"]["id"] for item in channels if item["interpreter"]]
        assert len(speaking) == len(set(speaking))

    def votes_are_those_of_everybody_who_voted_for_one_of_a_group(self) -> None:
        roots, scores = self.roots(), self.shown("scores")
        for id in set(roots.values()):
            voters = {person for person, one in self.votes if roots[one] == id}
            assert scores[id]["votes"] == len(voters) <= len(PEOPLE)

    def everybody_waits_once_and_one_is_called(self) -> None:
        up = self.shown("hands")
        called = [id for id, item in up.items() if item["state"] == "called"]
        places = {id: item["order"] for id, item in up.items() if id not in called}
        assert len(called) <= 1
        assert None not in places.values()
        assert sorted(places.values()) == [*range(len(places))]
        line = sorted(places, key=lambda id: places[id])
        assert line == self.room.hands.line
        points = [up[id]["point_of_order"] for id in line]
        assert points == sorted(points, reverse=True)

    def polls_have_the_sums_of_those_who_voted(self) -> None:
        for id, item in self.shown("polls").items():
            chosen = self.chosen.get(id, {})
            sums = Counter(place for places in chosen.values() for place in places)
            expected = (len(chosen), tuple(sums[place] for place in range(len(item["choices"]))))
            counted = item["state"] in ("closed", "published") or (item["state"] == "open" and not item["secret"])
            if self.room.polls.all[id].sum is None:
                assert (counted and bool(chosen), counted and item["state"] != "open") == (False, False)
            else:
                assert (counted, item["voters"], item["results"]) == (True, *expected)
            assert len(chosen) <= len(PEOPLE)

    def what_is_hidden_is_not_for_all(self) -> None:
        asked = self.shown("questions")
        for audience in OTHERS:
            after = {id for id, item in asked.items() if item["state"] == "deferred"} & self.published
            open = {id for id, item in asked.items() if item["state"] in SEEN} | after
            for collection in ("questions", "scores"):
                assert self.shown(collection, audience).keys() == open, asked
            drafts = {id for id, item in self.shown("polls").items() if item["state"] == "draft"}
            shown = self.shown("polls", audience)
            assert shown.keys() == self.shown("polls").keys() - drafts
            assert {id for id, item in shown.items() if item["results"]} <= {
                id for id, item in shown.items() if item["state"] == "published"
            }
            said = self.shown("chat", audience)
            readers = {"public": {"room"}, "booth": {"room", "booth"}}[audience]
            assert {item["to"] for item in said.values()} <= readers
            assert all(item["text"] is None for item in said.values() if item["hidden"])
            assert self.shown("restricted", audience) == {}
        hidden = {id for id, item in self.shown("agenda").items() if item["hidden"]}
        assert self.shown("agenda", "public").keys() == self.shown("agenda").keys() - hidden
        assert not hidden & {item["now"] for item in self.shown("room", "public").values()}

    def room_folded_afresh_is_this_room(self) -> None:
        room = Room("r1")
        for record in self.log:
            apply(record, room)
        assert room == self.room
