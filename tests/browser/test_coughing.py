"""A cough is over when its key is let go, whatever else is pressed and wherever one is by then."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.hall import Hall, enter, is_heard


@pytest.mark.parametrize("meanwhile", ["Control", "Alt", "Meta", "a text field", "another window"])
async def test_cough_ends_with_its_key(hall: Hall, speaker: Browser, meanwhile: str) -> None:
    async with hall.page(speaker, "interpreter", "/rooms/{room}/booth/fr") as page:
        await enter(page)
        await page.get_by_text("Chat", exact=True).click()
        await page.locator("h1").click()
        await page.keyboard.press("Space")
        await is_heard(page)
        await page.keyboard.down("c")
        await expect(page.locator("mic-control")).to_contain_text("Silent while you hold it.")
        if meanwhile == "a text field":
            await page.locator("room-chat textarea").focus()
        elif meanwhile == "another window":
            await page.evaluate("dispatchEvent(new Event('blur'))")
        else:
            await page.keyboard.down(meanwhile)
        if meanwhile != "another window":
            await page.keyboard.up("c")
        await is_heard(page)
        await page.keyboard.up("c")
        if meanwhile in ("Control", "Alt", "Meta"):
            await page.keyboard.up(meanwhile)
        await page.locator("h1").click()
        await page.keyboard.press("Space")
        await page.get_by_role("button", name="Leave the booth").click()
        await expect(page.locator("mic-control")).to_be_hidden()
