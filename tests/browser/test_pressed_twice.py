"""What is pressed twice is done once and warned of never; of two answers the one to the later search counts."""

import asyncio
from pathlib import Path

from playwright.async_api import Browser, Route, expect

from tests.browser.at_once import Deaf
from tests.browser.people import do, person
from tests.browser.test_overruns import sign_in
from tests.flows.today import Day
from tests.served import serving

POLL = {"title": "When?", "choices": ["Now", "Later"], "multiple": False, "secret": True, "item": None}


async def test_hand_and_secret_vote_pressed_twice_leave_no_warning(browser: Browser, tmp_path: Path) -> None:
    today, ear = Day(tmp_path / "data"), Deaf()
    room = f"/rooms/{today.here}"
    with serving(today.folder, rate=0) as server:
        async with person(browser, server.url) as page, person(browser, server.url) as crew:
            await sign_in(page, server, today.cookies["participant"])
            await sign_in(crew, server, today.cookies["moderator"])
            await do(crew, server.url, room, "room.open")
            await do(crew, server.url, room, "poll.draft", **POLL, results="end")
            found = await (await crew.request.get(f"{server.url}/api{room}")).json()
            await do(crew, server.url, room, "poll.open", poll=next(iter(found["all"]["polls"])))
            await ear.stand(page)
            await page.goto(server.url + room)
            ear.stopped = False
            await page.get_by_role("radio", name="Later").check()
            ear.stopped = True
            await page.get_by_role("button", name="Vote", exact=True).dblclick()
            await page.locator("raise-hand button").dblclick()
            await do(page, server.url, room, "chat.say", text="Twice", to="room")
            ear.hear()
            await expect(page.locator("poll-list")).to_contain_text("You have voted.")
            await expect(page.locator("raise-hand")).to_contain_text("You are next.")
            await expect(page.locator("room-chat")).to_contain_text("Twice")  # all has come
            await expect(page.locator("poll-list .warn, ask-form .warn").filter(visible=True)).to_have_count(0)


async def test_list_of_people_shows_what_was_searched_last(browser: Browser, tmp_path: Path) -> None:
    today, first = Day(tmp_path / "data"), asyncio.Event()

    async def wait(route: Route) -> None:
        if route.request.url.endswith("q=Nobody"):
            await first.wait()
        await route.continue_()

    with serving(today.folder, rate=0) as server:
        async with person(browser, server.url) as page:
            await sign_in(page, server, today.cookies["moderator"])
            await page.route("**/people?*", wait)
            await page.goto(f"{server.url}/rooms/{today.here}/moderate")
            await page.locator("people-control summary").click()
            search, found = page.get_by_label("Find somebody by name"), page.locator("people-control .name")
            await expect(found).to_have_text(["Moderator Person"])
            async with page.expect_request("**/people?q=Nobody"):
                await search.fill("Nobody")
            async with page.expect_response("**/people?q=Mod"):
                await search.fill("Mod")
            async with page.expect_response("**/people?q=Nobody"):
                first.set()
            await page.wait_for_timeout(200)
            await expect(found).to_have_text(["Moderator Person"])
