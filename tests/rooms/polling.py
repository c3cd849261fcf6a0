"""A room with polls that are open, and people who vote in them."""

import json

from rooms.core import Actor, Event, Receipt
from rooms.hub import Hub
from rooms.polls import Drafted, Opened, Results, Vote
from tests.rooms.seats import House, Seat, asks, opened
from tests.rooms.stage import ANNA

CROWD = [Actor(f"w{n}", "participant") for n in range(50)]
CANARY = ("canary one", "canary two", "canary three")


def asked(poll: str, secret: bool = False, results: Results = "end", multiple: bool = False) -> tuple[Event, ...]:
    return Drafted(poll, f"Title of {poll}", CANARY, multiple, secret, None, results), Opened(poll)


async def polling() -> House:
    """An open room with four open polls; seq 10. `end` and `vote` are open votes, `secret` and `hushed` are not."""
    secret = (*asked("secret", True), *asked("hushed", True, "vote"))
    return await opened(*asked("end", multiple=True), *asked("vote", results="vote"), *secret)


async def cast(hub: Hub, poll: str, *choices: int, actor: Actor = ANNA, id: str | None = None) -> Receipt:
    return await hub.do(actor, asks(id or f"{poll}{choices}", Vote(poll, choices)))


def sums(seat: Seat) -> list[dict[str, object]]:
    """What a seat has been told of results, frame by frame."""
    return [json.loads(text)["put"]["results"] for text in seat.texts if b'"results":{' in text and b'"put"' in text]
