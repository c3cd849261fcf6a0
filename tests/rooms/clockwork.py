"""A time that passes only while everybody waits: no machine is too slow for it, and nobody waits for it."""

import asyncio
import selectors


class Clockwork(asyncio.SelectorEventLoop):
    """A loop that waits for nothing: when all wait for a time, it is that time."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(Jump(self))

    def time(self) -> float:
        return self.now


class Jump(selectors.DefaultSelector):
    def __init__(self, loop: Clockwork) -> None:
        super().__init__()
        self.loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everybody waits, and for no time"
        self.loop.now += max(0.0, timeout)
        return super().select(0)
