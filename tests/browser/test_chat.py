"""The chat, an announcement and reactions, as people meet them in a room."""

from playwright.async_api import Browser, Page, expect

from tests.browser.people import do, person, room_of
from tests.served import Server

TITLE = "Contact tracing"  # a part of it


async def say(page: Page, text: str) -> None:
    await page.fill("#chat textarea", text)
    await page.press("#chat textarea", "Enter")


async def test_chat_shows_what_is_said_and_tells_an_author_what_was_hidden(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "participant", "Chat Anna") as anna,
        person(browser, demo.url, "moderator", "Chat Mod") as mod,
        person(browser, demo.url) as guest,
    ):
        room = await room_of(anna, demo.url, TITLE)
        for page in (anna, mod, guest):
            await page.goto(f"{demo.url}{room}#chat")
        await expect(anna.get_by_text("The chat is not kept: it is deleted when the room closes.")).to_be_visible()
        await anna.fill("#chat textarea", "Half a sent")
        await anna.reload()
        await expect(anna.locator("#chat textarea")).to_have_value("Half a sent")
        await say(anna, "See https://example.org/list?a=1, http://example.org and javascript:alert(1).")
        line = guest.locator("[data-message]", has_text="See https://")
        await expect(line.locator("a")).to_have_count(1)
        found = await line.locator("a").evaluate("link => [link.href, link.rel, link.target]")
        assert found == ["https://example.org/list?a=1", "noopener noreferrer nofollow", "_blank"]
        await expect(anna.locator("#chat textarea")).to_have_value("")
        await guest.fill("#chat input[name=name]", "Chat Guest")
        await say(guest, "Hello from the back row")
        await expect(anna.get_by_text("Hello from the back row")).to_be_visible()
        await do(mod, demo.url, room, "chat.say", text="Staff alone read this", to="crew")
        await mod.locator("[data-message]", has_text="See https://").get_by_role("button").click()
        await expect(anna.get_by_text("Your message was hidden by a moderator.")).to_be_visible()
        await expect(guest.get_by_text("Hidden by a moderator.")).to_be_visible()
        assert "See https://" not in await guest.locator("#chat").inner_text()
        await do(mod, demo.url, room, "chat.set", mode="crew")
        await expect(anna.get_by_text("Only moderators write here at the moment.")).to_be_visible()
        await expect(anna.locator("#chat textarea")).to_have_count(0)
        assert await anna.get_by_text("Staff alone read this").count() == 0
        await do(mod, demo.url, room, "chat.set", mode="on")


async def test_chat_of_the_staff_is_folded_on_their_pages_and_counts_what_is_new(
    browser: Browser, demo: Server
) -> None:
    async with (
        person(browser, demo.url, "interpreter", "Chat Ida") as ida,
        person(browser, demo.url, "moderator", "Chat Max") as mod,
    ):
        room = await room_of(mod, demo.url, TITLE)
        await mod.goto(f"{demo.url}{room}/moderate")
        await ida.goto(f"{demo.url}{room}")
        await ida.locator("booth-links a").first.click()
        await ida.locator("room-chat summary").click()
        await ida.fill("room-chat textarea", "She speaks too fast")
        await ida.locator("room-chat form button").click()
        await expect(mod.get_by_text("1 new message", exact=True)).to_be_visible()
        await mod.locator("room-chat summary").click()
        await expect(mod.get_by_text("She speaks too fast")).to_be_visible()
        await mod.select_option("room-chat select[name=to]", "booth")
        await mod.fill("room-chat textarea", "I tell her")
        await mod.press("room-chat textarea", "Enter")
        await expect(ida.get_by_text("I tell her")).to_be_visible()


async def test_announcement_is_read_out_dismissed_by_each_and_taken_back(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "participant", "News Anna") as anna,
        person(browser, demo.url, "participant", "News Bert") as bert,
        person(browser, demo.url, "moderator", "News Mod") as mod,
    ):
        room = await room_of(mod, demo.url, TITLE)
        await mod.goto(f"{demo.url}{room}/moderate")
        for page in (anna, bert):
            await page.goto(f"{demo.url}{room}")
        await mod.locator("announce-form summary").click()
        await mod.fill("#announcement", "We begin at ten past.")
        await mod.get_by_role("button", name="Announce", exact=True).click()
        for page in (anna, bert):
            banner = page.get_by_role("status").filter(has_text="We begin at ten past.")
            await expect(banner).to_be_visible()
        await anna.get_by_role("button", name="Dismiss").click()
        await expect(anna.get_by_text("We begin at ten past.")).to_have_count(0)
        await anna.reload()
        await anna.locator(".vote").first.wait_for()
        await expect(anna.get_by_text("We begin at ten past.")).to_have_count(0)
        await expect(bert.get_by_text("We begin at ten past.")).to_be_visible()
        await mod.get_by_role("button", name="Take back").click()
        await expect(bert.get_by_text("We begin at ten past.")).to_have_count(0)


async def test_reactions_are_shown_as_counts_and_read_out_to_nobody(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "participant", "Clap Anna") as anna,
        person(browser, demo.url, "participant", "Clap Bert", reduced_motion="reduce") as bert,
    ):
        room = await room_of(anna, demo.url, TITLE)
        for page in (anna, bert):
            await page.goto(f"{demo.url}{room}")
            await expect(page.get_by_role("button", name="Applause", exact=True)).to_be_visible()  # it is connected
        button = anna.get_by_role("button", name="Applause", exact=True)
        again = "button => button.addEventListener('click', () => button.click(), { once: true })"
        await button.evaluate(again)  # in the same turn: that is one
        await button.focus()
        await anna.keyboard.press("Enter")
        await expect(bert.locator("reaction-bar .count").first).to_have_text("+1")
        hidden = "count => [count.ariaHidden, getComputedStyle(count).transitionDuration]"
        assert await bert.locator("reaction-bar .count").first.evaluate(hidden) == ["true", "0s"]
        assert await bert.locator("reaction-bar :is([aria-live], [role=status], [role=log])").count() == 0
        await expect(bert.locator("reaction-bar .count").first).to_have_text("")
