"""A long random life of booths, held to what must always hold; and bugs planted on purpose, each of which is caught."""

from collections.abc import Set
from datetime import datetime
from unittest.mock import patch  # only to plant bugs on purpose

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from rooms import booths, course, interpretation, presence
from rooms.booths import Channel, Channels
from rooms.core import Actor, Command, Decided, Event, Facts, Moment
from rooms.hub import Hub
from rooms.presence import Absence
from tests.rooms.booth_machine import Booths

SETTINGS = settings(
    stateful_step_count=40,
    phases=[Phase.generate],
    derandomize=True,
    database=None,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


def run(examples: int = 60) -> None:
    run_state_machine_as_test(Booths, settings=settings(SETTINGS, max_examples=examples))


def test_booths_keep_what_must_always_hold() -> None:
    Booths.happened.clear()
    run()
    print(dict(Booths.happened))
    expected = {event.__name__ for event in booths.Events.__args__}
    assert expected <= Booths.happened.keys()
    out = {f"system {name}" for name in ("Muted", "HandedOver", "Withdrawn", "Left")}
    assert out <= Booths.happened.keys()


# ── Bugs planted on purpose: each must be caught ─────────────────────────────────────────────────────────────────────


def taken_all_the_same(
    command: booths.Commands, channels: Channels, actor: Actor, moment: Moment, facts: Facts
) -> Decided:
    booth = channels.get(command.language)
    if booth and booth.open and actor.id in booth.booth and isinstance(command, booths.OnAir):
        return booths.made(booths.Aired(command.language, actor.id))
    return inside(command, channels, actor, moment, facts)


def offered_to_nobody(
    command: booths.Commands, channels: Channels, actor: Actor, moment: Moment, facts: Facts
) -> Decided:
    booth = channels.get(command.language)
    if booth and booth.on_air == actor.id and isinstance(command, booths.Offer):
        return booths.made(booths.Offered(command.language, actor.id, "offer"))
    return inside(command, channels, actor, moment, facts)


def accepted_by_anybody(channels: Channels, channel: Channel, person: str) -> booths.HandedOver:
    if channel.handover is None or channel.on_air in (None, person):
        return accept(channels, channel, person)
    return booths.HandedOver(channel.language, str(channel.on_air), person)


def only_left(channels: Channels, channel: Channel, person: str) -> list[Event]:
    return [booths.Left(channel.language, person)] if person in channel.booth else []


def left_open(at: datetime, event: booths.Events, channel: Channel) -> None:
    """An offer outlives whoever made it."""
    open = channel.handover
    obey(at, event, channel)
    if isinstance(event, booths.Left):
        channel.handover = open


def not_taken_back(at: datetime, event: booths.Events, channel: Channel) -> None:
    if not isinstance(event, booths.Withdrawn):
        obey(at, event, channel)


def page_forgotten(at: datetime, event: booths.Events, channel: Channel) -> None:
    obey(at, event, channel)
    channel.by_page.clear()


def to_whoever_asked(channels: Channels, channel: Channel, person: str, there: Set[str]) -> list[Event]:
    handover = channel.handover
    if channel.on_air == person and handover and handover.kind == "request" and handover.person in there:
        return [booths.HandedOver(channel.language, person, handover.person)]
    return off(channels, channel, person, there)


def to_nobody(channels: Channels, channel: Channel, person: str, there: Set[str]) -> list[Event]:
    return off(channels, channel, person, frozenset())


def any_window(hub: Hub, person: str, page: str | None) -> bool:
    return holds(hub, person, None)


def any_role(hub: Hub, person: str, page: str | None) -> bool:
    return any(page in (None, hub.crowd.booths.get(line)) for line in hub.crowd.persons.get(person, ()))


def never(hub: Hub, absence: Absence) -> Command | None:
    return None if absence[0] == "air" else over(hub, absence)


def out_of_all(hub: Hub, absence: Absence) -> Command | None:
    found = over(hub, absence)
    return booths.Depart(found.person) if isinstance(found, booths.Depart) else found


def never_stopped(hub: Hub) -> None:
    gone = dict(hub.gone)
    heed_absent(hub)
    hub.gone |= gone


def looked_at_page_once(hub: Hub) -> None:
    heed_absent(hub)
    hub.at_page.clear()


inside, accept, obey, off, holds, over = (
    *(booths.inside, booths.accept, booths.apply, booths.off, presence.holds, presence.over),
)
heed_absent = presence.heed_absent
BUGS: dict[str, tuple[object, str, object]] = {
    "two on air": (booths, "inside", taken_all_the_same),
    "one person on air in two booths": (booths, "one_voice", lambda *given: None),
    "an offer to nobody": (booths, "inside", offered_to_nobody),
    "an offer accepted by whoever comes": (booths, "accept", accepted_by_anybody),
    "whoever leaves keeps the microphone": (booths, "out", only_left),
    "an offer that outlives whoever made it": (booths, "apply", left_open),
    "what is taken back stays open": (booths, "apply", not_taken_back),
    "whoever worked at the page counts by any window after a restart": (booths, "apply", page_forgotten),
    "whoever works at the page counts by any window": (presence, "holds", any_window),
    "whoever came to the page later counts by any window": (presence, "heed_absent", looked_at_page_once),
    "whoever lost the role is there": (presence, "holds", any_role),
    "nobody runs out of time": (presence, "over", never),
    "whoever is gone from one booth leaves all": (presence, "over", out_of_all),
    "a time that no return stops": (presence, "heed_absent", never_stopped),
    "whoever asked and is gone is given the microphone": (booths, "lapse", off),
    "whoever asked and speaks elsewhere is given it": (booths, "off", to_whoever_asked),
    "whoever asked and is there is forgotten": (booths, "off", to_nobody),
    "a relay that ends where it began": (booths, "source", lambda channels, channel, of: of),
    "a relay of what is closed": (interpretation, "unhear", lambda *given: []),
    "a closed booth that is not empty": (Channel, "empty", lambda self: None),
    "whoever is silenced stays in the booth": (course, "with_person", lambda decided, *given: decided),
    "slower, slower, slower": (booths, "patient", lambda before, now: None),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_caught(bug: str) -> None:
    with patch.object(*BUGS[bug]), pytest.raises((AssertionError, KeyError, ValueError)):  # some break the room itself
        run(300)  # ends at the first that is caught
