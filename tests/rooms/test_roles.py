"""Who may do what, against PROTOCOL's table of commands, written out here by hand a second time."""

from typing import get_args

import pytest

from rooms.core import Audience, Role
from rooms.roles import AUDIENCE, MAY, NAMED, may, rights
from rooms.wire import BY_NAME

ALL = ("participant", "expert", "interpreter", "captioner", "moderator", "organiser")
CREW = ("moderator", "organiser")  # the organiser's role includes the moderator's
EXPERT = ("expert",)
INTERPRETER = ("interpreter",)
PROTOCOL: dict[str, tuple[str, ...]] = {
    # room (moderator)
    "room.open": CREW,
    "room.pause": CREW,
    "room.close": CREW,
    "room.record": CREW,
    "room.announce": CREW,
    # agenda (moderator)
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
    # questions, with a name
    "question.ask": ALL,
    "question.edit": ALL,
    "question.withdraw": ALL,
    "question.vote": ALL,
    "question.unvote": ALL,
    # questions, moderator
    "question.screen": CREW,
    "question.publish": CREW,
    "question.queue": CREW,
    "question.air": CREW,
    "question.answered": CREW,
    "question.defer": CREW,
    "question.decline": CREW,
    "question.merge": CREW,
    "question.restore": CREW,
    # questions: expert, moderator; interpreter, moderator
    "question.write": ("expert", "moderator", "organiser"),
    "question.translate": ("interpreter", "moderator", "organiser"),
    "question.approve_translation": ("interpreter", "moderator", "organiser"),
    # channels and booths: anyone, moderator, interpreter
    "channel.choose": ALL,
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
    # contributions: expert, moderator
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
    # slides (expert on air, moderator)
    "slides.show": ("expert", "moderator", "organiser"),
    "slides.hide": ("expert", "moderator", "organiser"),
    # captions (captioner, interpreter, moderator)
    "caption.add": ("captioner", "interpreter", "moderator", "organiser"),
    "caption.correct": ("captioner", "interpreter", "moderator", "organiser"),
    "caption.interim": ("captioner", "interpreter", "moderator", "organiser"),
    # chat: with a name, moderator
    "chat.say": ALL,
    "chat.hide": CREW,
    "chat.set": CREW,
    # reactions: anyone
    "react": ALL,
    "room.silence": CREW,
    "room.remove": CREW,
    "room.readmit": CREW,
    # hands: with a name; moderator
    "hand.raise": ALL,
    "hand.lower": ALL,
    "hand.call": CREW,
    "hand.done": CREW,
    "hand.close": CREW,
    "hand.open": CREW,
    # polls: moderator; with a name
    "poll.draft": CREW,
    "poll.edit": CREW,
    "poll.remove": CREW,
    "poll.open": CREW,
    "poll.close": CREW,
    "poll.publish": CREW,
    "poll.vote": ALL,
}


@pytest.mark.parametrize("role", get_args(Role))
@pytest.mark.parametrize("command", BY_NAME)
def test_role_may_exactly_what_the_protocol_says(command: str, role: Role) -> None:
    assert may(role, command) == (role in PROTOCOL[command])


def test_roles_have_a_row_for_every_command_and_for_nothing_else() -> None:
    assert MAY.keys() == BY_NAME.keys() == PROTOCOL.keys()


@pytest.mark.parametrize("role", get_args(Role))
def test_role_may_nothing_that_has_no_row(role: Role) -> None:
    assert [may(role, command) for command in ("", "room.obey", "question", "Question.ask")] == [False] * 4


def test_role_of_the_system_may_nothing() -> None:
    assert (rights("system"), "system" in AUDIENCE) == ([], False)


@pytest.mark.parametrize("role", get_args(Role))
def test_role_is_told_its_rights_in_order(role: Role) -> None:
    assert rights(role) == sorted(command for command, roles in PROTOCOL.items() if role in roles)


def test_role_needs_a_name_to_ask_to_vote_to_chat_and_to_raise_a_hand() -> None:
    asking = ["question.ask", "question.edit", "question.unvote", "question.vote", "question.withdraw"]
    assert sorted(NAMED) == ["chat.say", "hand.lower", "hand.raise", "poll.vote", *asking]


@pytest.mark.parametrize(
    ("audience", "roles"),
    [
        ("public", ["participant", "expert"]),
        ("booth", ["interpreter", "captioner"]),
        ("crew", ["moderator", "organiser"]),
    ],
)
def test_role_belongs_to_one_audience(audience: Audience, roles: list[Role]) -> None:
    assert [role for role in AUDIENCE if AUDIENCE[role] == audience] == roles
