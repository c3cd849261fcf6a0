"""Interpretation on a real server: who has lost the line or the role leaves the air, who is back in time does not."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from hosting import moments, people
from rooms import presence
from tests.flows.clients import Client, joined
from tests.flows.sending import Sender
from tests.flows.town import Town
from tests.hosting import decks
from tests.served import Server, start

SLACK = 10.0  # seconds that a machine under load may take


@pytest.fixture
def own(tmp_path: Path) -> Town:
    """A town of its own with a second interpreter, and a captioner who interprets, too; its server will be ended."""
    town = Town(tmp_path / "data")
    town.add("second", "interpreter")
    town.add("both", "captioner")
    town.write(lambda sql: people.grant(sql, town.people["both"], "interpreter", "spring", None, moments.now()))
    return town


def channel(client: Client, language: str) -> dict[str, Any]:
    """Who is on air in a channel, and what is offered."""
    shown = client.screen["channels"][language]
    return {"state": shown["state"], "on_air": (shown["interpreter"] or {}).get("id"), "offer": shown["offer"]}


async def speak(client: Client, language: str) -> None:
    for command in ("booth.enter", "booth.on_air"):
        reply = await client.do(command, language=language)
        assert reply["ok"] == {"language": language}


async def silent(client: Client, language: str) -> float:
    """Wait until a channel is silent; how many seconds that took."""
    began = time.monotonic()
    async with asyncio.timeout(presence.LEASE + SLACK), client.news:
        await client.news.wait_for(lambda: channel(client, language)["state"] == "silent")
    return time.monotonic() - began


async def opened(server: Server, town: Town, room: str) -> None:
    async with joined(server, room, town.cookies["moderator"]) as crew:
        assert "ok" in await crew.do("room.open")


async def test_crash_leaves_booths_and_uploads_as_they_were_and_whoever_is_not_back_in_time_off_the_air(
    own: Town,
) -> None:
    room, server = own.rooms["before-spring"], start(own.folder, rate=0)
    await opened(server, own, room)
    deck = decks.padded(decks.deck(2), 2_000_000)
    with Sender(server, own) as sender:  # an upload that is half way when the server is killed
        upload = await asyncio.to_thread(sender.begin, len(deck))
        assert await asyncio.to_thread(sender.patch, upload, 0, deck[:1_000_000]) == 204
    async with (
        joined(server, room, own.cookies["interpreter"]) as ida,
        joined(server, room, own.cookies["second"]) as igor,
        joined(server, room, own.cookies["both"]) as both,
    ):
        await speak(ida, "fr")
        await igor.do("booth.enter", language="fr")
        assert "ok" in await ida.do("booth.offer", language="fr")
        await speak(both, "ar")
        server.kill()
    again = start(own.folder, rate=0)
    async with (
        joined(again, room, own.cookies["moderator"]) as crew,
        joined(again, room, own.cookies["second"]),
        joined(again, room, own.cookies["both"]) as back,
    ):
        id, other = own.people["interpreter"], own.people["both"]
        assert channel(crew, "fr") == {"state": "live", "on_air": id, "offer": {"by": id, "kind": "offer"}}
        assert channel(crew, "ar") == {"state": "live", "on_air": other, "offer": None}
        took = await silent(crew, "fr")
        assert took > presence.LEASE / 2  # from the first frame on, which comes after the start
        assert channel(crew, "fr") == {"state": "silent", "on_air": None, "offer": None}
        assert [person["id"] for person in crew.screen["channels"]["fr"]["booth"]] == [id, own.people["second"]]
        await asyncio.sleep(1)
        assert channel(back, "ar") == {"state": "live", "on_air": other, "offer": None}  # a captioner, too
    with Sender(again, own) as sender:
        assert await asyncio.to_thread(sender.offset, upload) == 1_000_000
        await asyncio.to_thread(sender.finish, upload, deck)
        assert (await asyncio.to_thread(sender.converted, upload))["state"] == "ready"
        assert await asyncio.to_thread(sender.original, upload) == deck
    assert again.stop() == 0


async def test_role_taken_back_leaves_the_air_and_a_short_absence_does_not(own: Town) -> None:
    room, server = own.rooms["before-spring"], start(own.folder, rate=0)
    await opened(server, own, room)
    grant = own.add("temporary", "interpreter")
    async with (
        joined(server, room, own.cookies["moderator"]) as crew,
        joined(server, room, own.cookies["temporary"]) as temporary,
    ):
        await speak(temporary, "fr")
        async with joined(server, room, own.cookies["second"]) as igor:
            await speak(igor, "ar")
        own.write(lambda sql: people.revoke(sql, grant))
        await asyncio.sleep(presence.LEASE * 0.4)
        async with joined(server, room, own.cookies["second"]) as igor:
            assert await silent(crew, "fr") < presence.LEASE + SLACK
            assert temporary.frames[-1].get("bye") is None  # still here, as a participant of a public exchange
            assert (await temporary.do("booth.on_air", language="fr"))["no"]["code"] == "role.missing"
            assert channel(igor, "ar") == {"state": "live", "on_air": own.people["second"], "offer": None}
    assert server.stop() == 0


async def test_captions_are_kept_shown_or_refused(server: Server, town: Town) -> None:
    room = town.rooms["before-spring"]
    async with (
        joined(server, room, town.cookies["moderator"]) as crew,
        joined(server, room, town.cookies["captioner"]) as scribe,
        joined(server, room, town.cookies["participant"]) as reader,
    ):
        await crew.do("room.open")
        before = reader.cursor
        for size in (10_000, 1_001):
            refused = await scribe.do("caption.add", language="en", text="x" * size)
            assert refused["no"]["code"] == "caption.length"
        for verb, facts in (("add", {}), ("interim", {}), ("correct", {"caption": "x"})):
            facts = facts or {"language": "en"}
            assert (await reader.do(f"caption.{verb}", text="Hello", **facts))["no"]["code"] == "role.missing"
        passing = (await scribe.do("caption.add", language="en", text="Not kept."))["ok"]["caption"]
        await reader.until(lambda: passing in reader.screen["captions"])
        await crew.do("room.record", state="on")
        await scribe.do("caption.interim", language="en", text="Kept, of c")
        await reader.until(lambda: "interim-en" in reader.screen["captions"])
        kept = (await scribe.do("caption.add", language="en", text="Kept, of course."))["ok"]["caption"]
        await reader.until(lambda: kept in reader.screen["captions"] and "interim-en" not in reader.screen["captions"])
        assert "ok" in await crew.do("caption.correct", caption=kept, text="Kept.")
        await crew.do("room.record", state="off")
    async with joined(server, room, town.cookies["participant"], cursor=before) as back:
        shown = back.first["put"]["captions"]
        assert {id: (line["text"], line["source"]) for id, line in shown.items()} == {kept: ("Kept.", "corrected")}


async def test_choice_of_what_to_hear_is_found_again(server: Server, town: Town) -> None:
    room, cookie = town.rooms["before-spring"], town.cookies["expert"]
    async with (
        joined(server, room, town.cookies["moderator"]) as crew,
        joined(server, room, cookie) as one,
        joined(server, room, cookie) as other,
    ):
        await crew.do("room.open")
        reply = await one.do("channel.choose", id="hear", language="fr")
        assert reply["ok"] == {"language": "fr"}
        await other.until(lambda: other.screen["mine"].get("channel") == "fr")
        await crew.until(lambda: crew.screen["listeners"]["fr"]["number"] == 1)
        assert "listeners" not in one.screen
        assert (await one.do("channel.choose", language="zh"))["no"]["code"] == "channel.unknown"
    async with joined(server, room, cookie, cursor=one.cursor) as back, joined(server, room, cookie) as third:
        assert (back.first["put"]["mine"]["channel"], third.first["all"]["mine"]["channel"]) == ("fr", "fr")
        assert await back.do("channel.choose", id="hear", language="fr") == reply
        assert (await back.do("channel.choose", id="hear", language="ar"))["no"]["code"] == "command.reused"
