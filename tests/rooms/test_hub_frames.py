"""What a hub sends to whom: frames per audience, one's own spliced in, first frames, people, heartbeats."""

import json
from collections.abc import AsyncIterator

import pytest

from rooms import presence
from rooms.agenda import Start
from rooms.core import Actor, Item
from rooms.hub import Hub
from rooms.lifecycle import Renamed
from rooms.questions import Air, Aired, Ask, Asked, Decline, Publish, Published, Screened, Withdraw
from tests.rooms.seats import Frame, House, Seat, asks, opened, settle, sit
from tests.rooms.stage import ANNA, BERT, MODERATOR

BOOTH = Actor("i1", "interpreter")
AT = "2020-11-24T09:00:00Z"
LANGUAGES = ("ar", "en", "floor", "fr")
CREWS_BY = {"id": "p0", "name": "Name of p0"}
OWN: Item = {
    "text": "Why?",
    "language": "en",
    "state": "submitted",
    "path": [],
    "to": None,
    "anonymous": False,
    "asked_at": AT,
    "merged_into": None,
    "answer": None,
}
SEEN: Item = {
    "text": "Why?",
    "language": "en",
    "by": CREWS_BY,
    "anonymous": False,
    "state": "submitted",
    "order": None,
    "to": None,
    "answer": None,
    "translations": {},
    "merged_into": None,
    "asked_at": AT,
}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "PRESENCE", 0.01)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """An open room; seq 2."""
    house = await opened()
    yield house
    await house.close()


# ── After a command ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_frame_of_a_new_question_goes_to_the_crew_and_as_mine_to_its_asker(house: House) -> None:
    hub = await house.hub()
    anna, again, bert, booth, crew = await sit(hub, ANNA, ANNA, BERT, BOOTH, MODERATOR)
    await hub.do(ANNA, asks("k1", Ask("Why?", "en")))
    mine = {"put": {"mine": {"questions": {"id-0001": OWN}}}, "seq": 3}
    for_crew = {"put": {"questions": {"id-0001": SEEN}, "scores": {"id-0001": {"votes": 0}}}, "seq": 3}
    assert [seat.taken() for seat in (anna, again, bert, booth, crew)] == [[mine], [mine], [], [], [for_crew]]


async def test_frame_of_a_published_question_goes_to_all_with_mine_for_its_asker(house: House) -> None:
    await house.write(Asked("q1", "p0", "Why?", "en", anonymous=True), by="p0")
    hub = await house.hub()
    anna, bert, booth, crew = await sit(hub, ANNA, BERT, BOOTH, MODERATOR)
    await hub.do(MODERATOR, asks("k1", Publish("q1")))
    public = {"questions": {"q1": {**SEEN, "anonymous": True, "state": "published", "by": None}}}
    scores = {"scores": {"q1": {"votes": 0}}}
    mine = {"mine": {"questions": {"q1": {**OWN, "anonymous": True, "state": "published", "path": ["submitted"]}}}}
    seen_by_crew = {"questions": {"q1": {**SEEN, "anonymous": True, "state": "published"}}}
    assert anna.taken() == [{"put": {**mine, **public, **scores}, "seq": 4}]
    assert bert.taken() == booth.taken() == [{"put": {**public, **scores}, "seq": 4}]
    assert crew.taken() == [{"put": {**seen_by_crew, "scores": {"q1": {"votes": 0}}}, "seq": 4}]


async def test_frame_of_a_question_taken_back_removes_it(house: House) -> None:
    await house.write(Asked("q1", "p0", "Why?", "en"), Published("q1"), by="p0")
    hub = await house.hub()
    [bert] = await sit(hub, BERT)
    await hub.do(ANNA, asks("k1", Withdraw("q1")))
    assert bert.taken() == [{"put": {"questions": {"q1": None}, "scores": {"q1": None}}, "seq": 5}]


async def test_frame_of_a_question_declined_tells_its_asker_alone_why(house: House) -> None:
    await house.write(Asked("q1", "p0", "Why?", "en"), by="p0")
    hub = await house.hub()
    anna, bert = await sit(hub, ANNA, BERT)
    await hub.do(MODERATOR, asks("k1", Decline("q1", "Off topic")))
    declined = {**OWN, "state": "declined", "path": ["submitted"], "reason": "Off topic", "code": "other"}
    assert [anna.taken(), bert.taken()] == [[{"put": {"mine": {"questions": {"q1": declined}}}, "seq": 4}], []]


async def test_frame_is_one_for_all_that_a_command_changes(house: House) -> None:
    asked = (Asked("q1", "p0", "Why?", "en"), Asked("q2", "p0", "How?", "en"))
    await house.write(*asked, Published("q1"), Published("q2"), Aired("q1"))
    hub = await house.hub()
    [bert] = await sit(hub, BERT)
    await hub.do(MODERATOR, asks("k1", Air("q2")))
    assert [(frame["seq"], states(frame)) for frame in bert.taken()] == [(9, {"q1": "answered", "q2": "on_air"})]


async def test_frame_is_one_for_all_that_others_have_written(house: House) -> None:
    hub = await house.hub()
    [bert] = await sit(hub, BERT)
    await house.write(Asked("q1", "p0", "Why?", "en"), Screened("q1"), Published("q1"))
    await hub.catch_up()
    assert [(frame["seq"], states(frame)) for frame in bert.taken()] == [(5, {"q1": "published"})]


def states(frame: Frame) -> dict[str, str]:
    """The states of the questions in a frame."""
    put: dict[str, dict[str, dict[str, str]]] = frame["put"]  # type: ignore[assignment]  # JSON
    return {id: item["state"] for id, item in put["questions"].items()}


async def test_frame_is_the_same_text_for_everybody_of_an_audience(house: House) -> None:
    hub = await house.hub()
    one, two = await sit(hub, ANNA, BERT)
    await hub.do(MODERATOR, asks("k1", Start("a1")))
    assert one.texts[0] is two.texts[0]


async def test_frame_of_a_new_name_shows_it_wherever_it_stands(house: House) -> None:
    await house.write(Asked("q1", "p0", "Why?", "en"), Published("q1"), by="p0")
    hub = await house.hub()
    [bert] = await sit(hub, BERT)
    house.book["p0"] = "Rania Haddad"
    await house.write(Renamed("p0"))
    await hub.catch_up()
    renamed = {**SEEN, "state": "published", "by": {"id": "p0", "name": "Rania Haddad"}}
    assert bert.taken() == [{"put": {"questions": {"q1": renamed}}, "seq": 5}]


# ── The first frame ──────────────────────────────────────────────────────────────────────────────────────────────────


async def join(hub: Hub, actor: Actor, cursor: tuple[str, int] | None) -> Frame:
    seat = Seat(actor)
    await hub.join(seat, seat.actor, seat.you(), cursor)
    [frame] = seat.taken()
    return frame


async def test_first_frame_is_everything_with_who_one_is_and_when(house: House) -> None:
    await house.write(Asked("q1", "p0", "Why?", "en"), by="p0")
    hub = await house.hub()
    shown: dict[str, dict[str, Item]] = json.loads(await hub.snapshot(ANNA, {"id": "p0", "role": "participant"}))
    frame = await join(hub, ANNA, None)
    mine: Item = {"questions": {"q1": OWN}, "votes": [], "channel": None, "hand": None}
    assert shown == frame
    assert frame == {
        "all": {**shown["all"], "people": {"people": {"present": 0}}, "mine": mine},
        "seq": 3,
        "epoch": "e1-public",
        "you": {"id": "p0", "role": "participant", "silenced": None},
        "at": AT,
    }
    assert {collection: list(items) for collection, items in shown["all"].items()} == {
        "room": ["room"],
        "agenda": ["a1", "a2", "a3", "a4"],
        "contributions": ["c1"],
        "questions": [],
        "scores": [],
        "channels": ["ar", "en", "fr"],
        "slides": ["slides"],
        "captions": [],
        "chat": [],
        "hands": [],
        "polls": [],
        "restricted": [],
        "people": ["people"],
        "results": [],
        "mine": ["questions", "hand", "votes", "channel"],
    }


async def test_first_frame_after_a_cursor_is_what_changed_since_and_all_that_is_mine(house: House) -> None:
    await house.write(Asked("q1", "p1", "Why?", "en"), Published("q1"), Asked("q2", "p0", "How?", "en"), by="p1")
    hub = await house.hub()
    frame = await join(hub, BERT, ("e1-public", 3))
    mine: Item = {
        "questions": {"q1": {**OWN, "state": "published", "path": ["submitted"]}},
        "votes": [],
        "channel": None,
        "hand": None,
    }
    seen = {**SEEN, "by": {"id": "p1", "name": "Name of p1"}, "state": "published"}
    assert frame == {
        "put": {"questions": {"q1": seen}, "scores": {"q1": {"votes": 0}}, "mine": mine},
        "seq": 5,
        "epoch": "e1-public",
        "you": {"id": "p1", "role": "participant", "silenced": None},
        "at": AT,
    }


@pytest.mark.parametrize(
    ("actor", "cursor", "kind"),
    [
        (BERT, ("e1-public", 2), "put"),
        (BERT, ("e1-public", 0), "put"),
        (BERT, ("e1-public", 4), "put"),  # ahead of this hub, not of the log
        (BERT, ("e1-public", 5), "all"),
        (BERT, ("e1-crew", 2), "all"),
        (BERT, ("e0-public", 2), "all"),
        (BERT, ("", 2), "all"),
        (MODERATOR, ("e1-crew", 2), "put"),
        (MODERATOR, ("e1-public", 2), "all"),
        (BOOTH, ("e1-booth", 2), "put"),
    ],
)
async def test_first_frame_resumes_only_from_a_cursor_of_this_epoch_and_audience(
    house: House, actor: Actor, cursor: tuple[str, int], kind: str
) -> None:
    hub = await house.hub()
    await house.write(Asked("q1", "p1", "Why?", "en"), Published("q1"))
    assert kind in await join(hub, actor, cursor)


async def test_first_frame_of_one_who_missed_nothing_has_only_what_is_mine(house: House) -> None:
    frame = await join(await house.hub(), BERT, ("e1-public", 2))
    assert frame["put"] == {"mine": {"questions": {}, "votes": [], "channel": None, "hand": None}}


# ── People and heartbeats ────────────────────────────────────────────────────────────────────────────────────────────


async def test_people_are_counted_once_each_and_told_without_a_seq(house: House) -> None:
    hub = await house.hub()
    anna, again, bert, crew = await sit(hub, ANNA, ANNA, BERT, MODERATOR)
    await settle(hub)
    people: Frame = {"people": {"people": {"present": 3}}}
    heard: Frame = {"listeners": {language: {"number": 3 * (language == "floor")} for language in LANGUAGES}}
    assert [seat.taken() for seat in (anna, again, bert)] == [[{"put": people}]] * 3
    assert crew.taken() == [{"put": people | heard | {"booths": {"booths": {"away": {}}}}}]
    for leaving, present in ((again, 3), (anna, 2), (crew, 1)):
        hub.leave(leaving)
        await settle(hub)
        assert bert.screen["people"] == {"people": {"present": present}}


async def test_people_who_left_are_sent_nothing(house: House) -> None:
    hub = await house.hub()
    [anna] = await sit(hub, ANNA)
    hub.leave(anna)
    await hub.do(MODERATOR, asks("k1", Start("a1")))
    await settle(hub)
    assert anna.taken() == []


async def test_heartbeat_says_the_last_seq_that_its_audience_was_sent(house: House) -> None:
    hub = await house.hub()
    seats = await sit(hub, BERT, BOOTH, MODERATOR)
    await hub.do(ANNA, asks("k1", Ask("Why?", "en")))
    assert [json.loads(hub.heartbeat(audience)) for audience in ("public", "booth", "crew")] == [
        {"at": AT, "seq": 2},
        {"at": AT, "seq": 2},
        {"at": AT, "seq": 3},
    ]
    assert [seat.seq for seat in seats] == [2, 2, 3]
