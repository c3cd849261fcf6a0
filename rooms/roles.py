"""Who may do what: one table, deny by default. A command without a row here can be given by nobody."""

import functools
from collections.abc import Sequence

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
EXPERT: frozenset[Role] = frozenset({"expert"})
INTERPRETER: frozenset[Role] = frozenset({"interpreter"})
SCRIBES: frozenset[Role] = frozenset({"captioner", "interpreter", "moderator", "organiser"})

MAY: dict[str, frozenset[Role]] = {
    "room.open": CREW,
    "room.pause": CREW,
    "room.close": CREW,
    "room.record": CREW,
    "room.announce": CREW,
    "agenda.add": CREW,
    "agenda.edit": CREW,
    "agenda.move": CREW,
    "agenda.remove": CREW,
    "agenda.start": CREW,
    "agenda.finish": CREW,
    "agenda.skip": CREW,
    "agenda.pause": CREW,
    "agenda.resume": CREW,
    "agenda.extend": CREW,
    "agenda.undo": CREW,
    "question.ask": ANYBODY,
    "question.edit": ANYBODY,
    "question.withdraw": ANYBODY,
    "question.vote": ANYBODY,
    "question.unvote": ANYBODY,
    "question.screen": CREW,
    "question.publish": CREW,
    "question.queue": CREW,
    "question.air": CREW,
    "question.answered": CREW,
    "question.defer": CREW,
    "question.decline": CREW,
    "question.merge": CREW,
    "question.restore": CREW,
    "question.write": EXPERT | CREW,
    "question.translate": INTERPRETER | CREW,
    "question.approve_translation": INTERPRETER | CREW,
    "channel.choose": ANYBODY,
    "channel.open": CREW,
    "channel.close": CREW,
    "channel.floor": CREW,
    "booth.enter": INTERPRETER,
    "booth.leave": INTERPRETER,
    "booth.on_air": INTERPRETER,
    "booth.off_air": INTERPRETER,
    "booth.offer": INTERPRETER,
    "booth.request": INTERPRETER,
    "booth.accept": INTERPRETER,
    "booth.withdraw": INTERPRETER,
    "booth.relay": INTERPRETER,
    "booth.slower": INTERPRETER,
    "booth.no_sound": INTERPRETER,
    "contribution.confirm": EXPERT,
    "contribution.decline": EXPERT,
    "contribution.submit": EXPERT,
    "contribution.check_in": EXPERT,
    "contribution.ready": EXPERT,
    "contribution.accept": CREW,
    "contribution.return": CREW,
    "contribution.air": CREW,
    "contribution.finish": CREW,
    "contribution.no_show": CREW,
    "slides.show": EXPERT | CREW,
    "slides.hide": EXPERT | CREW,
    "caption.add": SCRIBES,
    "caption.correct": SCRIBES,
    "caption.interim": SCRIBES,
    "chat.say": ANYBODY,
    "chat.hide": CREW,
    "chat.set": CREW,
    "react": ANYBODY,
    "room.silence": CREW,
    "room.remove": CREW,
    "room.readmit": CREW,
    "hand.raise": ANYBODY,
    "hand.lower": ANYBODY,
    "hand.call": CREW,
    "hand.done": CREW,
    "hand.close": CREW,
    "hand.open": CREW,
    "poll.draft": CREW,
    "poll.edit": CREW,
    "poll.remove": CREW,
    "poll.open": CREW,
    "poll.close": CREW,
    "poll.publish": CREW,
    "poll.vote": ANYBODY,
}

NAMED = frozenset(
    {
        *("question.ask", "question.edit", "question.withdraw", "question.vote", "question.unvote"),
        *("chat.say", "hand.raise", "hand.lower", "poll.vote"),
    }
)


def may(role: Role, command: str) -> bool:
    return role in MAY.get(command, frozenset())


def acting(roles: Sequence[Role], command: str) -> Role:
    """As which of their roles somebody gives a command: the highest that may; else the highest."""
    return next((role for role in roles if may(role, command)), roles[0])


@functools.cache  # every connection asks, and there are few sets of roles
def rights(*roles: Role) -> list[str]:
    """The commands that somebody of these roles may give, sorted: what a screen offers. Not to be changed."""
    return sorted(command for command, allowed in MAY.items() if allowed & set(roles))
