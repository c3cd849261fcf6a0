"""Whoever drops and returns by cursor, at any point, has the screen of a fresh join; nobody but the crew is ever sent a
word of an unpublished question of somebody else. Hubs with planted bugs are caught.
"""

from collections.abc import Iterator, Mapping, Set

import pytest

from rooms import booths, crowd, fanout, presence, rows, tallies
from rooms.booths import Channel, Channels
from rooms.core import NO_FACTS, Actor, Audience, Event, Facts, Item, Key, Receipt, Record, Refused
from rooms.crowd import Crowd, Lag, Listener
from rooms.hub import Hub
from rooms.questions import Unvote, Vote
from rooms.rows import Cast, Own, Read
from rooms.sight import mine
from rooms.turns import Waiting
from rooms.wire import Envelope, encoder
from tests.rooms.histories import check


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "SCORES", 0.0)  # and no clock decides what comes first
    monkeypatch.setattr(crowd, "CHUNK", 3)  # so that others have their turn within a frame
    monkeypatch.setattr(fanout, "TICK", 0.001)
    monkeypatch.setattr(presence, "PRESENCE", 0.0)
    monkeypatch.setattr(presence, "LEASE", 0.003)
    monkeypatch.setattr(presence, "RETURN", 0.02)
    monkeypatch.setattr(presence, "AGAIN", 0.001)
    monkeypatch.setattr(tallies, "COUNTS", 0.0)
    monkeypatch.setattr(tallies, "AGAIN", 0.001)


@pytest.mark.parametrize("seed", range(16))
def test_screens_of_all_who_come_and_go_are_those_of_a_fresh_join(seed: int) -> None:
    history = check(seed)
    assert len(history.given) > 60
    assert history.searched > 500  # secrets that could have leaked
    assert history.resumed > 30
    assert history.fell_behind > 8
    assert history.log.faults > 5


def test_histories_have_times_that_run_out_and_lines_that_are_not_kept() -> None:
    histories = [check(seed) for seed in range(16, 24)]
    assert min(sum(history.ran_out for history in histories), sum(history.passed for history in histories)) > 30
    assert sum(history.polled for history in histories) > 100  # votes in polls that were compared with their sums


# ── Bugs planted on purpose: each must be caught ─────────────────────────────────────────────────────────────────────


class MineToAll(Hub):
    def fan_out(self, since: int, touched: Mapping[Key, None]) -> Iterator[None]:
        yield from super().fan_out(since, touched)
        for person in [id for collection, id in touched if collection == "mine"]:
            own: Item = {"questions": mine(self.room.questions, person, self.names)}
            for listener in self.crowd.actors:
                listener.send(encoder.encode({"put": {"mine": own}}))


class CrewsFirstFrame(Hub):
    def first_frame(self, actor: Actor, you: Item, own: Own, cursor: tuple[str, int] | None) -> tuple[bytes, ...]:
        return super().first_frame(Actor(actor.id, "moderator"), you, own, cursor)


class SkippedFrames(Hub):
    def fan_out(self, since: int, touched: Mapping[Key, None]) -> Iterator[None]:
        if self.room.seq % 9:
            yield from super().fan_out(since, touched)


class ForgottenMine(Hub):
    def fan_out(self, since: int, touched: Mapping[Key, None]) -> Iterator[None]:
        return super().fan_out(since, {key: None for key in touched if key[0] != "mine"})


class LateCursor(Hub):
    async def join(
        self,
        listener: Listener,
        actor: Actor,
        you: Item,
        cursor: tuple[str, int] | None,
        found: Read | None = None,
        booth: str | None = None,
    ) -> None:
        await super().join(listener, actor, you, cursor and (cursor[0], cursor[1] + 1), found, booth)


class OneWindow(Hub):
    def tell(self, person: str, mine: Item) -> None:
        for listener in list(self.crowd.persons.get(person, {}))[:1]:
            listener.send(encoder.encode({"put": {"mine": mine}}))


class EarlyHeartbeat(Hub):
    def heartbeat(self, audience: Audience) -> bytes:
        return encoder.encode({"seq": self.room.seq + 1})


class TwiceDone(Hub):
    async def do(self, actor: Actor, envelope: Envelope, facts: Facts = NO_FACTS) -> Receipt:
        self.receipts.clear()
        self.log.receipts.clear()  # type: ignore[attr-defined]  # the log in memory
        return await super().do(actor, envelope, facts)


class ShownTooEarly(Hub):
    async def commit(self, records: list[Record]) -> None:
        self.show()
        await super().commit(records)


class NeverFoldedAnew(Hub):
    async def reload(self) -> None:
        self.stale = False
        await self.read_tail()


class PassedOnTooEarly(Hub):
    async def commit(self, records: list[Record]) -> None:
        fanout.pass_on(self, self.passing)
        await super().commit(records)


class RememberedTooEarly(Hub):
    def decide(self, waiting: Waiting, records: list[Record]) -> Receipt:
        receipt = super().decide(waiting, records)
        self.remember()
        return receipt


def check_all(kind: type[Hub]) -> None:
    for seed in range(48):
        check(seed, kind)


BUGS = (
    MineToAll,
    CrewsFirstFrame,
    SkippedFrames,
    ForgottenMine,
    LateCursor,
    OneWindow,
    EarlyHeartbeat,
    TwiceDone,
    ShownTooEarly,
    NeverFoldedAnew,
    PassedOnTooEarly,
    RememberedTooEarly,
)


@pytest.mark.parametrize("bug", BUGS)
def test_hub_with_a_planted_bug_is_caught(bug: type[Hub]) -> None:
    with pytest.raises((AssertionError, KeyError, Refused)):
        check_all(bug)


def never_stopped(hub: Hub) -> None:
    gone = dict(hub.gone)
    heed_absent(hub)
    hub.gone = gone | hub.gone


def forgets_the_request(channels: Channels, channel: Channel, person: str, there: Set[str]) -> list[Event]:
    return off(channels, channel, person, frozenset())


def caught_up_too_far(crowd: Crowd, listener: Listener) -> Lag:
    lag = catch_up(crowd, listener)
    return Lag(lag.seq + 1, lag.passed)


def nobody_is_ahead(hub: Hub, listener: Listener, *parts: bytes) -> None:
    if not listener.send(*parts):
        hub.crowd.fall_behind(listener, hub.room.seq)


def counted_twice(own: Own, cast: Cast) -> None:
    turn(own, Cast(cast.person, Vote(cast.command.question)) if isinstance(cast.command, Unvote) else cast)


heed_absent, off, catch_up, turn = presence.heed_absent, booths.off, Crowd.catch_up, rows.turn
BROKEN: dict[str, tuple[object, str, object]] = {
    "an absence that is not stopped by a return": (presence, "heed_absent", never_stopped),
    "a partner's request that is forgotten": (booths, "off", forgets_the_request),
    "a reader who was behind and has one change too few": (Crowd, "catch_up", caught_up_too_far),
    "a reader who was behind and has missed what has no seq": (Crowd, "missed", lambda *given: False),
    "whoever comes between two frames gets the second whole": (fanout, "send", nobody_is_ahead),
    "a vote that is not taken back on one's own screens": (rows, "turn", counted_twice),
    "one person on air in two booths": (booths, "one_voice", lambda *given: None),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_hub_on_a_rule_that_is_broken_is_caught(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*BROKEN[broken])
    with pytest.raises((AssertionError, TimeoutError)):
        check_all(Hub)
