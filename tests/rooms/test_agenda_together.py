"""Two moderators press at once: one thing happens, the other is told; within a batch, one after the other, and on two
hubs of one log.
"""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from rooms.agenda import Finish, Finished, Pause, Paused, Resume, Resumed, Skip, Skipped, Start, Started, Undo, Undone
from rooms.core import Actor, Command, Event, Refused
from rooms.hub import Hub
from rooms.lifecycle import Opened
from rooms.timetable import Was
from tests.rooms.seats import House, asks
from tests.rooms.stories import PLAN
from tests.rooms.test_hub_shared import Busy

FIRST, SECOND = Actor("m0", "moderator"), Actor("m1", "moderator")
Press = Callable[[list[Hub], Command], Awaitable[list[str]]]


async def told(hub: Hub, actor: Actor, id: str, command: Command) -> str:
    try:
        await hub.do(actor, asks(id, command))
    except Refused as refused:
        return refused.code
    return "ok"


async def in_one_batch(hubs: list[Hub], command: Command) -> list[str]:
    return list(await asyncio.gather(*(told(hubs[0], actor, "k1", command) for actor in (FIRST, SECOND))))


async def one_after_the_other(hubs: list[Hub], command: Command) -> list[str]:
    return [await told(hubs[0], actor, "k1", command) for actor in (FIRST, SECOND)]


async def on_two_hubs(hubs: list[Hub], command: Command) -> list[str]:
    pressed = zip(hubs, (FIRST, SECOND), strict=True)
    return list(await asyncio.gather(*(told(hub, actor, "k1", command) for hub, actor in pressed)))


WAITS = Was("waiting", None, None)
PRESSED: list[tuple[tuple[Event, ...], Command, tuple[Event, ...]]] = [
    ((), Start("a1", "waiting"), (Started("a1"),)),
    ((Started("a1"),), Start("a4", "waiting"), (Finished("a1"), Started("a4"))),
    ((Started("a1"),), Finish("a1", "running"), (Finished("a1"),)),
    ((Started("a1"), Finished("a1")), Start("a1", "done"), (Started("a1"),)),
    ((), Skip("a1", "waiting"), (Skipped("a1"),)),
    ((Started("a1"),), Skip("a1", "running"), (Skipped("a1"),)),
    ((Started("a1"),), Pause("a1", "running"), (Paused("a1"),)),
    ((Started("a1"), Paused("a1")), Resume("a1", "paused"), (Resumed("a1"),)),
    ((Started("a1"), Paused("a1")), Finish("a1", "paused"), (Finished("a1"),)),
    ((Started("a1"), Finished("a1")), Undo(), (Undone({"a1": WAITS}),)),  # which the two of one append are one turn of
]


@pytest.mark.parametrize("press", [in_one_batch, one_after_the_other, on_two_hubs])
@pytest.mark.parametrize(("given", "command", "events"), PRESSED, ids=[repr(row[1]) for row in PRESSED])
async def test_two_who_press_at_once_do_one_thing(
    press: Press, given: tuple[Event, ...], command: Command, events: tuple[Event, ...]
) -> None:
    house = House()
    house.log = log = Busy()
    house.log.create("r1")
    await house.write(PLAN, Opened(), *given)
    hubs = [await house.hub(), await house.hub()]
    answers = await press(hubs, command)
    second = "agenda.undo" if isinstance(command, Undo) else "state.changed"
    assert sorted(answers) == sorted(["ok", second])
    assert house.events(2 + len(given)) == list(events)
    assert (log.conflicts > 0) == (press is on_two_hubs)
    for hub in hubs:
        await hub.catch_up()
    assert hubs[0].room == hubs[1].room
    await house.close()
