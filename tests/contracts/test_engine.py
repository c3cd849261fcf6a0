"""What every engine promises: a ticket is good once, and who is active is heard by all who hear, and nobody else is."""

import asyncio
from collections.abc import AsyncIterator, Callable

import msgspec
import pytest

from hosting.engine import LISTEN, SPEAK, Packet, Spec, Ticket, Use
from tests.contracts.engines import Bundling, Carrier, Ear, Embedded, Microphone

ONE, MANY = Spec(), Spec(many=True)


@pytest.fixture(params=[Embedded, Bundling])
async def carrier(request: pytest.FixtureRequest) -> Carrier:
    """An engine with the floor and a language, in which nobody is active."""
    make: Callable[[], Carrier] = request.param
    carrier = make()
    await carrier.engine.ensure_channel("r", "floor", MANY)
    await carrier.engine.ensure_channel("r", "es", ONE)
    return carrier


async def speaks(carrier: Carrier, person: str, channel: str = "es") -> Microphone:
    microphone = await carrier.speak(await carrier.engine.grant(person, "r", channel, SPEAK, 60), person, "r")
    assert microphone
    return microphone


async def hears(carrier: Carrier, person: str, *channels: str) -> Ear:
    tickets = [await carrier.engine.grant(person, "r", channel, LISTEN, 60) for channel in channels]
    ear = await carrier.listen(tickets, person, "r")
    assert ear
    await ear.hear(*channels)
    return ear


def words(count: int, text: bytes = b"word") -> list[bytes]:
    return [text + b" %d" % number for number in range(count)]


# ── Channels ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_channel_that_is_not_there_is_said_to_be_missing(carrier: Carrier) -> None:
    engine = carrier.engine
    for room, channel in (("r", "fr"), ("elsewhere", "es")):
        with pytest.raises(KeyError):
            await engine.grant("anna", room, channel, LISTEN, 60)
        with pytest.raises(KeyError):
            await engine.set_active(room, channel, {"anna"})
        with pytest.raises(KeyError):
            await engine.stats(room, channel)
        with pytest.raises(KeyError):
            engine.tap(room, channel)
        await engine.close_channel(room, channel)  # nothing to be done


async def test_channel_that_is_ensured_again_goes_on(carrier: Carrier) -> None:
    microphone, ear = await speaks(carrier, "anna"), await hears(carrier, "ben", "es")
    await carrier.engine.set_active("r", "es", {"anna"})
    await carrier.engine.ensure_channel("r", "es", ONE)
    await microphone.say(b"still here")
    assert await ear.heard() == [b"still here"]


async def test_channels_have_numbers_of_their_own_in_their_room(carrier: Carrier) -> None:
    await carrier.engine.ensure_channel("r", "fr", ONE)
    tickets = [await carrier.engine.grant("anna", "r", channel, LISTEN, 60) for channel in ("floor", "es", "fr", "es")]
    numbers = [ticket.number for ticket in tickets]
    assert (len(set(numbers)), numbers[0], numbers[1] == numbers[3]) == (3, 0, True)
    assert [(ticket.engine, ticket.channel, ticket.use) for ticket in tickets[:2]] == [
        (carrier.engine.name, "floor", LISTEN),
        (carrier.engine.name, "es", LISTEN),
    ]
    assert len({ticket.token for ticket in tickets}) == 4


async def test_channel_that_is_closed_ends_all_that_was_in_it(carrier: Carrier) -> None:
    microphone, ear = await speaks(carrier, "anna"), await hears(carrier, "ben", "es")
    other = await hears(carrier, "ben", "floor")
    unused = await carrier.engine.grant("carla", "r", "es", LISTEN, 60)
    await carrier.engine.set_active("r", "es", {"anna"})
    await carrier.engine.close_channel("r", "es")
    with pytest.raises(KeyError):
        await carrier.engine.stats("r", "es")
    await carrier.engine.ensure_channel("r", "es", ONE)  # another one by that name
    await carrier.engine.set_active("r", "es", {"anna"})
    await microphone.say(b"to nobody")
    assert (await ear.heard(), await other.heard()) == ([], [])
    assert await carrier.listen([unused], "carla", "r") is None
    stats = await carrier.engine.stats("r", "es")
    assert (stats.listeners, stats.speakers, stats.passed) == (0, 0, 0)


# ── Tickets ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def used(carrier: Carrier, ticket: Ticket, person: str = "anna", room: str = "r") -> bool:
    """Whether somebody could use a ticket."""
    if ticket.use == SPEAK:
        return await carrier.speak(ticket, person, room) is not None
    return await carrier.listen([ticket], person, room) is not None


@pytest.fixture(params=[SPEAK, LISTEN])
def use(request: pytest.FixtureRequest) -> Use:
    found: Use = request.param
    return found


async def test_ticket_is_good_once(carrier: Carrier, use: Use) -> None:
    ticket = await carrier.engine.grant("anna", "r", "es", use, 60)
    assert [await used(carrier, ticket), await used(carrier, ticket)] == [True, False]


async def test_ticket_is_good_for_one_person_in_one_room(carrier: Carrier, use: Use) -> None:
    await carrier.engine.ensure_channel("s", "es", ONE)
    ticket = await carrier.engine.grant("anna", "r", "es", use, 60)
    assert not await used(carrier, ticket, person="ben")
    assert not await used(carrier, ticket, room="s")
    assert not await used(carrier, msgspec.structs.replace(ticket, token=ticket.token[:-1]))
    assert not await used(carrier, msgspec.structs.replace(ticket, token=""))
    assert await used(carrier, ticket)  # which those have not spent


async def test_ticket_is_good_for_its_channel_and_its_use(carrier: Carrier) -> None:
    """What a browser makes of it changes nothing."""
    ticket = await carrier.engine.grant("anna", "r", "es", LISTEN, 60)
    assert not await used(carrier, msgspec.structs.replace(ticket, use=SPEAK))
    ticket = await carrier.engine.grant("anna", "r", "es", LISTEN, 60)
    ear = await carrier.listen([ticket], "anna", "r")
    assert ear
    await ear.hear("floor", "es")
    floor, es = await speaks(carrier, "ben", "floor"), await speaks(carrier, "ben", "es")
    for channel in ("floor", "es"):
        await carrier.engine.set_active("r", channel, {"ben"})
    await floor.say(b"not for her")
    await es.say(b"for her")
    assert await ear.heard() == [b"for her"]


async def test_ticket_is_good_for_its_time(carrier: Carrier, use: Use) -> None:
    early, late = [await carrier.engine.grant("anna", "r", "es", use, 60) for _ in range(2)]
    await carrier.wait(59)
    assert await used(carrier, early)
    await carrier.wait(2)
    assert not await used(carrier, late)


async def test_ticket_that_was_revoked_is_good_for_nothing(carrier: Carrier, use: Use) -> None:
    ticket, other = [await carrier.engine.grant(person, "r", "es", use, 60) for person in ("anna", "ben")]
    await carrier.engine.revoke("anna", "r")
    assert not await used(carrier, ticket)
    assert await used(carrier, other, "ben")


async def test_revoking_takes_back_what_it_names_and_nothing_else(carrier: Carrier) -> None:
    cases: list[tuple[str | None, Use | None]] = [("es", SPEAK), ("es", None), (None, LISTEN), ("floor", LISTEN)]
    for channel, use in cases:
        given = [
            await carrier.engine.grant("anna", "r", name, one, 60)
            for name in ("es", "floor")
            for one in (SPEAK, LISTEN)
        ]
        await carrier.engine.revoke("anna", "r", channel, use)
        kept = [(t.channel, t.use) for t in given if not (channel in (None, t.channel) and use in (None, t.use))]
        assert [(t.channel, t.use) for t in given if await used(carrier, t)] == kept


# ── Who is heard ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_who_is_active_is_heard_by_all_who_hear_and_nobody_else_is(carrier: Carrier) -> None:
    anna, ben = await speaks(carrier, "anna"), await speaks(carrier, "ben")
    ears = [await hears(carrier, f"listener {number}", "es") for number in range(3)]
    elsewhere = await hears(carrier, "carla", "floor")
    await anna.say(b"nobody is active")
    await carrier.engine.set_active("r", "es", {"ben"})
    await anna.say(b"not she")
    await ben.say(*words(7))
    assert [await ear.heard() for ear in ears] == [words(7)] * 3
    assert await elsewhere.heard() == []
    stats = await carrier.engine.stats("r", "es")
    assert (stats.listeners, stats.speakers, stats.voices) == (3, 2, frozenset({"ben"}))
    assert (stats.passed, stats.dropped, stats.skipped) == (7, 2, 0)


async def test_voices_change_at_one_moment_for_everybody(carrier: Carrier) -> None:
    anna, ben = await speaks(carrier, "anna"), await speaks(carrier, "ben")
    ears = [await hears(carrier, f"listener {number}", "es") for number in range(3)]
    for active in ({"anna"}, {"ben"}, set(), {"anna"}):
        await carrier.engine.set_active("r", "es", active)
        for number in range(4):
            await anna.say(b"anna %d" % number)
            await ben.say(b"ben %d" % number)
    expected = words(4, b"anna") + words(4, b"ben") + words(4, b"anna")
    assert [await ear.heard() for ear in ears] == [expected] * 3


async def test_channel_of_one_voice_has_one_and_the_floor_has_many(carrier: Carrier) -> None:
    await carrier.engine.set_active("r", "es", {"anna"})
    with pytest.raises(ValueError, match=r"\w"):
        await carrier.engine.set_active("r", "es", {"anna", "ben"})
    assert (await carrier.engine.stats("r", "es")).voices == {"anna"}
    anna, ben = [await speaks(carrier, person, "floor") for person in ("anna", "ben")]
    ear = await hears(carrier, "carla", "floor")
    await carrier.engine.set_active("r", "floor", {"anna", "ben"})
    for number in range(5):
        await anna.say(b"anna %d" % number)
        await ben.say(b"ben %d" % number)
    assert await ear.heard() == [b"%b %d" % (who, number) for number in range(5) for who in (b"anna", b"ben")]


async def test_what_is_carried_is_any_bytes_of_any_length(carrier: Carrier) -> None:
    said = [b"\0", b"\xff" * 1275, bytes(range(256)), b'{"text":1}', b"\x11\x01", b"\x12\xff\xff"]
    microphone, ear = await speaks(carrier, "anna"), await hears(carrier, "ben", "es")
    await carrier.engine.set_active("r", "es", {"anna"})
    await microphone.say(*said)
    assert await ear.heard() == said


async def test_listener_hears_what_passes_while_hearing(carrier: Carrier) -> None:
    es, floor = await speaks(carrier, "anna", "es"), await speaks(carrier, "anna", "floor")
    for channel in ("es", "floor"):
        await carrier.engine.set_active("r", channel, {"anna"})
    ear = await hears(carrier, "ben", "floor", "es")
    for number, channels in enumerate((["es"], ["floor"], [], ["floor", "es"], ["es"])):
        await ear.hear(*channels)
        await es.say(b"es %d" % number)
        await floor.say(b"floor %d" % number)
    heard = await ear.heard()  # between channels there is no order
    assert [data for data in heard if data.startswith(b"es")] == [b"es 0", b"es 3", b"es 4"]
    assert [data for data in heard if data.startswith(b"floor")] == [b"floor 1", b"floor 3"]


async def test_new_microphone_of_a_person_ends_the_older_one(carrier: Carrier) -> None:
    old, ear = await speaks(carrier, "anna"), await hears(carrier, "ben", "es")
    await carrier.engine.set_active("r", "es", {"anna"})
    await old.say(b"old")
    new = await speaks(carrier, "anna")
    await old.say(b"old again")
    await new.say(b"new")
    assert await ear.heard() == [b"old", b"new"]
    assert (await carrier.engine.stats("r", "es")).speakers == 1


async def test_who_was_revoked_speaks_and_hears_no_more(carrier: Carrier) -> None:
    microphone, other = await speaks(carrier, "anna"), await hears(carrier, "carla", "es")
    ear = await hears(carrier, "ben", "es", "floor")
    await carrier.engine.set_active("r", "es", {"anna"})
    await microphone.say(b"one")
    await carrier.engine.revoke("ben", "r", "es")
    await ear.hear("es", "floor")  # in vain
    await microphone.say(b"two")
    assert (await ear.heard(), await other.heard()) == ([b"one"], [b"one", b"two"])
    await carrier.engine.revoke("anna", "r", None, SPEAK)
    await microphone.say(b"three")
    assert await other.heard() == []
    again = await speaks(carrier, "anna")
    await again.say(b"four")
    assert await other.heard() == [b"four"]


async def test_more_packets_than_there_can_be_are_dropped(carrier: Carrier) -> None:
    """A browser sends 50 a second; some more are taken, and many after a line that stood still."""
    microphone, ear = await speaks(carrier, "anna"), await hears(carrier, "ben", "es")
    await carrier.engine.set_active("r", "es", {"anna"})
    await microphone.say(*words(1000), pace=0.002)
    passed = len(await ear.heard())
    assert 100 <= passed <= 2 * 60 + 50
    stats = await carrier.engine.stats("r", "es")
    assert (stats.passed, stats.passed + stats.dropped) == (passed, 1000)


# ── The tap ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_tap_gets_what_passes_from_then_on_until_the_channel_is_closed(carrier: Carrier) -> None:
    microphone = await speaks(carrier, "anna")
    await carrier.engine.set_active("r", "es", {"anna"})
    await microphone.say(b"before")
    one, two = carrier.engine.tap("r", "es"), carrier.engine.tap("r", "es")
    await microphone.say(*words(3))
    await carrier.engine.set_active("r", "es", set())
    await microphone.say(b"not heard")
    await carrier.engine.close_channel("r", "es")
    for tap in (one, two):
        packets = await asyncio.wait_for(everything(tap), 5)
        assert [(packet.person, packet.data) for packet in packets] == [("anna", word) for word in words(3)]
        assert [(packet.seq, packet.time) for packet in packets] == [(n, 960 * n) for n in (1, 2, 3)]
        assert len({packet.source for packet in packets}) == 1
        assert sorted(packet.arrival for packet in packets) == [packet.arrival for packet in packets]


async def test_tap_that_is_read_slowly_loses_the_oldest(carrier: Carrier) -> None:
    microphone, ear = await speaks(carrier, "anna"), await hears(carrier, "ben", "es")
    await carrier.engine.set_active("r", "es", {"anna"})
    tap = carrier.engine.tap("r", "es")
    await microphone.say(*words(3000))
    await carrier.engine.close_channel("r", "es")
    packets = await asyncio.wait_for(everything(tap), 5)
    assert 100 <= len(packets) < 3000
    assert [packet.data for packet in packets] == words(3000)[-len(packets) :]
    assert await ear.heard() == words(3000)


async def test_tap_waits_for_what_comes(carrier: Carrier) -> None:
    microphone = await speaks(carrier, "anna")
    await carrier.engine.set_active("r", "es", {"anna"})
    tap = carrier.engine.tap("r", "es")
    coming = asyncio.create_task(first(tap))
    await asyncio.sleep(0.01)
    assert not coming.done()
    await microphone.say(b"now")
    assert (await asyncio.wait_for(coming, 5)).data == b"now"


async def first(tap: AsyncIterator[Packet]) -> Packet:
    return await anext(tap)


async def everything(tap: AsyncIterator[Packet]) -> list[Packet]:
    return [packet async for packet in tap]


async def test_engine_that_works_says_nothing(carrier: Carrier) -> None:
    await hears(carrier, "ben", "es")
    assert await carrier.engine.health() is None
    assert "audio" in carrier.engine.capabilities
    assert carrier.engine.capabilities <= {"audio", "video", "tap", "cascade", "many"}
