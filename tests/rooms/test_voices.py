"""Whose voice is heard, and who may open a microphone where: a table by hand, and what ends it."""

import pytest

from rooms import contributions
from rooms.booths import Aired, Entered, HandedOver, Left, Muted, Offered, RelaySet
from rooms.contributions import CheckedIn, Finished
from rooms.core import Actor, Event, Refused
from rooms.hands import Called, Raised
from rooms.hands import Finished as Done
from rooms.interpretation import Closed as ChannelClosed
from rooms.interpretation import Opened as ChannelOpened
from rooms.lifecycle import Closed, Opened, Paused, RecordingSet
from rooms.people import Readmitted, Removed, Silenced
from rooms.voices import channels, heard, may_listen, may_speak, recorded
from tests.rooms.stage import ANNA, BERT, EXPERT, IDA, IGOR, MODERATOR, SCRIBE, Stage
from tests.rooms.stories import LONG

NOBODY: frozenset[str] = frozenset()
EXPERTS = {"e1": frozenset({"c1"}), "e2": frozenset({"c2"})}
IN = (Entered("fr", "i1"), Entered("fr", "i2"))


def stage(*events: Event, opened: bool = True) -> Stage:
    return Stage(*events, plan=LONG, opened=opened)


def voices(room: Stage) -> dict[str, set[str]]:
    """Only the channels in which anybody is heard."""
    found = heard(room.room, {"m0"}, EXPERTS)
    assert list(found) == channels(room.room)
    return {channel: set(persons) for channel, persons in found.items() if persons}


@pytest.mark.parametrize(
    ("events", "floor", "french"),
    [
        ((), {"m0"}, set()),
        ((Raised("p0"),), {"m0"}, set()),
        ((Raised("p0"), Called("p0")), {"m0", "p0"}, set()),
        ((Raised("p0"), Called("p0"), Done("p0")), {"m0"}, set()),
        ((Raised("p0"), Called("p0"), Silenced("p0")), {"m0"}, set()),
        ((Raised("p0"), Called("p0"), Silenced("p0"), Readmitted("p0")), {"m0", "p0"}, set()),
        ((Silenced("m0"),), {"m0"}, set()),  # before they moderated
        ((CheckedIn("c1"),), {"m0"}, set()),
        ((contributions.Aired("c1"),), {"m0", "e1"}, set()),
        ((contributions.Aired("c2"),), {"m0", "e2"}, set()),
        ((contributions.Aired("c1"), Removed("e1")), {"m0"}, set()),
        ((contributions.Aired("c1"), Finished("c1")), {"m0"}, set()),
        (IN, {"m0"}, set()),
        ((*IN, Aired("fr", "i1")), {"m0"}, {"i1"}),
        ((*IN, Aired("fr", "i1"), Offered("fr", "i1", "offer")), {"m0"}, {"i1"}),
        ((*IN, Aired("fr", "i1"), HandedOver("fr", "i1", "i2")), {"m0"}, {"i2"}),
        ((*IN, Aired("fr", "i1"), Muted("fr", "i1")), {"m0"}, set()),
        ((*IN, Aired("fr", "i1"), Muted("fr", "i1"), Left("fr", "i1")), {"m0"}, set()),
        ((*IN, Aired("fr", "i1"), RelaySet("fr", "ar")), {"m0"}, {"i1"}),
        ((*IN, Aired("fr", "i1"), Paused()), {"m0"}, {"i1"}),
        ((*IN, Aired("fr", "i1"), ChannelClosed("fr")), {"m0"}, set()),
        ((*IN, Aired("fr", "i1"), Closed()), set(), set()),
    ],
)
def test_voices_are_those_the_room_has_given_the_floor_or_the_air(
    events: tuple[Event, ...], floor: set[str], french: set[str]
) -> None:
    wanted = {"floor": floor} if floor else {}
    assert voices(stage(*events)) == {**wanted, **({"fr": french} if french else {})}


def test_nobody_is_heard_before_a_room_opens() -> None:
    room = stage(*IN, Aired("fr", "i1"), contributions.Aired("c1"), opened=False)
    assert voices(room) == {}
    assert "fr" in channels(room.room)  # one may come to listen early


ON, OFF, ANNOUNCED = RecordingSet("on"), RecordingSet("off"), RecordingSet("announced")


def test_what_is_heard_is_recorded_while_it_is_on_in_a_room_that_is_open_and_from_one_moment() -> None:
    room = stage(opened=False)
    found = []
    steps: list[Event] = [ON, Opened(), OFF, ANNOUNCED, ON, Paused(), Closed(), Opened(), OFF, ON]
    for minute, step in enumerate(steps):
        room.at(minute).given(step)
        found.append(recorded(room.room))
    began = found[1]
    assert began is not None
    assert found == [None, began, None, None, began, began, None, began, None, began]


def test_channels_are_the_floor_and_those_that_are_open() -> None:
    room = stage(ChannelOpened("ka"), ChannelClosed("fr"))
    assert channels(room.room) == ["floor", *(tag for tag in LONG.channels if tag != "fr"), "ka"]
    assert channels(room.given(Closed()).room) == []


@pytest.mark.parametrize(
    ("actor", "channel", "events", "code"),
    [
        (MODERATOR, "floor", (), None),
        (MODERATOR, "fr", (), "booth.outside"),
        (ANNA, "floor", (), "sound.not_yours"),
        (ANNA, "floor", (Raised("p0"),), "sound.not_yours"),
        (ANNA, "floor", (Raised("p0"), Called("p0")), None),
        (BERT, "floor", (Raised("p0"), Called("p0")), "sound.not_yours"),
        (ANNA, "floor", (Raised("p0"), Called("p0"), Silenced("p0")), "person.silenced"),
        (ANNA, "floor", (Removed("p0"),), "person.removed"),
        (EXPERT, "floor", (), "sound.not_yours"),
        (EXPERT, "floor", (CheckedIn("c1"),), None),
        (EXPERT, "floor", (CheckedIn("c2"),), "sound.not_yours"),  # somebody else's
        (EXPERT, "floor", (contributions.Aired("c1"),), None),
        (EXPERT, "floor", (contributions.Aired("c1"), Finished("c1")), "sound.not_yours"),
        (IDA, "floor", (), "sound.not_yours"),
        (IDA, "fr", (), "booth.outside"),
        (IDA, "fr", IN, None),
        (IDA, "ar", IN, "booth.outside"),
        (IDA, "fr", (*IN, Left("fr", "i1")), "booth.outside"),
        (IGOR, "fr", (*IN, Aired("fr", "i1")), None),  # to be ready when it is handed over
        (IDA, "fr", (*IN, ChannelClosed("fr")), "channel.closed"),
        (IDA, "xx", (), "channel.unknown"),
        (IDA, "fr", (*IN, Closed()), "room.closed"),
        (SCRIBE, "floor", (), "sound.not_yours"),
        (Actor("e1", "expert", also=("moderator",)), "floor", (), None),
    ],
)
def test_microphones_are_for_those_whose_turn_it_is_or_comes(
    actor: Actor, channel: str, events: tuple[Event, ...], code: str | None
) -> None:
    room = stage(*events).room
    if code is None:
        may_speak(room, actor, channel, EXPERTS.get(actor.id, NOBODY))
        return
    with pytest.raises(Refused) as refused:
        may_speak(room, actor, channel, EXPERTS.get(actor.id, NOBODY))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("channel", "events", "code"),
    [
        ("floor", (), None),
        ("fr", (), None),
        ("fr", (ChannelClosed("fr"),), "channel.closed"),
        ("xx", (), "channel.unknown"),
        ("floor", (Closed(),), "room.closed"),
    ],
)
def test_everybody_may_listen_to_what_is_open(channel: str, events: tuple[Event, ...], code: str | None) -> None:
    room = stage(*events).room
    if code is None:
        may_listen(room, channel)
        return
    with pytest.raises(Refused) as refused:
        may_listen(room, channel)
    assert refused.value.code == code
