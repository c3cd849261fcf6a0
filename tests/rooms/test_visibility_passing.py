"""Who is told what has no place in the log, or is a person's own: the table by hand against what a hub sends them."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from rooms import presence, rows, tallies
from rooms.booths import Enter
from rooms.captions import Add, Interim
from rooms.core import Actor, Command
from rooms.hub import Hub
from rooms.interpretation import Choose
from rooms.polls import Close, Publish, Vote
from rooms.reactions import React
from rooms.view import COLLECTIONS
from tests.rooms.polling import asked
from tests.rooms.seats import House, Seat, asks, opened, settle, sit, told
from tests.rooms.stage import ANNA, BERT, EXPERT, IDA, MODERATOR, SCRIBE
from tests.rooms.test_visibility import BY_HUB, fields, way
from tests.rooms.visible import HANDS, QUESTIONS, TABLE

HOST = Actor("o1", "organiser")
ALL = (ANNA, BERT, EXPERT, IDA, SCRIBE, MODERATOR, HOST)
PUBLIC, STAFF = (ANNA, BERT, EXPERT), (IDA, SCRIBE, MODERATOR, HOST)
Told = dict[str, str]  # by person id the fields of an item; who has none is told nothing
Doing = Callable[[Hub], Awaitable[object]]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((presence, "PRESENCE"), (presence, "REACTIONS"), (tallies, "COUNTS"), (rows, "SCORES")):
        monkeypatch.setattr(module, name, 0.001)


def to(actors: tuple[Actor, ...], fields: str) -> Told:
    return {actor.id: fields for actor in actors}


async def do(hub: Hub, actor: Actor, *commands: Command) -> None:
    for number, command in enumerate(commands):
        await hub.do(actor, asks(f"k{number}", command))


async def come(hub: Hub) -> None:
    await sit(hub, Actor("p2", "participant"))


async def leave_a_booth(hub: Hub) -> None:
    """By HTTP one may enter who is not connected."""
    await do(hub, Actor("i9", "interpreter"), Enter("fr"))


async def warn(hub: Hub) -> None:
    hub.warn({"x": {"person": "Rania Haddad", "minutes": 8}})


PASSING: dict[str, tuple[Doing, str, str, Told]] = {
    "somebody comes": (come, "people", "people", to(ALL, "present")),
    "somebody hears a channel": (lambda hub: do(hub, ANNA, Choose("fr")), "listeners", "fr", to(STAFF, "number")),
    "somebody in a booth has no connection": (leave_a_booth, "booths", "booths", to(STAFF, "away.fr")),
    "somebody claps": (lambda hub: do(hub, ANNA, React("applause")), "reactions", "reactions", to(ALL, "applause")),
    "somebody is due elsewhere": (warn, "conflicts", "x", to(STAFF, "person minutes")),
    "a line is being typed": (
        lambda hub: do(hub, SCRIBE, Interim("en", "Good ev")),
        *("captions", "interim-en", to(ALL, "language text at source interim")),
    ),
    "a line is not kept": (
        lambda hub: do(hub, SCRIBE, Add("Good evening.", "en")),
        *("captions", "id-0001", to(ALL, "language text at source kept")),
    ),
    "a sum is for those who voted": (
        lambda hub: do(hub, ANNA, Vote("told", (1,))),
        *("results", "told", to((ANNA,), "voters results")),
    ),
    "a sum is for the end": (lambda hub: do(hub, ANNA, Vote("end", (1,))), "results", "end", {}),
    "a secret vote": (lambda hub: do(hub, ANNA, Vote("secret", (1,))), "results", "secret", {}),
    "what one hears is one's own": (
        lambda hub: do(hub, ANNA, Choose("fr")),
        *("mine", "channel", to((ANNA,), "fr")),
    ),
    "one's vote is one's own": (
        lambda hub: do(hub, ANNA, Vote("secret", (1,))),
        "mine",
        "votes",
        to((ANNA,), "secret"),
    ),
}


def shown(seat: Seat, collection: str, id: str) -> str:
    """The fields of an item on a screen; of one's own what it says."""
    item: Any = seat.screen.get(collection, {}).get(id)
    if collection == "mine":
        return item if isinstance(item, str) else " ".join(item or ())
    return " ".join(fields(item))


@pytest.mark.parametrize("name", PASSING)
async def test_passing_item_is_told_to_exactly_those_of_the_table(name: str) -> None:
    doing, collection, id, sees = PASSING[name]
    house = await opened(*asked("told", results="vote"), *asked("end"), *asked("secret", secret=True))
    try:
        hub = await house.hub()
        seats = await sit(hub, *ALL)
        await settle(hub)
        if collection not in ("people", "listeners"):  # who is here is counted, zero or not
            assert {shown(seat, collection, id) for seat in seats} == {""}
        await doing(hub)
        await settle(hub)
        seen = {seat.actor.id: set(shown(seat, collection, id).split()) for seat in seats}
        assert {id: words for id, words in seen.items() if words} == {
            id: set(said.split()) for id, said in sees.items()
        }
        fresh = await sit(hub, *ALL)
        whole = {"people", "listeners", "booths", "conflicts", "results", "mine"}
        if collection in whole:  # what is in every first frame
            assert [shown(seat, collection, id) for seat in fresh] == [shown(seat, collection, id) for seat in seats]
    finally:
        await house.close()


NONE = {"told": None, "secret": None}
RUNNING, FINAL = {"told": [0, 1, 0], "secret": None}, {"told": [0, 1, 0], "secret": [0, 1, 0]}
SUMS = {"open": (NONE, RUNNING), "closed": (NONE, FINAL), "published": (FINAL, FINAL)}  # for all, for the crew


async def test_sums_are_for_voters_and_crew_until_all_see_them() -> None:
    house = await opened(*asked("told", results="vote"), *asked("secret", secret=True, results="vote"))
    try:
        hub = await house.hub()
        seats = await sit(hub, *ALL)
        await do(hub, ANNA, Vote("told", (1,)), Vote("secret", (1,)))
        steps: dict[str, tuple[Command, ...]] = {"open": (), "closed": (Close("told"), Close("secret"))}
        steps["published"] = (Publish("told"), Publish("secret"))
        for state, commands in steps.items():
            for command in commands:
                await hub.do(MODERATOR, asks(str(command), command))
            await settle(hub)
            await told(hub)
            for seat in seats:
                screen: dict[str, Any] = seat.screen
                assert [*screen["results"]] == (["told"] if seat.actor is ANNA else [])
                sums = {poll: item["results"] for poll, item in screen["polls"].items()}
                assert sums == SUMS[state][seat.actor in (MODERATOR, HOST)]
    finally:
        await house.close()


# ── One's own ────────────────────────────────────────────────────────────────────────────────────────────────────────

OWN = "text language state anonymous asked_at"
PATH = f"{OWN} path"
DEFERRED = f"{PATH} deferred_to.room deferred_to.titles"
ANSWER = f"{PATH} answer.text answer.language answer.by answer.at"
DECLINED = f"{PATH} reason code"
FROM = "from.room from.titles"
MINE: dict[str, tuple[str, str]] = {  # after a row: the asker's own, and what the vote of another counts for
    "submitted": (OWN, "q1"),
    "edited": (f"{OWN} to", "q1"),
    "screened": (PATH, "q1"),
    "published": (PATH, "q1"),
    "queued": (PATH, "q1"),
    "on air": (PATH, "q1"),
    "answered": (PATH, "q1"),
    "answered, and in writing": (ANSWER, "q1"),
    "answered in writing": (ANSWER, "q1"),
    "answer restored": (PATH, "q1"),
    "deferred": (DEFERRED, "q1"),
    "deferred and carried": (DEFERRED, "q1"),
    "deferred unseen": (DEFERRED, "q1"),
    "deferred to a follow-up": (f"{PATH} deferred_to.follow_up", "q1"),
    "declined": (DECLINED, "q1"),
    "declined unseen": (DECLINED, "q1"),
    "declined, restored": (PATH, "q1"),
    "withdrawn": (PATH, "q1"),
    "withdrawn unseen": (PATH, "q1"),
    "merged": (f"{PATH} merged_into", "q2"),
    "merged unseen": (PATH, ""),  # into what nobody may know of
    "merge taken back": (PATH, "q1"),
    "another merged into it": (PATH, "q1"),
    "asked anonymously": (OWN, "q1"),
    "anonymous": (PATH, "q1"),
    "asked anonymously for everybody": (OWN, "q1"),
    "anonymous for everybody": (PATH, "q1"),
    "for an item": (f"{PATH} to", "q1"),
    "for a hidden item": (f"{PATH} to", "q1"),  # which they have named themselves
    "brought": (f"{OWN} {FROM}", "q1"),
    "brought and published": (f"{PATH} {FROM}", "q1"),
    "translated unseen": (PATH, "q1"),
    "translated": (PATH, "q1"),
    "translated by a machine": (PATH, "q1"),
    "translation approved": (PATH, "q1"),
    "translation of a declined one": (DECLINED, "q1"),
}


async def house_at(name: str) -> House:
    house = House()
    for events in way(name):
        await house.write(*events)
    return house


@pytest.mark.parametrize("name", QUESTIONS)
async def test_asker_sees_of_their_own_what_the_table_says(name: str) -> None:
    own, counted = MINE[name]
    house = await house_at(name)
    house.ballots.votes.add(("r1", "q1", "p3"))
    try:
        hub = await house.hub()
        seats = await sit(hub, *ALL, Actor("p3", "participant"))
        mine: dict[str, Any] = {seat.actor.id: seat.screen["mine"] for seat in seats}
        asker = mine.pop("p0")["questions"]
        assert {id: fields(item) for id, item in asker.items()} == {"q1": set(own.split())}
        others = {id for id, what in mine.items() if what["questions"]}
        assert others == ({"p1"} if "q2" in hub.room.questions.all else set())  # who has asked the other one
        assert {id: what["votes"] for id, what in mine.items() if what["votes"]} == (
            {"p3": [counted]} if counted else {}
        )
    finally:
        await house.close()


HELD = {
    "hand waiting": "state place point_of_order",
    "hand for a point of order": "state place point_of_order",
    "hand called": "state point_of_order",
    "hand done": "",
    "hand lowered": "",
    "hand at the end": "",
}


@pytest.mark.parametrize("name", HANDS)
async def test_hand_is_ones_own(name: str) -> None:
    house = await house_at(TABLE[name].after)
    try:
        hub = await house.hub()
        seats = await sit(hub, *ALL)
        await house.write(*TABLE[name].given)
        await hub.catch_up()
        await settle(hub)
        await told(hub)
        hands: dict[str, Any] = {seat.actor.id: seat.screen["mine"].get("hand") for seat in seats}
        held = {id: fields(hand) for id, hand in hands.items()}
        assert {id: words for id, words in held.items() if words} == (
            {"p0": set(HELD[name].split())} if HELD[name] else {}
        )
    finally:
        await house.close()


async def test_first_frame_has_exactly_the_collections_of_the_tables() -> None:
    house = await opened()
    try:
        hub = await house.hub()
        seats = await sit(hub, *ALL)
        for seat in seats:
            less = {"reactions", *(("listeners", "booths", "conflicts") if seat.actor in PUBLIC else ())}
            assert seat.screen.keys() == {*COLLECTIONS, *BY_HUB} - less
    finally:
        await house.close()


def test_tables_have_rows_for_every_collection_without_a_place_in_the_log() -> None:
    assert {collection for _, collection, *_ in PASSING.values()} - {"captions"} == set(BY_HUB)
    assert ([*MINE], [*HELD]) == ([*QUESTIONS], [*HANDS])
