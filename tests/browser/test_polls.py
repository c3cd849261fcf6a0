"""A poll from the moderator's draft to everybody's result: by keyboard, and on a phone from right to left."""

import re
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.browser.people import do, person, room_of
from tests.served import Server

TITLE = "The town hall without a counter"
CHOICES = ("Evenings", "Saturdays", "As it is")


async def draft(crew: Page, title: str, *ticks: str) -> None:
    """Fill in the form by keyboard."""
    details = crew.locator("poll-control details")
    if await details.get_attribute("open") is None:
        await crew.locator("poll-control summary").focus()
        await crew.keyboard.press("Enter")
    await crew.get_by_role("button", name="Draft a poll").focus()
    await crew.keyboard.press("Enter")
    await expect(crew.locator("poll-control input[name=title]")).to_be_focused()
    await crew.keyboard.type(title)
    await crew.keyboard.press("Tab")
    for place, choice in enumerate(CHOICES):
        await crew.keyboard.type(choice)
        if place < len(CHOICES) - 1:
            await crew.keyboard.press("Enter")
    for tick in ticks:
        await crew.get_by_role("checkbox", name=re.compile(f"^{tick}")).check()
    await crew.get_by_role("button", name="Save the draft").focus()
    await crew.keyboard.press("Enter")
    await expect(crew.locator(".ballots li", has_text=title).first).to_contain_text("Draft")


async def step(crew: Page, words: str, title: str) -> None:
    button = crew.locator(".ballots > li", has_text=title).get_by_role("button", name=words)
    await expect(button).to_be_enabled()  # it rests for a second: a second press is meant for the button before
    await button.focus()
    await crew.keyboard.press("Enter")


async def violations(page: Page, within: str) -> list[str]:
    found = await Axe().run(page, context={"include": [[within]]})
    return [violation["id"] for violation in found.response["violations"]]


async def test_poll_goes_from_a_draft_to_a_result(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "moderator", "Polls") as crew,
        person(browser, demo.url, "participant", "Voter One") as one,
        person(browser, demo.url, "participant", "Voter Two") as two,
    ):
        room = await room_of(one, demo.url, TITLE)
        await crew.goto(f"{demo.url}{room}/moderate")
        await one.goto(f"{demo.url}{room}")
        await two.goto(f"{demo.url}{room}")
        title = "When should the hall be open?"
        await draft(crew, title, "Who has voted sees how it stands")
        await expect(one.locator("poll-list .poll")).to_have_count(0)
        await step(crew, "Open the vote", title)

        # By keyboard: the choices are one group with a name.
        group = one.get_by_role("group", name=title)
        await expect(group).to_be_visible()
        assert await violations(one, "poll-list") == []
        await group.get_by_role("radio", name="Evenings").focus()
        await one.keyboard.press("ArrowDown")
        await expect(group.get_by_role("radio", name="Saturdays")).to_be_checked()
        await one.keyboard.press("Tab")
        await one.keyboard.press("Enter")
        await expect(one.locator(".poll")).to_contain_text("You have voted.")
        await expect(one.locator(".bars li").nth(1)).to_contain_text("1 of 1, 100%")
        await expect(two.locator(".bars")).to_have_count(0)

        # A vote may be changed; one without a choice is none.
        await one.get_by_role("button", name="Change my vote").click()
        await one.get_by_role("button", name="Vote anew").click()
        await expect(one.locator("poll-list").get_by_role("alert")).to_have_text("Please choose first.")
        await group.get_by_role("radio", name="Evenings").check()
        await one.get_by_role("button", name="Vote anew").click()
        await expect(one.locator(".bars .sum")).to_have_text(["1 of 1, 100%", "0 of 1, 0%", "0 of 1, 0%"])
        await two.get_by_role("radio", name="As it is").check()
        await two.get_by_role("button", name="Vote", exact=True).click()
        await expect(crew.locator(".ballots .sum")).to_have_text(["1 of 2, 50%", "0 of 2, 0%", "1 of 2, 50%"])
        assert await violations(crew, "poll-control") == []

        await step(crew, "Close the vote", title)
        await expect(two.locator(".poll")).to_contain_text("The vote is closed")
        await step(crew, "Publish the result", title)
        async with person(browser, demo.url) as guest:
            await guest.goto(f"{demo.url}{room}")
            await expect(guest.locator(".bars .sum")).to_have_text(["1 of 2, 50%", "0 of 2, 0%", "1 of 2, 50%"])
            assert await violations(guest, "poll-list") == []
            widths = await guest.locator(".bars meter").evaluate_all("all => all.map(one => one.value / one.max)")
            assert widths == [0.5, 0, 0.5]


async def test_secret_vote_is_cast_once_and_leaves_no_choice_on_the_screen(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "moderator", "Polls") as crew,
        person(browser, demo.url, "participant", "Voter Three") as voter,
    ):
        room, title = await room_of(voter, demo.url, TITLE), "Who shall speak for us?"
        await crew.goto(f"{demo.url}{room}/moderate")
        await voter.goto(f"{demo.url}{room}")
        await draft(crew, title, "Secret vote")
        await step(crew, "Open the vote", title)
        poll = voter.locator(".poll", has_text=title)
        await expect(poll).to_contain_text("Nobody learns what you chose.")
        await poll.get_by_role("radio", name="Saturdays").check()
        await poll.get_by_role("button", name="Vote").click()
        await expect(poll).to_contain_text("You have voted.")
        for reloaded in (False, True):
            if reloaded:
                await voter.reload()
                await expect(poll).to_contain_text("You have voted.")
            await expect(poll.locator("input, .bars, button")).to_have_count(0)
            assert "Saturdays" not in await poll.inner_text()
        row = crew.locator(".ballots > li", has_text=title)
        await expect(row).to_contain_text("A secret vote is counted when it closes.")
        await step(crew, "Close the vote", title)
        await expect(row.locator(".sum")).to_have_text(["0 of 1, 0%", "1 of 1, 100%", "0 of 1, 0%"])
        await expect(poll.locator(".bars")).to_have_count(0)
        await step(crew, "Publish the result", title)
        await expect(poll.locator(".sum")).to_have_text(["0 of 1, 0%", "1 of 1, 100%", "0 of 1, 0%"])


async def test_poll_of_what_runs_is_proposed(browser: Browser, demo: Server) -> None:
    async with person(browser, demo.url, "moderator", "Polls") as crew:
        room, title = await room_of(crew, demo.url, TITLE), "Shall we go on?"
        answer = await crew.request.get(f"{demo.url}/api{room}")
        agenda = (await answer.json())["all"]["agenda"]
        item = next(id for id, item in agenda.items() if item["state"] == "waiting")
        await crew.goto(f"{demo.url}{room}/moderate")
        await do(crew, demo.url, room, "poll.draft", title=title, choices=list(CHOICES), item=item)
        row = crew.locator(".ballots > li", has_text=title)
        await expect(row).to_have_count(1)
        await expect(row.locator(".attention")).to_have_count(0)
        await do(crew, demo.url, room, "agenda.start", item=item)
        await expect(crew.locator("poll-control .warn")).to_have_text("due now")
        await expect(row.locator(".attention")).to_be_visible()
        await row.get_by_role("button", name="Remove").click()
        await expect(row).to_have_count(0)
        await do(crew, demo.url, room, "agenda.undo")


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_poll_fits_a_phone(browser: Browser, demo: Server, language: str) -> None:
    phone: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "locale": language, "has_touch": True}
    async with (
        person(browser, demo.url, "moderator", "Polls") as crew,
        person(browser, demo.url, "participant", f"Voter {language}", **phone) as voter,
    ):
        room, title = (
            await room_of(crew, demo.url, TITLE),
            f"A question with many words in {language}, for a phone " * 3,
        )
        made = {"title": title.strip(), "choices": ["Aye" * 60, "نعم", "Nein"], "multiple": True, "results": "vote"}
        body = {"id": f"phone-{language}", "do": "poll.draft", "with": made}
        answer = await crew.request.post(f"{demo.url}/api{room}/commands", data=body, headers={"origin": demo.url})
        poll = (await answer.json())["ok"]["poll"]
        await do(crew, demo.url, room, "poll.open", poll=poll)
        await voter.goto(f"{demo.url}{room}")
        here = voter.locator(f'[data-poll="{poll}"]')
        await here.get_by_role("checkbox").nth(1).check()
        await here.get_by_role("checkbox").nth(2).check()
        for _ in range(2):
            assert await voter.evaluate("document.documentElement.scrollWidth") <= 390
            assert await violations(voter, "poll-list") == []
            if await here.locator("form").count():
                await here.locator("form button").first.click()
                await expect(here.locator(".bars li")).to_have_count(3)
        box = await here.bounding_box()
        assert box
        assert box["width"] <= 390
        await do(crew, demo.url, room, "poll.close", poll=poll)
