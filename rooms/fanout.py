"""What changed, to everybody who listens: encoded once per audience, a person's own questions spliced in."""

from collections.abc import Mapping
from typing import Protocol

from rooms import questions, roles
from rooms.core import Actor, Audience, Item, Key, Names
from rooms.room import Room
from rooms.view import View
from rooms.wire import encoder


class Listener(Protocol):
    """One connection as the hub sees it. `send` puts a frame into a bounded queue and never waits."""

    def send(self, frame: str) -> None: ...


def audience_of(actor: Actor) -> Audience:
    return roles.AUDIENCE[actor.role]


def fan_out(
    listeners: Mapping[Listener, Actor],
    views: Mapping[Audience, View],
    room: Room,
    names: Names,
    since: int,
    touched: Mapping[Key, None],
) -> None:
    """Send one frame of what was touched after `since` to all for whom anything of it changed."""
    persons = {id for collection, id in touched if collection == "mine"}
    bodies: dict[Audience, str] = {}
    for audience in {audience_of(actor) for actor in listeners.values()}:
        put = views[audience].since(room, since, names, touched)
        bodies[audience] = encoder.encode(put).decode()[1:-1]
    tail = f',"seq":{room.seq}}}'
    frames = {audience: f'{{"put":{{{body}}}{tail}' for audience, body in bodies.items() if body}
    spliced: dict[tuple[Audience, str], str] = {}
    for listener, actor in listeners.items():
        audience, person = audience_of(actor), actor.id
        if person in persons:
            if (audience, person) not in spliced:
                own = encoder.encode({"questions": questions.mine(room.questions, person)}).decode()
                rest = f",{bodies[audience]}" if bodies[audience] else ""
                spliced[audience, person] = f'{{"put":{{"mine":{own}{rest}}}{tail}'
            listener.send(spliced[audience, person])
        elif audience in frames:
            listener.send(frames[audience])


def pass_on(listeners: Mapping[Listener, Actor], passing: Mapping[Key, Item | None]) -> None:
    """Show everybody something that is not kept: a frame without a place in the log."""
    if not passing:
        return
    put: dict[str, dict[str, Item | None]] = {}
    for (collection, id), item in passing.items():
        put.setdefault(collection, {})[id] = item
    frame = encoder.encode({"put": put}).decode()
    for listener in listeners:
        listener.send(frame)
