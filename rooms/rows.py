"""Commands whose result is a row and not an event: votes, and what somebody hears. A part of the hub.

Such a command waits for its own row only, outside the room's lock. Of everybody present the rows are at hand, kept in
step by what is cast here. The log gets the sums of votes, once a second.
"""

import asyncio
import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator, Set
from typing import TYPE_CHECKING

import msgspec

from rooms import hands, interpretation, presence, questions, sight
from rooms import room as rooms_room
from rooms.asked import Scored
from rooms.core import Actor, Item, Key, Names, Receipt, Refused
from rooms.crowd import CHUNK, audience_of
from rooms.interpretation import Choose
from rooms.polls import Vote as PollVote
from rooms.ports import Away, Conflict
from rooms.questions import Unvote, Vote
from rooms.room import Room
from rooms.wire import Envelope

if TYPE_CHECKING:
    from rooms.hub import Hub

SCORES = 1.0  # seconds between two sums of votes in the log
AGAIN = (0.5, 2.0, 8.0)  # seconds between tries to show a person's votes while the store is away
TRIES = 5  # to write a sum against other writers
CAST = 1_024  # of the last rows that are kept, for whoever comes in with what was read before


class Own(msgspec.Struct):
    """One person's rows in a room."""

    votes: set[str]  # questions, and polls
    channel: str | None  # what they have chosen to hear


class Cast(msgspec.Struct, frozen=True):
    """What has become durable: a vote, one taken back, or a choice. Of a vote in a poll never what was chosen."""

    person: str
    command: Vote | Unvote | Choose | PollVote
    merged: tuple[str, ...] = ()  # questions whose votes were taken back with it


class Read(msgspec.Struct, frozen=True):
    """A person's rows as they were read when `at` rows had been cast in the room."""

    at: int
    own: Own


async def vote(hub: "Hub", actor: Actor, envelope: Envelope, command: Vote | Unvote) -> Receipt:
    """A row of its own, answered when that is durable. The log gets the sum."""

    def admit() -> None:
        questions.votable(command, hub.room.questions, actor, audience_of(actor))

    known = await asked_before(hub, actor, envelope, admit)
    if known:
        return known
    receipt = Receipt(actor.id, envelope.id, envelope.digest, hub.room.seq, {"question": command.question})
    merged = tuple(hub.room.questions.group(command.question)[1:]) if isinstance(command, Unvote) else ()
    with doubted(hub, actor.id):
        kept = await hub.ballots.cast(hub.id, command.question, receipt, isinstance(command, Vote), merged)
    if same(kept, envelope) is receipt:
        take(hub, Cast(actor.id, command, merged))
    hub.once("scores", functools.partial(sum_up_soon, hub))
    return kept


async def choose(hub: "Hub", actor: Actor, envelope: Envelope, command: Choose) -> Receipt:
    """What somebody hears: found again on every device, counted per language."""
    known = await asked_before(hub, actor, envelope, lambda: interpretation.choosable(command, hub.room.interpretation))
    if known:
        return known
    command = interpretation.chosen(command, hub.room.interpretation)
    receipt = Receipt(actor.id, envelope.id, envelope.digest, hub.room.seq, {"language": command.language})
    with doubted(hub, actor.id):
        kept = await hub.choices.choose(hub.id, command.language, receipt)
    if same(kept, envelope) is receipt:
        take(hub, Cast(actor.id, command))
    return kept


async def asked_before(hub: "Hub", actor: Actor, envelope: Envelope, admit: Callable[[], None]) -> Receipt | None:
    """The receipt of a command that is sent again; None for a new one that is possible now. Refused, Away."""
    try:
        async with hub.held():
            known = hub.known(actor, envelope)
            if known:
                return known
            rooms_room.admit(envelope.command, hub.room, actor)
            admit()
    except Refused:
        earlier = await hub.ballots.known(hub.id, actor.id, envelope.id)
        if earlier:  # a retry is answered even when what it asked for is over
            return same(earlier, envelope)
        raise
    return None


def same(known: Receipt, envelope: Envelope) -> Receipt:
    """The receipt of an earlier command, if this is that command again."""
    if known.digest != envelope.digest:
        raise Refused("command.reused")
    return known


# ── What is at hand ──────────────────────────────────────────────────────────────────────────────────────────────────


async def read(hub: "Hub", person: str) -> Read:
    """A person's rows as they are on disk. Away."""
    at = hub.casts
    votes = {*await hub.ballots.of(hub.id, person), *await hub.boxes.of(hub.id, person)}
    return Read(at, Own(votes, await hub.choices.of(hub.id, person)))


async def own(hub: "Hub", person: str, found: Read | None) -> Own:
    """A person's rows as they are now, whatever has been cast since they were found. Away."""
    while person not in hub.own:
        if found and replay(hub, person, found):
            return found.own
        found = await read(hub, person)
    return hub.own[person]


def replay(hub: "Hub", person: str, found: Read) -> bool:
    """Bring what was found up to all that was cast since; False if that is too long ago."""
    since = hub.casts - found.at
    if since > len(hub.cast):
        return False
    for cast in list(hub.cast)[len(hub.cast) - since :]:
        if cast.person == person:
            turn(found.own, cast)
    return True


def turn(own: Own, cast: Cast) -> None:
    match cast.command:
        case PollVote(poll):
            own.votes.add(poll)
        case Vote(question):
            own.votes.add(question)
        case Unvote(question):
            own.votes -= {question, *cast.merged}
        case Choose(language):
            own.channel = language


def take(hub: "Hub", cast: Cast) -> None:
    """Keep in step with a row that is durable, and tell its person."""
    hub.cast.append(cast)
    hub.casts += 1
    if cast.person in hub.own:
        turn(hub.own[cast.person], cast)
        tell(hub, cast.person, "channel" if isinstance(cast.command, Choose) else "votes")
        if isinstance(cast.command, Choose):
            presence.recount(hub)


@contextlib.contextmanager
def doubted(hub: "Hub", person: str) -> Iterator[None]:
    """Where nobody knows whether a row was written, it is read."""
    try:
        yield
    except Refused:
        raise
    except BaseException:
        hub.once("scores", functools.partial(sum_up_soon, hub))
        if person in hub.own:
            hub.once(f"rows of {person}", functools.partial(read_anew, hub, person))
        raise


async def read_anew(hub: "Hub", person: str) -> None:
    try:
        for wait in (0, *AGAIN):
            await asyncio.sleep(wait)
            with contextlib.suppress(Away):
                found = await read(hub, person)
                if person in hub.own and replay(hub, person, found):
                    hub.own[person] = found.own
                    tell(hub, person, "votes")
                    tell(hub, person, "channel")
                    presence.recount(hub)
                return
    finally:
        hub.tasks.pop(f"rows of {person}", None)


# What of `mine` is in the log: by the collection of its keys, its name there and how it looks.
LOGGED: dict[str, tuple[str, Callable[[Room, str, Names], object]]] = {
    "mine": ("questions", lambda room, person, names: sight.mine(room.questions, person, names)),
    "mine.hand": ("hand", lambda room, person, _names: hands.mine(room.hands, person)),
}


def logged(hub: "Hub", touched: Iterable[Key]) -> dict[str, Item]:
    """What of their own has changed in the log, whole, by person, of those who are here."""
    found: dict[str, Item] = {}
    for collection, person in touched:
        if collection in LOGGED and person in hub.crowd.persons:
            name, look = LOGGED[collection]
            found.setdefault(person, {})[name] = look(hub.room, person, hub.names)
    return found


def mine(hub: "Hub", person: str, own: Own | None = None) -> Item:
    """Everything of the collection `mine`."""
    own = own or hub.own[person]
    return {
        **{name: look(hub.room, person, hub.names) for name, look in LOGGED.values()},
        "votes": sight.counted_for(hub.room.questions, own.votes),
        "channel": own.channel,
    }


def tell(hub: "Hub", person: str, what: str) -> None:
    """Send all connections of a person what has changed of their rows: soon, once for all that comes together."""
    hub.untold.setdefault(person, {})[what] = None
    hub.once("rows", functools.partial(tell_all, hub))


def moved(hub: "Hub", ids: Set[str]) -> None:
    """Votes for these questions may count for others now: sum them up, and tell those who cast them."""
    hub.once("scores", functools.partial(sum_up_soon, hub))
    for person, own in hub.own.items():
        if not own.votes.isdisjoint(ids):
            tell(hub, person, "votes")


async def tell_all(hub: "Hub") -> None:
    """What votes count for is in the log, so this is of the room as it is on disk; pauses after each CHUNK."""
    try:
        while hub.untold:
            try:
                async with hub.held():
                    changed, hub.untold = changes(hub), {}
            except Away:
                await asyncio.sleep(AGAIN[0])
                continue
            for place, (person, mine) in enumerate(changed, 1):
                hub.tell(person, mine)
                if place % CHUNK == 0:
                    await asyncio.sleep(0)
    finally:
        hub.tasks.pop("rows", None)


def changes(hub: "Hub") -> list[tuple[str, Item]]:
    """What those who are here have not been told of their rows."""
    found: list[tuple[str, Item]] = []
    for person, changed in hub.untold.items():
        if person in hub.own:
            own = hub.own[person]
            now = {"votes": sight.counted_for(hub.room.questions, own.votes), "channel": own.channel}
            found.append((person, {what: now[what] for what in changed}))
    return found


# ── Sums ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def sum_up_soon(hub: "Hub") -> None:
    loop = asyncio.get_running_loop()
    await asyncio.sleep(max(0.0, hub.scored_at + SCORES - loop.time()))
    hub.scored_at = loop.time()
    hub.tasks.pop("scores", None)  # a vote from here on makes the next sum
    try:
        async with hub.held():
            await sum_up(hub)
    except Away:
        hub.once("scores", functools.partial(sum_up_soon, hub))


async def sum_up(hub: "Hub") -> None:
    """Bring the log's sums of votes up to the ballots; nothing if they agree. Under the lock. Away."""
    for _ in range(TRIES):
        if hub.stale:
            await hub.reload()
        tally = await hub.ballots.tally(hub.id, hub.room.questions.groups())
        stand = hub.room.questions.all
        changed = {id: tally.get(id, 0) for id in stand if tally.get(id, 0) != stand[id].votes}
        if not changed:
            return
        hub.stale = True  # until it is durable
        with contextlib.suppress(Conflict):
            await hub.commit(hub.ahead((Scored(changed),), hub.clock.now()))
            return
    raise Away("others write")
