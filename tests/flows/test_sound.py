"""Sound on a real server: heard is who the room says, from one moment on; all others are dropped or sent away."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from hosting import people
from hosting.packets import ECHO
from tests.flows.clients import Client, joined
from tests.flows.sounds import Ears, Voice, asked, ears, fenced
from tests.flows.town import Town
from tests.served import Server, serving, start

SOON = 2.0  # seconds (PROTOCOL: a change of grant)
GAP = 0.2  # seconds that a hand-over may be silent


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = Town(tmp_path_factory.mktemp("sound") / "data")
    town.add("second", "interpreter")
    town.add("guest", "participant")
    return town


@pytest.fixture(scope="module")
def house(place: Town) -> Iterator[Server]:
    with serving(place.folder, rate=0) as server:
        yield server


@pytest.fixture
def room(place: Town) -> str:
    return place.rooms["before-spring"]


class Stand:
    """Everybody of the town in one room, each with a live socket and one of sound."""

    def __init__(self, server: Server, town: Town, room: str, stack: AsyncExitStack) -> None:
        self.server, self.town, self.room, self.stack = server, town, room, stack
        self.live: dict[str, Client] = {}

    async def joins(self, name: str) -> Client:
        if name not in self.live:
            self.live[name] = await self.stack.enter_async_context(
                joined(self.server, self.room, self.town.cookies[name])
            )
        return self.live[name]

    async def ears(self, name: str) -> Ears:
        return await self.stack.enter_async_context(ears(self.server, self.room, self.town.cookies[name]))

    async def do(self, name: str, command: str, **facts: str) -> None:
        reply = await (await self.joins(name)).do(command, **facts)
        assert "ok" in reply, reply

    async def refused(self, name: str, **wanted: Any) -> tuple[int, str]:
        answer = await asked(self.server, self.room, self.town.cookies[name], **wanted)
        return answer.status_code, answer.json()["no"]["code"]


@pytest.fixture
async def stand(house: Server, place: Town, room: str) -> AsyncIterator[Stand]:
    async with AsyncExitStack() as stack:
        here = Stand(house, place, room, stack)
        await (await here.joins("moderator")).do("room.open")  # unless it is
        yield here
        for name, client in here.live.items():
            if name in ("interpreter", "second"):
                await client.do("booth.leave", language="fr")


def sources(one: Ears, channel: str) -> list[int]:
    """Who was heard, one after the other."""
    found = [source for source, *_ in one.heard[channel]]
    return [source for place, source in enumerate(found) if place == 0 or found[place - 1] != source]


async def test_interpreter_is_heard_while_on_air_and_not_before_or_after(stand: Stand) -> None:
    listener, booth = await stand.ears("participant"), await stand.ears("interpreter")
    await listener.hear("fr")
    await stand.do("interpreter", "booth.enter", language="fr")
    await booth.redeem(speak="fr")
    voice = booth.voice("fr")
    await voice.say(5)
    await booth.fence()
    await stand.do("interpreter", "booth.on_air", language="fr")
    await booth.until(lambda: booth.open == {str(voice.source): True})
    first = voice.seq
    await voice.say(10)
    await listener.until(lambda: len(listener.heard["fr"]) == 10)
    await stand.do("interpreter", "booth.off_air", language="fr")
    await booth.until(lambda: booth.open == {str(voice.source): False})
    await voice.say(5)
    await fenced(booth, listener)
    assert [seq for _, seq, *_ in listener.heard["fr"]] == list(range(first, first + 10))
    assert {data for *_, data in listener.heard["fr"]} == {b"a voice in twenty milliseconds"}
    assert booth.heard == {}  # nobody hears themselves


async def test_hand_over_is_one_moment_for_everybody(stand: Stand) -> None:
    first, second = await stand.ears("interpreter"), await stand.ears("second")
    listeners = [await stand.ears("participant"), await stand.ears("guest"), await stand.ears("moderator")]
    for listener in listeners:
        await listener.hear("fr")
    for name, booth in (("interpreter", first), ("second", second)):
        await stand.do(name, "booth.enter", language="fr")
        await booth.redeem(speak="fr")
    await stand.do("interpreter", "booth.on_air", language="fr")
    voices = {"interpreter": first.voice("fr"), "second": second.voice("fr")}

    async def hand_over(giver: str, taker: str) -> float:
        """The longest silence that anybody heard, in seconds."""
        for one in listeners:
            one.heard.clear()
        async with voices[giver].speaking(), voices[taker].speaking():
            await asyncio.sleep(0.3)
            await stand.do(giver, "booth.offer", language="fr")
            await asyncio.sleep(0.1)
            await stand.do(taker, "booth.accept", language="fr")
            await asyncio.sleep(0.3)
        await fenced(first, second, *listeners)
        heard = [[(source, seq) for source, seq, *_ in one.heard["fr"]] for one in listeners]
        assert heard[0] == heard[1] == heard[2]
        came = [[moment for *_, moment, _ in one.heard["fr"]] for one in listeners]
        for one in listeners:
            assert sources(one, "fr") == [voices[giver].source, voices[taker].source]
        return max(later - earlier for moments in came for earlier, later in itertools.pairwise(moments))

    assert await hand_over("interpreter", "second") < GAP
    assert await hand_over("second", "interpreter") < GAP


async def test_floor_has_several_voices_and_only_those_with_the_floor(stand: Stand) -> None:
    crew, guest, listener = [await stand.ears(name) for name in ("moderator", "guest", "participant")]
    await listener.hear("floor")
    assert await stand.refused("guest", speak="floor") == (403, "sound.not_yours")
    await crew.redeem(speak="floor")
    await stand.do("guest", "hand.raise")
    await stand.do("moderator", "hand.call", person=stand.town.people["guest"])
    await guest.redeem(speak="floor")
    voices = [crew.voice("floor"), guest.voice("floor")]
    async with voices[0].speaking(), voices[1].speaking():
        await listener.until(
            lambda: {voice.source for voice in voices} == {each[0] for each in listener.heard["floor"]}
        )
        await stand.do("moderator", "hand.done", person=stand.town.people["guest"])
        await guest.until(lambda: guest.open == {str(voices[1].source): False})
        await listener.fence()
        listener.heard.clear()
        await asyncio.sleep(0.3)
    await fenced(guest, crew, listener)
    assert sources(listener, "floor") == [voices[0].source]


async def test_expert_has_a_microphone_from_checking_in_and_is_heard_on_air(stand: Stand) -> None:
    expert, listener = await stand.ears("expert"), await stand.ears("participant")
    await listener.hear("floor")
    contributions = (await stand.joins("expert")).screen["contributions"]
    slot = next(id for id, each in contributions.items() if each["state"] == "invited")
    assert await stand.refused("expert", speak="floor") == (403, "sound.not_yours")
    await stand.do("expert", "contribution.confirm", contribution=slot)
    await stand.do("expert", "contribution.check_in", contribution=slot)
    await expert.redeem(speak="floor")
    voice = expert.voice("floor")
    await voice.say(5)
    await expert.fence()
    await stand.do("moderator", "contribution.air", contribution=slot)
    await expert.until(lambda: expert.open.get(str(voice.source)) is True)
    await voice.say(5)
    await listener.until(lambda: len(listener.heard["floor"]) == 5)
    await stand.do("moderator", "contribution.finish", contribution=slot)
    await expert.until(lambda: expert.open[str(voice.source)] is False)


async def test_whoever_is_outside_the_booth_or_lost_the_role_has_no_microphone(stand: Stand) -> None:
    assert await stand.refused("interpreter", speak="fr") == (400, "booth.outside")
    assert await stand.refused("participant", speak="fr") == (400, "booth.outside")
    assert await stand.refused("participant", listen=["xx"]) == (400, "channel.unknown")
    assert await stand.refused("participant", listen="all") == (400, "command.invalid")
    assert (await asked(stand.server, stand.room, "nobody", listen="*")).status_code == 401
    grant = stand.town.add("passing", "moderator")
    crew, listener = await stand.ears("passing"), await stand.ears("participant")
    await crew.redeem(speak="floor")
    await listener.hear("floor")
    voice = crew.voice("floor")
    async with voice.speaking():
        await listener.until(lambda: len(listener.heard["floor"]) > 3)
        began = time.monotonic()
        stand.town.write(lambda sql: people.revoke(sql, grant))
        await crew.until(lambda: crew.open.get(str(voice.source)) is False, SOON + 1)
        assert time.monotonic() - began < SOON + 0.5  # it is noticed each second
    assert await stand.refused("passing", speak="floor") == (403, "sound.not_yours")


async def test_ticket_from_before_a_role_was_lost_gives_no_voice_to_who_had_no_socket_then(stand: Stand) -> None:
    grant = stand.town.add("early", "moderator")
    given = await asked(stand.server, stand.room, stand.town.cookies["early"], speak="floor")
    token = given.json()["ok"]["tickets"][0]["token"]
    stand.town.write(lambda sql: people.revoke(sql, grant))
    await asyncio.sleep(SOON)
    assert await stand.refused("early", speak="floor") == (403, "sound.not_yours")
    crew, listener = await stand.ears("early"), await stand.ears("participant")
    await listener.hear("floor")
    await crew.send({"redeem": [token]})
    await crew.until(lambda: ("speak", "floor") in crew.rights)
    await crew.until(lambda: bool(crew.open))
    assert crew.open == {str(crew.voice("floor").source): False}
    await crew.voice("floor").say(5)
    await fenced(crew, listener)
    assert listener.heard["floor"] == []


async def test_interpreter_who_loses_the_role_on_air_is_not_heard_until_the_lease_is_over(stand: Stand) -> None:
    grant = stand.town.add("brief", "interpreter")
    booth, listener = await stand.ears("brief"), await stand.ears("participant")
    await listener.hear("fr")
    await stand.do("brief", "booth.enter", language="fr")
    await stand.do("brief", "booth.on_air", language="fr")
    await booth.redeem(speak="fr")
    async with booth.voice("fr").speaking():
        await listener.until(lambda: len(listener.heard["fr"]) > 3)
        stand.town.write(lambda sql: people.revoke(sql, grant))
        revoked = {"revoked": {"channel": "fr", "use": "speak"}}
        await booth.until(lambda: revoked in booth.texts, SOON + 1)
        await listener.fence()
        heard = len(listener.heard["fr"])
        assert await stand.refused("brief", speak="fr") == (403, "sound.not_yours")
        await asyncio.sleep(0.3)
        await fenced(booth, listener)
        assert len(listener.heard["fr"]) == heard


async def test_whoever_is_removed_or_signed_out_hears_nothing_more(stand: Stand) -> None:
    stand.town.add("rude")
    stand.town.add("leaving")
    rude, leaving = await stand.ears("rude"), await stand.ears("leaving")
    await rude.hear("floor")
    await leaving.hear("floor")
    await stand.do("moderator", "room.remove", person=stand.town.people["rude"])
    assert await rude.closed() == 4003
    assert await stand.refused("rude", listen="*") == (403, "person.removed")
    cookie = stand.town.cookies["leaving"]
    stand.town.write(lambda sql: people.close_sign_in(sql, people.digest(cookie)))
    assert await leaving.closed() == 4001


async def test_ticket_is_good_once_for_one_person_and_one_room(stand: Stand) -> None:
    one, other = await stand.ears("participant"), await stand.ears("guest")
    [ticket] = await one.tickets(listen=["fr"])
    await other.send({"redeem": [ticket["token"]]})
    await other.until(lambda: any("no" in text for text in other.texts))
    assert other.texts[-1]["no"]["code"] == "sound.ticket"
    await one.send({"redeem": [ticket["token"]]})
    await one.until(lambda: ("listen", "fr") in one.rights)
    await one.send({"redeem": [ticket["token"], "made-up"]})
    await one.until(lambda: any("no" in text for text in one.texts))
    again = await stand.ears("participant")
    await again.send({"hear": ["fr"]})
    await again.until(lambda: again.hearing == [])  # nothing was redeemed on this socket


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"hear": 7}', '{"redeem": ["a"], "hear": []}', "{}", '{"speak": "fr"}', '{"leave": "x"}']
)
async def test_texts_that_say_nothing_end_the_socket(stand: Stand, text: str) -> None:
    one = await stand.ears("participant")
    await one.socket.send(text)
    assert await one.closed() == 4000


@pytest.mark.parametrize("frame", [b"", b"x", b"\x11" * 16, b"\x21" + b"x" * 40, b"\x12\x00", b"\x11" + b"x" * 1_291])
async def test_messages_that_are_no_packets_end_the_socket(stand: Stand, frame: bytes) -> None:
    one = await stand.ears("participant")
    await one.redeem(listen="*")
    await one.socket.send(frame)
    assert await one.closed() == 4000


async def test_sockets_are_refused_to_foreign_pages_strangers_and_unknown_rooms(stand: Stand, house: Server) -> None:
    with pytest.raises(InvalidStatus) as foreign:
        async with ears(house, stand.room, stand.town.cookies["participant"], origin="https://elsewhere.example"):
            pass
    assert foreign.value.response.status_code == 403
    async with ears(house, stand.room, "nobody") as stranger:
        assert await stranger.closed() == 4001
    answer = await asked(house, stand.room, stand.town.cookies["participant"], "https://elsewhere.example", listen="*")
    assert answer.status_code == 403  # tickets neither
    async with ears(house, "no-such-room", stand.town.cookies["participant"]) as lost:
        assert await lost.closed() == 4004
    async with ears(house, stand.town.rooms["behind-doors"], stand.town.cookies["guest"]) as outside:
        assert await outside.closed() == 4003


async def test_ninth_socket_of_a_person_is_one_too_many(stand: Stand) -> None:
    stand.town.add("many", "participant")
    open_ = [await stand.ears("many") for _ in range(8)]
    for one in open_:
        await one.redeem(listen="*")
    ninth = await stand.ears("many")
    assert await ninth.closed() == 4009


async def test_own_voice_comes_back_as_an_echo_to_nobody_else(stand: Stand) -> None:
    one, other = await stand.ears("participant"), await stand.ears("participant")
    await one.redeem(listen="*")
    await other.hear("floor")
    await Voice(one, ECHO, 0).say(5)
    await one.until(lambda: len(one.heard["echo"]) == 5)
    await other.fence()
    assert other.heard == {}


async def test_closing_the_room_ends_all_sound_and_closing_a_channel_its_own(house: Server, place: Town) -> None:
    room = place.rooms["across-spring"]
    async with AsyncExitStack() as stack:
        here = Stand(house, place, room, stack)
        await here.do("moderator", "room.open")
        language = "ka"
        await here.do("moderator", "channel.open", language=language)
        booth, listener, crew = [await here.ears(name) for name in ("interpreter", "participant", "moderator")]
        await here.do("interpreter", "booth.enter", language=language)
        await here.do("interpreter", "booth.on_air", language=language)
        await booth.redeem(speak=language)
        await crew.redeem(speak="floor")
        await listener.hear(language, "floor")
        async with booth.voice(language).speaking(), crew.voice("floor").speaking():
            await listener.until(lambda: min(len(listener.heard[name]) for name in (language, "floor")) > 3)
            await here.do("moderator", "channel.close", language=language)
            await booth.until(lambda: any("revoked" in text for text in booth.texts))
            await listener.fence()
            listener.heard.clear()
            await listener.until(lambda: len(listener.heard["floor"]) > 3)
            assert listener.heard[language] == []
            await here.do("moderator", "room.close")
            await crew.until(lambda: any("revoked" in text for text in crew.texts))
            await listener.fence()
            listener.heard.clear()
            await asyncio.sleep(0.2)
            await fenced(crew, listener)
            assert listener.heard["floor"] == []
        assert await here.refused("participant", listen="*") == (400, "room.closed")


async def test_server_that_ends_says_when_to_come_back_and_sound_goes_on_with_new_tickets(tmp_path: Path) -> None:
    town = Town(tmp_path / "data")
    room, server = town.rooms["before-spring"], start(town.folder, rate=0)
    async with AsyncExitStack() as stack:
        here = Stand(server, town, room, stack)
        await here.do("moderator", "room.open")
        await here.do("interpreter", "booth.enter", language="fr")
        await here.do("interpreter", "booth.on_air", language="fr")
        listener = await here.ears("participant")
        await listener.hear("fr")
        stopping = asyncio.create_task(asyncio.to_thread(server.stop))
        assert await listener.closed() == 1012
        assert await stopping == 0
        assert [text["bye"]["code"] for text in listener.texts if "bye" in text] == [1012]
    again = start(town.folder, rate=0)
    try:
        async with AsyncExitStack() as stack:
            here = Stand(again, town, room, stack)
            await here.joins("interpreter")  # who is on air still
            booth, listener = await here.ears("interpreter"), await here.ears("participant")
            await listener.hear("fr")
            await booth.redeem(speak="fr")
            voice = booth.voice("fr")
            await booth.until(lambda: booth.open == {str(voice.source): True})
            await voice.say(5)
            await listener.until(lambda: len(listener.heard["fr"]) == 5)
    finally:
        assert again.stop() == 0
