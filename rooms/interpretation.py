"""Interpretation: the channels one can listen to, what is spoken on the floor, and the rules over all booths.

What somebody has chosen to hear is a row and not an event: `choosable` says whether it may be chosen.
"""

from typing import Literal

import msgspec

from rooms import booths
from rooms.booths import FLOOR, Channel, Channelled, find
from rooms.core import (
    Actor,
    Audience,
    Command,
    Decided,
    Event,
    Facts,
    Item,
    Key,
    Language,
    Moment,
    Names,
    Record,
    Refused,
    spelled,
)

CHANNELS = 40  # of one room; more is an accident
Cause = Literal["brought", "over"]  # an item or a contribution is held in it; what had brought another is over


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Choose(Command, frozen=True, tag="channel.choose"):
    """What one hears: a channel, or the floor."""

    language: Channelled


class OpenChannel(Command, frozen=True, tag="channel.open"):
    language: Language


class CloseChannel(Command, frozen=True, tag="channel.close"):
    language: Language


class SetFloor(Command, frozen=True, tag="channel.floor"):
    """What is spoken now."""

    language: Language


Commands = Choose | OpenChannel | CloseChannel | SetFloor | booths.Commands


# ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Opened(Event, frozen=True, tag="channel.opened"):
    language: str


class Closed(Event, frozen=True, tag="channel.closed"):
    language: str


class FloorSet(Event, frozen=True, tag="channel.floor_set"):
    """`cause` null: somebody has said so."""

    language: str
    cause: Cause | None = None


class LinkSet(Event, frozen=True, tag="channel.link_set"):
    """Where the sound of a channel is, until it comes from here."""

    language: str
    link: str | None


Events = Opened | Closed | FloorSet | LinkSet | booths.Events


# ── State ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Interpretation(msgspec.Struct):
    """All channels of a room, the planned ones first, and the language spoken on the floor; `first` the room's."""

    channels: dict[str, Channel] = {}
    floor: str | None = None
    cause: Cause | None = None
    first: str | None = None

    def inside(self) -> set[str]:
        """Everybody in a booth."""
        return {person for channel in self.channels.values() for person in channel.booth}

    def states(self) -> dict[str, str]:
        return {language: channel.state for language, channel in self.channels.items()}


# ── Decide ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def decide(
    command: Commands | booths.Timers, here: Interpretation, actor: Actor, moment: Moment, facts: Facts
) -> Decided:
    match command:
        case OpenChannel():
            language = spelled(command.language, here.channels)
            if language not in here.channels and len(here.channels) >= CHANNELS:
                raise Refused("channel.too_many", limit=CHANNELS)
            return made(Opened(language))
        case CloseChannel():
            return made(Closed(find(here.channels, command.language).language))
        case SetFloor():
            return made(FloorSet(command.language))
        case Choose():
            raise AssertionError("what one hears is a row")
    return booths.decide(command, here.channels, actor, moment, facts)


def made(event: Opened | Closed | FloorSet) -> Decided:
    return Decided((event,), {"language": event.language})


def choosable(command: Choose, here: Interpretation) -> None:
    """Refuse a channel that is not there or is closed."""
    if command.language != FLOOR and not find(here.channels, command.language).open:
        raise Refused("channel.closed", language=command.language)


def chosen(command: Choose, here: Interpretation) -> Choose:
    """The same, with the channel as the room writes it."""
    return Choose(spelled(command.language, here.channels))


# ── Apply ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def apply(record: Record, here: Interpretation) -> list[Key]:
    event = record.event
    match event:
        case FloorSet():
            here.floor, here.cause = event.language, event.cause
            return [("room", "room")]
        case Opened():
            here.channels.setdefault(event.language, Channel(event.language)).open = True
        case Closed():
            channel = here.channels[event.language]
            channel.empty()
            channel.open, channel.relay_of = False, None
            return [("channels", event.language), *unhear(here, event.language)]
        case LinkSet():
            here.channels.setdefault(event.language, Channel(event.language, open=False)).link = event.link
        case _ if isinstance(event, booths.Events):
            booths.apply(record.at, event, here.channels[event.language])
        case _:
            return []
    return [("channels", event.language)]


def unhear(here: Interpretation, language: str) -> list[Key]:
    """Booths that listened to a channel that is gone listen to the floor."""
    listening = [channel for channel in here.channels.values() if channel.relay_of == language]
    for channel in listening:
        channel.relay_of = None
    return [("channels", channel.language) for channel in listening]


def end(here: Interpretation) -> list[Key]:
    """The session is over: all booths are empty."""
    for channel in here.channels.values():
        channel.empty()
    return [("channels", language) for language in here.channels]


def plan(here: Interpretation, languages: tuple[str, ...], channels: tuple[str, ...]) -> list[Key]:
    """Take over the planned channels; one no longer planned goes, unless somebody is in its booth."""
    touched = set(here.channels)
    here.first = next(iter(languages), None)
    here.floor = here.floor or here.first
    kept = {tag: one for tag, one in here.channels.items() if tag in channels or not one.planned or one.booth}
    here.channels = {tag: kept.get(tag) or Channel(tag) for tag in (*channels, *kept)}
    for tag, one in here.channels.items():
        one.open = one.open or (tag in channels and not one.planned)  # known only by its link until now
        one.planned = tag in channels
    for tag in touched - set(here.channels):
        unhear(here, tag)
    return [("channels", tag) for tag in sorted(touched | set(here.channels))]


# ── See ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def see(here: Interpretation, language: str, audience: Audience, names: Names) -> Item | None:
    channel = here.channels.get(language)
    if channel is None:
        return None
    shown: Item = {
        "language": language,
        "state": channel.state,
        "relay_of": channel.relay_of,
        "interpreter": person(channel.on_air, names) if channel.on_air else None,
        "link": channel.link,
        "order": list(here.channels).index(language),
        "slower_at": channel.slower_at,
        "no_sound_at": channel.no_sound_at,
    }
    if audience == "public":
        return shown
    return {
        **shown,
        "booth": [person(each, names) for each in channel.booth],
        "since": channel.since,
        "handover": channel.step,
        "offer": {"by": channel.handover.person, "kind": channel.handover.kind} if channel.handover else None,
    }


def names_person(here: Interpretation, language: str, person: str, audience: Audience) -> bool:
    """Whether this audience sees somebody's name with a channel."""
    channel = here.channels[language]
    return channel.on_air == person or (audience != "public" and person in channel.booth)


def person(id: str, names: Names) -> Item:
    return {"id": id, "name": names.get(id, "")}
