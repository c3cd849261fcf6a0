"""The relay and its lines: what a line may send, what it is told, and that nothing is kept of whoever is gone."""

import asyncio
import gc
import weakref

import pytest

from hosting import channels, relay, tickets
from hosting.engine import LISTEN, SPEAK, Spec
from hosting.packets import ECHO, Head, Malformed, packet
from hosting.relay import EmbeddedRelay
from tests.flows.lines import Line
from tests.hosting.relays import OPUS, Here, One, until


@pytest.fixture
async def here() -> Here:
    return await Here().begin()


# ── What may be sent ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "frame",
    [
        *(b"", b"\x11", b"\x11" + b"x" * 15, b"\x11" + b"x" * 1291),
        *(b"\x12\x01\x00\x11" + b"x" * 20, b"\x21" + b"x" * 40, b"\x01" + b"x" * 40, b"{}" + b"x" * 40),
    ],
)
async def test_message_that_is_no_packet_is_said_to_be_none(here: Here, frame: bytes) -> None:
    anna, ben = One(here, "anna"), await One(here, "ben").hears("es")
    await anna.speaks()
    await here.relay.set_active("r", "es", {"anna"})
    with pytest.raises(Malformed):
        anna.wire.hear_packet(frame)
    assert (ben.lane.packets, anna.lane.packets) == ([], [])


async def test_packets_are_sent_on_as_they_came(here: Here) -> None:
    """Garbage too, for nobody looks into it; and the head, which is the sender's business."""
    anna, ben = One(here, "anna"), await One(here, "ben").hears("es")
    right = await anna.speaks()
    await here.relay.set_active("r", "es", {"anna"})
    sent = [
        anna.say(right, seq, data) for seq, data in enumerate((b"\xf8\xff\xfe", b"\0", b"x" * 1275, bytes(range(256))))
    ]
    sent += [anna.say(right, seq) for seq in (7, 7, 3, 2**32 - 1)]
    assert ben.lane.packets == sent


async def test_packet_for_a_channel_or_of_a_source_that_is_not_ones_own_is_dropped(here: Here) -> None:
    anna, eve = One(here, "anna"), One(here, "eve")
    ears = [await One(here, "ben").hears(name) for name in ("floor", "es", "fr")]
    right, other, fr = await anna.speaks(), await eve.speaks(), await eve.speaks("fr")
    await here.relay.set_active("r", "es", {"anna"})
    await here.relay.set_active("r", "fr", {"eve"})
    await here.relay.set_active("r", "floor", {"anna", "eve"})
    anna.say(right, channel=0)  # the floor, where she would be heard
    anna.say(right, channel=fr.number)  # another language
    anna.say(right, channel=99)  # none
    eve.say(right)  # somebody else's
    eve.say(other)  # not active
    eve.say(other, source=fr.source or 0)
    eve.say(fr, source=0)
    anna.wire.leave(right.source or 0)
    anna.say(right)
    assert [ear.lane.packets for ear in ears] == [[], [], []]
    assert await here.dropped() == {"floor": 1, "es": 4, "fr": 2}


async def test_packet_after_a_revocation_is_dropped_and_the_line_knows(here: Here) -> None:
    anna, ben = One(here, "anna"), await One(here, "ben").hears("es")
    right = await anna.speaks()
    await here.relay.set_active("r", "es", {"anna"})
    anna.say(right)
    await here.relay.revoke("anna", "r", "es", SPEAK)
    anna.say(right)
    await here.relay.revoke("ben", "r")
    assert (len(ben.lane.packets), await here.dropped()) == (1, {"es": 1})
    assert await anna.told() == [{"revoked": {"channel": "es", "use": "speak"}}]
    assert await ben.told() == [{"revoked": {"channel": "es", "use": "listen"}}]
    assert ben.wire.hear(["es"]) == []


async def test_two_microphones_of_a_person_on_a_channel_are_one_too_many(here: Here) -> None:
    old, new, ben = One(here, "anna"), One(here, "anna"), await One(here, "ben").hears("es")
    before = await old.speaks()
    await here.relay.set_active("r", "es", {"anna"})
    await old.told()
    after = await new.speaks()
    old.say(before)
    sent = new.say(after)
    assert (ben.lane.packets, before.source == after.source) == ([sent], False)
    assert await old.told() == [{"revoked": {"channel": "es", "use": "speak"}}]
    assert await new.told() == [{"open": {str(after.source): True}}]


async def test_ten_times_as_much_as_there_can_be_is_dropped_and_not_read(here: Here) -> None:
    anna, ben, carla = One(here, "anna"), await One(here, "ben").hears("floor"), One(here, "carla")
    right, other = await anna.speaks("floor"), await carla.speaks("floor")
    await here.relay.set_active("r", "floor", {"anna", "carla"})
    for number in range(3000):  # 600 a second for five seconds
        anna.say(right, number)
        here.clock.now += 1 / 600
        if number % 12 == 0:
            carla.say(other, number // 12)
    numbers = [
        int.from_bytes(frame[4:8]) for frame in ben.lane.packets if frame[2:4] == (right.source or 0).to_bytes(2)
    ]
    assert 300 < len(numbers) <= 60 * 5 + 50
    assert numbers == sorted(set(numbers))
    assert len(ben.lane.packets) - len(numbers) == 250  # another one is not held up
    assert await here.dropped() == {"floor": 3000 - len(numbers)}
    assert not anna.lane.held
    for number in range(2000):  # all at once
        anna.say(right, number)
    assert anna.lane.held
    await until(lambda: not anna.lane.held)


# ── What is told ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_line_is_told_whether_its_voice_passes_and_when_that_changes(here: Here) -> None:
    anna = One(here, "anna")
    es, floor = await anna.speaks("es"), await anna.speaks("floor")
    assert await anna.told() == [{"open": {str(es.source): False, str(floor.source): False}}]
    await here.relay.set_active("r", "es", {"anna"})
    assert await anna.told() == [{"open": {str(es.source): True}}]
    await here.relay.set_active("r", "es", {"anna"})
    await here.relay.set_active("r", "floor", {"ben"})
    assert await anna.told() == []
    await here.relay.set_active("r", "es", {"ben"})
    await here.relay.set_active("r", "floor", {"anna"})
    assert await anna.told() == [{"open": {str(es.source): False, str(floor.source): True}}]
    await here.relay.set_active("r", "floor", set())
    anna.wire.leave(floor.source or 0)
    assert await anna.told() == []


async def test_told_is_whoever_asked_to_be(here: Here) -> None:
    texts: list[object] = []
    line = here.relay.open(Line(), "anna", "r", texts.append)
    ticket = await here.relay.grant("anna", "r", "es", SPEAK, 60)
    right = line.redeem(ticket.token)
    assert right
    await asyncio.sleep(0)
    await here.relay.revoke("anna", "r")
    assert texts == [{"open": {str(right.source): False}}, {"revoked": {"channel": "es", "use": "speak"}}]
    line.close()
    await here.relay.revoke("anna", "r")
    assert len(texts) == 2


async def test_closing_a_channel_is_told_to_thousands_and_others_have_their_turn(here: Here) -> None:
    ears = [await One(here, f"listener {number}").hears("es") for number in range(2000)]
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(others())
    await asyncio.sleep(0)
    await here.relay.close_channel("r", "es")
    other.cancel()
    assert turns >= 4
    assert [await ear.told() for ear in ears] == [[{"revoked": {"channel": "es", "use": "listen"}}]] * 2000


# ── The echo ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_echo_comes_back_to_whoever_sent_it_and_goes_to_nobody_else(here: Here) -> None:
    anna, ben = One(here, "anna"), await One(here, "anna").hears("es", "fr", "floor")
    sent = [packet(Head(ECHO, source, 1, 2), OPUS) for source in (0, 17, 65_535)]
    for frame in sent:
        anna.wire.hear_packet(frame)
    assert (anna.lane.packets, ben.lane.packets) == (sent, [])
    for _ in range(100):
        anna.wire.hear_packet(sent[0])
    assert len(anna.lane.packets) == 50
    anna.lane.packets.clear()
    anna.wire.full()
    here.clock.now += 1
    anna.wire.hear_packet(sent[0])
    assert anna.lane.packets == []


# ── Bounds ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_room_has_as_many_languages_as_there_are_numbers() -> None:
    engine = EmbeddedRelay()
    await engine.ensure_channel("r", "floor", Spec(many=True))
    for number in range(254):
        await engine.ensure_channel("r", f"x-{number}", Spec())
    with pytest.raises(ValueError, match="254"):
        await engine.ensure_channel("r", "es", Spec())
    numbers = {(await engine.grant("anna", "r", f"x-{number}", LISTEN, 60)).number for number in range(254)}
    assert numbers == set(range(1, 255))
    await engine.close_channel("r", "x-7")
    await engine.ensure_channel("r", "es", Spec())
    assert (await engine.grant("anna", "r", "es", LISTEN, 60)).number == 8


async def test_sources_have_numbers_that_come_round_and_are_nobody_elses(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "SOURCES", 5)
    here.relay.rooms["r"].latest = 5
    kept = One(here, "anna"), One(here, "ben")
    found = [(await one.speaks()).source for one in kept]
    for _ in range(4):
        one = One(here, "carla")
        found.append((await one.speaks()).source)
        one.wire.close()
    assert found == [1, 2, 3, 4, 5, 3]


async def test_tickets_that_are_not_used_are_few_and_forgotten(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tickets, "PERSONS", 10)
    here.relay.tickets.enough = 10
    for _ in range(2 * tickets.EACH):
        last = await here.relay.grant("anna", "r", "es", LISTEN, 60)
    assert len(here.relay.tickets.given["r", "anna"]) == tickets.EACH
    for number in range(9):
        await here.relay.grant(f"person {number}", "r", "es", LISTEN, 60)
    here.clock.now += 61
    await here.relay.grant("ben", "r", "es", LISTEN, 60)
    assert list(here.relay.tickets.given) == [("r", "ben")]
    assert One(here, "anna").wire.redeem(last.token) is None


async def test_nothing_is_left_of_lines_and_rooms_that_are_gone(here: Here) -> None:
    """Not even for the collector, which looks at nothing that has lived for a while (hosting.server)."""
    gc.disable()
    try:
        anna, ben = One(here, "anna"), await One(here, "ben").hears("es", "floor")
        right = await anna.speaks()
        await here.relay.set_active("r", "es", {"anna"})
        anna.say(right)
        await here.relay.grant("carla", "r", "es", SPEAK, 60)
        tap = here.relay.tap("r", "es")
        lines, taps = [weakref.ref(anna.wire), weakref.ref(ben.wire)], here.relay.channel("r", "es").taps
        await asyncio.sleep(0)
        for one in (anna, ben):
            one.wire.close()
            one.wire.close()  # harmless
        assert ben.wire.hear(["es"]) == []
        assert (here.relay.lines, here.relay.rooms["r"].sources) == ({}, {})
        del anna, ben, one
        assert [line() for line in lines] == [None, None]
        del tap
        assert len(taps) == 0
        for channel in ("es", "fr", "floor"):
            await here.relay.close_channel("r", channel)
        assert (here.relay.rooms, here.relay.tickets.given) == ({}, {})
    finally:
        gc.enable()


async def test_relay_whose_looks_are_late_is_not_well(here: Here) -> None:
    One(here, "anna")
    assert await here.relay.health() is None
    here.clock.now += relay.LOOK + 0.4
    here.relay.look()
    assert await here.relay.health() == "it is 0.4 s late"
    here.clock.now += relay.LOOK
    here.relay.look()
    assert await here.relay.health() is None
