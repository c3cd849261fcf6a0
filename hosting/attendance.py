"""Who is in a room, for its crew to find: those connected now, and those restricted."""

from collections.abc import Mapping

from sqlalchemy import Connection

from hosting import people
from hosting.live import Live
from rooms.core import Role
from rooms.people import Restriction

LISTED = 50  # people, of a list


async def attendance(live: Live, room: str, query: str) -> list[dict[str, object]]:
    """Who is connected to a room now, or restricted in it, by name. NoSuchRoom, Away, Unavailable."""
    hub = await live.hub(room)
    async with hub.held():
        restricted = dict(hub.room.restricted)
    here = {person: hub.crowd.actors[next(iter(lines))].role for person, lines in hub.crowd.persons.items()}
    return await live.database.read(lambda sql: listed(sql, room, here, restricted, query))


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
