"""Booths: who may enter, how the microphone changes hands in one moment, and what happens when somebody goes."""

import pytest

from rooms.booths import (
    SEATS,
    Accept,
    Aired,
    Deafened,
    Depart,
    Enter,
    Entered,
    HandedOver,
    Lapse,
    Leave,
    Left,
    Muted,
    NoSound,
    OffAir,
    Offer,
    Offered,
    OnAir,
    Relay,
    RelaySet,
    Request,
    Slowed,
    Slower,
    Withdraw,
    Withdrawn,
)
from rooms.core import Actor, Command, Event, Facts
from rooms.interpretation import Closed, Opened
from tests.rooms.stage import CLOCKWORK, IDA, IGOR, Fact, Stage
from tests.rooms.stories import START

BOTH = (Entered("fr", "i1"), Entered("fr", "i2"))
LIVE = (*BOTH, Aired("fr", "i1"))  # Ida speaks, Igor sits beside her
OFFERED = (*LIVE, Offered("fr", "i1", "offer"))
REQUESTED = (*LIVE, Offered("fr", "i2", "request"))
ELSEWHERE = (Entered("ar", "i2"), Aired("ar", "i2"))
ALL_THERE = frozenset({"i1", "i2"})


def made(stage: Stage, command: Command) -> None:
    """A command of Ida's is taken, and names the booth."""
    assert stage.decided(command, IDA).ok == {"language": "fr"}


# ── Inside and outside ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("given", [(), (Entered("fr", "i2"),), (Entered("fr", "i1"),), (Entered("ar", "i1"),)])
def test_booth_is_entered_by_one_beside_others_and_again(given: tuple[Event, ...]) -> None:
    stage = Stage(*given)
    made(stage, Enter("fr"))
    assert stage.when(Enter("fr"), IDA) == (Entered("fr", "i1"),)
    once = stage.do(Enter("fr"), IDA).room.interpretation.channels["fr"].booth
    assert once.count("i1") == 1


def test_booth_has_so_many_seats() -> None:
    stage = Stage(*(Entered("fr", f"x{n}") for n in range(SEATS - 1)), Entered("fr", "i1"))
    assert stage.refused(Enter("fr"), IGOR) == ("booth.full", {"limit": SEATS})
    assert stage.when(Enter("fr"), IDA) == (Entered("fr", "i1"),)  # has a seat
    assert stage.given(Left("fr", "x0")).when(Enter("fr"), IGOR) == (Entered("fr", "i2"),)


def test_booth_entered_at_its_page_is_known_to_be() -> None:
    stage = Stage(Entered("fr", "i1"))
    assert stage.when(Enter("fr"), IDA, Facts(at_booth=True)) == (Entered("fr", "i1", page=True),)
    channel = stage.do(Enter("fr"), IDA, Facts(at_booth=True)).do(Enter("fr"), IDA).room.interpretation.channels["fr"]
    assert (channel.booth, channel.by_page) == (["i1"], {"i1"})
    assert stage.do(Leave("fr"), IDA).do(Enter("fr"), IDA).room.interpretation.channels["fr"].by_page == set()


COMMANDS = (
    *(Leave("fr"), OnAir("fr"), OffAir("fr"), Offer("fr"), Request("fr"), Accept("fr"), Withdraw("fr"), Slower("fr")),
    NoSound("fr"),
)


@pytest.mark.parametrize("command", [*COMMANDS, Relay("fr", None)], ids=lambda command: type(command).__name__)
def test_booth_takes_commands_only_from_inside(command: Command) -> None:
    assert Stage(Entered("fr", "i2")).refused(command, IDA) == ("booth.outside", {"language": "fr"})


@pytest.mark.parametrize("command", [Enter("fr"), *COMMANDS, Relay("fr", None)], ids=lambda one: type(one).__name__)
def test_booth_of_a_channel_that_is_closed_or_not_there_takes_nothing(command: Command) -> None:
    closed = Stage(*LIVE, Closed("fr"))
    assert closed.refused(command, IDA) == ("channel.closed", {"language": "fr"})
    del closed.room.interpretation.channels["fr"]
    assert closed.refused(command, IDA) == ("channel.unknown", {"language": "fr"})


# ── On air ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_booth_goes_on_air_and_off_again() -> None:
    stage = Stage(*BOTH).at(2)
    made(stage, OnAir("fr"))
    assert stage.when(OnAir("fr"), IDA) == (Aired("fr", "i1"),)
    channel = stage.do(OnAir("fr"), IDA).room.interpretation.channels["fr"]
    assert (channel.state, channel.on_air, channel.since) == ("live", "i1", stage.now)
    assert stage.when(OffAir("fr"), IDA) == (Muted("fr", "i1"),)
    stage.do(OffAir("fr"), IDA)
    assert (channel.state, channel.on_air, channel.since, channel.booth) == ("silent", None, None, ["i1", "i2"])


def test_booth_that_goes_on_air_again_goes_on_as_before() -> None:
    stage = Stage(*LIVE, Offered("fr", "i1", "offer")).at(5).do(OnAir("fr"), IDA)
    channel = stage.room.interpretation.channels["fr"]
    assert (channel.since, channel.handover is None) == (START, False)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (OnAir("fr"), ("booth.taken", {"language": "fr"})),
        (OffAir("fr"), ("booth.not_on_air", {})),
        (Offer("fr"), ("booth.not_on_air", {})),
    ],
)
def test_booth_has_one_voice(command: Command, code: Fact) -> None:
    assert Stage(*LIVE).refused(command, IGOR) == code


@pytest.mark.parametrize(
    ("given", "command"),
    [((), OnAir("fr")), (LIVE, Request("fr")), (OFFERED, Accept("fr"))],
    ids=["on air", "request", "accept an offer"],
)
def test_interpreter_speaks_one_language_at_a_time(given: tuple[Event, ...], command: Command) -> None:
    stage = Stage(*(given or BOTH), *ELSEWHERE)
    assert stage.refused(command, IGOR) == ("booth.elsewhere", {"language": "ar"})


def test_microphone_goes_to_nobody_who_meanwhile_speaks_elsewhere() -> None:
    assert Stage(*REQUESTED, *ELSEWHERE).refused(Accept("fr"), IDA) == ("booth.elsewhere", {"language": "ar"})


# ── Handing over ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_microphone_is_offered_and_accepted_in_one_moment() -> None:
    stage = Stage(*LIVE).at(3)
    assert stage.when(Offer("fr"), IDA) == (Offered("fr", "i1", "offer"),)
    stage.do(Offer("fr"), IDA)
    assert stage.shown("channels", "fr")["offer"] == {"by": "i1", "kind": "offer"}
    assert stage.when(Accept("fr"), IGOR) == (HandedOver("fr", "i1", "i2"),)
    channel = stage.do(Accept("fr"), IGOR).room.interpretation.channels["fr"]
    assert (channel.on_air, channel.since, channel.handover, channel.booth) == ("i2", stage.now, None, ["i1", "i2"])


def test_microphone_is_requested_and_given_in_one_moment() -> None:
    stage = Stage(*LIVE)
    assert stage.when(Request("fr"), IGOR) == (Offered("fr", "i2", "request"),)
    stage.do(Request("fr"), IGOR)
    assert stage.shown("channels", "fr")["offer"] == {"by": "i2", "kind": "request"}
    assert stage.when(Accept("fr"), IDA) == (HandedOver("fr", "i1", "i2"),)


@pytest.mark.parametrize(
    ("given", "command", "code"),
    [
        (LIVE, Accept("fr"), ("booth.no_offer", {})),
        (OFFERED, Accept("fr"), ("booth.no_offer", {})),  # one's own
        (BOTH, Accept("fr"), ("booth.no_offer", {})),
        (BOTH, Request("fr"), ("state.changed", {"state": "silent"})),
        (LIVE, Request("fr"), ("state.changed", {"state": "live"})),  # speaks already
        ((Entered("fr", "i1"), Aired("fr", "i1")), Offer("fr"), ("booth.alone", {})),
        ((*OFFERED, Muted("fr", "i1")), Accept("fr"), ("booth.no_offer", {})),
    ],
)
def test_microphone_changes_hands_only_between_two(given: tuple[Event, ...], command: Command, code: Fact) -> None:
    assert Stage(*given).refused(command, IDA) == code


def test_request_is_not_accepted_by_whoever_made_it() -> None:
    assert Stage(*REQUESTED).refused(Accept("fr"), IGOR) == ("booth.no_offer", {})


@pytest.mark.parametrize(
    ("given", "own", "other", "step"),
    [(OFFERED, IDA, IGOR, "offered"), (REQUESTED, IGOR, IDA, "requested")],
    ids=["offer", "request"],
)
def test_handover_is_taken_back_by_whoever_opened_it(
    given: tuple[Event, ...], own: Actor, other: Actor, step: str
) -> None:
    stage = Stage(*given)
    assert stage.refused(Withdraw("fr"), other) == ("booth.nothing_open", {})
    assert stage.shown("channels", "fr")["handover"] == step
    assert stage.when(Withdraw("fr"), own) == (Withdrawn("fr", own.id),)
    assert stage.do(Withdraw("fr"), own).shown("channels", "fr")["handover"] == "idle"
    assert stage.refused(Accept("fr"), other) == ("booth.no_offer", {})
    assert stage.refused(Withdraw("fr"), own) == ("booth.nothing_open", {})
    assert stage.room.interpretation.channels["fr"].on_air == "i1"


@pytest.mark.parametrize(
    ("event", "open"),
    [
        (Withdrawn("fr", "i1"), False),
        (HandedOver("fr", "i1", "i2"), False),
        (Muted("fr", "i1"), False),
        (Left("fr", "i2"), False),
        (Entered("fr", "i9"), True),
        (RelaySet("fr", "en"), True),
    ],
)
@pytest.mark.parametrize("given", [OFFERED, REQUESTED], ids=["offer", "request"])
def test_handover_is_open_until_it_is_over(given: tuple[Event, ...], event: Event, open: bool) -> None:
    assert (Stage(*given, event).shown("channels", "fr")["offer"] is not None) == open


def test_offer_stands_when_one_of_three_leaves() -> None:
    stage = Stage(*OFFERED, Entered("fr", "i9"), Left("fr", "i2"))
    assert stage.shown("channels", "fr")["offer"] == {"by": "i1", "kind": "offer"}


# ── Going ────────────────────────────────────────────────────────────────────────────────────────────────────────────

GOING: list[tuple[tuple[Event, ...], tuple[Event, ...]]] = [  # given, and what becomes of the microphone
    (BOTH, ()),
    (LIVE, (Muted("fr", "i1"),)),
    (OFFERED, (Muted("fr", "i1"),)),
    (REQUESTED, (HandedOver("fr", "i1", "i2"),)),
    ((*REQUESTED, *ELSEWHERE), (Muted("fr", "i1"),)),
]


@pytest.mark.parametrize(("given", "events"), GOING)
def test_interpreter_who_leaves_gives_the_microphone_to_whoever_asked(
    given: tuple[Event, ...], events: tuple[Event, ...]
) -> None:
    stage = Stage(*given)
    assert stage.when(Leave("fr"), IDA) == (*events, Left("fr", "i1"))
    assert stage.when(Depart("i1"), CLOCKWORK) == (*events, Left("fr", "i1"))
    stage.do(Leave("fr"), IDA)
    assert (stage.room.interpretation.channels["fr"].booth, stage.when(Depart("i1"), CLOCKWORK)) == (["i2"], ())


@pytest.mark.parametrize(("given", "events"), GOING)
def test_interpreter_whose_time_is_over_leaves_the_air_and_stays_in_the_booth(
    given: tuple[Event, ...], events: tuple[Event, ...]
) -> None:
    assert Stage(*given).when(Lapse("i1", ALL_THERE - {"i1"}), CLOCKWORK) == events


def test_partner_who_asked_and_is_away_too_does_not_take_over() -> None:
    assert Stage(*REQUESTED).when(Lapse("i1", frozenset()), CLOCKWORK) == (Muted("fr", "i1"),)


def test_interpreter_in_two_booths_departs_from_both_or_from_one() -> None:
    stage = Stage(*LIVE, Entered("ar", "i1"))
    assert stage.when(Depart("i1"), CLOCKWORK) == (Muted("fr", "i1"), Left("fr", "i1"), Left("ar", "i1"))
    assert stage.when(Depart("i1", "ar"), CLOCKWORK) == (Left("ar", "i1"),)
    assert stage.when(Lapse("i1", frozenset(), "ar"), CLOCKWORK) == ()
    assert stage.when(Lapse("i1", frozenset(), "fr"), CLOCKWORK) == (Muted("fr", "i1"),)


def test_microphone_goes_to_nobody_who_asked_and_is_away() -> None:
    stage = Stage(*REQUESTED)
    assert stage.when(Lapse("i2", frozenset({"i1"})), CLOCKWORK) == (Withdrawn("fr", "i2"),)
    stage.given(Withdrawn("fr", "i2"))
    assert stage.refused(Accept("fr"), IDA) == ("booth.no_offer", {})
    assert Stage(*OFFERED).when(Lapse("i2", frozenset({"i1"})), CLOCKWORK) == ()  # the offer is to everybody inside


# ── Relay, and slower ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("of", "kept"), [("en", "en"), ("floor", None), (None, None)])
def test_booth_listens_to_another_channel_or_the_floor(of: str | None, kept: str | None) -> None:
    stage = Stage(*LIVE)
    made(stage, Relay("fr", of))
    assert stage.when(Relay("fr", of), IDA) == (RelaySet("fr", kept),)
    channel = stage.do(Relay("fr", of), IDA).room.interpretation.channels["fr"]
    assert (channel.relay_of, channel.state) == (kept, "relay" if kept else "live")


@pytest.mark.parametrize(
    ("given", "of", "code"),
    [
        ((), "fr", "booth.circle"),
        ((RelaySet("en", "fr"),), "en", "booth.circle"),
        ((RelaySet("en", "ar"), RelaySet("ar", "fr")), "en", "booth.circle"),
        ((), "zh", "channel.unknown"),
        ((Closed("en"),), "en", "channel.closed"),
    ],
)
def test_booth_listens_to_no_circle_and_to_nothing_closed(given: tuple[Event, ...], of: str, code: str) -> None:
    assert Stage(*LIVE, *given).refused(Relay("fr", of), IDA) == (code, {"language": of})


def test_booth_listens_along_a_chain() -> None:
    stage = Stage(*LIVE, RelaySet("en", "ar"), Opened("zh"), RelaySet("ar", "zh"))
    assert stage.when(Relay("fr", "en"), IDA) == (RelaySet("fr", "en"),)


def test_booth_asks_the_speaker_to_slow_down_without_saying_who() -> None:
    stage = Stage(*LIVE).at(4)
    assert stage.when(Slower("fr"), IGOR) == (Slowed("fr"),)
    assert stage.do(Slower("fr"), IGOR).shown("channels", "fr", "public")["slower_at"] == stage.now


def test_booth_says_that_it_hears_nothing_though_it_has_just_asked_to_slow_down() -> None:
    stage = Stage(*LIVE).at(4).do(Slower("fr"), IGOR).at(4.1).do(NoSound("fr"), IDA)
    assert stage.shown("channels", "fr", "public")["no_sound_at"] == stage.now
    assert stage.refused(NoSound("fr"), IGOR) == ("booth.patience", {"after": 30})
    assert stage.at(4.6).when(NoSound("fr"), IGOR) == (Deafened("fr"),)


@pytest.mark.parametrize(("seconds", "left"), [(0, 30), (0.4, 30), (12, 18), (29.5, 1), (-90, 30)])
def test_booth_that_has_just_asked_the_speaker_to_slow_down_is_told_how_long_to_wait(seconds: float, left: int) -> None:
    stage = Stage(*LIVE, Entered("ar", "i1")).at(4).do(Slower("fr"), IGOR).at(4 + seconds / 60)
    assert stage.refused(Slower("fr"), IDA) == ("booth.patience", {"after": left})
    assert stage.when(Slower("ar"), IDA) == (Slowed("ar"),)
    assert stage.at(4.5).when(Slower("fr"), IDA) == (Slowed("fr"),)
