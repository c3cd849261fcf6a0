"""The speakers' list, being called on one's own screen; and what somebody reads who is silenced or removed."""

from playwright.async_api import Browser, expect

from tests.browser.people import do, person, room_of
from tests.served import Server


async def test_hand_has_a_place_and_the_one_called_is_told(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "participant", "Hand First") as first,
        person(browser, demo.url, "participant", "Hand Second", viewport={"width": 390, "height": 844}) as second,
        person(browser, demo.url, "participant", "Hand Order") as third,
        person(browser, demo.url, "moderator", "Hand Called") as crew,
    ):
        room = await room_of(first, demo.url, "aste")
        for each in (first, second, third):
            await each.goto(demo.url + room)
            await expect(each.locator("raise-hand")).to_contain_text("Raise your hand")
        await first.locator("raise-hand button").click()
        await expect(first.locator("raise-hand")).to_contain_text("You are next.")
        await second.locator("raise-hand button").click()
        await expect(second.locator("raise-hand")).to_contain_text("You are second in the list.")
        await expect(second.locator("raise-hand")).to_be_in_viewport(ratio=1)

        # The list is closed: hands that are up stay, points of order are still taken and come first.
        await do(crew, demo.url, room, "hand.close")
        await expect(third.locator("raise-hand")).to_contain_text("The speakers’ list is closed.")
        await third.goto(f"{demo.url}{room}#people")
        await third.locator("speakers-list").get_by_role("button", name="Point of order").click()
        names = third.locator("speakers-list bdi")
        await expect(names).to_have_text(["Hand Order", "Hand First", "Hand Second"])
        await third.locator("speakers-list").get_by_role("button", name="Lower your hand").click()
        await expect(names).to_have_text(["Hand First", "Hand Second"])

        # Called: said at once, on this screen only, and in the window's title; wherever one has scrolled to.
        title = await second.title()
        await second.evaluate("scrollTo(0, 10000)")
        snapshot = await (await second.request.get(f"{demo.url}/api{room}")).json()
        hand = snapshot["you"]["id"]
        await do(crew, demo.url, room, "hand.call", person=hand)
        call = second.get_by_role("alert").filter(has_text="You have the floor")
        await expect(call).to_be_in_viewport(ratio=1)
        assert (await second.title()).startswith("You have the floor – ")
        await expect(first.locator("floor-call")).to_be_empty()
        await expect(third.locator("speakers-list li").first).to_contain_text("has the floor")

        await call.get_by_role("button", name="I have finished").click()
        await expect(second.locator("floor-call")).to_be_empty()
        assert await second.title() == title
        await do(crew, demo.url, room, "hand.open")
        await expect(second.locator("raise-hand")).to_contain_text("Raise your hand")


async def test_silenced_person_reads_why_and_what_is_still_possible(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "participant", "Silenced Here") as loud,
        person(browser, demo.url, "participant", "Bystander Here") as other,
        person(browser, demo.url, "moderator", "Silence Said") as crew,
    ):
        room = await room_of(loud, demo.url, "aste")
        for each in (loud, other):
            await each.goto(demo.url + room)
            await expect(each.locator("ask-form #text")).to_be_visible()
        snapshot = await (await loud.request.get(f"{demo.url}/api{room}")).json()
        who = snapshot["you"]["id"]
        await do(crew, demo.url, room, "room.silence", person=who, reason="Please let others ask, too.")
        limits = loud.locator("my-limits")
        await expect(limits).to_contain_text("Please let others ask, too.")
        await expect(limits).to_contain_text("You can still read and listen, vote")
        await expect(loud.locator("said-aloud [role=alert]")).to_contain_text("silenced")
        await expect(loud.locator("ask-form #text")).to_have_count(0)
        await expect(loud.locator("raise-hand")).to_be_hidden()
        vote = loud.locator("question-list .vote:enabled").first
        before = await vote.get_attribute("aria-pressed")
        await vote.click()
        await expect(vote).not_to_have_attribute("aria-pressed", str(before))
        await expect(other.locator("my-limits")).to_be_empty()

        await do(crew, demo.url, room, "room.readmit", person=who)
        await expect(loud.locator("ask-form #text")).to_be_visible()
        await expect(limits).to_be_empty()

        # Removed: the reason stands there calmly, and nothing that could not be sent any more.
        await do(crew, demo.url, room, "room.remove", person=who, reason="This was the second time.")
        status = loud.locator("connection-status")
        await expect(status).to_contain_text("This was the second time.")
        await expect(status).to_have_attribute("aria-live", "assertive")
        await expect(loud.locator("ask-form #text")).to_have_count(0)
        await expect(other.locator("connection-status")).to_be_empty()
