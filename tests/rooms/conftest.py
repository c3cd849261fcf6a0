"""Rooms know no network and no thread: here their time passes whenever all wait for it."""

import asyncio
from collections.abc import Callable

from tests.rooms.clockwork import Clockwork


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"clockwork": Clockwork}
