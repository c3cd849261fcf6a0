"""The booths of interpretation: who is inside, who is on air, and how the microphone changes hands. Never two on air.

A part of rooms.interpretation, which alone imports it. Who is inside, on air, and an open offer are in the log, so they
survive a restart; whoever holds the microphone or has asked for it and has no connection for a while is neither on air
nor next any more, by a command of the system.
"""

from collections.abc import Set
from datetime import datetime, timedelta
from math import ceil
from typing import Annotated, Literal

import msgspec

from rooms.core import TAG, Actor, Command, Decided, Event, Facts, Language, Moment, Refused, spelled

FLOOR = "floor"  # the original, whatever is spoken
SEATS = 8  # in one booth
PATIENCE = timedelta(seconds=30)  # between two pleas of one kind from one booth
Channelled = Annotated[str, msgspec.Meta(pattern=rf"{TAG}|^{FLOOR}\Z", max_length=35)]
State = Literal["closed", "silent", "live", "relay"]
Handing = Literal["offer", "request"]
Step = Literal["idle", "offered", "requested"]  # of a hand-over


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Enter(Command, frozen=True, tag="booth.enter"):
    language: Language


class Leave(Command, frozen=True, tag="booth.leave"):
    language: Language


class OnAir(Command, frozen=True, tag="booth.on_air"):
    language: Language


class OffAir(Command, frozen=True, tag="booth.off_air"):
    language: Language


class Offer(Command, frozen=True, tag="booth.offer"):
    """Who is on air offers the microphone."""

    language: Language


class Request(Command, frozen=True, tag="booth.request"):
    """Who is not on air asks for the microphone."""

    language: Language


class Accept(Command, frozen=True, tag="booth.accept"):
    """The other side of an offer or a request: the microphone changes hands in one moment."""

    language: Language


class Withdraw(Command, frozen=True, tag="booth.withdraw"):
    """Takes back one's own offer or request."""

    language: Language


class Relay(Command, frozen=True, tag="booth.relay"):
    """What the booth listens to: another channel, or the floor."""

    language: Language
    of: Channelled | None


class Slower(Command, frozen=True, tag="booth.slower"):
    """Asks the speaker to slow down, now and then; the screen says which booth asks, not who."""

    language: Language


class NoSound(Command, frozen=True, tag="booth.no_sound"):
    """Tells the speaker that the booth hears nothing; like a plea to slow down."""

    language: Language


Commands = Enter | Leave | OnAir | OffAir | Offer | Request | Accept | Withdraw | Relay | Slower | NoSound


class Lapse(Command, frozen=True, tag="booth.lapse"):
    """Of the system: who is on air, or has asked to be, has had no connection for too long. `there`: who has one.

    `language`: in that booth; None: in any.
    """

    person: str
    there: frozenset[str]
    language: str | None = None


class Depart(Command, frozen=True, tag="booth.depart"):
    """Of the system: who is in a booth has not come back. `language`: to that booth; None: to any."""

    person: str
    language: str | None = None


Timers = Lapse | Depart


# ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Entered(Event, frozen=True, tag="booth.entered"):
    """`page`: with the booth's own page open, which from then on is the connection that counts."""

    language: str
    person: str
    page: bool = False


class Left(Event, frozen=True, tag="booth.left"):
    language: str
    person: str


class Aired(Event, frozen=True, tag="booth.aired"):
    language: str
    person: str


class Muted(Event, frozen=True, tag="booth.muted"):
    language: str
    person: str


class Offered(Event, frozen=True, tag="booth.offered"):
    language: str
    person: str
    kind: Handing


class Withdrawn(Event, frozen=True, tag="booth.withdrawn"):
    """An offer or a request is open no longer: taken back, or whoever made it is not there."""

    language: str
    person: str


class HandedOver(Event, frozen=True, tag="booth.handed_over"):
    language: str
    person: str
    to: str


class RelaySet(Event, frozen=True, tag="booth.relay_set"):
    language: str
    of: str | None


class Slowed(Event, frozen=True, tag="booth.slowed"):
    language: str


class Deafened(Event, frozen=True, tag="booth.deafened"):
    language: str


Events = Entered | Left | Aired | Muted | Offered | Withdrawn | HandedOver | RelaySet | Slowed | Deafened


# ── State ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Handover(msgspec.Struct, frozen=True):
    """An open offer of the microphone, or an open request for it."""

    person: str
    kind: Handing


class Channel(msgspec.Struct):
    """One language one can listen to, with its booth: who is in it, in the order of entering, and who is on air."""

    language: str
    planned: bool = False
    open: bool = True
    link: str | None = None
    booth: list[str] = []
    by_page: set[str] = set()  # those in it who have worked at the booth's own page
    on_air: str | None = None
    since: datetime | None = None
    handover: Handover | None = None
    relay_of: str | None = None
    slower_at: datetime | None = None
    no_sound_at: datetime | None = None

    def empty(self) -> None:
        self.booth, self.by_page, self.on_air, self.since, self.handover = [], set(), None, None, None

    @property
    def state(self) -> State:
        if not self.open:
            return "closed"
        if self.on_air is None:
            return "silent"
        return "relay" if self.relay_of else "live"

    @property
    def step(self) -> Step:
        if self.handover is None:
            return "idle"
        return "offered" if self.handover.kind == "offer" else "requested"


Channels = dict[str, Channel]


# ── Decide ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def decide(command: Commands | Timers, channels: Channels, actor: Actor, moment: Moment, facts: Facts) -> Decided:
    match command:
        case Lapse(person, there):
            concerned = [one for one in channels.values() if command.language in (None, one.language)]
            return Decided(tuple(event for one in concerned for event in lapse(channels, one, person, there)))
        case Depart():
            return depart(command.person, channels, command.language)
    return inside(command, channels, actor, moment, facts)


def depart(person: str, channels: Channels, language: str | None = None) -> Decided:
    """Somebody leaves a booth, or all of them, without having said so."""
    concerned = [one for one in channels.values() if language in (None, one.language)]
    return Decided(tuple(event for one in concerned for event in out(channels, one, person)))


def inside(command: Commands, channels: Channels, actor: Actor, moment: Moment, facts: Facts) -> Decided:
    channel = find(channels, command.language)
    if not channel.open:
        raise Refused("channel.closed", language=channel.language)
    language, person = channel.language, actor.id
    if isinstance(command, Enter):
        if len(channel.booth) >= SEATS and person not in channel.booth:
            raise Refused("booth.full", limit=SEATS)
        return made(Entered(language, person, facts.at_booth))
    if person not in channel.booth:
        raise Refused("booth.outside", language=language)
    match command:
        case Leave():
            return Decided(tuple(out(channels, channel, person)), {"language": language})
        case OnAir():
            if channel.on_air not in (None, person):
                raise Refused("booth.taken", language=language)
            one_voice(channels, channel, person)
            return made(Aired(language, person))
        case OffAir():
            own(channel, person)
            return made(Muted(language, person))
        case Offer():
            own(channel, person)
            if channel.booth == [person]:
                raise Refused("booth.alone")
            return made(Offered(language, person, "offer"))
        case Request():
            if channel.on_air in (None, person):
                raise Refused("state.changed", state=channel.state)
            one_voice(channels, channel, person)
            return made(Offered(language, person, "request"))
        case Accept():
            return made(accept(channels, channel, person))
        case Withdraw():
            if channel.handover is None or channel.handover.person != person:
                raise Refused("booth.nothing_open")
            return made(Withdrawn(language, person))
        case Relay():
            return made(RelaySet(language, source(channels, channel, command.of)))
        case Slower():
            patient(channel.slower_at, moment.now)
            return made(Slowed(language))
        case NoSound():
            patient(channel.no_sound_at, moment.now)
            return made(Deafened(language))


def find(channels: Channels, language: str) -> Channel:
    channel = channels.get(spelled(language, channels))
    if channel is None:
        raise Refused("channel.unknown", language=language)
    return channel


def made(event: Events) -> Decided:
    return Decided((event,), {"language": event.language})


def own(channel: Channel, person: str) -> None:
    if channel.on_air != person:
        raise Refused("booth.not_on_air")


def one_voice(channels: Channels, channel: Channel, person: str) -> None:
    """Nobody speaks two languages at once."""
    for other in channels.values():
        if other is not channel and other.on_air == person:
            raise Refused("booth.elsewhere", language=other.language)


def accept(channels: Channels, channel: Channel, person: str) -> HandedOver:
    handover, speaking = channel.handover, channel.on_air
    if handover is None or speaking is None:
        raise Refused("booth.no_offer")
    if handover.kind == "offer" and person != speaking:
        one_voice(channels, channel, person)
        return HandedOver(channel.language, speaking, person)
    if handover.kind == "request" and person == speaking:
        one_voice(channels, channel, handover.person)
        return HandedOver(channel.language, speaking, handover.person)
    raise Refused("booth.no_offer")


def patient(before: datetime | None, now: datetime) -> None:
    """One plea to the speaker at a time, or it would be pressed until it is no longer read."""
    left = before + PATIENCE - now if before else timedelta()
    if left > timedelta():
        raise Refused("booth.patience", after=min(ceil(left.total_seconds()), PATIENCE.seconds))


def source(channels: Channels, channel: Channel, of: str | None) -> str | None:
    """The channel a booth may listen to; None is the floor. A relay that ends where it began would be silent."""
    if of is None or of == FLOOR:
        return None
    of = find(channels, of).language
    if not channels[of].open:
        raise Refused("channel.closed", language=of)
    step: str | None = of
    while step is not None:
        if step == channel.language:
            raise Refused("booth.circle", language=of)
        step = channels[step].relay_of
    return of


def out(channels: Channels, channel: Channel, person: str) -> list[Event]:
    """What happens when somebody leaves a booth: a partner who has asked for the microphone gets it."""
    if person not in channel.booth:
        return []
    return [*off(channels, channel, person, set(channel.booth)), Left(channel.language, person)]


def lapse(channels: Channels, channel: Channel, person: str, there: Set[str]) -> list[Event]:
    """What happens when somebody has no connection: they are not on air, nor given what they asked for."""
    asked = channel.handover is not None and (channel.handover.person, channel.handover.kind) == (person, "request")
    return [Withdrawn(channel.language, person)] if asked else off(channels, channel, person, there)


def off(channels: Channels, channel: Channel, person: str, there: Set[str]) -> list[Event]:
    """What happens when somebody cannot go on speaking: a partner who is there and has asked takes over."""
    if channel.on_air != person:
        return []
    handover, speaking = channel.handover, {other.on_air for other in channels.values()}
    if handover and handover.kind == "request" and handover.person in there - speaking:
        return [HandedOver(channel.language, person, handover.person)]
    return [Muted(channel.language, person)]


# ── Apply ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def apply(at: datetime, event: Events, channel: Channel) -> None:
    """Change one booth; obeys, as everything that happened did happen."""
    match event:
        case Entered():
            if event.person not in channel.booth:
                channel.booth.append(event.person)
            if event.page:
                channel.by_page.add(event.person)
        case Left():
            channel.booth.remove(event.person)
            channel.by_page.discard(event.person)
            if channel.handover and (channel.handover.person == event.person or len(channel.booth) < 2):
                channel.handover = None
        case Aired() if channel.on_air != event.person:
            channel.on_air, channel.since, channel.handover = event.person, at, None
        case Muted():
            channel.on_air = channel.since = channel.handover = None
        case Offered():
            channel.handover = Handover(event.person, event.kind)
        case Withdrawn():
            channel.handover = None
        case HandedOver():
            channel.on_air, channel.since, channel.handover = event.to, at, None
        case RelaySet():
            channel.relay_of = event.of
        case Slowed():
            channel.slower_at = at
        case Deafened():
            channel.no_sound_at = at
