"""What must be known from outside a room: for a command, before it is decided; of people, for the crew's list."""

from collections.abc import Mapping

from sqlalchemy import Connection

from hosting import grants, people, presentations
from hosting.database import Database
from rooms import slides
from rooms.contributions import ByExpert, Submit
from rooms.core import NO_FACTS, Actor, Command, Deck, Facts, Role
from rooms.people import Commands, Restriction

LISTED = 50  # people, of a list


async def facts(database: Database, room: str, actor: Actor, command: Command) -> Facts:
    """An expert's slots and the deck that is handed in; the roles of whom a moderator names. Unavailable."""
    if isinstance(command, Commands):
        person = command.person
        return Facts(person=await database.read(lambda sql: roles_of(sql, person, room)))
    if not (isinstance(command, ByExpert | slides.Commands) and actor.role == "expert"):
        return NO_FACTS
    named = command.presentation if isinstance(command, Submit) else None
    return await database.read(lambda sql: of_expert(sql, actor.id, room, named))


def roles_of(sql: Connection, person: str, room: str) -> frozenset[Role] | None:
    """The roles a person was given in a room; None for nobody."""
    return frozenset(people.roles_in(sql, person, room)) if people.is_somebody(sql, person) else None


def of_expert(sql: Connection, person: str, room: str, presentation: str | None) -> Facts:
    """The slots in which a person speaks, and the presentation named."""
    found = presentations.find(sql, presentation) if presentation else None
    deck = Deck(found.id, found.contribution, (found.pages or 0) if found.state == "ready" else 0) if found else None
    return Facts(grants.expert_slots(sql, person, room), deck)


def listed(
    sql: Connection, room: str, here: Mapping[str, Role], restricted: Mapping[str, Restriction], query: str
) -> list[dict[str, object]]:
    """The first of those who are here or restricted whose name has some text in it, by name; the nameless last."""
    names = people.names(sql, [*here, *restricted])
    wanted = query.strip().casefold()
    found = [person for person in {**here, **restricted} if wanted in names.get(person, "").casefold()]
    found.sort(key=lambda person: (person not in names, names.get(person, "").casefold(), person))
    return [
        {
            "id": person,
            "name": names.get(person),
            "role": here.get(person) or next(iter(people.roles_in(sql, person, room)), "participant"),
            "state": restricted[person].state if person in restricted else "present",
            "here": person in here,
        }
        for person in found[:LISTED]
    ]
