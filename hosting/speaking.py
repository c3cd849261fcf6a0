"""Carries rooms over to whatever carries sound: which channels there are, whose voice is heard, who is given a ticket.

What holds is decided in rooms.voices from what is durable; here it is only taken along, the newest state last. Who has
a microphone open because of a role is known here, as rooms know no roles; when roles change it is looked up again.
"""

import asyncio
import logging
from collections.abc import Iterable, Set
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from hosting import grants, people
from hosting.engine import SPEAK, MediaEngine, Spec, Ticket
from hosting.errors import Unavailable
from hosting.people import SERVICE
from hosting.recording import Recording
from hosting.seats import Seated, Seats
from rooms import voices
from rooms.booths import FLOOR
from rooms.core import Actor, Refused
from rooms.hub import Hub
from rooms.ports import Away, NoSuchRoom
from rooms.room import CREW

if TYPE_CHECKING:
    from hosting.live import Live

SECONDS = 60.0  # for which a ticket may be used
TOUCHING = frozenset({"room", "channels", "hands", "contributions", "restricted"})  # collections that may change voices
Heard = dict[str, frozenset[str]]  # by channel

logger = logging.getLogger("austausch.speaking")


class Speaking:
    """The rooms of this node on one engine. `seats`: the sockets through which browsers speak and listen.

    Without a `recording` nothing is kept, whatever rooms say.
    """

    def __init__(self, live: "Live", engine: MediaEngine, recording: Recording | None = None) -> None:
        self.live, self.engine, self.recording = live, engine, recording
        self.seats = Seats[Seated]()
        self.crew: dict[str, set[str]] = {}  # who moderates in each room and has been given the floor's microphone
        self.experts: dict[str, dict[str, frozenset[str]]] = {}  # the same of experts, with their slots
        self.wanted: dict[str, Heard] = {}
        self.done: dict[str, Heard] = {}
        self.recorded: dict[str, datetime] = {}  # the rooms that are recorded now, and from which moment on
        self.working: dict[str, asyncio.Task[None]] = {}

    # ── What holds ───────────────────────────────────────────────────────────────────────────────────────────────

    def heed(self, hub: Hub, touched: Set[str]) -> None:
        """Something durable has happened in a room, to items of these collections."""
        if hub.id in self.wanted and not TOUCHING.isdisjoint(touched):
            self.take_along(hub)

    def take_along(self, hub: Hub) -> None:
        """Have the engine do as the room stands, soon and in order."""
        room = hub.id
        self.wanted[room] = voices.heard(hub.room, self.crew.get(room, set()), self.experts.get(room, {}))
        self.record(room, voices.recorded(hub.room))
        if room not in self.working and self.wanted[room] != self.done.get(room):
            self.working[room] = asyncio.create_task(self.carry_out(room))

    def record(self, room: str, since: datetime | None) -> None:
        """Have what is heard in a room recorded, None: no more. It ends at once, and begins when it can be heard."""
        if since is None:
            self.recorded.pop(room, None)
            if self.recording:
                self.recording.stop(room)
        else:
            self.recorded[room] = since
            self.begin_to_record(room)

    def begin_to_record(self, room: str) -> None:
        if self.recording and room in self.recorded and self.wanted.get(room) == self.done.get(room):
            self.recording.start(room, self.recorded[room], self.done[room])

    async def carry_out(self, room: str) -> None:
        try:
            while self.wanted.get(room) != self.done.get(room):
                wanted, before = self.wanted.get(room, {}), self.done.get(room, {})
                for channel in before.keys() - wanted.keys():
                    await self.engine.close_channel(room, channel)
                for channel, persons in wanted.items():
                    if channel not in before:
                        await self.engine.ensure_channel(room, channel, Spec(many=channel == FLOOR))
                    if persons != before.get(channel):
                        await self.engine.set_active(room, channel, persons)
                if room in self.wanted:
                    self.done[room] = wanted
                else:
                    self.done.pop(room, None)
            self.begin_to_record(room)
        finally:
            del self.working[room]

    async def settled(self, room: str) -> None:
        """Wait until the engine does as the room stood."""
        if room in self.working:
            await asyncio.shield(self.working[room])

    # ── Tickets ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def grant(self, hub: Hub, actor: Actor, listen: Iterable[str] | None, speak: str | None) -> list[Ticket]:
        """Tickets to listen to channels, None: to all there are, and to speak at one. Refused, Away, Unavailable."""
        room, person, granted = hub.id, actor.id, self.live.granted
        slots: frozenset[str] = frozenset()
        if speak == FLOOR and "expert" in (actor.role, *actor.also):
            slots = await self.live.database.read(lambda sql: grants.expert_slots(sql, person, room))
        async with hub.held():
            hearing = voices.channels(hub.room) if listen is None else list(dict.fromkeys(listen))
            for channel in hearing or (FLOOR,) * (listen is None):
                voices.may_listen(hub.room, channel)
            if speak is not None:
                voices.may_speak(hub.room, actor, speak, slots)
            if speak == FLOOR and {actor.role, *actor.also} & set(CREW):
                self.crew.setdefault(room, set()).add(person)
            if slots:
                self.experts.setdefault(room, {})[person] = slots
            self.take_along(hub)
        if granted != self.live.granted:  # what the actor is may have changed before the microphone was known of
            await self.check(person, room)
        await self.settled(room)
        tickets = [await self.engine.grant(person, room, channel, "listen", SECONDS) for channel in hearing]
        if speak is not None:
            tickets.append(await self.engine.grant(person, room, speak, "speak", SECONDS))
        return tickets

    # ── Who is no more what they were ────────────────────────────────────────────────────────────────────────────

    async def check(self, person: str | None, room: str | None = None) -> None:
        """What somebody is, None: anybody, may have changed: send away who may no longer be in a room, and take back
        microphones that were given for a role that is gone.
        """
        for seat in [seat for seat in self.seats.of(person) if room in (None, seat.room)]:
            try:
                roles = await self.live.roles_of(seat.visitor, seat.room)
                if roles:
                    await self.live.expect(seat.visitor, seat.room)
                await self.recheck(seat.room, seat.visitor.person, roles)
            except Refused:
                roles = ()
            except (Unavailable, Away, NoSuchRoom) as away:
                logger.warning("who speaks in room %s is looked at later: %s", seat.room, away)
                self.live.behind = True
                continue
            if not roles:
                await self.cut_off(seat.room, seat.visitor.person)
                seat.end(4003)
        await self.check_unseated(person, room)

    async def check_unseated(self, person: str | None, room: str | None) -> None:
        """The same for those who were given a microphone and have no socket there yet."""
        given = {(here, one) for kept in (self.crew, self.experts) for here, persons in kept.items() for one in persons}
        seated = {(seat.room, seat.visitor.person) for seat in self.seats.of(person)}
        for here, one in given - seated:
            if room in (None, here) and person in (None, one) and one != SERVICE.person:
                read = partial(people.roles_in, person=one, room=here)
                try:
                    await self.recheck(here, one, await self.live.database.read(read))
                except (Unavailable, Away) as away:
                    logger.warning("who speaks in room %s is looked at later: %s", here, away)
                    self.live.behind = True

    async def recheck(self, room: str, person: str, roles: Iterable[str]) -> None:
        now, crew, experts = set(roles), self.crew.get(room, set()), self.experts.get(room, {})
        if person in crew and not now & set(CREW):
            crew.discard(person)
        if person in experts:
            slots = await self.live.database.read(lambda sql: grants.expert_slots(sql, person, room))
            experts[person] = slots if "expert" in now else frozenset()
        hub = self.live.hubs.get(room)
        if hub is None:
            return
        async with hub.held():  # and not while it is folded anew
            booths = [language for language, one in hub.room.interpretation.channels.items() if person in one.booth]
            if room in self.wanted:
                self.take_along(hub)
        for language in booths if "interpreter" not in now else ():  # sooner than their seat there is taken from them
            await self.engine.revoke(person, room, language, SPEAK)

    async def cut_off(self, room: str, person: str) -> None:
        """Somebody is no longer in a room: nothing that was given there holds."""
        self.crew.get(room, set()).discard(person)
        self.experts.get(room, {}).pop(person, None)
        await self.engine.revoke(person, room)

    def left(self, seat: Seated) -> None:
        """A socket is closed. Whoever has no other in that room must ask for their microphone anew."""
        self.seats.remove(seat)
        room, person = seat.room, seat.visitor.person
        if all(other.room != room for other in self.seats.of(person)):
            self.crew.get(room, set()).discard(person)
            self.experts.get(room, {}).pop(person, None)

    async def forget(self, room: str) -> None:
        """A room is no longer live here."""
        self.record(room, None)
        for kept in (self.crew, self.experts, self.wanted):
            kept.pop(room, None)
        if room not in self.working and room in self.done:
            self.working[room] = asyncio.create_task(self.carry_out(room))
        await self.settled(room)

    async def stop(self) -> None:
        await asyncio.gather(*self.working.values(), return_exceptions=True)
