"""Channels: opened, closed and planned; what is spoken on the floor; who sees what of a booth, and whose name."""

import pytest
from msgspec.structs import replace

from rooms import booths
from rooms.agenda import Started
from rooms.booths import Aired, Entered, Muted, Offered, RelaySet
from rooms.core import AUDIENCES, Audience, Command, Event, Item, Record
from rooms.interpretation import (
    CHANNELS,
    Choose,
    CloseChannel,
    Closed,
    FloorSet,
    LinkSet,
    OpenChannel,
    Opened,
    SetFloor,
    choosable,
)
from rooms.lifecycle import Closed as RoomClosed
from rooms.lifecycle import Renamed
from rooms.room import apply
from rooms.view import View
from tests.rooms.stage import IDA, MODERATOR, Fact, Stage
from tests.rooms.stories import NAMES, PLAN, START

BOOTH = (Entered("fr", "i1"), Entered("fr", "i2"))
LIVE = (*BOOTH, Aired("fr", "i1"), Offered("fr", "i2", "request"))


def channel(**changed: object) -> Item:
    """What everybody sees of the channel fr."""
    return {
        "language": "fr",
        "state": "silent",
        "relay_of": None,
        "interpreter": None,
        "link": None,
        "order": 1,
        "slower_at": None,
        "no_sound_at": None,
        **changed,
    }


def person(id: str) -> Item:
    return {"id": id, "name": NAMES[id]}


def states(stage: Stage) -> dict[str, str]:
    return stage.room.interpretation.states()


# ── Opening and closing ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("command", "event"),
    [
        (OpenChannel("zh-Hant"), Opened("zh-Hant")),
        (OpenChannel("fr"), Opened("fr")),
        (CloseChannel("fr"), Closed("fr")),
        (SetFloor("ar"), FloorSet("ar")),
        (SetFloor("pt-BR"), FloorSet("pt-BR")),  # what is spoken need not be a channel
    ],
)
def test_channel_command_makes_its_event(command: Command, event: Event) -> None:
    decided = Stage(*LIVE).decided(command)
    assert (decided.events, decided.ok) == ((event,), {"language": event.language})  # type: ignore[attr-defined]  # all have one


def test_channel_that_is_not_there_is_not_closed() -> None:
    assert Stage().refused(CloseChannel("zh")) == ("channel.unknown", {"language": "zh"})


def test_channels_of_a_room_have_a_limit() -> None:
    tags = [f"{a}{b}" for a in "xyq" for b in "abcdefghijklm"][: CHANNELS - 3]
    stage = Stage(*(Opened(tag) for tag in tags))
    assert stage.refused(OpenChannel("zh")) == ("channel.too_many", {"limit": CHANNELS})
    assert stage.when(OpenChannel("fr")) == (Opened("fr"),)  # is there


def test_channel_closed_has_an_empty_booth_and_those_who_listened_to_it_hear_the_floor() -> None:
    stage = Stage(*LIVE, RelaySet("fr", "en"), Entered("ar", "i3"), RelaySet("ar", "fr"), RelaySet("en", "ar"))
    stage.do(CloseChannel("fr"))
    here = stage.room.interpretation.channels
    assert (states(stage)["fr"], here["fr"].booth, here["fr"].handover, here["fr"].relay_of) == (
        "closed",
        [],
        None,
        None,
    )
    assert (here["ar"].relay_of, here["ar"].booth, here["en"].relay_of) == (None, ["i3"], "ar")


def test_channel_closed_and_opened_is_silent_and_empty() -> None:
    stage = Stage(*LIVE).do(CloseChannel("fr")).do(OpenChannel("fr"))
    assert stage.shown("channels", "fr", "public") == channel()
    assert stage.shown("channels", "fr")["booth"] == []


def test_end_of_the_session_empties_all_booths() -> None:
    stage = Stage(*LIVE, RoomClosed())
    assert (states(stage), stage.room.interpretation.inside()) == (dict.fromkeys(PLAN.channels, "silent"), set())


# ── The floor ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("events", "floor"),
    [
        ((), "en"),
        ((FloorSet("ar"),), "ar"),
        ((FloorSet("ar"), Started("a2")), "en"),  # an item in a language
        ((FloorSet("ar"), Started("a1")), "ar"),  # an item in none
        ((FloorSet("ar"), PLAN), "ar"),
        ((replace(PLAN, languages=("fr",)),), "en"),
    ],
)
def test_floor_is_what_was_said_last(events: tuple[Event, ...], floor: str) -> None:
    assert [Stage(*events).shown("room", "room", audience)["floor"] for audience in AUDIENCES] == [floor] * 3


def test_floor_of_a_plan_without_languages_is_not_known() -> None:
    assert Stage(plan=replace(PLAN, languages=())).shown("room", "room")["floor"] is None


# ── What one hears ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", ["floor", "en", "fr"])
def test_channel_that_is_open_and_the_floor_may_be_chosen(language: str) -> None:
    choosable(Choose(language), Stage(*BOOTH).room.interpretation)


@pytest.mark.parametrize(
    ("given", "language", "code"),
    [((), "zh", "channel.unknown"), ((Closed("fr"),), "fr", "channel.closed")],
)
def test_channel_that_cannot_be_heard_is_not_chosen(given: tuple[Event, ...], language: str, code: str) -> None:
    with pytest.raises(Exception, match=code) as refused:
        choosable(Choose(language), Stage(*given).room.interpretation)
    assert refused.value.facts == {"language": language}  # type: ignore[attr-defined]  # Refused


# ── Plans ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("given", "planned", "after"),
    [
        ((), ("fr", "en"), {"fr": "silent", "en": "silent"}),
        ((), ("zh", "fr"), {"zh": "silent", "fr": "silent"}),
        ((Opened("zh"),), ("fr",), {"fr": "silent", "zh": "silent"}),  # by hand: stays
        (LIVE, ("en",), {"en": "silent", "fr": "live"}),  # somebody is inside: stays
        ((*LIVE, Closed("fr")), ("en", "fr"), {"en": "silent", "fr": "closed"}),
        ((LinkSet("zh", "https://example.org/zh"),), ("zh",), {"zh": "silent"}),  # known only by a link until now
    ],
)
def test_plan_brings_its_channels_first_and_takes_those_nobody_uses(
    given: tuple[Event, ...], planned: tuple[str, ...], after: dict[str, str]
) -> None:
    stage = Stage(*given, replace(PLAN, channels=planned))
    assert list(states(stage).items()) == list(after.items())
    assert [stage.shown("channels", tag)["order"] for tag in after] == list(range(len(after)))


def test_plan_that_takes_a_channel_lets_those_who_listened_to_it_hear_the_floor() -> None:
    stage = Stage(*LIVE, RelaySet("fr", "ar"), replace(PLAN, channels=("en", "fr")))
    assert stage.shown("channels", "fr", "public") == channel(state="live", interpreter=person("i1"))
    assert stage.see("channels", "ar") is None


# ── Who sees what ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("events", "changed", "inside"),
    [
        ((), {}, {}),
        (BOOTH, {}, {"booth": [person("i1"), person("i2")]}),
        (
            LIVE,
            {"state": "live", "interpreter": person("i1")},
            {
                "booth": [person("i1"), person("i2")],
                "since": START,
                "handover": "requested",
                "offer": {"by": "i2", "kind": "request"},
            },
        ),
        (
            (*LIVE, RelaySet("fr", "en"), Muted("fr", "i1")),
            {"relay_of": "en"},
            {"booth": [person("i1"), person("i2")]},
        ),
        ((LinkSet("fr", "https://example.org/fr"),), {"link": "https://example.org/fr"}, {}),
        ((LinkSet("fr", "https://example.org/fr"), LinkSet("fr", None)), {}, {}),
        ((Closed("fr"),), {"state": "closed"}, {}),
    ],
)
@pytest.mark.parametrize("audience", AUDIENCES)
def test_channel_is_seen_by_all_and_its_booth_by_booth_and_crew(
    events: tuple[Event, ...], changed: Item, inside: Item, audience: Audience
) -> None:
    hidden: Item = (
        {}
        if audience == "public"
        else {
            "booth": [],
            "since": None,
            "handover": "idle",
            "offer": None,
            **inside,
        }
    )
    assert Stage(*events).see("channels", "fr", audience) == {**channel(**changed), **hidden}


@pytest.mark.parametrize("audience", AUDIENCES)
def test_channel_that_is_not_there_is_seen_by_nobody(audience: Audience) -> None:
    assert Stage().see("channels", "zh", audience) is None


@pytest.mark.parametrize(
    ("person", "told"),
    [("i1", [True, True, True]), ("i2", [False, True, True]), ("i3", [False, False, False])],
    ids=["on air", "in the booth", "outside"],
)
def test_new_name_touches_a_channel_only_for_those_who_see_it_there(person: str, told: list[bool]) -> None:
    stage, views = Stage(*LIVE), [View(audience) for audience in AUDIENCES]
    event = Renamed(person)
    keys = apply(Record(stage.room.seq + 1, START, "system", event), stage.room)
    for view in views:
        view.touch(stage.room, event, keys, NAMES)
    assert [("channels", "fr") in view.changed for view in views] == told


def test_nobody_decides_on_what_one_hears() -> None:
    with pytest.raises(AssertionError):
        Stage().decided(Choose("fr"))


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (booths.Enter("zh"), ("channel.unknown", {"language": "zh"})),
        (booths.OnAir("fr"), ("booth.outside", {"language": "fr"})),
    ],
)
def test_moderator_in_no_booth_is_refused_as_anybody(command: Command, code: Fact) -> None:
    assert Stage().refused(command, MODERATOR) == Stage().refused(command, IDA) == code
