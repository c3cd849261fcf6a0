"""Bundles of the relay: three packets in a message for a large channel, which wait for nobody who pauses or changes."""

import asyncio

import pytest

from tests.hosting.relays import Here, One, until


@pytest.fixture
async def here() -> Here:
    return await Here().begin()


async def test_large_channel_is_sent_in_bundles_until_it_is_clearly_smaller(here: Here) -> None:
    anna, ears = One(here, "anna"), [await One(here, f"listener {number}").hears("es") for number in range(200)]
    right = await anna.speaks()
    await here.relay.set_active("r", "es", {"anna"})

    def kinds(count: int) -> list[int]:
        """The first bytes of the messages that so many packets came in."""
        ears[0].lane.packets.clear()
        here.clock.now += 1
        for seq in range(count):
            anna.say(right, seq)
        return [message[0] for message in ears[0].lane.packets]

    assert kinds(6) == [0x11] * 6
    ears.append(await One(here, "one more").hears("es"))
    assert (kinds(6), (await here.relay.stats("r", "es")).bundled) == ([0x12] * 2, True)
    while len(ears) > 161:
        ears.pop().wire.close()
    assert kinds(6) == [0x12] * 2
    ears.pop().wire.close()
    assert (kinds(6), (await here.relay.stats("r", "es")).bundled) == ([0x11] * 6, False)


async def test_bundle_does_not_wait_for_a_voice_that_pauses() -> None:
    here = await Here(many=0).begin()
    anna, ben = One(here, "anna"), await One(here, "ben").hears("es")
    right = await anna.speaks()
    await here.relay.set_active("r", "es", {"anna"})
    loop = asyncio.get_running_loop()
    began = loop.time()
    sent = [anna.say(right, seq) for seq in range(2)]
    assert ben.lane.packets == []
    await until(lambda: bool(ben.lane.packets))
    assert 0.05 <= loop.time() - began < 0.15  # the machine may be busy
    assert ben.lane.packets == [b"\x12\x02" + b"".join(len(frame).to_bytes(2) + frame for frame in sent)]


@pytest.mark.parametrize("what", ["another", "nobody", "left", "revoked", "again", "joined", "closed"])
async def test_bundle_does_not_wait_for_a_voice_that_changes(what: str) -> None:
    here = await Here(many=0).begin()
    anna, ben = One(here, "anna"), await One(here, "ben").hears("es")
    right = await anna.speaks()
    await here.relay.set_active("r", "es", {"anna"})
    anna.say(right)
    assert ben.lane.packets == []
    late = One(here, "late")
    match what:
        case "another":
            await here.relay.set_active("r", "es", {"ben"})
        case "nobody":
            await here.relay.set_active("r", "es", set())
        case "left":
            anna.wire.leave(right.source or 0)
        case "revoked":
            await here.relay.revoke("anna", "r")
        case "again":
            await One(here, "anna").speaks()
        case "joined":
            await late.hears("es")
        case "closed":
            await here.relay.close_channel("r", "es")
    assert [message[:2] for message in ben.lane.packets] == [b"\x12\x01"]
    assert late.lane.packets == []


async def test_bundle_of_several_voices_has_three_packets_of_one() -> None:
    here = await Here(many=0).begin()
    anna, ben, carla = One(here, "anna"), One(here, "ben"), await One(here, "carla").hears("floor")
    rights = await anna.speaks("floor"), await ben.speaks("floor")
    await here.relay.set_active("r", "floor", {"anna", "ben"})
    for seq in range(3):
        anna.say(rights[0], seq)
        ben.say(rights[1], seq)
    assert [message[:2] for message in carla.lane.packets] == [b"\x12\x05"]
