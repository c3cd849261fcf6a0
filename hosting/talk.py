"""What was said in a room's chat and is kept after the end, in all its channels: for those who run the session."""

from datetime import datetime
from typing import get_args

import msgspec
from sqlalchemy import Connection

from hosting import log, people
from rooms import chat
from rooms.chat import Blanked, Hidden, Said


class Message(msgspec.Struct, frozen=True):
    """`to`: room, crew or booth; `hidden`: by a moderator, from everybody else."""

    at: datetime
    by: str
    text: str
    to: chat.To
    hidden: bool


def kept(sql: Connection, room: str) -> list[Message]:
    """Everything since the last blanking, with the names that people have now."""
    types = [str(event.__struct_config__.tag) for event in get_args(chat.Events)]
    said: dict[str, tuple[datetime, Said]] = {}
    hidden: set[str] = set()
    for record in log.of_types(sql, room, types):
        match record.event:
            case Said() as event:
                said[event.message] = (record.at, event)
            case Hidden(message):
                hidden.add(message)
            case Blanked():
                said.clear()
    names = people.names(sql, sorted({event.by for _at, event in said.values()}))
    return [
        Message(at, names.get(event.by, ""), event.text, event.to, id in hidden)
        for id, (at, event) in said.items()
        if event.text is not None
    ]
