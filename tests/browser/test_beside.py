"""Listening beside one's work: captioners, moderators and experts hear the room on the page that they work on."""

import asyncio

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.hall import RECEIVED, SILENCE, Hall, hears, is_heard
from tests.flows.clients import joined


async def listens(page: Page) -> None:
    """By the keyboard, which goes on where one works: in the box of whoever writes."""
    await expect(page.locator("caption-box:has(#text), body:not(.writing)")).to_have_count(1)
    await page.get_by_role("button", name="Listen", exact=True).press("Enter")
    await expect(page.locator("#text, body:not(.writing) room-ears button")).to_be_focused()
    await expect(page.get_by_role("button", name="Stop listening")).to_be_visible()
    await expect(page.locator("room-ears summary")).to_be_visible()


async def accessible(page: Page) -> None:
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


async def list_by_keyboard(page: Page) -> None:
    summary, floor = page.locator("room-ears summary"), page.locator("room-ears [value=floor]")
    await summary.focus()
    await page.keyboard.press("Space")
    await expect(floor).to_be_visible()
    await floor.focus()
    await page.keyboard.press("Escape")
    await expect(floor).to_be_hidden()
    await expect(summary).to_be_focused()


async def test_moderator_captioner_and_expert_hear_each_other_and_nobody_themselves(
    hall: Hall, speaker: Browser, listener: Browser
) -> None:
    async with joined(hall.server, hall.room, hall.town.cookies["expert"]) as own:
        slot = next(id for id, each in own.screen["contributions"].items() if each["state"] != "declined")
        await hall.crew.do("contribution.air", contribution=slot)
    async with (
        hall.page(speaker, "expert", f"/desk/{slot}/present") as expert,
        hall.page(speaker, "moderator", "/rooms/{room}/moderate") as crew,
        hall.page(listener, "captioner", "/rooms/{room}/captions") as scribe,
    ):
        for page in (expert, crew, scribe):
            await listens(page)
        await expert.get_by_role("button", name="Open the microphone").click()
        await is_heard(expert)
        await hears(scribe)
        await hears(crew)
        await expert.wait_for_timeout(SILENCE * 1000)
        assert await expert.evaluate(RECEIVED, "floor") == 0  # who speaks does not hear themselves
        await crew.get_by_role("button", name="Open the microphone").click()
        await is_heard(crew)
        await hears(expert)
        for page in (expert, crew):
            await expect(page.locator("room-ears")).to_contain_text("With headphones")
        for page in (expert, crew, scribe):
            await accessible(page)
        await list_by_keyboard(expert)  # where Space turns the page for everybody
        await list_by_keyboard(crew)
        await hall.crew.do("contribution.finish", contribution=slot)


async def test_captioner_chooses_what_to_write_down_goes_on_after_a_reload_and_stops(
    hall: Hall, listener: Browser
) -> None:
    async with hall.page(listener, "captioner", "/rooms/{room}/captions") as scribe:
        await listens(scribe)
        await scribe.locator("room-ears summary").click()
        await scribe.get_by_role("radio", name="العربية").check()
        await expect(scribe.locator("room-ears summary")).to_contain_text("Arabic is silent")
        await expect(scribe.locator("room-ears").get_by_role("status")).to_contain_text("Arabic is silent")  # read out
        await expect(scribe.locator("thrift-choice")).to_have_count(0)  # whoever works needs everything
        await accessible(scribe)
        await scribe.reload()
        await expect(scribe.locator("room-ears summary")).to_contain_text("Arabic is silent")
        await scribe.get_by_role("button", name="Stop listening").click()
        await expect(scribe.locator("#text")).to_be_focused()
        await scribe.reload()
        await expect(scribe.get_by_role("button", name="Listen", exact=True)).to_be_visible()
        await expect(scribe.locator("room-ears summary")).to_have_count(0)


async def test_there_is_something_to_hear_as_soon_as_the_room_is_open(hall: Hall, listener: Browser) -> None:
    async with hall.page(listener, "moderator", f"/rooms/{hall.town.rooms['across-spring']}/moderate") as crew:
        await expect(crew.locator("room-state")).not_to_be_empty()
        await expect(crew.get_by_role("button", name="Listen", exact=True)).to_be_hidden()
        await crew.get_by_role("button", name="Open the room").click()
        await listens(crew)


async def test_moderator_on_a_phone_ends_what_is_heard_from_every_column(hall: Hall, listener: Browser) -> None:
    options = {"width": 390, "height": 844}
    async with hall.page(listener, "moderator", "/rooms/{room}/moderate", viewport=options) as crew:
        listen, stop = (crew.get_by_role("button", name=name, exact=True) for name in ("Listen", "Stop listening"))
        await expect(crew.locator("question-inbox")).not_to_be_empty()
        await expect(listen).to_be_hidden()
        await crew.locator(".tabs").get_by_text("Now").click()
        await listens(crew)
        await crew.locator(".tabs").get_by_text("Inbox").click()
        await stop.click()
        await expect(listen).to_be_hidden()


async def test_what_a_page_has_begun_stays_when_its_times_come_in_ones_own_zone(hall: Hall, listener: Browser) -> None:
    async def late(route: Route) -> None:
        if route.request.resource_type == "xhr":
            await asyncio.sleep(1)
        await route.continue_()

    async with hall.page(listener, "expert", "/desk", timezone_id="Asia/Tokyo") as page:
        link = await page.locator("a[href^='/desk/']").first.get_attribute("href")
        await page.context.clear_cookies(name="zone")
        await page.route("**/desk/*", late)
        await page.goto(f"{hall.server.url}{link}")
        button = page.get_by_role("button", name="Test the microphone")
        await expect(button).to_be_visible()
        await expect(page.locator("header.head")).to_contain_text("Tokyo time")
        await expect(page.locator("#when")).to_contain_text("Times in Tokyo")
        await button.click()
        await expect(page.locator("mic-check dialog")).to_be_visible()
