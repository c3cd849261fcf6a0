"""An overrun reaches everybody outside its room: crew and booth of the next, pages, calendar; and goes again."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from icalendar import Calendar

from tests.flows.clients import Client, joined
from tests.flows.today import Day
from tests.hosting.days import RANIA
from tests.served import Server, serving

SOON = 2.0  # seconds within which everybody must know
MODERATOR, INTERPRETER, GUEST = "moderator", "interpreter", "participant"


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> Day:
    return Day(tmp_path_factory.mktemp("day") / "data")


@pytest.fixture(scope="module")
def server(today: Day) -> Iterator[Server]:
    with serving(today.folder, rate=0) as server:
        yield server


@asynccontextmanager
async def browser(server: Server, cookie: str = "") -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"origin": server.url, **({"cookie": f"austausch={cookie}"} if cookie else {})}
    async with httpx2.AsyncClient(base_url=server.url, headers=headers, trust_env=False) as pages:
        yield pages


def conflict(client: Client) -> dict[str, Any]:
    """The one conflict on a screen; nothing where there is none."""
    return next(iter(client.screen["conflicts"].values()), {})


def titles(found: dict[str, Any]) -> tuple[str, str]:
    return found["here"]["titles"]["en"], found["there"]["titles"]["en"]


async def event(pages: httpx2.AsyncClient, title: str) -> Any:
    """An entry of the calendar, whose fields have no types."""
    body = (await pages.get("/exchanges/day/schedule.ics")).content
    return next(each for each in Calendar.from_ical(body).walk("VEVENT") if each["SUMMARY"] == title)


async def within(seconds: float, began: float, client: Client, found: Callable[[], bool]) -> None:
    await client.until(found)
    assert time.monotonic() - began < seconds


async def begin(crew: Client) -> dict[str, Any]:
    """Open the room and start its first item; that item."""
    if crew.screen["room"]["room"]["state"] != "open":
        await crew.do("room.open")
    await crew.until(lambda: crew.screen["room"]["room"]["state"] == "open")
    first = min(crew.screen["agenda"], key=lambda id: crew.screen["agenda"][id]["order"])
    if crew.screen["agenda"][first]["state"] == "waiting":
        assert "ok" in await crew.do("agenda.start", item=first)
    return {"item": first, "minutes": crew.screen["agenda"][first]["minutes"]}


async def test_extension_is_known_everywhere_within_two_seconds_and_gone_when_it_is_cut(
    server: Server, today: Day
) -> None:
    """The session begins two minutes late; with eight more Rania is due in the next before this one ends."""
    async with (
        joined(server, today.here, today.cookies[MODERATOR]) as crew,
        joined(server, today.next, today.cookies[MODERATOR]) as other,
        joined(server, today.next, today.cookies[INTERPRETER]) as booth,
        joined(server, today.next, today.cookies[GUEST]) as public,
        browser(server) as pages,
    ):
        first = await begin(crew)
        await asyncio.sleep(1)
        assert (crew.screen["conflicts"], other.screen["conflicts"]) == ({}, {})
        for path in ("/exchanges/day", "/", f"/rooms/{today.next}"):
            await pages.get(path)  # drawn for the first time, each takes longer
        before = await event(pages, "Session now")
        began = time.monotonic()
        assert "ok" in await crew.do("agenda.extend", item=first["item"], minutes=8, how="shift")
        for client in (crew, other, booth):
            await within(SOON, began, client, lambda client=client: bool(conflict(client)))  # type: ignore[misc]  # bound at once
        found = conflict(other)
        assert (found["person"], found["kind"], titles(found)) == (RANIA, "expert", ("Session next", "Session now"))
        assert (found["here"]["room"], found["there"]["room"]) == (today.next, today.here)
        assert titles(conflict(crew)) == ("Session now", "Session next")
        assert conflict(booth) == found
        programme_page, front = (await pages.get("/exchanges/day")).text, (await pages.get("/")).text
        lobby = (await pages.get(f"/rooms/{today.next}")).text
        after = await event(pages, "Session now")
        assert time.monotonic() - began < SOON
        for page in (programme_page, front):
            assert re.search(r"1[01] minutes late, until about \d\d:\d\d", page)
        assert f"May begin later: {RANIA} is still in Session now, until about" in " ".join(lobby.split())
        assert after["SEQUENCE"] > before["SEQUENCE"]
        assert after["DTEND"].dt > before["DTEND"].dt
        assert list((await snapshot(server, today, MODERATOR))["conflicts"].values()) == [found]
        assert "conflicts" not in await snapshot(server, today, GUEST)

        began = time.monotonic()
        assert "ok" in await crew.do("agenda.edit", item=first["item"], minutes=1)
        for client in (crew, other, booth):
            await within(SOON, began, client, lambda client=client: not client.screen["conflicts"])  # type: ignore[misc]
        assert "May begin later" not in (await pages.get(f"/rooms/{today.next}")).text
        assert (await event(pages, "Session now"))["SEQUENCE"] > after["SEQUENCE"]
        await public.do("channel.choose", language="floor")
        assert [frame for frame in public.frames if "conflicts" in str(frame)] == []
        await crew.do("agenda.edit", item=first["item"], minutes=first["minutes"])


async def snapshot(server: Server, today: Day, role: str) -> Any:
    async with browser(server, today.cookies[role]) as pages:
        return (await pages.get(f"/api/rooms/{today.next}")).json()["all"]


async def test_board_names_both_rooms_with_links(server: Server, today: Day) -> None:
    async with (
        joined(server, today.here, today.cookies[MODERATOR]) as crew,
        browser(server, today.cookies["organiser"]) as pages,
    ):
        first = await begin(crew)
        await crew.do("agenda.extend", item=first["item"], minutes=30, how="shift")
        board = (await pages.get("/organise")).text
        row = board[board.index(f'<li id="{today.here}">') :].partition("</li>")[0]
        assert f'<a href="/rooms/{today.next}/moderate">' in row
        assert RANIA in row
        await crew.do("agenda.edit", item=first["item"], minutes=first["minutes"])


async def test_interpreter_of_both_rooms_is_found_as_soon_as_another_process_gives_the_grant(
    server: Server, today: Day
) -> None:
    async with (
        joined(server, today.here, today.cookies[MODERATOR]) as crew,
        joined(server, today.next, today.cookies[MODERATOR]) as other,
    ):
        await begin(crew)
        await crew.until(lambda: not crew.screen["conflicts"])
        assert crew.screen["conflicts"] == {}
        database = today.database()
        began = time.monotonic()
        try:
            cookie = today.person(database, "interpreter", today.here, today.next)
        finally:
            database.stop()
        for client in (crew, other):
            await within(SOON + 1, began, client, lambda client=client: bool(conflict(client)))  # type: ignore[misc]
        assert (conflict(other)["person"], conflict(other)["kind"]) == ("Interpreter Person", "interpreter")
        async with joined(server, today.next, cookie) as booth:
            assert conflict(booth) == conflict(other)
        await crew.do("room.close")
        await other.until(lambda: not other.screen["conflicts"])
