"""Somebody says which language they need; the organiser sees it, plans a channel, books who interprets; it is there."""

import re

from playwright.async_api import Browser, expect

from tests.browser.people import person
from tests.served import Server

EXCHANGE = "global-exchange-2020"
TITLE = "Shared accommodation"


async def test_language_that_is_needed_is_planned_and_booked(browser: Browser, demo: Server) -> None:
    plain = {"java_script_enabled": False, "viewport": {"width": 390, "height": 844}}
    async with (
        person(browser, demo.url, "participant", "Needs Turkish", **plain) as ana,  # type: ignore[arg-type]  # as Playwright takes them
        person(browser, demo.url, "organiser", "Plans Turkish") as lena,
        person(browser, demo.url, "organiser", "Plans without a script", **plain) as plans,  # type: ignore[arg-type]
    ):
        # The organiser comes from the board to what is to be decided on: six need Turkish, in one session.
        await lena.goto(f"{demo.url}/organise")
        await lena.get_by_role("link", name="Languages and interpreters").first.click()
        session = lena.locator(".board > li", has_text=TITLE)
        turkish = session.locator(".wanted > li", has_text="Turkish")
        await expect(turkish).to_contain_text("6 people need it; the threshold is 5; not planned")

        # One more says so, without a script and on a phone, and reads it again on her own page.
        await ana.goto(f"{demo.url}/exchanges/{EXCHANGE}")
        await ana.get_by_text("Which languages do you need?").click()
        await ana.get_by_label("Another language").select_option("tr")
        await ana.get_by_role("button", name=re.compile("^Save")).click()
        await expect(ana.locator(".need")).to_contain_text("You can follow: Turkish")
        await ana.goto(f"{demo.url}/me")
        await expect(ana.get_by_label("Turkish")).to_be_checked()
        await lena.reload()
        await expect(turkish).to_contain_text("7 people need it")

        # Planned with a click: the programme says so to everybody; a booking by name gives a link for somebody new.
        await turkish.get_by_role("button", name="Plan a channel").click()
        await expect(session.get_by_role("status")).to_contain_text("Planned.")
        await expect(turkish).to_contain_text("Nobody is booked yet.")
        await ana.goto(f"{demo.url}/exchanges/{EXCHANGE}")
        await expect(ana.locator(".timetable > li", has_text=TITLE)).to_contain_text("Turkish")
        await turkish.get_by_text("Book an interpreter").click()
        await expect(turkish.get_by_label("Name")).to_be_hidden()  # for one from the list
        await turkish.get_by_label("Who interprets").select_option("somebody new")
        await turkish.get_by_label("Name").fill("Derya Aksoy")
        await turkish.get_by_role("button", name="Book", exact=True).click()
        link = await turkish.get_by_label("Sign-in link").input_value()
        await expect(turkish.get_by_label("Sign-in link")).to_be_in_viewport()
        await expect(turkish).to_contain_text("1 interpreter is booked:")
        await expect(turkish).to_contain_text("Derya Aksoy")

        # She comes by her link to her booth. No page is wider than its screen.
        await ana.goto(link)
        await ana.get_by_role("button", name="Sign in").click()
        await ana.wait_for_url(re.compile("/rooms/.*/booth/tr$"))
        await lena.set_viewport_size({"width": 390, "height": 844})
        assert await lena.evaluate("document.documentElement.scrollWidth") == 390

        # Without a script, she is chosen from the list for a language that nobody has asked for.
        await plans.goto(lena.url.partition("/rooms/")[0] + f"/exchanges/{EXCHANGE}/languages")
        first = plans.locator(".board > li").first
        await first.get_by_text("Plan another channel").click()
        await first.get_by_label("Or another one, by its tag").fill("quc")
        await first.get_by_role("button", name=re.compile("^Plan it")).click()
        await expect(first.get_by_role("status")).to_contain_text("Planned.")
        added = first.locator(".wanted > li", has_text="kʼicheʼ")
        await added.get_by_text("Book an interpreter").click()
        await added.get_by_label("Who interprets").select_option("Derya Aksoy")
        await added.get_by_role("button", name="Book", exact=True).click()
        await expect(added).to_contain_text("Derya Aksoy")
        await added.get_by_role("button", name=re.compile("^No longer plan it")).click()

        # Taken back, both of it.
        await turkish.get_by_role("button", name=re.compile("Take back.*Derya")).click()
        await expect(turkish).to_contain_text("Nobody is booked yet.")
        await turkish.get_by_role("button", name=re.compile("^No longer plan it")).click()
        await expect(turkish).to_contain_text("not planned")


async def test_moderator_sees_how_many_have_listened(browser: Browser, demo: Server) -> None:
    async with person(browser, demo.url, "moderator", "Counts Ears") as crew:
        link = await crew.locator(".live h3 a").first.get_attribute("href")
        await crew.goto(f"{demo.url}{link}/moderate")
        await crew.locator("channel-control summary").click()
        lines = crew.locator("listener-lines li")
        await expect(lines.first).to_contain_text(re.compile(r"Floor\s+at most 19, \d\d:\d\d"))
        assert await lines.first.locator("path").evaluate("path => path.getTotalLength() > 1")
