"""Who is here: counted, what they hear counted per language, how they react, interpreters who lost their line. A part
of the hub. And who is due in another room as well, which whoever hosts the rooms finds out.

Nothing of this is in the log but what comes of it: who is on air without a connection for LEASE leaves the air, who has
asked for the microphone is not given it any more, who is in a booth and does not come back leaves the booth. Whoever
works at the booth's own page is there as long as that page is; whoever never did, by any connection.
"""

import asyncio
import contextlib
import functools
from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING, Literal

from rooms import reactions
from rooms import room as rooms_room
from rooms.asked import Brought, Written
from rooms.booths import FLOOR, Channel, Depart, HandedOver, Lapse
from rooms.core import Actor, Audience, Command, Event, Item, Receipt, canonical
from rooms.ports import Away
from rooms.reactions import React
from rooms.translations import Translated
from rooms.wire import Envelope, encoder

if TYPE_CHECKING:
    from rooms.hub import Hub

PRESENCE = 0.25  # seconds between two counts of people, at least
PACE = 0.0005  # seconds more for each of them: in a crowd a count costs as many frames
REACTIONS = 1.0  # seconds between two frames of them, at least
LEASE = 10.0  # seconds that somebody on air may be without a connection
RETURN = 120.0  # seconds that somebody in a booth may be
AGAIN = 1.0  # seconds until a new try while the store is away
Absence = tuple[Literal["air", "booth"], str, str]  # where a person without a connection is missing: language, person


# ── Counting ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def present(hub: "Hub") -> int:
    return len(hub.crowd.persons)


def heard(hub: "Hub") -> Counter[str]:
    """How many hear each language; who has chosen nothing hears the floor."""
    return Counter(hub.own[person].channel or FLOOR for person in hub.crowd.persons)


def languages(hub: "Hub") -> set[str]:
    """All that are counted."""
    return {FLOOR, *hub.room.interpretation.channels, *heard(hub)}


def listening(hub: "Hub") -> dict[str, Item]:
    numbers = heard(hub)
    return {language: {"number": numbers[language]} for language in sorted(languages(hub))}


def counts(hub: "Hub", audience: Audience) -> dict[str, dict[str, Item | None]]:
    """What an audience is told of who is here: how many, and to booth and crew what they hear."""
    people: dict[str, dict[str, Item | None]] = {"people": {"people": {"present": present(hub)}}}
    if audience == "public":
        return people
    hub.ever |= languages(hub)  # whoever is told of them is told, too, when they are over
    return {**people, "listeners": {**listening(hub)}, "booths": {"booths": {"away": away(hub)}}}


def anew(hub: "Hub", audience: Audience) -> dict[str, dict[str, Item | None]]:
    """The same for those who were told before: languages that nobody hears and nobody can are over."""
    put = counts(hub, audience)
    if "listeners" in put:
        put["listeners"] |= dict.fromkeys(hub.ever - languages(hub))
    return put


def forget(hub: "Hub", person: str) -> None:
    """Keep nothing of somebody who is not here."""
    if person not in hub.crowd.persons:
        hub.own.pop(person, None)


def recount(hub: "Hub") -> None:
    hub.once("presence", functools.partial(count_soon, hub))


async def count_soon(hub: "Hub") -> None:
    await asyncio.sleep(max(PRESENCE, present(hub) * PACE))
    hub.tasks.pop("presence", None)
    hub.counted, hub.away = languages(hub), away(hub)
    frames = {audience: encoder.encode({"put": anew(hub, audience)}) for audience in hub.crowd.ready}
    for _ in hub.crowd.pass_slowly(frames):
        await asyncio.sleep(0)


# ── Reactions ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def react(hub: "Hub", actor: Actor, envelope: Envelope, command: React) -> Receipt:
    """Count a reaction among those shown next. It is in no log; sent again, it counts again. Refused, Away."""
    async with hub.held():
        hub.known(actor, envelope)
        rooms_room.admit(command, hub.room, actor)
        hub.reactions.add(command.kind)
        hub.once("reactions", functools.partial(show_reactions, hub))
        return Receipt(actor.id, envelope.id, envelope.digest, hub.room.seq, {})


async def show_reactions(hub: "Hub") -> None:
    """One frame, the same for all, of all that have come since the last: at once after a quiet while."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(max(0.0, hub.reacted_at + max(REACTIONS, present(hub) * PACE) - loop.time()))
    hub.reacted_at = loop.time()
    hub.tasks.pop("reactions", None)
    collection, id = reactions.KEY
    frame = encoder.encode({"put": {collection: {id: hub.reactions.taken()}}})
    for _ in hub.crowd.pass_slowly(dict.fromkeys(hub.crowd.ready, frame)):
        await asyncio.sleep(0)


# ── Who is due in two rooms ──────────────────────────────────────────────────────────────────────────────────────────


def warn(hub: "Hub", conflicts: dict[str, Item]) -> None:
    """Take over what conflicts there are, and tell booth and crew at once which are new, other, or over."""
    before, hub.conflicts = hub.conflicts, conflicts
    put: dict[str, Item | None] = {id: item for id, item in conflicts.items() if item != before.get(id)}
    put |= dict.fromkeys(before.keys() - conflicts.keys())
    hub.warned |= conflicts.keys()
    if put:
        frame = encoder.encode({"put": {"conflicts": put}})
        for audience in hub.crowd.ready:
            if audience != "public":
                hub.crowd.pass_by(audience, frame)


def warnings(hub: "Hub", audience: Audience) -> dict[str, dict[str, Item | None]]:
    """All conflicts, for booth and crew."""
    return {} if audience == "public" else {"conflicts": {**hub.conflicts}}


def warnings_anew(hub: "Hub", audience: Audience) -> dict[str, dict[str, Item | None]]:
    """The same for those who may have been told of others, which are over."""
    over = hub.warned - hub.conflicts.keys()
    return {name: {**dict.fromkeys(over), **items} for name, items in warnings(hub, audience).items()}


# ── Booths ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def there(hub: "Hub", channel: Channel) -> frozenset[str]:
    """Those in a booth who are connected and interpret here, whatever else they are; who lost the role does not."""
    at_page = channel.by_page | {person for language, person in hub.at_page if language == channel.language}
    return frozenset(
        person
        for person in channel.booth
        if holds(hub, person, canonical(channel.language) if person in at_page else None)
    )


def holds(hub: "Hub", person: str, page: str | None) -> bool:
    """Whether somebody has a connection as an interpreter; with `page` only that booth's page counts."""
    return any(
        "interpreter" in (actor.role, *actor.also) and page in (None, hub.crowd.booths.get(listener))
        for listener in hub.crowd.persons.get(person, ())
        for actor in [hub.crowd.actors[listener]]
    )


def at_booth(hub: "Hub", language: str, person: str) -> bool:
    """Whether the page of a booth is open before somebody."""
    page = canonical(language)
    return any(hub.crowd.booths.get(listener) == page for listener in hub.crowd.persons.get(person, ()))


def away(hub: "Hub") -> dict[str, list[str]]:
    """Who is in each booth and has no connection, in the order of entering; a booth where nobody is away is absent."""
    found = {
        language: [person for person in channel.booth if person not in there(hub, channel)]
        for language, channel in hub.room.interpretation.channels.items()
    }
    return {language: persons for language, persons in found.items() if persons}


def come(hub: "Hub", actor: Actor) -> None:
    recount(hub)
    heed_absent(hub)


def go(hub: "Hub", actor: Actor) -> None:
    forget(hub, actor.id)
    recount(hub)
    heed_absent(hub)


def heed_absent(hub: "Hub") -> None:
    """Start the time of all on air, waiting for it, or in a booth who have no connection; stop it for all others."""
    room = hub.room.interpretation
    if not hub.gone and not hub.at_page and not room.inside():
        return
    inside = [(language, person) for language, one in room.channels.items() for person in one.booth]
    hub.at_page = {each for each in inside if each in hub.at_page or at_booth(hub, *each)}
    absent: set[Absence] = set()
    for language, persons in away(hub).items():
        one = room.channels[language]
        holding = {one.on_air, one.handover and one.handover.person}
        absent |= {("booth", language, person) for person in persons}
        absent |= {("air", language, person) for person in holding.intersection(persons) if person}
    now = asyncio.get_running_loop().time()
    hub.gone = {absence: hub.gone.get(absence, now) for absence in absent}
    for absence in sorted(absent):
        hub.once(" ".join(absence), functools.partial(await_return, hub, absence))


async def await_return(hub: "Hub", absence: Absence) -> None:
    loop = asyncio.get_running_loop()
    try:
        while absence in hub.gone:
            since = hub.gone[absence]
            left = since + (LEASE if absence[0] == "air" else RETURN) - loop.time()
            if left > 0:
                await asyncio.sleep(left)
                continue  # they may have come, and gone again, meanwhile
            with contextlib.suppress(Away):
                await hub.let_happen(functools.partial(over, hub, absence))
            if hub.gone.get(absence) == since:
                await asyncio.sleep(AGAIN)
    finally:
        hub.tasks.pop(" ".join(absence), None)


def over(hub: "Hub", absence: Absence) -> Command | None:
    """What it means that somebody's time is over; None if they have come back."""
    if absence not in hub.gone:
        return None
    place, language, person = absence
    channel = hub.room.interpretation.channels.get(language)
    if channel is None:
        return None
    return Lapse(person, there(hub, channel), language) if place == "air" else Depart(person, language)


def waiting(hub: "Hub") -> bool:
    """Whether somebody's return is awaited: the room must stay live."""
    return bool(hub.gone)


def named(events: Collection[Event]) -> set[str]:
    """Persons whom events name besides those who gave the command."""
    handed = {event.to for event in events if isinstance(event, HandedOver)}
    return handed | {event.by for event in events if isinstance(event, Brought | Written | Translated) and event.by}
