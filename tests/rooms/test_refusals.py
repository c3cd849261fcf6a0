"""Who is refused what, generated: every command by every role in every state of the room.

What is allowed is written by hand; all else is refused with its code and changes nothing that anybody sees.
"""

from collections.abc import Callable

import pytest

from rooms import agenda, asked, booths, captions, chat, contributions, hands, people, polls
from rooms import lifecycle as life
from rooms.core import Actor, Event, Refused, Role
from rooms.hub import Hub
from rooms.roles import AUDIENCE
from rooms.translations import Translated
from rooms.wire import BY_NAME, command
from tests.rooms.seats import House
from tests.rooms.stories import LONG, facts
from tests.rooms.test_roles import PROTOCOL

Body = dict[str, object]
Scene = Callable[[str], tuple[Event, ...]]  # what has happened before, given who asks
WHO: dict[Role, Actor] = {
    "participant": Actor("p0", "participant"),
    "expert": Actor("e1", "expert"),
    "interpreter": Actor("i1", "interpreter"),
    "captioner": Actor("k1", "captioner"),
    "moderator": Actor("m0", "moderator"),
    "organiser": Actor("o1", "organiser"),
}
CREW = ("moderator", "organiser")
ROOMS: dict[str, tuple[Event, ...]] = {
    "planned": (),
    "open": (life.Opened(),),
    "paused": (life.Opened(), life.Paused()),
    "closed": (life.Opened(), life.Closed()),
}
LETTERS = {"P": "planned", "O": "open", "S": "paused", "C": "closed"}  # S: stands still


def nothing(me: str) -> tuple[Event, ...]:
    return ()


def question(*steps: Event, by: str = "p9") -> Scene:
    return lambda me: (asked.Asked("q1", by, "Why?", "en"), *steps)


def own(me: str) -> tuple[Event, ...]:
    return (asked.Asked("q1", me, "Why?", "en"),)


SEEN = question(asked.Published("q1"))
SUBMITTED = question()
RUNS, ON = agenda.Started("a1"), contributions.Aired("c1")
IN = contributions.Submitted("c1", "deck1-c1-4", 4)
DRAFT = polls.Drafted("v1", "Which?", ("a", "b"))
UP = hands.Raised("p9")
SAID, LINE = chat.Said("t1", "p9", "Hello."), captions.Added("l1", "en", "Hello.", "typed")
PAIR = ("fr", "i1"), ("fr", "i2")
INSIDE = tuple(booths.Entered(*one) for one in PAIR)
MINE, THEIRS = (*INSIDE, booths.Aired(*PAIR[0])), (*INSIDE, booths.Aired(*PAIR[1]))
DE: Body = {"question": "q1", "language": "de"}
FR: Body = {"language": "fr"}
C1: Body = {"contribution": "c1"}
Q1: Body = {"question": "q1"}
A1: Body = {"item": "a1"}
PAPER: Body = {"title": "Which?", "choices": ["a", "b"]}


def was(*events: Event) -> Scene:
    return lambda me: events


# Command: in which states of the room the crew may give it, and others; what it names, and what has happened before.
TABLE: dict[str, tuple[str, str, Body, Scene]] = {
    "room.open": ("PSC", "", {}, nothing),
    "room.pause": ("O", "", {}, nothing),
    "room.close": ("OS", "", {}, nothing),
    "room.record": ("POS", "", {"state": "on"}, nothing),
    "room.announce": ("POS", "", {"text": "Soon."}, nothing),
    "room.silence": ("POSC", "", {"person": "p1"}, nothing),
    "room.remove": ("POSC", "", {"person": "p1"}, nothing),
    "room.readmit": ("POSC", "", {"person": "p1"}, was(people.Silenced("p1"))),
    "agenda.add": ("POS", "", {"title": "More", "kind": "other", "minutes": 5}, nothing),
    "agenda.edit": ("POS", "", {**A1, "hidden": True}, nothing),
    "agenda.move": ("POS", "", {**A1, "after": "a3"}, nothing),
    "agenda.remove": ("POS", "", A1, nothing),
    "agenda.start": ("OS", "", A1, nothing),
    "agenda.finish": ("OS", "", A1, was(RUNS)),
    "agenda.skip": ("OS", "", A1, nothing),
    "agenda.pause": ("OS", "", A1, was(RUNS)),
    "agenda.resume": ("OS", "", A1, was(RUNS, agenda.Paused("a1"))),
    "agenda.extend": ("OS", "", {"item": "a4", "minutes": 5, "how": "shift"}, nothing),
    "agenda.undo": ("OS", "", {}, was(RUNS)),
    "question.ask": ("POS", "PO", {"text": "Why?", "language": "en"}, nothing),
    "question.edit": ("POS", "PO", {**Q1, "text": "How?"}, own),
    "question.withdraw": ("POS", "PO", Q1, own),
    "question.vote": ("POS", "PO", Q1, SEEN),
    "question.unvote": ("POS", "PO", Q1, SEEN),
    "question.screen": ("POS", "", Q1, SUBMITTED),
    "question.publish": ("POS", "", Q1, SUBMITTED),
    "question.queue": ("POS", "", Q1, SEEN),
    "question.air": ("POS", "", Q1, SEEN),
    "question.answered": ("POSC", "", Q1, SEEN),
    "question.decline": ("POSC", "", {**Q1, "reason": "unclear"}, SEEN),
    "question.defer": ("POSC", "", {**Q1, "to": "r2"}, SEEN),
    "question.merge": ("POS", "", {**Q1, "into": "q2"}, question(asked.Asked("q2", "p8", "How?", "en"))),
    "question.restore": ("POSC", "", Q1, SEEN),
    "question.write": ("POSC", "POC", {**Q1, "text": "So.", "language": "en"}, SEEN),
    "question.translate": ("POSC", "PO", {**DE, "text": "Warum?"}, SEEN),
    "question.approve_translation": ("POSC", "PO", DE, question(asked.Published("q1"), Translated("q1", "de", "W?"))),
    "channel.choose": ("POS", "POS", FR, nothing),
    "channel.open": ("POS", "", {"language": "zh"}, nothing),
    "channel.close": ("POS", "", FR, nothing),
    "channel.floor": ("POS", "", FR, nothing),
    "booth.enter": ("", "POS", FR, nothing),
    "booth.leave": ("", "POS", FR, was(*INSIDE)),
    "booth.on_air": ("", "O", FR, was(*INSIDE)),
    "booth.off_air": ("", "OS", FR, was(*MINE)),
    "booth.offer": ("", "O", FR, was(*MINE)),
    "booth.request": ("", "O", FR, was(*THEIRS)),
    "booth.accept": ("", "O", FR, was(*THEIRS, booths.Offered("fr", "i2", "offer"))),
    "booth.withdraw": ("", "OS", FR, was(*THEIRS, booths.Offered("fr", "i1", "request"))),
    "booth.relay": ("", "PO", {**FR, "of": "ar"}, was(*INSIDE)),
    "booth.slower": ("", "O", FR, was(*INSIDE)),
    "booth.no_sound": ("", "O", FR, was(*INSIDE)),
    "contribution.confirm": ("", "PO", C1, nothing),
    "contribution.decline": ("", "PO", C1, nothing),
    "contribution.submit": ("", "PO", {**C1, "presentation": "deck1-c1-4"}, nothing),
    "contribution.check_in": ("", "PO", C1, nothing),
    "contribution.ready": ("", "PO", C1, was(contributions.CheckedIn("c1"))),
    "contribution.accept": ("POS", "", C1, was(IN)),
    "contribution.return": ("POS", "", {**C1, "note": "Larger."}, was(IN)),
    "contribution.air": ("OS", "", C1, nothing),
    "contribution.finish": ("OS", "", C1, was(ON)),
    "contribution.no_show": ("POS", "", C1, nothing),
    "slides.show": ("OS", "O", {"presentation": "deck1-c1-4", "page": 2}, was(IN, ON)),
    "slides.hide": ("OS", "O", {}, was(IN, ON)),
    "caption.add": ("OS", "O", {"text": "Hello.", "language": "en"}, was(life.RecordingSet("on"))),
    "caption.correct": ("OSC", "O", {"caption": "l1", "text": "Hi."}, was(LINE)),
    "caption.interim": ("OS", "O", {"text": "Hel", "language": "en"}, nothing),
    "chat.say": ("POS", "O", {"text": "Hello."}, nothing),
    "chat.hide": ("POS", "", {"message": "t1"}, was(SAID)),
    "chat.set": ("POS", "", {"mode": "off"}, nothing),
    "react": ("O", "O", {"with": "thanks"}, nothing),
    "hand.raise": ("OS", "O", {}, nothing),
    "hand.lower": ("OS", "O", {}, lambda me: (hands.Raised(me),)),
    "hand.call": ("OS", "", {"person": "p9"}, was(UP)),
    "hand.done": ("OS", "", {"person": "p9"}, was(UP, hands.Called("p9"))),
    "hand.close": ("OS", "", {}, nothing),
    "hand.open": ("OS", "", {}, was(hands.Closed())),
    "poll.draft": ("POS", "", PAPER, nothing),
    "poll.edit": ("POS", "", {**PAPER, "poll": "v1"}, was(DRAFT)),
    "poll.remove": ("POS", "", {"poll": "v1"}, was(DRAFT)),
    "poll.open": ("OS", "", {"poll": "v1"}, was(DRAFT)),
    "poll.close": ("OS", "", {"poll": "v1"}, was(DRAFT, polls.Opened("v1"))),
    "poll.publish": ("OSC", "", {"poll": "v1"}, was(DRAFT, polls.Opened("v1"), polls.Closed("v1"))),
    "poll.vote": ("OS", "O", {"poll": "v1", "choices": [1]}, was(DRAFT, polls.Opened("v1"))),
}
ITSELF = {("room.open", "open"): "state.changed", ("room.pause", "paused"): "state.changed"}


async def everything(hub: Hub) -> tuple[object, ...]:
    """The log, and what everybody sees, their own included."""
    shown = [await hub.snapshot(actor, {}) for actor in (*WHO.values(), Actor("p9", "participant"))]
    return (*shown, *(await hub.log.read("r1")).records)


async def outcome(events: tuple[Event, ...], actor: Actor, do: str, body: Body) -> str:
    """`ok`, or the code of the refusal, after which nothing has changed."""
    house = House()
    await house.write(LONG, *events)
    hub = await house.hub()
    try:
        given = command({"id": "k1", "do": do, "with": body})
        before = await everything(hub)
        try:
            receipt = await hub.do(actor, given, facts(actor, given.command))
        except Refused as refused:
            assert await everything(hub) == before
            return refused.code
        assert receipt.id == "k1"
        return "ok"
    finally:
        await house.close()


def allowed(do: str, role: Role, state: str) -> str:
    """What the table says: `ok`, or the code."""
    crew, others, *_ = TABLE[do]
    if role not in PROTOCOL[do]:
        return "role.missing"
    if state in [LETTERS[letter] for letter in (crew if role in CREW else others)]:
        return "ok"
    return ITSELF.get((do, state), f"room.{state}")


@pytest.mark.parametrize("state", ROOMS)
@pytest.mark.parametrize("do", TABLE)
async def test_command_is_taken_in_exactly_the_states_and_roles_of_the_table(do: str, state: str) -> None:
    _, _, body, scene = TABLE[do]
    for role, actor in WHO.items():
        before, after = ROOMS[state][:1], ROOMS[state][1:]
        found = await outcome((*before, *scene(actor.id), *after), actor, do, body)
        assert (role, found) == (role, allowed(do, role, state))


def test_table_has_a_row_for_every_command() -> None:
    assert TABLE.keys() == BY_NAME.keys() == PROTOCOL.keys()
    assert sum(bool(crew) for crew, *_ in TABLE.values()) == sum("moderator" in roles for roles in PROTOCOL.values())


@pytest.mark.parametrize("role", WHO)
async def test_those_who_prepare_a_session_talk_among_themselves(role: Role) -> None:
    said = {
        to: await outcome((), WHO[role], "chat.say", {"text": "Hello.", "to": to}) for to in ("room", "booth", "crew")
    }
    booth = "ok" if AUDIENCE[role] != "public" else "chat.to"
    room, crew = ("ok", "ok") if role in CREW else ("room.planned", "chat.to")
    assert said == {"room": room, "booth": booth, "crew": crew}
