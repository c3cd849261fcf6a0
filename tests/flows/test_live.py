"""What open sockets are told: changes of roles, of the programme, of the room; what a cursor brings back."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx2
import pytest

from hosting import moments, people
from tests.flows.clients import Client, joined
from tests.flows.town import Town
from tests.hosting.programmes import PROGRAMME, take_in
from tests.served import Server, serving


async def ask(client: Client, text: str) -> str:
    reply = await client.do("question.ask", text=text, language="en")
    return str(reply["ok"]["question"])


def published(client: Client, question: str) -> bool:
    return bool(client.screen["questions"].get(question, {}).get("state") == "published")


@asynccontextmanager
async def page(server: Server, cookie: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser's pages, beside its socket."""
    headers = {"origin": server.url, "cookie": f"austausch={cookie}"}
    async with httpx2.AsyncClient(base_url=server.url, headers=headers, trust_env=False) as browser:
        yield browser


async def test_question_is_seen_by_those_who_may_and_by_others_once_published(server: Server, town: Town) -> None:
    room = town.rooms["across-spring"]
    async with (
        joined(server, room, town.cookies["participant"]) as asker,
        joined(server, room, town.cookies["expert"]) as public,
        joined(server, room, town.cookies["interpreter"]) as booth,
        joined(server, room, town.cookies["moderator"]) as crew,
    ):
        id = await ask(asker, "Who holds the key of the sluice?")
        await crew.until(lambda: id in crew.screen["questions"])
        await asker.until(lambda: id in asker.screen["mine"]["questions"])
        assert id not in public.screen["questions"]
        await crew.do("question.publish", question=id, was="submitted")
        for client in (asker, public, booth, crew):
            await client.until(partial(published, client, id))
            assert client.screen["scores"][id] == {"votes": 0}


async def test_votes_are_summed_once_and_shown_to_their_voter_at_once(server: Server, town: Town) -> None:
    room = town.rooms["across-spring"]
    async with (
        joined(server, room, town.cookies["participant"]) as asker,
        joined(server, room, town.cookies["moderator"]) as crew,
        joined(server, room, town.cookies["expert"]) as voter,
        joined(server, room, town.cookies["expert"]) as window,
    ):
        id = await ask(asker, "How high is high?")
        await crew.do("question.publish", question=id)
        assert (await asker.do("question.vote", question=id))["no"]["code"] == "question.own"
        for _ in range(3):
            assert "ok" in await voter.do("question.vote", question=id)
        await window.until(lambda: id in window.screen["mine"]["votes"])
        await asker.until(lambda: asker.screen["scores"].get(id, {}).get("votes") == 1)
        await voter.do("question.unvote", question=id)
        await asker.until(lambda: asker.screen["scores"][id]["votes"] == 0)
        await window.until(lambda: id not in window.screen["mine"]["votes"])


async def test_people_present_are_counted_once_each(server: Server, town: Town) -> None:
    room = town.rooms["after-spring"]
    async with joined(server, room, town.cookies["captioner"]) as one:
        await one.until(lambda: one.screen["people"]["people"]["present"] == 1)
        async with joined(server, room, town.cookies["captioner"]), joined(server, room, town.cookies["moderator"]):
            await one.until(lambda: one.screen["people"]["people"]["present"] == 2)
        await one.until(lambda: one.screen["people"]["people"]["present"] == 1)


async def test_cursor_brings_what_changed_and_a_foreign_one_everything(server: Server, town: Town) -> None:
    room, cookie = town.rooms["across-spring"], town.cookies["participant"]
    async with joined(server, room, cookie) as client:
        before = client.cursor
        id = await ask(client, "What was missed?")
    async with joined(server, room, cookie, cursor=before) as back:
        assert "put" in back.first
        assert id in back.first["put"]["mine"]["questions"]
        assert set(back.first["put"]["mine"]) == {"questions", "votes", "channel", "hand"}
    for cursor in (f"other:{back.seq}", f"{back.epoch}:{back.seq + 1000}", "nonsense", f"{back.epoch}:-1"):
        async with joined(server, room, cookie, cursor=cursor) as fresh:
            assert "all" in fresh.first, cursor
    async with joined(server, room, town.cookies["moderator"], cursor=before) as crew:
        assert "all" in crew.first  # a cursor belongs to its audience


async def test_given_and_taken_role_reaches_an_open_socket_within_two_seconds(server: Server, town: Town) -> None:
    room = town.rooms["across-spring"]
    grant = town.add("rising", "participant")
    async with joined(server, room, town.cookies["rising"]) as client:
        assert client.first["you"]["role"] == "participant"
        began = time.monotonic()
        town.write(lambda sql: people.revoke(sql, grant))
        again = town.write(
            lambda sql: people.grant(sql, town.people["rising"], "moderator", "spring", None, moments.now())
        )
        await client.until(lambda: client.whole["you"]["role"] == "moderator")
        assert time.monotonic() - began < 2
        assert "all" in client.whole
        assert "question.publish" in client.whole["you"]["rights"]
        town.write(lambda sql: people.revoke(sql, again))
        await client.until(lambda: client.whole["you"]["role"] == "participant")
        assert (await client.do("question.publish", question="x"))["no"]["code"] == "role.missing"


async def test_role_lost_in_a_closed_circle_ends_the_connection(server: Server, town: Town) -> None:
    grant = town.add("insider", "participant", exchange="circle")
    async with joined(server, town.rooms["behind-doors"], town.cookies["insider"]) as client:
        town.write(lambda sql: people.revoke(sql, grant))
        assert await client.closed() == 4003


async def test_changed_programme_reaches_open_rooms(server: Server, town: Town) -> None:
    room = town.rooms["after-spring"]
    async with joined(server, room, town.cookies["participant"]) as client:
        changed = PROGRAMME.replace("After the clocks went forward", "After the clocks went on")
        database = town.database()
        take_in(database, changed)
        database.stop()
        await client.until(lambda: client.screen["room"]["room"]["title"] == "After the clocks went on")


async def test_guest_reads_then_gives_a_name_and_asks(server: Server, town: Town) -> None:
    cookie, _ = town.write(lambda sql: people.open_guest(sql, moments.now()))
    async with joined(server, town.rooms["across-spring"], cookie) as guest:
        assert guest.first["you"]["name"] is None
        refused = await guest.do("question.ask", text="Who am I?", language="en")
        assert refused["no"]["code"] == "name.missing"
        await guest.send({"hello": {"name": "\u202e  \u200b", "language": "en"}})
        await guest.until(lambda: any(frame.get("no", {}).get("code") == "name.invalid" for frame in guest.frames))
        await guest.send({"hello": {"name": " Yara \u202eKhoury ", "language": "ar"}})
        await guest.until(lambda: guest.whole["you"]["name"] == "Yara Khoury")
        assert "ok" in await guest.do("question.ask", text="Who am I now?", language="en")


async def test_flood_is_slowed_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    town = Town(tmp_path / "data")
    town.add("eager", "participant")
    room = town.rooms["across-spring"]
    with serving(town.folder) as server:
        async with joined(server, room, town.cookies["eager"]) as client:
            for number in range(30):
                await client.send({"id": f"f{number}", "do": "question.withdraw", "with": {"question": "x"}})
            await client.until(lambda: len(client.replies) == 30)
            codes = [client.replies[f"f{number}"]["no"]["code"] for number in range(30)]
            assert codes[:10] == ["question.unknown"] * 10
            assert codes.count("rate.limited") >= 15
            limited = next(reply["no"] for reply in client.replies.values() if reply["no"]["code"] == "rate.limited")
            assert 0 < limited["after"] <= 1


@pytest.mark.parametrize("state", ["paused", "closed"])
async def test_room_that_is_not_open_says_so(server: Server, town: Town, state: str) -> None:
    room = town.rooms["before-spring"]
    async with (
        joined(server, room, town.cookies["moderator"]) as crew,
        joined(server, room, town.cookies["participant"]) as client,
    ):
        if crew.screen["room"]["room"]["state"] != "open":
            await crew.do("room.open")
        await crew.do(f"room.{'pause' if state == 'paused' else 'close'}")
        refused = await client.do("question.ask", text="Still there?", language="en")
        assert refused["no"]["code"] == f"room.{state}"
        assert (await crew.do("room.open"))["ok"] == {"room": room}
        assert (await crew.do("room.open"))["no"]["code"] == "state.changed"


async def test_name_given_on_a_page_reaches_open_sockets(server: Server, town: Town) -> None:
    cookie, _ = town.write(lambda sql: people.open_guest(sql, moments.now()))
    async with joined(server, town.rooms["across-spring"], cookie) as guest, page(server, cookie) as browser:
        await browser.post("/me", data={"name": "Yara Khoury", "language": "ar"})
        await guest.until(lambda: guest.whole["you"]["name"] == "Yara Khoury")
        assert "ok" in await guest.do("question.ask", text="Who am I now?", language="en")


async def test_name_given_again_is_written_nowhere(server: Server, town: Town) -> None:
    cookie, _ = town.write(lambda sql: people.open_guest(sql, moments.now()))
    async with joined(server, town.rooms["across-spring"], cookie) as guest:
        await guest.send({"hello": {"name": "Lou"}})
        await guest.until(lambda: guest.whole["you"]["name"] == "Lou")
        before = (await guest.do("question.ask", text="First?", language="en"))["seq"]
        for _ in range(10):
            await guest.send({"hello": {"name": "Lou"}})
        assert (await guest.do("question.ask", text="Second?", language="en"))["seq"] == before + 1


async def test_sign_out_ends_the_sockets_of_one_browser(server: Server, town: Town) -> None:
    town.add("two", "participant")
    room, here = town.rooms["across-spring"], town.cookies["two"]
    there = town.write(lambda sql: people.open_sign_in(sql, town.people["two"], moments.now()))
    async with (
        joined(server, room, here) as leaving,
        joined(server, room, there) as staying,
        page(server, here) as browser,
    ):
        await browser.post("/sign-out")
        assert await leaving.closed() == 4001
        assert "ok" in await staying.do("question.ask", text="Still here?", language="en")


async def test_sign_out_everywhere_ends_all_sockets_and_tokens(server: Server, town: Town) -> None:
    town.add("lost", "participant")
    room, here = town.rooms["across-spring"], town.cookies["lost"]
    there = town.write(lambda sql: people.open_sign_in(sql, town.people["lost"], moments.now()))
    token = town.write(lambda sql: people.api_token(sql, town.people["lost"], 1, moments.now()))
    async with (
        joined(server, room, there) as thief,
        joined(server, room, bearer=token) as program,
        page(server, here) as browser,
    ):
        await browser.post("/sign-out", data={"everywhere": "yes"})
        assert (await thief.closed(), await program.closed()) == (4001, 4001)
    async with joined(server, room, there) as again, joined(server, room, bearer=token) as once_more:
        assert (await again.closed(), await once_more.closed()) == (4001, 4001)


async def test_snapshot_for_programs_is_the_callers_own(server: Server, town: Town) -> None:
    town.add("reader", "participant")
    room, cookie = town.rooms["across-spring"], town.cookies["reader"]
    async with joined(server, room, cookie) as client, page(server, cookie) as browser:
        made = await client.do("question.ask", text="Mine alone?", language="en")
        shown = (await browser.get(f"/api/rooms/{room}")).json()
        assert shown.keys() == {"all", "seq", "epoch", "you", "at"} == client.first.keys()
        assert list(shown["all"]["mine"]["questions"]) == [made["ok"]["question"]]
        assert shown["you"] == client.first["you"]
