"""What one audience sees of a room, and when it last changed: the only memory of the past that a screen needs.

`changed` holds every key this audience has ever seen, tombstones included, with the seq of its last change. Snapshot,
resume, a slow reader's catch-up are one function: the items whose keys changed since n.
"""

from collections.abc import Iterable

from rooms import room as rooms_room
from rooms.core import Audience, Event, Item, Key, Names
from rooms.room import Room
from rooms.wire import encoder

COLLECTIONS = (
    *("room", "agenda", "contributions", "questions", "scores", "channels", "slides", "captions", "chat", "hands"),
    *("polls", "restricted"),
)
Put = dict[str, dict[str, Item | None]]


class View:
    """One audience's view of one room, kept by telling it the keys that every event touched."""

    def __init__(self, audience: Audience) -> None:
        self.audience = audience
        self.head = 0  # the seq of the last change that this audience could see
        self.changed: dict[Key, int] = {}
        self.gone: set[Key] = set()  # of them, those that were looked at and are not seen since
        self.whole = (-1, b"")  # everything, encoded, at a seq

    def touch(self, room: Room, event: Event, keys: Iterable[Key], names: Names) -> None:
        """Take note of the keys that the event `room.seq` touched.

        What was never seen and is not now stays unknown; what is known to be gone, and is, has not changed.
        """
        for key in keys:
            if key[0] not in COLLECTIONS or not rooms_room.concerns(event, room, key, self.audience):
                continue
            there = key in self.changed and key not in self.gone
            if there or self.see(room, key, names) is not None:
                self.changed[key] = self.head = room.seq
                self.gone.discard(key)

    def see(self, room: Room, key: Key, names: Names) -> Item | None:
        return rooms_room.see(room, key, self.audience, names)

    def everything(self, room: Room, names: Names) -> Put:
        """All items of this audience, by collection; every collection is there, be it empty."""
        put: Put = {collection: {} for collection in COLLECTIONS}
        for key in self.changed:
            if key in self.gone:
                continue
            item = self.see(room, key, names)
            if item is None:
                self.gone.add(key)
            else:
                put[key[0]][key[1]] = item
        return put

    def encoded(self, room: Room, names: Names) -> bytes:
        """Everything as JSON without its braces: encoded once, however many come in at one seq."""
        if self.whole[0] != room.seq:
            self.whole = (room.seq, encoder.encode(self.everything(room, names))[1:-1])
        return self.whole[1]

    def since(self, room: Room, seq: int, names: Names, among: Iterable[Key] | None = None) -> Put:
        """What changed after seq: the items now, None for what this audience sees no longer; `among` some keys only."""
        put: Put = {}
        for key in self.changed if among is None else among:
            if self.changed.get(key, 0) > seq:
                item = put.setdefault(key[0], {})[key[1]] = self.see(room, key, names)
                if item is None:
                    self.gone.add(key)
        return put
