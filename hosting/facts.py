"""What a command must know from elsewhere, looked up before it is decided."""

from sqlalchemy import Connection as Sql

from hosting import grants, log, people, presentations, programme
from hosting.database import Database
from rooms import presence, slides
from rooms.booths import Enter
from rooms.contributions import ByExpert, Submit
from rooms.core import NO_FACTS, Actor, Command, Deck, Facts, Role
from rooms.hub import Hub
from rooms.people import Commands as Restricting
from rooms.ports import NoSuchRoom
from rooms.questions import Defer, Restore, Write


async def look_up(database: Database, hub: Hub, actor: Actor, command: Command) -> Facts:
    """An expert's slots and the deck that is handed in; where a question can go to, and whether it has gone too far
    to come back; the roles of whom a moderator names; whether whoever enters a booth has its page open. Away,
    Unavailable.
    """
    match command:
        case Enter():
            return Facts(at_booth=presence.at_booth(hub, command.language, actor.id))
        case Defer():
            return Facts(elsewhere=await database.read(lambda sql: programme.elsewhere(sql, hub.id, command.to)))
        case Restore():
            async with hub.held():
                question = hub.room.questions.all.get(command.question)
                carried = question.carried if question else None
            return Facts(taken_up=await database.read(lambda sql: taken_up(sql, *carried))) if carried else NO_FACTS
        case _ if isinstance(command, Restricting):
            person = command.person
            return Facts(person=await database.read(lambda sql: roles_of(sql, person, hub.id)))
        case _ if isinstance(command, ByExpert | slides.Commands | Write) and actor.role == "expert":
            named = command.presentation if isinstance(command, Submit) else None
            return await database.read(lambda sql: of_expert(sql, actor.id, hub.id, named))
    return NO_FACTS


def roles_of(sql: Sql, person: str, room: str) -> frozenset[Role] | None:
    """The roles a person was given in a room; None for nobody."""
    return frozenset(people.roles_in(sql, person, room)) if people.is_somebody(sql, person) else None


def of_expert(sql: Sql, person: str, room: str, presentation: str | None) -> Facts:
    """The slots in which a person speaks, and the presentation named."""
    found = presentations.find(sql, presentation) if presentation else None
    deck = Deck(found.id, found.contribution, (found.pages or 0) if found.state == "ready" else 0) if found else None
    return Facts(grants.expert_slots(sql, person, room), deck)


def taken_up(sql: Sql, room: str, question: str) -> bool:
    """Whether anybody has done anything with a question that was brought to a room."""
    try:
        there = log.fold(sql, room).questions.all.get(question)
    except NoSuchRoom:
        return False
    return there is not None and there.untouched is False
