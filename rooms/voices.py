"""Whose voice is heard, on the floor and in each channel, as the room stands: across features, for what carries sound.

A microphone that is open is not heard by that: heard is who the room has given the floor to, or put on air in a booth.
"""

from collections.abc import Mapping, Set
from datetime import datetime

from rooms.booths import FLOOR, find
from rooms.contributions import State, on_air
from rooms.core import Actor, Refused
from rooms.people import CREW, admit
from rooms.room import Room

SOUNDING = frozenset({"open", "paused"})  # states of a room in which anybody is heard
GETTING_READY: frozenset[State] = frozenset({"checked_in", "ready", "on_air"})  # an expert may try the microphone
Experts = Mapping[str, Set[str]]  # the slots in which each expert speaks


def channels(room: Room) -> list[str]:
    """Everything one can listen to now."""
    if room.state == "closed":
        return []
    return [FLOOR, *(language for language, channel in room.interpretation.channels.items() if channel.open)]


def heard(room: Room, crew: Set[str], experts: Experts) -> dict[str, frozenset[str]]:
    """Who is heard in each channel: at most one person, on the floor any number. `crew`: who moderates here."""
    if room.state not in SOUNDING:
        return dict.fromkeys(channels(room), frozenset[str]())
    voices = {
        language: frozenset({channel.on_air} if channel.open and channel.on_air else ())
        for language, channel in room.interpretation.channels.items()
        if channel.open
    }
    slot, called = on_air(room.contributions), room.hands.called
    speaking = {person for person, slots in experts.items() if slot and slot.id in slots} | (
        {called} if called else set()
    )
    return {FLOOR: frozenset(speaking - room.restricted.keys() | crew), **voices}


def recorded(room: Room) -> datetime | None:
    """If what is heard is recorded now: since when it first was; else None."""
    return room.recorded_from if room.recording == "on" and room.state in SOUNDING else None


def may_speak(room: Room, actor: Actor, channel: str, slots: Set[str]) -> None:
    """Refuse whoever is not to open a microphone at a channel. `slots`: those in which the actor is the expert."""
    if room.state == "closed":
        raise Refused("room.closed")
    admit(room.restricted, actor, "sound.speak")
    if channel == FLOOR:
        if {actor.role, *actor.also} & CREW or room.hands.called == actor.id:
            return
        if any(slot.state in GETTING_READY for id, slot in room.contributions.items() if id in slots):
            return
        raise Refused("sound.not_yours")
    booth = find(room.interpretation.channels, channel)
    if not booth.open:
        raise Refused("channel.closed", language=channel)
    if actor.id not in booth.booth:
        raise Refused("booth.outside", language=channel)
    if "interpreter" not in (actor.role, *actor.also):  # whoever is no more has a seat for a while still
        raise Refused("sound.not_yours")


def may_listen(room: Room, channel: str) -> None:
    """Refuse a channel that is not there or is closed."""
    if room.state == "closed":
        raise Refused("room.closed")
    if channel != FLOOR and not find(room.interpretation.channels, channel).open:
        raise Refused("channel.closed", language=channel)
