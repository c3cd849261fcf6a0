"""An organiser changes a programme while people are in the room: by buttons, with keys, without a script."""

from playwright.async_api import Browser, expect

from tests.browser.people import person
from tests.served import Server

SOON = 1_000  # ms


async def test_open_room_shows_what_its_organiser_saves(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url) as guest,
        person(browser, demo.url, "organiser", "Nora Lindqvist", ("status of 422",)) as lena,
    ):
        await guest.goto(demo.url)
        link = await guest.locator(".live h3 a").nth(2).get_attribute("href")
        await guest.goto(f"{demo.url}{link}#agenda")
        await expect(guest.locator("ask-form #text")).to_be_visible()  # it is connected
        before = await guest.locator("agenda-list li").count()
        running = await guest.locator("agenda-list [aria-current] p").first.inner_text()
        await lena.goto(f"{demo.url}/organise")
        await lena.click(f"a[href='/organise{link}']")

        # A title, by Enter: what is pressed is Save, and none of the buttons before it.
        title = await lena.get_by_label("Title (English)").input_value()
        await lena.get_by_label("Title (English)").fill("Town halls, wide open")
        await lena.keyboard.press("Enter")
        await lena.get_by_text("Saved.").wait_for()
        await expect(guest.locator("h1")).to_have_text("Town halls, wide open", timeout=SOON)

        # An item more: the page goes to it. The end that fits is one button.
        await lena.get_by_role("button", name="Add an agenda item").click()
        added = lena.get_by_role("group", name=f"Agenda item {before + 1}")
        await expect(added.get_by_label("Title").first).to_be_focused()
        await lena.keyboard.type("Thanks to the porters")
        await added.get_by_label("Minutes").fill("5")
        await lena.locator(".save button").click()
        await expect(lena.locator("#problems")).to_be_focused()
        await lena.get_by_role("button", name="instead, and save").click()
        await lena.get_by_text("Saved.").wait_for()
        await expect(guest.locator("agenda-list li")).to_have_count(before + 1, timeout=SOON)
        await expect(guest.locator("agenda-list li").last).to_contain_text("Thanks to the porters")
        await expect(guest.locator("agenda-list [aria-current]")).to_contain_text(running)
        await lena.get_by_label("Title (English)").fill(title)  # other tests know the room by it
        await lena.keyboard.press("Enter")
        await expect(guest.locator("h1")).to_have_text(title)


async def test_programme_is_edited_without_a_script(browser: Browser, demo: Server) -> None:
    async with person(browser, demo.url, "organiser", "Nora Lindqvist", java_script_enabled=False) as page:
        await page.goto(f"{demo.url}/organise")
        await page.locator(".board li").last.get_by_role("link", name="Edit").click()
        title = page.get_by_role("group", name="Agenda item 1").get_by_label("Title").first
        second = await page.get_by_role("group", name="Agenda item 2").get_by_label("Title").first.input_value()
        await title.fill("Moved down")
        await page.get_by_role("button", name="Down").first.click()
        await expect(title).to_have_value(second)
        await page.locator(".save button").click()
        await page.get_by_text("Saved.").wait_for()
        moved = page.get_by_role("group", name="Agenda item 2").get_by_label("Title").first
        assert await moved.input_value() == "Moved down"
