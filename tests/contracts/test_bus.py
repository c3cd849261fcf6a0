"""What every bus promises: each hint is heard by all who listen, oneself included, until they stop."""

from collections.abc import Callable

import pytest

from rooms.memory import MemoryBus
from rooms.ports import Bus

Hint = tuple[str, int]


@pytest.fixture(params=[MemoryBus])
def bus(request: pytest.FixtureRequest) -> Bus:
    made: Bus = request.param()
    return made


def listen(bus: Bus) -> tuple[list[Hint], Callable[[], None]]:
    """What is heard from now on, and the way to stop."""
    heard: list[Hint] = []
    return heard, bus.subscribe(lambda room, head: heard.append((room, head)))


def test_bus_without_listeners_takes_hints(bus: Bus) -> None:
    bus.publish("r1", 1)
    assert listen(bus)[0] == []


def test_bus_brings_every_hint_to_all_and_to_oneself(bus: Bus) -> None:
    one, two = listen(bus)[0], listen(bus)[0]
    for hint in (("r1", 1), ("r2", 7), ("r1", 1)):
        bus.publish(*hint)
    assert one == two == [("r1", 1), ("r2", 7), ("r1", 1)]


def test_bus_is_silent_for_those_who_stopped_and_only_for_them(bus: Bus) -> None:
    (one, stop), (two, _) = listen(bus), listen(bus)
    bus.publish("r1", 1)
    stop()
    stop()  # harmless
    bus.publish("r1", 2)
    assert (one, two) == ([("r1", 1)], [("r1", 1), ("r1", 2)])


def test_bus_hears_the_same_listener_as_often_as_it_subscribed(bus: Bus) -> None:
    heard: list[Hint] = []

    def hear(room: str, head: int) -> None:
        heard.append((room, head))

    stop = bus.subscribe(hear)
    bus.subscribe(hear)
    bus.publish("r1", 1)
    stop()
    bus.publish("r1", 2)
    assert heard == [("r1", 1), ("r1", 1), ("r1", 2)]


def test_bus_may_be_left_while_it_speaks(bus: Bus) -> None:
    heard: list[Hint] = []

    def hear_once(room: str, head: int) -> None:
        heard.append((room, head))
        stop()

    stop = bus.subscribe(hear_once)
    others, _ = listen(bus)
    bus.publish("r1", 1)
    bus.publish("r1", 2)
    assert (heard, others) == ([("r1", 1)], [("r1", 1), ("r1", 2)])
