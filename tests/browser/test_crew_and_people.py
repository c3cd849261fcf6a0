"""A moderator and people of the room, each at a screen: a hand is called; somebody is silenced, then removed."""

from playwright.async_api import Browser, expect

from tests.browser.people import person, room_of
from tests.served import Server

SOON = 2_000  # ms within which everybody must know
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
RUDE, AGAIN = "Why do you never answer?", "Please let others ask, too."


async def test_hand_raised_on_a_phone_is_called_by_key(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "participant", "Phone Raised", **PHONE) as phone,  # type: ignore[arg-type]  # as Playwright takes them
        person(browser, demo.url, "participant", "Beside Raised") as beside,
        person(browser, demo.url, "moderator", "Hand Key") as crew,
    ):
        room = await room_of(phone, demo.url, "town hall")
        await crew.goto(f"{demo.url}{room}/moderate")
        hands = crew.locator("hands-control .hands")
        await expect(crew.locator("hands-control")).to_contain_text("No hand is up.")
        for page in (phone, beside):
            await page.goto(demo.url + room)
            await page.get_by_role("button", name="Raise your hand").first.click()
            await expect(page.locator("raise-hand")).to_contain_text("Hand up.")
        await expect(hands.locator("li")).to_have_count(2)
        await expect(hands.locator("li").first).to_contain_text("Phone Raised")

        # Called by key: told on this person's screen alone, where it is seen at once; the crew has their time.
        await phone.evaluate("scrollTo(0, 10000)")
        await crew.keyboard.press("h")
        call = phone.locator("floor-call")
        await expect(call).to_contain_text("You have the floor", timeout=SOON)
        await expect(call.locator(".call")).to_be_in_viewport(ratio=1)
        assert await phone.evaluate("document.documentElement.scrollWidth") == 390
        await expect(beside.locator("floor-call")).to_be_empty()
        await expect(beside.locator("raise-hand")).to_contain_text("You are next.")
        await expect(crew.locator("hands-control .speaking")).to_contain_text("Phone Raised")
        await expect(crew.locator("undo-line")).to_contain_text("Phone Raised has the floor.")

        # The next is called: the one before has spoken. Then nobody is left.
        await crew.keyboard.press("h")
        await expect(call).to_be_empty(timeout=SOON)
        await expect(beside.locator("floor-call")).to_contain_text("You have the floor", timeout=SOON)
        await expect(phone.get_by_role("button", name="Raise your hand").first).to_be_visible()
        await beside.get_by_role("button", name="I have finished").click()
        await expect(crew.locator("hands-control .speaking")).to_have_count(0)
        await crew.keyboard.press("h")
        await expect(crew.locator("undo-line")).to_contain_text("No hand is up.")


async def test_asker_is_silenced_and_removed_from_their_question(browser: Browser, demo: Server) -> None:
    gone = ("status of 403",)
    async with (
        person(browser, demo.url, "participant", "Rude Asked", gone) as rude,
        person(browser, demo.url, "moderator", "Order Kept") as crew,
    ):
        room = await room_of(rude, demo.url, "town hall")
        await crew.goto(f"{demo.url}{room}/moderate")
        await rude.goto(demo.url + room)
        await rude.fill("#text", RUDE)
        await rude.click("ask-form button.first")
        row = crew.locator("question-inbox .item", has_text=RUDE)
        await row.locator(".pick").click()

        # By the menu of their name: silenced, with a reason that they read at once, and after a reload.
        menu, limits = crew.locator("person-menu"), rude.locator("my-limits")
        await row.get_by_role("button", name="Rude Asked").click()
        await menu.get_by_label("Reason").fill(AGAIN)
        await menu.get_by_role("button", name="Silence", exact=True).click()
        await expect(limits).to_contain_text(AGAIN, timeout=SOON)
        await expect(rude.locator("ask-form #text")).to_have_count(0)
        await rude.reload()
        await expect(limits).to_contain_text(AGAIN)
        await expect(rude.locator("ask-form #text")).to_have_count(0)
        await expect(crew.locator("undo-line")).to_contain_text("Rude Asked can read and vote")

        # Taken back by key; then removed, and no way back leads in: neither a reload nor the address.
        await crew.keyboard.press("z")
        await expect(rude.locator("ask-form #text")).to_be_visible(timeout=SOON)
        await row.get_by_role("button", name="Rude Asked").click()
        await menu.get_by_label("Reason").fill("This was the second time.")
        await menu.get_by_role("button", name="Remove from the room").click()
        await expect(rude.locator("connection-status")).to_contain_text("This was the second time.", timeout=SOON)
        answer = await rude.reload()
        assert answer is not None
        assert answer.status == 403
        await expect(rude.locator("h1")).to_have_text("A moderator has removed you from this room")
        await expect(rude.locator("main")).to_contain_text("This was the second time.")
        assert (await rude.request.get(f"{demo.url}/api{room}")).status == 403
        await expect(crew.locator("people-control summary")).to_contain_text("1 restricted")

        # Admitted again by the list of those who are restricted, they are in as before.
        await crew.locator("people-control summary").click()
        restricted = crew.locator("people-control li", has_text="Rude Asked").first
        await restricted.get_by_role("button", name="Admit again").click()
        await expect(crew.locator("undo-line")).to_contain_text("Rude Asked is admitted again.")
        await rude.goto(demo.url + room)
        await expect(rude.locator("ask-form #text")).to_be_visible()
        await expect(limits).to_be_empty()
