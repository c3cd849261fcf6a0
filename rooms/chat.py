"""Chat: one per room, and beside it a channel of the crew and one of the booths.

Each audience has the last messages it may read; no more are held here. Texts are blanked in the log when the room
closes, unless the exchange keeps them.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from rooms.core import (
    AUDIENCES,
    Actor,
    Audience,
    Command,
    Decided,
    Event,
    Id,
    Item,
    Key,
    Moment,
    Names,
    Record,
    Refused,
    blank,
)

LENGTH = 1_000  # characters of a message
SHOWN = 100  # last messages per audience on screens

To = Literal["room", "crew", "booth"]
Mode = Literal["on", "crew", "off"]
Text = Annotated[str, msgspec.Meta(max_length=16_384)]  # the length that counts is checked after stripping
READERS: dict[To, tuple[Audience, ...]] = {"room": AUDIENCES, "booth": ("booth", "crew"), "crew": ("crew",)}


# ── Commands and events ──────────────────────────────────────────────────────────────────────────────────────────────


class Say(Command, frozen=True, tag="chat.say"):
    text: Text
    to: To = "room"


class Hide(Command, frozen=True, tag="chat.hide"):
    """Its text is the crew's alone from here on; that it was hidden, everybody reads."""

    message: Id


class SetMode(Command, frozen=True, tag="chat.set"):
    """Who may say something to the room: everybody, the crew, nobody. The other channels are always on."""

    mode: Mode


Commands = Say | Hide | SetMode


class Said(Event, frozen=True, tag="chat.said"):
    message: str
    by: str
    text: str | None
    to: To = "room"


class Hidden(Event, frozen=True, tag="chat.hidden"):
    message: str


class ModeSet(Event, frozen=True, tag="chat.mode_set"):
    mode: Mode


class Blanked(Event, frozen=True, tag="chat.blanked"):
    """All that was said before is gone; its texts from the log as well, in the transaction that appends this."""


Events = Blanked | Said | Hidden | ModeSet


# ── State ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Message(msgspec.Struct):
    id: str
    by: str
    text: str | None
    to: To
    at: datetime
    hidden: bool = False


class Chat(msgspec.Struct):
    """What somebody may still read, by id; for each audience its last messages in order, and what fell out last."""

    mode: Mode = "on"
    all: dict[str, Message] = {}
    last: dict[Audience, dict[str, None]] = msgspec.field(default_factory=lambda: {each: {} for each in AUDIENCES})
    fallen: dict[Audience, str] = {}


# ── Decide ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def decide(command: Commands, chat: Chat, actor: Actor, audience: Audience, moment: Moment) -> Decided:
    match command:
        case Say():
            return say(command, chat, actor, audience, moment)
        case Hide():
            message = chat.all.get(command.message)
            if message is None:
                raise Refused("chat.unknown")
            if message.hidden:
                raise Refused("state.changed", state="hidden")
            return Decided((Hidden(message.id),), {"message": message.id})
        case SetMode():
            return Decided((ModeSet(command.mode),), {"mode": command.mode})


def say(command: Say, chat: Chat, actor: Actor, audience: Audience, moment: Moment) -> Decided:
    """Whoever may read a channel may speak in it, in the room's as its mode says."""
    if audience not in READERS[command.to]:
        raise Refused("chat.to", to=command.to)
    if command.to == "room" and (chat.mode == "off" or (chat.mode == "crew" and audience != "crew")):
        raise Refused("chat.off")
    text = command.text.strip()
    if blank(text) or len(text) > LENGTH:
        raise Refused("chat.length", limit=LENGTH)
    id = moment.new_id()
    return Decided((Said(id, actor.id, text, command.to),), {"message": id})


def end(chat: Chat, *, kept: bool) -> tuple[Event, ...]:
    """What becomes of the chat when the room closes."""
    return (Blanked(),) if chat.all and not kept else ()


# ── Apply ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def apply(record: Record, chat: Chat) -> list[Key]:
    """What changed of messages; of the mode, the room's own item tells."""
    match record.event:
        case Said() as said:
            chat.all[said.message] = Message(said.message, said.by, said.text, said.to, record.at)
            fallen = list(dict.fromkeys(take(chat, said)))
            for id in fallen:
                if all(id not in last for last in chat.last.values()):
                    del chat.all[id]
            return [("chat", id) for id in (said.message, *fallen)]
        case Hidden() as hidden:
            if hidden.message not in chat.all:
                return []
            chat.all[hidden.message].hidden = True
            return [("chat", hidden.message)]
        case ModeSet() as set:
            chat.mode = set.mode
            return [("room", "room")]
        case Blanked():
            gone: list[Key] = [("chat", id) for id in chat.all]
            chat.all, chat.fallen = {}, {}
            chat.last = {audience: {} for audience in AUDIENCES}
            return gone
    return []


def take(chat: Chat, said: Said) -> list[str]:
    """Add a message to the last of all who may read it; what falls out of them, each audience's own."""
    chat.fallen = {}
    for audience in READERS[said.to]:
        last = chat.last[audience]
        last[said.message] = None
        if len(last) > SHOWN:
            chat.fallen[audience] = next(iter(last))
            del last[chat.fallen[audience]]
    return list(chat.fallen.values())


def of_person(chat: Chat, person: str) -> list[Key]:
    return [("chat", message.id) for message in chat.all.values() if message.by == person]


# ── See ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def see(chat: Chat, id: str, audience: Audience, names: Names) -> Item | None:
    """A message among the last that this audience may read."""
    if id not in chat.last[audience]:
        return None
    message = chat.all[id]
    return {
        "text": message.text if audience == "crew" or not message.hidden else None,
        "by": {"id": message.by, "name": names.get(message.by, "")},
        "to": message.to,
        "at": message.at,
        "hidden": message.hidden,
    }


def concerns(event: Event, chat: Chat, id: str, audience: Audience) -> bool:
    """Whether an audience may learn that this event touched this message: nobody hears that others have spoken."""
    match event:
        case Said():
            return audience in READERS[event.to] and id in (event.message, chat.fallen.get(audience))
        case Blanked():
            return True
    return id in chat.last[audience]
