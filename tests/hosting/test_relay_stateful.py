"""All that can happen to a relay, in any order: nobody is heard who is not active, who hears gets all, once."""

import contextlib
from collections.abc import Callable
from unittest.mock import patch  # only to plant bugs on purpose

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from hosting.channels import Channel, Source
from hosting.packets import Head
from hosting.relay import EmbeddedRelay, Line
from hosting.tickets import Granted, Tickets
from tests.hosting.relay_machine import Machine

QUICK = settings(
    max_examples=200,
    stateful_step_count=60,
    phases=[Phase.generate],  # a failure's history is short enough
    derandomize=True,
    database=None,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


def run() -> None:
    run_state_machine_as_test(Machine, settings=QUICK)


def test_relay_keeps_what_must_always_hold() -> None:
    Machine.counted.clear()
    run()
    print(dict(Machine.counted))
    assert min(Machine.counted[name] for name in ("passed", "dropped", "came", "redeemed", "refused")) > 100


# ── Bugs planted on purpose: each must be caught ─────────────────────────────────────────────────────────────────────


def stay_active(self: Channel, persons: frozenset[str]) -> None:
    activate(self, persons | self.active)


def add_late(self: Channel, ear: Line, ready: bool) -> None:
    """And get what passed before they came."""
    self.ears[ear] = None
    if ready:
        self.row.add(ear)
    self.weigh()


def any_channel(self: Line, frame: bytes) -> None:
    source = self.sources.get(int.from_bytes(frame[2:4]))
    if source:
        source.channel.take(source, Head(frame[1], source.number, 0, 0), frame)


def anybodys(self: Line, frame: bytes) -> None:
    source = self.relay.rooms["r"].sources.get(int.from_bytes(frame[2:4])) if self.relay.rooms else None
    if source and source.channel.number == frame[1]:
        source.channel.take(source, Head(frame[1], source.number, 0, 0), frame)


def replay(self: Tickets, room: str, person: str, token: str) -> Granted | None:
    return self.given.get((room, person), {}).get(token)


def send_twice(self: Channel, message: bytes, packets: int) -> None:
    send(self, message, packets)
    if self.passed % 5 == 0:
        send(self, message, packets)


def send_less(self: Channel, message: bytes, packets: int) -> None:
    if self.passed % 5:
        send(self, message, packets)


def silent(self: Line, source: Source) -> None:
    """Nobody is told."""


def keep_microphones(self: EmbeddedRelay, room: str, person: str, channel: str | None, use: str | None) -> list[object]:
    self.tickets.void(room, person, channel, None)
    return []


activate, send = Channel.activate, Channel.send
Planting = contextlib.AbstractContextManager[object]
BUGS: dict[str, Callable[[], Planting]] = {
    "who was active stays so": lambda: patch.object(Channel, "activate", stay_active),
    "who comes gets what passed before": lambda: patch.object(Channel, "add", add_late),
    "a source speaks in any channel": lambda: patch.object(Line, "hear_packet", any_channel),
    "anybody speaks as any source": lambda: patch.object(Line, "hear_packet", anybodys),
    "a ticket is good twice": lambda: patch.object(Tickets, "take", replay),
    "some come twice": lambda: patch.object(Channel, "send", send_twice),
    "some do not come": lambda: patch.object(Channel, "send", send_less),
    "nobody is told whether they pass": lambda: patch.object(Line, "note", silent),
    "revoking takes tickets back and nothing else": lambda: patch.object(EmbeddedRelay, "take_back", keep_microphones),
    "who is full is not let go on": lambda: patch.object(Line, "drained", lambda self: None),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_caught(bug: str) -> None:
    with BUGS[bug](), pytest.raises((AssertionError, KeyError)):
        run()
