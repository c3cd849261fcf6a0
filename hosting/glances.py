"""Glances into a live room, as it is on disk, for pages that show one thing of it."""

import msgspec

from hosting.live import Live
from rooms.contributions import Slot


async def slot(live: Live, room: str, contribution: str) -> Slot | None:
    """An expert's slot as it is on disk, with the note to its slides: for its experts. NoSuchRoom, Away."""
    hub = await live.hub(room)
    async with hub.held():
        found = hub.room.contributions.get(contribution)
        return msgspec.structs.replace(found, earlier=list(found.earlier)) if found else None


async def links(live: Live, room: str) -> dict[str, str]:
    """The links to a room's channels, by language; only those that are set. NoSuchRoom, Away."""
    hub = await live.hub(room)
    async with hub.held():
        channels = hub.room.interpretation.channels
        return {language: channel.link for language, channel in channels.items() if channel.link}
