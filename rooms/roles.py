"""Who may do what: one table, deny by default. A command without a row here can be given by nobody."""

from rooms.core import Audience, Role

AUDIENCE: dict[Role, Audience] = {
    "participant": "public",
    "expert": "public",
    "interpreter": "booth",
    "captioner": "booth",
    "moderator": "crew",
    "organiser": "crew",
}

ANYBODY: frozenset[Role] = frozenset(AUDIENCE)
CREW: frozenset[Role] = frozenset({"moderator", "organiser"})

MAY: dict[str, frozenset[Role]] = {
    "room.open": CREW,
    "room.pause": CREW,
    "room.close": CREW,
    "agenda.add": CREW,
    "agenda.edit": CREW,
    "agenda.move": CREW,
    "agenda.remove": CREW,
    "agenda.start": CREW,
    "agenda.finish": CREW,
    "agenda.skip": CREW,
    "agenda.extend": CREW,
    "agenda.undo": CREW,
    "question.ask": ANYBODY,
    "question.withdraw": ANYBODY,
    "question.vote": ANYBODY,
    "question.unvote": ANYBODY,
    "question.screen": CREW,
    "question.publish": CREW,
    "question.queue": CREW,
    "question.air": CREW,
    "question.answered": CREW,
    "question.decline": CREW,
    "question.restore": CREW,
}

NAMED = frozenset({"question.ask", "question.withdraw", "question.vote", "question.unvote"})


def may(role: Role, command: str) -> bool:
    return role in MAY.get(command, frozenset())


def rights(role: Role) -> list[str]:
    """The commands a role may give, sorted: what a screen offers."""
    return sorted(command for command, roles in MAY.items() if role in roles)
